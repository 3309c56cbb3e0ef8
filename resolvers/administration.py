"""What the administration arranges: the school, its groups and who teaches them, its pupils and where they are."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlmodel import SQLModel

import models
from models import Role, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.ids import public_id
from resolvers.leaving import end_enrolments
from resolvers.writing import Change, command

_DAY = timedelta(days=1)


def _check_administers(change: Change, school_id: UUID) -> None:
    """Refuses: FORBIDDEN."""
    if not policy.may_administer(change.viewer, school_id):
        raise Refused(Code.FORBIDDEN)


def _put(row: SQLModel, **values: object) -> None:
    """Set what is given; None leaves a value as it is."""
    for name, value in values.items():
        if value is not None:
            setattr(row, name, value)


def _midnight(school: models.School, day: date) -> datetime:
    """The moment in which a day begins at the school."""
    return datetime.combine(day, time(), ZoneInfo(school.time_zone))


def _today(change: Change, school: models.School) -> date:
    return change.context.now.astimezone(ZoneInfo(school.time_zone)).date()


# ------------------------------------------------------------------------------------------------ the school


@command
async def update_school(
    change: Change,
    *,
    school_id: UUID,
    name: str | None,
    contact_email: str | None,
    phone: str | None,
    report_cutoff: time | None,
) -> UUID:
    """Change the school's own page and its cut-off (SCH-04). What is not given stays; an empty phone takes it away.

    Refuses: NOT_FOUND, FORBIDDEN.
    """
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId")
    _check_administers(change, school.id)
    _put(school, name=name, contact_email=contact_email, report_cutoff=report_cutoff)
    if phone is not None:
        school.phone = phone or None
    change.audit("update_school", school.id, school.id)
    return school.id


# ------------------------------------------------------------------------------------------------ groups


@command
async def create_group(change: Change, *, school_id: UUID, name: str, school_year: str) -> UUID:
    """Make a group, without pupils and teachers yet (GRP-03). Refuses: NOT_FOUND, FORBIDDEN."""
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId", lock=False)
    _check_administers(change, school.id)
    group = models.Group(school_id=school.id, name=name, school_year=school_year)
    change.session.add(group)
    change.audit("create_group", school.id, group.id)
    return group.id


async def _administered_group(change: Change, group_id: UUID) -> models.Group:
    """Refuses: NOT_FOUND, FORBIDDEN."""
    group = await change.find(models.Group, group_id, policy.sees_group, "groupId")
    _check_administers(change, group.school_id)
    return group


async def _school_of(change: Change, row: models.Group | models.Pupil) -> models.School:
    return await change.find(models.School, row.school_id, policy.sees_school, lock=False)


@command
async def rename_group(change: Change, *, group_id: UUID, name: str | None, school_year: str | None) -> UUID:
    """Give a group another name or school year (GRP-06). What is not given stays. Refuses: NOT_FOUND, FORBIDDEN."""
    group = await _administered_group(change, group_id)
    _put(group, name=name, school_year=school_year)
    change.audit("rename_group", group.school_id, group.id)
    return group.id


@command
async def assign_teacher(change: Change, *, group_id: UUID, person_id: UUID, until: date | None) -> UUID:
    """Let a member of staff teach a group from now on: for good, or up to and including a day (GRP-04, R28).

    Who teaches it already does so until the new day.
    Refuses: NOT_FOUND (also of a person who is not staff of this school), FORBIDDEN,
    INVALID_RANGE (a day that is over).
    """
    group = await _administered_group(change, group_id)
    membership = await change.session.get(models.Membership, (group.school_id, person_id, Role.STAFF))
    now = change.context.now
    if membership is None or membership.blocked_at or (membership.ended_at and membership.ended_at <= now):
        raise Refused(Code.NOT_FOUND, "personId")
    school = await _school_of(change, group)
    ends = None if until is None else _midnight(school, until + _DAY)
    if ends is not None and ends <= now:
        raise Refused(Code.INVALID_RANGE, "until")
    if not await _set_teachings_end(change, group, person_id, ends):
        change.session.add(
            models.Teaching(
                school_id=group.school_id, group_id=group.id, person_id=person_id, valid_from=now, ended_at=ends
            )
        )
    change.audit("assign_teacher", group.school_id, group.id, reason=_teacher(person_id, until))
    change.tell_rights(group.school_id)
    return group.id


@command
async def end_teaching(change: Change, *, group_id: UUID, person_id: UUID) -> UUID:
    """End that somebody teaches a group, at once (GRP-04). Refuses: NOT_FOUND (does not teach it), FORBIDDEN."""
    group = await _administered_group(change, group_id)
    if not await _set_teachings_end(change, group, person_id, change.context.now):
        raise Refused(Code.NOT_FOUND, "personId")
    change.audit("end_teaching", group.school_id, group.id, reason=_teacher(person_id))
    change.tell_rights(group.school_id)
    return group.id


def _teacher(person_id: UUID, until: date | None = None) -> str:
    """Whom an assignment is about, for the audit trail."""
    teacher = f"teacher {public_id('person', person_id)}"
    return teacher if until is None else f"{teacher} until {until}"


async def _set_teachings_end(change: Change, group: models.Group, person_id: UUID, ends: datetime | None) -> bool:
    """Say until when somebody who teaches a group does so; whether there was anybody. The group is locked."""
    teaching = table_of(models.Teaching)
    own = (
        teaching.c.group_id == group.id,
        teaching.c.person_id == person_id,
        policy.lasting(teaching, change.context.now),
    )
    ending = update(teaching).where(*own).values(ended_at=ends).returning(teaching.c.id)
    return bool((await change.session.execute(ending)).all())


# ------------------------------------------------------------------------------------------------ pupils


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the school writes down about a pupil; None where it says nothing new."""

    given_name: str | None
    family_name: str | None
    birth_date: date | None
    named_in_labels: bool | None = None


