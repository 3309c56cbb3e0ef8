"""Sessions: opened when somebody has shown who they are, prolonged by use, ended at once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import ClientKind, table_of
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.secrets import hashed, new_token
from resolvers.viewer import Viewer, find_by_session, find_by_token

TOUCH_EVERY = timedelta(minutes=5)


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
    """A session that stands in a transaction not yet committed. The token is known here and nowhere else."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session, and who has it."""

    viewer: Viewer
    token: str
    expires_at: datetime


async def open_session(
    session: AsyncSession,
    now: datetime,
    person_id: UUID,
    *,
    client: ClientKind,
    device: str = "",
    second_factor: bool = False,
) -> Opened:
    """Open a session for somebody who has just shown who they are, in the transaction that is under way."""
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
    return Opened(token, opened.expires_at)


async def signed_in(context: Context, opened: Opened) -> SignedIn:
    """Who has the session, once it is committed. Refuses: INVALID_CREDENTIALS (blocked in this very moment)."""
    viewer = await find_by_token(
        context.database, opened.token, context.now, lenient=not context.door.staff_need_second_factor
    )
    if viewer is None:
        raise Refused(Code.INVALID_CREDENTIALS)
    return SignedIn(viewer, opened.token, opened.expires_at)


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


async def sign_out(context: Context) -> None:
    """End the session in use. Without one there is nothing to end, and that is fine."""
    if context.viewer is None or context.viewer.session_id is None:
        return
    row = table_of(models.Session)
    async with context.database.begin() as session:
        await session.execute(update(row).where(row.c.id == context.viewer.session_id).values(revoked_at=context.now))


async def touch(context: Context) -> None:
    """Prolong a session that is in use; written at most once in five minutes."""
    viewer = context.viewer
    if viewer is None or viewer.client is None or viewer.last_seen_at is None:
        return
    if context.now - viewer.last_seen_at < TOUCH_EVERY:
        return
    row = table_of(models.Session)
    idle = LIVES[viewer.client, bool(viewer.staff_schools)].idle
    async with context.database.begin() as session:
        await session.execute(
            update(row)
            .where(row.c.id == viewer.session_id)
            .values(last_seen_at=context.now, idle_until=func.least(context.now + idle, row.c.expires_at))
        )
