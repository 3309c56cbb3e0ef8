"""Feeds of one connection share who their follower is, and each acts on it by itself."""

import asyncio
from collections.abc import Mapping
from typing import Any

from models import Role
from models.database import Database
from schoolplein.app import Application
from tests.clients import Clients, Clock, Live
from tests.factories import (
    SmallSchool,
    amend,
    found_school,
    founding,
    guardian,
    id_of,
    join,
    person,
    sign_in_token,
    teach,
)
from tests.live.words import FOLLOW_ABSENCES, FOLLOW_POSTS, ended, publish, started, told


class HeldLive(Live):
    """A client that does not take what one of its feeds is told, until it does."""

    def __init__(self, app: Application, token: str) -> None:
        super().__init__(app, token)
        self.held = ""
        self.is_holding = asyncio.Event()
        self.let_go = asyncio.Event()

    async def _hear(self, event: Mapping[str, Any]) -> None:
        if self.held and f'"id":"{self.held}"' in event.get("text", ""):
            self.is_holding.set()
            await self.let_go.wait()
        await super()._hear(event)


async def test_a_slow_feed_does_not_go_on_with_a_right_whose_end_another_feed_has_seen(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        substitute = person(facts, name="Inge Vos")
        join(facts, small_school.school.id, substitute, Role.STAFF)
        teaching = teach(facts, small_school.group, substitute)
        token = sign_in_token(facts, substitute)
    admin, group = clients(small_school.token(small_school.admin)), id_of(small_school.group)
    async with HeldLive(clients.app, token) as live:
        quick, slow = [await live.subscribe(FOLLOW_POSTS, group=group) for _ in range(2)]
        await started(quick)
        await started(slow)
        live.held = slow.id
        before = await publish(admin, small_school.school, small_school.group, "Ervoor")
        await told(quick, 1)
        await live.is_holding.wait()

        await amend(database, teaching, ended_at=clock())
        assert (await quick.frame())["kind"] == "REVOKED"
        await publish(admin, small_school.school, small_school.group, "Na afloop")
        live.let_go.set()

        assert [event["postId"] for event in await told(slow, 1)] == [before]
        assert (await slow.frame())["kind"] == "REVOKED"
        await ended(slow)


async def test_the_others_go_on_while_a_feed_catches_up_and_its_connection_is_looked_at(
    small_school: SmallSchool, clients: Clients
) -> None:
    """Each subscription is a reason to doubt its connection: a feed that reads meanwhile looks again, and waits."""
    admin = clients(small_school.token(small_school.admin))
    posts = [await publish(admin, small_school.school, small_school.group, f"Bericht {n}") for n in range(3)]
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feeds = [
            await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group), after="0.0")
            if number % 2
            else await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
            for number in range(20)
        ]
        for number, feed in enumerate(feeds):
            await started(feed)
            if number % 2:
                assert [event["postId"] for event in await told(feed, 3)] == posts


async def test_the_end_of_a_right_at_one_school_is_heard_by_feeds_of_another(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        elsewhere = found_school(facts, name="De Zwaan")
        both = guardian(facts, small_school.noor, name="Fenna Bos")
        administration = join(facts, elsewhere.id, both, Role.ADMIN)
        join(facts, elsewhere.id, small_school.teacher, Role.STAFF)
        token = sign_in_token(facts, both)
    document = """subscription($group: ID) { postFeed(groupId: $group) {
      kind cursor events { kind post { author { email } } } } }"""
    teacher = clients(small_school.token(small_school.teacher))
    async with clients.live(token) as live:
        feed = await live.subscribe(document, group=id_of(small_school.group))
        assert (await feed.frame())["kind"] == "START"
        await publish(teacher, small_school.school, small_school.group, "Een")
        (event,) = (await feed.frame())["events"]
        assert event["post"]["author"]["email"] == small_school.teacher.email

        await amend(database, administration, ended_at=clock())
        await publish(teacher, small_school.school, small_school.group, "Twee")

        (event,) = (await feed.frame())["events"]
        assert event["post"]["author"]["email"] is None
