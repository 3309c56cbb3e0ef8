"""Feeds of one connection share who their follower is, and each acts on it by itself."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

import schema.audience
from models import Role
from models.database import Database
from schoolplein.app import Application
from tests.clients import SOON_S, Clients, Clock, Live
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
from tests.live.words import FOLLOW_POSTS, ended, publish, started, told


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


async def test_a_doubted_feed_with_news_at_hand_does_not_hold_up_the_process(
    small_school: SmallSchool, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.audience, "SHARE_S", 2 * SOON_S)
    admin, group = clients(small_school.token(small_school.admin)), id_of(small_school.group)
    async with HeldLive(clients.app, small_school.token(small_school.teacher)) as live:
        quick, slow = [await live.subscribe(FOLLOW_POSTS, group=group) for _ in range(2)]
        await started(quick)
        await started(slow)
        live.held = slow.id
        posts = []
        for title in ("Een", "Twee"):
            posts.append(await publish(admin, small_school.school, small_school.group, title))
            await told(quick, 1)
            await live.is_holding.wait()

        for standing in clients.app.service()._standings:
            standing.doubt()
        live.let_go.set()

        async with asyncio.timeout(SOON_S):
            assert [event["postId"] for event in await told(slow, 2)] == posts


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
