"""Founding a school: by who runs the service, never through the API (SCH-05)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import models
from models import Invitation, InvitationState, Locale, MailKind, Role
from models.database import Database
from resolvers import letters
from resolvers.errors import Code, Refused
from resolvers.invitations import mark_sent
from resolvers.writing import refusing


@dataclass(frozen=True, slots=True, kw_only=True)
class Newborn:
    """A school, and its first administrator."""

    slug: str
    name: str
    contact_email: str
    phone: str | None
    time_zone: str
    admin_name: str
    admin_email: str
    locale: Locale


async def found_school(database: Database, now: datetime, wanted: Newborn) -> UUID:
    """Found a school, and invite its first administrator by mail. Refuses: INVALID (the slug is taken)."""
    school = models.School(
        slug=wanted.slug,
        name=wanted.name,
        contact_email=wanted.contact_email,
        phone=wanted.phone,
        time_zone=wanted.time_zone,
    )
    async with database.begin() as session:
        session.add(school)
        with refusing({"uq_school_slug": Refused(Code.INVALID, "slug")}):
            await session.flush()
        invitation = Invitation(
            school_id=school.id,
            role=Role.ADMIN,
            email=wanted.admin_email,
            name=wanted.admin_name,
            locale=wanted.locale,
            state=InvitationState.DRAFT,
            created_at=now,
        )
        mark_sent(invitation, now)
        session.add(invitation)
        session.add(models.AuditEntry(school_id=school.id, at=now, action="found_school", object_id=school.id))
        letters.post(
            session,
            now,
            MailKind.STAFF_INVITATION,
            invitation.id,
            to=wanted.admin_email,
            locale=wanted.locale,
            school_id=school.id,
        )
    return school.id
