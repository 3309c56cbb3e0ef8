"""A round opens and closes to the second, by the clock of the database; who has priority may book earlier (f4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from models.database import Database
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.ids import key_of
from resolvers.meetings.bookings import Wish, book_meetings, cancel_meeting
from resolvers.viewer import find_by_token
from schoolplein.app import Application
from tests.clients import BEFORE_SCHOOL, Client, Clock
from tests.factories import SmallSchool
from tests.meetings.documents import BOOK, CANCEL, CANCEL_ROUND, CANCEL_SLOT, UPDATE_ROUND
from tests.meetings.families import child_of, mark, tickets_of
from tests.meetings.planning import announced, booked, free, plan, seen_by, slot_at, ticket_of, window, wish

SECOND = timedelta(seconds=1)
PRIORITY = BEFORE_SCHOOL + timedelta(hours=12)
OPENS = BEFORE_SCHOOL + timedelta(days=1)
CLOSES = BEFORE_SCHOOL + timedelta(days=3)
SHUT, TOO_EARLY = ["ROUND_NOT_OPEN"], ["NOT_IN_PRIORITY"]


@pytest.fixture
async def later(small_school: SmallSchool, head: Client) -> dict[str, Any]:
    """A round that opens tomorrow, and this evening for who has priority."""
    return await announced(head, small_school, priorityOpensAt=PRIORITY, opensAt=OPENS, closesAt=CLOSES)


async def outcome(somebody: Client, ticket: str, slot: str) -> list[str]:
    """The codes with which a booking is refused; none when it was made."""
    return (await somebody.ask(BOOK, input=wish((ticket, slot)))).codes


@pytest.mark.parametrize(
    ("moment", "state", "everybody", "first"),
    [
        (PRIORITY - SECOND, "ANNOUNCED", SHUT, SHUT),
        (PRIORITY, "ANNOUNCED", TOO_EARLY, []),
        (OPENS - SECOND, "ANNOUNCED", TOO_EARLY, []),
        (OPENS, "OPEN", [], []),
        (OPENS + SECOND, "OPEN", [], []),
        (CLOSES - SECOND, "OPEN", [], []),
        (CLOSES, "CLOSED", SHUT, SHUT),
        (CLOSES + SECOND, "CLOSED", SHUT, SHUT),
    ],
)
async def test_a_round_opens_and_closes_to_the_second(
    small_school: SmallSchool,
    head: Client,
    parent: Client,
    classmates_parent: Client,
    clock: Clock,
    later: dict[str, Any],
    moment: datetime,
    state: str,
    everybody: list[str],
    first: list[str],
) -> None:
    mine, theirs = await seen_by(parent, later), await seen_by(classmates_parent, later)
    await mark(head, ticket_of(theirs, small_school.sam), needsInterpreter=True)
    clock.stand_at(moment)

    seen, seen_first = await seen_by(parent, later), await seen_by(classmates_parent, later)
    assert (seen["state"], seen["viewerMayBook"], seen_first["viewerMayBook"]) == (state, not everybody, not first)
    one, other = (slot["id"] for slot in free(mine)[:2])
    assert await outcome(parent, ticket_of(mine, small_school.noor), one) == everybody
    assert await outcome(classmates_parent, ticket_of(theirs, small_school.sam), other) == first


async def test_without_a_priority_window_nobody_is_early(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock
) -> None:
    round_ = await announced(head, small_school, opensAt=OPENS, closesAt=CLOSES)
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), free(mine)[0]["id"]
    await mark(head, ticket, needsInterpreter=True)

    clock.stand_at(OPENS - SECOND)
    assert await outcome(parent, ticket, slot) == SHUT
    clock.stand_at(OPENS)
    assert await outcome(parent, ticket, slot) == []


async def test_the_school_also_books_on_behalf_only_while_the_round_is_open(
    small_school: SmallSchool, teacher: Client, clock: Clock, later: dict[str, Any]
) -> None:
    seen = await seen_by(teacher, later)
    ticket, slot = ticket_of(seen, small_school.noor), free(seen)[0]["id"]

    clock.stand_at(OPENS - SECOND)
    assert await outcome(teacher, ticket, slot) == TOO_EARLY
    clock.stand_at(OPENS)
    assert await outcome(teacher, ticket, slot) == []


async def test_a_draft_is_not_there_for_families_and_a_cancelled_round_not_open(
    small_school: SmallSchool, head: Client, parent: Client
) -> None:
    draft = await plan(head, small_school)
    ticket, slot = ticket_of(draft, small_school.noor), slot_at(draft, "14:00", small_school.teacher)
    assert await outcome(parent, ticket, slot) == ["NOT_FOUND"]
    assert await outcome(head, ticket, slot) == SHUT

    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    await head.ok(CANCEL_ROUND, input={"roundId": round_["id"]})
    assert await outcome(parent, ticket_of(mine, small_school.noor), free(mine)[0]["id"]) == SHUT


# ------------------------------------------------------------------------------------------------ who has priority


async def in_priority(planner: Client, round_: dict[str, Any]) -> None:
    """Let a round be open for who has priority, and for nobody else."""
    early, opens = BEFORE_SCHOOL - timedelta(hours=1), BEFORE_SCHOOL + timedelta(hours=1)
    times = {"priorityOpensAt": early.isoformat(), "opensAt": opens.isoformat()}
    await planner.ok(UPDATE_ROUND, input={"roundId": round_["id"], **times})


@pytest.mark.parametrize("need", ["needsInterpreter", "needsAccess"])
async def test_a_need_that_the_school_has_confirmed_gives_priority(
    small_school: SmallSchool, head: Client, parent: Client, round_: dict[str, Any], need: str
) -> None:
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), free(mine)[0]["id"]
    await in_priority(head, round_)
    assert await outcome(parent, ticket, slot) == TOO_EARLY

    await mark(head, ticket, **{need: True})
    assert await outcome(parent, ticket, slot) == []


async def test_families_with_several_talks_in_a_round_have_priority(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    lot = await child_of(database, small_school.other_group, "Lot", small_school.guardian)
    round_ = await announced(head, small_school)
    await in_priority(head, round_)
    mine = await seen_by(parent, round_)
    noors, lots = ticket_of(mine, small_school.noor), ticket_of(mine, lot)

    await mark(head, lots, needed=False)
    assert await outcome(parent, noors, slot_at(mine, "14:00", small_school.teacher)) == TOO_EARLY
    await mark(head, lots, needed=True)
    assert await outcome(parent, noors, slot_at(mine, "14:00", small_school.teacher)) == []
    assert await outcome(parent, lots, slot_at(mine, "14:20", small_school.other_teacher)) == []


async def test_a_talk_in_another_round_gives_no_priority_in_this_one(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    await child_of(database, small_school.other_group, "Lot", small_school.guardian)
    await announced(head, small_school, groups=[small_school.other_group], windows=[window(small_school.other_teacher)])
    round_ = await announced(head, small_school, groups=[small_school.group], windows=[window(small_school.teacher)])
    await in_priority(head, round_)
    mine = await seen_by(parent, round_)
    assert await outcome(parent, ticket_of(mine, small_school.noor), free(mine)[0]["id"]) == TOO_EARLY


@pytest.mark.parametrize("taken_away", ["the slot", "the talk", "by the family"])
async def test_whose_talk_the_school_took_away_has_priority_once(
    small_school: SmallSchool, head: Client, parent: Client, round_: dict[str, Any], taken_away: str
) -> None:
    mine = await seen_by(parent, round_)
    ticket, (first, second) = ticket_of(mine, small_school.noor), [slot["id"] for slot in free(mine)[:2]]
    talk = await booked(parent, ticket, first)
    await in_priority(head, round_)
    if taken_away == "the slot":
        await head.ok(CANCEL_SLOT, input={"slotId": first})
    else:
        whoever = head if taken_away == "the talk" else parent
        await whoever.ok(CANCEL, input={"bookingId": talk["id"]})
    assert await tickets_of(parent, round_, small_school.noor) == {ticket: "INVITED"}

    if taken_away == "by the family":
        assert await outcome(parent, ticket, second) == TOO_EARLY
        return
    again = await booked(parent, ticket, second)
    await parent.ok(CANCEL, input={"bookingId": again["id"]})
    assert await outcome(parent, ticket, second) == TOO_EARLY


# ------------------------------------------------------------------------------------------------ whose clock


async def asking(app: Application, token: str, *, fast: timedelta) -> Context:
    """A request to a process whose own clock is fast, or slow, and which has no test's clock to stand in for it."""
    service, now = app.service(), datetime.now(UTC) + fast
    viewer = await find_by_token(service.database, token, now, lenient=True)
    return Context(
        database=service.database, doorbell=service.news.hub, door=service.door, viewer=viewer, now=now, stands_at=None
    )


