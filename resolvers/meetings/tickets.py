"""Tickets: who may come to one talk, in which party, and what the school marks on it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

import models
from models import (
    MailKind,
    MeetingBooking,
    MeetingRoundState,
    MeetingTicket,
    MeetingTicketState,
    table_of,
)
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings.bookings import BOOKABLE, cancel, revise
from resolvers.meetings.holding import check_goes_on, hold_ticket, hold_tickets, plan_round, take_rounds
from resolvers.meetings.inviting import find_families, make_tickets
from resolvers.meetings.letters import post_to_party
from resolvers.meetings.telling import tell, touched
from resolvers.meetings.waiting import pass_on, release
from resolvers.writing import Change, command

MOST_MARKED = 100

_ticket, _booking = table_of(MeetingTicket), table_of(MeetingBooking)


# ------------------------------------------------------------------------------------------------ what the school marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the school marks; None leaves it as it is."""

    needed: bool | None = None
    """False: no talk is needed. True: invite (again), also after somebody did not show up."""
    asked_to_come: bool | None = None
    double_length: bool | None = None
    needs_interpreter: bool | None = None
    needs_access: bool | None = None


async def _live_bookings(change: Change, ticket_ids: Collection[UUID]) -> dict[UUID, MeetingBooking]:
    """Live bookings by ticket."""
    live = select(MeetingBooking).where(_booking.c.ticket_id.in_(ticket_ids), _booking.c.cancelled_at.is_(None))
    return {booking.ticket_id: booking for booking in await change.session.scalars(live)}


async def _coming(change: Change, ticket_ids: Collection[UUID]) -> list[MeetingBooking]:
    """Live bookings that are not over."""
    booked = await _live_bookings(change, ticket_ids)
    return [booking for booking in booked.values() if booking.ends_at > change.context.now]


async def run_tickets(change: Change, ticket_ids: Sequence[UUID], *path: str) -> list[MeetingTicket]:
    """Tickets of the viewer's own groups, or school, with their rounds taken alone.

    Refuses: REQUIRED, TOO_MANY, NOT_FOUND, FORBIDDEN (not the teacher of the group, nor the administration).
    """
    asked = list(dict.fromkeys(ticket_ids))
    if not asked:
        raise Refused(Code.REQUIRED, *path)
    if len(asked) > MOST_MARKED:
        raise Refused(Code.TOO_MANY, *path)
    held = await hold_tickets(change, asked)
    if len(held) < len(asked):
        raise Refused(Code.NOT_FOUND, *path)
    await take_rounds(change, {row.round_id for row in held.values()})
    wanted = select(MeetingTicket).where(_ticket.c.id.in_(asked)).order_by(_ticket.c.id)
    tickets = list((await change.session.scalars(wanted)).all())
    if not all(policy.is_staff_of(change.viewer, ticket) for ticket in tickets):
        raise Refused(Code.FORBIDDEN, *path)
    return tickets


@command
async def mark_tickets(change: Change, *, ticket_ids: Sequence[UUID], mark: Mark) -> list[UUID]:
    """Mark tickets: not needed, asked to come, of double length, with a need that the school confirms. All or none.

    Refuses: REQUIRED, TOO_MANY, NOT_FOUND, FORBIDDEN, INVALID (cancelled),
    HAS_BOOKINGS (not needed, or another length, while a talk is booked).
    """
    tickets = await run_tickets(change, ticket_ids, "ticketIds")
    booked = await _live_bookings(change, [ticket.id for ticket in tickets])
    held = await touched(change, bookings=[booking.id for booking in booked.values()]) if mark.needed else set[UUID]()
    for ticket in tickets:
        booking = booked.get(ticket.id)
        if ticket.state is MeetingTicketState.CANCELLED:
            raise Refused(Code.INVALID, "ticketIds")
        length = ticket.length if mark.double_length is None else 1 + mark.double_length
        if booking is not None and (length != ticket.length or (mark.needed is False and ticket.state in BOOKABLE)):
            raise Refused(Code.HAS_BOOKINGS, "ticketIds")
        _put(change, ticket, mark, length, booking)
    await change.flush()
    await tell(change, held)
    if mark.needed is False:
        left = await release(change, [ticket.id for ticket in tickets])
        await pass_on(change, left, {ticket.round_id for ticket in tickets})
    return [ticket.id for ticket in tickets]


