"""Who is asking: the person behind a session, and the scope that the school has given them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models import ClientKind, Locale
from models.database import Database
from resolvers.ids import NOBODY
from resolvers.secrets import hashed

_LIVE = "valid_from <= $2 and (ended_at is null or ended_at > $2)"

# Session and scope in one statement: it runs before every request. Somebody whose profile is not complete has a
# session and an empty scope (R4). Staff who have not shown a second factor, where one is needed, are not staff in this
# session; what they are besides, they are. Somebody blocked at every school where they were is as good as signed out.
# Every array is in order: who has the same rights has the same scope.
_STATEMENT = """
with me as ({who}),
member as (
  select school_id, role from membership
  where person_id = (select person_id from me where name <> '') and blocked_at is null and {live}
    and (role = 'GUARDIAN' or (select staff_counts from me))
),
child as (
  select pupil_id, school_id from guardianship
  where person_id = (select person_id from me) and information_right = 'FULL' and {live}
    and school_id in (select school_id from member where role = 'GUARDIAN')
),
place as (
  select e.group_id, e.ended_at, e.valid_from <= $2 and (e.ended_at is null or e.ended_at > $2) as live
  from enrolment e join child c on c.pupil_id = e.pupil_id where e.valid_from <= $2
)
select me.*,
  array(select school_id from member where role = 'ADMIN' order by 1) as admin_schools,
  array(select distinct school_id from member where role <> 'GUARDIAN' order by 1) as staff_schools,
  array(select school_id from member where role <> 'GUARDIAN' union select school_id from child order by 1) as schools,
  array(
    select distinct group_id from teaching where person_id = me.person_id and {live}
      and school_id in (select school_id from member where role = 'STAFF') order by 1
  ) as taught_groups,
  array(select distinct pupil_id from child order by 1) as children,
  array(select distinct group_id from place where live order by 1) as child_groups,
  array(select group_id from place where not live order by group_id, ended_at) as past_groups,
  array(select ended_at from place where not live order by group_id, ended_at) as past_until,
  not me.staff_counts and exists (
    select from membership where person_id = me.person_id and role <> 'GUARDIAN' and blocked_at is null and {live}
  ) as needs_second_factor{more}
from me
"""

# Who is blocked is said by `policy.is_blocked` as well. Rules are made from a viewer, so none can be compiled in here;
# a test holds both to the same answer (tests/policy/test_blocked.py).
_SIGNED_IN = """
  select s.id as session_id, s.kind, s.last_seen_at, s.authenticated_at, s.second_factor,
    s.second_factor or $3 as staff_counts, p.id as person_id, p.name, p.locale{session}
  from session s join person p on p.id = s.person_id
  where {by} and s.revoked_at is null and s.idle_until > $2 and s.expires_at > $2
    and (not exists (select from membership b where b.person_id = p.id and b.blocked_at is not null)
         or exists (select from membership o where o.person_id = p.id and o.blocked_at is null))
"""

_WHO_IS_PERSON = """
  select null::uuid as session_id, null::text as kind, null::timestamptz as last_seen_at,
    null::timestamptz as authenticated_at, false as second_factor, true as staff_counts, id as person_id, name, locale
  from person where id = $1
"""

_SESSION_END = ", least(s.idle_until, s.expires_at) as session_until"

# When the passing of time alone will change the scope: the next beginning or end of anything that it is made of.
_UNTIL = """,
  (
    select least(me.session_until, min(moment)) from (
      select unnest(array[valid_from, ended_at]) from membership where person_id = me.person_id
      union all select unnest(array[valid_from, ended_at]) from guardianship where person_id = me.person_id
      union all select unnest(array[valid_from, ended_at]) from teaching where person_id = me.person_id
      union all
        select unnest(array[e.valid_from, e.ended_at])
        from enrolment e join guardianship g on g.pupil_id = e.pupil_id where g.person_id = me.person_id
    ) as boundary (moment) where moment > $2
  ) as until
