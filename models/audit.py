"""Who did what to what, written in the transaction of the change (R31); and which requests were answered already."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row, instant, key

GREATEST_REASON = 500
"""Characters."""


class AuditEntry(Row, table=True):
    """Append only. It names actions and ids; the content stays where it is.

    `reason` is what somebody gave as one, or what the ids leave open: a role, a teacher, a name before and after.
    """

    __tablename__ = "audit_entry"  # pyright: ignore[reportAssignmentType]

    id: UUID = key()
    school_id: UUID | None = Field(default=None, foreign_key="school.id", index=True)
    at: datetime = instant()
    actor_id: UUID | None = Field(default=None, foreign_key="person.id")
    action: str = Field(max_length=40)
    object_id: UUID | None = None
    pupil_id: UUID | None = None
    reason: str | None = Field(default=None, max_length=GREATEST_REASON)


class Idempotency(Row, table=True):
    """The first outcome of a request that a client may send again (`clientMutationId`)."""

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(primary_key=True, max_length=120)
    operation: str = Field(max_length=60)
    request_hash: bytes
    outcome: Any = Field(default=None, sa_type=JSONB)
    at: datetime = instant()
