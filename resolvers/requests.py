"""Access requests, the public side: a parent asks, confirms the address, and redeems a code (R23 to R26, f1).

Nothing here looks at the pupils before the school has: an answer depends on what was typed, and on nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import AccessRequest, AccessRequestStatus, AuditEntry, Locale, MailKind, RequestedChild, table_of
from resolvers import letters, limits
from resolvers.age import fourth_birthday, is_four
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.moments import day_in_words
from resolvers.secrets import hashed, new_token

MOST_CHILDREN = 6
OLDEST_PUPIL = 20
"""Years: a birth date before that is a slip of the pen."""
TO_CONFIRM = timedelta(hours=48)
FOR_THE_OFFICE = timedelta(days=90)

_request, _school = table_of(AccessRequest), table_of(models.School)


@dataclass(frozen=True, slots=True)
class Asked:
    """A child as the requester types it."""

    name: str
    birth_date: date


async def request_access(
    context: Context,
    *,
    school_slug: str,
    requester_name: str,
    email: str,
    children: Sequence[Asked],
    has_parental_authority: bool,
    locale: Locale,
) -> None:
    """Ask a school for access. The answer is the same whatever the school knows; only what was typed can refuse.

    Refuses: RATE_LIMITED, REQUIRED (a child, the authority), TOO_MANY, NOT_FOUND (the school's page is public),
    INVALID (no birth date of a pupil), PUPIL_UNDER_FOUR with the first possible day. What is refused is not stored.
    """
    await context.door.limits.take(limits.REQUEST_NETWORK, context.network)
    if not has_parental_authority:
        raise Refused(Code.REQUIRED, "hasParentalAuthority")
    if not children:
        raise Refused(Code.REQUIRED, "children")
    if len(children) > MOST_CHILDREN:
        raise Refused(Code.TOO_MANY, "children")
    async with context.database.begin() as session:
        school = await session.scalar(select(models.School).where(_school.c.slug == school_slug))
    if school is None:
        raise Refused(Code.NOT_FOUND, "schoolSlug")
    _check_ages(children, context.now, ZoneInfo(school.time_zone))
    # Who has asked often today has the mails: the answer is the same, and tells nobody that this address has asked.
    if not await context.door.limits.has_room(limits.REQUEST, school.id, email):
        return
    async with context.database.begin() as session:
        asked = AccessRequest(
            school_id=school.id,
            requester_name=requester_name,
            email=email,
            locale=locale,
            requested_at=context.now,
            expires_at=context.now + TO_CONFIRM,
        )
        await _store(session, asked, children)


async def _store(session: AsyncSession, asked: AccessRequest, children: Sequence[Asked]) -> None:
    session.add(asked)
    await session.flush()
    for place, child in enumerate(children):
        session.add(
            RequestedChild(
                school_id=asked.school_id,
                request_id=asked.id,
                place=place,
                name=child.name,
                birth_date=child.birth_date,
            )
        )
    session.add(_audit(asked, asked.requested_at, "request_access"))
    letters.post(
        session,
        asked.requested_at,
        MailKind.CONFIRM_REQUEST,
        asked.id,
        to=asked.email,
        locale=asked.locale,
        school_id=asked.school_id,
    )


def _check_ages(children: Sequence[Asked], now: datetime, zone: ZoneInfo) -> None:
    today = now.astimezone(zone).date()
    for place, child in enumerate(children):
        where = ("children", str(place), "birthDate")
        if child.birth_date > today or child.birth_date.year < today.year - OLDEST_PUPIL:
            raise Refused(Code.INVALID, *where)
        if not is_four(child.birth_date, now, zone):
            raise Refused(Code.PUPIL_UNDER_FOUR, *where, day=fourth_birthday(child.birth_date))


async def confirm_access_request(context: Context, *, token: str) -> None:
    """Confirm the address by the mailed link; only then the school sees the request. Doing it again changes nothing.

    Refuses: RATE_LIMITED, INVALID_CODE, CODE_EXPIRED.
    """
    async with context.database.begin() as session:
        asked = await _by_token(session, token)
        refused = None
        if asked is None:
            refused = Code.INVALID_CODE
        elif asked.status is AccessRequestStatus.UNCONFIRMED:
            if asked.expires_at <= context.now:
                refused = Code.CODE_EXPIRED
            else:
                asked.status, asked.confirmed_at = AccessRequestStatus.PENDING, context.now
                asked.expires_at = context.now + FOR_THE_OFFICE
                session.add(_audit(asked, context.now, "confirm_access_request"))
    if asked is None:
        await context.door.limits.take(limits.CODE_NETWORK, context.network)
    if refused is not None:
        raise Refused(refused)


async def request_status(context: Context, *, token: str) -> AccessRequestStatus | None:
    """How far a request is, for who has its mailed link: nothing about a child or the school's reasons."""
    async with context.database.begin() as session:
        asked = await _by_token(session, token)
    return None if asked is None else status_at(asked, context.now)


def status_at(asked: AccessRequest, now: datetime) -> AccessRequestStatus:
    """The status with the passing of time in it."""
    over = asked.status in WAITING and asked.expires_at <= now
    return AccessRequestStatus.EXPIRED if over else asked.status


WAITING = (AccessRequestStatus.UNCONFIRMED, AccessRequestStatus.PENDING, AccessRequestStatus.VERIFIED)


async def _by_token(session: AsyncSession, token: str) -> AccessRequest | None:
    mine = select(AccessRequest).where(_request.c.confirm_hash == hashed(token))
    return await session.scalar(mine.with_for_update())


def _audit(asked: AccessRequest, now: datetime, action: str) -> AuditEntry:
    return AuditEntry(school_id=asked.school_id, at=now, action=action, object_id=asked.id)


@letters.letter(MailKind.CONFIRM_REQUEST)
async def _confirm_letter(session: AsyncSession, mail: models.Mail, now: datetime) -> letters.Letter | None:
    """The link by which a requester confirms the address. It says nothing about a child."""
    asked = await session.get(AccessRequest, mail.subject_id, with_for_update=True)
    if asked is None or asked.status is not AccessRequestStatus.UNCONFIRMED or asked.expires_at <= now:
        return None
    school = await session.get_one(models.School, asked.school_id)
    token = new_token()
    asked.confirm_hash = hashed(token)
    until = day_in_words(asked.expires_at, mail.locale, ZoneInfo(school.time_zone))
    values = {"name": asked.requester_name, "school": school.name, "until": until}
    return letters.Letter(values, path=f"/confirm#{token}")