def _check_birth_date(change: Change, school: models.School, born: date | None) -> None:
    """Refuses: INVALID (not born yet)."""
    if born is not None and born > _today(change, school):
        raise Refused(Code.INVALID, "birthDate")


@command
async def register_pupil(change: Change, *, school_id: UUID, group_id: UUID, details: Details, first_day: date) -> UUID:
    """Enter a child, who is in a group from the first day on (PUP-05). Guardians are invited, never entered.

    Refuses: NOT_FOUND, FORBIDDEN, INVALID.
    """
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId", lock=False)
    group = await _group_of(change, group_id, school.id)
    _check_administers(change, school.id)
    _check_birth_date(change, school, details.birth_date)
    pupil = models.Pupil(
        school_id=school.id,
        given_name=details.given_name or "",
        family_name=details.family_name or "",
        birth_date=details.birth_date,
    )
    change.session.add(pupil)
    await change.flush()
    change.session.add(_place(pupil, group, _midnight(school, first_day)))
    change.audit("register_pupil", school.id, pupil.id, pupil_id=pupil.id)
    return pupil.id


async def _group_of(change: Change, group_id: UUID, school_id: UUID) -> models.Group:
    """A group of this school and no other (PUP-07). Refuses: NOT_FOUND."""
    group = await change.find(models.Group, group_id, policy.sees_group, "groupId", lock=False)
    if group.school_id != school_id:
        raise Refused(Code.NOT_FOUND, "groupId")
    return group


def _place(pupil: models.Pupil, group: models.Group, since: datetime) -> models.Enrolment:
    return models.Enrolment(school_id=pupil.school_id, group_id=group.id, pupil_id=pupil.id, valid_from=since)


async def _administered_pupil(change: Change, pupil_id: UUID) -> models.Pupil:
    """Refuses: NOT_FOUND, FORBIDDEN."""
    pupil = await change.find(models.Pupil, pupil_id, policy.sees_pupil, "pupilId")
    _check_administers(change, pupil.school_id)
    return pupil


@command
async def update_pupil(change: Change, *, pupil_id: UUID, details: Details) -> UUID:
    """Correct what is written down about a pupil. What is not given stays. Refuses: NOT_FOUND, FORBIDDEN, INVALID."""
    pupil = await _administered_pupil(change, pupil_id)
    _check_birth_date(change, await _school_of(change, pupil), details.birth_date)
    _put(
        pupil,
        given_name=details.given_name,
        family_name=details.family_name,
        birth_date=details.birth_date,
        named_in_labels=details.named_in_labels,
    )
    change.audit("update_pupil", pupil.school_id, pupil.id, pupil_id=pupil.id)
    return pupil.id


@command
async def move_pupil(change: Change, *, pupil_id: UUID, group_id: UUID, since: date | None) -> UUID:
    """Move a pupil to another group, now or at the midnight in which a day begins (PUP-06, R27).

    The family is in the new group from then on, and keeps what the old one wrote until then. A move that was planned
    for later is off. A child whose first day is still to come begins in the new group on that day.
    Refuses: NOT_FOUND (also of another school's group, PUP-07), FORBIDDEN, INVALID (a day that is over, or a child
    that is not at the school any more).
    """
    pupil = await _administered_pupil(change, pupil_id)
    group = await _group_of(change, group_id, pupil.school_id)
    school, now = await _school_of(change, pupil), change.context.now
    today = _today(change, school)
    day = since or today
    if day < today:
        raise Refused(Code.INVALID, "from")
    moment = await _next_place_from(change, pupil, now if day == today else _midnight(school, day))
    await end_enrolments(change, pupil.id, moment)
    change.session.add(_place(pupil, group, moment))
    change.audit("move_pupil", pupil.school_id, pupil.id, pupil_id=pupil.id)
    change.tell_rights(pupil.school_id)
    return pupil.id


async def _next_place_from(change: Change, pupil: models.Pupil, moment: datetime) -> datetime:
    """From when on a pupil can be elsewhere: the moment, or the first day that is still to come. Refuses: INVALID."""
    enrolment = table_of(models.Enrolment)
    begins = policy.scan(enrolment, columns=[func.min(enrolment.c.valid_from)]).where(
        enrolment.c.pupil_id == pupil.id, policy.lasting(enrolment, moment)
    )
    begin = (await change.session.execute(begins)).scalar_one()
    # Whoever waited for a deregistration has a moment before its own: what goes on has no end.
    goes_on = policy.scan(enrolment).where(enrolment.c.pupil_id == pupil.id, enrolment.c.ended_at.is_(None))
    if begin is None or (await change.session.execute(goes_on)).first() is None:
        raise Refused(Code.INVALID, "pupilId")
    return max(moment, begin)
