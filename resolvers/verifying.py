"""Verifying: the office looks at an access request beside its own records, and lets in or not (R25, f1)."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, FromClause, Text, and_, case, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import AccessRequest, AccessRequestStatus, MailKind, RequestedChild, VerificationMethod, table_of
from resolvers import admission, letters, policy
from resolvers.activating import CODE_LIFE, children_of, close
from resolvers.errors import Code, Refused
from resolvers.policy import Me
from resolvers.requests import WAITING
from resolvers.views import Many, One, View, belongs_to
from resolvers.writing import Change, command


class AccessRequestFlag(StrEnum):
    """What the office should look at before it verifies."""

    NO_MATCH = "NO_MATCH"
    BIRTHDATE_DIFFERS = "BIRTHDATE_DIFFERS"
    BIRTHDATE_MISSING = "BIRTHDATE_MISSING"
    UNDER_FOUR = "UNDER_FOUR"
    NOT_STARTED = "NOT_STARTED"
    ALREADY_HAS_ACCESS = "ALREADY_HAS_ACCESS"


# ------------------------------------------------------------------------------------------------ what the office sees


def _candidate(child: FromClause) -> ColumnElement[UUID]:
    """The pupil whom a typed child may be: the verified one, or of that name, or of that given name and birth date."""
    return func.coalesce(child.c.pupil_id, _of_whole_name(child), _of_given_name(child))


def _of_whole_name(child: FromClause) -> ColumnElement[UUID]:
    pupil = table_of(models.Pupil).alias()
    whole = func.plain_name(pupil.c.given_name, pupil.c.family_name)
    same = policy.scan(pupil, columns=[pupil.c.id]).where(
        pupil.c.school_id == child.c.school_id, whole == func.plain_name(child.c.name)
    )
    likeliest = (pupil.c.birth_date == child.c.birth_date).desc().nulls_last()
    return same.order_by(likeliest, pupil.c.id).limit(1).scalar_subquery()


def _of_given_name(child: FromClause) -> ColumnElement[UUID]:
    pupil = table_of(models.Pupil).alias()
    same = policy.scan(pupil, columns=[pupil.c.id]).where(
        pupil.c.school_id == child.c.school_id,
        func.plain_name(pupil.c.given_name) == func.plain_name(child.c.name),
        pupil.c.birth_date == child.c.birth_date,
    )
    return same.order_by(pupil.c.id).limit(1).scalar_subquery()


def _flags(me: Me, child: FromClause) -> ColumnElement[Any]:
    """What the office should look at, from its own records as they are now."""
    pupil, school = table_of(models.Pupil).alias(), table_of(models.School).alias()
    asked, person = table_of(AccessRequest).alias(), table_of(models.Person).alias()
    guardianship = table_of(models.Guardianship).alias()
    enrolment = table_of(models.Enrolment).alias()
    today = cast(func.timezone(school.c.time_zone, me.now), Date)
    here = policy.scan(enrolment).where(enrolment.c.pupil_id == pupil.c.id, policy.live(me, enrolment))
    known = policy.scan(guardianship, person, asked).where(
        asked.c.id == child.c.request_id,
        func.lower(person.c.email) == func.lower(asked.c.email),
        guardianship.c.person_id == person.c.id,
        guardianship.c.pupil_id == pupil.c.id,
        policy.live(me, guardianship),
    )
    found = {
        AccessRequestFlag.BIRTHDATE_DIFFERS: pupil.c.birth_date != child.c.birth_date,
        AccessRequestFlag.BIRTHDATE_MISSING: pupil.c.birth_date.is_(None),
        AccessRequestFlag.UNDER_FOUR: func.fourth_birthday(pupil.c.birth_date) > today,
        AccessRequestFlag.NOT_STARTED: ~here.exists(),
        AccessRequestFlag.ALREADY_HAS_ACCESS: known.exists(),
    }
    flags = array([case((condition, literal(flag.value, Text()))) for flag, condition in found.items()])
    of_pupil = policy.scan(pupil, school, columns=[func.array_remove(flags, None)]).where(
        pupil.c.id == _candidate(child), school.c.id == pupil.c.school_id
    )
    return func.coalesce(of_pupil.scalar_subquery(), array([literal(AccessRequestFlag.NO_MATCH.value, Text())]))


def _flags_of_all(me: Me, asked: FromClause) -> ColumnElement[Any]:
    """The flags of all children, each once."""
    child = table_of(RequestedChild).alias()
    flags = func.unnest(_flags(me, child)).table_valued("flag").render_derived()
    of_children = policy.scan(child, flags, columns=[func.array_agg(flags.c.flag.distinct())])
    return func.coalesce(of_children.where(child.c.request_id == asked.c.id).scalar_subquery(), array([], type_=Text()))


def status_of(me: Me, asked: FromClause) -> ColumnElement[str]:
    """EXPIRED is what a request becomes by the passing of time."""
    over = and_(asked.c.status.in_(WAITING), asked.c.expires_at <= me.now)
    return case((over, AccessRequestStatus.EXPIRED.value), else_=asked.c.status)


def _birth_date(_me: Me, child: FromClause) -> ColumnElement[date]:
    """As typed; after the end, the one on record."""
    pupil = table_of(models.Pupil).alias()
    recorded = policy.scan(pupil, columns=[pupil.c.birth_date]).where(pupil.c.id == child.c.pupil_id)
    return func.coalesce(child.c.birth_date, recorded.scalar_subquery())


ACCESS_REQUEST = View(
    name="AccessRequest",
    node="request",
    table=table_of(AccessRequest),
    visible=policy.sees_request,
    computed={
        "status": status_of,
        "flags": _flags_of_all,
        "delivery": lambda _me, asked: letters.delivery(asked.c.id),
    },
    relations={
        "children": Many(
            to="RequestedChild",
            # What was typed about a child who could not be verified is gone when the request has ended.
            where=lambda _me, asked, child, _given: and_(
                child.c.request_id == asked.c.id, or_(child.c.birth_date.is_not(None), child.c.pupil_id.is_not(None))
            ),
            rule=policy.shown_with_parent,
            order=lambda _me, child: (child.c.place,),
        ),
        "verified_by": belongs_to("Person", "verified_by"),
    },
)

REQUESTED_CHILD = View(
    name="RequestedChild",
    table=table_of(RequestedChild),
    visible=policy.sees_requested_child,
    computed={"flags": _flags, "birth_date": _birth_date},
    relations={
        "pupil": One(to="Pupil", where=lambda _me, child, pupil, _given: pupil.c.id == _candidate(child)),
    },
)


# ------------------------------------------------------------------------------------------------ what the office does


@command
async def verify_access_request(
    change: Change, *, request_id: UUID, pupil_ids: Sequence[UUID], method: VerificationMethod
) -> UUID:
    """Say that the requester has authority over these pupils, and how that was established; then the code is mailed.

    Refuses: NOT_FOUND, CONFLICT_OF_INTEREST, REAUTHENTICATION_REQUIRED, INVALID (not pending), REQUIRED, TOO_MANY,
    BIRTH_DATE_MISSING, PUPIL_UNDER_FOUR (on the recorded date), ENROLMENT_NOT_STARTED, ALREADY_MEMBER.
    """
    now = change.context.now
    asked = await change.find(AccessRequest, request_id, policy.sees_request, "requestId")
    pupils = [
        await change.find(models.Pupil, key, policy.sees_pupil, "pupilIds") for key in sorted(dict.fromkeys(pupil_ids))
    ]
    if any(pupil.school_id != asked.school_id for pupil in pupils):
        raise Refused(Code.NOT_FOUND, "pupilIds")
    if await change.session.scalar(admission.is_related(change.viewer.person_id, asked.email, pupil_ids)):
        raise Refused(Code.CONFLICT_OF_INTEREST, "requestId")
    change.check_fresh()
    if asked.status is not AccessRequestStatus.PENDING or asked.expires_at <= now:
        raise Refused(Code.INVALID, "requestId")
    children = await children_of(change.session, asked.id)
    if not pupils:
        raise Refused(Code.REQUIRED, "pupilIds")
    if len(pupils) > len(children):
        raise Refused(Code.TOO_MANY, "pupilIds")
    admissible = await admission.find_admissible(change.session, [pupil.id for pupil in pupils], now)
    for pupil in pupils:
        admissible[pupil.id].check(now, "pupilIds")
        if await change.session.scalar(admission.is_guardian(asked.email, pupil.id)):
            raise Refused(Code.ALREADY_MEMBER, "pupilIds")
        change.audit("verify_access_request", asked.school_id, asked.id, pupil_id=pupil.id, reason=method.value)
    asked.status, asked.method = AccessRequestStatus.VERIFIED, method
    asked.verified_by, asked.verified_at = change.viewer.person_id, now
    await change.flush()  # the database looks at the age on the day of the verification
    _name_pupils(children, pupils)
    _mail_code(change, asked)
    return asked.id


def _name_pupils(children: Sequence[RequestedChild], pupils: Sequence[models.Pupil]) -> None:
    """Say of each verified pupil which typed child it is: the one with that birth date, or else the next."""
    free = list(children)
    for pupil in pupils:
        child = next((child for child in free if child.birth_date == pupil.birth_date), free[0])
        child.pupil_id = pupil.id
        free.remove(child)


def _mail_code(change: Change, asked: AccessRequest) -> None:
    asked.code_hash = None
    asked.expires_at = change.context.now + CODE_LIFE
    letters.post(
        change.session,
        change.context.now,
        MailKind.ACTIVATION_CODE,
        asked.id,
        to=asked.email,
        locale=asked.locale,
        school_id=asked.school_id,
    )


@command
async def resend_activation_code(change: Change, *, request_id: UUID) -> UUID:
    """Mail another code for a verified request, also when the first has expired; the earlier one is void (COD-01).

    Refuses: NOT_FOUND, INVALID (not verified: no step can be skipped, COD-02).
    """
    asked = await change.find(AccessRequest, request_id, policy.sees_request, "requestId")
    if asked.status is not AccessRequestStatus.VERIFIED:
        raise Refused(Code.INVALID, "requestId")
    _mail_code(change, asked)
    change.audit("resend_activation_code", asked.school_id, asked.id)
    return asked.id


@command
async def reject_access_request(change: Change, *, request_id: UUID, reason: str) -> UUID:
    """Turn a request down, or take a code back that was not used yet (REQ-07, COD-06).

    The requester is told to ask the school, and never the reason. Refuses: NOT_FOUND, INVALID.
    """
    asked = await change.find(AccessRequest, request_id, policy.sees_request, "requestId")
    if asked.status not in WAITING:
        raise Refused(Code.INVALID, "requestId")
    close(asked, await children_of(change.session, asked.id), AccessRequestStatus.REJECTED, change.context.now)
    change.audit("reject_access_request", asked.school_id, asked.id, reason=reason)
    letters.post(
        change.session,
        change.context.now,
        MailKind.REQUEST_REJECTED,
        asked.id,
        to=asked.email,
        locale=asked.locale,
        school_id=asked.school_id,
    )
    return asked.id


@letters.letter(MailKind.REQUEST_REJECTED)
async def _rejected(session: AsyncSession, mail: models.Mail, _now: datetime) -> letters.Letter | None:
    """To the requester: ask the school. It says nothing about any child."""
    asked = await session.get_one(AccessRequest, mail.subject_id)
    school = await session.get_one(models.School, asked.school_id)
    values = {"name": asked.requester_name, "school": school.name, "contact": school.contact_email}
    return letters.Letter(values | {"phone": school.phone or ""})
