"""Admission: what both ways in have in common. Who may get in, into which account, and what that gives them.

An invitation and a verified request each end here: an account is found by its address or made, the house rules are
accepted, the school's grant is written down, and a session opens (f1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import InformationRight, Locale, MailKind, Role, table_of
from resolvers import letters, policy
from resolvers.age import fourth_birthday, is_four
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.limits import SIGN_IN
from resolvers.meetings.parties import join_parties
from resolvers.passwords import check_password, hash_password, verify_password
from resolvers.sessions import lock_person, shorten
from resolvers.writing import refusing

NO_RULES = 0
"""What is accepted at a school that has no house rules."""

_person, _membership = table_of(models.Person), table_of(models.Membership)
_guardianship, _rules = table_of(models.Guardianship), table_of(models.HouseRules)


@dataclass(frozen=True, slots=True)
class Admissible:
    """A pupil, as far as it decides whether its guardians can be let in."""

    pupil_id: UUID
    school_id: UUID
    birth_date: date | None
    zone: ZoneInfo
    is_enrolled: bool

    def check(self, now: datetime, *path: str) -> None:
        """Refuses: BIRTH_DATE_MISSING, PUPIL_UNDER_FOUR, ENROLMENT_NOT_STARTED (R3, R26)."""
        if self.birth_date is None:
            raise Refused(Code.BIRTH_DATE_MISSING, *path)
        if not is_four(self.birth_date, now, self.zone):
            raise Refused(Code.PUPIL_UNDER_FOUR, *path, day=fourth_birthday(self.birth_date))
        if not self.is_enrolled:
            raise Refused(Code.ENROLMENT_NOT_STARTED, *path)

    def holds(self, now: datetime) -> bool:
        """Whether the guardians can be let in now."""
        try:
            self.check(now)
        except Refused:
            return False
        return True


async def find_admissible(
    session: AsyncSession, pupil_ids: Sequence[UUID], now: datetime, *, lock: bool = False
) -> dict[UUID, Admissible]:
    """Pupils by key. They are not looked at through anybody's eyes: who asks has looked already, or shows a secret.

    With `lock` nobody deregisters them, or ends a guardianship of theirs, until the transaction is over.
    """
    pupil, school = table_of(models.Pupil), table_of(models.School)
    enrolment = table_of(models.Enrolment)
    here = policy.scan(enrolment).where(
        enrolment.c.pupil_id == pupil.c.id,
        enrolment.c.valid_from <= now,
        enrolment.c.ended_at.is_(None) | (enrolment.c.ended_at > now),
    )
    if lock:
        held = select(pupil.c.id).where(pupil.c.id.in_(pupil_ids)).order_by(pupil.c.id)
        await session.execute(held.with_for_update(key_share=True))
    rows = await session.execute(
        select(pupil.c.id, pupil.c.school_id, pupil.c.birth_date, school.c.time_zone, here.exists())
        .join(school, school.c.id == pupil.c.school_id)
        .where(pupil.c.id.in_(pupil_ids))
    )
    return {row[0]: Admissible(row[0], row[1], row[2], ZoneInfo(row[3]), row[4]) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who comes in: with an address that a mailed secret has proved, and a password, new or of the account there is."""

    email: str
    name: str
    password: str
    locale: Locale


@dataclass(frozen=True, slots=True)
class Account:
    """What a newcomer signs in with: an account that is there or none yet, and the hash of the password."""

    person_id: UUID | None
    password_hash: str


async def prepare_account(context: Context, who: Newcomer, *path: str) -> Account:
    """Look whether the address has an account; then the password must be its own, and else be a good one.

    It takes its time outside of any transaction. Refuses: INVALID_CREDENTIALS, RATE_LIMITED, WEAK_PASSWORD.
    """
    async with context.database.begin() as session:
        row = (await session.execute(_account(who.email))).one_or_none()
    if row is None:
        await check_password(who.password, *path, about=(who.name, who.email))
        return Account(None, await hash_password(who.password))
    await context.door.limits.take(SIGN_IN, who.email)
    if not await verify_password(who.password, row.password_hash):
        raise Refused(Code.INVALID_CREDENTIALS, *path)
    await context.door.limits.forget(SIGN_IN, who.email)
    return Account(row.id, row.password_hash)


