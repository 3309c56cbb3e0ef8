"""Rows, written past every rule of the service."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlmodel import SQLModel

import models
from tests.factories import LONG_AGO


def guardianship(pupil: models.Pupil, somebody: models.Person) -> models.Guardianship:
    """That somebody is a guardian of a pupil."""
    return models.Guardianship(
        school_id=pupil.school_id,
        pupil_id=pupil.id,
        person_id=somebody.id,
        parental_authority=True,
        information_right=models.InformationRight.FULL,
        valid_from=LONG_AGO,
    )


async def refused(sql: asyncpg.Connection, kind: type[Exception], statement: str, *values: Any) -> None:
    """That the database does not do this; what was done before stays."""
    with pytest.raises(kind):
        async with sql.transaction():
            await sql.execute(statement, *values)


async def stores(sql: asyncpg.Connection, row: SQLModel) -> None:
    """Store a row, by its columns and nothing else."""
    table = models.table_of(type(row))
    values = {column.name: getattr(row, column.name) for column in table.columns}
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    async with sql.transaction():
        await sql.execute(f"insert into {table.name} ({', '.join(values)}) values ({places})", *values.values())


async def refuses(sql: asyncpg.Connection, kind: type[Exception], row: SQLModel) -> None:
    """That the database does not store a row."""
    with pytest.raises(kind):
        await stores(sql, row)


# ------------------------------------------------------------------------------------------------ meetings

AFTERNOON = datetime(2026, 9, 22, 14, 0, tzinfo=UTC)
"""When the talks of these rows begin."""


async def breaks(sql: asyncpg.Connection, constraint: str, row: SQLModel) -> None:
    """That the database does not store a row, since it breaks this constraint."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await stores(sql, row)
    assert refusal.value.constraint_name == constraint


def meeting_round(school: models.School, by: models.Person) -> models.MeetingRound:
    """A round that is open for booking."""
    return models.MeetingRound(
        school_id=school.id,
        kind=models.MeetingKind.REPORT,
        title="Rapportgesprekken",
        state=models.MeetingRoundState.ANNOUNCED,
        opens_at=LONG_AGO,
        closes_at=AFTERNOON,
        ends_at=AFTERNOON + timedelta(hours=2),
        created_by=by.id,
        created_at=LONG_AGO,
    )


def host_window(round_: models.MeetingRound) -> models.HostWindow:
    """Two hours of the afternoon, with nobody there yet."""
    ends_at = AFTERNOON + timedelta(hours=2)
    return models.HostWindow(school_id=round_.school_id, round_id=round_.id, starts_at=AFTERNOON, ends_at=ends_at)


def hosting(window: models.HostWindow, somebody: models.Person) -> models.WindowHost:
    """That somebody is there in a window."""
    return models.WindowHost(window_id=window.id, person_id=somebody.id, school_id=window.school_id)


def meeting_slot(window: models.HostWindow, minute: int, *, minutes: int = 10) -> models.MeetingSlot:
    """A slot that begins so many minutes after two."""
    begin = AFTERNOON + timedelta(minutes=minute)
    return models.MeetingSlot(
        school_id=window.school_id,
        round_id=window.round_id,
        window_id=window.id,
        starts_at=begin,
        ends_at=begin + timedelta(minutes=minutes),
    )


def meeting_ticket(
    round_: models.MeetingRound, pupil: models.Pupil, group: models.Group, *, party: int = 0
) -> models.MeetingTicket:
    """The right to a talk, with nobody in its party yet."""
    return models.MeetingTicket(
        school_id=round_.school_id, round_id=round_.id, pupil_id=pupil.id, group_id=group.id, party=party
    )


def coming(ticket: models.MeetingTicket, somebody: models.Person) -> models.TicketGuardian:
    """That somebody is in the party of a ticket."""
    return models.TicketGuardian(ticket_id=ticket.id, person_id=somebody.id, school_id=ticket.school_id)


def meeting_booking(
    ticket: models.MeetingTicket, slot: models.MeetingSlot, by: models.Person, *, gap: int = 15, **more: Any
) -> models.MeetingBooking:
    """A talk in a slot, with so many minutes between it and the talk of another party."""
    clear_until = slot.ends_at + timedelta(minutes=gap)
    times = {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "clear_until": clear_until}
    return models.MeetingBooking(
        school_id=ticket.school_id,
        round_id=ticket.round_id,
        ticket_id=ticket.id,
        pupil_id=ticket.pupil_id,
        party=ticket.party,
        slot_id=slot.id,
        window_id=slot.window_id,
        booked_by=by.id,
        booked_at=LONG_AGO,
        changed_at=LONG_AGO,
        **times | more,
    )


def meeting_offer(
    ticket: models.MeetingTicket, slot: models.MeetingSlot, *, state: models.OfferState = models.OfferState.OFFERED
) -> models.MeetingOffer:
    """A slot that is held for a ticket."""
    return models.MeetingOffer(
        school_id=ticket.school_id,
        round_id=slot.round_id,
        ticket_id=ticket.id,
        slot_id=slot.id,
        window_id=slot.window_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        state=state,
        offered_at=LONG_AGO,
        expires_at=slot.starts_at,
    )
