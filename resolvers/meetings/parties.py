"""Parties: who comes together to the talks about a child, who joins them, who leaves, and who comes apart."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Uuid, delete, literal, not_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import MeetingRound, MeetingRoundState, MeetingTicket, MeetingTicketState, TicketGuardian, table_of
from models.meetings import TOGETHER
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.meetings.holding import take_rounds
from resolvers.meetings.inviting import make_tickets
from resolvers.meetings.letters import post_to_party
from resolvers.meetings.talks import overlaps
from resolvers.meetings.telling import tell, touched
from resolvers.meetings.tickets import cancel_tickets
from resolvers.meetings.windows import store
from resolvers.writing import Change, command

MOST_PARTIES = 6
_OVER = (MeetingTicketState.CANCELLED, MeetingTicketState.DONE, MeetingTicketState.NO_SHOW)

_ticket, _party, _round = table_of(MeetingTicket), table_of(TicketGuardian), table_of(MeetingRound)
_booking, _engagement = table_of(models.MeetingBooking), table_of(models.Engagement)


async def join_parties(session: AsyncSession, pupil_id: UUID, person_id: UUID, now: datetime) -> None:
    """Let a new guardian come too, where all come together, in rounds that are not over (f4, set-up 1).

    To a talk at whose time the guardian is in another one the others come alone.
    """
    busy = policy.scan(_booking, _engagement).where(
        _booking.c.ticket_id == _ticket.c.id,
        _booking.c.cancelled_at.is_(None),
        _engagement.c.person_id == person_id,
        _engagement.c.school_id == _booking.c.school_id,
        overlaps(_engagement, _booking.c.starts_at, _booking.c.ends_at),
    )
    common = (
        select(_ticket.c.id, literal(person_id, Uuid()), _ticket.c.school_id)
        .join(_round, _round.c.id == _ticket.c.round_id)
        .where(_ticket.c.pupil_id == pupil_id, _ticket.c.party == TOGETHER, not_(busy.exists()))
        .where(_round.c.ends_at > now, _ticket.c.state != MeetingTicketState.CANCELLED.value)
    )
    columns = ["ticket_id", "person_id", "school_id"]
    await session.execute(insert(_party).from_select(columns, common).on_conflict_do_nothing())


async def leave_parties(change: Change, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """Take people out of the parties of pupils, in rounds that are not over; `pairs` are pupil and person.

    The others of a party still come. A talk to which nobody comes any more is cancelled, and its slot freed (f4).
    """
    if not pairs:
        return
    ahead = (
        select(_ticket.c.id, _ticket.c.round_id, _party.c.person_id)
        .join(_party, _party.c.ticket_id == _ticket.c.id)
        .join(_round, _round.c.id == _ticket.c.round_id)
        .where(tuple_(_ticket.c.pupil_id, _party.c.person_id).in_(list(pairs)))
        .where(_round.c.ends_at > change.context.now, _ticket.c.state != MeetingTicketState.CANCELLED.value)
    )
    rows = (await change.session.execute(ahead)).all()
    if not rows:
        return
    await take_rounds(change, {row.round_id for row in rows})
    leaving = [(row.id, row.person_id) for row in rows]
    this = tuple_(_party.c.ticket_id, _party.c.person_id).in_(leaving)
    tickets = {row.id for row in rows}
    staying = select(_party.c.ticket_id).where(_party.c.ticket_id.in_(tickets), not_(this))
    empty = tickets - set((await change.session.scalars(staying)).all())
    await cancel_tickets(change, empty)  # before they go: it is mailed to them
    live = select(_booking.c.id).where(_booking.c.ticket_id.in_(tickets), _booking.c.cancelled_at.is_(None))
    left = await touched(change, bookings=(await change.session.scalars(live)).all())
    await change.session.execute(delete(_party).where(this))
    await tell(change, left)  # who leaves may be a host, who is free by that


async def leave_rounds(change: Change, pupil_id: UUID) -> None:
    """Call off what is to be about a pupil who leaves the school, also what the office has booked (f4)."""
    ahead = (
        select(_ticket.c.id, _ticket.c.round_id)
        .join(_round, _round.c.id == _ticket.c.round_id)
        .where(_ticket.c.pupil_id == pupil_id, _round.c.ends_at > change.context.now)
        .where(_ticket.c.state.not_in([state.value for state in _OVER]))
    )
    rows = (await change.session.execute(ahead)).all()
    await take_rounds(change, {row.round_id for row in rows})
    await cancel_tickets(change, [row.id for row in rows])


@command
async def separate_parties(change: Change, *, pupil_id: UUID, parties: Sequence[Sequence[UUID]], basis: str) -> UUID:
    """Set who of a pupil's guardians come together; one party or none: all of them do again. The administration's.

    Rounds that are not over get new tickets, and a talk that is booked is cancelled: neither party then knows of the
    other's. Refuses: NOT_FOUND, FORBIDDEN, REAUTHENTICATION_REQUIRED, INVALID (somebody twice), TOO_MANY.
    """
    pupil = await change.find(models.Pupil, pupil_id, policy.sees_pupil, "pupilId")
    if not policy.may_administer(change.viewer, pupil.school_id):
        raise Refused(Code.FORBIDDEN)
    change.check_fresh()
    people = [person_id for party in parties for person_id in party]
    if len(parties) > MOST_PARTIES:
        raise Refused(Code.TOO_MANY, "parties")
    if len(set(people)) < len(people) or not all(parties):
        raise Refused(Code.INVALID, "parties")
    given, now = table_of(models.Guardianship), change.context.now
    guardians = select(given.c.person_id).where(given.c.pupil_id == pupil.id, policy.lasting(given, now))
    if not set(people) <= set((await change.session.scalars(guardians)).all()):
        raise Refused(Code.NOT_FOUND, "parties")
    apart = table_of(models.SeparateParty)
    await change.session.execute(delete(apart).where(apart.c.pupil_id == pupil.id))
    decided: dict[str, Any] = {"basis": basis, "set_by": change.viewer.person_id, "set_at": now}
    rows = [
        models.SeparateParty(pupil_id=pupil.id, person_id=person, school_id=pupil.school_id, party=number, **decided)
        for number, party in enumerate(parties, 1)
        for person in party
    ]
    await store(change, models.SeparateParty, rows if len(parties) > 1 else [])
    await _invite_anew(change, pupil)
    change.audit("separate_parties", pupil.school_id, pupil.id, pupil_id=pupil.id, reason=basis)
    return pupil.id


async def _invite_anew(change: Change, pupil: models.Pupil) -> None:
    """Give a pupil new tickets in the rounds that are not over, with the marks of the old ones.

    Talks that have begun stay as they are, and so do those who came to them.
    """
    begun = policy.scan(_booking).where(
        _booking.c.ticket_id == _ticket.c.id,
        _booking.c.cancelled_at.is_(None),
        _booking.c.starts_at <= change.context.now,
    )
    ahead = (
        select(MeetingTicket)
        .join(_round, _round.c.id == _ticket.c.round_id)
        .where(_ticket.c.pupil_id == pupil.id, _round.c.ends_at > change.context.now, not_(begun.exists()))
        .where(_round.c.state != MeetingRoundState.CANCELLED.value)
        .where(_ticket.c.state.not_in([state.value for state in _OVER]))
    )
    old = (await change.session.scalars(ahead)).all()
    await take_rounds(change, {ticket.round_id for ticket in old})
    marks = {ticket.round_id: _marks([one for one in old if one.round_id == ticket.round_id]) for ticket in old}
    booked = set((await change.session.scalars(_coming_to([ticket.id for ticket in old]))).all())
    await cancel_tickets(change, [ticket.id for ticket in old])
    # Who comes together from now on is not to be read from who came together before.
    await change.session.execute(delete(_party).where(_party.c.ticket_id.in_([ticket.id for ticket in old])))
    for round_id in sorted(marks):
        round_ = await change.session.get_one(MeetingRound, round_id)
        groups = {ticket.group_id for ticket in old if ticket.round_id == round_id}
        made = await make_tickets(change, round_, groups, pupil.id)
        values = {**marks[round_id], "has_priority": round_id in booked}
        await change.session.execute(update(_ticket).where(_ticket.c.id.in_(made)).values(values))
        if round_.state is MeetingRoundState.ANNOUNCED:
            await post_to_party(change, models.MailKind.MEETING_INVITED, [(key, key) for key in made])


def _coming_to(ticket_ids: Collection[UUID]) -> Executable:
    """The rounds in which tickets have a talk."""
    live = (_booking.c.ticket_id.in_(ticket_ids), _booking.c.cancelled_at.is_(None))
    return select(_booking.c.round_id).where(*live)


def _marks(tickets: Sequence[MeetingTicket]) -> dict[str, Any]:
    """What the school has marked on the tickets of a pupil."""
    needless = all(ticket.state is MeetingTicketState.NOT_NEEDED for ticket in tickets)
    return {
        "state": MeetingTicketState.NOT_NEEDED if needless else MeetingTicketState.INVITED,
        "length": max(ticket.length for ticket in tickets),
        "asked_to_come": any(ticket.asked_to_come for ticket in tickets),
        "needs_interpreter": any(ticket.needs_interpreter for ticket in tickets),
        "needs_access": any(ticket.needs_access for ticket in tickets),
    }
