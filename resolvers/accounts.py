"""One's own account: a forgotten password, another one, another address (ACC-07, ACC-08, ACC-10)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import AuditEntry, ClientKind, LinkPurpose, Mail, MailKind, Person, table_of
from resolvers import policy
from resolvers.access import enter
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import ChallengeGiven
from resolvers.letters import Letter, letter, post
from resolvers.limits import RESET, RESET_NETWORK, STEP_UP
from resolvers.links import find_link, send_link, use_link, void_links
from resolvers.passwords import check_password, hash_password, verify_password
from resolvers.sessions import Opened, end_sessions, schools_of
from resolvers.writing import Change, change, command_before_profile, refusing

_LOCKED = {"key_share": True}

# ------------------------------------------------------------------------------------------------ a forgotten password


async def request_password_reset(context: Context, *, email: str) -> None:
    """Mail a link to whoever signs in with this address; who asks learns nothing of whether anybody does.

    Too many requests about one address are answered alike, and nothing is sent. Refuses: RATE_LIMITED (a network).
    """
    await context.door.limits.take(RESET_NETWORK, context.network)
    try:
        await context.door.limits.take(RESET, email)
    except Refused:
        return
    person = table_of(Person)
    known = select(Person).where(func.lower(person.c.email) == email.lower(), not_(policy.is_blocked(person)))
    async with context.database.begin() as session:
        found = await session.scalar(known)
        # Written about nobody too: then it takes as long.
        session.add(AuditEntry(at=context.now, action="request_password_reset", object_id=found and found.id))
        if found is not None:
            purpose = LinkPurpose.PASSWORD_RESET
            await send_link(session, context.now, purpose, found.id, to=found.email, locale=found.locale)


async def reset_password(
    context: Context, *, token: str, new_password: str, client: ClientKind
) -> Opened | ChallengeGiven:
    """Set another password with the link that was mailed, end all sessions, and open one.

    Refuses: INVALID_CODE, CODE_EXPIRED, WEAK_PASSWORD, RATE_LIMITED.
    """
    now, purpose = context.now, LinkPurpose.PASSWORD_RESET
    async with context.database.begin() as session:
        person_id = (await find_link(session, now, purpose, token)).person_id
        about = await _words_about(session, person_id)
    await check_password(new_password, "newPassword", about=about)
    hashed = await hash_password(new_password)
    async with context.database.begin() as session:
        person = await session.get_one(Person, person_id, with_for_update=_LOCKED)  # before any link of theirs
        await use_link(session, now, purpose, token)
        session.add(AuditEntry(at=now, actor_id=person_id, action="reset_password", object_id=person_id))
        await _set_password(session, now, person, hashed)
    # The mailbox has stood in for the password: whoever has a second factor has still to show it, as in `sign_in`.
    return await enter(context, person_id, hashed, client=client)


# ------------------------------------------------------------------------------------------------ another password


async def change_password(context: Context, *, current_password: str, new_password: str) -> UUID:
    """Set another password; all other sessions end (ACC-07).

    There is no key for a retry: its request would be kept as a fast hash, passwords and all.
    Refuses: INVALID_CREDENTIALS, WEAK_PASSWORD, RATE_LIMITED.
    """
    viewer = context.signed_in()
    person_id = viewer.person_id
    async with context.database.begin() as session:
        stored = (await session.get_one(Person, person_id)).password_hash
        about = await _words_about(session, person_id)
    await context.door.limits.take(STEP_UP, viewer.session_id)
    if not await verify_password(current_password, stored):
        raise Refused(Code.INVALID_CREDENTIALS, "currentPassword")
    await context.door.limits.forget(STEP_UP, viewer.session_id)
    await check_password(new_password, "newPassword", about=about)
    hashed = await hash_password(new_password)
    async with change(context) as under_way:
        person = await under_way.find(Person, person_id, policy.is_me)
        if person.password_hash != stored:  # changed by somebody else meanwhile
            raise Refused(Code.INVALID_CREDENTIALS, "currentPassword")
        under_way.audit("change_password", None, person_id)
        under_way.tell_rights(*await schools_of(under_way.session, person_id))
        await _set_password(under_way.session, context.now, person, hashed, but=under_way.viewer.session_id)
    return person_id


async def _set_password(
    session: AsyncSession, now: datetime, person: Person, hashed: str, *, but: UUID | None = None
) -> None:
    """Set it, tell the owner, and end what the old one has opened: all sessions but the one named, and all links."""
    person.password_hash = hashed
    await end_sessions(session, now, person.id, but=but)
    post(session, now, MailKind.PASSWORD_CHANGED, person.id, to=person.email, locale=person.locale)


async def _words_about(session: AsyncSession, person_id: UUID) -> list[str]:
    """What somebody who knows the person would try first."""
    person, membership = table_of(Person), table_of(models.Membership)
    school, group = table_of(models.School), table_of(models.Group)
    mine = select(membership.c.school_id).where(membership.c.person_id == person_id)
    texts = [
        select(person.c.name).where(person.c.id == person_id),
        select(person.c.email).where(person.c.id == person_id),
        select(school.c.name).where(school.c.id.in_(mine)),
        select(group.c.name).where(group.c.school_id.in_(mine)),
    ]
    return [text for statement in texts for text in await session.scalars(statement)]


# ------------------------------------------------------------------------------------------------ another address


@command_before_profile
async def change_email(change: Change, *, email: str) -> UUID:
    """Mail a link to the new address; the old one holds until it is followed (ACC-08).

    An address with which somebody else signs in is answered alike, and no mail is sent (`resolvers.links`): nobody
    learns whose addresses are known here. Refuses: REAUTHENTICATION_REQUIRED, RATE_LIMITED.
    """
    change.check_fresh()
    context, person_id = change.context, change.viewer.person_id
    await context.door.limits.take(RESET, "change_email", person_id)
    person = await change.find(Person, person_id, policy.is_me)
    await send_link(change.session, context.now, LinkPurpose.EMAIL_CHANGE, person_id, to=email, locale=person.locale)
    change.audit("change_email", None, person_id)
    return person_id


async def confirm_email_change(context: Context, *, token: str) -> None:
    """Move the account to the address at which the link was read, and tell the old one.

    Refuses: INVALID_CODE (also when the address was taken meanwhile), CODE_EXPIRED.
    """
    now, purpose = context.now, LinkPurpose.EMAIL_CHANGE
    async with context.database.begin() as session:
        link = await find_link(session, now, purpose, token)
        person = await session.get_one(Person, link.person_id, with_for_update=_LOCKED)  # before any link of theirs
        await use_link(session, now, purpose, token)
        old, person.email = person.email, link.email
        with refusing({"ix_person_email": Refused(Code.INVALID_CODE, "token")}):
            await session.flush()
        await void_links(session, now, person.id)
        session.add(AuditEntry(at=now, actor_id=person.id, action="confirm_email_change", object_id=person.id))
        post(session, now, MailKind.EMAIL_CHANGED, person.id, to=old, locale=person.locale)


# ------------------------------------------------------------------------------------------------ notices


@letter(MailKind.PASSWORD_CHANGED)
async def _write_password_changed(session: AsyncSession, mail: Mail, _now: object) -> Letter:
    return Letter({"name": (await session.get_one(Person, mail.subject_id)).name})


@letter(MailKind.EMAIL_CHANGED)
async def _write_email_changed(session: AsyncSession, mail: Mail, _now: object) -> Letter:
    person = await session.get_one(Person, mail.subject_id)
    return Letter({"name": person.name, "email": _masked(person.email)})


def _masked(email: str) -> str:
    """An address that its owner knows again, and nobody else: 'e…@post.example'."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"
