"""Many families at once: one gets the slot, everybody else hears that it is taken, and nobody gets a part (f4)."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import asyncpg
import pytest

import models
from models.database import Database
from schoolplein.settings import Settings
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool, found_group, founding, teacher
from tests.facts import A_RING
from tests.meetings.crowd import Family, choices, deadlocks, families, invited, live_talks, pick, until_both_wait
from tests.meetings.documents import BOOK, MOVE
from tests.meetings.guarantees import broken
from tests.meetings.planning import announced, booked, free, seen_by, slot_at, ticket_of, window, wish
from tests.models.rows import meeting_booking, stores

AT_MOST_S = 30.0
"""Wall time, generous: the machine may be full of other work. How long it takes is told to the report of the run."""
CHANCE = 5
"""The same families choose the same slots in each run."""


@pytest.fixture
def settings(database_url: str) -> Settings:
    """As many connections as an installation has that sets nothing."""
    return Settings(database_url=database_url, secret_keys=A_RING)


@pytest.fixture
async def books(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection for looking at what became of it all."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture(autouse=True)
async def _nobody_waits_for_each_other(database_url: str) -> AsyncIterator[None]:
    """No test here may end with a deadlock. It is the first of the fixtures, thus looks when the service has ended."""
    before = await deadlocks(database_url)
    yield
    assert await deadlocks(database_url) == before


# ------------------------------------------------------------------------------------------------ one slot


@pytest.mark.parametrize("number", [200])
async def test_of_many_who_want_one_slot_one_gets_it(
    database: Database,
    clients: Clients,
    small_school: SmallSchool,
    head: Client,
    books: asyncpg.Connection,
    number: int,
) -> None:
    crowd = await families(database, clients, [[small_school.group]] * number)
    round_ = await announced(head, small_school, windows=[window(small_school.teacher)], groups=[small_school.group])
    crowd = await invited(head, round_, crowd)
    slot = slot_at(await seen_by(head, round_), "15:00")

    answers = await asyncio.gather(*(family.books(slot) for family in crowd))

    assert Counter(tuple(answer.codes) for answer in answers) == {(): 1, ("SLOT_TAKEN",): number - 1}
    (winner,) = [family for family, answer in zip(crowd, answers, strict=True) if not answer.codes]
    for family, seen in zip(crowd, await asyncio.gather(*(one.sees(round_) for one in crowd)), strict=True):
        assert [seen["state"], Counter(one["state"] for one in seen["slots"])] == ["OPEN", {"FREE": 11, "BOOKED": 1}]
        (ticket,) = seen["tickets"]
        is_winner = family is winner
        assert ticket["state"] == ("BOOKED" if is_winner else "INVITED")
        assert ticket["booking"] == ({"slot": {"id": slot}} if is_winner else None)
    assert await live_talks(books, round_) == {winner.tickets[0]: 1}
    assert await broken(books, small_school.school.id) == {}


# ------------------------------------------------------------------------------------------------ the opening second


async def _place(family: Family, round_: dict[str, Any], chance: random.Random) -> list[str]:
    """Book a talk for each child: choose among what is free, look again when somebody was quicker."""
    refusals: list[str] = []
    while True:
        chosen = pick(await choices(family, round_), chance)
        assert chosen is not None, "there is nothing left"
        answer = await family.books(*chosen)
        if not answer.codes:
            return refusals
        refusals += answer.codes


async def test_when_a_round_opens_everybody_finds_a_place_at_once(
    database: Database,
    clients: Clients,
    clock: Clock,
    small_school: SmallSchool,
    head: Client,
    books: asyncpg.Connection,
    record_testsuite_property: Any,
) -> None:
    town, opens_at = small_school, BEFORE_SCHOOL.replace(hour=20)
    crowd = await families(database, clients, [[town.group, town.other_group]] * 30)
    both = [window(town.teacher, begin="09:00", end="14:00"), window(town.other_teacher, begin="14:00", end="19:00")]
    round_ = await announced(head, town, windows=both, opensAt=opens_at)
    crowd = await invited(head, round_, crowd)
    assert (await crowd[0].books(*(slots[0]["id"] for slots in await choices(crowd[0], round_)))).codes == [
        "ROUND_NOT_OPEN"
    ]

    clock.stand_at(opens_at)
    begin = perf_counter()
    refused = await asyncio.gather(
        *(_place(family, round_, random.Random(CHANCE + number)) for number, family in enumerate(crowd))
    )
    took = perf_counter() - begin

    record_testsuite_property("seconds until all are placed", round(took, 2))
    assert {code for codes in refused for code in codes} == {"SLOT_TAKEN"}
    assert await live_talks(books, round_) == {ticket: 1 for family in crowd for ticket in family.tickets}
    assert not free(await seen_by(head, round_))
    assert await broken(books, town.school.id) == {}
    assert took < AT_MOST_S


# ------------------------------------------------------------------------------------------------ bundles


async def _try(family: Family, round_: dict[str, Any], chance: random.Random, times: int) -> list[tuple[str, ...]]:
    """Ask for a bundle, a few times over; answers what was refused each time, and () once it was had."""
    heard: list[tuple[str, ...]] = []
    free_slots = await choices(family, round_)
    for _ in range(times):
        chosen = pick(free_slots, chance)
        if chosen is None:
            break
        answer = await family.books(*chosen)
        assert answer.codes or len(answer.data["bookMeetings"]["bookings"]) == len(chosen), answer.body
        heard.append(tuple(answer.codes))
        if not heard[-1]:
            break
        free_slots = await choices(family, round_)
    return heard


async def test_nobody_ever_gets_a_part_of_a_bundle(
    database: Database, clients: Clients, small_school: SmallSchool, head: Client, books: asyncpg.Connection
) -> None:
    town, chance = small_school, random.Random(CHANCE)
    async with founding(database) as facts:
        groups = [found_group(facts, town.school, name=f"Groep {number}") for number in range(6)]
        hosts = [teacher(facts, group, name=f"Leerkracht {group.name}") for group in groups]
    crowd = await families(database, clients, [chance.sample(groups, 3) for _ in range(50)])
    round_ = await announced(head, town, groups=groups, windows=[window(host) for host in hosts])
    crowd = await invited(head, round_, crowd)

    heard = await asyncio.gather(
        *(_try(family, round_, random.Random(CHANCE + number), 2) for number, family in enumerate(crowd))
    )

    winners = [family for family, codes in zip(crowd, heard, strict=True) if codes and codes[-1] == ()]
    assert set(Counter(code for codes in heard for code in codes)) == {(), ("SLOT_TAKEN",)}
    assert await live_talks(books, round_) == {ticket: 1 for family in winners for ticket in family.tickets}
    assert 0 < len(winners) < len(crowd)
    assert await broken(books, town.school.id) == {}


async def test_two_who_want_the_same_slots_the_other_way_round_do_not_wait_for_each_other(
    database: Database, clients: Clients, small_school: SmallSchool, head: Client, books: asyncpg.Connection
) -> None:
    town = small_school
    crowd = await families(database, clients, [[town.group] * 3] * 2)
    round_ = await announced(head, town, windows=[window(town.teacher)], groups=[town.group])
    crowd = await invited(head, round_, crowd)
    slots = free(await seen_by(head, round_))[:3]
    (middle,) = await books.fetch(
        "select s.*, t.id as ticket, t.party, t.pupil_id from meeting_slot s join meeting_ticket t using (round_id)"
        " where 'slot_' || replace(s.id::text, '-', '') = $1 and pupil_id = $2",
        slots[1]["id"],
        town.noor.id,
    )
    ticket = models.MeetingTicket(id=middle["ticket"], **{n: middle[n] for n in ("school_id", "round_id", "pupil_id")})
    held = meeting_booking(ticket, models.MeetingSlot(**dict(middle)), town.admin)

    transaction = books.transaction()
    await transaction.start()
    await stores(books, held)
    there, back = [slot["id"] for slot in slots], [slot["id"] for slot in reversed(slots)]
    racing = [
        asyncio.create_task(family.client.ask(BOOK, input=wish(*zip(family.tickets, wanted, strict=True))))
        for family, wanted in zip(crowd, (there, back), strict=True)
    ]
    await until_both_wait(database)
    await transaction.rollback()  # who had the middle one lets it go, and both go on

    answers = [await task for task in racing]
    assert Counter(tuple(answer.codes) for answer in answers) == {(): 1, ("SLOT_TAKEN",): 1}
    (winner,) = [family for family, answer in zip(crowd, answers, strict=True) if not answer.codes]
    assert await live_talks(books, round_) == dict.fromkeys(winner.tickets, 1)


# ------------------------------------------------------------------------------------------------ cut off, and moves


async def test_who_is_cut_off_and_asks_again_has_one_talk(
    database: Database, clients: Clients, small_school: SmallSchool, head: Client, books: asyncpg.Connection
) -> None:
    town, moments = small_school, 18
    crowd = await families(database, clients, [[town.group]] * moments)
    both = [window(town.teacher), window(town.teacher, begin="16:00", end="18:00")]
    round_ = await announced(head, town, windows=both, groups=[town.group])
    crowd = await invited(head, round_, crowd)
    slots = [slot["id"] for slot in free(await seen_by(head, round_))]
    await booked(crowd[0].client, crowd[0].tickets[0], slots[0])
    begin = perf_counter()
    await booked(crowd[1].client, crowd[1].tickets[0], slots[1])
    took = perf_counter() - begin  # when the statements are known

    cut = 0
    for number, family in enumerate(crowd[2:], 2):
        asked = {"clientMutationId": f"boeken-{number}"}
        request = asyncio.create_task(family.books(slots[number], **asked))
        await asyncio.wait([request], timeout=took * (number - 1) / moments)
        cut += request.cancel()
        await asyncio.wait([request])
        again = await family.client.ok(BOOK, input=wish((family.tickets[0], slots[number]), **asked))
        once_more = await family.client.ok(BOOK, input=wish((family.tickets[0], slots[number]), **asked))
        assert again == once_more

    assert cut > moments // 2, "hardly anybody was cut off"
    assert await live_talks(books, round_) == {family.tickets[0]: 1 for family in crowd}
    assert await broken(books, town.school.id) == {}


async def test_a_move_to_a_slot_that_is_taken_meanwhile_keeps_the_old_one(
    database: Database, clients: Clients, small_school: SmallSchool, head: Client, books: asyncpg.Connection
) -> None:
    town, pairs = small_school, 6
    crowd = await families(database, clients, [[town.group]] * (2 * pairs))
    round_ = await announced(head, town, windows=[window(town.teacher)], groups=[town.group])
    crowd = await invited(head, round_, crowd)
    movers, bookers = crowd[:pairs], crowd[pairs:]
    slots = [slot["id"] for slot in free(await seen_by(head, round_))]
    old, new = slots[:pairs], slots[pairs:]
    talks = [await booked(one.client, one.tickets[0], slot) for one, slot in zip(movers, old, strict=True)]

    race = [
        request
        for mover, talk, booker, slot in zip(movers, talks, bookers, new, strict=True)
        for request in (
            booker.books(slot),
            mover.client.ask(MOVE, input={"bookingId": talk["id"], "slotId": slot}),
        )
    ]
    answers = await asyncio.gather(*race)

    for number, (took, moved) in enumerate(zip(answers[::2], answers[1::2], strict=True)):
        assert sorted([took.codes, moved.codes]) == [[], ["SLOT_TAKEN"]]
        (ticket,) = (await movers[number].sees(round_))["tickets"]
        expected = old[number] if moved.codes else new[number]
        assert [ticket["state"], ticket["booking"]] == ["BOOKED", {"slot": {"id": expected}}]
        states = {slot["id"]: slot["state"] for slot in (await movers[number].sees(round_))["slots"]}
        assert states[old[number]] == ("BOOKED" if moved.codes else "FREE")
    assert await broken(books, town.school.id) == {}


async def test_a_move_to_a_slot_that_was_taken_keeps_the_old_one(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    first, second, third = (slot["id"] for slot in free(mine)[:3])
    talk = await booked(parent, ticket_of(mine, small_school.noor), first)
    await booked(classmates_parent, ticket_of(theirs, small_school.sam), second)

    assert await parent.refused(MOVE, input={"bookingId": talk["id"], "slotId": second}) == ["SLOT_TAKEN"]
    (ticket,) = (await seen_by(parent, round_))["tickets"]
    assert ticket["booking"] == {"id": talk["id"], "slot": {"id": first}}

    moved = await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": third})
    assert moved["booking"]["slot"]["id"] == third
