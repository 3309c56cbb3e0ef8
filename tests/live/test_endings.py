"""How feeds and their connections end when a session or a right does, though nothing happens on the feed."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import SQLModel

import models
import schoolplein.sockets
from models import Role
from models.database import Database
from schoolplein.app import Application, create_app
from schoolplein.service import MOST_OF_A_PERSON
from schoolplein.settings import Settings
from tests.clients import Clients, Clock, serving
from tests.edge.sockets import Ended, Socket, followers, following, signed_in, start
from tests.edge.streams import Stream
from tests.factories import (
    Facts,
    SmallSchool,
    amend,
    enrol,
    founding,
    guardian,
    id_of,
    sign_in_token,
    teacher,
)
from tests.live.words import FOLLOW_POSTS, SIGN_OUT, ended, publish, started, told

OVER = (4403, "Session ended")


@pytest.fixture
def token(small_school: SmallSchool) -> str:
    return small_school.token(small_school.teacher)


async def end(socket: Socket) -> tuple[int, str]:
    """How the service closes a connection on which it says nothing more."""
    with pytest.raises(Ended) as closed:
        await socket.hear()
    return closed.value.code, closed.value.reason


async def goodbyes(socket: Socket, *ids: str) -> None:
    """That each of these feeds is told goodbye, and is over; and nothing else is said."""
    heard = [await socket.hear() for _ in range(2 * len(ids))]
    byes = {one["id"]: one["payload"]["data"]["postFeed"] for one in heard if one["type"] == "next"}
    assert {id_: frame["kind"] for id_, frame in byes.items()} == dict.fromkeys(ids, "BYE")
    assert all(500 <= frame["retryAfterMs"] <= 5_000 for frame in byes.values())
    assert sorted(one["id"] for one in heard if one["type"] == "complete") == sorted(ids)


# ------------------------------------------------------------------------------------------------ sessions


async def test_a_session_that_is_signed_out_elsewhere_ends_its_connections_and_no_others(
    app: Application, clients: Clients, small_school: SmallSchool, token: str, database: Database
) -> None:
    async with founding(database) as facts:
        phone = sign_in_token(facts, small_school.teacher)
    async with signed_in(app, token) as laptop, signed_in(app, phone) as other_device:
        for id_ in ("1", "2"):
            await start(laptop, small_school, id_)
        await start(other_device, small_school, "1")
        async with Stream(app, following(small_school), token) as stream:
            await stream.frame()

            await clients(token).ok(SIGN_OUT)

            await goodbyes(laptop, "1", "2")
            assert await end(laptop) == OVER
            assert (await stream.frame())["kind"] == "BYE"
            await stream.completed()
        post = await publish(clients(phone), small_school.school, small_school.group, "Gymles")
        event = await other_device.hear()
        assert event["payload"]["data"]["postFeed"]["events"][0]["postId"] == post


async def test_a_session_that_is_signed_out_at_another_process_ends_here(
    app: Application, settings: Settings, clock: Clock, small_school: SmallSchool, token: str
) -> None:
    async with signed_in(app, token) as socket:
        await start(socket, small_school, "1")
        async with serving(create_app(settings), clock) as elsewhere, Clients(elsewhere) as clients:
            await clients(token).ok(SIGN_OUT)

            await goodbyes(socket, "1")
            assert await end(socket) == OVER


async def test_a_session_ends_when_its_time_is_over(
    settings: Settings, small_school: SmallSchool, database: Database
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    async with founding(database) as facts:
        kept = sign_in_token(facts, small_school.teacher)
        over = sign_in_token(facts, small_school.teacher, expires_at=soon)
    # The real clock, and the timers that go by it.
    async with serving(create_app(settings)) as app, signed_in(app, kept) as stays, signed_in(app, over) as expires:
        for socket in (stays, expires):
            await start(socket, small_school, "1")

        await goodbyes(expires, "1")
        assert await end(expires) == OVER
        assert datetime.now(UTC) >= soon
        assert followers(app) == 1


# ------------------------------------------------------------------------------------------------ rights


def _membership(facts: Facts, school: SmallSchool, role: Role) -> tuple[models.Person, SQLModel]:
    somebody = teacher(facts, school.group) if role is Role.STAFF else guardian(facts, enrol(facts, school.group))
    return somebody, next(row for row in facts.rows if isinstance(row, models.Membership))


def _teaching(facts: Facts, school: SmallSchool) -> tuple[models.Person, SQLModel]:
    somebody = teacher(facts, school.group)
    return somebody, next(row for row in facts.rows if isinstance(row, models.Teaching))


def _family(kind: type[SQLModel]) -> Callable[[Facts, SmallSchool], tuple[models.Person, SQLModel]]:
    def arrange(facts: Facts, school: SmallSchool) -> tuple[models.Person, SQLModel]:
        somebody = guardian(facts, enrol(facts, school.group, given_name="Daan"))
        return somebody, next(row for row in facts.rows if isinstance(row, kind))

    return arrange


RIGHTS = {
    "the membership of a teacher": lambda facts, school: _membership(facts, school, Role.STAFF),
    "the membership of a guardian": lambda facts, school: _membership(facts, school, Role.GUARDIAN),
    "a teaching": _teaching,
    "a guardianship": _family(models.Guardianship),
    "an enrolment": _family(models.Enrolment),
}


@pytest.mark.parametrize("arrange", RIGHTS.values(), ids=RIGHTS)
async def test_a_silent_feed_ends_with_the_right_to_it_and_all_others_go_on(
    arrange: Callable[[Facts, SmallSchool], tuple[models.Person, SQLModel]],
    clients: Clients,
    database: Database,
    clock: Clock,
    small_school: SmallSchool,
    token: str,
) -> None:
    group = id_of(small_school.group)
    async with founding(database) as facts:
        somebody, right = arrange(facts, small_school)
        leaving = sign_in_token(facts, somebody)
    parent = small_school.token(small_school.classmates_guardian)
    async with clients.live(leaving) as leaves, clients.live(token) as stays, clients.live(parent) as stays_too:
        feeds = [await live.subscribe(FOLLOW_POSTS, group=group) for live in (leaves, stays, stays_too)]
        for feed in feeds:
            await started(feed)

        await amend(database, right, ended_at=clock())

        frame = await feeds[0].frame()
        assert (frame["kind"], frame["cursor"], frame["events"], frame["retryAfterMs"]) == ("REVOKED", None, [], None)
        await ended(feeds[0])
        post = await publish(clients(token), small_school.school, small_school.group, "Gymles")
        for feed in feeds[1:]:
            assert [event["postId"] for event in await told(feed, 1)] == [post], "and nothing before it"
        assert await (await leaves.subscribe(FOLLOW_POSTS, group=group)).refused() in (["NOT_FOUND"], ["FORBIDDEN"])


async def test_who_keeps_a_right_by_another_fact_keeps_the_feed(
    clients: Clients, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    async with founding(database) as facts:
        twins = [enrol(facts, small_school.group, given_name=name) for name in ("Daan", "Lotte")]
        parent = sign_in_token(facts, guardian(facts, *twins))
    guardianships = [row for row in facts.rows if isinstance(row, models.Guardianship)]
    teacher_ = clients(small_school.token(small_school.teacher))
    async with clients.live(parent) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
        await started(feed)

        await amend(database, guardianships[0], ended_at=clock())
        post = await publish(teacher_, small_school.school, small_school.group, "Gymles")
        assert [event["postId"] for event in await told(feed, 1)] == [post]

        await amend(database, guardianships[1], ended_at=clock())
        assert (await feed.frame())["kind"] == "REVOKED"
        await ended(feed)


# ------------------------------------------------------------------------------------------------ how many


async def test_twenty_connections_are_the_most_that_one_person_has(
    app: Application, small_school: SmallSchool, token: str, database: Database
) -> None:
    async with founding(database) as facts:
        phone = sign_in_token(facts, small_school.teacher)
    assert MOST_OF_A_PERSON == 20

    async with AsyncExitStack() as opened, Stream(app, following(small_school), phone) as stream:
        await stream.frame()
        for number in range(18):
            await start(await opened.enter_async_context(signed_in(app, (token, phone)[number % 2])), small_school, "1")
        async with signed_in(app, phone) as twentieth:
            for _ in range(2):
                assert await _refusal(app, token) == (4403, "Too many connections")
                async with Stream(app, following(small_school), token) as one_too_many:
                    assert await one_too_many.refused() == ["RATE_LIMITED"]
            async with signed_in(app, small_school.token(small_school.guardian)):
                await start(twentieth, small_school, "1")
        async with Stream(app, following(small_school), token) as in_its_place:
            await in_its_place.frame()
            assert await _refusal(app, phone) == (4403, "Too many connections")
        async with signed_in(app, token):
            pass


async def _refusal(app: Application, token: str) -> tuple[int, str]:
    async with Socket(app) as socket:
        await socket.accepted()
        await socket.tell(type="connection_init", payload={"authorization": f"Bearer {token}"})
        return await end(socket)


async def test_a_full_process_sends_sockets_elsewhere(
    app: Application, small_school: SmallSchool, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert schoolplein.sockets.MOST_SOCKETS == 10_000
    monkeypatch.setattr(schoolplein.sockets, "MOST_SOCKETS", 2)
    async with signed_in(app, token) as first:
        async with Socket(app) as second:
            await second.accepted()
            async with Socket(app) as third:
                await third.accepted()
                assert (await end(third))[0] == 1013
            await start(first, small_school, "1")
        async with signed_in(app, token) as next_one:
            await start(next_one, small_school, "1")


async def test_who_says_too_much_is_read_slower_and_answered_all_the_same(app: Application, token: str) -> None:
    loop = asyncio.get_running_loop()
    async with signed_in(app, token) as socket:
        began = loop.time()
        for number in range(112):
            await socket.tell(type="ping", payload={"number": number})
        answered = [(await socket.hear())["payload"]["number"] for _ in range(112)]

        assert answered == list(range(112))
        assert loop.time() - began > 0.5, "twelve more than may come at once, and one for the connection"
