"""Bookings: who talks with whom and when, what is offered meanwhile, and what was written about it.

Nothing can be booked twice, whatever program writes: `engagement` holds who is where, made by triggers (migration
0006) from bookings, offers, hosts and parties, and an exclusion constraint lets nobody be in two places.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from models.base import Row, choice, instant, key, school_key, within_school

_OF_TICKET = ForeignKeyConstraint(
    ["school_id", "round_id", "pupil_id", "party", "ticket_id"],
    [f"meeting_ticket.{column}" for column in ("school_id", "round_id", "pupil_id", "party", "id")],
)
_AT_SLOT = [f"meeting_slot.{column}" for column in ("school_id", "window_id", "id", "starts_at")]
_IN_ROUND = [f"host_window.{column}" for column in ("school_id", "round_id", "id")]


class MeetingBooking(Row, table=True):
    """One talk. A move keeps the row; a cancelled one stays, and what is booked after it is another."""

    __tablename__ = "meeting_booking"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        _OF_TICKET,
        ForeignKeyConstraint(["school_id", "window_id", "slot_id", "starts_at"], _AT_SLOT),
        ForeignKeyConstraint(["school_id", "round_id", "window_id"], _IN_ROUND),
        school_key(),
        CheckConstraint("starts_at < ends_at and ends_at <= clear_until", name="order"),
        Index(
            "ix_meeting_booking_ticket_live", "ticket_id", unique=True, postgresql_where=text("cancelled_at is null")
        ),
        Index("ix_meeting_booking_slot_live", "slot_id", unique=True, postgresql_where=text("cancelled_at is null")),
        Index("ix_meeting_booking_starts", "starts_at", postgresql_where=text("cancelled_at is null")),
        Index("ix_meeting_booking_window", "window_id", "starts_at"),
        ExcludeConstraint(
            ("pupil_id", "="),
            ("party", "<>"),
            (text("tstzrange(starts_at, clear_until)"), "&&"),
            where=text("cancelled_at is null"),
            name="meeting_booking_parties_apart",
        ),
    )

    id: UUID = key()
    school_id: UUID
    round_id: UUID
    ticket_id: UUID = Field(index=True)
    pupil_id: UUID
    party: int
    slot_id: UUID
    """The first slot; a double talk goes on into the next one."""
    window_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    clear_until: datetime = instant()
    """Until when another party of the pupil stays away."""
    booked_by: UUID = Field(foreign_key="person.id")
    booked_at: datetime = instant()
    topics: str | None = Field(default=None, max_length=500)
    sequence: int = 0
    """How often what stands in a calendar has changed (RFC 5545, 3.8.7.4)."""
    changed_at: datetime = instant()
    cancelled_at: datetime | None = instant(default=None)
    cancelled_by_school: bool = False
    reminded_days_at: datetime | None = instant(default=None)
    reminded_hours_at: datetime | None = instant(default=None)


class OfferState(StrEnum):
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class MeetingOffer(Row, table=True):
    """A slot that is held for one ticket until a moment."""

    __tablename__ = "meeting_offer"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "round_id", "ticket_id"],
            [f"meeting_ticket.{column}" for column in ("school_id", "round_id", "id")],
        ),
        ForeignKeyConstraint(["school_id", "window_id", "slot_id", "starts_at"], _AT_SLOT),
        ForeignKeyConstraint(["school_id", "round_id", "window_id"], _IN_ROUND),
        school_key(),
        Index("ix_meeting_offer_window", "window_id", "starts_at"),
        CheckConstraint("starts_at < ends_at and offered_at < expires_at", name="order"),
        Index("ix_meeting_offer_ticket_live", "ticket_id", unique=True, postgresql_where=text("state = 'OFFERED'")),
        Index("ix_meeting_offer_slot_live", "slot_id", unique=True, postgresql_where=text("state = 'OFFERED'")),
        Index("ix_meeting_offer_expires", "expires_at", postgresql_where=text("state = 'OFFERED'")),
    )

    id: UUID = key()
    school_id: UUID
    round_id: UUID
    ticket_id: UUID = Field(index=True)
    slot_id: UUID
    window_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    state: OfferState = choice(OfferState, default=OfferState.OFFERED)
    offered_at: datetime = instant()
    expires_at: datetime = instant()


class Engagement(Row, table=True):
    """That somebody is in a talk, or as its host kept free for one. Written by triggers alone."""

    __table_args__ = (
        within_school("booking_id", "meeting_booking"),
        within_school("offer_id", "meeting_offer"),
        CheckConstraint("(booking_id is null) <> (offer_id is null)", name="has_one_reason"),
        ExcludeConstraint(
            ("school_id", "="),
            ("person_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="engagement_in_one_place_at_a_time",
        ),
    )

    id: UUID = Field(primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})
    school_id: UUID
    person_id: UUID = Field(foreign_key="person.id")
    booking_id: UUID | None = Field(default=None, index=True)
    offer_id: UUID | None = Field(default=None, index=True)
    starts_at: datetime = instant()
    ends_at: datetime = instant()


class MeetingNote(Row, table=True):
    """What a host writes down for themselves about a talk. Never in an export, and gone weeks after the round."""

    __tablename__ = "meeting_note"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("ticket_id", "meeting_ticket"),)

    ticket_id: UUID = Field(primary_key=True)
    author_id: UUID = Field(primary_key=True, foreign_key="person.id")
    school_id: UUID
    text: str = Field(max_length=4000)
    written_at: datetime = instant()


class MeetingReport(Row, table=True):
    """What was said, as the school shares it with the guardians: a part of the pupil's file (domain (d) 16)."""

    __tablename__ = "meeting_report"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("ticket_id", "meeting_ticket"), school_key())

    id: UUID = key()
    school_id: UUID
    ticket_id: UUID = Field(unique=True)
    author_id: UUID = Field(foreign_key="person.id")
    text: str = Field(max_length=10_000)
    shared_at: datetime = instant()
    edited_at: datetime | None = instant(default=None)


class CalendarAddress(Row, table=True):
    """A personal address of a calendar feed: whoever holds the secret reads it, so it shows little."""

    __tablename__ = "calendar_address"  # pyright: ignore[reportAssignmentType]

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    token_hash: bytes = Field(unique=True)
    shows_hosting: bool
    """Whether it was made in a session with the rights of staff: only then it shows what somebody hosts."""
    created_at: datetime = instant()
