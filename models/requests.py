"""Access requests: a parent with authority, whom the school has not invited, asks to be let in (R23 to R26)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import Row, choice, instant, key, school_key, within_school
from models.people import Locale


class AccessRequestStatus(StrEnum):
    """EXPIRED is not stored: it is what an unanswered request becomes by the passing of time."""

    UNCONFIRMED = "UNCONFIRMED"
    PENDING = "PENDING"
    VERIFIED = "VERIFIED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class VerificationMethod(StrEnum):
    IDENTITY_DOCUMENT = "IDENTITY_DOCUMENT"
    PUPIL_RECORD = "PUPIL_RECORD"
    CALL_BACK = "CALL_BACK"


class AccessRequest(Row, table=True):
    """What somebody says about themselves. Staff see it once the address is confirmed."""

    __tablename__ = "access_request"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        school_key(),
        CheckConstraint("status <> 'EXPIRED'", name="expired_is_derived"),
        CheckConstraint(
            "status not in ('VERIFIED', 'COMPLETED') or verified_by is not null and method is not null",
            name="verified_by_somebody",
        ),
        Index("ix_access_request_school_newest", "school_id", text("requested_at desc"), text("id desc")),
    )

    id: UUID = key()
    school_id: UUID = Field(foreign_key="school.id")
    requester_name: str = Field(max_length=120)
    email: str = Field(max_length=254)
    locale: Locale = choice(Locale, default=Locale.NL)
    status: AccessRequestStatus = choice(AccessRequestStatus, default=AccessRequestStatus.UNCONFIRMED)
    requested_at: datetime = instant()
    expires_at: datetime = instant()
    """Of what is waited for now: 48 hours for the confirmation, 90 days for the office, 7 days for the code."""
    confirm_hash: bytes | None = Field(default=None, unique=True)
    confirmed_at: datetime | None = instant(default=None)
    verified_by: UUID | None = Field(default=None, foreign_key="person.id")
    verified_at: datetime | None = instant(default=None)
    method: VerificationMethod | None = choice(VerificationMethod, default=None, nullable=True)
    code_hash: bytes | None = Field(default=None, unique=True)
    closed_at: datetime | None = instant(default=None)
    """When it was completed or rejected."""
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    """Who redeemed the code."""


class RequestedChild(Row, table=True):
    """A child as the requester wrote it. The typed birth date is deleted when the request ends."""

    __tablename__ = "requested_child"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        within_school("request_id", "access_request"),
        within_school("pupil_id", "pupil"),
    )

    id: UUID = key()
    school_id: UUID
    request_id: UUID = Field(index=True)
    place: int
    name: str = Field(max_length=120)
    birth_date: date | None = None
    pupil_id: UUID | None = None
    """The pupil whom the office has verified it to be."""
