"""What is published of tickets, and of all that hangs on them: bookings, offers, notes and reports."""

from sqlalchemy import ColumnElement, FromClause, and_, case, not_, or_

import models
from models import MeetingTicketState, table_of
from resolvers import policy
from resolvers.meetings import talks
from resolvers.meetings.views import has_priority
from resolvers.policy import Me
from resolvers.views import Arguments, Many, One, View, belongs_to


def _live_booking(ticket: FromClause) -> ColumnElement[bool]:
    booking = table_of(models.MeetingBooking).alias()
    return policy.scan(booking).where(booking.c.ticket_id == ticket.c.id, booking.c.cancelled_at.is_(None)).exists()


def _ticket_state(me: Me, ticket: FromClause) -> ColumnElement[str]:
    """BOOKED while there is a live booking. That nobody came is the school's to know (f4, after the talk)."""
    state = MeetingTicketState
    hidden = and_(ticket.c.state == state.NO_SHOW.value, policy.is_invited(me, ticket))
    is_open = ticket.c.state.in_((state.INVITED.value, state.WAITING.value, state.DECLINED.value))
    return case(
        (or_(hidden, and_(is_open, _live_booking(ticket))), state.BOOKED.value),
        else_=ticket.c.state,
    )


def _own_note(me: Me, ticket: FromClause) -> ColumnElement[str | None]:
    note = table_of(models.MeetingNote).alias()
    own = (note.c.ticket_id == ticket.c.id, policy.sees_note(me, note))
    return policy.scan(note, columns=[note.c.text]).where(*own).scalar_subquery()


def _comes(_me: Me, ticket: FromClause, person: FromClause, _given: Arguments) -> ColumnElement[bool]:
    party = table_of(models.TicketGuardian).alias()
    return policy.scan(party).where(party.c.ticket_id == ticket.c.id, party.c.person_id == person.c.id).exists()


MEETING_TICKET = View(
    name="MeetingTicket",
    node="ticket",
    table=table_of(models.MeetingTicket),
    visible=policy.sees_ticket,
    computed={
        "state": _ticket_state,
        "double_length": lambda _me, ticket: ticket.c.length == 2,
        "has_priority": lambda _me, ticket: has_priority(ticket),
        "private_note": _own_note,
    },
    relations={
        "round": belongs_to("MeetingRound", "round_id"),
        "pupil": belongs_to("Pupil", "pupil_id"),
        "guardians": Many(
            to="Person",
            where=_comes,
            rule=policy.shown_with_parent,
            order=lambda _me, person: (person.c.name, person.c.id),
        ),
        "booking": One(
            to="MeetingBooking",
            where=lambda _me, ticket, booking, _given: and_(
                booking.c.ticket_id == ticket.c.id, booking.c.cancelled_at.is_(None)
            ),
        ),
        "offer": One(
            to="MeetingOffer",
            where=lambda me, ticket, offer, _given: and_(
                offer.c.ticket_id == ticket.c.id, talks.live_offer(me.now, offer)
            ),
        ),
        "free_slots": Many(
            to="MeetingSlot",
            where=lambda me, ticket, slot, _given: and_(
                talks.is_bookable(me.now, ticket, slot), not_(talks.is_hidden(me, me.now, slot))
            ),
            order=lambda _me, slot: (slot.c.starts_at, slot.c.id),
        ),
        "report": One(to="MeetingReport", where=lambda _me, ticket, report, _given: report.c.ticket_id == ticket.c.id),
    },
)


def _clashes(me: Me, booking: FromClause) -> ColumnElement[bool]:
    """Whether the viewer is in a talk at another school then. It is theirs to know, and hinders nothing (f4)."""
    mine, other = table_of(models.Engagement).alias(), table_of(models.Engagement).alias()
    return (
        policy.scan(mine, other)
        .where(
            mine.c.booking_id == booking.c.id,
            mine.c.person_id == me.person_id,
            other.c.person_id == me.person_id,
            other.c.school_id != mine.c.school_id,
            talks.overlaps(other, mine.c.starts_at, mine.c.ends_at),
        )
        .exists()
    )


MEETING_BOOKING = View(
    name="MeetingBooking",
    node="booking",
    table=table_of(models.MeetingBooking),
    visible=policy.sees_booking,
    computed={"clashes_elsewhere": _clashes},
    relations={
        "ticket": belongs_to("MeetingTicket", "ticket_id"),
        "slot": belongs_to("MeetingSlot", "slot_id"),
        "booked_by": belongs_to("Person", "booked_by"),
    },
)

MEETING_OFFER = View(
    name="MeetingOffer",
    node="offer",
    table=table_of(models.MeetingOffer),
    visible=policy.sees_offer,
    relations={
        "ticket": belongs_to("MeetingTicket", "ticket_id"),
        "slot": belongs_to("MeetingSlot", "slot_id"),
    },
)

MEETING_REPORT = View(
    name="MeetingReport",
    node="report",
    table=table_of(models.MeetingReport),
    visible=policy.sees_report,
    relations={
        "author": belongs_to("Person", "author_id"),
        "ticket": One(to="MeetingTicket", where=lambda _me, report, ticket, _given: ticket.c.id == report.c.ticket_id),
    },
)

SEPARATE_PARTY = View(
    name="SeparateParty",
    table=table_of(models.SeparateParty),
    visible=policy.sees_party,
    relations={
        "guardian": belongs_to("Person", "person_id"),
        "set_by": belongs_to("Person", "set_by"),
    },
)
