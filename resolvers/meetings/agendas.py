"""Agendas: windows and slots of a round that is there are added, changed, kept free and taken away.

What is booked is never wiped out silently: what does not fit any more is listed, to be solved by hand (f4, set-up 2).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

import models
from models import HostWindow, MailKind, MeetingBooking, MeetingRound, MeetingSlot, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings.bookings import cancel, revise
from resolvers.meetings.holding import check_goes_on, take_rounds
from resolvers.meetings.letters import post_to_party
from resolvers.meetings.slots import Span
from resolvers.meetings.telling import tell
from resolvers.meetings.tickets import round_groups
from resolvers.meetings.waiting import pass_on, withdraw_offers
from resolvers.meetings.windows import (
    WindowWish,
    add_window,
    check_agenda,
    cut_for,
    settle_end,
    store_breaks,
    store_slots,
)
from resolvers.writing import Change, command

_slot, _window, _host = table_of(MeetingSlot), table_of(HostWindow), table_of(models.WindowHost)
_booking = table_of(MeetingBooking)


async def _kept(change: Change, window_id: UUID, *path: str) -> tuple[HostWindow, MeetingRound]:
    """A window in an agenda that the viewer keeps, and its round, taken alone.

    Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled).
    """
    window, keeps = await change.find_and_ask(
        HostWindow, window_id, policy.sees_window, policy.keeps_window, *path, lock=False
    )
    if not keeps:
        raise Refused(Code.FORBIDDEN, *path)
    return await _taken(change, window, *path)


async def _kept_slot(change: Change, slot_id: UUID) -> MeetingSlot:
    """A slot in an agenda that the viewer keeps, its round taken alone. Guardians see it, and may not.

    Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled).
    """
    slot, keeps = await change.find_and_ask(
        MeetingSlot, slot_id, policy.sees_slot, policy.keeps_slot, "slotId", lock=False
    )
    if not keeps:
        raise Refused(Code.FORBIDDEN, "slotId")
    await _taken(change, await change.session.get_one(HostWindow, slot.window_id), "slotId")
    await change.session.refresh(slot)
    return slot


async def _taken(change: Change, window: HostWindow, *path: str) -> tuple[HostWindow, MeetingRound]:
    await take_rounds(change, [window.round_id])
    round_ = await change.session.get_one(MeetingRound, window.round_id)
    await change.session.refresh(window)
    check_goes_on(round_, *path)
    if window.removed_at is not None:
        raise Refused(Code.NOT_FOUND, *path)
    return window, round_


async def booked_in(change: Change, *which: Any) -> list[MeetingBooking]:
    """Live bookings, in the order of their times."""
    live = select(MeetingBooking).where(_booking.c.cancelled_at.is_(None), *which)
    return list((await change.session.scalars(live.order_by(_booking.c.starts_at, _booking.c.id))).all())


async def tell_party(change: Change, bookings: Sequence[MeetingBooking]) -> None:
    """Tell who comes that something of the talk is another now: its room, or who is there."""
    coming = [booking for booking in bookings if booking.ends_at > change.context.now]
    for booking in coming:
        revise(change, booking)
    await change.flush()
    await post_to_party(change, MailKind.MEETING_CHANGED, [(b.id, b.ticket_id) for b in coming])


# ------------------------------------------------------------------------------------------------ windows


@command
async def add_host_window(change: Change, *, round_id: UUID, wish: WindowWish) -> UUID:
    """Add a window to a round in which the viewer works, in their own agenda; the administration in anybody's (SLT-02).

    Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled), REQUIRED, INVALID_RANGE, INVALID.
    """
    round_, works = await change.find_and_ask(
        MeetingRound, round_id, policy.sees_round, policy.works_in_round, "roundId"
    )
    if not works:
        raise Refused(Code.FORBIDDEN, "roundId")
    check_goes_on(round_, "roundId")
    window_id = await add_window(change, round_, await round_groups(change, round_.id), wish, "window")
    change.audit("add_host_window", round_.school_id, window_id)
    slots = (await change.session.scalars(select(_slot.c.id).where(_slot.c.window_id == window_id))).all()
    await change.flush()
    await tell(change, slots)
    await pass_on(change, slots, [round_.id])
    return window_id


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChange:
    """What a window is to be from now on; None leaves it as it is."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    breaks: Sequence[Span] | None = None
    room: str | None = None


@command
async def change_host_window(change: Change, *, window_id: UUID, wish: WindowChange) -> UUID:
    """Change a window: its slots are made anew, and what is booked stays where it is.

    What does not fit any more is a misfit of the window, until it is moved or cancelled. Who comes is told of another
    room. Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled), INVALID_RANGE, INVALID
    (a start in the past).
    """
    window, round_ = await _kept(change, window_id, "windowId")
    if wish.room is not None and (wish.room or None) != window.room:
        window.room = wish.room or None
        await tell_party(change, await booked_in(change, _booking.c.window_id == window.id))
    if wish.starts_at is not None or wish.ends_at is not None or wish.breaks is not None:
        await _cut_anew(change, window, round_, wish)
    change.audit("change_host_window", window.school_id, window.id)
    return window.id


