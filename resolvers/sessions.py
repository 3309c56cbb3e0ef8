"""Sessions: opened when somebody has shown who they are, prolonged by use, listed by their owner, ended at once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import ChallengePurpose, ClientKind, table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.devices import remember
from resolvers.errors import Code, Refused
from resolvers.ids import public_id
from resolvers.links import void_links
from resolvers.secrets import hashed, new_token
from resolvers.viewer import Viewer, find_by_session, find_by_token
from resolvers.views import Finished, View
from resolvers.writing import Change, change, command_before_profile

TOUCH_EVERY = timedelta(minutes=5)
MOST_OF_A_PERSON = 10
"""Sessions at a time: for one more, the oldest ends."""

SESSION = View(
    name="Session",
    node="session",
    table=table_of(models.Session),
    visible=policy.sees_session,
    finished={
        "current": Finished(
            ("id",),
            lambda viewer, row: viewer.session_id is not None and row.id == public_id("session", viewer.session_id),
            parts=("session_id",),
        )
    },
)


@dataclass(frozen=True, slots=True)
class Life:
    """How long a session lasts: without use, and in all."""

    idle: timedelta
    absolute: timedelta


LIVES = {
    (ClientKind.WEB, False): Life(timedelta(days=7), timedelta(days=30)),
    (ClientKind.WEB, True): Life(timedelta(hours=1), timedelta(hours=12)),
    (ClientKind.APP, False): Life(timedelta(days=60), timedelta(days=180)),
    (ClientKind.APP, True): Life(timedelta(days=30), timedelta(days=30)),
}
"""By kind of client and whether the person works at a school (security.md 1.1)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that stands in a transaction not yet committed. The tokens are known here and nowhere else."""

    token: str
    expires_at: datetime
    device_token: str
    """By which the device is known when it comes back (`resolvers.devices`)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session, and who has it."""

    viewer: Viewer
    token: str
    expires_at: datetime
    device_token: str


async def open_session(
    session: AsyncSession,
    now: datetime,
    person_id: UUID,
    *,
    client: ClientKind,
    device: str = "",
    device_token: str | None = None,
    second_factor: bool = False,
) -> Opened:
    """Open a session for somebody who has just shown who they are, in the transaction that is under way.

    `device_token` is what the device shows, if it was here before.
    """
    await lock_person(session, person_id)  # of two at once, each counts the other
    life = LIVES[client, bool(await session.scalar(_works(person_id, now)))]
    token = new_token()
    opened = models.Session(
        person_id=person_id,
        kind=client,
        token_hash=hashed(token),
        device=device,
        created_at=now,
        authenticated_at=now,
        second_factor=second_factor,
        last_seen_at=now,
        idle_until=now + life.idle,
        expires_at=now + life.absolute,
    )
    session.add(opened)
    session.add(models.AuditEntry(at=now, actor_id=person_id, action="sign_in", object_id=opened.id))
    await session.flush()
    await _end_oldest(session, now, person_id)
    return Opened(token, opened.expires_at, await remember(session, now, person_id, device_token))


async def _end_oldest(session: AsyncSession, now: datetime, person_id: UUID) -> None:
    row = table_of(models.Session)
    newest_first = (row.c.created_at.desc(), row.c.id.desc())
    old = select(row.c.id).where(*_live(person_id, now)).order_by(*newest_first).offset(MOST_OF_A_PERSON)
    await session.execute(update(row).where(row.c.id.in_(old.scalar_subquery())).values(revoked_at=now))


def _live(person_id: UUID, now: datetime) -> tuple[Any, ...]:
    row = table_of(models.Session)
    return row.c.person_id == person_id, row.c.revoked_at.is_(None), row.c.idle_until > now, row.c.expires_at > now


async def lock_person(session: AsyncSession, person_id: UUID) -> str | None:
    """Lock an account, before any of its sessions, links and challenges. Answers the hash of its password."""
    return await session.scalar(_LOCK_PERSON, {"person": person_id})


async def end_sessions(session: AsyncSession, now: datetime, person_id: UUID, *, but: UUID | None = None) -> None:
    """End all sessions of somebody, or all but one, and what else is open; in the transaction that is under way."""
    await void_open_ends(session, now, person_id)
    row = table_of(models.Session)
    mine = row.c.person_id == person_id, row.c.revoked_at.is_(None), row.c.id.is_distinct_from(but)
    await session.execute(update(row).where(*mine).values(revoked_at=now))


async def void_open_ends(session: AsyncSession, now: datetime, person_id: UUID) -> None:
    """Void what an ended session may have left: mailed links, and sign-ins that wait for a second factor."""
    await lock_person(session, person_id)
    await void_links(session, now, person_id)
    asked = table_of(models.Challenge)
    waiting = asked.c.person_id == person_id, asked.c.purpose == ChallengePurpose.SIGN_IN, asked.c.used_at.is_(None)
    await session.execute(update(asked).where(*waiting).values(used_at=now))


async def schools_of(session: AsyncSession, person_id: UUID) -> Iterable[UUID]:
    """Where the end of a session is told to those who follow feeds: wherever the person is or was a member."""
    membership = table_of(models.Membership)
    return await session.scalars(select(membership.c.school_id).where(membership.c.person_id == person_id).distinct())


async def signed_in(context: Context, opened: Opened) -> SignedIn:
    """Who has the session, once it is committed. Refuses: INVALID_CREDENTIALS (blocked in this very moment)."""
    viewer = await find_by_token(
        context.database, opened.token, context.now, lenient=not context.door.staff_need_second_factor
    )
    if viewer is None:
        raise Refused(Code.INVALID_CREDENTIALS)
    return SignedIn(viewer, opened.token, opened.expires_at, opened.device_token)


_LOCK_PERSON = (
    select(table_of(models.Person).c.password_hash)
    .where(table_of(models.Person).c.id == bindparam("person", type_=Uuid()))
    .with_for_update(key_share=True)
)


async def renewed(context: Context) -> Context:
    """The context after somebody's own rights have changed in this very request."""
    viewer = context.viewer
    if viewer is None or viewer.session_id is None:
        return context
    lenient = not context.door.staff_need_second_factor
    return replace(
        context, viewer=await find_by_session(context.database, viewer.session_id, context.now, lenient=lenient)
    )


