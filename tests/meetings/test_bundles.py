"""Times for several children are suggested one after the other, and booked together (f4, G22)."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models.database import Database
from tests.clients import Client, Clients
from tests.factories import SmallSchool
from tests.meetings.documents import BOOK, SUGGEST
from tests.meetings.families import child_of, mark, moment, parent_of, set_apart
from tests.meetings.planning import DAY, announced, booked, seen_by, slot_at, ticket_of, window, wish

NEXT = DAY + timedelta(days=1)


@pytest.fixture
async def lot(small_school: SmallSchool, database: Database) -> models.Pupil:
    """A child in the other group, with the guardian of Noor."""
    return await child_of(database, small_school.other_group, "Lot", small_school.guardian)


async def asking(somebody: Client, seen: dict[str, Any], *pupils: models.Pupil) -> dict[str, Any]:
    """What is suggested for the talks about these pupils."""
    return await somebody.ok(SUGGEST, input={"ticketIds": [ticket_of(seen, pupil) for pupil in pupils]})


def times(bundle: dict[str, Any]) -> list[str]:
    """When the talks of a bundle begin, by the clock on the wall."""
    return [f"{moment(slot['startsAt']).astimezone(DAY.tzinfo):%H:%M}" for slot in bundle["slots"]]


def rooms(town: SmallSchool, one: str, other: str, **more: Any) -> list[dict[str, Any]]:
    """A window of each teacher, each in a room."""
    hosts = (town.teacher, one), (town.other_teacher, other)
    return [window(host, room=room, **({"begin": "14:00", "end": "14:40"} | more)) for host, room in hosts]


@pytest.mark.parametrize(
    ("room", "walk", "best"),
    [
        # Ten minutes each: with five minutes to walk the next slot but one is the first that can be reached.
        ("B", 5, ["14:00", "14:20"]),
        ("B", 10, ["14:00", "14:20"]),
        ("B", 11, ["14:00", "14:30"]),
        ("A", 11, ["14:00", "14:10"]),
        ("B", 0, ["14:00", "14:10"]),
    ],
)
async def test_talks_follow_each_other_with_time_to_walk_between_rooms(
    small_school: SmallSchool,
    head: Client,
    parent: Client,
    lot: models.Pupil,
    room: str,
    walk: int,
    best: list[str],
) -> None:
    round_ = await announced(head, small_school, windows=rooms(small_school, "A", room), walkMinutes=walk)
    mine = await seen_by(parent, round_)
    found = await asking(parent, mine, small_school.noor, lot)

    first = found["bundles"][0]
    assert (times(first), first["days"], first["missing"]) == (best, 1, [])
    assert first["waitingMinutes"] == 10 * (int(best[1][3]) - 1)
    assert {ticket["id"] for ticket in first["tickets"]} == {ticket["id"] for ticket in mine["tickets"]}
    pairs = [(ticket["id"], slot["id"]) for ticket, slot in zip(first["tickets"], first["slots"], strict=True)]
    assert len((await parent.ok(BOOK, input=wish(*pairs)))["bookings"]) == 2


async def test_up_to_five_are_suggested_best_first_and_always_the_same(
    small_school: SmallSchool, head: Client, parent: Client, classmates_parent: Client, lot: models.Pupil
) -> None:
    windows = rooms(small_school, "A", "A", end="16:00")
    round_ = await announced(head, small_school, windows=windows)
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    await booked(classmates_parent, ticket_of(theirs, small_school.sam), slot_at(mine, "14:00", small_school.teacher))

    found = await asking(parent, mine, small_school.noor, lot)
    assert [bundle["waitingMinutes"] for bundle in found["bundles"]] == [0] * 5
    assert [times(bundle)[0] for bundle in found["bundles"]] == sorted(times(bundle)[0] for bundle in found["bundles"])
    taken = slot_at(mine, "14:00", small_school.teacher)
    assert taken not in [slot["id"] for bundle in found["bundles"] for slot in bundle["slots"]]
    assert found["nearest"] == []
    assert await asking(parent, mine, small_school.noor, lot) == found


async def test_a_double_talk_takes_its_time(
    small_school: SmallSchool, head: Client, parent: Client, lot: models.Pupil
) -> None:
    round_ = await announced(head, small_school, windows=rooms(small_school, "A", "A", end="14:30"))
    mine = await seen_by(parent, round_)
    noors = ticket_of(mine, small_school.noor)
    await mark(head, noors, doubleLength=True)
    found = await asking(parent, mine, small_school.noor, lot)

    # Noor's takes two of the three slots: Lot's comes before it or after it.
    assert {(*times(bundle), bundle["tickets"][0]["id"] == noors) for bundle in found["bundles"]} == {
        ("14:00", "14:10", False),
        ("14:00", "14:20", True),
    }
    assert [bundle["waitingMinutes"] for bundle in found["bundles"]] == [0, 0]


async def test_nothing_is_suggested_when_one_is_elsewhere(
    small_school: SmallSchool, head: Client, parent: Client, lot: models.Pupil
) -> None:
    round_ = await announced(head, small_school, windows=rooms(small_school, "A", "A", end="14:20"))
    other = await announced(head, small_school, windows=rooms(small_school, "A", "A"), kind="PARENT")
    seen = await seen_by(parent, other)
    await booked(parent, ticket_of(seen, lot), slot_at(seen, "14:00", small_school.other_teacher))
    found = await asking(parent, await seen_by(parent, round_), small_school.noor, lot)
    assert (found["bundles"], [times(bundle) for bundle in found["nearest"]]) == ([], [["14:10"], ["14:10"]])


# ------------------------------------------------------------------------------------------------ when nothing fits


@pytest.mark.parametrize(
    ("other", "waits", "days", "missing"),
    [
        ({"begin": "15:10", "end": "15:20"}, 60, 1, 0),  # an hour between two is not too much
        ({"begin": "15:11", "end": "15:21"}, 61, 1, 0),
        ({"begin": "14:00", "end": "14:10", "day": NEXT}, 0, 2, 0),
        ({"begin": "14:00", "end": "14:10"}, 0, 1, 1),
    ],
)
async def test_what_comes_nearest(
    small_school: SmallSchool,
    head: Client,
    parent: Client,
    lot: models.Pupil,
    other: dict[str, Any],
    waits: int,
    days: int,
    missing: int,
) -> None:
    first = window(small_school.teacher, begin="14:00", end="14:10", room="A")
    windows = [first, window(small_school.other_teacher, room="B", **other)]
    round_ = await announced(head, small_school, windows=windows)
    found = await asking(parent, await seen_by(parent, round_), small_school.noor, lot)

    fits = waits == 60
    assert (len(found["bundles"]) > 0, len(found["nearest"]) > 0) == (fits, not fits)
    best = (found["bundles"] or found["nearest"])[0]
    assert (best["waitingMinutes"], best["days"], len(best["missing"])) == (waits, days, missing)
    assert len(best["slots"]) == len(best["tickets"]) == 2 - missing


# ------------------------------------------------------------------------------------------------ what may be asked


async def test_for_none_for_six_and_for_more(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    for number in range(6):
        await child_of(database, small_school.group, f"Kind {number}", small_school.guardian)
    round_ = await announced(head, small_school)
    tickets = [ticket["id"] for ticket in (await seen_by(parent, round_))["tickets"]]
    assert len(tickets) == 7

    assert await parent.refused(SUGGEST, input={"ticketIds": []}) == ["REQUIRED"]
    assert await parent.refused(SUGGEST, input={"ticketIds": tickets}) == ["TOO_MANY"]
    found = await parent.ok(SUGGEST, input={"ticketIds": tickets[:6]})
    assert [len(bundle["slots"]) for bundle in found["bundles"]] == [6] * 5
    assert found["bundles"][0]["waitingMinutes"] == 0


async def test_for_a_child_of_others_nothing_is_suggested(
    small_school: SmallSchool, head: Client, parent: Client, classmates_parent: Client, lot: models.Pupil
) -> None:
    round_ = await announced(head, small_school)
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    noors, sams = ticket_of(mine, small_school.noor), ticket_of(theirs, small_school.sam)
    assert await parent.refused(SUGGEST, input={"ticketIds": [noors, sams]}) == ["NOT_FOUND"]
    assert await parent.ok(SUGGEST, input={"ticketIds": [noors, ticket_of(mine, lot)]})


async def test_what_is_too_near_to_another_party_is_not_suggested(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients, lot: models.Pupil
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor)
    await set_apart(head, small_school.noor, [small_school.guardian], [father])
    round_ = await announced(head, small_school, windows=rooms(small_school, "A", "A", end="15:00"))
    mine, his = await seen_by(parent, round_), await seen_by(fathers, round_)
    await booked(fathers, ticket_of(his, small_school.noor), slot_at(his, "14:00"))

    found = await asking(parent, mine, small_school.noor, lot)
    noors = [
        time
        for bundle in found["bundles"]
        for time, ticket in zip(times(bundle), bundle["tickets"], strict=True)
        if ticket["id"] == ticket_of(mine, small_school.noor)
    ]
    assert noors
    assert min(noors) == "14:30"
