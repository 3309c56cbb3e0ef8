"""Links of short life, mailed to somebody with an account: asked for, written when the mail is, used once.

The secret is made when the letter is written, and only its hash is kept. A new link of a kind voids the earlier ones.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import LinkPurpose, Locale, Mail, MailedLink, MailKind, Person, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.letters import Letter, letter, post
from resolvers.moments import in_words
from resolvers.secrets import hashed, new_token

LIVES = {
    LinkPurpose.PASSWORD_RESET: timedelta(minutes=30),
    LinkPurpose.EMAIL_CHANGE: timedelta(hours=1),
}
"""From the moment when it was asked for."""
_KINDS = {
    LinkPurpose.PASSWORD_RESET: MailKind.PASSWORD_RESET,
    LinkPurpose.EMAIL_CHANGE: MailKind.EMAIL_CHANGE,
}

_LINK = table_of(MailedLink)


async def send_link(
    session: AsyncSession, now: datetime, purpose: LinkPurpose, person_id: UUID, *, to: str, locale: Locale
) -> None:
    """Have a link mailed, in the transaction that is under way; earlier ones of this purpose are worthless from now."""
    await void_links(session, now, person_id, purpose)
    link = MailedLink(person_id=person_id, purpose=purpose, email=to, created_at=now, expires_at=now + LIVES[purpose])
    session.add(link)
    post(session, now, _KINDS[purpose], link.id, to=to, locale=locale)


async def void_links(session: AsyncSession, now: datetime, person_id: UUID, *purposes: LinkPurpose) -> None:
    """Make all open links of somebody worthless; those of some purposes, where these are named."""
    open_ = [_LINK.c.person_id == person_id, _LINK.c.used_at.is_(None)]
    if purposes:
        open_.append(_LINK.c.purpose.in_([purpose.value for purpose in purposes]))
    await session.execute(update(_LINK).where(*open_).values(used_at=now))


async def find_link(session: AsyncSession, now: datetime, purpose: LinkPurpose, token: str) -> MailedLink:
    """The link that somebody shows, still good, and of somebody who may come in.

    Refuses: INVALID_CODE (none, used, or worthless), CODE_EXPIRED.
    """
    person = table_of(Person)
    shown = select(MailedLink).where(
        *_shown(purpose, token), _LINK.c.person_id == person.c.id, not_(policy.is_blocked(person))
    )
    link = await session.scalar(shown)
    if link is None:
        raise Refused(Code.INVALID_CODE, "token")
    if link.expires_at <= now:
        raise Refused(Code.CODE_EXPIRED, "token")
    return link


async def use_link(session: AsyncSession, now: datetime, purpose: LinkPurpose, token: str) -> None:
    """Use a link up: of many who use it at once, one does. Refuses: INVALID_CODE."""
    used = update(_LINK).where(*_shown(purpose, token)).values(used_at=now).returning(_LINK.c.id)
    if await session.scalar(used) is None:
        raise Refused(Code.INVALID_CODE, "token")


def _shown(purpose: LinkPurpose, token: str) -> tuple[Any, ...]:
    return _LINK.c.token_hash == hashed(token), _LINK.c.purpose == purpose.value, _LINK.c.used_at.is_(None)


async def _write(session: AsyncSession, mail: Mail, now: datetime, path: str) -> Letter | None:
    """The letter with a link, unless it is no longer good or its address has become somebody else's."""
    link = await session.get_one(MailedLink, mail.subject_id, with_for_update=True)
    if link.used_at is not None or link.expires_at <= now or await is_taken(session, link.email, link.person_id):
        return None
    person = await session.get_one(Person, link.person_id)
    token = new_token()
    link.token_hash = hashed(token)
    return Letter({"name": person.name, "until": in_words(link.expires_at, mail.locale)}, path=f"{path}#{token}")


async def is_taken(session: AsyncSession, email: str, person_id: UUID) -> bool:
    """Whether somebody else signs in with this address."""
    person = table_of(models.Person)
    other = func.lower(person.c.email) == email.lower(), person.c.id != person_id
    return bool(await session.scalar(select(select(person.c.id).where(*other).exists())))


@letter(MailKind.PASSWORD_RESET)
async def _write_reset(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
    return await _write(session, mail, now, "/reset")


@letter(MailKind.EMAIL_CHANGE)
async def _write_change(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
    return await _write(session, mail, now, "/confirm-email")
