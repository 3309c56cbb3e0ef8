"""Booking a talk, moving it and taking it back. What is asked is done as a whole, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Executable, Uuid, bindparam, column, func, insert, or_, select, update

from models import MailKind, MeetingBooking, MeetingSlot, MeetingTicket, MeetingTicketState, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings import talks
from resolvers.meetings.holding import MOMENT, HeldRound, hold_ticket, hold_tickets, share_rounds
from resolvers.meetings.letters import post_to_party
from resolvers.meetings.telling import tell, touched
from resolvers.meetings.views import has_priority
from resolvers.meetings.waiting import expire, pass_on, release
from resolvers.policy import ME
from resolvers.writing import Change, command, refusing

MOST = 12
"""Talks in one request: two for each of six children."""
BOOKABLE = (MeetingTicketState.INVITED, MeetingTicketState.WAITING, MeetingTicketState.DECLINED)

_booking, _ticket, _slot = table_of(MeetingBooking), table_of(MeetingTicket), table_of(MeetingSlot)


@dataclass(frozen=True, slots=True)
class Wish:
    """That a ticket's talk be at a slot; `path` is where the request says so."""

    ticket_id: UUID
    slot_id: UUID
    path: tuple[str, ...] = ()


@cache
def _looked_at() -> Executable:
    """Of tickets and slots side by side: all that decides whether the talk can be there."""
    ids = ARRAY(Uuid())
    asked = (
        func.unnest(bindparam("tickets", type_=ids), bindparam("slots", type_=ids))
        .table_valued(column("ticket_id", Uuid()), column("slot_id", Uuid()), with_ordinality="place")
        .render_derived()
    )
    live = policy.scan(_booking).where(_booking.c.ticket_id == _ticket.c.id, _booking.c.cancelled_at.is_(None))
    return (
        select(
            MeetingTicket,
            MeetingSlot,
            talks.serves(_ticket, _slot).label("serves"),
            talks.is_taken(MOMENT, _ticket, _slot).label("taken"),
            talks.is_busy(MOMENT, _ticket, _slot).label("busy"),
            or_(talks.is_too_near(MOMENT, _ticket, _slot), talks.is_hidden(ME, MOMENT, _slot)).label("near"),
            talks.talk_end(_ticket, _slot).label("ends_at"),
            talks.clear_until(_ticket, _slot).label("clear_until"),
            has_priority(_ticket).label("first"),
            live.exists().label("booked"),
            talks.is_stale(MOMENT, _ticket, _slot).label("stale"),
        )
        .select_from(asked)
        .join(_ticket, _ticket.c.id == asked.c.ticket_id)
        .join(_slot, _slot.c.id == asked.c.slot_id)
        .where(policy.sees_slot(ME, _slot))
        .order_by(asked.c.place)
    )


async def look(change: Change, wishes: Sequence[Wish]) -> list[Any]:
    """What decides about each wish, in their order. Refuses: NOT_FOUND (a slot that the viewer does not see)."""
    values = change.parameters(
        tickets=[wish.ticket_id for wish in wishes],
        slots=[wish.slot_id for wish in wishes],
        stands_at=change.context.stands_at,
    )
    rows = (await change.session.execute(_looked_at(), values)).all()
    if any(row.stale for row in rows):
        slots = [row.MeetingSlot.id for row in rows]
        await expire(change, {row.MeetingSlot.round_id for row in rows}, slots)
        rows = (await change.session.execute(_looked_at(), values)).all()
    found = {(row.MeetingTicket.id, row.MeetingSlot.id): row for row in rows}
    for wish in wishes:
        if (wish.ticket_id, wish.slot_id) not in found:
            raise Refused(Code.NOT_FOUND, *wish.path, "slotId")
    return [found[wish.ticket_id, wish.slot_id] for wish in wishes]


def check_slot(row: Any, moment: datetime, *path: str) -> None:
    """Refuses: FORBIDDEN (not with the hosts of this child), INVALID (begun), SLOT_TAKEN, GUARDIAN_BUSY.

    What is too near to another party's talk is taken, in no other words than any other slot.
    """
    if not row.serves:
        raise Refused(Code.FORBIDDEN, *path)
    if row.MeetingSlot.starts_at <= moment:
        raise Refused(Code.INVALID, *path)
    if row.taken or row.near:
        raise Refused(Code.SLOT_TAKEN, *path)
    if row.busy:
        raise Refused(Code.GUARDIAN_BUSY, *path)


def races(*path: str) -> Mapping[str, Refused]:
    """What the constraints say to who comes a moment too late."""
    taken = Refused(Code.SLOT_TAKEN, *path)
    return {
        "meeting_host_is_free": taken,
        "ix_meeting_booking_slot_live": taken,
        "meeting_booking_parties_apart": taken,
        "meeting_guardian_is_free": Refused(Code.GUARDIAN_BUSY, *path),
        "ix_meeting_booking_ticket_live": Refused(Code.TICKET_ALREADY_BOOKED, *path),
    }


