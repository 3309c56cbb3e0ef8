"""Locks of meetings, in one order: pupils, then rounds. Who books shares a round, who plans has it alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Executable, Uuid, any_, bindparam, func, select

import models
from models import MeetingRound, MeetingRoundState, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.policy import ME
from resolvers.writing import Change

_IDS = bindparam("ids", type_=ARRAY(Uuid()))
_STANDS_AT = bindparam("stands_at", type_=DateTime(timezone=True))
MOMENT = func.coalesce(_STANDS_AT, func.clock_timestamp())
"""The clock of the database: one for all processes, whatever theirs say. A test's clock stands in for it."""


@dataclass(frozen=True, slots=True)
class HeldRound:
    """A round that is shared until the commit, and the moment at which it was taken."""

    round_id: UUID
    state: MeetingRoundState
    priority_opens_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    change_until_hours: int
    moment: datetime

    def check_open(self, *path: str, has_priority: bool) -> None:
        """Refuses: ROUND_NOT_OPEN, NOT_IN_PRIORITY."""
        if self.state is not MeetingRoundState.ANNOUNCED or self.moment >= self.closes_at:
            raise Refused(Code.ROUND_NOT_OPEN, *path)
        if self.moment >= self.opens_at:
            return
        if self.priority_opens_at is None or self.moment < self.priority_opens_at:
            raise Refused(Code.ROUND_NOT_OPEN, *path)
        if not has_priority:
            raise Refused(Code.NOT_IN_PRIORITY, *path)


@cache
def _tickets() -> Executable:
    ticket, pupil = table_of(models.MeetingTicket), table_of(models.Pupil)
    columns = (ticket.c.id, ticket.c.round_id, ticket.c.school_id, ticket.c.pupil_id)
    return (
        select(*columns, policy.runs_talk(ME, ticket).label("is_run"))
        .join(pupil, pupil.c.id == ticket.c.pupil_id)
        .where(ticket.c.id == any_(_IDS), policy.sees_ticket(ME, ticket))
        .order_by(pupil.c.id)
        .with_for_update(of=pupil, key_share=True)
    )


async def hold_tickets(change: Change, ticket_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Tickets that the viewer sees, by key, with `is_run`: whether they are of the school's side of it.

    Their pupils are locked: nobody else books, moves or cancels a talk about them until the commit.
    """
    rows = await change.session.execute(_tickets(), change.parameters(ids=list(ticket_ids)))
    return {row.id: row for row in rows}


async def hold_ticket(change: Change, ticket_id: UUID, *path: str) -> Any:
    """One ticket. Refuses: NOT_FOUND."""
    ticket = (await hold_tickets(change, [ticket_id])).get(ticket_id)
    if ticket is None:
        raise Refused(Code.NOT_FOUND, *path)
    return ticket


@cache
def _rounds() -> Executable:
    round_ = table_of(MeetingRound)
    columns = (
        round_.c.id,
        round_.c.state,
        round_.c.priority_opens_at,
        round_.c.opens_at,
        round_.c.closes_at,
        round_.c.change_until_hours,
        MOMENT,
    )
    return select(*columns).where(round_.c.id == any_(_IDS)).order_by(round_.c.id).with_for_update(read=True)


async def share_rounds(change: Change, round_ids: Collection[UUID]) -> dict[UUID, HeldRound]:
    """Rounds by key; what is planned in them stays as it is until the commit."""
    values = {"ids": sorted(round_ids), "stands_at": change.context.stands_at}
    return {row[0]: HeldRound(*row) for row in await change.session.execute(_rounds(), values)}


async def take_rounds(change: Change, round_ids: Collection[UUID]) -> None:
    """Have rounds alone until the commit: nobody books in them meanwhile."""
    round_ = table_of(MeetingRound)
    held = select(round_.c.id).where(round_.c.id.in_(round_ids)).order_by(round_.c.id)
    await change.session.execute(held.with_for_update(key_share=True))


async def plan_round(change: Change, round_id: UUID) -> MeetingRound:
    """A round that the viewer may plan, taken alone. Refuses: NOT_FOUND, FORBIDDEN."""
    round_, plans = await change.find_and_ask(MeetingRound, round_id, policy.sees_round, policy.plans_round, "roundId")
    if not plans:
        raise Refused(Code.FORBIDDEN, "roundId")
    return round_


def check_goes_on(round_: MeetingRound, *path: str) -> None:
    """Refuses: ROUND_NOT_OPEN (cancelled)."""
    if round_.state is MeetingRoundState.CANCELLED:
        raise Refused(Code.ROUND_NOT_OPEN, *path)
