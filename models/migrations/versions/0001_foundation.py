"""The school, its people and its log."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STREAM_APPEND = """
create function stream_append(p_topics text[], p_types text[], p_payloads jsonb[])
returns table (o_topic text, o_seq bigint) language plpgsql as $$
declare
  v_eid int;
begin
  -- The caller sorts the topics: every writer takes the row locks in the same order.
  for i in 1 .. cardinality(p_topics) loop
    v_eid := (random() * 2147483646)::int + 1;
    insert into stream as s (topic, last_seq, last_eid, floor_seq) values (p_topics[i], 1, v_eid, 0)
      on conflict (topic) do update set last_seq = s.last_seq + 1, last_eid = excluded.last_eid
      returning s.topic, s.last_seq into o_topic, o_seq;
    insert into stream_event (topic, seq, eid, type, payload) values (o_topic, o_seq, v_eid, p_types[i], p_payloads[i]);
    return next;
  end loop;
end $$
"""

IMMUTABLE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % can not be changed', tg_argv[0], tg_table_name using errcode = 'restrict_violation';
end $$
"""

FIXED_COMMENT = """
create trigger said_is_said before update on comment for each row
  when ((old.id, old.school_id, old.group_id, old.post_id, old.author_id, old.author_name, old.body, old.created_at)
    is distinct from
    (new.id, new.school_id, new.group_id, new.post_id, new.author_id, new.author_name, new.body, new.created_at))
  execute function refuse_change('what was said')
"""

FIXED_POST = """
create trigger audience_is_fixed before update on post for each row
  when ((old.id, old.school_id, old.group_id, old.author_id, old.author_name, old.published_at)
    is distinct from (new.id, new.school_id, new.group_id, new.author_id, new.author_name, new.published_at))
  execute function refuse_change('audience and author')
"""

FIXED_AUDIT = """
create trigger append_only before update or delete on audit_entry for each row
  execute function refuse_change('an entry')
"""

