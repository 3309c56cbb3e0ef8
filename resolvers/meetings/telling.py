"""What the followers of a round are told: which slots have another state than before."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Executable, Uuid, any_, bindparam, or_, select

import models
from models import table_of
from resolvers.meetings.talks import overlaps, slot_state
from resolvers.meetings.views import ROUND_SLOTS
from resolvers.policy import ME
from resolvers.writing import Change

_BOOKINGS, _OFFERS = bindparam("bookings", type_=ARRAY(Uuid())), bindparam("offers", type_=ARRAY(Uuid()))


@cache
def _touched() -> Executable:
    """Slots of everybody who is engaged by bookings or offers, at that time: in other rounds too."""
    slot, host = table_of(models.MeetingSlot), table_of(models.WindowHost)
    engagement = table_of(models.Engagement)
    return (
        select(slot.c.id)
        .distinct()
        .select_from(engagement)
        .join(host, host.c.person_id == engagement.c.person_id)
        .join(slot, slot.c.window_id == host.c.window_id)
        .where(or_(engagement.c.booking_id == any_(_BOOKINGS), engagement.c.offer_id == any_(_OFFERS)))
        .where(slot.c.school_id == engagement.c.school_id, slot.c.withdrawn_at.is_(None))
        .where(overlaps(slot, engagement.c.starts_at, engagement.c.ends_at))
    )


async def touched(change: Change, *, bookings: Sequence[UUID] = (), offers: Sequence[UUID] = ()) -> set[UUID]:
    """The slots that these make taken, as long as they are live."""
    found = await change.session.scalars(_touched(), {"bookings": list(bookings), "offers": list(offers)})
    return set(found.all())


async def hosted(change: Change, hosts: Collection[UUID], windows: Collection[UUID]) -> set[UUID]:
    """The slots of hosts, in any round, at the time of windows: other hosts may make them taken or free."""
    slot, host, window = table_of(models.MeetingSlot), table_of(models.WindowHost), table_of(models.HostWindow)
    theirs = (
        select(slot.c.id)
        .join(host, host.c.window_id == slot.c.window_id)
        .join(window, window.c.school_id == slot.c.school_id)
        .where(host.c.person_id.in_(hosts), window.c.id.in_(windows), slot.c.withdrawn_at.is_(None))
        .where(overlaps(slot, window.c.starts_at, window.c.ends_at))
    )
    return set((await change.session.scalars(theirs)).all())


@cache
def _states() -> Executable:
    slot = table_of(models.MeetingSlot)
    states = select(slot.c.id, slot.c.round_id, slot_state(ME.now, slot))
    return states.where(slot.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))).order_by(slot.c.id)


async def tell(change: Change, slots: Collection[UUID]) -> None:
    """Tell the state of slots as it is now, in this transaction."""
    if not slots:
        return
    values: dict[str, Any] = change.parameters(ids=list(slots))
    for slot_id, round_id, state in await change.session.execute(_states(), values):
        change.append(ROUND_SLOTS.topic(round_id), state, slot=slot_id)
