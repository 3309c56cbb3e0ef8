"""Hosts who are away: a day of theirs is withdrawn, or somebody else hosts in their place (f4, change and cancel)."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

import models
from models import HostWindow, MeetingBooking, MeetingRound, MeetingSlot, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings.agendas import booked_in, remove_windows, tell_party
from resolvers.meetings.bookings import cancel, races
from resolvers.meetings.holding import check_goes_on, plan_round, take_rounds
from resolvers.meetings.slots import Span
from resolvers.meetings.telling import hosted, tell
from resolvers.meetings.waiting import pass_on
from resolvers.meetings.windows import check_agenda, check_hosts, settle_end, zone_at
from resolvers.policy import ME
from resolvers.writing import Change, command, refusing

_slot, _window, _host = table_of(MeetingSlot), table_of(HostWindow), table_of(models.WindowHost)
_booking = table_of(MeetingBooking)


async def _windows_of(change: Change, host_id: UUID, *which: Any) -> list[HostWindow]:
    """Windows of a host, with their rounds taken alone."""
    hosted = select(_host.c.window_id).where(_host.c.person_id == host_id)
    there = (_window.c.id.in_(hosted), _window.c.removed_at.is_(None), *which)
    rounds = select(_window.c.round_id).where(*there).distinct()
    await take_rounds(change, (await change.session.scalars(rounds)).all())
    windows = select(HostWindow).where(*there).order_by(_window.c.starts_at, _window.c.id)
    return list((await change.session.scalars(windows)).all())


def _day_of(day: date, zone: Any) -> tuple[Any, Any]:
    """Conditions: that a window begins within a local day."""
    begin, end = (datetime.combine(day + timedelta(days=ahead), time(), zone) for ahead in (0, 1))
    return _window.c.starts_at >= begin, _window.c.starts_at < end


@command
async def withdraw_host_day(change: Change, *, school_id: UUID, host_id: UUID, day: date) -> list[UUID]:
    """A host is away on a day: all windows of theirs then, in every round. Answers the rounds that they see.

    Where there is another host, the talks go on with them. All others are cancelled, their families told at once, and
    their tickets get priority; talks of brothers and sisters with other hosts stay.
    Also of somebody who does not work here any more. Refuses: NOT_FOUND, FORBIDDEN (a colleague's day), INVALID (no
    window then).
    """
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId", lock=False)
    if not policy.may_host(change.viewer, school.id, [host_id]):
        raise Refused(Code.FORBIDDEN, "hostId")
    on_day = _day_of(day, await zone_at(change, school.id))
    windows = await _windows_of(change, host_id, _window.c.school_id == school.id, *on_day)
    if not windows:
        raise Refused(Code.INVALID, "date")
    ids = [window.id for window in windows]
    others = select(_host.c.window_id).where(_host.c.window_id.in_(ids), _host.c.person_id != host_id)
    go_on = set((await change.session.scalars(others)).all())
    alone = [window for window in windows if window.id not in go_on]
    await remove_windows(change, alone)
    coming = _booking.c.ends_at > change.context.now
    booked = await booked_in(change, _booking.c.window_id.in_([window.id for window in alone]), coming)
    await cancel(change, booked, by_school=True, passes=False)
    await change.session.execute(delete(_host).where(_host.c.window_id.in_(go_on), _host.c.person_id == host_id))
    await tell_party(change, await booked_in(change, _booking.c.window_id.in_(go_on), coming))
    rounds = dict.fromkeys(window.round_id for window in windows)
    for round_id in rounds:
        await settle_end(change, await change.session.get_one(MeetingRound, round_id))
    staying = select(_slot.c.id).where(_slot.c.window_id.in_(go_on), _slot.c.withdrawn_at.is_(None))
    slots = (await change.session.scalars(staying)).all()
    await tell(change, slots)
    await pass_on(change, slots, rounds.keys())
    change.audit("withdraw_host_day", school.id, host_id, reason=str(day))
    return await _seen(change, list(rounds))


async def _seen(change: Change, round_ids: list[UUID]) -> list[UUID]:
    """Of rounds those that the viewer sees still: who hosted beside another may have been there as a host alone."""
    round_ = table_of(MeetingRound)
    seen = select(round_.c.id).where(round_.c.id.in_(round_ids), policy.sees_round(ME, round_))
    found = (await change.session.scalars(seen, change.parameters())).all()
    return [round_id for round_id in round_ids if round_id in found]


@command
async def replace_host(change: Change, *, round_id: UUID, host_id: UUID, new_host_id: UUID, day: date | None) -> UUID:
    """Let somebody else host in place of a host: all windows of a round that are still to come, or one day's.

    Times stay; families are told. Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled), INVALID (no window then),
    INVALID_RANGE (the new host is in another window of the round then), SLOT_TAKEN (the new host is in a talk then).
    """
    round_ = await plan_round(change, round_id)
    check_goes_on(round_, "roundId")
    if not policy.may_administer(change.viewer, round_.school_id):
        raise Refused(Code.FORBIDDEN, "newHostId")
    await check_hosts(change, round_.school_id, [new_host_id], "newHostId")
    zone = await zone_at(change, round_.school_id)
    when = (_window.c.ends_at > change.context.now,) if day is None else _day_of(day, zone)
    windows = await _windows_of(change, host_id, _window.c.round_id == round_.id, *when)
    if not windows:
        raise Refused(Code.INVALID, "hostId")
    for window in windows:
        span = Span(window.starts_at, window.ends_at)
        await check_agenda(change, round_.id, [new_host_id], span, "newHostId", but=window.id)
    ids = [window.id for window in windows]
    left = await hosted(change, [host_id, new_host_id], ids)
    replaced = update(_host).where(_host.c.window_id.in_(ids), _host.c.person_id == host_id)
    with refusing({**races("newHostId"), "pk_window_host": Refused(Code.INVALID_RANGE, "newHostId")}):
        await change.session.execute(replaced.values(person_id=new_host_id))
    await tell(change, left | await hosted(change, [host_id, new_host_id], ids))
    await tell_party(change, await booked_in(change, _booking.c.window_id.in_(ids)))
    change.audit("replace_meeting_host", round_.school_id, round_.id)
    return round_.id
