"""Suggesting times for several talks at once, from what can be booked now."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Uuid, any_, bindparam, not_, select

import models
from models import table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.meetings import talks
from resolvers.meetings.bundles import MOST_TICKETS, Found, Option, search
from resolvers.policy import ME
from resolvers.statements import Statement, compiled

MOST_SLOTS = 60
"""Of one ticket that are looked at, earliest first."""

_IDS = bindparam("ids", type_=ARRAY(Uuid()))


@cache
def _seen() -> Statement:
    ticket = table_of(models.MeetingTicket).alias()
    return compiled(select(ticket.c.id).where(ticket.c.id == any_(_IDS), policy.sees_ticket(ME, ticket)))


@cache
def _bookable() -> Statement:
    ticket, slot = table_of(models.MeetingTicket).alias(), table_of(models.MeetingSlot).alias()
    window, round_ = table_of(models.HostWindow).alias(), table_of(models.MeetingRound).alias()
    school = table_of(models.School).alias()
    columns = (
        ticket.c.id,
        slot.c.id,
        slot.c.starts_at,
        talks.talk_end(ticket, slot),
        window.c.room,
        window.c.id,
        school.c.time_zone,
        round_.c.walk_minutes,
    )
    joined = (
        ticket.join(slot, slot.c.round_id == ticket.c.round_id)
        .join(window, window.c.id == slot.c.window_id)
        .join(round_, round_.c.id == ticket.c.round_id)
        .join(school, school.c.id == ticket.c.school_id)
    )
    which = (ticket.c.id == any_(_IDS), policy.sees_ticket(ME, ticket), policy.sees_slot(ME, slot))
    free = talks.is_bookable(ME.now, ticket, slot)
    labelled = [column.label(f"c{place}") for place, column in enumerate(columns)]
    hidden = talks.is_hidden(ME, ME.now, slot)
    return compiled(
        select(*labelled).select_from(joined).where(*which, free, not_(hidden)).order_by(slot.c.starts_at, slot.c.id)
    )


async def suggest_bundles(context: Context, ticket_ids: Sequence[UUID]) -> Found:
    """The best sets of slots for tickets, in what is free now; nothing is held.

    Refuses: REQUIRED, TOO_MANY (more than six), NOT_FOUND. Raises Unauthenticated.
    """
    asked = list(dict.fromkeys(ticket_ids))
    if not asked:
        raise Refused(Code.REQUIRED, "ticketIds")
    if len(asked) > MOST_TICKETS:
        raise Refused(Code.TOO_MANY, "ticketIds")
    bound = policy.parameters(context.signed_in(), context.now) | {"ids": asked}
    seen, free = _seen(), _bookable()
    if len(await context.database.fetch(seen.text, seen.values(bound))) < len(asked):
        raise Refused(Code.NOT_FOUND, "ticketIds")
    rows = await context.database.fetch(free.text, free.values(bound))
    options, counts = list[Option](), dict.fromkeys(asked, 0)
    for row in rows:
        counts[row[0]] += 1
        if counts[row[0]] <= MOST_SLOTS:
            options.append(_option(row, asked))
    return search(options, tickets=len(asked), walk=max((row[7] for row in rows), default=0))


def _option(row: Any, asked: Sequence[UUID]) -> Option:
    ticket_id, slot_id, begin, end, room, window_id, zone, _ = row
    return Option(
        begin=int(begin.timestamp()) // 60,
        end=int(end.timestamp()) // 60,
        ticket=asked.index(ticket_id),
        slot_id=slot_id,
        day=begin.astimezone(ZoneInfo(zone)).toordinal(),
        place=room or str(window_id),
    )