async def test_the_clock_of_the_database_decides_and_not_that_of_the_process(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock, app: Application, database: Database
) -> None:
    now, hour = datetime.now(UTC), timedelta(hours=1)
    half = hour / 2
    clock.stand_at(now)
    there = window(small_school.teacher, day=now + timedelta(days=7))
    found: dict[str, Wish] = {}
    for name, opens in {"closed": now - hour + timedelta(minutes=5), "open": now - half, "ahead": now + half}.items():
        told = {"opensAt": opens, "closesAt": opens + hour, "groups": [small_school.group]}
        round_ = await announced(head, small_school, windows=[there], **told)
        mine = await seen_by(parent, round_)
        ticket, slot = ticket_of(mine, small_school.noor), free(mine)[len(found)]["id"]
        found[name] = Wish(key_of("ticket", ticket), key_of("slot", slot))
        if name == "closed":
            await _close(database, round_, now - half)

    token = small_school.token(small_school.guardian)
    for fast in (-hour, hour):
        for name in ("closed", "ahead"):
            with pytest.raises(Refused) as refused:
                await book_meetings(await asking(app, token, fast=fast), wishes=[found[name]], topics=None)
            assert refused.value.code is Code.ROUND_NOT_OPEN
        (talk,) = await book_meetings(await asking(app, token, fast=fast), wishes=[found["open"]], topics=None)
        await cancel_meeting(await asking(app, token, fast=fast), booking_id=talk)


async def _close(database: Database, round_: dict[str, Any], moment: datetime) -> None:
    """Have a round be closed since a moment: none can be made that is closed already."""
    this = {"id": key_of("round", round_["id"]), "moment": moment}
    async with database.begin() as session:
        await session.execute(text("update meeting_round set closes_at = :moment where id = :id"), this)
