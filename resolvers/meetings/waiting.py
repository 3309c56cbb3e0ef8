"""The waiting list: who waits is offered what is freed, one after another, and a slot is held for the answer."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Uuid, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

import models
from models import (
    MailKind,
    MeetingOffer,
    MeetingRoundState,
    MeetingSlot,
    MeetingTicket,
    MeetingTicketState,
    OfferState,
    table_of,
)
from resolvers import policy
from resolvers.chores import MINUTELY, chore
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.meetings import talks
from resolvers.meetings.holding import MOMENT, share_rounds
from resolvers.meetings.letters import post_to_party
from resolvers.meetings.offering import offer_until
from resolvers.meetings.telling import tell, touched
from resolvers.meetings.windows import zone_at
from resolvers.writing import Change, change_by_service, refusing

_TAKEN = {"meeting_host_is_free": Refused(Code.SLOT_TAKEN)}
_offer, _ticket, _slot = table_of(MeetingOffer), table_of(MeetingTicket), table_of(MeetingSlot)


@cache
def _next() -> Executable:
    """Who is next for a slot that is free: asked to come, then by the time of joining (f4, waiting list 1).

    Nobody is offered the same slot twice. Of two that are freed at once, the second goes to somebody else.
    """
    wish, wished = table_of(models.TicketWish).alias(), table_of(models.TicketWish).alias()
    offered, round_ = _offer.alias(), table_of(models.MeetingRound)
    fits = and_(wish.c.starts_at <= _slot.c.starts_at, wish.c.ends_at >= talks.talk_end(_ticket, _slot))
    suits = or_(
        policy.scan(wish).where(wish.c.ticket_id == _ticket.c.id, fits).exists(),
        ~policy.scan(wished).where(wished.c.ticket_id == _ticket.c.id).exists(),
    )
    answered = offered.c.state.in_((OfferState.DECLINED.value, OfferState.EXPIRED.value))
    same = and_(offered.c.ticket_id == _ticket.c.id, offered.c.slot_id == _slot.c.id, answered)
    waits = and_(offered.c.ticket_id == _ticket.c.id, offered.c.state == OfferState.OFFERED.value)
    had = policy.scan(offered).where(or_(same, waits))
    at_round = round_.c.id == _ticket.c.round_id
    return (
        select(MeetingTicket, MeetingSlot, talks.talk_end(_ticket, _slot).label("ends_at"), MOMENT.label("moment"))
        .select_from(_ticket.join(_slot, _slot.c.round_id == _ticket.c.round_id).join(round_, at_round))
        .where(_slot.c.id == bindparam("slot_id", type_=Uuid()))
        .where(round_.c.state == MeetingRoundState.ANNOUNCED.value, round_.c.opens_at <= MOMENT)
        .where(_ticket.c.state == MeetingTicketState.WAITING.value, suits, ~had.exists())
        .where(talks.is_bookable(MOMENT, _ticket, _slot))
        .order_by(_ticket.c.asked_to_come.desc(), _ticket.c.waiting_since, _ticket.c.id)
        .limit(1)
        .with_for_update(of=_ticket, skip_locked=True)
    )


async def pass_on(change: Change, slots: Collection[UUID], round_ids: Collection[UUID]) -> None:
    """Offer freed slots to who waits; what nobody can use stays free. Of these rounds, which are held."""
    if not slots:
        return
    waits = select(_ticket.c.id).where(
        _ticket.c.round_id.in_(round_ids), _ticket.c.state == MeetingTicketState.WAITING.value
    )
    if await change.session.scalar(waits.limit(1)) is None:
        return
    # Where the freed one is the second of a double talk, the talk begins in the one before.
    before, freed = _slot.alias(), _slot.alias()
    gap = talks.of_minutes(talks.of_round(freed.c.round_id, "buffer_minutes"))
    precedes = and_(before.c.window_id == freed.c.window_id, before.c.ends_at + gap == freed.c.starts_at)
    can_begin = or_(before.c.id == freed.c.id, and_(precedes, before.c.withdrawn_at.is_(None)))
    held = (
        select(before.c.id)
        .select_from(before.join(freed, can_begin))
        .where(freed.c.id.in_(slots), freed.c.round_id.in_(round_ids))
        .order_by(freed.c.starts_at, before.c.id != freed.c.id, before.c.id)
    )
    for slot_id in dict.fromkeys((await change.session.scalars(held)).all()):
        values = {"slot_id": slot_id, "stands_at": change.context.stands_at}
        row = (await change.session.execute(_next(), values)).one_or_none()
        if row is not None:
            await offer(change, row, row.moment)


async def offer(change: Change, row: Any, now: datetime) -> UUID | None:
    """Hold a slot for a ticket from now on; None when somebody was quicker, or the ticket has an offer already."""
    ticket, slot = row.MeetingTicket, row.MeetingSlot
    made = MeetingOffer(
        school_id=ticket.school_id,
        round_id=ticket.round_id,
        ticket_id=ticket.id,
        slot_id=slot.id,
        window_id=slot.window_id,
        starts_at=slot.starts_at,
        ends_at=row.ends_at,
        offered_at=now,
        expires_at=offer_until(now, slot.starts_at, await zone_at(change, ticket.school_id)),
    )
    held = insert(_offer).values(made.model_dump()).on_conflict_do_nothing().returning(_offer.c.id)
    try:
        # Of its own, since the host may be booked in another round at this moment: then the slot is not to be had.
        with refusing(_TAKEN):
            async with change.session.begin_nested():
                is_held = await change.session.scalar(held) is not None
    except Refused:
        is_held = False
    if not is_held:
        return None
    change.audit("offer_meeting", ticket.school_id, made.id, pupil_id=ticket.pupil_id)
    await tell(change, await touched(change, offers=[made.id]))
    await post_to_party(change, MailKind.MEETING_OFFERED, [(made.id, ticket.id)])
    return made.id


async def end_offers(change: Change, offers: Collection[UUID], state: OfferState) -> set[UUID]:
    """End live offers. Answers the slots that they held, which are free now and can be passed on."""
    if not offers:
        return set()
    left = await touched(change, offers=list(offers))
    await change.session.execute(update(_offer).where(_offer.c.id.in_(offers)).values(state=state))
    await tell(change, left)
    return left


async def expire(change: Change, round_ids: Collection[UUID], slots: Collection[UUID] = ()) -> None:
    """End the offers of rounds whose time is over, and any others like that which keep a host of these slots.

    Of two who come to it, one waits: both want the slot next.
    """
    host, engagement = table_of(models.WindowHost), table_of(models.Engagement)
    keeping = (
        select(engagement.c.offer_id)
        .join(host, host.c.person_id == engagement.c.person_id)
        .join(_slot, _slot.c.window_id == host.c.window_id)
        .where(_slot.c.id.in_(slots), engagement.c.school_id == _slot.c.school_id)
        .where(talks.overlaps(engagement, _slot.c.starts_at, _slot.c.ends_at), engagement.c.offer_id.is_not(None))
    )
    is_over = (_offer.c.state == OfferState.OFFERED.value, _offer.c.expires_at <= MOMENT)
    which = or_(_offer.c.round_id.in_(round_ids), _offer.c.id.in_(keeping))
    over = select(_offer.c.id).where(*is_over, which).order_by(_offer.c.id)
    values = {"stands_at": change.context.stands_at}
    found = (await change.session.scalars(over.with_for_update(), values)).all()
    await pass_on(change, await end_offers(change, found, OfferState.EXPIRED), round_ids)


async def release(change: Change, ticket_ids: Collection[UUID]) -> set[UUID]:
    """Tickets wait no more: their offers end, their wishes are forgotten. Answers the slots that are free by that."""
    live = select(_offer.c.id).where(_offer.c.ticket_id.in_(ticket_ids), _offer.c.state == OfferState.OFFERED.value)
    found = (await change.session.scalars(live)).all()
    wish = table_of(models.TicketWish)
    await change.session.execute(delete(wish).where(wish.c.ticket_id.in_(ticket_ids)))
    return await end_offers(change, found, OfferState.WITHDRAWN)


async def withdraw_offers(change: Change, slots: Collection[UUID]) -> None:
    """End what is offered of slots, also as the second of a double talk; who waited for an answer goes on waiting."""
    live = (
        select(_offer.c.id)
        .join(_slot, _slot.c.window_id == _offer.c.window_id)
        .where(_slot.c.id.in_(slots), _offer.c.state == OfferState.OFFERED.value)
        .where(_offer.c.starts_at < _slot.c.ends_at, _offer.c.ends_at > _slot.c.starts_at)
    )
    found = set((await change.session.scalars(live)).all())
    await end_offers(change, found, OfferState.WITHDRAWN)


@chore("expire_meeting_offers", MINUTELY)
async def expire_offers(context: Context) -> None:
    """Pass on what nobody has answered in time."""
    over = select(_offer.c.round_id).where(
        _offer.c.state == OfferState.OFFERED.value, _offer.c.expires_at <= context.now
    )
    async with context.database.begin() as session:
        rounds = (await session.scalars(over.distinct())).all()
    for round_id in rounds:
        async with change_by_service(context) as change:
            await share_rounds(change, [round_id])
            await expire(change, [round_id])
