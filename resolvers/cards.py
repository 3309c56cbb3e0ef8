"""Cards: the little that is shown to somebody who is not let in yet."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

import models
from models import AccessRequest, AccessRequestStatus, Invitation, InvitationState, table_of
from resolvers.admission import NO_RULES
from resolvers.context import Context
from resolvers.secrets import hashed, hashed_code


@dataclass(frozen=True, slots=True)
class SchoolCard:
    """Name and slug, and nothing else (SCH-01)."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class AdmissionCard:
    """What who holds a mailed secret reads before using it: which school it is, and what its house rules are (R11)."""

    school: SchoolCard
    house_rules_version: int
    house_rules: str | None
    expires_at: datetime


SLUG = re.compile(r"[a-z0-9-]{1,60}", re.ASCII)

_school, _rules = table_of(models.School), table_of(models.HouseRules)
_invitation, _request = table_of(Invitation), table_of(AccessRequest)


async def school_card(context: Context, slug: str) -> SchoolCard | None:
    """The card of a school; None for what is no name of one."""
    if SLUG.fullmatch(slug) is None:
        return None
    async with context.database.begin() as session:
        row = (
            await session.execute(select(_school.c.slug, _school.c.name).where(_school.c.slug == slug))
        ).one_or_none()
    return None if row is None else SchoolCard(row.slug, row.name)


async def admission_card(context: Context, secret: str) -> AdmissionCard | None:
    """What stands behind the secret of an invitation's link, or behind an activation code. It uses nothing up.

    None for all that can't be redeemed: unknown, used, taken back, expired.
    """
    invited = select(_invitation.c.school_id, _invitation.c.expires_at).where(
        _invitation.c.token_hash == hashed(secret), _invitation.c.state == InvitationState.SENT.value
    )
    verified = select(_request.c.school_id, _request.c.expires_at).where(
        _request.c.code_hash == hashed_code(secret), _request.c.status == AccessRequestStatus.VERIFIED.value
    )
    found = invited.union_all(verified).subquery()
    card = (
        select(_school.c.slug, _school.c.name, _rules.c.version, _rules.c.text, found.c.expires_at)
        .select_from(found)
        .join(_school, _school.c.id == found.c.school_id)
        .outerjoin(_rules, _rules.c.school_id == _school.c.id)
        .where(found.c.expires_at > context.now)
        .order_by(_rules.c.version.desc())
        .limit(1)
    )
    async with context.database.begin() as session:
        row = (await session.execute(card)).one_or_none()
    if row is None:
        return None
    return AdmissionCard(SchoolCard(row.slug, row.name), row.version or NO_RULES, row.text, row.expires_at)
