"""Activating: the code that the school mailed after verification makes somebody a guardian (R25)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import AccessRequest, AccessRequestStatus, AuditEntry, ClientKind, MailKind, RequestedChild, Role, table_of
from resolvers import admission, factors, letters, limits
from resolvers.admission import Admissible, Grant, Newcomer
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import ChallengeGiven
from resolvers.moments import day_in_words
from resolvers.secrets import LONG_CODE, hashed_code, new_code
from resolvers.sessions import Opened, lock_person

CODE_LIFE = timedelta(days=7)

_request, _child = table_of(AccessRequest), table_of(RequestedChild)


async def activate_account(
    context: Context, *, email: str, code: str, password: str, rules_version: int, client: ClientKind
) -> Opened | ChallengeGiven:
    """Redeem an activation code: its account, new or there already, becomes the guardian's of the verified pupils.

    Refuses: INVALID_CODE (unknown, used, of another address, or no child can be let in any more), CODE_EXPIRED,
    RATE_LIMITED, INVALID_CREDENTIALS (the account's password is another), WEAK_PASSWORD, RULES_NOT_ACCEPTED.
    """
    asked, children = await _look(context, email, code)
    who = Newcomer(email=asked.email, name=asked.requester_name, password=password, locale=asked.locale)
    account = await admission.prepare_account(context, who, "password")
    async with context.database.begin() as session:
        # In the order of those who end access: pupils, person, paper (`accepting`).
        pupils = await admission.find_admissible(session, children, context.now, lock=True)
        if account.person_id is not None:
            await lock_person(session, account.person_id)
        asked = await _usable(session, email, code, context.now)  # of many at once the first finds it
        person_id = await admission.take_account(session, account, who, context.now)
        await admission.accept_rules(session, asked.school_id, person_id, rules_version, context.now)
        await _complete(session, asked, pupils.values(), person_id, context.now)
        return await factors.finish_sign_in(
            context, session, person_id, client=client, device="", verified=account.password_hash
        )


async def _look(context: Context, email: str, code: str) -> tuple[AccessRequest, list[UUID]]:
    """The request of a code, and its pupils. Only wrong codes are counted: nobody else's can keep the right one out."""
    async with context.database.begin() as session:
        try:
            asked = await _usable(session, email, code, context.now)
        except Refused as refused:
            wrong = refused
        else:
            children = await children_of(session, asked.id)
            return asked, [child.pupil_id for child in children if child.pupil_id is not None]
    if wrong.code is Code.INVALID_CODE:
        await context.door.limits.take(limits.CODE_NETWORK, context.network)
        await context.door.limits.take(limits.CODE, email)
    raise wrong


async def _usable(session: AsyncSession, email: str, code: str, now: datetime) -> AccessRequest:
    mine = (_request.c.code_hash == hashed_code(code), func.lower(_request.c.email) == email.lower())
    asked = await session.scalar(select(AccessRequest).where(*mine).with_for_update())
    if asked is None or asked.status is not AccessRequestStatus.VERIFIED:
        raise Refused(Code.INVALID_CODE)
    if asked.expires_at <= now:
        raise Refused(Code.CODE_EXPIRED)
    return asked


async def _complete(
    session: AsyncSession, asked: AccessRequest, pupils: Iterable[Admissible], person_id: UUID, now: datetime
) -> None:
    """Give what was verified, for each child alone as far as the rules still allow it."""
    children = await children_of(session, asked.id)
    admitted = [pupil for pupil in pupils if pupil.holds(now)]
    if not admitted:
        raise Refused(Code.INVALID_CODE)
    await admission.join(session, asked.school_id, person_id, Role.GUARDIAN, now)
    for pupil in admitted:
        given = Grant(school_id=asked.school_id, pupil_id=pupil.pupil_id, granted_by=asked.verified_by)
        await admission.grant(session, person_id, given, now)
        session.add(
            AuditEntry(
                school_id=asked.school_id,
                at=now,
                actor_id=person_id,
                action="activate_account",
                object_id=asked.id,
                pupil_id=pupil.pupil_id,
            )
        )
    asked.person_id = person_id
    close(asked, children, AccessRequestStatus.COMPLETED, now)
    await session.flush()


async def children_of(session: AsyncSession, request_id: UUID) -> Sequence[RequestedChild]:
    """The children of a request, in the order in which they were typed."""
    mine = select(RequestedChild).where(_child.c.request_id == request_id)
    return (await session.scalars(mine.order_by(_child.c.place).with_for_update())).all()


def close(asked: AccessRequest, children: Sequence[RequestedChild], status: AccessRequestStatus, now: datetime) -> None:
    """End a request. What was typed about birth dates is not kept any longer (f1, 3)."""
    asked.status, asked.closed_at = status, now
    asked.code_hash = None
    for child in children:
        child.birth_date = None


@letters.letter(MailKind.ACTIVATION_CODE)
async def _code_letter(session: AsyncSession, mail: models.Mail, now: datetime) -> letters.Letter | None:
    """The code, of which only the hash is kept."""
    asked = await session.get(AccessRequest, mail.subject_id, with_for_update=True)
    if asked is None or asked.status is not AccessRequestStatus.VERIFIED or asked.expires_at <= now:
        return None
    school = await session.get_one(models.School, asked.school_id)
    code = new_code(LONG_CODE)
    asked.code_hash = hashed_code(code)
    values = {
        "name": asked.requester_name,
        "school": school.name,
        "code": code,
        "until": day_in_words(asked.expires_at, mail.locale, ZoneInfo(school.time_zone)),
    }
    return letters.Letter(values, path="/activate")