async def _cut_anew(change: Change, window: HostWindow, round_: MeetingRound, wish: WindowChange) -> None:
    pause, hosts = table_of(models.WindowBreak), select(_host.c.person_id).where(_host.c.window_id == window.id)
    known = await change.session.execute(
        select(pause.c.starts_at, pause.c.ends_at).where(pause.c.window_id == window.id)
    )
    asked = WindowWish(
        host_ids=(await change.session.scalars(hosts)).all(),
        span=Span(wish.starts_at or window.starts_at, wish.ends_at or window.ends_at),
        breaks=[Span(*row) for row in known] if wish.breaks is None else wish.breaks,
    )
    if wish.starts_at is not None and wish.starts_at <= change.context.now:
        raise Refused(Code.INVALID, "from")
    made = await cut_for(change, round_, asked)
    await check_agenda(change, round_.id, asked.host_ids, asked.span, "from", but=window.id)
    if wish.breaks is not None:
        await change.session.execute(delete(pause).where(pause.c.window_id == window.id))
        await store_breaks(change, window, asked.breaks)
    window.starts_at, window.ends_at = asked.span.starts_at, asked.span.ends_at
    await settle_end(change, round_)
    booked = await booked_in(change, _booking.c.window_id == window.id)
    fitting = [talk for talk in booked if _fits(asked, Span(talk.starts_at, talk.ends_at))]
    kept = {talk.slot_id for talk in fitting}
    slots = await change.session.execute(
        select(_slot.c.id, _slot.c.starts_at, _slot.c.ends_at)
        .where(_slot.c.window_id == window.id)
        .where(or_(_slot.c.withdrawn_at.is_(None), _slot.c.id.in_(kept)))
    )
    spans = {row.id: Span(row.starts_at, row.ends_at) for row in slots}
    taken = [Span(talk.starts_at, talk.ends_at) for talk in fitting]
    there = {key: span for key, span in spans.items() if span in made.slots or any(t.overlaps(span) for t in taken)}
    await _withdraw(change, spans.keys() - there.keys())
    # What did not fit an earlier plan may fit this one.
    await change.session.execute(update(_slot).where(_slot.c.id.in_(kept)).values(withdrawn_at=None))
    free = [span for span in made.slots if not any(span.overlaps(other) for other in there.values())]
    new = await store_slots(change, window, free)
    await tell(change, [*new, *kept])
    await pass_on(change, new, [round_.id])


def _fits(asked: WindowWish, talk: Span) -> bool:
    return asked.span.holds(talk) and not any(pause.overlaps(talk) for pause in asked.breaks)


async def _withdraw(change: Change, slots: Collection[UUID]) -> None:
    """Take slots out of all lists, with what is offered of them; talks in them stay."""
    await withdraw_offers(change, slots)
    gone = {"withdrawn_at": change.context.now}
    await change.session.execute(update(_slot).where(_slot.c.id.in_(slots)).values(gone))
    await tell(change, slots)


@command
async def remove_host_window(change: Change, *, window_id: UUID) -> UUID:
    """Take a window away. Answers the round.

    Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled), HAS_BOOKINGS.
    """
    window, round_ = await _kept(change, window_id, "windowId")
    if await booked_in(change, _booking.c.window_id == window.id, _booking.c.ends_at > change.context.now):
        raise Refused(Code.HAS_BOOKINGS, "windowId")
    await remove_windows(change, [window])
    await settle_end(change, round_)
    change.audit("remove_host_window", window.school_id, window.id)
    return round_.id


async def remove_windows(change: Change, windows: Sequence[HostWindow]) -> None:
    """Take windows away; talks that are booked in them stay, to be dealt with by who calls this."""
    live = _slot.c.window_id.in_([window.id for window in windows]), _slot.c.withdrawn_at.is_(None)
    await _withdraw(change, (await change.session.scalars(select(_slot.c.id).where(*live))).all())
    for window in windows:
        window.removed_at = change.context.now


# ------------------------------------------------------------------------------------------------ slots


@command
async def cancel_slot(change: Change, *, slot_id: UUID) -> UUID:
    """Keep a slot free of talks; one that is booked in it is cancelled, and its family told.

    Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled).
    """
    slot = await _kept_slot(change, slot_id)
    slot.blocked_at = slot.blocked_at or change.context.now
    await change.flush()
    await withdraw_offers(change, [slot.id])
    coming = _booking.c.ends_at > change.context.now
    within = (_booking.c.starts_at < slot.ends_at, _booking.c.ends_at > slot.starts_at, coming)
    booked = await booked_in(change, _booking.c.window_id == slot.window_id, *within)
    await cancel(change, booked, by_school=True)
    await tell(change, [slot.id])
    change.audit("cancel_meeting_slot", slot.school_id, slot.id)
    return slot.id


@command
async def reopen_slot(change: Change, *, slot_id: UUID) -> UUID:
    """Let a slot be booked again. Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled)."""
    slot = await _kept_slot(change, slot_id)
    slot.blocked_at = None
    await change.flush()
    await tell(change, [slot.id])
    await pass_on(change, [slot.id], [slot.round_id])
    change.audit("reopen_meeting_slot", slot.school_id, slot.id)
    return slot.id