def _put(change: Change, ticket: MeetingTicket, mark: Mark, length: int, booking: MeetingBooking | None) -> None:
    ticket.length = length
    for name in ("asked_to_come", "needs_interpreter", "needs_access"):
        value: bool | None = getattr(mark, name)
        if value is not None:
            setattr(ticket, name, value)
    if mark.needed is False:
        ticket.state, ticket.waiting_since = MeetingTicketState.NOT_NEEDED, None
    elif mark.needed and ticket.state not in BOOKABLE:
        if booking is not None:  # of a talk that is over: it makes room, and nobody needs to be told
            booking.cancelled_at = change.context.now
            revise(change, booking)
        ticket.state, ticket.has_priority = MeetingTicketState.INVITED, booking is not None
    change.audit("mark_meeting_ticket", ticket.school_id, ticket.id, pupil_id=ticket.pupil_id)


@command
async def record_outcome(change: Change, *, booking_id: UUID, came: bool) -> UUID:
    """Write down after a talk that it was held, or that nobody came: the school's side of it. Answers the ticket.

    Refuses: NOT_FOUND, FORBIDDEN, INVALID (not begun yet, or cancelled).
    """
    seen = await change.find(MeetingBooking, booking_id, policy.sees_booking, "bookingId", lock=False)
    held = await hold_ticket(change, seen.ticket_id, "bookingId")
    if not held.is_run:
        raise Refused(Code.FORBIDDEN, "bookingId")
    booking = await change.session.get_one(MeetingBooking, booking_id, populate_existing=True)
    ticket = await change.session.get_one(MeetingTicket, seen.ticket_id)
    is_off = booking.cancelled_at is not None or ticket.state is MeetingTicketState.CANCELLED
    if is_off or booking.starts_at > change.context.now:
        raise Refused(Code.INVALID, "bookingId")
    ticket.state = MeetingTicketState.DONE if came else MeetingTicketState.NO_SHOW
    change.audit("record_meeting", ticket.school_id, ticket.id, pupil_id=ticket.pupil_id)
    return ticket.id


# ------------------------------------------------------------------------------------------------ who comes and goes


async def round_groups(change: Change, round_id: UUID) -> list[UUID]:
    """The groups of a round."""
    group = table_of(models.MeetingRoundGroup)
    groups = select(group.c.group_id).where(group.c.round_id == round_id).order_by(group.c.group_id)
    return list((await change.session.scalars(groups)).all())


@command
async def add_tickets(change: Change, *, round_id: UUID) -> list[UUID]:
    """Invite pupils who came into the groups after the tickets were made. Answers the new tickets.

    Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled).
    """
    round_ = await plan_round(change, round_id)
    check_goes_on(round_, "roundId")
    made = await make_tickets(change, round_, await round_groups(change, round_id))
    change.audit("add_meeting_tickets", round_.school_id, round_.id)
    if round_.state is MeetingRoundState.ANNOUNCED:
        await post_to_party(change, MailKind.MEETING_INVITED, [(key, key) for key in made])
    return made


@command
async def rehost_ticket(change: Change, *, ticket_id: UUID, keeps_booking: bool) -> UUID:
    """Let the talk about a child who has moved be with the new group's hosts. One that is booked is kept only if asked.

    Refuses: NOT_FOUND, FORBIDDEN, INVALID (the child is in no other group of the round now).
    """
    (ticket,) = await run_tickets(change, [ticket_id], "ticketId")
    groups = await round_groups(change, ticket.round_id)
    here = [row.group_id for row in await find_families(change, groups, ticket.pupil_id)]
    if not here or here[0] == ticket.group_id or ticket.state is MeetingTicketState.CANCELLED:
        raise Refused(Code.INVALID, "ticketId")
    ticket.group_id = here[0]
    await change.flush()
    await pass_on(change, await release(change, [ticket.id]), [ticket.round_id])
    if ticket.state is MeetingTicketState.WAITING:
        ticket.state, ticket.waiting_since = MeetingTicketState.INVITED, None
    if not keeps_booking:
        await cancel(change, await _coming(change, [ticket.id]), by_school=True)
    change.audit("rehost_meeting_ticket", ticket.school_id, ticket.id, pupil_id=ticket.pupil_id)
    return ticket.id


async def cancel_tickets(change: Change, ticket_ids: Collection[UUID], *, passes: bool = True) -> None:
    """End tickets, with their talks and offers. Their rounds are held."""
    if not ticket_ids:
        return
    gone = {"state": MeetingTicketState.CANCELLED, "waiting_since": None}
    rounds = update(_ticket).where(_ticket.c.id.in_(ticket_ids)).values(gone).returning(_ticket.c.round_id)
    held = set((await change.session.scalars(rounds)).all())
    await cancel(change, await _coming(change, ticket_ids), by_school=True, passes=passes)
    left = await release(change, ticket_ids)
    if passes:
        await pass_on(change, left, held)
