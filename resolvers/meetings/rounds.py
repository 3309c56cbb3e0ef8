"""Rounds: made with host windows and tickets, announced when there is room for everybody, changed, cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain, combinations
from uuid import UUID

from sqlalchemy import func, select, update

import models
from models import (
    MailKind,
    MeetingKind,
    MeetingRound,
    MeetingRoundState,
    MeetingSlot,
    MeetingTicket,
    MeetingTicketState,
    table_of,
)
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings.bookings import BOOKABLE
from resolvers.meetings.holding import check_goes_on, plan_round
from resolvers.meetings.inviting import make_tickets
from resolvers.meetings.letters import post_to_party
from resolvers.meetings.telling import tell
from resolvers.meetings.tickets import cancel_tickets, round_groups
from resolvers.meetings.windows import MOST_WINDOWS, WindowWish, add_window, store
from resolvers.policy import ME
from resolvers.writing import Change, command

MOST_GROUPS = 40
LARGEST_CLUSTER = 10
"""Groups that share hosts, whose every combination is looked at for room."""

_slot, _ticket = table_of(MeetingSlot), table_of(MeetingTicket)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundWish:
    """What a round is to be."""

    kind: MeetingKind
    title: str
    text: str | None
    duration_minutes: int
    buffer_minutes: int
    walk_minutes: int
    party_gap_minutes: int
    change_until_hours: int
    priority_opens_at: datetime | None
    opens_at: datetime
    closes_at: datetime


def _check_times(priority_opens_at: datetime | None, opens_at: datetime, closes_at: datetime, now: datetime) -> None:
    """Refuses: INVALID_RANGE, INVALID (would be closed already)."""
    if closes_at <= opens_at:
        raise Refused(Code.INVALID_RANGE, "closesAt")
    if priority_opens_at is not None and priority_opens_at >= opens_at:
        raise Refused(Code.INVALID_RANGE, "priorityOpensAt")
    if closes_at <= now:
        raise Refused(Code.INVALID, "closesAt")


async def _groups(change: Change, school_id: UUID, group_ids: Sequence[UUID]) -> list[UUID]:
    """Groups of a school whom the viewer sees. Refuses: REQUIRED, TOO_MANY, NOT_FOUND, FORBIDDEN (MRD-01)."""
    asked = sorted(set(group_ids))
    if not asked:
        raise Refused(Code.REQUIRED, "groupIds")
    if len(asked) > MOST_GROUPS:
        raise Refused(Code.TOO_MANY, "groupIds")
    group = table_of(models.Group)
    seen = select(group.c.id).where(group.c.id.in_(asked), group.c.school_id == school_id, policy.sees_group(ME, group))
    if len((await change.session.scalars(seen, change.parameters())).all()) < len(asked):
        raise Refused(Code.NOT_FOUND, "groupIds")
    if not policy.may_plan(change.viewer, school_id, asked):
        raise Refused(Code.FORBIDDEN)
    return asked


@command
async def create_round(
    change: Change, *, school_id: UUID, group_ids: Sequence[UUID], wish: RoundWish, windows: Sequence[WindowWish]
) -> UUID:
    """Make a round, a draft that its families do not see, with slots and tickets (MRD-01, f4).

    By the administration, or by who teaches all of its groups, in their own agenda.
    Refuses: NOT_FOUND, FORBIDDEN, REQUIRED, TOO_MANY, INVALID_RANGE, INVALID.
    """
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId", lock=False)
    groups = await _groups(change, school.id, group_ids)
    _check_times(wish.priority_opens_at, wish.opens_at, wish.closes_at, change.context.now)
    if not windows:
        raise Refused(Code.REQUIRED, "hostWindows")
    if len(windows) > MOST_WINDOWS:
        raise Refused(Code.TOO_MANY, "hostWindows")
    round_ = MeetingRound(
        **asdict(wish),
        school_id=school.id,
        ends_at=windows[0].span.ends_at,
        created_by=change.viewer.person_id,
        created_at=change.context.now,
    )
    change.session.add(round_)
    await change.flush()
    within = {"round_id": round_.id, "school_id": school.id}
    invited = [models.MeetingRoundGroup(group_id=group_id, **within) for group_id in groups]
    await store(change, models.MeetingRoundGroup, invited)
    for number, window in enumerate(windows):
        await add_window(change, round_, groups, window, "hostWindows", str(number))
    await make_tickets(change, round_, groups)
    change.audit("create_meeting_round", school.id, round_.id)
    return round_.id


@command
async def update_round(
    change: Change,
    *,
    round_id: UUID,
    title: str | None,
    text: str | None,
    priority_opens_at: datetime | None,
    opens_at: datetime | None,
    closes_at: datetime | None,
    change_until_hours: int | None,
) -> UUID:
    """Change what a round is called and when it opens and closes. What is not given stays.

    A later end opens a round again. Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled), INVALID_RANGE, INVALID.
    """
    round_ = await plan_round(change, round_id)
    check_goes_on(round_, "roundId")
    round_.title = title or round_.title
    round_.text = round_.text if text is None else text or None
    round_.priority_opens_at = priority_opens_at or round_.priority_opens_at
    round_.opens_at, round_.closes_at = opens_at or round_.opens_at, closes_at or round_.closes_at
    if priority_opens_at is None and round_.priority_opens_at and round_.priority_opens_at >= round_.opens_at:
        round_.priority_opens_at = None  # everybody comes no later than who had priority
    if change_until_hours is not None:
        round_.change_until_hours = change_until_hours
    if {priority_opens_at, opens_at, closes_at} != {None}:
        _check_times(round_.priority_opens_at, round_.opens_at, round_.closes_at, change.context.now)
    change.audit("update_meeting_round", round_.school_id, round_.id)
    return round_.id


@command
async def announce_round(change: Change, *, round_id: UUID, even_if_short: bool) -> UUID:
    """Invite the families: each party hears when the round opens, so that nobody has to be quick (f4, set-up 5).

    Refuses: NOT_FOUND, FORBIDDEN, INVALID (announced already, or cancelled), CAPACITY_SHORT (and how many are missing).
    """
    round_ = await plan_round(change, round_id)
    if round_.state is not MeetingRoundState.DRAFT:
        raise Refused(Code.INVALID, "roundId")
    _check_times(round_.priority_opens_at, round_.opens_at, round_.closes_at, change.context.now)
    await make_tickets(change, round_, await round_groups(change, round_.id))
    missing = await _missing(change, round_.id)
    if missing and not even_if_short:
        raise Refused(Code.CAPACITY_SHORT, "roundId", count=missing)
    round_.state, round_.announced_at = MeetingRoundState.ANNOUNCED, change.context.now
    change.audit("announce_meeting_round", round_.school_id, round_.id)
    invited = select(_ticket.c.id).where(_ticket.c.round_id == round_.id, _ticket.c.state.in_(BOOKABLE))
    tickets = (await change.session.scalars(invited)).all()
    await post_to_party(change, MailKind.MEETING_INVITED, [(key, key) for key in tickets])
    return round_.id


async def _missing(change: Change, round_id: UUID) -> int:
    """How many slots a round has too few for its tickets, double ones counted twice."""
    needed = (
        select(_ticket.c.group_id, func.sum(_ticket.c.length))
        .where(_ticket.c.round_id == round_id, _ticket.c.state.in_(BOOKABLE))
        .group_by(_ticket.c.group_id)
    )
    served = table_of(models.WindowGroup)
    usable = (_slot.c.withdrawn_at.is_(None), _slot.c.blocked_at.is_(None), _slot.c.starts_at > change.context.now)
    offered = (
        select(_slot.c.window_id, func.count(_slot.c.id.distinct()), func.array_agg(served.c.group_id.distinct()))
        .join(served, served.c.window_id == _slot.c.window_id)
        .where(_slot.c.round_id == round_id, *usable)
        .group_by(_slot.c.window_id)
    )
    needs = {row[0]: int(row[1]) for row in await change.session.execute(needed)}
    windows = [(number, frozenset(groups)) for _, number, groups in (await change.session.execute(offered)).all()]
    return shortage(needs, windows)


def shortage(needs: Mapping[UUID, int], windows: Sequence[tuple[int, frozenset[UUID]]]) -> int:
    """How many talks find no slot, whoever books first: the most that any set of groups lacks (Hall's theorem).

    `needs` are talks by group, `windows` numbers of slots with the groups that they serve.
    """
    total = 0
    for cluster in _clusters(needs, windows):
        sizes = range(1, len(cluster) + 1) if len(cluster) <= LARGEST_CLUSTER else (1, len(cluster))
        some = chain.from_iterable(combinations(cluster, size) for size in sizes)
        total += max(0, *(_lacks(set(groups), needs, windows) for groups in some))
    return total


def _lacks(groups: set[UUID], needs: Mapping[UUID, int], windows: Sequence[tuple[int, frozenset[UUID]]]) -> int:
    return sum(needs[group] for group in groups) - sum(number for number, served in windows if groups & served)


def _clusters(needs: Mapping[UUID, int], windows: Sequence[tuple[int, frozenset[UUID]]]) -> list[list[UUID]]:
    """Groups that depend on each other, by sharing a window."""
    clusters = [{group} for group in needs]
    for _, served in windows:
        joined = [cluster for cluster in clusters if cluster & served]
        clusters = [cluster for cluster in clusters if not cluster & served]
        if joined:
            clusters.append(set[UUID]().union(*joined))
    return [sorted(cluster) for cluster in clusters]


@command
async def cancel_round(change: Change, *, round_id: UUID) -> UUID:
    """Call a round off: who has booked is told at once. Refuses: NOT_FOUND, FORBIDDEN, ROUND_NOT_OPEN (cancelled)."""
    round_ = await plan_round(change, round_id)
    check_goes_on(round_, "roundId")
    round_.state = MeetingRoundState.CANCELLED
    await change.flush()
    live = select(_ticket.c.id).where(
        _ticket.c.round_id == round_.id,
        _ticket.c.state.not_in([MeetingTicketState.DONE.value, MeetingTicketState.NO_SHOW.value]),
    )
    await cancel_tickets(change, (await change.session.scalars(live)).all(), passes=False)
    left = update(_slot).where(_slot.c.round_id == round_.id, _slot.c.withdrawn_at.is_(None)).returning(_slot.c.id)
    slots = (await change.session.scalars(left.values(withdrawn_at=change.context.now))).all()
    await tell(change, slots)
    change.audit("cancel_meeting_round", round_.school_id, round_.id)
    return round_.id
