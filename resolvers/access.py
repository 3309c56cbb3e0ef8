"""Access: signing in and out. The platform is closed; a session is the only key to it (R1)."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func, not_, select, update

import models
from models import ClientKind, table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.viewer import Viewer, find_by_token, token_hash

# argon2id as OWASP asks at least: 19 MiB, two passes (security.md 1.1). Never on the event loop.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_NOBODYS = _hasher.hash(secrets.token_urlsafe())
"""Verified for an unknown account, so that it takes the same time as a known one."""
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Two at a time: more would only stand in each other's way."""

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
class SignedIn:
    """A new session. The token is known here and nowhere else."""

    viewer: Viewer
    token: str
    expires_at: datetime


async def _verify(password: str, stored: str | None) -> bool:
    """Whether the password fits; without a stored one it takes as long, and does not."""
    loop = asyncio.get_running_loop()
    fits = await loop.run_in_executor(_workers, _hasher.verify, password, stored or _NOBODYS)
    return fits and stored is not None


async def hash_password(password: str) -> str:
    """What is stored of a password."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, password)


async def sign_in(context: Context, *, email: str, password: str, client: ClientKind, device: str) -> SignedIn:
    """Open a session with e-mail address and password.

    An unknown address, a wrong password and a blocked account get the same answer after the same work.
    Refuses: INVALID_CREDENTIALS.
    """
    person = table_of(models.Person)
    known = select(person.c.id, person.c.password_hash).where(
        func.lower(person.c.email) == email.lower(), not_(policy.is_blocked(person))
    )
    async with context.database.begin() as session:
        row = (await session.execute(known)).one_or_none()
    person_id, stored = (None, None) if row is None else row
    if not await _verify(password, stored) or person_id is None:
        raise Refused(Code.INVALID_CREDENTIALS)
    token = secrets.token_urlsafe(32)
    expires_at = await _open_session(context, person_id, token, client, device)
    viewer = await find_by_token(context.database, token, context.now)
    if viewer is None:  # blocked in this very moment
        raise Refused(Code.INVALID_CREDENTIALS)
    return SignedIn(viewer, token, expires_at)


async def _open_session(context: Context, person_id: UUID, token: str, client: ClientKind, device: str) -> datetime:
    membership = table_of(models.Membership)
    works = select(membership.c.person_id).where(
        membership.c.person_id == person_id,
        membership.c.role != models.Role.GUARDIAN.value,
        membership.c.ended_at.is_(None) | (membership.c.ended_at > context.now),
    )
    now = context.now
    async with context.database.begin() as session:
        life = LIVES[client, bool(await session.scalar(select(works.exists())))]
        opened = models.Session(
            person_id=person_id,
            kind=client,
            token_hash=token_hash(token),
            device=device,
            created_at=now,
            last_seen_at=now,
            idle_until=now + life.idle,
            expires_at=now + life.absolute,
        )
        session.add(opened)
        session.add(models.AuditEntry(at=now, actor_id=person_id, action="sign_in", object_id=opened.id))
    return opened.expires_at


async def sign_out(context: Context) -> None:
    """End the session in use. Without one there is nothing to end, and that is fine."""
    if context.viewer is None or context.viewer.session_id is None:
        return
    session_row = table_of(models.Session)
    async with context.database.begin() as session:
        await session.execute(
            update(session_row).where(session_row.c.id == context.viewer.session_id).values(revoked_at=context.now)
        )


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
