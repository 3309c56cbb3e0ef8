"""Devices that are known: somebody has signed in from them, so what others try does not lock its owner out there."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import table_of
from resolvers.secrets import hashed, new_token

KNOWN_FOR = timedelta(days=365)
"""After its last sign-in."""

_DEVICE = table_of(models.KnownDevice)
_NOW = bindparam("now", type_=_DEVICE.c.last_used_at.type)


def is_known(person_id: Any) -> Any:
    """Whether a person, a column, has signed in from the device that shows a token: `device` is its hash, at `now`."""
    return (
        select(_DEVICE.c.person_id)
        .where(_DEVICE.c.token_hash == bindparam("device"), _DEVICE.c.person_id == person_id, _lately(_NOW))
        .exists()
    )


async def remember(session: AsyncSession, now: datetime, person_id: UUID, token: str | None) -> str:
    """Know the device from now on: by the token that it shows, if that is ours, and else by a new one.

    A family has one tablet: the token is the device's, and each of its people is known there.
    """
    ours = select(select(_DEVICE.c.person_id).where(_DEVICE.c.token_hash == hashed(token or ""), _lately(now)).exists())
    known = token if token and await session.scalar(ours) else new_token()
    row = insert(_DEVICE).values(token_hash=hashed(known), person_id=person_id, last_used_at=now)
    again = row.on_conflict_do_update(index_elements=("token_hash", "person_id"), set_={"last_used_at": now})
    await session.execute(again)
    return known


def _lately(now: Any) -> Any:
    return _DEVICE.c.last_used_at > now - KNOWN_FOR