def _works(person_id: UUID, now: datetime) -> Any:
    membership = table_of(models.Membership)
    works = select(membership.c.person_id).where(
        membership.c.person_id == person_id,
        membership.c.role != models.Role.GUARDIAN.value,
        membership.c.ended_at.is_(None) | (membership.c.ended_at > now),
    )
    return select(works.exists())


async def shorten(session: AsyncSession, person_id: UUID, now: datetime) -> None:
    """Let the sessions of somebody last no longer than those of staff, from the moment when they begin to work."""
    row = table_of(models.Session)
    await lock_person(session, person_id)
    for kind in ClientKind:
        life = LIVES[kind, True]
        ends = {
            "idle_until": func.least(row.c.idle_until, now + life.idle),
            "expires_at": func.least(row.c.expires_at, now + life.absolute),
        }
        await session.execute(update(row).where(*_live(person_id, now), row.c.kind == kind.value).values(ends))


async def sign_out(context: Context) -> None:
    """End the session in use. Without one there is nothing to end, and that is fine."""
    if context.viewer is None or context.viewer.session_id is None:
        return
    row = table_of(models.Session)
    async with change(context) as under_way:
        mine = update(row).where(row.c.id == under_way.viewer.session_id)
        await under_way.session.execute(mine.values(revoked_at=context.now))
        under_way.tell_rights(*await schools_of(under_way.session, under_way.viewer.person_id))


@command_before_profile
async def revoke_session(change: Change, *, session_id: UUID) -> UUID:
    """End one of one's own sessions; its feeds end with it (ACC-04, ACC-05). Refuses: NOT_FOUND."""
    await void_open_ends(change.session, change.context.now, change.viewer.person_id)
    found = await change.find(models.Session, session_id, policy.sees_session, "sessionId")
    found.revoked_at = change.context.now
    change.audit("revoke_session", None, found.id)
    change.tell_rights(*await schools_of(change.session, change.viewer.person_id))
    return found.id


@command_before_profile
async def revoke_other_sessions(change: Change) -> UUID:
    """End all sessions of one's own but the one in use (ACC-04). Refuses: REAUTHENTICATION_REQUIRED."""
    change.check_fresh()
    person_id = change.viewer.person_id
    await end_sessions(change.session, change.context.now, person_id, but=change.viewer.session_id)
    change.audit("revoke_other_sessions", None, person_id)
    change.tell_rights(*await schools_of(change.session, person_id))
    return person_id


async def touch(context: Context) -> None:
    """Prolong a session that is in use; written at most once in five minutes."""
    viewer = context.viewer
    if viewer is None or viewer.client is None or viewer.last_seen_at is None:
        return
    if context.now - viewer.last_seen_at < TOUCH_EVERY:
        return
    row = table_of(models.Session)
    idle = LIVES[viewer.client, viewer.works_at_a_school].idle
    async with context.database.begin() as session:
        await session.execute(
            update(row)
            .where(row.c.id == viewer.session_id)
            .values(last_seen_at=context.now, idle_until=func.least(context.now + idle, row.c.expires_at))
        )
