"""What is published of rounds, of their host windows, and of the slots in these."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, Uuid, and_, case, false, func, not_, or_

import models
from models import MeetingRoundState, MeetingSlotState, MeetingTicketState, table_of
from realtime.cursor import START
from resolvers import live, policy
from resolvers.meetings import talks
from resolvers.policy import Me
from resolvers.views import Arguments, Many, One, View, belongs_to

ROUND_SLOTS = live.Feed("round:", models.MeetingRound, policy.sees_round, policy.follows_slots, looks_at_rows=True)
"""Which slots of a round are taken and freed."""


def _linked(model: type[models.Row], one: tuple[str, ColumnElement[Any]], other: tuple[str, ColumnElement[Any]]) -> Any:
    """Whether a table of links joins two rows: a column of it with a key, and another with another."""
    link = table_of(model).alias()
    return policy.scan(link).where(link.c[one[0]] == one[1], link.c[other[0]] == other[1]).exists()


def _in_time(_me: Me, row: FromClause) -> tuple[ColumnElement[Any], ...]:
    return row.c.starts_at, row.c.id


def _by_name(_me: Me, row: FromClause) -> tuple[ColumnElement[Any], ...]:
    return row.c.name, row.c.id


# ------------------------------------------------------------------------------------------------ rounds


def round_state(me: Me, round_: FromClause) -> ColumnElement[str]:
    """An announced round opens, closes and is done as time passes."""
    state, is_announced = MeetingRoundState, round_.c.state == MeetingRoundState.ANNOUNCED.value
    return case(
        (not_(is_announced), round_.c.state),
        (round_.c.ends_at <= me.now, state.DONE.value),
        (round_.c.closes_at <= me.now, state.CLOSED.value),
        (round_.c.opens_at <= me.now, state.OPEN.value),
        else_=state.ANNOUNCED.value,
    )


def has_priority(ticket: FromClause) -> ColumnElement[bool]:
    """Whether a ticket may be booked in the priority window (f4, booking 5).

    There is a need that the school has confirmed, or a talk that the school has taken away, or somebody of the party
    has several tickets in the round.
    """
    party, same = table_of(models.TicketGuardian).alias(), table_of(models.TicketGuardian).alias()
    other = table_of(models.MeetingTicket).alias()
    gone = (MeetingTicketState.CANCELLED.value, MeetingTicketState.NOT_NEEDED.value)
    several = policy.scan(party, same, other).where(
        party.c.ticket_id == ticket.c.id,
        same.c.person_id == party.c.person_id,
        other.c.id == same.c.ticket_id,
        other.c.id != ticket.c.id,
        other.c.round_id == ticket.c.round_id,
        other.c.state.not_in(gone),
    )
    return or_(ticket.c.needs_interpreter, ticket.c.needs_access, ticket.c.has_priority, several.exists())


def _may_book(me: Me, round_: FromClause) -> ColumnElement[bool]:
    """Whether the viewer may book a ticket of their own now."""
    ticket = table_of(models.MeetingTicket).alias()
    own = policy.scan(ticket).where(ticket.c.round_id == round_.c.id, policy.is_invited(me, ticket))
    first = policy.scan(other := table_of(models.MeetingTicket).alias()).where(
        other.c.round_id == round_.c.id, policy.is_invited(me, other), has_priority(other)
    )
    is_open = and_(round_.c.state == MeetingRoundState.ANNOUNCED.value, round_.c.closes_at > me.now)
    early = and_(round_.c.priority_opens_at <= me.now, first.exists())
    return func.coalesce(and_(is_open, or_(and_(round_.c.opens_at <= me.now, own.exists()), early)), false())


def _slots_asked(me: Me, round_: FromClause, slot: FromClause, given: Arguments) -> ColumnElement[bool]:
    asked = [slot.c.round_id == round_.c.id, slot.c.withdrawn_at.is_(None)]
    if "host_id" in given:
        host = table_of(models.WindowHost).alias()
        there = (host.c.window_id == slot.c.window_id, host.c.person_id == given["host_id"])
        asked.append(policy.scan(host).where(*there).exists())
    if "free_only" in given:
        is_free = and_(talks.state_for(me, slot) == MeetingSlotState.FREE.value, slot.c.starts_at > me.now)
        asked.append(or_(not_(given["free_only"]), is_free))
    return and_(*asked)


def _without_ticket(me: Me, round_: FromClause, pupil: FromClause, _given: Arguments) -> ColumnElement[bool]:
    """Pupils who are in a group of the round now and have no ticket: they came after it was made."""
    group, enrolment = table_of(models.MeetingRoundGroup).alias(), table_of(models.Enrolment).alias()
    here = (
        group.c.round_id == round_.c.id,
        enrolment.c.group_id == group.c.group_id,
        enrolment.c.pupil_id == pupil.c.id,
        policy.live(me, enrolment),
    )
    ticket = table_of(models.MeetingTicket).alias()
    has_one = policy.scan(ticket).where(
        ticket.c.round_id == round_.c.id,
        ticket.c.pupil_id == pupil.c.id,
        ticket.c.state != MeetingTicketState.CANCELLED.value,
    )
    return and_(policy.scan(group, enrolment).where(*here).exists(), not_(has_one.exists()))


def _in_round(_me: Me, round_: FromClause, row: FromClause, _given: Arguments) -> ColumnElement[bool]:
    return row.c.round_id == round_.c.id


def _invites(_me: Me, round_: FromClause, group: FromClause, _given: Arguments) -> ColumnElement[bool]:
    return _linked(models.MeetingRoundGroup, ("round_id", round_.c.id), ("group_id", group.c.id))


def _slot_cursor(me: Me, round_: FromClause) -> ColumnElement[str]:
    """Where the feed stands; for who may not follow it the beginning: that it moves would tell of others' talks too."""
    return func.coalesce(ROUND_SLOTS.cursor(when=policy.follows_slots)(me, round_), str(START))