def _check_wishes(wishes: Sequence[Wish]) -> None:
    """Refuses: REQUIRED, TOO_MANY, TICKET_ALREADY_BOOKED and SLOT_TAKEN (twice in one request)."""
    if not wishes:
        raise Refused(Code.REQUIRED, "bookings")
    if len(wishes) > MOST:
        raise Refused(Code.TOO_MANY, "bookings")
    tickets, slots = set[UUID](), set[UUID]()
    for wish in wishes:
        if wish.ticket_id in tickets:
            raise Refused(Code.TICKET_ALREADY_BOOKED, *wish.path, "ticketId")
        if wish.slot_id in slots:
            raise Refused(Code.SLOT_TAKEN, *wish.path, "slotId")
        tickets.add(wish.ticket_id)
        slots.add(wish.slot_id)


def _check(row: Any, round_: HeldRound, wish: Wish) -> None:
    """Refuses: ROUND_NOT_OPEN, NOT_IN_PRIORITY, TICKET_ALREADY_BOOKED, INVALID, and what `check_slot` refuses."""
    ticket: MeetingTicket = row.MeetingTicket
    if not row.serves:
        raise Refused(Code.FORBIDDEN, *wish.path, "slotId")
    round_.check_open(*wish.path, "ticketId", has_priority=row.first)
    if row.booked:
        raise Refused(Code.TICKET_ALREADY_BOOKED, *wish.path, "ticketId")
    if ticket.state not in BOOKABLE:
        raise Refused(Code.INVALID, *wish.path, "ticketId")
    check_slot(row, round_.moment, *wish.path, "slotId")


def made(change: Change, row: Any, topics: str | None) -> MeetingBooking:
    """The booking of a ticket at a slot that was looked at, not stored yet."""
    ticket, slot, now = row.MeetingTicket, row.MeetingSlot, change.context.now
    return MeetingBooking(
        school_id=ticket.school_id,
        round_id=ticket.round_id,
        ticket_id=ticket.id,
        pupil_id=ticket.pupil_id,
        party=ticket.party,
        slot_id=slot.id,
        window_id=slot.window_id,
        starts_at=slot.starts_at,
        ends_at=row.ends_at,
        clear_until=row.clear_until,
        booked_by=change.viewer.person_id,
        booked_at=now,
        changed_at=now,
        topics=topics,
    )


async def keep(change: Change, bookings: Sequence[MeetingBooking], *path: str) -> None:
    """Store bookings that belong together, in one statement: the triggers let nobody be in two places.

    In one order of slots, whoever books: of two who want the same ones, the second waits for the first.
    Refuses: SLOT_TAKEN, GUARDIAN_BUSY, TICKET_ALREADY_BOOKED.
    """
    rows = [booking.model_dump() for booking in sorted(bookings, key=lambda booking: booking.slot_id)]
    with refusing(races(*path)):
        await change.session.execute(insert(MeetingBooking).values(rows))
    tickets = [booking.ticket_id for booking in bookings]
    settled = {"state": MeetingTicketState.INVITED, "waiting_since": None, "has_priority": False}
    await change.session.execute(update(_ticket).where(_ticket.c.id.in_(tickets)).values(settled))
    for booking in bookings:
        change.audit("book_meeting", booking.school_id, booking.id, pupil_id=booking.pupil_id)
    await tell(change, await touched(change, bookings=[booking.id for booking in bookings]))
    await post_to_party(change, MailKind.MEETING_BOOKED, [(b.id, b.ticket_id) for b in bookings])


@command
async def book_meetings(change: Change, *, wishes: Sequence[Wish], topics: str | None) -> list[UUID]:
    """Book the talks of one or more tickets: all of them, or none; answers the bookings in the order asked.

    Who may: the party of a ticket, and the school's side on their behalf. When: while the round is open by the clock
    of the database; before that, in its priority window, tickets with priority.
    Refuses: NOT_FOUND, REQUIRED, TOO_MANY, ROUND_NOT_OPEN, NOT_IN_PRIORITY, TICKET_ALREADY_BOOKED, INVALID,
    FORBIDDEN (a slot of another group), SLOT_TAKEN, GUARDIAN_BUSY. Source: f4, R8.
    """
    _check_wishes(wishes)
    held = await hold_tickets(change, [wish.ticket_id for wish in wishes])
    for wish in wishes:
        if wish.ticket_id not in held:
            raise Refused(Code.NOT_FOUND, *wish.path, "ticketId")
    rounds = await share_rounds(change, {row.round_id for row in held.values()})
    rows = await look(change, wishes)
    for wish, row in zip(wishes, rows, strict=True):
        _check(row, rounds[row.MeetingTicket.round_id], wish)
    bookings = [made(change, row, topics) for row in rows]
    left = await release(change, [booking.ticket_id for booking in bookings])
    await keep(change, bookings, *((*wishes[0].path, "slotId") if len(wishes) == 1 else ("bookings",)))
    await pass_on(change, left, rounds)
    return [booking.id for booking in bookings]


