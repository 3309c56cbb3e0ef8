"""Members: who belongs to a school and as what; how the administration changes it, and who is told (R1, R2, R31)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Uuid, cast, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import MailKind, Role, table_of
from models.audit import GREATEST_REASON
from resolvers import administrators, leaving, policy
from resolvers.errors import Code, Refused
from resolvers.letters import Letter, letter
from resolvers.policy import ME, Me
from resolvers.sessions import end_sessions, shorten
from resolvers.views import Arguments, Many, View, belongs_to
from resolvers.writing import Change, command

_MEMBERSHIP = table_of(models.Membership)
_TEACHING = table_of(models.Teaching)
_GUARDIANSHIP = table_of(models.Guardianship)
_WORKING = frozenset({Role.STAFF, Role.ADMIN})

# A membership is known by school, person and role. Pages need one key: the digest of the three.
_KEYED = policy.scan(
    _MEMBERSHIP,
    columns=[
        cast(
            func.md5(func.concat(*(_MEMBERSHIP.c[name] for name in ("school_id", "person_id", "role")))), Uuid()
        ).label("id"),
        *_MEMBERSHIP.c,
    ],
).subquery("member")


def member_key(school_id: UUID, person_id: UUID, role: Role) -> UUID:
    """The key of a member: the same digest as in the statement."""
    return UUID(md5(f"{school_id}{person_id}{role.value}".encode(), usedforsecurity=False).hexdigest())


def _children(me: Me, member: FromClause, pupil: FromClause, _given: Arguments) -> ColumnElement[bool]:
    """Of a guardian: the pupils at this school."""
    guardianship = _GUARDIANSHIP.alias()
    of_member = policy.scan(guardianship).where(
        guardianship.c.pupil_id == pupil.c.id,
        guardianship.c.school_id == member.c.school_id,
        guardianship.c.person_id == member.c.person_id,
        guardianship.c.member_role == member.c.role,
        policy.live(me, guardianship),
    )
    return of_member.exists()


MEMBER = View(
    name="Member",
    table=_KEYED,
    visible=policy.sees_member,
    computed={"blocked": lambda _me, member: member.c.blocked_at.is_not(None)},
    relations={
        "person": belongs_to("Person", "person_id"),
        "children": Many(
            to="Pupil",
            where=_children,
            order=lambda _me, pupil: (pupil.c.given_name, pupil.c.family_name, pupil.c.id),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class _Member:
    """Somebody at a school whom the viewer administers, and as what they are there now."""

    school: models.School
    person: models.Person
    roles: frozenset[Role]
    is_blocked: bool

    @property
    def key(self) -> UUID:
        """The key of the first of the capacities: administration before staff before guardian."""
        first = next(role for role in Role if role in self.roles)
        return member_key(self.school.id, self.person.id, first)


async def _find_member(change: Change, school_id: UUID, person_id: UUID) -> _Member:
    """Refuses: NOT_FOUND (does not belong to the school now, or is not seen), FORBIDDEN."""
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId", lock=False)
    person = await change.find(models.Person, person_id, policy.sees_person, "personId")  # who joins meanwhile waits
    if not policy.may_administer(change.viewer, school.id):
        raise Refused(Code.FORBIDDEN)
    now = policy.scan(_MEMBERSHIP, columns=[_MEMBERSHIP.c.role, _MEMBERSHIP.c.blocked_at]).where(
        _MEMBERSHIP.c.school_id == school.id, _MEMBERSHIP.c.person_id == person.id, policy.live(ME, _MEMBERSHIP)
    )
    rows = (await change.session.execute(now, change.parameters())).all()
    if not rows:
        raise Refused(Code.NOT_FOUND, "personId")
    return _Member(school, person, frozenset(Role(row.role) for row in rows), any(row.blocked_at for row in rows))


async def _keep_an_administrator(change: Change, school_id: UUID, without: UUID) -> None:
    """That a school keeps an administrator, also when two end each other. Refuses: LAST_ADMINISTRATOR."""
    await change.find(models.School, school_id, policy.sees_school)  # one at a time
    # Who waited for that has a moment behind the one that it waited for: an end is an end, whenever it was.
    others = administrators.administrators(school_id).where(_MEMBERSHIP.c.person_id != without)
    if (await change.session.execute(others)).first() is None:
        raise Refused(Code.LAST_ADMINISTRATOR)


@command
async def set_member_blocked(change: Change, *, school_id: UUID, person_id: UUID, blocked: bool, reason: str) -> UUID:
    """Shut somebody out of a school in every capacity, or let them in again. At other schools nothing changes (ACC-11).

    Refuses: NOT_FOUND, FORBIDDEN (oneself, too), REAUTHENTICATION_REQUIRED, LAST_ADMINISTRATOR.
    """
    member = await _find_member(change, school_id, person_id)
    if not policy.may_change_standing(change.viewer, school_id, person_id):
        raise Refused(Code.FORBIDDEN)
    change.check_fresh()
    if blocked and Role.ADMIN in member.roles:
        await _keep_an_administrator(change, school_id, person_id)
    if blocked is not member.is_blocked:
        # Also capacities of before: who was something else here once is blocked all the same.
        here = (_MEMBERSHIP.c.school_id == school_id, _MEMBERSHIP.c.person_id == person_id)
        blocking = update(_MEMBERSHIP).where(*here).values(blocked_at=change.context.now if blocked else None)
        await change.session.execute(blocking)
        change.audit("block_member" if blocked else "unblock_member", school_id, person_id, reason=reason)
        change.tell_rights(school_id)
    return member.key


@command
async def revoke_member_sessions(change: Change, *, school_id: UUID, person_id: UUID, reason: str) -> UUID:
    """End all sessions of a member at once, such as when a phone was stolen (ACC-06).

    Refuses: NOT_FOUND, FORBIDDEN, REAUTHENTICATION_REQUIRED.
    """
    member = await _find_member(change, school_id, person_id)
    change.check_fresh()
    await end_sessions(change.session, change.context.now, person_id)
    change.audit("revoke_member_sessions", school_id, person_id, reason=reason)
    change.tell_rights(school_id)
    return member.key


@command
async def correct_member_name(change: Change, *, school_id: UUID, person_id: UUID, name: str) -> UUID:
    """Correct a member's real name (PER-10). What they have written keeps the name as posted (R22).

    Refuses: NOT_FOUND, FORBIDDEN.
    """
    member = await _find_member(change, school_id, person_id)
    before, member.person.name = member.person.name, name
    change.audit("correct_member_name", school_id, person_id, reason=f"{before} -> {name}")
    change.tell_rights(school_id)
    return member.key


@command
async def grant_role(change: Change, *, school_id: UUID, person_id: UUID, role: Role) -> UUID:
    """Let somebody who works at the school also be staff, or administrator; all administrators hear of a new one.

    Refuses: NOT_FOUND, FORBIDDEN (oneself, too), REAUTHENTICATION_REQUIRED, ALREADY_MEMBER, INVALID (a guardian's
    role comes with a child; and who does not work here is invited first).
    """
    member = await _find_member(change, school_id, person_id)
    if not policy.may_change_standing(change.viewer, school_id, person_id):
        raise Refused(Code.FORBIDDEN)
    change.check_fresh()
    if role not in _WORKING:
        raise Refused(Code.INVALID, "role")
    if member.is_blocked or not member.roles & _WORKING:
        raise Refused(Code.INVALID, "personId")
    if role in member.roles:
        raise Refused(Code.ALREADY_MEMBER, "role")
    now = change.context.now
    given = {"school_id": school_id, "person_id": person_id, "role": role, "valid_from": now}
    granting = insert(_MEMBERSHIP).values(given)
    again = {"valid_from": now, "ended_at": None}
    await change.session.execute(granting.on_conflict_do_update(index_elements=[*_MEMBERSHIP.primary_key], set_=again))
    await shorten(change.session, person_id, now)
    change.audit("grant_role", school_id, person_id, reason=role.value)
    change.tell_rights(school_id)
    if role is Role.ADMIN:
        await administrators.tell_administrators(change.session, school_id, person_id, now)
    return member_key(school_id, person_id, role)


@letter(MailKind.NEW_ADMINISTRATOR)
async def _new_administrator(session: AsyncSession, mail: models.Mail, _now: datetime) -> Letter | None:
    person = table_of(models.Person)
    named = policy.scan(person, columns=[person.c.name]).where(func.lower(person.c.email) == mail.recipient.lower())
    name = (await session.execute(named)).scalar_one_or_none()
    member, school = await session.get(models.Person, mail.subject_id), await session.get(models.School, mail.school_id)
    if name is None or member is None or school is None:
        return None  # the address is another one by now
    return Letter({"name": name, "school": school.name, "member": member.name})


@command
async def end_membership(change: Change, *, school_id: UUID, person_id: UUID, role: Role, reason: str) -> UUID:
    """End a capacity of somebody at the school, with all that hangs on it: teaching, or guardianships (MEM-05).

    Refuses: NOT_FOUND, FORBIDDEN, REAUTHENTICATION_REQUIRED, LAST_ADMINISTRATOR.
    """
    member = await _find_member(change, school_id, person_id)
    if role not in member.roles:
        raise Refused(Code.NOT_FOUND, "role")
    change.check_fresh()
    if role is Role.ADMIN:
        await _keep_an_administrator(change, school_id, person_id)
    now = change.context.now
    if role is not Role.GUARDIAN:
        await leaving.revoke_staff_invitations(change, member.school.id, member.person.email)
    if role is Role.STAFF:
        own = (_TEACHING.c.school_id == school_id, _TEACHING.c.person_id == person_id)
        ending = update(_TEACHING).where(*own, policy.lasting(_TEACHING, now))
        await change.session.execute(ending.values(ended_at=now))
    elif role is Role.GUARDIAN:
        own = (_GUARDIANSHIP.c.school_id == school_id, _GUARDIANSHIP.c.person_id == person_id)
        await leaving.end_guardianships(change, reason, *own)
    await leaving.end_memberships(change, school_id, [person_id], role)
    change.audit("end_membership", school_id, person_id, reason=f"{role}: {reason}"[:GREATEST_REASON])
    return person_id
