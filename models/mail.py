"""The outbox: a row for each mail, written in the transaction of its cause and sent by a worker.

It holds ids and an address, never a secret and never a text: the letter is written when it is sent.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Row, choice, instant, key
from models.people import Locale


class MailKind(StrEnum):
    INVITATION = "INVITATION"
    CHILD_ADDED = "CHILD_ADDED"
    STAFF_INVITATION = "STAFF_INVITATION"
    CONFIRM_REQUEST = "CONFIRM_REQUEST"
    ACTIVATION_CODE = "ACTIVATION_CODE"
    REQUEST_REJECTED = "REQUEST_REJECTED"
    NEW_GUARDIAN = "NEW_GUARDIAN"
    ACCESS_ENDED = "ACCESS_ENDED"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105
    EMAIL_CHANGE = "EMAIL_CHANGE"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    FACTOR_CHANGED = "FACTOR_CHANGED"
    NEW_ADMINISTRATOR = "NEW_ADMINISTRATOR"
    MEETING_INVITED = "MEETING_INVITED"
    MEETING_BOOKED = "MEETING_BOOKED"
    MEETING_CHANGED = "MEETING_CHANGED"
    MEETING_CANCELLED = "MEETING_CANCELLED"
    MEETING_IN_DAYS = "MEETING_IN_DAYS"
    MEETING_IN_HOURS = "MEETING_IN_HOURS"
    MEETING_OFFERED = "MEETING_OFFERED"


class MailState(StrEnum):
    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"
    """The address was refused, or the mail server was away for too long. The office sees it."""
    DROPPED = "DROPPED"
    """It had become needless before it was sent."""


class Mail(Row, table=True):
    __table_args__ = (
        Index("ix_mail_subject", "subject_id", text("created_at desc")),
        Index("ix_mail_queued", "created_at", postgresql_where=text("state = 'QUEUED'")),
    )

    id: UUID = key()
    kind: MailKind = choice(MailKind)
    subject_id: UUID
    """What it is about: an invitation, a request, a mailed link, a person. Which, follows from the kind."""
    school_id: UUID | None = Field(default=None, foreign_key="school.id")
    recipient: str = Field(max_length=254)
    locale: Locale = choice(Locale)
    state: MailState = choice(MailState, default=MailState.QUEUED)
    attempts: int = 0
    failure: str | None = Field(default=None, max_length=60)
    """The code of the mail server, such as '550', or the kind of fault; never its text, which may hold anything."""
    created_at: datetime = instant()
    sent_at: datetime | None = instant(default=None)
