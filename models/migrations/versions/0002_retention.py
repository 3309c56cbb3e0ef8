"""The log by days: a partition for each day, so that retention is a drop; and the mark of the newest purged event.

A day is a day in UTC, written by the column's own default: the same for every session and every school, 24 hours long
on every date, and never the date of a session's TimeZone. The key holds `day` because a partitioned table's key must;
that (topic, seq) alone is unique follows from the row lock on `stream`, under which every number is given once.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# A partition for each of the coming days and for each day of the last week that has events. The default partition takes
# what has no other: events that are older, and those of a day for which nobody has made a partition.
PARTITIONS = """
do $$
declare
  v_today constant date := (clock_timestamp() at time zone 'UTC')::date;
  v_day date;
begin
  create table stream_event_default partition of stream_event default;
  for v_day in
    select distinct (at at time zone 'UTC')::date from stream_event_whole
      where (at at time zone 'UTC')::date between v_today - 7 and v_today
    union
    select v_today + ahead from generate_series(0, 3) as ahead
  loop
    execute format('create table %I partition of stream_event for values from (%L) to (%L)',
      'stream_event_' || to_char(v_day, 'YYYYMMDD'), v_day, v_day + 1);
  end loop;
end $$
"""

COPY = """
insert into stream_event (topic, seq, eid, type, payload, at, day)
select topic, seq, eid, type, payload, at, (at at time zone 'UTC')::date from stream_event_whole
"""

COPY_BACK = """
insert into stream_event (topic, seq, eid, type, payload, at)
select topic, seq, eid, type, payload, at from stream_event_days
"""


def _columns() -> list[sa.Column]:
    return [
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("eid", sa.Integer(), nullable=False),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
    ]


def _set_aside(name: str) -> None:
    op.rename_table("stream_event", name)
    op.execute(f"alter table {name} rename constraint pk_stream_event to pk_{name}")


def upgrade() -> None:
    # First `stream`, then `stream_event`, as every writer takes them: so nobody waits for each other.
    op.add_column("stream", sa.Column("floor_eid", sa.Integer(), server_default=sa.text("0"), nullable=False))
    _set_aside("stream_event_whole")
    op.create_table(
        "stream_event",
        *_columns(),
        sa.Column(
            "day", sa.Date(), server_default=sa.text("(clock_timestamp() at time zone 'UTC')::date"), nullable=False
        ),
        sa.PrimaryKeyConstraint("topic", "seq", "day", name=op.f("pk_stream_event")),
        postgresql_partition_by="range (day)",
    )
    op.execute(PARTITIONS)
    op.execute(COPY)
    op.drop_table("stream_event_whole")


def downgrade() -> None:
    op.drop_column("stream", "floor_eid")
    _set_aside("stream_event_days")
    op.create_table("stream_event", *_columns(), sa.PrimaryKeyConstraint("topic", "seq", name=op.f("pk_stream_event")))
    op.execute(COPY_BACK)
    op.drop_table("stream_event_days")