async def _live(change: Change, booking_id: UUID) -> tuple[MeetingBooking, Any, HeldRound]:
    """A live booking with its ticket and round, held. Refuses: NOT_FOUND, INVALID (cancelled)."""
    seen = await change.find(MeetingBooking, booking_id, policy.sees_booking, "bookingId", lock=False)
    ticket = await hold_ticket(change, seen.ticket_id, "bookingId")
    rounds = await share_rounds(change, {ticket.round_id})
    booking = await change.session.get_one(MeetingBooking, booking_id, populate_existing=True)
    if booking.cancelled_at is not None:
        raise Refused(Code.INVALID, "bookingId")
    return booking, ticket, rounds[ticket.round_id]


def _check_change(booking: MeetingBooking, ticket: Any, round_: HeldRound) -> None:
    """Refuses: CHANGE_CLOSED: after the deadline it is the school's to change; INVALID (over)."""
    if booking.ends_at <= round_.moment:
        raise Refused(Code.INVALID, "bookingId")
    if not ticket.is_run and round_.moment > booking.starts_at - timedelta(hours=round_.change_until_hours):
        raise Refused(Code.CHANGE_CLOSED, "bookingId")


@command
async def move_meeting(change: Change, *, booking_id: UUID, slot_id: UUID) -> UUID:
    """Move a talk to another slot: the old one is freed only if the new one is gained.

    Guardians until the change deadline before the talk as it is, the school's side any time before its end.
    Refuses: NOT_FOUND, INVALID, CHANGE_CLOSED, FORBIDDEN, SLOT_TAKEN, GUARDIAN_BUSY.
    """
    booking, ticket, round_ = await _live(change, booking_id)
    _check_change(booking, ticket, round_)
    if booking.slot_id == slot_id:
        return booking.id
    (row,) = await look(change, [Wish(booking.ticket_id, slot_id)])
    check_slot(row, round_.moment, "slotId")
    left = await touched(change, bookings=[booking.id])
    booking.slot_id, booking.window_id = row.MeetingSlot.id, row.MeetingSlot.window_id
    booking.starts_at, booking.ends_at = row.MeetingSlot.starts_at, row.ends_at
    booking.clear_until = row.clear_until
    booking.reminded_days_at = booking.reminded_hours_at = None
    revise(change, booking)
    change.audit("move_meeting", booking.school_id, booking.id, pupil_id=booking.pupil_id)
    await change.flush(refusals=races("slotId"))
    await tell(change, left | await touched(change, bookings=[booking.id]))
    await pass_on(change, left, [booking.round_id])
    await post_to_party(change, MailKind.MEETING_CHANGED, [(booking.id, booking.ticket_id)])
    return booking.id


def revise(change: Change, booking: MeetingBooking) -> None:
    """What stands in calendars is another now."""
    booking.sequence += 1
    booking.changed_at = change.context.now


@command
async def cancel_meeting(change: Change, *, booking_id: UUID) -> UUID:
    """Take a talk back; its ticket is invited again, and the slot goes to who waits for one. Answers the ticket.

    Guardians until the change deadline, the school's side any time before its end.
    Refuses: NOT_FOUND, INVALID, CHANGE_CLOSED.
    """
    booking, ticket, round_ = await _live(change, booking_id)
    _check_change(booking, ticket, round_)
    await cancel(change, [booking], by_school=ticket.is_run)
    return booking.ticket_id


async def cancel(change: Change, bookings: Sequence[MeetingBooking], *, by_school: bool, passes: bool = True) -> None:
    """Cancel live bookings, and tell everybody: who comes, who waits, who follows. They are held already.

    What the school takes away gives priority for another time.
    """
    if not bookings:
        return
    left = await touched(change, bookings=[booking.id for booking in bookings])
    for booking in bookings:
        booking.cancelled_at, booking.cancelled_by_school = change.context.now, by_school
        revise(change, booking)
        change.audit("cancel_meeting", booking.school_id, booking.id, pupil_id=booking.pupil_id)
    await change.flush()
    if by_school:
        tickets = [booking.ticket_id for booking in bookings]
        await change.session.execute(update(_ticket).where(_ticket.c.id.in_(tickets)).values(has_priority=True))
    await tell(change, left)
    if passes:
        await pass_on(change, left, {booking.round_id for booking in bookings})
    await post_to_party(change, MailKind.MEETING_CANCELLED, [(b.id, b.ticket_id) for b in bookings])
