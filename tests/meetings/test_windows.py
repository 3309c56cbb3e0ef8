"""When a window changes, what is booked in it stays where it is; what does not fit any more is listed (f4, set-up)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models import MailKind
from models.database import Database
from tests.api.documents import ANYTHING
from tests.clients import Client, Clock
from tests.factories import SmallSchool
from tests.meetings.documents import (
    ADD_WINDOW,
    BOOK,
    CANCEL,
    CANCEL_SLOT,
    CHANGE_WINDOW,
    MOVE,
    READ_BOOKING,
    REMOVE_WINDOW,
)
from tests.meetings.office import (
    READ_TALK,
    change,
    clock_of,
    mailed,
    mark,
    moved,
    planned,
    sequence_of,
    times,
    window_of,
)
from tests.meetings.planning import DAY, announced, at, booked, pause, seen_by, slot_at, ticket_of, window, wish

Round = dict[str, Any]


@pytest.fixture
async def round_(small_school: SmallSchool, head: Client) -> Round:
    """A round of one group, with its teacher from two to three o'clock."""
    town = small_school
    windows = [window(town.teacher, end="15:00", room="A")]
    return await announced(head, town, groups=[town.group], windows=windows)


@pytest.fixture
async def window_id(small_school: SmallSchool, round_: Round, head: Client) -> str:
    """Its window."""
    return window_of(await planned(head, round_), small_school.teacher)


async def talk_at(somebody: Client, round_: Round, clock: str) -> dict[str, Any]:
    """Book one's own ticket at a time."""
    seen = await seen_by(somebody, round_)
    return await booked(somebody, seen["tickets"][0]["id"], slot_at(seen, clock))


def overlapping(slots: list[dict[str, Any]]) -> list[str]:
    """When slots of one window begin before the one before has ended."""
    ends = [datetime.fromisoformat(slot["endsAt"]) for slot in slots]
    begins = [datetime.fromisoformat(slot["startsAt"]) for slot in slots]
    return [f"{begin:%H:%M}" for end, begin in zip(ends, begins[1:], strict=False) if begin < end]


# ------------------------------------------------------------------------------------------------ changed


async def test_a_longer_window_has_more_slots_and_the_others_are_the_same(
    round_: Round, window_id: str, teacher: Client, parent: Client
) -> None:
    talk = await talk_at(parent, round_, "14:00")
    before = await seen_by(parent, round_)

    await change(teacher, window_id, "13:40", "15:25")

    after = await seen_by(parent, round_)
    assert times(after["slots"]) == [
        *("13:40", "13:50", "14:00", "14:10", "14:20", "14:30", "14:40", "14:50"),
        *("15:00", "15:10"),
    ]
    assert after["slots"][2:8] == before["slots"]
    assert after["tickets"][0]["booking"]["id"] == talk["id"]


async def test_slots_are_made_anew_around_the_talks_that_still_fit(
    small_school: SmallSchool, round_: Round, window_id: str, teacher: Client, parent: Client, database: Database
) -> None:
    talk = await talk_at(parent, round_, "14:30")

    changed = await change(teacher, window_id, "14:05")

    slots = (await seen_by(parent, round_))["slots"]
    kept = await parent.ok(READ_BOOKING, id=talk["id"])
    assert (kept["startsAt"], kept["slot"]["id"]) == (talk["startsAt"], talk["slot"]["id"])
    assert changed["misfits"] == []
    assert talk["slot"]["id"] in [slot["id"] for slot in slots if slot["state"] == "BOOKED"]
    assert times(slots) == ["14:05", "14:15", "14:30", "14:45"]
    assert overlapping(slots) == []
    assert await mailed(database, small_school, MailKind.MEETING_CHANGED) == []
    assert await sequence_of(database, small_school, small_school.noor) == [0]


