"""Challenges: questions that a client has five minutes to answer. Of their token, only the hash is stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import ChallengePurpose, table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.secrets import hashed, new_token
from resolvers.sessions import lock_person

LIFE = timedelta(minutes=5)
MOST_ATTEMPTS = 5
"""So often a code may be typed for one challenge."""

_CHALLENGE, _PERSON = table_of(models.Challenge), table_of(models.Person)


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge as its client gets it."""

    token: str
    expires_at: datetime


def ask(session: AsyncSession, now: datetime, purpose: ChallengePurpose, **about: Any) -> Asked:
    """Make a challenge in the transaction under way."""
    asked = Asked(new_token(), now + LIFE)
    session.add(models.Challenge(purpose=purpose, token_hash=hashed(asked.token), expires_at=asked.expires_at, **about))
    return asked


async def whose_attempt(session: AsyncSession, now: datetime, token: str) -> UUID | None:
    """Who has shown a password, and is still to show the second factor. None as with `open_attempt`."""
    return await session.scalar(_waiting(select(_CHALLENGE.c.person_id), now, token))


async def open_attempt(session: AsyncSession, now: datetime, token: str) -> models.Challenge | None:
    """A sign-in that waits for its second factor, locked, and before it the account (see `factors`).

    None when it never was, is over, was tried too often, or when its person was blocked meanwhile.
    """
    person_id = await whose_attempt(session, now, token)
    if person_id is None:
        return None
    await lock_person(session, person_id)
    return await session.scalar(_waiting(select(models.Challenge), now, token).with_for_update(of=[_CHALLENGE]))


def _waiting(selected: Select[Any], now: datetime, token: str) -> Select[Any]:
    return selected.join(_PERSON, _PERSON.c.id == _CHALLENGE.c.person_id).where(
        _CHALLENGE.c.token_hash == hashed(token),
        _CHALLENGE.c.purpose == ChallengePurpose.SIGN_IN,
        _CHALLENGE.c.used_at.is_(None),
        _CHALLENGE.c.expires_at > now,
        _CHALLENGE.c.attempts < MOST_ATTEMPTS,
        not_(policy.is_blocked(_PERSON)),
    )


async def claim(
    context: Context, purpose: ChallengePurpose, token: str, *, session_id: UUID | None = None
) -> bytes | None:
    """What a passkey had to sign, once; None when it was never asked here, is over, or was answered before.

    It is used up in a transaction of its own, whatever comes of the answer.
    """
    claimed = (
        update(_CHALLENGE)
        .where(
            _CHALLENGE.c.token_hash == hashed(token),
            _CHALLENGE.c.purpose == purpose,
            _CHALLENGE.c.session_id.is_not_distinct_from(session_id),
            _CHALLENGE.c.used_at.is_(None),
            _CHALLENGE.c.expires_at > context.now,
        )
        .values(used_at=context.now)
        .returning(_CHALLENGE.c.nonce)
    )
    async with context.database.begin() as session:
        return await session.scalar(claimed)
