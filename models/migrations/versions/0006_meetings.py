"""Meetings: rounds, host windows, slots, tickets and bookings; and that nobody is ever in two places at once."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = (
    "INVITATION",
    "CHILD_ADDED",
    "STAFF_INVITATION",
    "CONFIRM_REQUEST",
    "ACTIVATION_CODE",
    "REQUEST_REJECTED",
    "NEW_GUARDIAN",
    "ACCESS_ENDED",
    "PASSWORD_RESET",
    "PASSWORD_CHANGED",
    "EMAIL_CHANGE",
    "EMAIL_CHANGED",
    "FACTOR_CHANGED",
    "NEW_ADMINISTRATOR",
)
MEETING_KINDS = (
    "MEETING_INVITED",
    "MEETING_BOOKED",
    "MEETING_CHANGED",
    "MEETING_CANCELLED",
    "MEETING_IN_DAYS",
    "MEETING_IN_HOURS",
    "MEETING_OFFERED",
)

# Who is where, made anew for these bookings and offers: the hosts of their windows, and of a booking the guardians who
# come. A host who is also the guardian is there once. Rows come in one order of people and times, whoever books: so of
# two who want the same one waits for the other, and never each for the other. A row that is refused is somebody who is
# engaged elsewhere; which of the two it is, the name of the constraint says.
ENGAGE = """
create function engage(p_bookings uuid[], p_offers uuid[]) returns void language plpgsql as $$
declare
  v_hosts boolean;
begin
  delete from engagement where booking_id = any(p_bookings) or offer_id = any(p_offers);
  with talk as (
    select id as booking_id, null::uuid as offer_id, school_id, window_id, ticket_id, starts_at, ends_at
      from meeting_booking where id = any(p_bookings) and cancelled_at is null
    union all
    select null, id, school_id, window_id, null, starts_at, ends_at
      from meeting_offer where id = any(p_offers) and state = 'OFFERED'
  ),
  wanted as (
    select distinct on (person_id, booking_id, offer_id) * from (
      select t.*, h.person_id, true as hosts from talk as t join window_host as h on h.window_id = t.window_id
      union all
      select t.*, g.person_id, false from talk as t join ticket_guardian as g on g.ticket_id = t.ticket_id
    ) as everybody order by person_id, booking_id, offer_id, hosts desc
  ),
  engaged as (
    insert into engagement (school_id, person_id, booking_id, offer_id, starts_at, ends_at)
      select school_id, person_id, booking_id, offer_id, starts_at, ends_at from wanted order by person_id, starts_at
      on conflict do nothing returning person_id, booking_id, offer_id
  )
  select bool_or(w.hosts) into v_hosts from wanted as w where not exists (
    select from engaged as e where e.person_id = w.person_id
      and e.booking_id is not distinct from w.booking_id and e.offer_id is not distinct from w.offer_id
  );
  if v_hosts then
    raise exception 'a host is engaged' using errcode = 'exclusion_violation', constraint = 'meeting_host_is_free';
  elsif v_hosts is not null then
    raise exception 'a guardian is engaged'
      using errcode = 'exclusion_violation', constraint = 'meeting_guardian_is_free';
  end if;
end $$
"""

# {bookings} and {offers} choose those that a change concerns.
ENGAGE_CHANGED = """
create function {function}() returns trigger language plpgsql as $$
begin
  perform engage(array({bookings}), array({offers}));
  return null;
