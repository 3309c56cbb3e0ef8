"""What follows from engagements: whether a slot is free, and whether a ticket's talk can be at a slot.

Conditions in SQL, each written once: lists, suggestions, offers and bookings all look through the same ones.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, and_, case, cast, func, not_, or_

import models
from models import MeetingSlotState, OfferState, table_of
from resolvers import policy
from resolvers.policy import Me

Moment = ColumnElement[datetime]


def _range(begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.tstzrange(begin, end)


def overlaps(row: FromClause, begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether what has a start and an end has a moment in common with a time."""
    return _range(row.c.starts_at, row.c.ends_at).op("&&", is_comparison=True)(_range(begin, end))


def of_minutes(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """An interval of so many minutes."""
    return func.make_interval(0, 0, 0, 0, 0, cast(number, Integer))


def of_round(round_id: ColumnElement[Any], column: str) -> ColumnElement[Any]:
    """A setting of a round."""
    round_ = table_of(models.MeetingRound).alias()
    return policy.scan(round_, columns=[round_.c[column]]).where(round_.c.id == round_id).scalar_subquery()


def _is_live(moment: Moment, engagement: FromClause) -> ColumnElement[bool]:
    """Whether it counts: a booking's does, an offer's until it expires."""
    offer = table_of(models.MeetingOffer).alias()
    waits = policy.scan(offer).where(offer.c.id == engagement.c.offer_id, offer.c.expires_at > moment)
    return or_(engagement.c.booking_id.is_not(None), waits.exists())


def _has_booking(engagement: FromClause) -> ColumnElement[bool]:
    return engagement.c.booking_id.is_not(None)


def _hosts_engaged(
    slot: FromClause, end: ColumnElement[Any], counts: Callable[[FromClause], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Whether a host of the slot is engaged in the time from its start on; `counts` narrows the engagements."""
    engagement, host = table_of(models.Engagement).alias(), table_of(models.WindowHost).alias()
    there = (
        host.c.window_id == slot.c.window_id,
        engagement.c.school_id == slot.c.school_id,
        engagement.c.person_id == host.c.person_id,
        overlaps(engagement, slot.c.starts_at, end),
    )
    return policy.scan(host, engagement).where(*there, counts(engagement)).exists()


def _taken(moment: Moment, slot: FromClause) -> list[tuple[ColumnElement[bool], str]]:
    """When a slot is not free, and what it is then, the same for everybody."""
    state = MeetingSlotState
    return [
        (slot.c.withdrawn_at.is_not(None), state.WITHDRAWN.value),
        (slot.c.blocked_at.is_not(None), state.BLOCKED.value),
        (_hosts_engaged(slot, slot.c.ends_at, _has_booking), state.BOOKED.value),
        (_hosts_engaged(slot, slot.c.ends_at, partial(_is_live, moment)), state.HELD.value),
    ]


def slot_state(moment: Moment, slot: FromClause) -> ColumnElement[str]:
    """The state of a slot, the same for everybody."""
    return case(*_taken(moment, slot), else_=MeetingSlotState.FREE.value)


def serves(ticket: FromClause, slot: FromClause) -> ColumnElement[bool]:
    """Whether a slot is with the hosts of the ticket's group, in its round."""
    served = table_of(models.WindowGroup).alias()
    there = (served.c.window_id == slot.c.window_id, served.c.group_id == ticket.c.group_id)
    return and_(slot.c.round_id == ticket.c.round_id, policy.scan(served).where(*there).exists())


def talk_end(ticket: FromClause, slot: FromClause) -> ColumnElement[datetime]:
    """When the ticket's talk would end: a double one goes on in the next slot, not over a break; null without one."""
    later = table_of(models.MeetingSlot).alias()
    follows = slot.c.ends_at + of_minutes(of_round(slot.c.round_id, "buffer_minutes"))
    pause = table_of(models.WindowBreak).alias()
    paused = policy.scan(pause).where(
        pause.c.window_id == later.c.window_id,
        pause.c.starts_at >= slot.c.ends_at,
        pause.c.ends_at <= later.c.starts_at,
    )
    following = policy.scan(later, columns=[later.c.ends_at]).where(
        not_(paused.exists()),
        later.c.window_id == slot.c.window_id,
        later.c.starts_at == follows,
        later.c.withdrawn_at.is_(None),
        later.c.blocked_at.is_(None),
    )
    return case((ticket.c.length == 1, slot.c.ends_at), else_=following.scalar_subquery())


def clear_until(ticket: FromClause, slot: FromClause) -> ColumnElement[datetime]:
    """Until when another party of the pupil would stay away."""
    return talk_end(ticket, slot) + of_minutes(of_round(slot.c.round_id, "party_gap_minutes"))


def _is_of(ticket: FromClause, engagement: FromClause) -> ColumnElement[bool]:
    """Whether somebody is engaged by this ticket itself: a move makes room, an offer is its own."""
    booking, offer = table_of(models.MeetingBooking).alias(), table_of(models.MeetingOffer).alias()
    booked = policy.scan(booking).where(booking.c.id == engagement.c.booking_id, booking.c.ticket_id == ticket.c.id)
    offered = policy.scan(offer).where(offer.c.id == engagement.c.offer_id, offer.c.ticket_id == ticket.c.id)
    return or_(booked.exists(), offered.exists())


def is_taken(moment: Moment, ticket: FromClause, slot: FromClause) -> ColumnElement[bool]:
    """Whether the hosts can't be there for the whole talk."""
    end = talk_end(ticket, slot)

    def counts(engagement: FromClause) -> ColumnElement[bool]:
        return and_(_is_live(moment, engagement), not_(_is_of(ticket, engagement)))

    engaged = _hosts_engaged(slot, end, counts)
    has_no_end = talk_end(ticket, slot).is_(None)
    return or_(slot.c.withdrawn_at.is_not(None), slot.c.blocked_at.is_not(None), has_no_end, engaged)


def is_busy(moment: Moment, ticket: FromClause, slot: FromClause) -> ColumnElement[bool]:
    """Whether somebody of the party is in another talk then, at this school."""
    engagement, party = table_of(models.Engagement).alias(), table_of(models.TicketGuardian).alias()
    there = (
        party.c.ticket_id == ticket.c.id,
        engagement.c.school_id == slot.c.school_id,
        engagement.c.person_id == party.c.person_id,
        overlaps(engagement, slot.c.starts_at, talk_end(ticket, slot)),
        _is_live(moment, engagement),
        not_(_is_of(ticket, engagement)),
    )
    return policy.scan(party, engagement).where(*there).exists()


def is_too_near(moment: Moment, ticket: FromClause, slot: FromClause) -> ColumnElement[bool]:
    """Whether another party of the pupil has a talk, or is offered one, so near that they would meet."""
    booked, offered = table_of(models.MeetingBooking).alias(), table_of(models.MeetingOffer).alias()
    other = table_of(models.MeetingTicket).alias()
    has_talk = (
        booked.c.pupil_id == ticket.c.pupil_id,
        booked.c.party != ticket.c.party,
        booked.c.cancelled_at.is_(None),
        _meets(booked, booked.c.clear_until, slot, clear_until(ticket, slot)),
    )
    gap = of_minutes(of_round(offered.c.round_id, "party_gap_minutes"))
    has_offer = (
        other.c.pupil_id == ticket.c.pupil_id,
        other.c.party != ticket.c.party,
        offered.c.ticket_id == other.c.id,
        live_offer(moment, offered),
        _meets(offered, offered.c.ends_at + gap, slot, clear_until(ticket, slot)),
    )
    return or_(policy.scan(booked).where(*has_talk).exists(), policy.scan(other, offered).where(*has_offer).exists())


def _meets(
    other: FromClause, until: ColumnElement[datetime], slot: FromClause, clear: ColumnElement[datetime]
) -> ColumnElement[bool]:
    kept = _range(other.c.starts_at, until).op("&&", is_comparison=True)
    return kept(_range(slot.c.starts_at, clear))


def is_hidden(me: Me, moment: Moment, slot: FromClause) -> ColumnElement[bool]:
    """Whether a slot is too near for a ticket of the viewer's own: then it looks taken, and is, whatever it is for."""
    ticket = table_of(models.MeetingTicket).alias()
    own = (policy.is_invited(me, ticket), serves(ticket, slot), is_too_near(moment, ticket, slot))
    return policy.scan(ticket).where(*own).exists()


def is_bookable(moment: Moment, ticket: FromClause, slot: FromClause) -> ColumnElement[bool]:
    """Whether the ticket's talk can be at a slot, as far as can be seen now."""
    return and_(
        serves(ticket, slot),
        slot.c.starts_at > moment,
        not_(is_taken(moment, ticket, slot)),
        not_(is_busy(moment, ticket, slot)),
        not_(is_too_near(moment, ticket, slot)),
    )


def state_for(me: Me, slot: FromClause) -> ColumnElement[str]:
    """The state of a slot, as the viewer may know it.

    What is too near to the talk of another party of the own child is BOOKED, like any other slot that somebody else
    has: so a party is offered nothing that will be refused, and can't tell why.
    """
    hidden = (is_hidden(me, me.now, slot), MeetingSlotState.BOOKED.value)
    return case(*_taken(me.now, slot), hidden, else_=MeetingSlotState.FREE.value)


def is_stale(moment: Moment, ticket: FromClause, slot: FromClause) -> ColumnElement[bool]:
    """Whether an offer that has expired still keeps a host of the slot, in any round: nobody has ended it yet."""
    return _hosts_engaged(slot, talk_end(ticket, slot), lambda engagement: not_(_is_live(moment, engagement)))


def live_offer(moment: Moment, offer: FromClause) -> ColumnElement[bool]:
    """Whether an offer still stands."""
    return and_(offer.c.state == OfferState.OFFERED.value, offer.c.expires_at > moment)
