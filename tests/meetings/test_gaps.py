"""The talks of two parties about one child are so far apart that they do not meet in the corridor (f4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.database import Database
from tests.clients import Client, Clients
from tests.factories import SmallSchool, id_of
from tests.meetings.documents import BOOK, CANCEL, MOVE, READ_TICKET
from tests.meetings.families import mark, parent_of, set_apart
from tests.meetings.planning import announced, at, booked, seen_by, slot_at, ticket_of, window, wish


@pytest.fixture
async def fathers(small_school: SmallSchool, head: Client, database: Database, clients: Clients) -> Client:
    """The father of Noor, who comes apart from her mother."""
    father, client = await parent_of(database, clients, small_school.noor)
    await set_apart(head, small_school.noor, [small_school.guardian], [father])
    return client


def at_any_minute(town: SmallSchool, first: datetime, *others: datetime) -> list[dict[str, Any]]:
    """Windows of one slot: one with the teacher, the others with the colleague."""
    groups, told = [id_of(town.group)], []
    for place, begin in enumerate((first, *others)):
        host = town.other_teacher if place else town.teacher
        span = {"from": begin.isoformat(), "to": (begin + timedelta(minutes=20)).isoformat()}
        told.append({"hostIds": [id_of(host)], "groupIds": groups, **span})
    return told


@pytest.mark.parametrize(
    ("begins", "gap", "double", "is_apart"),
    [
        # The other talk is from 14:30 to 14:40, or to 14:50 when it is a double one.
        ("14:54", 15, False, False),
        ("14:55", 15, False, True),
        ("14:06", 15, False, False),
        ("14:05", 15, False, True),
        ("15:04", 15, True, False),
        ("15:05", 15, True, True),
        ("14:30", 0, False, False),
        ("14:40", 0, False, True),
        ("14:20", 0, False, True),
    ],
)
async def test_the_gap_is_kept_to_the_minute_on_both_sides(
    small_school: SmallSchool,
    head: Client,
    parent: Client,
    fathers: Client,
    begins: str,
    gap: int,
    *,
    double: bool,
    is_apart: bool,
) -> None:
    windows = at_any_minute(small_school, at("14:30"), at(begins))
    round_ = await announced(head, small_school, groups=[small_school.group], windows=windows, partyGapMinutes=gap)
    mine, his = await seen_by(parent, round_), await seen_by(fathers, round_)
    hers, theirs = ticket_of(mine, small_school.noor), ticket_of(his, small_school.noor)
    await mark(head, hers, doubleLength=double)
    slot = slot_at(his, begins, small_school.other_teacher)
    await booked(parent, hers, slot_at(mine, "14:30", small_school.teacher))

    seen = await fathers.ok(READ_TICKET, id=theirs)
    assert (slot in [one["id"] for one in seen["freeSlots"]]) is is_apart
    for somebody in (fathers, head):  # the school cannot let them meet either
        answered = await somebody.ask(BOOK, input=wish((theirs, slot)))
        assert answered.codes == ([] if is_apart else ["SLOT_TAKEN"])
        if is_apart:
            break


@pytest.mark.parametrize(("begins", "is_apart"), [("14:24", False), ("14:25", True), ("13:26", False), ("13:25", True)])
async def test_the_later_of_two_talks_is_a_double_one_or_the_earlier(
    small_school: SmallSchool, head: Client, parent: Client, fathers: Client, begins: str, *, is_apart: bool
) -> None:
    windows = at_any_minute(small_school, at("14:00"), at(begins))
    round_ = await announced(head, small_school, groups=[small_school.group], windows=windows)
    mine, his = await seen_by(parent, round_), await seen_by(fathers, round_)
    hers, theirs = ticket_of(mine, small_school.noor), ticket_of(his, small_school.noor)
    await mark(head, theirs, doubleLength=True)
    await booked(parent, hers, slot_at(mine, "14:00", small_school.teacher))  # until 14:10

    answered = await fathers.ask(BOOK, input=wish((theirs, slot_at(his, begins, small_school.other_teacher))))
    assert answered.codes == ([] if is_apart else ["SLOT_TAKEN"])


@pytest.mark.parametrize(("gap", "codes"), [(15, ["SLOT_TAKEN"]), (10, [])])
async def test_the_gap_is_kept_across_two_rounds(
    small_school: SmallSchool, head: Client, parent: Client, fathers: Client, gap: int, codes: list[str]
) -> None:
    first, second = [
        await announced(
            head, small_school, groups=[small_school.group], windows=[window(small_school.teacher)], partyGapMinutes=gap
        )
        for _ in range(2)
    ]
    mine, his = await seen_by(parent, first), await seen_by(fathers, second)
    await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))

    near = (ticket_of(his, small_school.noor), slot_at(his, "14:50"))
    assert (await fathers.ask(BOOK, input=wish(near))).codes == codes


async def test_of_two_rounds_with_another_gap_the_one_of_the_earlier_talk_counts(
    small_school: SmallSchool, head: Client, parent: Client, fathers: Client
) -> None:
    wide, narrow = [
        await announced(
            head, small_school, groups=[small_school.group], windows=[window(small_school.teacher)], partyGapMinutes=gap
        )
        for gap in (30, 10)
    ]
    mine, his = await seen_by(parent, wide), await seen_by(fathers, narrow)
    ticket = ticket_of(his, small_school.noor)
    await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))

    assert await fathers.refused(BOOK, input=wish((ticket, slot_at(his, "15:00")))) == ["SLOT_TAKEN"]
    assert await booked(fathers, ticket, slot_at(his, "15:10"))


async def test_moving_keeps_the_gap_and_a_cancelled_talk_keeps_nobody_away(
    small_school: SmallSchool, head: Client, parent: Client, fathers: Client
) -> None:
    round_ = await announced(head, small_school, groups=[small_school.group], windows=[window(small_school.teacher)])
    mine, his = await seen_by(parent, round_), await seen_by(fathers, round_)
    hers = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))
    talk = await booked(fathers, ticket_of(his, small_school.noor), slot_at(his, "15:30"))

    for near in ("14:10", "14:20", "14:40", "14:50"):
        refused = await fathers.refused(MOVE, input={"bookingId": talk["id"], "slotId": slot_at(his, near)})
        assert refused == ["SLOT_TAKEN"]
    assert await fathers.ok(MOVE, input={"bookingId": talk["id"], "slotId": slot_at(his, "15:00")})
    await parent.ok(CANCEL, input={"bookingId": hers["id"]})
    assert await fathers.ok(MOVE, input={"bookingId": talk["id"], "slotId": slot_at(his, "14:20")})


async def test_two_parties_in_one_request_of_the_school_are_kept_apart_too(
    small_school: SmallSchool, head: Client, parent: Client, fathers: Client
) -> None:
    round_ = await announced(head, small_school, groups=[small_school.group], windows=[window(small_school.teacher)])
    seen = await seen_by(head, round_)
    hers, his = [ticket_of(await seen_by(one, round_), small_school.noor) for one in (parent, fathers)]
    first, near, far = (slot_at(seen, clock) for clock in ("14:30", "14:50", "15:00"))

    assert await head.refused(BOOK, input=wish((hers, first), (his, near))) == ["SLOT_TAKEN"]
    assert len((await head.ok(BOOK, input=wish((hers, first), (his, far))))["bookings"]) == 2


@pytest.mark.usefixtures("fathers")
@pytest.mark.parametrize("begins", ["14:30", "14:40"])
async def test_parties_of_different_children_do_not_keep_each_other_away(
    small_school: SmallSchool, head: Client, parent: Client, classmates_parent: Client, begins: str
) -> None:
    groups, windows = [small_school.group], [window(small_school.teacher), window(small_school.other_teacher)]
    windows[1]["groupIds"] = [id_of(small_school.group)]
    round_ = await announced(head, small_school, groups=groups, windows=windows)
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30", small_school.teacher))
    there = slot_at(theirs, begins, small_school.other_teacher)
    assert await booked(classmates_parent, ticket_of(theirs, small_school.sam), there)
