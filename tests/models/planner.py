"""Writes rows of meetings, past every rule of the service: for tests of what the database itself refuses."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

import models
from tests.factories import SmallSchool
from tests.models.rows import (
    AFTERNOON,
    coming,
    host_window,
    hosting,
    meeting_booking,
    meeting_offer,
    meeting_round,
    meeting_slot,
    meeting_ticket,
    stores,
)

MOVE = """update meeting_booking set (slot_id, window_id, starts_at, ends_at, clear_until) = ($2, $3, $4, $5, $5)
  where id = $1"""
CANCEL = "update meeting_booking set cancelled_at = now() where id = $1"


class Planner:
    """Writes rows of meetings, past every rule of the service."""

    def __init__(self, sql: asyncpg.Connection, town: SmallSchool) -> None:
        self.sql, self.town = sql, town

    async def round(self) -> models.MeetingRound:
        """A round of this school."""
        return await self._kept(meeting_round(self.town.school, self.town.admin))

    async def slot(
        self, minute: int, *hosts: models.Person, of: models.MeetingRound | None = None, minutes: int = 10
    ) -> models.MeetingSlot:
        """A slot in a window of its own, of a round or of a new one."""
        window = await self._kept(host_window(of or await self.round()))
        for somebody in hosts:
            await self._kept(hosting(window, somebody))
        return await self._kept(meeting_slot(window, minute, minutes=minutes))

    async def ticket(
        self, slot: models.MeetingSlot, *people: models.Person, pupil: models.Pupil | None = None, party: int = 0
    ) -> models.MeetingTicket:
        """A ticket for the round of a slot, with its party; about another child each time, or about this one."""
        group = self.town.group
        child = pupil or await self._kept(models.Pupil(school_id=slot.school_id, given_name="Kind", family_name="Kok"))
        round_ = models.MeetingRound(id=slot.round_id, school_id=slot.school_id)
        ticket = await self._kept(meeting_ticket(round_, child, group, party=party))
        for somebody in people:
            await self._kept(coming(ticket, somebody))
        return ticket

    async def talk(self, slot: models.MeetingSlot, *people: models.Person, **more: Any) -> models.MeetingBooking:
        """A talk in a slot, of a new ticket."""
        return await self._kept(await self.wish(slot, *people, **more))

    async def wish(self, slot: models.MeetingSlot, *people: models.Person, **more: Any) -> models.MeetingBooking:
        """A talk in a slot, of a new ticket, that is not stored yet."""
        about = {name: more.pop(name) for name in ("pupil", "party") if name in more}
        return meeting_booking(await self.ticket(slot, *people, **about), slot, self.town.admin, **more)

    async def offer(self, slot: models.MeetingSlot) -> models.MeetingOffer:
        """A slot that is held for a new ticket, not stored yet."""
        return meeting_offer(await self.ticket(slot), slot)

    async def engaged(self, row: models.MeetingBooking | models.MeetingOffer) -> set[tuple[UUID, int]]:
        """Who is engaged by a booking or an offer, and when."""
        mine = "select person_id, starts_at from engagement where $1 in (booking_id, offer_id)"
        rows = await self.sql.fetch(mine, row.id)
        return {(found["person_id"], (found["starts_at"] - AFTERNOON) // timedelta(minutes=1)) for found in rows}

    async def does(self, statement: str, *values: Any) -> None:
        """Say a statement that is about something."""
        async with self.sql.transaction():
            assert not (await self.sql.execute(statement, *values)).endswith(" 0")

    async def breaks(self, constraint: str, statement: str, *values: Any) -> None:
        """That a statement is refused, since it breaks this constraint; what was done before stays."""
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
            await self.does(statement, *values)
        assert refusal.value.constraint_name == constraint

    async def _kept(self, row: Any) -> Any:
        await stores(self.sql, row)
        return row


def to(booking: models.MeetingBooking, slot: models.MeetingSlot) -> tuple[Any, ...]:
    """A talk and where it goes, as `MOVE` takes them."""
    return booking.id, slot.id, slot.window_id, slot.starts_at, slot.ends_at