def _account(email: str) -> Executable:
    return select(_person.c.id, _person.c.password_hash).where(func.lower(_person.c.email) == email.lower())


async def take_account(session: AsyncSession, account: Account, who: Newcomer, now: datetime) -> UUID:
    """The person of an account; a new one is made. Refuses: RATE_LIMITED (one was made just now)."""
    if account.person_id is not None:
        return account.person_id
    person = models.Person(
        name=who.name, email=who.email, locale=who.locale, password_hash=account.password_hash, created_at=now
    )
    session.add(person)
    with refusing({"ix_person_email": Refused(Code.RATE_LIMITED)}):
        await session.flush()
    return person.id


async def rules_version(session: AsyncSession, school_id: UUID) -> int:
    """The version of the house rules that is to be accepted now."""
    newest = select(func.max(_rules.c.version)).where(_rules.c.school_id == school_id)
    return await session.scalar(newest) or NO_RULES


async def accept_rules(session: AsyncSession, school_id: UUID, person_id: UUID, version: int, now: datetime) -> None:
    """Write down that a newcomer accepts the house rules (R11). Refuses: RULES_NOT_ACCEPTED (an old version)."""
    if version != await rules_version(session, school_id):
        raise Refused(Code.RULES_NOT_ACCEPTED, "acceptHouseRulesVersion")
    if version == NO_RULES:
        return
    accepted = {"school_id": school_id, "version": version, "person_id": person_id, "accepted_at": now}
    await session.execute(insert(table_of(models.HouseRulesAcceptance)).values(accepted).on_conflict_do_nothing())


