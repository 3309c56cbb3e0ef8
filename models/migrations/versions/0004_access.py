"""How people get in and out: invitations, requests, mail, second factors, house rules; and the age of four."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Who is born on 29 February turns four on 1 March in a year that has no such day (domain f1).
FOURTH_BIRTHDAY = """
create function fourth_birthday(p_born date) returns date language sql immutable as $$
  select case when extract(day from later) < extract(day from p_born) then later + 1 else later end
  from (select (p_born + interval '4 years')::date as later) as four_years
$$
"""

# Names as people type them: without case, accents and the kind of space or dash between them.
# They stand in indexes: what they call is looked up now, not through the search path of whoever writes.
PLAIN_NAME = """
create function plain_name(p_name text) returns text language sql immutable
return trim(regexp_replace(
  regexp_replace(normalize(lower(p_name), NFD), '[\\u0300-\\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'))
"""

WHOLE_NAME = """
create function plain_name(p_given text, p_family text) returns text language sql immutable
return plain_name(p_given || ' ' || p_family)
"""

# The last net under R26. It compares moments that stand in the rows: no clock of the database is asked.
OF_AGE = """
create function check_of_age(p_school uuid, p_pupil uuid, p_moment timestamptz, p_known boolean)
returns void language plpgsql as $$
declare
  v_born date;
  v_day date;
begin
  select p.birth_date, (p_moment at time zone s.time_zone)::date into v_born, v_day
    from pupil as p join school as s on s.id = p.school_id where p.id = p_pupil and p.school_id = p_school;
  if (p_known and v_born is null) or fourth_birthday(v_born) > v_day then
    raise exception 'the pupil is not known to be four' using errcode = 'check_violation', constraint = 'pupil_is_four';
  end if;
end $$
"""

OF_AGE_ENROLLED = """
create function check_enrolled(p_pupil uuid, p_moment timestamptz) returns void language plpgsql as $$
begin
  if not exists (select from enrolment where pupil_id = p_pupil and valid_from <= p_moment
                 and (ended_at is null or ended_at > p_moment)) then
    raise exception 'the pupil is not at school' using errcode = 'check_violation', constraint = 'pupil_is_enrolled';
  end if;
end $$
"""

INVITED = """
create function check_invited() returns trigger language plpgsql as $$
begin
  perform check_of_age(new.school_id, new.pupil_id, case new.state when 'SENT' then new.sent_at else new.closed_at end, true);
  perform check_enrolled(new.pupil_id, case new.state when 'SENT' then new.sent_at else new.closed_at end);
  return new;
end $$
"""

VERIFIED = """
create function check_verified() returns trigger language plpgsql as $$
declare
  v_moment timestamptz;
begin
  select verified_at into strict v_moment from access_request where id = new.request_id;
  perform check_of_age(new.school_id, new.pupil_id, v_moment, true);
  perform check_enrolled(new.pupil_id, v_moment);
  return new;
end $$
"""

GRANTED = """
create function check_granted() returns trigger language plpgsql as $$
begin
  perform check_of_age(new.school_id, new.pupil_id, new.valid_from, false);
  return new;
end $$
"""

TRIGGERS = """
create trigger of_age before insert or update of state, sent_at on invitation for each row
  when (new.pupil_id is not null and new.state in ('SENT', 'ACCEPTED')) execute function check_invited();
create trigger of_age before insert or update of pupil_id on requested_child for each row
  when (new.pupil_id is not null) execute function check_verified();
create trigger of_age before insert on guardianship for each row execute function check_granted()
"""

CREATED = (
    FOURTH_BIRTHDAY,
    PLAIN_NAME,
    WHOLE_NAME,
    OF_AGE,
    OF_AGE_ENROLLED,
    INVITED,
    VERIFIED,
    GRANTED,
    *TRIGGERS.split(";\n"),
)
FUNCTIONS = (
    "check_granted()",
    "check_verified()",
    "check_invited()",
    "check_enrolled(uuid, timestamptz)",
    "check_of_age(uuid, uuid, timestamptz, boolean)",
    "plain_name(text, text)",
    "plain_name(text)",
    "fourth_birthday(date)",
)


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("requester_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column(
            "locale",
            sa.Enum("NL", "EN", name="locale", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "UNCONFIRMED",
                "PENDING",
                "VERIFIED",
                "COMPLETED",
                "REJECTED",
                "EXPIRED",
                name="accessrequeststatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirm_hash", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "IDENTITY_DOCUMENT",
                "PUPIL_RECORD",
                "CALL_BACK",
                name="verificationmethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("status <> 'EXPIRED'", name=op.f("ck_access_request_expired_is_derived")),
        sa.CheckConstraint(
            "status not in ('VERIFIED', 'COMPLETED') or verified_by is not null and method is not null",
            name=op.f("ck_access_request_verified_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_access_request_person_id")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_access_request_school_id")),
        sa.ForeignKeyConstraint(["verified_by"], ["person.id"], name=op.f("fk_access_request_verified_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_access_request_code_hash")),
        sa.UniqueConstraint("confirm_hash", name=op.f("uq_access_request_confirm_hash")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_access_request_school_id_id")),
    )
    op.create_index(
        "ix_access_request_school_newest",
        "access_request",
        ["school_id", sa.literal_column("requested_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_table(
        "house_rules",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(length=20000), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_house_rules_published_by")),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_house_rules_school_id")),
        sa.PrimaryKeyConstraint("school_id", "version", name=op.f("pk_house_rules")),
    )
    op.create_table(
        "known_device",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_known_device_person_id")),
        sa.PrimaryKeyConstraint("token_hash", "person_id", name=op.f("pk_known_device")),
    )
    op.create_index(op.f("ix_known_device_person_id"), "known_device", ["person_id"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="mailkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column(
            "locale",
            sa.Enum("NL", "EN", name="locale", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "QUEUED",
                "SENT",
                "FAILED",
                "DROPPED",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_mail_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(
        "ix_mail_queued", "mail", ["created_at"], unique=False, postgresql_where=sa.text("state = 'QUEUED'")
    )
    op.create_index("ix_mail_subject", "mail", ["subject_id", sa.literal_column("created_at desc")], unique=False)
    op.create_table(
        "mailed_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "PASSWORD_RESET",
                "EMAIL_CHANGE",
                name="linkpurpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mailed_link_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mailed_link_token_hash")),
    )
    op.create_index(op.f("ix_mailed_link_person_id"), "mailed_link", ["person_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_person_id"), "recovery_code", ["person_id"], unique=False)
    op.create_table(
        "totp",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_totp_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_totp")),
    )
    op.create_table(
        "challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "SIGN_IN",
                "PASSKEY_SIGN_IN",
                "PASSKEY_REGISTRATION",
                "PASSKEY_STEP_UP",
                name="challengepurpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column(
            "client",
            sa.Enum("WEB", "APP", name="clientkind", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("device", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_challenge_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_challenge_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_challenge_token_hash")),
    )
    op.create_index(op.f("ix_challenge_person_id"), "challenge", ["person_id"], unique=False)
    op.create_table(
        "house_rules_acceptance",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_house_rules_acceptance_person_id")),
        sa.ForeignKeyConstraint(
            ["school_id", "version"],
            ["house_rules.school_id", "house_rules.version"],
            name=op.f("fk_house_rules_acceptance_school_id_version"),
        ),
        sa.PrimaryKeyConstraint("school_id", "version", "person_id", name=op.f("pk_house_rules_acceptance")),
    )
    op.create_index(op.f("ix_house_rules_acceptance_person_id"), "house_rules_acceptance", ["person_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("ADMIN", "STAFF", "GUARDIAN", name="role", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("pupil_id", sa.Uuid(), nullable=True),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column(
            "locale",
            sa.Enum("NL", "EN", name="locale", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
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
        sa.Column(
            "state",
            sa.Enum(
                "DRAFT",
                "SENT",
                "ACCEPTED",
                "EXPIRED",
                "REVOKED",
                "LOCKED",
                name="invitationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(role = 'GUARDIAN') = (pupil_id is not null)", name=op.f("ck_invitation_guardian_of_a_pupil")
        ),
        sa.CheckConstraint("state <> 'EXPIRED'", name=op.f("ck_invitation_expired_is_derived")),
        sa.CheckConstraint(
            "state <> 'SENT' or sent_at is not null and expires_at is not null", name=op.f("ck_invitation_sent_expires")
        ),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_invitation_accepted_by")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_invitation_created_by")),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"], ["pupil.school_id", "pupil.id"], name=op.f("fk_invitation_school_id_pupil_id")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.id"], name=op.f("fk_invitation_school_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("school_id", "id", name=op.f("uq_invitation_school_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(
        "ix_invitation_open_guardian",
        "invitation",
        ["pupil_id", sa.literal_column("lower(email)")],
        unique=True,
        postgresql_where=sa.text("state in ('DRAFT', 'SENT') and pupil_id is not null"),
    )
    op.create_index(
        "ix_invitation_open_staff",
        "invitation",
        ["school_id", sa.literal_column("lower(email)"), "role"],
        unique=True,
        postgresql_where=sa.text("state in ('DRAFT', 'SENT') and pupil_id is null"),
    )
    op.create_index(op.f("ix_invitation_pupil_id"), "invitation", ["pupil_id"], unique=False)
    op.create_index(
        "ix_invitation_school_newest",
        "invitation",
        ["school_id", sa.literal_column("created_at desc"), sa.literal_column("id desc")],
        unique=False,
    )
    op.create_table(
        "requested_child",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("pupil_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "pupil_id"],
            ["pupil.school_id", "pupil.id"],
            name=op.f("fk_requested_child_school_id_pupil_id"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "request_id"],
            ["access_request.school_id", "access_request.id"],
            name=op.f("fk_requested_child_school_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requested_child")),
    )
    op.create_index(op.f("ix_requested_child_request_id"), "requested_child", ["request_id"], unique=False)
    op.add_column(
        "session",
        sa.Column("authenticated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("session", sa.Column("second_factor", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute("update session set authenticated_at = created_at")
    for statement in CREATED:
        op.execute(statement)
    op.create_index(
        "ix_pupil_whole_name",
        "pupil",
        ["school_id", sa.literal_column("plain_name(given_name, family_name)")],
        unique=False,
    )
    op.create_index(
        "ix_pupil_given_name",
        "pupil",
        ["school_id", sa.literal_column("plain_name(given_name)"), "birth_date"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_pupil_given_name", table_name="pupil")
    op.drop_index("ix_pupil_whole_name", table_name="pupil")
    op.execute("drop trigger of_age on guardianship")
    op.execute("drop trigger of_age on requested_child")
    op.execute("drop trigger of_age on invitation")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.drop_column("session", "second_factor")
    op.drop_column("session", "authenticated_at")
    op.drop_index(op.f("ix_requested_child_request_id"), table_name="requested_child")
    op.drop_table("requested_child")
    op.drop_index("ix_invitation_school_newest", table_name="invitation")
    op.drop_index(op.f("ix_invitation_pupil_id"), table_name="invitation")
    op.drop_index(
        "ix_invitation_open_staff",
        table_name="invitation",
        postgresql_where=sa.text("state in ('DRAFT', 'SENT') and pupil_id is null"),
    )
    op.drop_index(
        "ix_invitation_open_guardian",
        table_name="invitation",
        postgresql_where=sa.text("state in ('DRAFT', 'SENT') and pupil_id is not null"),
    )
    op.drop_table("invitation")
    op.drop_index(op.f("ix_house_rules_acceptance_person_id"), table_name="house_rules_acceptance")
    op.drop_table("house_rules_acceptance")
    op.drop_index(op.f("ix_challenge_person_id"), table_name="challenge")
    op.drop_table("challenge")
    op.drop_table("totp")
    op.drop_index(op.f("ix_recovery_code_person_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_passkey_person_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_index(op.f("ix_mailed_link_person_id"), table_name="mailed_link")
    op.drop_table("mailed_link")
    op.drop_index("ix_mail_subject", table_name="mail")
    op.drop_index("ix_mail_queued", table_name="mail", postgresql_where=sa.text("state = 'QUEUED'"))
    op.drop_table("mail")
    op.drop_index(op.f("ix_known_device_person_id"), table_name="known_device")
    op.drop_table("known_device")
    op.drop_table("house_rules")
    op.drop_index("ix_access_request_school_newest", table_name="access_request")
    op.drop_table("access_request")