KEPT_AUDIT = """
create trigger not_emptied before truncate on audit_entry for each statement
  execute function refuse_change('an entry')
"""


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(length=30), nullable=True),
        sa.Column(
            "locale",
            sa.Enum("NL", "EN", name="locale", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("share_contact", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("ix_person_email", "person", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "school",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("time_zone", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("contact_email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(length=30), nullable=True),
        sa.Column("report_cutoff", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("slug", name=op.f("uq_school_slug")),
    )
    op.create_table(
        "stream",
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_eid", sa.Integer(), nullable=False),
        sa.Column("floor_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_stream")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "stream_event",
        sa.Column("topic", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("eid", sa.Integer(), nullable=False),
        sa.Column("type", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("topic", "seq", name=op.f("pk_stream_event")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("pupil_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_audit_entry_actor_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_audit_entry_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_school_id"), "audit_entry", ["school_id"], unique=False)
    op.create_table(
        "holiday",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_holiday_order")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_holiday_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday")),
    )
    op.create_index(op.f("ix_holiday_school_id"), "holiday", ["school_id"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("operation", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_idempotency_person_id")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "membership",
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("ADMIN", "STAFF", "GUARDIAN", name="role", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_membership_school_id")),
        sa.PrimaryKeyConstraint("school_id", "person_id", "role", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"], unique=False)
    op.create_table(
        "pupil",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("family_name", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("named_in_labels", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_pupil_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_pupil_school_id_id")),
    )
    op.create_table(
        "school_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("school_year", sqlmodel.sql.sqltypes.AutoString(length=9), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_school_group_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_group")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_school_group_school_id_id")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("WEB", "APP", name="clientkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_table(
        "absence_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "ILLNESS",
                "MEDICAL_APPOINTMENT",
                "LATE_ARRIVAL",
                "EARLY_PICKUP",
                "RELIGIOUS_DAY",
                "FAMILY_EMERGENCY",
                "OTHER",
                name="absencereason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("whole_days", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "REPORTED",
                "ACKNOWLEDGED",
                "ENDED",
                "WITHDRAWN",
                "CORRECTED",
                name="absencestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("after_cutoff", sa.Boolean(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("correction_reason", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("pupil_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state in ('REPORTED', 'ACKNOWLEDGED')"),
            using="gist",
            name="absence_report_live_no_overlap",
        ),
        sa.CheckConstraint(
            "ends_at is not null or reason = 'ILLNESS'", name=op.f("ck_absence_report_only_illness_is_open")
        ),
        sa.CheckConstraint("reason <> 'OTHER' or note is not null", name=op.f("ck_absence_report_other_is_explained")),
        sa.CheckConstraint("state <> 'ENDED'", name=op.f("ck_absence_report_ended_is_derived")),
        sa.CheckConstraint("ends_at is null or ends_at > starts_at", name=op.f("ck_absence_report_order")),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["person.id"], name=op.f("fk_absence_report_acknowledged_by")),
        sa.ForeignKeyConstraint(["reported_by"], ["person.id"], name=op.f("fk_absence_report_reported_by")),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_absence_report_school_id_pupil_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "supersedes_id"],
            ["absence_report.school_id", "absence_report.id"],
            name=op.f("fk_absence_report_school_id_supersedes_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_report")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_absence_report_school_id_id")),
    )
    op.create_index(
        "ix_absence_report_pupil_newest",
        "absence_report",
        ["pupil_id", sa.literal_column("starts_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_table(
        "enrolment",
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("pupil_id"), "="),
            (sa.text("tstzrange(valid_from, ended_at)"), "&&"),
            using="gist",
            name="enrolment_in_one_group_at_a_time",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["school_group.school_id", "school_group.id"],
            name=op.f("fk_enrolment_school_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"], name=op.f("fk_enrolment_school_id_pupil_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
    )
    op.create_index(op.f("ix_enrolment_group_id"), "enrolment", ["group_id"], unique=False)
    op.create_index(op.f("ix_enrolment_pupil_id"), "enrolment", ["pupil_id"], unique=False)
    op.create_table(
        "guardianship",
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("pupil_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("member_role", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("parental_authority", sa.Boolean(), nullable=False),
        sa.Column(
            "information_right",
            sa.Enum(
                "FULL",
                "ON_REQUEST",
                "NONE",
                "PENDING",
                name="informationright",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("ended_reason", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
        sa.CheckConstraint("member_role = 'GUARDIAN'", name=op.f("ck_guardianship_by_guardian")),
        sa.ForeignKeyConstraint(["granted_by"], ["person.id"], name=op.f("fk_guardianship_granted_by")),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id", "member_role"],
            ["membership.school_id", "membership.person_id", "membership.role"],
            name=op.f("fk_guardianship_school_id_person_id_member_role"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"], name=op.f("fk_guardianship_school_id_pupil_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianship")),
    )
    op.create_index(
        "ix_guardianship_live",
        "guardianship",
        ["pupil_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(op.f("ix_guardianship_person_id"), "guardianship", ["person_id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(length=10000), nullable=False),
        sa.Column("comments_open", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.CheckConstraint("group_id is not null or not comments_open", name=op.f("ck_post_school_wide_is_closed")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_post_author_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["school_group.school_id", "school_group.id"],
            name=op.f("fk_post_school_id_group_id"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_post_school_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_post_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("school_id", "group_id", "id", name=op.f("uq_post_school_id_group_id_id")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_post_school_id_id")),
    )
    op.create_index(
        "ix_post_group_newest",
        "post",
        ["group_id", sa.literal_column("published_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_index(
        "ix_post_school_newest",
        "post",
        ["school_id", sa.literal_column("published_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_table(
        "school_time",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_school_time_order")),
        sa.CheckConstraint("weekday between 1 and 7", name=op.f("ck_school_time_weekday")),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["school_group.school_id", "school_group.id"],
            name=op.f("fk_school_time_school_id_group_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_time")),
    )
    op.create_index(op.f("ix_school_time_group_id"), "school_time", ["group_id"], unique=False)
    op.create_table(
        "teaching",
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("member_role", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.CheckConstraint("member_role = 'STAFF'", name=op.f("ck_teaching_by_staff")),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["school_group.school_id", "school_group.id"],
            name=op.f("fk_teaching_school_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id", "member_role"],
            ["membership.school_id", "membership.person_id", "membership.role"],
            name=op.f("fk_teaching_school_id_person_id_member_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teaching")),
    )
    op.create_index(
        "ix_teaching_live",
        "teaching",
        ["group_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(op.f("ix_teaching_person_id"), "teaching", ["person_id"], unique=False)
    op.create_table(
        "comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_by", sa.Uuid(), nullable=True),
        sa.Column("hidden_reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_comment_author_id")),
        sa.ForeignKeyConstraint(["hidden_by"], ["person.id"], name=op.f("fk_comment_hidden_by")),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id", "post_id"],
            ["post.school_id", "post.group_id", "post.id"],
            name=op.f("fk_comment_school_id_group_id_post_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_comment_school_id_id")),
    )
    op.create_index("ix_comment_post_oldest", "comment", ["post_id", "created_at", "id"], unique=False)
    op.create_table(
        "post_read",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_post_read_person_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "post_id"], ["post.school_id", "post.id"], name=op.f("fk_post_read_school_id_post_id")
        ),
        sa.PrimaryKeyConstraint("post_id", "person_id", name=op.f("pk_post_read")),
    )
    op.create_index(op.f("ix_post_read_person_id"), "post_read", ["person_id"], unique=False)
    op.create_table(
        "post_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(length=10000), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["replaced_by"], ["person.id"], name=op.f("fk_post_revision_replaced_by")),
        sa.ForeignKeyConstraint(
            ["school_id", "post_id"], ["post.school_id", "post.id"], name=op.f("fk_post_revision_school_id_post_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_revision")),
    )
    op.create_index(op.f("ix_post_revision_post_id"), "post_revision", ["post_id"], unique=False)
    for statement in (STREAM_APPEND, IMMUTABLE, FIXED_COMMENT, FIXED_POST, FIXED_AUDIT, KEPT_AUDIT):
        op.execute(statement)


def downgrade() -> None:
    op.execute("drop trigger not_emptied on audit_entry")
    op.execute("drop trigger append_only on audit_entry")
    op.execute("drop trigger audience_is_fixed on post")
    op.execute("drop trigger said_is_said on comment")
    op.execute("drop function refuse_change, stream_append")
    op.drop_index(op.f("ix_post_revision_post_id"), table_name="post_revision")
    op.drop_table("post_revision")
    op.drop_index(op.f("ix_post_read_person_id"), table_name="post_read")
    op.drop_table("post_read")
    op.drop_index("ix_comment_post_oldest", table_name="comment")
    op.drop_table("comment")
    op.drop_index(op.f("ix_teaching_person_id"), table_name="teaching")
    op.drop_index("ix_teaching_live", table_name="teaching", postgresql_where=sa.text("ended_at is null"))
    op.drop_table("teaching")
    op.drop_index(op.f("ix_school_time_group_id"), table_name="school_time")
    op.drop_table("school_time")
    op.drop_index("ix_post_school_newest", table_name="post")
    op.drop_index("ix_post_group_newest", table_name="post")
    op.drop_table("post")
    op.drop_index(op.f("ix_guardianship_person_id"), table_name="guardianship")
    op.drop_index("ix_guardianship_live", table_name="guardianship", postgresql_where=sa.text("ended_at is null"))
    op.drop_table("guardianship")
    op.drop_index(op.f("ix_enrolment_pupil_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_group_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index("ix_absence_report_pupil_newest", table_name="absence_report")
    op.drop_table("absence_report")
    op.drop_index(op.f("ix_session_person_id"), table_name="session")
    op.drop_table("session")
    op.drop_table("school_group")
    op.drop_table("pupil")
    op.drop_index(op.f("ix_membership_person_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_table("idempotency")
    op.drop_index(op.f("ix_holiday_school_id"), table_name="holiday")
    op.drop_table("holiday")
    op.drop_index(op.f("ix_audit_entry_school_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("stream_event")
    op.drop_table("stream")
    op.drop_table("school")
    op.drop_index("ix_person_email", table_name="person")
    op.drop_table("person")
