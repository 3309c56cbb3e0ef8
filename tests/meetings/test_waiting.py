"""Who finds no slot waits for one: what is freed is offered to one after another, and held for the answer (f4)."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from models.database import Database
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool
from tests.meetings.documents import BOOK, CANCEL, CANCEL_SLOT, DECLINE, JOIN_LIST, LEAVE_LIST, MOVE
from tests.meetings.families import mails, mark
from tests.meetings.planning import at, booked, wish
from tests.meetings.queue import Family, Full, families, family_of, full


class Waiting(NamedTuple):
    """A round that is full, and two families without a slot."""

    town: Full
    mia: Family
    bo: Family


@pytest.fixture
async def waiting(small_school: SmallSchool, head: Client, clients: Clients, database: Database) -> Waiting:
    """Nobody waits yet."""
    others = await families(database, clients, small_school, "Mia", "Bo")
    town = await full(head, clients, small_school)
    mia, bo = [await family_of(client, parent, town.round_, pupil) for pupil, parent, client in others]
    return Waiting(town, mia, bo)


# ------------------------------------------------------------------------------------------------ who is next


async def test_what_is_freed_is_offered_to_who_has_waited_longest(
    small_school: SmallSchool, waiting: Waiting, clock: Clock, database: Database
) -> None:
    town, mia, bo = waiting
    await bo.waits()
    clock.advance(seconds=1)
    await mia.waits()
    await bo.waits(("13:00", "17:00"))  # who says anew when it suits keeps the place

    slot = await town.frees("14:00")

    assert (await bo.offered(), await mia.offered()) == (slot, None)
    assert await mails(database, small_school.school, "MEETING_OFFERED") == {bo.email: 1}
    for somebody in (mia, bo, town.noor):
        assert await town.state("14:00", somebody.client) == "HELD"
    assert (await bo.sees())["state"] == "WAITING"


async def test_whom_the_teacher_asks_to_come_is_first(waiting: Waiting, clock: Clock, teacher: Client) -> None:
    town, mia, bo = waiting
    await bo.waits()
    clock.advance(hours=1)
    await mia.waits()
    await mark(teacher, mia.ticket, askedToCome=True)
    slot = await town.frees("14:00")
    assert (await bo.offered(), await mia.offered()) == (None, slot)


@pytest.mark.parametrize(
    ("times", "suits"),
    [
        ([("14:00", "14:10")], True),
        ([("09:00", "10:00"), ("13:00", "14:15")], True),
        ([], True),
        ([("14:01", "17:00")], False),
        ([("13:00", "14:09")], False),
        ([("13:00", "14:05"), ("14:05", "15:00")], False),
    ],
)
async def test_only_what_suits_is_offered(waiting: Waiting, times: list[tuple[str, str]], *, suits: bool) -> None:
    town, mia, _ = waiting
    await mia.waits(*times)
    slot = await town.frees("14:00")
    assert await mia.offered() == (slot if suits else None)
    assert await town.state("14:00") == ("HELD" if suits else "FREE")


async def test_whom_a_slot_does_not_suit_is_passed_over(waiting: Waiting, clock: Clock) -> None:
    town, mia, bo = waiting
    await mia.waits(("15:00", "16:00"))
    clock.advance(minutes=1)
    await bo.waits()
    slot = await town.frees("14:00")
    assert (await mia.offered(), await bo.offered()) == (None, slot)


async def test_a_double_talk_is_offered_two_slots_or_none(waiting: Waiting, head: Client) -> None:
    town, mia, _ = waiting
    await mark(head, mia.ticket, doubleLength=True)
    await mia.waits()
    await town.frees("14:10")
    assert await mia.offered() is None
    slot = await town.frees("14:00")
    assert await mia.offered() == slot
    assert [await town.state(clock) for clock in ("14:00", "14:10")] == ["HELD", "HELD"]


async def test_a_double_talk_is_also_offered_what_begins_in_a_free_slot_before(waiting: Waiting, head: Client) -> None:
    town, mia, _ = waiting
    await mark(head, mia.ticket, doubleLength=True)
    await mia.waits()
    slot = await town.frees("14:00")
    assert await mia.offered() is None
    await town.frees("14:10")
    assert await mia.offered() == slot


async def test_two_slots_are_offered_to_two_families(waiting: Waiting, clock: Clock) -> None:
    town, mia, bo = waiting
    await mia.waits()
    clock.advance(minutes=1)
    await bo.waits()
    slots = [await town.frees(clock) for clock in ("14:00", "14:10")]
    assert [await mia.offered(), await bo.offered()] == slots


async def test_a_slot_that_a_talk_leaves_behind_is_offered_too(waiting: Waiting) -> None:
    town, mia, _ = waiting
    await town.frees("14:10")
    await mia.waits(("14:00", "14:10"))
    await town.noor.client.ok(MOVE, input={"bookingId": town.talks["14:00"], "slotId": town.slots["14:10"]})
    assert await mia.offered() == town.slots["14:00"]


async def test_nobody_waiting_leaves_it_free(waiting: Waiting) -> None:
    town, mia, bo = waiting
    await mia.waits()
    await mia.client.ok(LEAVE_LIST, input={"ticketId": mia.ticket})
    await bo.waits()
    await bo.client.ok(DECLINE, input={"ticketId": bo.ticket})
    slot = await town.frees("14:00")
    assert await town.state("14:00") == "FREE"
    assert await booked(mia.client, mia.ticket, slot)


# ------------------------------------------------------------------------------------------------ what is held


async def test_what_is_held_is_for_one_family_alone(waiting: Waiting, head: Client) -> None:
    town, mia, bo = waiting
    await mia.waits()
    slot = await town.frees("14:00")
    for ticket, somebody in ((bo.ticket, bo.client), (town.noor.ticket, town.noor.client), (bo.ticket, head)):
        assert await somebody.refused(BOOK, input=wish((ticket, slot))) == ["SLOT_TAKEN"]


async def test_what_is_held_for_a_family_can_be_booked_by_it_like_any_slot(waiting: Waiting) -> None:
    town, mia, _ = waiting
    await mia.waits()
    slot = await town.frees("14:00")
    assert [one["id"] for one in (await mia.sees())["freeSlots"]] == [slot]
    assert (await booked(mia.client, mia.ticket, slot))["slot"]["id"] == slot
    assert (await mia.sees())["offer"] is None


async def test_who_books_another_slot_leaves_what_was_held_to_the_next(waiting: Waiting, clock: Clock) -> None:
    town, mia, bo = waiting
    await mia.waits()
    clock.advance(minutes=1)
    await bo.waits(("14:00", "14:10"))
    held, other = await town.frees("14:00"), await town.frees("14:10")
    assert (await mia.offered(), await bo.offered()) == (held, None)

    assert await booked(mia.client, mia.ticket, other)
    assert (await mia.offered(), await bo.offered()) == (None, held)


@pytest.mark.parametrize("how", ["leaves", "declines the talk"])
async def test_who_waits_no_longer_leaves_it_to_the_next(waiting: Waiting, clock: Clock, how: str) -> None:
    town, mia, bo = waiting
    await mia.waits()
    clock.advance(minutes=1)
    await bo.waits()
    slot = await town.frees("14:00")
    await mia.client.ok(LEAVE_LIST if how == "leaves" else DECLINE, input={"ticketId": mia.ticket})
    assert (await mia.offered(), await bo.offered()) == (None, slot)


# ------------------------------------------------------------------------------------------------ joining


async def test_who_may_wait(waiting: Waiting) -> None:
    town, mia, bo = waiting
    assert await bo.client.refused(JOIN_LIST, input={"ticketId": mia.ticket}) == ["NOT_FOUND"]
    noors = {"ticketId": town.noor.ticket}
    assert await town.noor.client.refused(JOIN_LIST, input=noors) == ["TICKET_ALREADY_BOOKED"]
    assert await mia.client.refused(LEAVE_LIST, input={"ticketId": mia.ticket}) == ["INVALID"]
    backwards = {"from": at("15:00").isoformat(), "to": at("15:00").isoformat()}
    for times, code in (([backwards], "INVALID_RANGE"), ([backwards] * 21, "TOO_MANY")):
        asked = {"ticketId": mia.ticket, "times": times}
        assert await mia.client.refused(JOIN_LIST, input=asked) == [code]
    await mia.waits()
    assert (await mia.sees())["state"] == "WAITING"


async def test_after_closing_one_may_still_wait_and_be_offered(
    waiting: Waiting, clock: Clock, database: Database, small_school: SmallSchool
) -> None:
    town, mia, _ = waiting
    clock.stand_at(BEFORE_SCHOOL + timedelta(days=5, seconds=1))
    await mia.waits()
    slot = await town.frees("14:00")
    assert await mia.client.refused(BOOK, input=wish((mia.ticket, slot))) == ["ROUND_NOT_OPEN"]
    assert await mia.offered() == slot
    assert await mails(database, small_school.school, "MEETING_OFFERED") == {mia.email: 1}


async def test_what_the_school_takes_away_is_offered_to_nobody(waiting: Waiting, head: Client) -> None:
    town, mia, _ = waiting
    await mia.waits()
    await head.ok(CANCEL_SLOT, input={"slotId": town.slots["14:00"]})
    assert await mia.offered() is None
    await head.ok(CANCEL, input={"bookingId": town.talks["14:10"]})
    assert await mia.offered() == town.slots["14:10"]
