"""Out again, live: a feed on which nothing happens ends as soon as the office takes a right away, at any process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

import models
from models.database import Database
from schoolplein.app import create_app
from schoolplein.settings import Settings
from tests.api.office import (
    DEREGISTER_PUPIL,
    END_GUARDIANSHIP,
    END_MEMBERSHIP,
    END_TEACHING,
    LEAVE_GUARDIANSHIP,
    MOVE_PUPIL,
    REVOKE_MEMBER_SESSIONS,
    SET_MEMBER_BLOCKED,
    WHY,
    at,
)
from tests.clients import Clients, Clock, serving
from tests.factories import SmallSchool, id_of
from tests.live.words import FOLLOW_ABSENCES, FOLLOW_POSTS, ended, publish, report, started, told


@dataclass(frozen=True, slots=True)
class Way:
    """A way out: who asks what, and how the feed of whom it concerns ends."""

    document: str
    about: Callable[[SmallSchool], dict[str, Any]]
    last: str = "REVOKED"
    asks: Callable[[SmallSchool], models.Person] = lambda town: town.admin


def _noor(town: SmallSchool) -> dict[str, Any]:
    return {"pupilId": id_of(town.noor)}


OF_GUARDIANS = {
    "guardianship ended": Way(END_GUARDIANSHIP, lambda t: {**_noor(t), "personId": id_of(t.guardian), **WHY}),
    "guardianship given up": Way(LEAVE_GUARDIANSHIP, _noor, asks=lambda town: town.guardian),
    "pupil moved": Way(MOVE_PUPIL, lambda town: {**_noor(town), "groupId": id_of(town.other_group)}),
    "pupil deregistered": Way(DEREGISTER_PUPIL, lambda town: {**_noor(town), **WHY}),
    "membership ended": Way(END_MEMBERSHIP, lambda town: at(town, town.guardian, role="GUARDIAN", **WHY)),
    "blocked": Way(SET_MEMBER_BLOCKED, lambda town: at(town, town.guardian, blocked=True, **WHY), "BYE"),
    "sessions ended": Way(REVOKE_MEMBER_SESSIONS, lambda town: at(town, town.guardian, **WHY), "BYE"),
}
OF_TEACHERS = {
    "teaching ended": Way(END_TEACHING, lambda t: {"groupId": id_of(t.group), "personId": id_of(t.teacher)}),
    "membership ended": Way(END_MEMBERSHIP, lambda town: at(town, town.teacher, role="STAFF", **WHY)),
    "blocked": Way(SET_MEMBER_BLOCKED, lambda town: at(town, town.teacher, blocked=True, **WHY), "BYE"),
}


async def _take(clients: Clients, town: SmallSchool, way: Way) -> None:
    await clients(town.token(way.asks(town))).ok(way.document, input=way.about(town))


@pytest.mark.parametrize("name", OF_GUARDIANS)
async def test_a_guardians_silent_feed_ends_and_the_others_go_on(
    name: str, small_school: SmallSchool, clients: Clients
) -> None:
    town, way = small_school, OF_GUARDIANS[name]
    async with (
        clients.live(town.token(town.guardian)) as goes,
        clients.live(town.token(town.classmates_guardian)) as stays,
    ):
        feed = await goes.subscribe(FOLLOW_POSTS, group=id_of(town.group))
        other = await stays.subscribe(FOLLOW_POSTS, group=id_of(town.group))
        await started(feed)
        await started(other)

        await _take(clients, town, way)

        frame = await feed.frame()
        assert (frame["kind"], frame["events"]) == (way.last, [])
        await ended(feed)
        made = await publish(clients(town.token(town.teacher)), town.school, town.group, "Gymles")
        assert [event["postId"] for event in await told(other, 1)] == [made]


@pytest.mark.parametrize("name", OF_TEACHERS)
async def test_a_teachers_silent_feed_ends_and_that_of_the_administration_goes_on(
    name: str, small_school: SmallSchool, clients: Clients
) -> None:
    town, way = small_school, OF_TEACHERS[name]
    async with clients.live(town.token(town.teacher)) as goes, clients.live(town.token(town.admin)) as stays:
        feed = await goes.subscribe(FOLLOW_ABSENCES, group=id_of(town.group))
        other = await stays.subscribe(FOLLOW_ABSENCES, group=id_of(town.group))
        await started(feed)
        await started(other)

        await _take(clients, town, way)

        frame = await feed.frame()
        assert (frame["kind"], frame["events"]) == (way.last, [])
        await ended(feed)
        made = await report(clients(town.token(town.guardian)), town.noor)
        assert [event["report"]["id"] for event in await told(other, 1)] == [made]


@pytest.fixture
async def two_applications(database_url: str, redis_url: str, clock: Clock) -> AsyncIterator[tuple[Clients, Clients]]:
    """Two applications as two processes have them, each with connections of its own, on one database and one Redis."""
    settings = Settings(database_url=database_url, redis_url=redis_url, pool_size=4)
    async with AsyncExitStack() as stack:
        apps = [await stack.enter_async_context(serving(create_app(settings), clock)) for _ in range(2)]
        here, there = [await stack.enter_async_context(Clients(app)) for app in apps]
        yield here, there


@pytest.mark.parametrize("name", ["guardianship ended", "pupil moved", "blocked"])
async def test_a_silent_feed_at_another_process_ends_too(
    name: str, small_school: SmallSchool, two_applications: tuple[Clients, Clients], database: Database
) -> None:
    town, way = small_school, OF_GUARDIANS[name]
    here, there = two_applications
    async with there.live(town.token(town.guardian)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(town.group))
        await started(feed)

        await _take(here, town, way)

        assert (await feed.frame())["kind"] == way.last
        await ended(feed)