@pytest.mark.parametrize(
    ("span", "breaks"),
    [(("14:20", "15:00"), None), (("13:00", "14:00"), None), ((), [pause("14:05", "14:20")])],
    ids=["begins later", "ends before it", "has a break then"],
)
async def test_a_talk_that_does_not_fit_any_more_is_listed_and_stands_until_it_is_solved(
    small_school: SmallSchool, round_: Round, window_id: str, teacher: Client, parent: Client,
    span: tuple[str, ...], breaks: list[dict[str, str]] | None, database: Database,
) -> None:  # fmt: skip
    talk = await talk_at(parent, round_, "14:00")

    changed = await change(teacher, window_id, *span, **({} if breaks is None else {"breaks": breaks}))

    assert [one["id"] for one in changed["misfits"]] == [talk["id"]]
    standing = await parent.ok(READ_BOOKING, id=talk["id"])
    assert (standing["startsAt"], standing["cancelledAt"]) == (talk["startsAt"], None)
    seen = await seen_by(parent, round_)
    assert seen["tickets"][0]["state"] == "BOOKED"
    assert talk["slot"]["id"] not in [slot["id"] for slot in seen["slots"]]
    assert await mailed(database, small_school, MailKind.MEETING_CANCELLED) == []

    free = next(slot["id"] for slot in seen["slots"] if slot["state"] == "FREE")
    await teacher.ok(MOVE, input={"bookingId": talk["id"], "slotId": free})
    assert (await planned(teacher, round_))["windows"][0]["misfits"] == []


async def test_a_double_talk_whose_second_half_does_not_fit_any_more_is_listed(
    small_school: SmallSchool, round_: Round, window_id: str, teacher: Client, parent: Client
) -> None:
    await mark(teacher, ticket_of(await seen_by(parent, round_), small_school.noor), doubleLength=True)
    talk = await talk_at(parent, round_, "14:30")
    assert clock_of(talk["endsAt"]) == "14:50"

    fitting = await change(teacher, window_id, "14:00", "14:50")
    changed = await change(teacher, window_id, "14:00", "14:40")

    assert fitting["misfits"] == []
    assert [one["id"] for one in changed["misfits"]] == [talk["id"]]


async def test_who_was_in_a_withdrawn_slot_makes_no_room_for_others_there(
    small_school: SmallSchool, round_: Round, window_id: str, teacher: Client, parent: Client, classmates_parent: Client
) -> None:
    before = await seen_by(classmates_parent, round_)
    talk = await talk_at(parent, round_, "14:00")
    await change(teacher, window_id, "14:05")

    seen = await seen_by(classmates_parent, round_)
    ticket = ticket_of(seen, small_school.sam)

    assert {clock_of(one["startsAt"]): one["state"] for one in seen["slots"]}["14:05"] == "BOOKED"
    for slot_id in (talk["slot"]["id"], slot_at(before, "14:10"), slot_at(seen, "14:05")):
        assert await classmates_parent.refused(BOOK, input=wish((ticket, slot_id))) == ["SLOT_TAKEN"]
    await booked(classmates_parent, ticket, slot_at(seen, "14:15"))


async def test_a_slot_that_is_kept_free_stays_so_when_its_window_grows(
    round_: Round, window_id: str, teacher: Client
) -> None:
    slot = slot_at(await seen_by(teacher, round_), "14:20")
    await teacher.ok(CANCEL_SLOT, input={"slotId": slot})

    await change(teacher, window_id, "13:30")

    states = {one["id"]: one["state"] for one in (await seen_by(teacher, round_))["slots"]}
    assert states[slot] == "BLOCKED"


async def test_a_window_still_lies_within_one_day_and_one_agenda(
    small_school: SmallSchool, round_: Round, window_id: str, head: Client, teacher: Client
) -> None:
    late = {"to": (DAY + timedelta(days=1, minutes=10)).isoformat()}
    await head.ok(ADD_WINDOW, input={"roundId": round_["id"], "window": window(small_school.teacher, begin="15:30")})
    before = await planned(teacher, round_), (await seen_by(teacher, round_))["slots"]

    for wrong in (
        moved(window_id, None, "15:40"), moved(window_id, None, "14:05"), moved(window_id, "15:00", "14:00"),
        moved(window_id) | late, moved(window_id, breaks=[pause("13:50", "14:10")]),
        moved(window_id, breaks=[pause("14:00", "14:55")]),
    ):  # fmt: skip
        assert await teacher.refused(CHANGE_WINDOW, input=wrong) == ["INVALID_RANGE"]

    assert (await planned(teacher, round_), (await seen_by(teacher, round_))["slots"]) == before
    await change(teacher, window_id, "13:00", "15:30", breaks=[pause("13:00", "13:10")])


async def test_a_round_ends_as_its_last_window_does(round_: Round, window_id: str, teacher: Client) -> None:
    for end in ("17:00", "14:30"):
        await change(teacher, window_id, "14:00", end)
        assert datetime.fromisoformat((await planned(teacher, round_))["endsAt"]) == at(end)


# ------------------------------------------------------------------------------------------------ rooms


