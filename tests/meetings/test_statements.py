"""How often PostgreSQL is asked depends on what is asked, and never on how much is planned and booked."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from models.database import Database
from tests.api.documents import node
from tests.clients import Clients
from tests.factories import SmallSchool
from tests.meetings.documents import ANNOUNCE_ROUND, BOOK, CANCEL, JOIN_LIST, MOVE, OFFER, SUGGEST
from tests.meetings.growing import Asking, Town, counted
from tests.meetings.planning import free, seen_by, ticket_of, wish

PERSON = "id name label email phone"
TALK = f"id startsAt topics bookedBy {{ {PERSON} }} ticket {{ id pupil {{ givenName }} guardians {{ name }} }}"
SLOTS = node(
    "MeetingRound",
    f"""title state viewerMayBook viewerMayPlan slotCursor groups {{ name }} pupilsWithoutTicket {{ givenName }}
    slots {{ id state room hosts {{ {PERSON} }} booking {{ {TALK} }} }}""",
)
TICKETS = node(
    "MeetingRound",
    f"""tickets {{ id state hasPriority pupil {{ givenName familyName }} guardians {{ {PERSON} }}
      booking {{ id startsAt topics slot {{ room }} }} offer {{ id expiresAt }} report {{ text }} privateNote }}""",
)
FREE_SLOTS = node("MeetingRound", "tickets { id pupil { givenName } freeSlots { id startsAt room } }")
WINDOWS = node(
    "MeetingRound",
    f"windows {{ room hosts {{ {PERSON} }} breaks {{ startsAt }} groups {{ name }} misfits {{ {TALK} }} }}",
)
DAY_OF_A_HOST = """query($on: Date!) { viewer { hostedSlots(on: $on) {
  id state startsAt room booking { topics ticket { pupil { givenName } guardians { name phone } privateNote } }
} } }"""
MY_MEETINGS = """{ viewer { meetingRounds {
  title state slots { id state hosts { name } } tickets { id state booking { startsAt } }
} } }"""


@pytest.fixture
async def town(small_school: SmallSchool, clients: Clients, database: Database) -> Town:
    """The small school, and four families more."""
    town = Town(small_school, database, clients)
    await town.grow()
    return town


READING: dict[str, Callable[[Town, str], Asking]] = {
    "slots, for the administration": lambda t, key: lambda: t.of(t.small.admin).ok(SLOTS, id=key),
    "slots, for the teacher": lambda t, key: lambda: t.of(t.small.teacher).ok(SLOTS, id=key),
    "slots, for a guardian": lambda t, key: lambda: t.of(t.small.guardian).ok(SLOTS, id=key),
    "tickets": lambda t, key: lambda: t.of(t.small.teacher).ok(TICKETS, id=key),
    "where talks can be": lambda t, key: lambda: t.of(t.small.teacher).ok(FREE_SLOTS, id=key),
    "windows": lambda t, key: lambda: t.of(t.small.admin).ok(WINDOWS, id=key),
    "the day of a host": lambda t, _: lambda: t.of(t.small.teacher).ok(DAY_OF_A_HOST, on=str(t.day.date())),
    "all rounds of a guardian": lambda t, _: lambda: t.of(t.small.guardian).ok(MY_MEETINGS),
}


@pytest.mark.parametrize("what", READING)
async def test_an_answer_takes_two_statements_however_much_is_planned_and_booked(town: Town, what: str) -> None:
    made = await town.round(2)
    few, small = await counted(READING[what](town, made["id"]))
    await town.grow()
    made = await town.round(5)
    many, large = await counted(READING[what](town, made["id"]))

    assert len(str(large)) > len(str(small)) * 1.5
    assert few == many
    assert len(few) == 2  # who is asking, and the answer


# ------------------------------------------------------------------------------------------------ changes


async def _book(town: Town, round_: dict[str, Any]) -> Asking:
    pair = await town.ticket(round_, town.small.noor), await town.last_slot(round_)
    return lambda: town.of(town.small.guardian).ok(BOOK, input=wish(pair, topics="Rekenen"))


async def _move(town: Town, round_: dict[str, Any]) -> Asking:
    talk, slot = await town.talk(round_, town.small.noor), await town.last_slot(round_, 2)
    return lambda: town.of(town.small.guardian).ok(MOVE, input={"bookingId": talk["id"], "slotId": slot})


async def _cancel(town: Town, round_: dict[str, Any]) -> Asking:
    talk = await town.talk(round_, town.small.noor)
    return lambda: town.of(town.small.guardian).ok(CANCEL, input={"bookingId": talk["id"]})


async def _cancel_while_somebody_waits(town: Town, round_: dict[str, Any]) -> Asking:
    ticket = await town.ticket(round_, town.small.sam)
    await town.of(town.small.classmates_guardian).ok(JOIN_LIST, input={"ticketId": ticket})
    return await _cancel(town, round_)


async def _suggest(town: Town, round_: dict[str, Any]) -> Asking:
    tickets = [await town.ticket(round_, pupil) for pupil in (town.small.noor, town.small.sam)]
    return lambda: town.of(town.small.admin).ok(SUGGEST, input={"ticketIds": tickets})


async def _offer(town: Town, round_: dict[str, Any]) -> Asking:
    asked = {"ticketId": await town.ticket(round_, town.small.noor), "slotId": await town.last_slot(round_)}
    return lambda: town.of(town.small.teacher).ok(OFFER, input=asked)


async def _announce(town: Town, round_: dict[str, Any]) -> Asking:
    draft = await town.draft(len(round_["windows"]) // 2)
    return lambda: town.of(town.small.admin).ok(ANNOUNCE_ROUND, input={"roundId": draft["id"]})


CHANGES: dict[str, Callable[[Town, dict[str, Any]], Awaitable[Asking]]] = {
    "bookMeetings": _book,
    "moveMeeting": _move,
    "cancelMeeting": _cancel,
    "cancelMeeting, while somebody waits": _cancel_while_somebody_waits,
    "suggestMeetingBundles": _suggest,
    "offerMeeting": _offer,
    "announceMeetingRound": _announce,
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_takes_as_many_statements_in_a_large_round_as_in_a_small_one(town: Town, what: str) -> None:
    few, _ = await counted(await CHANGES[what](town, await town.round(2)))
    await town.grow()
    many, _ = await counted(await CHANGES[what](town, await town.round(4)))

    assert len(few) == len(many)
    assert len(few) <= 30


async def test_many_talks_are_booked_in_as_many_statements_as_two(town: Town) -> None:
    """Two children, and six."""
    await town.grow()
    head, seen = town.of(town.small.admin), await seen_by(town.of(town.small.admin), await town.open_round(4))
    slots = [slot["id"] for slot in free(seen) if slot["hosts"] == [{"name": town.small.teacher.name}]]
    lina = ticket_of(seen, town.small.lina)
    pairs = list(zip([one["id"] for one in seen["tickets"] if one["id"] != lina], slots, strict=False))

    few, _ = await counted(lambda: head.ok(BOOK, input=wish(*pairs[:2])))
    many, _ = await counted(lambda: head.ok(BOOK, input=wish(*pairs[2:8])))

    assert len(few) == len(many)
