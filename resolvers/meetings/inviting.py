"""Invitations to a round: a ticket for each party of each pupil, made when the round is, and when the school asks."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, select

import models
from models import (
    InformationRight,
    MeetingRound,
    MeetingTicket,
    MeetingTicketState,
    Role,
    TicketGuardian,
    table_of,
)
from models.meetings import TOGETHER
from resolvers import policy
from resolvers.meetings.windows import store
from resolvers.writing import Change

_ticket = table_of(MeetingTicket)


def is_told(given: FromClause, now: datetime) -> ColumnElement[bool]:
    """Whether a guardian is told everything about the child."""
    is_full = given.c.information_right == InformationRight.FULL.value
    return and_(is_full, given.c.valid_from <= now, policy.lasting(given, now))


def is_in(member: FromClause, given: FromClause, now: datetime) -> ColumnElement[bool]:
    """Whether a guardian is let in at the school of the child."""
    return and_(
        member.c.school_id == given.c.school_id,
        member.c.person_id == given.c.person_id,
        member.c.role == Role.GUARDIAN.value,
        member.c.blocked_at.is_(None),
        policy.lasting(member, now),
    )


async def find_families(change: Change, group_ids: Collection[UUID], pupil_id: UUID | None = None) -> list[Any]:
    """Pupils who are in groups now, with each guardian who is told everything, and the party they are in."""
    now = change.context.now
    enrolment, given = table_of(models.Enrolment), table_of(models.Guardianship)
    member, apart = table_of(models.Membership), table_of(models.SeparateParty)
    is_theirs = and_(given.c.pupil_id == enrolment.c.pupil_id, is_told(given, now))
    separate = and_(apart.c.pupil_id == given.c.pupil_id, apart.c.person_id == given.c.person_id)
    families = (
        select(enrolment.c.pupil_id, enrolment.c.group_id, member.c.person_id, apart.c.party)
        .select_from(
            enrolment.outerjoin(given, is_theirs)
            .outerjoin(member, is_in(member, given, now))
            .outerjoin(apart, separate)
        )
        .where(enrolment.c.group_id.in_(group_ids), enrolment.c.valid_from <= now, policy.lasting(enrolment, now))
        .order_by(enrolment.c.pupil_id, member.c.person_id)
    )
    if pupil_id is not None:
        families = families.where(enrolment.c.pupil_id == pupil_id)
    return list((await change.session.execute(families)).all())


def parties(guardians: Mapping[UUID, int | None]) -> dict[int, list[UUID]]:
    """Who comes together: all, unless the school has set them apart; who came later is then a party of their own."""
    if not any(guardians.values()):
        return {TOGETHER: list(guardians)}
    formed: dict[int, list[UUID]] = {}
    last = max(number or 0 for number in guardians.values())
    for person_id, number in guardians.items():
        if number is None:
            last += 1
        formed.setdefault(number or last, []).append(person_id)
    return formed


async def make_tickets(
    change: Change, round_: MeetingRound, group_ids: Collection[UUID], pupil_id: UUID | None = None
) -> list[UUID]:
    """Make the tickets of pupils who have none in the round yet: one for each party. Answers their keys.

    Of one pupil, as of one whose parties are set anew, also of those guardians alone who have none.
    """
    have = await _invited(change, round_.id)
    families: dict[tuple[UUID, UUID], dict[UUID, int | None]] = {}
    for row in await find_families(change, group_ids, pupil_id):
        family = families.setdefault((row.pupil_id, row.group_id), {})
        if row.person_id is not None:
            family[row.person_id] = row.party
    tickets, guardians = list[MeetingTicket](), list[TicketGuardian]()
    for (child, group_id), family in families.items():
        taken = have.get(child, {})
        if taken and pupil_id is None:
            continue
        invited = {person for people in taken.values() for person in people}
        new = {person: party for person, party in family.items() if person not in invited}
        if taken and not new:
            continue
        used = set(taken)
        for number, people in parties(new).items():
            party = number if number not in used else max(used) + 1  # a talk that was held has its number for good
            used.add(party)
            ticket = MeetingTicket(
                school_id=round_.school_id, round_id=round_.id, pupil_id=child, group_id=group_id, party=party
            )
            tickets.append(ticket)
            guardians += [
                TicketGuardian(ticket_id=ticket.id, person_id=person, school_id=round_.school_id) for person in people
            ]
    await store(change, MeetingTicket, tickets)
    await store(change, TicketGuardian, guardians)
    return [ticket.id for ticket in tickets]


async def _invited(change: Change, round_id: UUID) -> dict[UUID, dict[int, set[UUID]]]:
    """Who is invited to a round by now: by pupil and party."""
    party = table_of(TicketGuardian)
    people = (
        select(_ticket.c.pupil_id, _ticket.c.party, party.c.person_id)
        .outerjoin(party, party.c.ticket_id == _ticket.c.id)
        .where(_ticket.c.round_id == round_id, _ticket.c.state != MeetingTicketState.CANCELLED.value)
    )
    invited: dict[UUID, dict[int, set[UUID]]] = {}
    for pupil_id, number, person_id in await change.session.execute(people):
        invited.setdefault(pupil_id, {}).setdefault(number, set()).add(person_id)
    return invited