async def test_who_comes_is_told_of_another_room_and_their_calendar_too(
    small_school: SmallSchool, round_: Round, window_id: str, teacher: Client, parent: Client, database: Database
) -> None:
    town, talk = small_school, await talk_at(parent, round_, "14:00")

    await change(teacher, window_id, room="B")

    assert (await parent.ok(READ_TALK, id=talk["id"]))["slot"]["room"] == "B"
    assert await mailed(database, town, MailKind.MEETING_CHANGED) == [town.guardian.email]
    assert await sequence_of(database, town, town.noor) == [1]
    await change(teacher, window_id, room="B")
    assert await sequence_of(database, town, town.noor) == [1]
    assert (await change(teacher, window_id, room=""))["room"] is None
    assert await sequence_of(database, town, town.noor) == [2]


async def test_nobody_is_told_of_another_room_for_a_talk_that_is_over_or_off(
    small_school: SmallSchool, round_: Round, window_id: str, teacher: Client, parent: Client,
    classmates_parent: Client, clock: Clock, database: Database,
) -> None:  # fmt: skip
    await talk_at(parent, round_, "14:00")
    off = await talk_at(classmates_parent, round_, "14:30")
    await classmates_parent.ok(CANCEL, input={"bookingId": off["id"]})

    clock.stand_at(at("14:15"))
    await change(teacher, window_id, room="B")

    assert await mailed(database, small_school, MailKind.MEETING_CHANGED) == []


# ------------------------------------------------------------------------------------------------ added and removed


async def test_a_window_with_talks_is_not_removed(
    small_school: SmallSchool, round_: Round, window_id: str, teacher: Client, parent: Client
) -> None:
    talk, this = await talk_at(parent, round_, "14:00"), {"windowId": window_id}
    assert await teacher.refused(REMOVE_WINDOW, input=this) == ["HAS_BOOKINGS"]
    assert len((await seen_by(parent, round_))["slots"]) == 6

    await teacher.ok(CANCEL, input={"bookingId": talk["id"]})
    assert (await teacher.ok(REMOVE_WINDOW, input=this))["round"]["slots"] == []

    seen = await seen_by(parent, round_)
    assert (seen["slots"], (await planned(teacher, round_))["windows"]) == ([], [])
    assert await teacher.refused(REMOVE_WINDOW, input=this) == ["NOT_FOUND"]
    ticket = ticket_of(seen, small_school.noor)
    assert await parent.refused(BOOK, input=wish((ticket, talk["slot"]["id"]))) == ["SLOT_TAKEN"]
    again = {"roundId": round_["id"], "window": window(small_school.teacher)}
    assert len((await teacher.ok(ADD_WINDOW, input=again))["window"]["hosts"]) == 1
    await talk_at(parent, round_, "14:00")


async def test_hosts_keep_their_own_agenda_and_the_administration_everybodys(
    small_school: SmallSchool, round_: Round, window_id: str, head: Client, teacher: Client, other_teacher: Client,
    parent: Client, other_parent: Client,
) -> None:  # fmt: skip
    town, this = small_school, {"windowId": window_id}
    shared = {"roundId": round_["id"], "window": window(town.teacher, town.other_teacher, begin="16:00", end="17:00")}
    assert await teacher.refused(ADD_WINDOW, input=shared) == ["FORBIDDEN"]
    together = (await head.ok(ADD_WINDOW, input=shared))["window"]["id"]

    for operation, more in ((CHANGE_WINDOW, {"room": "C"}), (REMOVE_WINDOW, {})):
        for somebody in (parent, other_parent):  # nobody shows them windows
            assert await somebody.refused(operation, input=this | more) == ["NOT_FOUND"]
        assert await other_teacher.refused(operation, input=this | more) == ["NOT_FOUND"]
        for somebody in (teacher, other_teacher):
            assert await somebody.refused(operation, input={"windowId": together} | more) == ["FORBIDDEN"]
        await head.ok(operation, input={"windowId": together} | more)
    own = {"roundId": round_["id"], "window": window(town.teacher, begin="16:00", end="17:00")}
    assert await parent.refused(ADD_WINDOW, input=own) == ["FORBIDDEN"]
    assert await other_parent.refused(ADD_WINDOW, input=own) == ["NOT_FOUND"]
    added = (await teacher.ok(ADD_WINDOW, input=own))["window"]["id"]
    assert await parent.ok(ANYTHING, id=added) is None
    await teacher.ok(REMOVE_WINDOW, input={"windowId": added})
