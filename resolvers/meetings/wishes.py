"""What a guardian does about an invitation besides booking: decline it, wait for a slot, answer an offer."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Uuid, bindparam, delete, select

import models
from models import MeetingBooking, MeetingOffer, MeetingTicket, MeetingTicketState, OfferState, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings.bookings import BOOKABLE, Wish, check_slot, keep, look, made
from resolvers.meetings.holding import HeldRound, hold_ticket, share_rounds
from resolvers.meetings.slots import Span
from resolvers.meetings.waiting import end_offers, offer, pass_on, release
from resolvers.meetings.windows import store
from resolvers.writing import Change, command

MOST_WISHES = 20

_booking = table_of(MeetingBooking)


@cache
def _live_booking() -> Executable:
    of_ticket = (_booking.c.ticket_id == bindparam("ticket_id", type_=Uuid()), _booking.c.cancelled_at.is_(None))
    return select(_booking.c.id).where(*of_ticket)


@cache
def _live_offer() -> Executable:
    offered = table_of(MeetingOffer)
    of_ticket = offered.c.ticket_id == bindparam("ticket_id", type_=Uuid())
    return select(offered.c.id).where(of_ticket, offered.c.state == OfferState.OFFERED.value)


async def _invited(change: Change, ticket_id: UUID) -> tuple[MeetingTicket, Any, HeldRound]:
    """A ticket without a talk, of a round that is announced, held.

    Refuses: NOT_FOUND, ROUND_NOT_OPEN, TICKET_ALREADY_BOOKED, INVALID (not invited any more).
    """
    held = await hold_ticket(change, ticket_id, "ticketId")
    round_ = (await share_rounds(change, {held.round_id}))[held.round_id]
    if round_.state is not models.MeetingRoundState.ANNOUNCED:
        raise Refused(Code.ROUND_NOT_OPEN, "ticketId")
    ticket = await change.session.get_one(MeetingTicket, ticket_id, populate_existing=True)
    if await change.session.scalar(_live_booking(), {"ticket_id": ticket_id}) is not None:
        raise Refused(Code.TICKET_ALREADY_BOOKED, "ticketId")
    if ticket.state not in BOOKABLE:
        raise Refused(Code.INVALID, "ticketId")
    return ticket, held, round_


def _set_state(change: Change, ticket: MeetingTicket, state: MeetingTicketState, action: str) -> None:
    ticket.state = state
    ticket.waiting_since = change.context.now if state is MeetingTicketState.WAITING else None
    change.audit(action, ticket.school_id, ticket.id, pupil_id=ticket.pupil_id)


@command
async def decline_meeting(change: Change, *, ticket_id: UUID) -> UUID:
    """Say that no talk is wanted. It can still be booked later, while the round is open.

    Refuses: NOT_FOUND, ROUND_NOT_OPEN, TICKET_ALREADY_BOOKED, INVALID.
    """
    ticket, _, _ = await _invited(change, ticket_id)
    _set_state(change, ticket, MeetingTicketState.DECLINED, "decline_meeting")
    await change.flush()
    await pass_on(change, await release(change, [ticket.id]), [ticket.round_id])
    return ticket.id


@command
async def join_waiting_list(change: Change, *, ticket_id: UUID, wishes: Sequence[Span]) -> UUID:
    """Wait for a slot within these times, or for any when none is given. Who waits already keeps the place.

    Refuses: NOT_FOUND, ROUND_NOT_OPEN, TICKET_ALREADY_BOOKED, INVALID, TOO_MANY, INVALID_RANGE.
    """
    if len(wishes) > MOST_WISHES:
        raise Refused(Code.TOO_MANY, "times")
    for number, wish in enumerate(wishes):
        if wish.ends_at <= wish.starts_at:
            raise Refused(Code.INVALID_RANGE, "times", str(number), "to")
    ticket, _, _ = await _invited(change, ticket_id)
    since = ticket.waiting_since
    _set_state(change, ticket, MeetingTicketState.WAITING, "join_waiting_list")
    ticket.waiting_since = since or change.context.now
    await change.flush()
    table = table_of(models.TicketWish)
    await change.session.execute(delete(table).where(table.c.ticket_id == ticket.id))
    distinct = {wish.starts_at: wish for wish in wishes}
    within = {"ticket_id": ticket.id, "school_id": ticket.school_id}
    rows = [models.TicketWish(starts_at=w.starts_at, ends_at=w.ends_at, **within) for w in distinct.values()]
    await store(change, models.TicketWish, rows)
    return ticket.id


@command
async def leave_waiting_list(change: Change, *, ticket_id: UUID) -> UUID:
    """Wait no longer; an offer that is open goes to somebody else. Refuses: NOT_FOUND, INVALID (does not wait)."""
    ticket, _, _ = await _invited(change, ticket_id)
    if ticket.state is not MeetingTicketState.WAITING:
        raise Refused(Code.INVALID, "ticketId")
    _set_state(change, ticket, MeetingTicketState.INVITED, "leave_waiting_list")
    await change.flush()
    await pass_on(change, await release(change, [ticket.id]), [ticket.round_id])
    return ticket.id


async def _open_offer(change: Change, offer_id: UUID) -> tuple[MeetingOffer, HeldRound]:
    """An offer that stands, held. Refuses: NOT_FOUND, HOLD_EXPIRED."""
    seen = await change.find(MeetingOffer, offer_id, policy.sees_offer, "offerId", lock=False)
    held = await hold_ticket(change, seen.ticket_id, "offerId")
    round_ = (await share_rounds(change, {held.round_id}))[held.round_id]
    offered = await change.session.get_one(MeetingOffer, offer_id, with_for_update=True, populate_existing=True)
    if offered.state is not OfferState.OFFERED or offered.expires_at <= round_.moment:
        raise Refused(Code.HOLD_EXPIRED, "offerId")
    return offered, round_


@command
async def accept_offer(change: Change, *, offer_id: UUID) -> UUID:
    """Book what is offered, also when the round has closed meanwhile. Answers the booking.

    Refuses: NOT_FOUND, HOLD_EXPIRED (by the clock of the database), TICKET_ALREADY_BOOKED, GUARDIAN_BUSY, SLOT_TAKEN.
    """
    offered, round_ = await _open_offer(change, offer_id)
    (row,) = await look(change, [Wish(offered.ticket_id, offered.slot_id, ("offerId",))])
    if row.booked:
        raise Refused(Code.TICKET_ALREADY_BOOKED, "offerId")
    check_slot(row, round_.moment, "offerId")
    await end_offers(change, [offered.id], OfferState.ACCEPTED)
    await release(change, [offered.ticket_id])
    booking = made(change, row, None)
    await keep(change, [booking], "offerId")
    return booking.id


@command
async def decline_offer(change: Change, *, offer_id: UUID) -> UUID:
    """Let an offer go to the next; one waits on. Answers the ticket. Refuses: NOT_FOUND, HOLD_EXPIRED."""
    offered, _ = await _open_offer(change, offer_id)
    change.audit("decline_offer", offered.school_id, offered.id)
    await pass_on(change, await end_offers(change, [offered.id], OfferState.DECLINED), [offered.round_id])
    return offered.ticket_id


@command
async def offer_meeting(change: Change, *, ticket_id: UUID, slot_id: UUID) -> UUID:
    """Hold a free slot for a ticket, also after the round has closed: by the school's side of it. Answers the ticket.

    Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN, TICKET_ALREADY_BOOKED (also of an offer that stands), INVALID,
    SLOT_TAKEN, GUARDIAN_BUSY.
    """
    ticket, held, round_ = await _invited(change, ticket_id)
    if not held.is_run:
        raise Refused(Code.FORBIDDEN, "ticketId")
    if round_.moment < round_.opens_at:
        raise Refused(Code.ROUND_NOT_OPEN, "ticketId")
    (row,) = await look(change, [Wish(ticket_id, slot_id)])
    check_slot(row, round_.moment, "slotId")
    if await change.session.scalar(_live_offer(), {"ticket_id": ticket_id}) is not None:
        raise Refused(Code.TICKET_ALREADY_BOOKED, "ticketId")
    if await offer(change, row, round_.moment) is None:
        raise Refused(Code.SLOT_TAKEN, "slotId")
    return ticket.id
