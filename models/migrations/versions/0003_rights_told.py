"""Changes of rights are told by the database itself, in a topic of each school."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Above so many persons nobody is named: then everybody who follows the school looks.
TELL = """
create function tell_rights(p_school uuid, p_persons uuid[]) returns void language sql as $$
  select from stream_append(
    array['rights:school:' || p_school],
    array['CHANGED'],
    array[jsonb_build_object('persons', case when cardinality(p_persons) <= 200 then to_jsonb(p_persons) end)]
  )
$$
"""

# {rows} are rows of (school_id, person_id). An update tells whom the row concerned before and whom it concerns now.
TELL_CHANGED = """
create function {function}() returns trigger language plpgsql as $$
declare
  r record;
begin
  for r in
    select school_id, array_agg(distinct person_id) as persons from ({rows}) as concerned group by 1 order by 1
  loop
    perform tell_rights(r.school_id, r.persons);
  end loop;
  return null;
end $$
"""

OF_PERSON = "select school_id, person_id from {changed}"
OF_PUPIL = "select g.school_id, g.person_id from {changed} as c join guardianship as g on g.pupil_id = c.pupil_id"
RELATIONS = {"membership": OF_PERSON, "guardianship": OF_PERSON, "teaching": OF_PERSON, "enrolment": OF_PUPIL}
TABLES = {
    "insert": "new table as is_now",
    "delete": "old table as was",
    "update": "old table as was new table as is_now",
}
ROWS = {"insert": ["is_now"], "delete": ["was"], "update": ["was", "is_now"]}

TELL_PERSON = """
create function tell_rights_of_person() returns trigger language plpgsql as $$
declare
  r record;
  v_person uuid := to_jsonb(new) ->> tg_argv[0];
begin
  for r in select distinct school_id from membership where person_id = v_person order by 1 loop
    perform tell_rights(r.school_id, array[v_person]);
  end loop;
  return null;
end $$
"""


def upgrade() -> None:
    op.execute(TELL)
    for table, concerned in RELATIONS.items():
        for event, transition in TABLES.items():
            function = f"tell_rights_of_{table}_{event}"
            rows = " union ".join(concerned.format(changed=changed) for changed in ROWS[event])
            op.execute(TELL_CHANGED.format(function=function, rows=rows))
            op.execute(
                f"create trigger rights_{event} after {event} on {table} referencing {transition}"
                f" for each statement execute function {function}()"
            )
    op.execute(TELL_PERSON)
    op.execute(
        "create trigger rights_end after update of revoked_at on session for each row"
        " when (old.revoked_at is null and new.revoked_at is not null)"
        " execute function tell_rights_of_person('person_id')"
    )
    op.execute(
        "create trigger rights_update after update of name, locale on person for each row"
        " when ((old.name, old.locale) is distinct from (new.name, new.locale))"
        " execute function tell_rights_of_person('id')"
    )


def downgrade() -> None:
    op.execute("drop trigger rights_update on person")
    op.execute("drop trigger rights_end on session")
    op.execute("drop function tell_rights_of_person()")
    for table in RELATIONS:
        for event in TABLES:
            op.execute(f"drop trigger rights_{event} on {table}")
            op.execute(f"drop function tell_rights_of_{table}_{event}()")
    op.execute("drop function tell_rights(uuid, uuid[])")