"""

_TOKEN = "s.token_hash = $1"  # noqa: S105

BY_TOKEN = _STATEMENT.format(who=_SIGNED_IN.format(session="", by=_TOKEN), live=_LIVE, more="")
BY_TOKEN_UNTIL = _STATEMENT.format(who=_SIGNED_IN.format(session=_SESSION_END, by=_TOKEN), live=_LIVE, more=_UNTIL)
BY_SESSION = _STATEMENT.format(who=_SIGNED_IN.format(session="", by="s.id = $1"), live=_LIVE, more="")
BY_PERSON = _STATEMENT.format(who=_WHO_IS_PERSON, live=_LIVE, more="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A person with a scope. Rights are the union of a person's capacities per school, never across schools."""

    person_id: UUID
    name: str
    locale: Locale
    session_id: UUID | None
    client: ClientKind | None
    last_seen_at: datetime | None
    authenticated_at: datetime | None
    second_factor: bool
    """Whether a second factor, or a passkey, was shown in this session."""
    needs_second_factor: bool
    """Whether the person works at a school, and is not staff in this session for want of a second factor."""
    admin_schools: tuple[UUID, ...]
    staff_schools: tuple[UUID, ...]
    """Where the person works, as administrator or as staff."""
    schools: tuple[UUID, ...]
    """Schools whose page the person may read: works there, or has a child there."""
    taught_groups: tuple[UUID, ...]
    children: tuple[UUID, ...]
    """Pupils of whom the person is told everything."""
    child_groups: tuple[UUID, ...]
    """Groups in which a child is now."""
    past_groups: tuple[UUID, ...]
    """Groups in which a child was; each until the moment at the same place in `past_until`."""
    past_until: tuple[datetime, ...]

    @property
    def profile_complete(self) -> bool:
        """Whether the real name is there, without which nothing can be read (R4, R21)."""
        return bool(self.name)

    @property
    def works_at_a_school(self) -> bool:
        """Whether the person is staff somewhere, or would be with a second factor."""
        return bool(self.staff_schools) or self.needs_second_factor


SERVICE = Viewer(
    person_id=NOBODY,
    name="",
    locale=Locale.NL,
    session_id=None,
    client=None,
    last_seen_at=None,
    authenticated_at=None,
    second_factor=False,
    needs_second_factor=False,
    admin_schools=(),
    staff_schools=(),
    schools=(),
    taught_groups=(),
    children=(),
    child_groups=(),
    past_groups=(),
    past_until=(),
)
"""In place of somebody, where the service itself does something: sees nothing."""


def _viewer(row: Mapping[str, Any]) -> Viewer:
    return Viewer(
        person_id=row["person_id"],
        name=row["name"],
        locale=Locale(row["locale"]),
        session_id=row["session_id"],
        client=ClientKind(row["kind"]) if row["kind"] else None,
        last_seen_at=row["last_seen_at"],
        authenticated_at=row["authenticated_at"],
        second_factor=row["second_factor"],
        needs_second_factor=row["needs_second_factor"],
        admin_schools=tuple(row["admin_schools"]),
        staff_schools=tuple(row["staff_schools"]),
        schools=tuple(row["schools"]),
        taught_groups=tuple(row["taught_groups"]),
        children=tuple(row["children"]),
        child_groups=tuple(row["child_groups"]),
        past_groups=tuple(row["past_groups"]),
        past_until=tuple(row["past_until"]),
    )


async def find_by_token(database: Database, token: str, now: datetime, *, lenient: bool = True) -> Viewer | None:
    """The viewer behind a session token, or None when the session does not exist, has ended or is blocked.

    `lenient`: staff are staff also without a second factor.
    """
    rows = await database.fetch(BY_TOKEN, (hashed(token), now, lenient))
    return _viewer(rows[0]) if rows else None


async def find_by_session(database: Database, session_id: UUID, now: datetime, *, lenient: bool) -> Viewer | None:
    """As `find_by_token`, for a session that was found by its token before: its scope may be another by now."""
    rows = await database.fetch(BY_SESSION, (session_id, now, lenient))
    return _viewer(rows[0]) if rows else None


async def find_until(
    database: Database, token: str, now: datetime, *, lenient: bool = True
) -> tuple[Viewer, datetime] | None:
    """The viewer behind a session token, and the moment up to which this scope holds if nobody changes anything."""
    rows = await database.fetch(BY_TOKEN_UNTIL, (hashed(token), now, lenient))
    return (_viewer(rows[0]), rows[0]["until"]) if rows else None


async def find_by_person(database: Database, person_id: UUID, now: datetime) -> Viewer | None:
    """The viewer that a person is, without a session: for the service's own acts."""
    rows = await database.fetch(BY_PERSON, (person_id, now))
    return _viewer(rows[0]) if rows else None
