"""What the school plans takes no more statements for many slots, talks and families than for a few."""

from collections.abc import Awaitable, Callable

import pytest

from models.database import Database
from tests.clients import Clients
from tests.factories import SmallSchool, id_of
from tests.meetings.documents import (
    ADD_WINDOW,
    CANCEL_ROUND,
    CHANGE_WINDOW,
    CREATE_ROUND,
    MARK_TICKETS,
    REPLACE_HOST,
    WITHDRAW_DAY,
)
from tests.meetings.growing import Asking, Town, counted
from tests.meetings.planning import at, of_round, seen_by


@pytest.fixture
async def town(small_school: SmallSchool, clients: Clients, database: Database) -> Town:
    """The small school, and four families more."""
    town = Town(small_school, database, clients)
    await town.grow()
    return town


async def _create(town: Town, hours: int) -> Asking:
    windows = [town.window(town.small.teacher, 13, hours)]
    asked = of_round(town.small.school, [town.small.group], windows)
    return lambda: town.of(town.small.admin).ok(CREATE_ROUND, input=asked)


async def _add_window(town: Town, hours: int) -> Asking:
    round_ = await town.round(2)
    wished = town.window(town.small.teacher, 16, hours)
    return lambda: town.of(town.small.teacher).ok(ADD_WINDOW, input={"roundId": round_["id"], "window": wished})


async def _change_window(town: Town, hours: int) -> Asking:
    round_ = await town.round(2)
    last = max(round_["windows"], key=lambda one: one["startsAt"])
    asked = {"windowId": last["id"], "to": at(f"{15 + hours}:00", town.day).isoformat()}
    return lambda: town.of(town.small.admin).ok(CHANGE_WINDOW, input=asked)


async def _cancel_round(town: Town, hours: int) -> Asking:
    round_ = await town.round(hours)
    return lambda: town.of(town.small.admin).ok(CANCEL_ROUND, input={"roundId": round_["id"]})


async def _away(town: Town, hours: int) -> Asking:
    await town.round(hours)
    asked = {"schoolId": id_of(town.small.school), "hostId": id_of(town.small.teacher), "date": str(town.day.date())}
    return lambda: town.of(town.small.admin).ok(WITHDRAW_DAY, input=asked)


async def _replace(town: Town, _hours: int) -> Asking:
    round_ = await town.round(2)  # more windows are more to look at, more talks are not
    asked = {"roundId": round_["id"], "hostId": id_of(town.small.teacher), "newHostId": id_of(town.small.admin)}
    return lambda: town.of(town.small.admin).ok(REPLACE_HOST, input=asked)


async def _mark(town: Town, hours: int) -> Asking:
    round_ = await town.open_round(hours)
    seen = await seen_by(town.of(town.small.teacher), round_)
    asked = {"ticketIds": [ticket["id"] for ticket in seen["tickets"]], "needed": False}
    return lambda: town.of(town.small.teacher).ok(MARK_TICKETS, input=asked)


PLANS: dict[str, Callable[[Town, int], Awaitable[Asking]]] = {
    "createMeetingRound": _create,
    "addHostWindow": _add_window,
    "changeHostWindow": _change_window,
    "cancelMeetingRound": _cancel_round,
    "withdrawHostDay": _away,
    "replaceMeetingHost": _replace,
    "markMeetingTickets": _mark,
}


@pytest.mark.parametrize("what", PLANS)
async def test_a_plan_takes_as_many_statements_for_many_slots_and_talks_as_for_few(town: Town, what: str) -> None:
    few, _ = await counted(await PLANS[what](town, 2))
    await town.grow()
    many, _ = await counted(await PLANS[what](town, 4))

    assert len(few) == len(many)
