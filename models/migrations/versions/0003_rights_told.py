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

# {rows} are rows of (school_id, person_id). A person's scope is one over all schools, and what is shown at one may hang
# on a right at another: so each is told wherever the person is a member. An update tells whom the row concerned before
# and whom it concerns now, if it changed anything. Schools in order, as topics are everywhere.
TELL_CHANGED = """
create function {function}() returns trigger language plpgsql as $$
declare
  r record;
begin
  for r in
    with concerned as ({rows})
    select school_id, array_agg(distinct person_id) as persons from (
      select school_id, person_id from concerned
      union select m.school_id, m.person_id from membership as m join concerned as c on c.person_id = m.person_id
    ) as told where school_id is not null group by 1 order by 1
  loop
    perform tell_rights(r.school_id, r.persons);
  end loop;
  return null;
end $$
"""

TABLES = {
    "insert": "new table as is_now",
    "delete": "old table as was",
    "update": "old table as was new table as is_now",
}
CHANGED = {
    "insert": "is_now",
    "delete": "was",
    "update": "((table was except table is_now) union all (table is_now except table was))",
}
OF_PERSON = "select school_id, person_id from {changed} as c"
OF_PUPIL = "select g.school_id, g.person_id from {changed} as c join guardianship as g on g.pupil_id = c.pupil_id"
RELATIONS = {"membership": OF_PERSON, "guardianship": OF_PERSON, "teaching": OF_PERSON, "enrolment": OF_PUPIL}
UPDATES = {
    "session": """
      select null::uuid as school_id, is_now.person_id from was join is_now using (id)
      where was.revoked_at is null and is_now.revoked_at is not null""",
    "person": """
      select null::uuid as school_id, is_now.id as person_id from was join is_now using (id)
      where (was.name, was.locale) is distinct from (is_now.name, is_now.locale)""",
}


def _tell(table: str, event: str, rows: str) -> None:
    function = f"tell_rights_of_{table}_{event}"
    op.execute(TELL_CHANGED.format(function=function, rows=rows))
    op.execute(
        f"create trigger rights_{event} after {event} on {table} referencing {TABLES[event]}"
        f" for each statement execute function {function}()"
    )


def upgrade() -> None:
    op.execute(TELL)
    for table, concerned in RELATIONS.items():
        for event, changed in CHANGED.items():
            _tell(table, event, concerned.format(changed=changed))
    for table, rows in UPDATES.items():
        _tell(table, "update", rows)


def downgrade() -> None:
    for table, event in [
        *((table, event) for table in RELATIONS for event in TABLES),
        *((t, "update") for t in UPDATES),
    ]:
        op.execute(f"drop trigger rights_{event} on {table}")
        op.execute(f"drop function tell_rights_of_{table}_{event}()")
    op.execute("drop function tell_rights(uuid, uuid[])")
