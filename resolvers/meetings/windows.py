"""Host windows: when hosts are there, and the slots into which that time is cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

import models
from models import HostWindow, MeetingRound, MeetingSlot, Role, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings.slots import Cut, Span, cut
from resolvers.writing import Change

LONGEST_DAY = 100
"""Slots of one window."""
AT_ONCE = 1_500
"""Rows of one statement, which has 32,767 values at most."""
MOST_WINDOWS = 60
MOST_HOSTS = 10
MOST_BREAKS = 20

_window, _host = table_of(HostWindow), table_of(models.WindowHost)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowWish:
    """When who is there, and where."""

    host_ids: Sequence[UUID]
    span: Span
    breaks: Sequence[Span] = ()
    room: str | None = None
    group_ids: Sequence[UUID] | None = None
    """For whose families; None: for the groups of the round that the hosts teach, or else for all."""


def cut_window(wish: WindowWish, zone: ZoneInfo, *, duration: int, buffer: int, path: Sequence[str]) -> Cut:
    """The slots of a window, in minutes as given.

    Refuses: INVALID_RANGE (not within one day, or nothing fits), TOO_MANY (breaks).
    """
    span = wish.span
    if span.ends_at <= span.starts_at or _day(span.ends_at - timedelta(microseconds=1), zone) != _day(
        span.starts_at, zone
    ):
        raise Refused(Code.INVALID_RANGE, *path, "to")
    if len(wish.breaks) > MOST_BREAKS:
        raise Refused(Code.TOO_MANY, *path, "breaks")
    for pause in wish.breaks:
        if not span.starts_at <= pause.starts_at < pause.ends_at <= span.ends_at:
            raise Refused(Code.INVALID_RANGE, *path, "breaks")
    made = cut(span, wish.breaks, duration=timedelta(minutes=duration), buffer=timedelta(minutes=buffer))
    if not made.slots or len(made.slots) > LONGEST_DAY:
        raise Refused(Code.INVALID_RANGE, *path, "to")
    return made


def _day(moment: datetime, zone: ZoneInfo) -> Any:
    return moment.astimezone(zone).date()


async def store(change: Change, model: type[models.Row], rows: Sequence[models.Row]) -> None:
    """Add rows of one kind, in one statement each some thousand: triggers are asked once for all of them."""
    for begin in range(0, len(rows), AT_ONCE):
        some = [row.model_dump() for row in rows[begin : begin + AT_ONCE]]
        await change.session.execute(insert(table_of(model)).values(some))


async def zone_at(change: Change, school_id: UUID) -> ZoneInfo:
    """The time zone of a school."""
    school = await change.session.get_one(models.School, school_id)
    return ZoneInfo(school.time_zone)


async def check_hosts(change: Change, school_id: UUID, host_ids: Sequence[UUID], *path: str) -> None:
    """That they work at the school, and that the viewer may fill their agendas.

    Refuses: REQUIRED, TOO_MANY, NOT_FOUND, FORBIDDEN (SLT-03).
    """
    if not host_ids:
        raise Refused(Code.REQUIRED, *path)
    if len(host_ids) > MOST_HOSTS:
        raise Refused(Code.TOO_MANY, *path)
    member = table_of(models.Membership)
    working = select(member.c.person_id).where(
        member.c.school_id == school_id,
        member.c.person_id.in_(host_ids),
        member.c.role.in_((Role.STAFF.value, Role.ADMIN.value)),
        member.c.blocked_at.is_(None),
        member.c.valid_from <= change.context.now,
        policy.lasting(member, change.context.now),
    )
    if set((await change.session.scalars(working)).all()) != set(host_ids):
        raise Refused(Code.NOT_FOUND, *path)
    if not policy.may_host(change.viewer, school_id, host_ids):
        raise Refused(Code.FORBIDDEN, *path)


async def _served(change: Change, round_groups: Sequence[UUID], wish: WindowWish, *path: str) -> list[UUID]:
    """For whose families a window is. Refuses: NOT_FOUND (a group that is not in the round)."""
    if wish.group_ids is not None:
        if not wish.group_ids or not set(wish.group_ids) <= set(round_groups):
            raise Refused(Code.NOT_FOUND, *path, "groupIds")
        return list(dict.fromkeys(wish.group_ids))
    teaching = table_of(models.Teaching)
    taught = select(teaching.c.group_id).where(
        teaching.c.person_id.in_(wish.host_ids),
        teaching.c.group_id.in_(round_groups),
        teaching.c.valid_from <= change.context.now,
        policy.lasting(teaching, change.context.now),
    )
    return sorted(set((await change.session.scalars(taught)).all())) or list(round_groups)


async def add_window(
    change: Change, round_: MeetingRound, round_groups: Sequence[UUID], wish: WindowWish, *path: str
) -> UUID:
    """Add a window with its slots to a round.

    Refuses: REQUIRED, NOT_FOUND, FORBIDDEN, INVALID_RANGE (also of two that overlap in one agenda), INVALID (past).
    """
    await check_hosts(change, round_.school_id, wish.host_ids, *path, "hostIds")
    if wish.span.starts_at <= change.context.now:
        raise Refused(Code.INVALID, *path, "from")
    groups = await _served(change, round_groups, wish, *path)
    made = await cut_for(change, round_, wish, *path)
    await check_agenda(change, round_.id, wish.host_ids, wish.span, *path, "from")
    return await _add(change, round_, wish, groups, made)


async def cut_for(change: Change, round_: MeetingRound, wish: WindowWish, *path: str) -> Cut:
    """The slots of a window in a round. Refuses: INVALID_RANGE."""
    zone = await zone_at(change, round_.school_id)
    return cut_window(wish, zone, duration=round_.duration_minutes, buffer=round_.buffer_minutes, path=path)


async def settle_end(change: Change, round_: MeetingRound) -> None:
    """Say anew when a round ends: with its last window, or with the last talk that is booked."""
    booking = table_of(models.MeetingBooking)
    window_ends = select(func.max(_window.c.ends_at)).where(
        _window.c.round_id == round_.id, _window.c.removed_at.is_(None)
    )
    talk_ends = select(func.max(booking.c.ends_at)).where(
        booking.c.round_id == round_.id, booking.c.cancelled_at.is_(None)
    )
    await change.flush()
    last = select(func.greatest(window_ends.scalar_subquery(), talk_ends.scalar_subquery()))
    round_.ends_at = await change.session.scalar(last) or round_.ends_at


async def check_agenda(
    change: Change, round_id: UUID, host_ids: Sequence[UUID], span: Span, *path: str, but: UUID | None = None
) -> None:
    """That the hosts are not there already in another window of the round. Refuses: INVALID_RANGE."""
    there = (
        select(_window.c.id)
        .join(_host, _host.c.window_id == _window.c.id)
        .where(_window.c.round_id == round_id, _window.c.removed_at.is_(None), _host.c.person_id.in_(host_ids))
        .where(_window.c.starts_at < span.ends_at, _window.c.ends_at > span.starts_at, _window.c.id != but)
    )
    if await change.session.scalar(there.limit(1)):
        raise Refused(Code.INVALID_RANGE, *path)


async def _add(change: Change, round_: MeetingRound, wish: WindowWish, groups: Sequence[UUID], made: Cut) -> UUID:
    window = HostWindow(
        school_id=round_.school_id,
        round_id=round_.id,
        starts_at=wish.span.starts_at,
        ends_at=wish.span.ends_at,
        room=wish.room,
    )
    within = {"window_id": window.id, "school_id": round_.school_id}
    hosts = [models.WindowHost(person_id=host, **within) for host in dict.fromkeys(wish.host_ids)]
    await store(change, HostWindow, [window])
    await store(change, models.WindowHost, hosts)
    await store(change, models.WindowGroup, [models.WindowGroup(group_id=group, **within) for group in groups])
    await store_breaks(change, window, wish.breaks)
    await store_slots(change, window, made.slots)
    round_.ends_at = max(round_.ends_at, wish.span.ends_at)
    return window.id


async def store_breaks(change: Change, window: HostWindow, breaks: Sequence[Span]) -> None:
    """Write down the breaks of a window."""
    distinct = {pause.starts_at: pause for pause in breaks}
    rows = [
        models.WindowBreak(
            window_id=window.id, school_id=window.school_id, starts_at=pause.starts_at, ends_at=pause.ends_at
        )
        for pause in distinct.values()
    ]
    await store(change, models.WindowBreak, rows)


async def store_slots(change: Change, window: HostWindow, spans: Sequence[Span]) -> list[UUID]:
    """Make slots; answers their keys."""
    slots = [
        MeetingSlot(
            school_id=window.school_id,
            round_id=window.round_id,
            window_id=window.id,
            starts_at=span.starts_at,
            ends_at=span.ends_at,
        )
        for span in spans
    ]
    await store(change, MeetingSlot, slots)
    return [slot.id for slot in slots]