async def join(session: AsyncSession, school_id: UUID, person_id: UUID, role: Role, now: datetime) -> None:
    """Make somebody a member in a capacity; one that had ended begins again, and with it no block of before.

    Refuses: INVALID_CODE (blocked at this school; other schools decide for themselves).
    """
    await lock_person(session, person_id)
    mine = (_membership.c.school_id == school_id, _membership.c.person_id == person_id)
    lasting = or_(_membership.c.ended_at.is_(None), _membership.c.ended_at > now)
    blocked = select(_membership.c.role).where(*mine, lasting, _membership.c.blocked_at.is_not(None)).limit(1)
    if await session.scalar(blocked):
        raise Refused(Code.INVALID_CODE)
    row = {"school_id": school_id, "person_id": person_id, "role": role, "valid_from": now, "ended_at": None}
    taken = insert(_membership).values(row)
    await session.execute(
        taken.on_conflict_do_update(
            index_elements=["school_id", "person_id", "role"],
            set_={"valid_from": now, "ended_at": None, "blocked_at": None},
            where=_membership.c.ended_at <= now,
        )
    )
    if role is not Role.GUARDIAN:
        await shorten(session, person_id, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the school gives one guardian for one pupil."""

    school_id: UUID
    pupil_id: UUID
    parental_authority: bool = True
    information_right: InformationRight = InformationRight.FULL
    granted_by: UUID | None


async def grant(session: AsyncSession, person_id: UUID, given: Grant, now: datetime) -> None:
    """Make somebody a guardian of a pupil; who is one already stays one. The others with authority are told (f1, 6)."""
    live = (_guardianship.c.pupil_id == given.pupil_id, _guardianship.c.ended_at.is_(None))
    if await session.scalar(select(_guardianship.c.id).where(*live, _guardianship.c.person_id == person_id)):
        return
    granted = models.Guardianship(
        school_id=given.school_id,
        pupil_id=given.pupil_id,
        person_id=person_id,
        parental_authority=given.parental_authority,
        information_right=given.information_right,
        granted_by=given.granted_by,
        valid_from=now,
    )
    for other in await session.execute(_guardians_to_tell(given.pupil_id)):
        letters.post(session, now, MailKind.NEW_GUARDIAN, granted.id, to=other.email, locale=other.locale)
    session.add(granted)
    await session.flush()
    if given.information_right is InformationRight.FULL:
        await join_parties(session, given.pupil_id, person_id, now)


def _guardians_to_tell(pupil_id: UUID) -> Select[Any]:
    """Guardians with authority who are told everything; nobody where the pupil's mark of safety keeps names apart."""
    pupil = table_of(models.Pupil)
    return (
        policy.scan(_guardianship, _person, pupil, _membership, columns=[_person.c.email, _person.c.locale])
        .where(_guardianship.c.pupil_id == pupil_id, _guardianship.c.ended_at.is_(None))
        .where(_guardianship.c.parental_authority, _guardianship.c.information_right == InformationRight.FULL.value)
        .where(_person.c.id == _guardianship.c.person_id, _membership.c.person_id == _person.c.id)
        .where(_membership.c.school_id == _guardianship.c.school_id, _membership.c.role == Role.GUARDIAN.value)
        .where(_membership.c.ended_at.is_(None), _membership.c.blocked_at.is_(None))
        .where(pupil.c.id == _guardianship.c.pupil_id, pupil.c.named_in_labels)
        .order_by(_person.c.id)
    )


async def has_account(session: AsyncSession, email: str) -> bool:
    """Whether somebody has an account with this address. Only the mail says so, never an answer."""
    return await session.scalar(select(_person.c.id).where(func.lower(_person.c.email) == email.lower())) is not None


def is_of(person_id: UUID, email: str) -> Executable:
    """Whether an address is somebody's own."""
    return select(_person.c.id).where(_person.c.id == person_id, func.lower(_person.c.email) == email.lower())


def is_member(email: str, school_id: UUID, role: Role, now: datetime) -> Executable:
    """Whether the account of an address belongs to a school in a capacity now."""
    return (
        select(_membership.c.person_id)
        .join(_person, _person.c.id == _membership.c.person_id)
        .where(
            func.lower(_person.c.email) == email.lower(),
            _membership.c.school_id == school_id,
            _membership.c.role == role,
            _membership.c.ended_at.is_(None) | (_membership.c.ended_at > now),
        )
    )


def is_related(person_id: UUID, email: str, pupil_ids: Sequence[UUID]) -> Executable:
    """Whether somebody is the requester, or is or was a guardian of one of the pupils, or has a child with them."""
    mine, theirs = _guardianship.alias(), _guardianship.alias()
    requester = func.lower(_person.c.email) == email.lower()
    is_requester = select(_person.c.id).where(_person.c.id == person_id, requester)
    is_guardian_of_one = select(mine.c.id).where(mine.c.person_id == person_id, mine.c.pupil_id.in_(pupil_ids))
    has_child_with = (
        select(mine.c.id)
        .join(theirs, theirs.c.pupil_id == mine.c.pupil_id)
        .join(_person, _person.c.id == theirs.c.person_id)
        .where(mine.c.person_id == person_id, requester)
    )
    return select(or_(is_requester.exists(), is_guardian_of_one.exists(), has_child_with.exists()))


def is_guardian(email: str, pupil_id: UUID) -> Executable:
    """Whether the account of an address is a guardian of a pupil now."""
    return (
        select(_guardianship.c.id)
        .join(_person, _person.c.id == _guardianship.c.person_id)
        .where(
            func.lower(_person.c.email) == email.lower(),
            _guardianship.c.pupil_id == pupil_id,
            _guardianship.c.ended_at.is_(None),
        )
    )


@letters.letter(MailKind.NEW_GUARDIAN)
async def _new_guardian(session: AsyncSession, mail: models.Mail, _now: datetime) -> letters.Letter | None:
    """To another guardian: that somebody got access to the child. Who, is to be seen in the service."""
    granted = await session.get(models.Guardianship, mail.subject_id)
    if granted is None or granted.ended_at is not None:
        return None
    told = _guardians_to_tell(granted.pupil_id).add_columns(_person.c.name)
    me = (await session.execute(told.where(func.lower(_person.c.email) == mail.recipient.lower()))).one_or_none()
    if me is None:  # who was to be told may not know any more
        return None
    pupil = await session.get_one(models.Pupil, granted.pupil_id)
    school = await session.get_one(models.School, granted.school_id)
    return letters.Letter({"name": me.name, "child": pupil.given_name, "school": school.name})
