"""The catch-up law for the slots of a round: it holds for every command by which one is taken or freed.

A slot that is hidden from one party alone, since it is too near to another party's talk, is told to nobody: an event
would betray that talk.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import product

import pytest

from models.database import Database
from tests.api.documents import ANYTHING
from tests.clients import Clients, Clock
from tests.factories import SmallSchool
from tests.live.evenings import Arrange, Evening, evening_of
from tests.live.lists import Follower, Slots
from tests.live.meeting_cases import by_families
from tests.live.planning_cases import by_the_school
from tests.live.silent_cases import in_silence

CASES = [*by_families.cases, *by_the_school.cases]


@asynccontextmanager
async def _following(evening: Evening) -> AsyncIterator[dict[str, Follower]]:
    """Let a guardian, the teacher and the administrator follow the rounds of an evening."""
    school = evening.school
    people = {"a guardian": school.guardian, "the teacher": school.teacher, "the administrator": school.admin}
    rounds = {"the round": evening.round} | {f"round {place}": id_ for place, id_ in enumerate(evening.others, 2)}
    async with AsyncExitStack() as open_:
        followers = dict[str, Follower]()
        for (who, somebody), (where, round_) in product(people.items(), rounds.items()):
            token = school.token(somebody)
            if await evening.clients(token).ok(ANYTHING, id=round_):  # not of a draft, for a guardian
                live = await open_.enter_async_context(evening.clients.live(token))
                follower = Follower(evening.clients(token), live, Slots, round=round_)
                await follower.begin()
                followers[f"{where}, for {who}"] = follower
        yield followers


async def _catch_up(followers: dict[str, Follower]) -> int:
    """Apply all that is told, and see that each has what can be read now; answers how many events it was."""
    events = 0
    for what, follower in followers.items():
        fresh = await follower.read()
        events += await follower.catch_up(fresh.cursor)
        assert follower.list.shown() == fresh.shown(), what
    return events


@pytest.fixture
async def evening(small_school: SmallSchool, clock: Clock, database: Database, clients: Clients) -> Evening:
    """An evening on which nothing is booked yet."""
    return await evening_of(small_school, clock, database, clients)


@pytest.mark.parametrize(("mutation", "arrange"), CASES, ids=[case.__name__ for _, case in CASES])
async def test_the_slots_of_a_round_and_what_the_feed_tells_are_the_slots_as_they_are_now(
    mutation: str, arrange: Arrange, evening: Evening
) -> None:
    act = await arrange(evening)
    async with _following(evening) as followers:
        await act()

        assert await _catch_up(followers), f"nobody is told of {mutation}"


@pytest.mark.parametrize("arrange", [case for _, case in in_silence.cases], ids=lambda case: case.__name__)
async def test_what_changes_no_slot_tells_nobody(arrange: Arrange, evening: Evening) -> None:
    act = await arrange(evening)
    async with _following(evening) as followers:
        await act()

        assert await _catch_up(followers) == 0
