"""Administrators of a school: who they are, and that they hear of a new one (MEM-02)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import MailKind, Role, table_of
from resolvers import letters, policy

_membership, _person = table_of(models.Membership), table_of(models.Person)


def administrators(school_id: UUID) -> Select[Any]:
    """Who administers a school, for good and not blocked: key, address and language."""
    return (
        policy.scan(_membership, _person, columns=[_person.c.id, _person.c.email, _person.c.locale])
        .where(_membership.c.school_id == school_id, _membership.c.role == Role.ADMIN.value)
        .where(_membership.c.blocked_at.is_(None), _membership.c.ended_at.is_(None))
        .where(_person.c.id == _membership.c.person_id)
    )


async def tell_administrators(session: AsyncSession, school_id: UUID, newest: UUID, now: datetime) -> None:
    """Let all administrators know of a new one (MEM-02)."""
    for row in await session.execute(administrators(school_id)):
        letters.post(
            session,
            now,
            MailKind.NEW_ADMINISTRATOR,
            newest,
            to=row.email,
            locale=row.locale,
            school_id=school_id,
        )