end $$
"""

TABLES = {
    "insert": "new table as is_now",
    "delete": "old table as was",
    "update": "old table as was new table as is_now",
}
NONE = "select null::uuid where false"
IN_WINDOW = """
  select t.id from {talk} as t where t.window_id in (select window_id from {changed}) and {live}"""
BOOKINGS_THERE = IN_WINDOW.format(talk="meeting_booking", changed="{0}", live="t.cancelled_at is null")
OFFERS_THERE = IN_WINDOW.format(talk="meeting_offer", changed="{0}", live="t.state = 'OFFERED'")
OF_TICKET = """
  select b.id from meeting_booking as b where b.ticket_id in (select ticket_id from {0}) and b.cancelled_at is null"""
MOVED = """
  select is_now.id from was join is_now using (id) where
    (was.ticket_id, was.window_id, was.starts_at, was.ends_at, was.cancelled_at)
    is distinct from (is_now.ticket_id, is_now.window_id, is_now.starts_at, is_now.ends_at, is_now.cancelled_at)"""
EITHER = "(select * from was union all select * from is_now)"
CHANGES = {
    ("meeting_booking", "insert"): ("select id from is_now", NONE),
    ("meeting_booking", "update"): (MOVED, NONE),
    ("meeting_offer", "insert"): (NONE, "select id from is_now"),
    ("meeting_offer", "update"): (NONE, "select id from is_now"),
    ("window_host", "insert"): (BOOKINGS_THERE.format("is_now"), OFFERS_THERE.format("is_now")),
    ("window_host", "delete"): (BOOKINGS_THERE.format("was"), OFFERS_THERE.format("was")),
    ("window_host", "update"): (
        BOOKINGS_THERE.format(f"{EITHER} as either"),
        OFFERS_THERE.format(f"{EITHER} as either"),
    ),
    ("ticket_guardian", "insert"): (OF_TICKET.format("is_now"), NONE),
    ("ticket_guardian", "delete"): (OF_TICKET.format("was"), NONE),
    ("ticket_guardian", "update"): (OF_TICKET.format(f"{EITHER} as either"), NONE),
}

# The gap after a talk is the round's, whatever a program says.
KEEP_CLEAR = """
create function keep_clear() returns trigger language plpgsql as $$
begin
  select new.ends_at + make_interval(mins => party_gap_minutes) into strict new.clear_until
    from meeting_round where id = new.round_id;
  return new;
end $$
"""
KEPT_CLEAR = """
create trigger kept_clear before insert or update of ends_at, clear_until, round_id on meeting_booking
  for each row execute function keep_clear()
"""


# Who follows a round hangs on these rows: a change of them is told like one of any other right (migration 0003).
TELL_RIGHTS = """
create function {function}() returns trigger language plpgsql as $$
declare
  r record;
begin
  for r in select school_id, array_agg(distinct person_id) as persons from {changed} as c group by 1 order by 1 loop
    perform tell_rights(r.school_id, r.persons);
  end loop;
  return null;
