"""Invitations: the school lets somebody in, by mail (R3, R6)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import Row, choice, instant, key, school_key, within_school
from models.people import Locale
from models.school import InformationRight, Role


class InvitationState(StrEnum):
    """EXPIRED is not stored: a sent invitation has expired when its time is over."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    LOCKED = "LOCKED"


class Invitation(Row, table=True):
    """To one person, for one pupil as a guardian, or as staff of the school. A draft waits for the first school day.

    The mail holds a secret and a code. The hash of the code is salted with the secret, which is nowhere stored.
    """

    __table_args__ = (
        school_key(),
        within_school("pupil_id", "pupil"),
        CheckConstraint("(role = 'GUARDIAN') = (pupil_id is not null)", name="guardian_of_a_pupil"),
        CheckConstraint("state <> 'EXPIRED'", name="expired_is_derived"),
        CheckConstraint("state <> 'SENT' or sent_at is not null and expires_at is not null", name="sent_expires"),
        Index(
            "ix_invitation_open_guardian",
            "pupil_id",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("state in ('DRAFT', 'SENT') and pupil_id is not null"),
        ),
        Index(
            "ix_invitation_open_staff",
            "school_id",
            text("lower(email)"),
            "role",
            unique=True,
            postgresql_where=text("state in ('DRAFT', 'SENT') and pupil_id is null"),
        ),
        Index("ix_invitation_school_newest", "school_id", text("created_at desc"), text("id desc")),
    )

    id: UUID = key()
    school_id: UUID = Field(foreign_key="school.id")
    role: Role = choice(Role)
    pupil_id: UUID | None = Field(default=None, index=True)
    email: str = Field(max_length=254)
    name: str = Field(max_length=120)
    """How the mail addresses the person; the person says the real name when accepting."""
    locale: Locale = choice(Locale, default=Locale.NL)
    parental_authority: bool = True
    information_right: InformationRight = choice(InformationRight, default=InformationRight.FULL)
    state: InvitationState = choice(InvitationState)
    token_hash: bytes | None = Field(default=None, unique=True)
    code_hash: bytes | None = None
    wrong_codes: int = 0
    created_by: UUID | None = Field(default=None, foreign_key="person.id")
    """Null for the first administrator of a school, whom its founding invites."""
    created_at: datetime = instant()
    sent_at: datetime | None = instant(default=None)
    expires_at: datetime | None = instant(default=None)
    closed_at: datetime | None = instant(default=None)
    """When it was accepted, revoked or locked."""
    accepted_by: UUID | None = Field(default=None, foreign_key="person.id")
