"""Meetings: rounds of conversations, when hosts are there for them, and who may come to one (R8, domain f4)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from models.base import Row, choice, instant, key, school_key, within_school


class MeetingKind(StrEnum):
    INTRODUCTION = "INTRODUCTION"
    PARENT = "PARENT"
    REPORT = "REPORT"
    ADVICE = "ADVICE"
    OTHER = "OTHER"


class MeetingRoundState(StrEnum):
    """OPEN, CLOSED and DONE are not stored: an announced round becomes them by the passing of time."""

    DRAFT = "DRAFT"
    ANNOUNCED = "ANNOUNCED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class MeetingSlotState(StrEnum):
    """Not stored: it follows from what the hosts are engaged in. WITHDRAWN slots stand in no list any more."""

    FREE = "FREE"
    HELD = "HELD"
    BOOKED = "BOOKED"
    BLOCKED = "BLOCKED"
    WITHDRAWN = "WITHDRAWN"


class MeetingTicketState(StrEnum):
    """BOOKED is not stored: a ticket is booked while it has a live booking."""

    INVITED = "INVITED"
    BOOKED = "BOOKED"
    NOT_NEEDED = "NOT_NEEDED"
    DECLINED = "DECLINED"
    WAITING = "WAITING"
    DONE = "DONE"
    NO_SHOW = "NO_SHOW"
    CANCELLED = "CANCELLED"


TOGETHER = 0
"""The party of a pupil whose guardians come together; separate parties are numbered from 1 on."""


class MeetingRound(Row, table=True):
    """One round of conversations of one or more groups."""

    __tablename__ = "meeting_round"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        school_key(),
        CheckConstraint("state in ('DRAFT', 'ANNOUNCED', 'CANCELLED')", name="time_is_derived"),
        CheckConstraint("opens_at < closes_at", name="order"),
        CheckConstraint("priority_opens_at < opens_at", name="priority_comes_first"),
        CheckConstraint("duration_minutes > 0 and buffer_minutes >= 0 and walk_minutes >= 0", name="lengths"),
        CheckConstraint("party_gap_minutes >= 0 and change_until_hours >= 0", name="margins"),
    )

    id: UUID = key()
    school_id: UUID = Field(foreign_key="school.id", index=True)
    kind: MeetingKind = choice(MeetingKind)
    title: str = Field(max_length=200)
    text: str | None = Field(default=None, max_length=2000)
    """What the invitation says besides."""
    state: MeetingRoundState = choice(MeetingRoundState, default=MeetingRoundState.DRAFT)
    priority_opens_at: datetime | None = instant(default=None)
    opens_at: datetime = instant()
    closes_at: datetime = instant()
    ends_at: datetime = instant()
    """The end of its last host window."""
    change_until_hours: int = 24
    duration_minutes: int = 10
    buffer_minutes: int = 0
    walk_minutes: int = 5
    party_gap_minutes: int = 15
    """Between the talks of two parties of one pupil, so that they do not meet in the corridor."""
    created_by: UUID = Field(foreign_key="person.id")
    created_at: datetime = instant()
    announced_at: datetime | None = instant(default=None)


class MeetingRoundGroup(Row, table=True):
    """Whose families are invited."""

    __tablename__ = "meeting_round_group"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("round_id", "meeting_round"), within_school("group_id", "school_group"))

    round_id: UUID = Field(primary_key=True)
    group_id: UUID = Field(primary_key=True, index=True)
    school_id: UUID


class HostWindow(Row, table=True):
    """A part of one school day in which one or more hosts are there, in one room: cut into slots."""

    __tablename__ = "host_window"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        within_school("round_id", "meeting_round"),
        school_key(),
        UniqueConstraint("school_id", "round_id", "id"),
        CheckConstraint("starts_at < ends_at", name="order"),
    )

    id: UUID = key()
    school_id: UUID
    round_id: UUID = Field(index=True)
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    room: str | None = Field(default=None, max_length=60)
    removed_at: datetime | None = instant(default=None)


class WindowHost(Row, table=True):
    """Who hosts: all of them are there at each talk. Whoever is engaged elsewhere makes a slot taken."""

    __tablename__ = "window_host"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("window_id", "host_window"),)

    window_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)
    school_id: UUID


class WindowGroup(Row, table=True):
    """For whose families a window is: the groups that its hosts teach, or all groups of the round."""

    __tablename__ = "window_group"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("window_id", "host_window"), within_school("group_id", "school_group"))

    window_id: UUID = Field(primary_key=True)
    group_id: UUID = Field(primary_key=True, index=True)
    school_id: UUID


class WindowBreak(Row, table=True):
    """A pause within a window."""

    __tablename__ = "window_break"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        within_school("window_id", "host_window"),
        CheckConstraint("starts_at < ends_at", name="order"),
    )

    window_id: UUID = Field(primary_key=True)
    starts_at: datetime = instant(primary_key=True)
    ends_at: datetime = instant()
    school_id: UUID


class MeetingSlot(Row, table=True):
    """A time that can be booked. It is never moved or deleted: what does not fit any more is withdrawn."""

    __tablename__ = "meeting_slot"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "round_id", "window_id"],
            [f"host_window.{column}" for column in ("school_id", "round_id", "id")],
        ),
        school_key(),
        # A booking stands at exactly this time: the target of its reference.
        UniqueConstraint("school_id", "window_id", "id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="order"),
        ExcludeConstraint(
            ("window_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("withdrawn_at is null"),
            name="meeting_slot_one_after_another",
        ),
    )

    id: UUID = key()
    school_id: UUID
    round_id: UUID = Field(index=True)
    window_id: UUID
    starts_at: datetime = instant()
    ends_at: datetime = instant()
    blocked_at: datetime | None = instant(default=None)
    """Since when the school keeps it free of talks."""
    withdrawn_at: datetime | None = instant(default=None)


class MeetingTicket(Row, table=True):
    """The right to one talk: a round, a pupil, and the party of guardians who come together."""

    __tablename__ = "meeting_ticket"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        within_school("round_id", "meeting_round"),
        within_school("pupil_id", "pupil"),
        within_school("group_id", "school_group"),
        school_key(),
        Index(
            "ix_meeting_ticket_live",
            "round_id",
            "pupil_id",
            "party",
            unique=True,
            postgresql_where=text("state <> 'CANCELLED'"),
        ),
        UniqueConstraint("school_id", "round_id", "id"),
        # A booking is of exactly this round, pupil and party: the target of its reference.
        UniqueConstraint("school_id", "round_id", "pupil_id", "party", "id"),
        CheckConstraint("state <> 'BOOKED'", name="booked_is_derived"),
        CheckConstraint("(state = 'WAITING') = (waiting_since is not null)", name="waits_since"),
        CheckConstraint("length between 1 and 2 and party >= 0", name="numbers"),
    )

    id: UUID = key()
    school_id: UUID
    round_id: UUID
    pupil_id: UUID = Field(index=True)
    group_id: UUID
    """The pupil's group, whose hosts the talk is with."""
    party: int = TOGETHER
    state: MeetingTicketState = choice(MeetingTicketState, default=MeetingTicketState.INVITED)
    length: int = 1
    """In slots."""
    asked_to_come: bool = False
    needs_interpreter: bool = False
    needs_access: bool = False
    """Such as a wheelchair; confirmed by the school. Like an interpreter it gives priority."""
    has_priority: bool = False
    """Since the school took a talk away that was booked."""
    waiting_since: datetime | None = instant(default=None)


class TicketGuardian(Row, table=True):
    """Who comes. Nobody is here who has no account: for them the office books."""

    __tablename__ = "ticket_guardian"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("ticket_id", "meeting_ticket"),)

    ticket_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)
    school_id: UUID


class TicketWish(Row, table=True):
    """When somebody on the waiting list could come."""

    __tablename__ = "ticket_wish"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        within_school("ticket_id", "meeting_ticket"),
        CheckConstraint("starts_at < ends_at", name="order"),
    )

    ticket_id: UUID = Field(primary_key=True)
    starts_at: datetime = instant(primary_key=True)
    ends_at: datetime = instant()
    school_id: UUID


class SeparateParty(Row, table=True):
    """That the guardians of a pupil come in separate parties, set by the head: who is in which (domain (d) 17, 19)."""

    __tablename__ = "separate_party"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("pupil_id", "pupil"), CheckConstraint("party > 0", name="party"))

    pupil_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    school_id: UUID
    party: int
    basis: str = Field(max_length=500)
    """On what the decision rests."""
    set_by: UUID = Field(foreign_key="person.id")
    set_at: datetime = instant()