end $$
"""
RIGHTS = ("ticket_guardian", "window_host")
CHANGED = {"insert": "is_now", "delete": "was", "update": EITHER}


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_mail_mailkind"), "mail", type_="check")
    op.create_check_constraint("mailkind", "mail", sa.column("kind").in_(kinds))


def upgrade() -> None:
    op.create_table(
        "calendar_address",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("shows_hosting", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_address_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_address")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_address_token_hash")),
    )
    op.create_table(
        "meeting_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "INTRODUCTION",
                "PARENT",
                "REPORT",
                "ADVICE",
                "OTHER",
                name="meetingkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "ANNOUNCED",
                "OPEN",
                "CLOSED",
                "DONE",
                "CANCELLED",
                name="meetingroundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("priority_opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_until_hours", sa.Integer(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("walk_minutes", sa.Integer(), nullable=False),
        sa.Column("party_gap_minutes", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('DRAFT', 'ANNOUNCED', 'CANCELLED')", name=op.f("ck_meeting_round_time_is_derived")
        ),
        sa.CheckConstraint(
            "duration_minutes > 0 and buffer_minutes >= 0 and walk_minutes >= 0", name=op.f("ck_meeting_round_lengths")
        ),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_meeting_round_order")),
        sa.CheckConstraint("party_gap_minutes >= 0 and change_until_hours >= 0", name=op.f("ck_meeting_round_margins")),
        sa.CheckConstraint("priority_opens_at < opens_at", name=op.f("ck_meeting_round_priority_comes_first")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_meeting_round_created_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_meeting_round_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_round")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_meeting_round_school_id_id")),
    )
    op.create_index(op.f("ix_meeting_round_school_id"), "meeting_round", ["school_id"], unique=False)
    op.create_table(
        "host_window",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("room", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_host_window_order")),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id"],
            ["meeting_round.school_id", "meeting_round.id"],
            name=op.f("fk_host_window_school_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_window")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_host_window_school_id_id")),
        sa.UniqueConstraint("school_id", "round_id", "id", name=op.f("uq_host_window_school_id_round_id_id")),
    )
    op.create_index(op.f("ix_host_window_round_id"), "host_window", ["round_id"], unique=False)
    op.create_table(
        "meeting_round_group",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["school_group.school_id", "school_group.id"],
            name=op.f("fk_meeting_round_group_school_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id"],
            ["meeting_round.school_id", "meeting_round.id"],
            name=op.f("fk_meeting_round_group_school_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("round_id", "group_id", name=op.f("pk_meeting_round_group")),
    )
    op.create_index(op.f("ix_meeting_round_group_group_id"), "meeting_round_group", ["group_id"], unique=False)
    op.create_table(
        "meeting_ticket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "INVITED",
                "BOOKED",
                "NOT_NEEDED",
                "DECLINED",
                "WAITING",
                "DONE",
                "NO_SHOW",
                "CANCELLED",
                name="meetingticketstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("asked_to_come", sa.Boolean(), nullable=False),
        sa.Column("needs_interpreter", sa.Boolean(), nullable=False),
        sa.Column("needs_access", sa.Boolean(), nullable=False),
        sa.Column("has_priority", sa.Boolean(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'WAITING') = (waiting_since is not null)", name=op.f("ck_meeting_ticket_waits_since")
        ),
        sa.CheckConstraint("state <> 'BOOKED'", name=op.f("ck_meeting_ticket_booked_is_derived")),
        sa.CheckConstraint("length between 1 and 2 and party >= 0", name=op.f("ck_meeting_ticket_numbers")),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["school_group.school_id", "school_group.id"],
            name=op.f("fk_meeting_ticket_school_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_meeting_ticket_school_id_pupil_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id"],
            ["meeting_round.school_id", "meeting_round.id"],
            name=op.f("fk_meeting_ticket_school_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_ticket")),
        sa.UniqueConstraint("school_id", "round_id", "id", name=op.f("uq_meeting_ticket_school_id_round_id_id")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_meeting_ticket_school_id_id")),
        sa.UniqueConstraint(
            "school_id",
            "round_id",
            "pupil_id",
            "party",
            "id",
            name=op.f("uq_meeting_ticket_school_id_round_id_pupil_id_party_id"),
        ),
    )
    op.create_index(
        "ix_meeting_ticket_live",
        "meeting_ticket",
        ["round_id", "pupil_id", "party"],
        unique=True,
        postgresql_where=sa.text("state <> 'CANCELLED'"),
    )
    op.create_index(op.f("ix_meeting_ticket_pupil_id"), "meeting_ticket", ["pupil_id"], unique=False)
    op.create_table(
        "separate_party",
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column("basis", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("party > 0", name=op.f("ck_separate_party_party")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_separate_party_person_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_separate_party_school_id_pupil_id"),
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_separate_party_set_by")),
        sa.PrimaryKeyConstraint("pupil_id", "person_id", name=op.f("pk_separate_party")),
    )
    op.create_table(
        "meeting_note",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(length=4000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_meeting_note_author_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "ticket_id"],
            ["meeting_ticket.school_id", "meeting_ticket.id"],
            name=op.f("fk_meeting_note_school_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("ticket_id", "author_id", name=op.f("pk_meeting_note")),
    )
    op.create_table(
        "meeting_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(length=10000), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_meeting_report_author_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "ticket_id"],
            ["meeting_ticket.school_id", "meeting_ticket.id"],
            name=op.f("fk_meeting_report_school_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_report")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_meeting_report_school_id_id")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_meeting_report_ticket_id")),
    )
    op.create_table(
        "meeting_slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("window_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("withdrawn_at is null"),
            using="gist",
            name="meeting_slot_one_after_another",
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_meeting_slot_order")),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id", "window_id"],
            ["host_window.school_id", "host_window.round_id", "host_window.id"],
            name=op.f("fk_meeting_slot_school_id_round_id_window_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_slot")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_meeting_slot_school_id_id")),
        sa.UniqueConstraint(
            "school_id", "window_id", "id", "starts_at", name=op.f("uq_meeting_slot_school_id_window_id_id_starts_at")
        ),
    )
    op.create_index(op.f("ix_meeting_slot_round_id"), "meeting_slot", ["round_id"], unique=False)
    op.create_table(
        "ticket_guardian",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_guardian_person_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "ticket_id"],
            ["meeting_ticket.school_id", "meeting_ticket.id"],
            name=op.f("fk_ticket_guardian_school_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_ticket_guardian")),
    )
    op.create_index(op.f("ix_ticket_guardian_person_id"), "ticket_guardian", ["person_id"], unique=False)
    op.create_table(
        "ticket_wish",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_ticket_wish_order")),
        sa.ForeignKeyConstraint(
            ["school_id", "ticket_id"],
            ["meeting_ticket.school_id", "meeting_ticket.id"],
            name=op.f("fk_ticket_wish_school_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("ticket_id", "starts_at", name=op.f("pk_ticket_wish")),
    )
    op.create_table(
        "window_break",
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_window_break_order")),
        sa.ForeignKeyConstraint(
            ["school_id", "window_id"],
            ["host_window.school_id", "host_window.id"],
            name=op.f("fk_window_break_school_id_window_id"),
        ),
        sa.PrimaryKeyConstraint("window_id", "starts_at", name=op.f("pk_window_break")),
    )
    op.create_table(
        "window_group",
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["school_group.school_id", "school_group.id"],
            name=op.f("fk_window_group_school_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "window_id"],
            ["host_window.school_id", "host_window.id"],
            name=op.f("fk_window_group_school_id_window_id"),
        ),
        sa.PrimaryKeyConstraint("window_id", "group_id", name=op.f("pk_window_group")),
    )
    op.create_index(op.f("ix_window_group_group_id"), "window_group", ["group_id"], unique=False)
    op.create_table(
        "window_host",
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_window_host_person_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "window_id"],
            ["host_window.school_id", "host_window.id"],
            name=op.f("fk_window_host_school_id_window_id"),
        ),
        sa.PrimaryKeyConstraint("window_id", "person_id", name=op.f("pk_window_host")),
    )
    op.create_index(op.f("ix_window_host_person_id"), "window_host", ["person_id"], unique=False)
    op.create_table(
        "meeting_booking",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clear_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_by", sa.Uuid(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topics", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_school", sa.Boolean(), nullable=False),
        sa.Column("reminded_days_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_hours_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("pupil_id"), "="),
            (sa.column("party"), "<>"),
            (sa.text("tstzrange(starts_at, clear_until)"), "&&"),
            where=sa.text("cancelled_at is null"),
            using="gist",
            name="meeting_booking_parties_apart",
        ),
        sa.CheckConstraint("starts_at < ends_at and ends_at <= clear_until", name=op.f("ck_meeting_booking_order")),
        sa.ForeignKeyConstraint(["booked_by"], ["person.id"], name=op.f("fk_meeting_booking_booked_by")),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id", "pupil_id", "party", "ticket_id"],
            [
                "meeting_ticket.school_id",
                "meeting_ticket.round_id",
                "meeting_ticket.pupil_id",
                "meeting_ticket.party",
                "meeting_ticket.id",
            ],
            name=op.f("fk_meeting_booking_school_id_round_id_pupil_id_party_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id", "window_id"],
            ["host_window.school_id", "host_window.round_id", "host_window.id"],
            name=op.f("fk_meeting_booking_school_id_round_id_window_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "window_id", "slot_id", "starts_at"],
            ["meeting_slot.school_id", "meeting_slot.window_id", "meeting_slot.id", "meeting_slot.starts_at"],
            name=op.f("fk_meeting_booking_school_id_window_id_slot_id_starts_at"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_booking")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_meeting_booking_school_id_id")),
    )
    op.create_index(
        "ix_meeting_booking_slot_live",
        "meeting_booking",
        ["slot_id"],
        unique=True,
        postgresql_where=sa.text("cancelled_at is null"),
    )
    op.create_index("ix_meeting_booking_window", "meeting_booking", ["window_id", "starts_at"], unique=False)
    op.create_index(
        "ix_meeting_booking_starts",
        "meeting_booking",
        ["starts_at"],
        unique=False,
        postgresql_where=sa.text("cancelled_at is null"),
    )
    op.create_index(op.f("ix_meeting_booking_ticket_id"), "meeting_booking", ["ticket_id"], unique=False)
    op.create_index(
        "ix_meeting_booking_ticket_live",
        "meeting_booking",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("cancelled_at is null"),
    )
    op.create_table(
        "meeting_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("window_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "OFFERED",
                "ACCEPTED",
                "DECLINED",
                "EXPIRED",
                "WITHDRAWN",
                name="offerstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at and offered_at < expires_at", name=op.f("ck_meeting_offer_order")),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id", "window_id"],
            ["host_window.school_id", "host_window.round_id", "host_window.id"],
            name=op.f("fk_meeting_offer_school_id_round_id_window_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "round_id", "ticket_id"],
            ["meeting_ticket.school_id", "meeting_ticket.round_id", "meeting_ticket.id"],
            name=op.f("fk_meeting_offer_school_id_round_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "window_id", "slot_id", "starts_at"],
            ["meeting_slot.school_id", "meeting_slot.window_id", "meeting_slot.id", "meeting_slot.starts_at"],
            name=op.f("fk_meeting_offer_school_id_window_id_slot_id_starts_at"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_offer")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_meeting_offer_school_id_id")),
    )
    op.create_index("ix_meeting_offer_window", "meeting_offer", ["window_id", "starts_at"], unique=False)
    op.create_index(
        "ix_meeting_offer_expires",
        "meeting_offer",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'OFFERED'"),
    )
    op.create_index(
        "ix_meeting_offer_slot_live",
        "meeting_offer",
        ["slot_id"],
        unique=True,
        postgresql_where=sa.text("state = 'OFFERED'"),
    )
    op.create_index(op.f("ix_meeting_offer_ticket_id"), "meeting_offer", ["ticket_id"], unique=False)
    op.create_index(
        "ix_meeting_offer_ticket_live",
        "meeting_offer",
        ["ticket_id"],
        unique=True,
        postgresql_where=sa.text("state = 'OFFERED'"),
    )
    op.create_table(
        "engagement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("school_id"), "="),
            (sa.column("person_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="engagement_in_one_place_at_a_time",
        ),
        sa.CheckConstraint("(booking_id is null) <> (offer_id is null)", name=op.f("ck_engagement_has_one_reason")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_engagement_person_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "booking_id"],
            ["meeting_booking.school_id", "meeting_booking.id"],
            name=op.f("fk_engagement_school_id_booking_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "offer_id"],
            ["meeting_offer.school_id", "meeting_offer.id"],
            name=op.f("fk_engagement_school_id_offer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement")),
    )
    op.create_index(op.f("ix_engagement_booking_id"), "engagement", ["booking_id"], unique=False)
    op.create_index(op.f("ix_engagement_offer_id"), "engagement", ["offer_id"], unique=False)
    _kinds(*KINDS, *MEETING_KINDS)
    op.execute(ENGAGE)
    op.execute(KEEP_CLEAR)
    op.execute(KEPT_CLEAR)
    for (table, event), (bookings, offers) in CHANGES.items():
        function = f"engage_{table}_{event}"
        op.execute(ENGAGE_CHANGED.format(function=function, bookings=bookings, offers=offers))
        op.execute(
            f"create trigger engage_{event} after {event} on {table} referencing {TABLES[event]}"
            f" for each statement execute function {function}()"
        )
    for table in RIGHTS:
        for event, changed in CHANGED.items():
            function = f"tell_rights_of_{table}_{event}"
            op.execute(TELL_RIGHTS.format(function=function, changed=changed))
            op.execute(
                f"create trigger rights_{event} after {event} on {table} referencing {TABLES[event]}"
                f" for each statement execute function {function}()"
            )


def downgrade() -> None:
    for table in RIGHTS:
        for event in CHANGED:
            op.execute(f"drop trigger rights_{event} on {table}")
            op.execute(f"drop function tell_rights_of_{table}_{event}()")
    for table, event in CHANGES:
        op.execute(f"drop trigger engage_{event} on {table}")
        op.execute(f"drop function engage_{table}_{event}()")
    op.execute("drop function engage(uuid[], uuid[])")
    op.execute("drop trigger kept_clear on meeting_booking")
    op.execute("drop function keep_clear()")
    op.execute("delete from mail where kind like 'MEETING%'")
    _kinds(*KINDS)
    op.drop_index(op.f("ix_engagement_offer_id"), table_name="engagement")
    op.drop_index(op.f("ix_engagement_booking_id"), table_name="engagement")
    op.drop_table("engagement")
    op.drop_index(
        "ix_meeting_offer_ticket_live", table_name="meeting_offer", postgresql_where=sa.text("state = 'OFFERED'")
    )
    op.drop_index(op.f("ix_meeting_offer_ticket_id"), table_name="meeting_offer")
    op.drop_index(
        "ix_meeting_offer_slot_live", table_name="meeting_offer", postgresql_where=sa.text("state = 'OFFERED'")
    )
    op.drop_index("ix_meeting_offer_expires", table_name="meeting_offer", postgresql_where=sa.text("state = 'OFFERED'"))
    op.drop_index("ix_meeting_offer_window", table_name="meeting_offer")
    op.drop_table("meeting_offer")
    op.drop_index(
        "ix_meeting_booking_ticket_live", table_name="meeting_booking", postgresql_where=sa.text("cancelled_at is null")
    )
    op.drop_index(op.f("ix_meeting_booking_ticket_id"), table_name="meeting_booking")
    op.drop_index(
        "ix_meeting_booking_starts", table_name="meeting_booking", postgresql_where=sa.text("cancelled_at is null")
    )
    op.drop_index(
        "ix_meeting_booking_slot_live", table_name="meeting_booking", postgresql_where=sa.text("cancelled_at is null")
    )
    op.drop_index("ix_meeting_booking_window", table_name="meeting_booking")
    op.drop_table("meeting_booking")
    op.drop_index(op.f("ix_window_host_person_id"), table_name="window_host")
    op.drop_table("window_host")
    op.drop_index(op.f("ix_window_group_group_id"), table_name="window_group")
    op.drop_table("window_group")
    op.drop_table("window_break")
    op.drop_table("ticket_wish")
    op.drop_index(op.f("ix_ticket_guardian_person_id"), table_name="ticket_guardian")
    op.drop_table("ticket_guardian")
    op.drop_index(op.f("ix_meeting_slot_round_id"), table_name="meeting_slot")
    op.drop_table("meeting_slot")
    op.drop_table("meeting_report")
    op.drop_table("meeting_note")
    op.drop_table("separate_party")
    op.drop_index(
        "ix_meeting_ticket_live",
        table_name="meeting_ticket",
        postgresql_where=sa.text("state <> 'CANCELLED'"),
    )
    op.drop_index(op.f("ix_meeting_ticket_pupil_id"), table_name="meeting_ticket")
    op.drop_table("meeting_ticket")
    op.drop_index(op.f("ix_meeting_round_group_group_id"), table_name="meeting_round_group")
    op.drop_table("meeting_round_group")
    op.drop_index(op.f("ix_host_window_round_id"), table_name="host_window")
    op.drop_table("host_window")
    op.drop_index(op.f("ix_meeting_round_school_id"), table_name="meeting_round")
    op.drop_table("meeting_round")
    op.drop_table("calendar_address")