MEETING_ROUND = View(
    name="MeetingRound",
    node="round",
    table=table_of(models.MeetingRound),
    visible=policy.sees_round,
    computed={
        "state": round_state,
        "slot_cursor": _slot_cursor,
        "viewer_may_book": _may_book,
        "viewer_may_plan": policy.plans_round,
    },
    relations={
        "school": belongs_to("School", "school_id"),
        "groups": Many(to="Group", where=_invites, order=_by_name),
        "slots": Many(
            to="MeetingSlot",
            where=_slots_asked,
            order=_in_time,
            arguments={"host_id": Uuid(), "free_only": Boolean()},
        ),
        "tickets": Many(
            to="MeetingTicket",
            where=_in_round,
            order=lambda _me, ticket: (ticket.c.group_id, ticket.c.pupil_id, ticket.c.party),
        ),
        "windows": Many(
            to="HostWindow",
            where=lambda _me, round_, window, _given: and_(
                window.c.round_id == round_.c.id, window.c.removed_at.is_(None)
            ),
            order=_in_time,
        ),
        "pupils_without_ticket": Many(
            to="Pupil",
            where=_without_ticket,
            order=lambda _me, pupil: (pupil.c.given_name, pupil.c.family_name, pupil.c.id),
        ),
    },
)


# ------------------------------------------------------------------------------------------------ windows and slots


def _of_window(column: str) -> Any:
    def computed(_me: Me, slot: FromClause) -> ColumnElement[Any]:
        window = table_of(models.HostWindow).alias()
        return policy.scan(window, columns=[window.c[column]]).where(window.c.id == slot.c.window_id).scalar_subquery()

    return computed


def _hosts_of(window_id: str) -> Many:
    def where(_me: Me, row: FromClause, person: FromClause, _given: Arguments) -> ColumnElement[bool]:
        return _linked(models.WindowHost, ("window_id", row.c[window_id]), ("person_id", person.c.id))

    return Many(to="Person", where=where, rule=policy.shown_with_parent, order=_by_name)


def _serves(_me: Me, window: FromClause, group: FromClause, _given: Arguments) -> ColumnElement[bool]:
    return _linked(models.WindowGroup, ("window_id", window.c.id), ("group_id", group.c.id))


def _is_booked_at(_me: Me, slot: FromClause, booking: FromClause, _given: Arguments) -> ColumnElement[bool]:
    """The talk in a slot; a double one stands in both of its slots."""
    return and_(
        booking.c.window_id == slot.c.window_id,
        booking.c.cancelled_at.is_(None),
        booking.c.starts_at < slot.c.ends_at,
        booking.c.ends_at > slot.c.starts_at,
    )


def _misfits(_me: Me, window: FromClause, booking: FromClause, _given: Arguments) -> ColumnElement[bool]:
    """Talks that do not lie within the window, or lie in a break of it."""
    pause = table_of(models.WindowBreak).alias()
    paused = policy.scan(pause).where(
        pause.c.window_id == window.c.id,
        pause.c.starts_at < booking.c.ends_at,
        pause.c.ends_at > booking.c.starts_at,
    )
    outside = or_(booking.c.starts_at < window.c.starts_at, booking.c.ends_at > window.c.ends_at)
    there = and_(booking.c.window_id == window.c.id, booking.c.cancelled_at.is_(None))
    return and_(there, or_(outside, paused.exists()))


HOST_WINDOW = View(
    name="HostWindow",
    node="window",
    table=table_of(models.HostWindow),
    visible=policy.sees_window,
    relations={
        "round": belongs_to("MeetingRound", "round_id"),
        "hosts": _hosts_of("id"),
        "groups": Many(to="Group", where=_serves, order=_by_name),
        "breaks": Many(
            to="WindowBreak",
            where=lambda _me, window, pause, _given: pause.c.window_id == window.c.id,
            order=lambda _me, pause: (pause.c.starts_at,),
        ),
        "misfits": Many(to="MeetingBooking", where=_misfits, order=_in_time),
    },
)

WINDOW_BREAK = View(
    name="WindowBreak",
    table=table_of(models.WindowBreak),
    visible=policy.sees_break,
)

MEETING_SLOT = View(
    name="MeetingSlot",
    node="slot",
    table=table_of(models.MeetingSlot),
    visible=policy.sees_slot,
    computed={"state": talks.state_for, "room": _of_window("room")},
    relations={
        "round": belongs_to("MeetingRound", "round_id"),
        "hosts": _hosts_of("window_id"),
        "booking": One(to="MeetingBooking", where=_is_booked_at),
    },
)
