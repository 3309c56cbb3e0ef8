"""Subscriptions as server-sent events: for clients and networks without WebSockets."""

import asyncio
from typing import Any

import pytest

import schoolplein.events
import schoolplein.service
from models import ClientKind, Role
from models.database import Database
from schoolplein.app import Application
from tests.clients import Clients, Clock
from tests.edge.sockets import ASK, followers, following
from tests.edge.streams import EVENTS, OPENED, URQL, Stream
from tests.factories import SmallSchool, amend, enrol, founding, guardian, id_of, join, person, sign_in_token, teach
from tests.live.words import FOLLOW_ABSENCES, FOLLOW_POSTS, GROUP, PUBLISH, publish

MODERN = "application/graphql-response+json; charset=utf-8"


# ------------------------------------------------------------------------------------------------ what is told


async def test_a_subscription_is_told_as_events_which_are_those_of_a_socket(
    app: Application, clients: Clients, token: str, small_school: SmallSchool
) -> None:
    async with Stream(app, following(small_school), token) as stream, clients.live(token) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
        assert stream.status == 200
        assert stream.headers.items() >= OPENED.items()
        assert [await stream.response()] == [(await feed.message())["payload"]]

        for title in ("Gymles", "Zwemles \N{SCHOOL}"):
            post = await publish(clients(token), small_school.school, small_school.group, title)
            response = await stream.response()

            assert response == (await feed.message())["payload"]
            (event,) = response["data"]["postFeed"]["events"]
            assert (event["postId"], event["post"]["title"]) == (post, title)


async def test_who_comes_back_with_a_cursor_gets_what_was_missed(
    app: Application, clients: Clients, token: str, small_school: SmallSchool
) -> None:
    async with Stream(app, following(small_school), token) as stream:
        cursor = (await stream.frame())["cursor"]
    posts = [await publish(clients(token), small_school.school, small_school.group, title) for title in ("Een", "Twee")]
    payload = following(small_school)
    payload["variables"] |= {"after": cursor}

    async with Stream(app, payload, token) as stream:
        assert (await stream.frame())["cursor"] == cursor
        told: list[str] = []
        while len(told) < len(posts):
            told += [event["postId"] for event in (await stream.frame())["events"]]
    assert told == posts


async def test_a_cursor_of_another_history_is_answered_with_resync_and_the_end(
    app: Application, clients: Clients, token: str, small_school: SmallSchool
) -> None:
    await publish(clients(token), small_school.school, small_school.group, "Een")
    head = (await clients(token).ok(GROUP, group=id_of(small_school.group)))["postCursor"]
    payload = following(small_school)
    payload["variables"] |= {"after": "99.7"}

    async with Stream(app, payload, token) as stream:
        frame = await stream.frame()
        assert (frame["kind"], frame["cursor"]) == ("RESYNC", head)
        await stream.completed()


async def test_who_may_no_longer_follow_is_told_so_and_the_stream_ends(
    app: Application, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    async with founding(database) as facts:
        substitute = person(facts, name="Inge Vos")
        join(facts, small_school.school.id, substitute, Role.STAFF)
        teaching = teach(facts, small_school.group, substitute)
        token = sign_in_token(facts, substitute)
    async with Stream(app, following(small_school), token) as stream:
        assert (await stream.frame())["kind"] == "START"
        await amend(database, teaching, ended_at=clock())

        frame = await stream.frame()
        assert (frame["kind"], frame["cursor"], frame["events"]) == ("REVOKED", None, [])
        await stream.completed()


async def test_silence_is_filled_with_comments(
    app: Application, clients: Clients, token: str, small_school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schoolplein.events, "KEEP_ALIVE_S", 0.02)
    async with Stream(app, following(small_school), token) as stream:
        while await stream.block() == ":":  # until it begins
            pass
        for _ in range(3):
            assert await stream.block() == ":", "which no client shows to anybody"
        post = await publish(clients(token), small_school.school, small_school.group, "Gymles")
        while (block := await stream.block()) == ":":
            pass
        assert block is not None
        assert post in block


# ------------------------------------------------------------------------------------------------ who gets a stream


async def test_a_client_that_always_names_streams_gets_one_only_for_subscriptions(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    variables = {"school": id_of(small_school.school), "group": id_of(small_school.group), "title": "Gymles"}
    for accept in (URQL, [part.strip() for part in URQL.split(",")], f"{EVENTS}, application/json", f"*/*, {EVENTS}"):
        async with Stream(app, ASK, token, accept=accept) as stream:
            assert (stream.status, await stream.answer()) == (
                200,
                {"data": {"viewer": {"email": small_school.teacher.email}}},
            )
        async with Stream(app, {"query": PUBLISH, "variables": variables}, token, accept=accept) as stream:
            assert (await stream.answer())["data"]["publishPost"]["errors"] == []
        async with Stream(app, following(small_school), token, accept=accept) as stream:
            assert stream.headers["content-type"] == OPENED["content-type"], accept
            assert (await stream.frame())["kind"] == "START"
    async with Stream(app, ASK, token, accept=URQL) as stream:
        assert stream.headers["content-type"] == MODERN


async def test_a_client_that_takes_nothing_but_streams_gets_one_response_and_the_end(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    variables = {"school": id_of(small_school.school), "group": id_of(small_school.group), "title": "Gymles"}
    for accept in (EVENTS, "TEXT/Event-Stream", f"{EVENTS}, application/json;q=0"):
        async with Stream(app, ASK, token, accept=accept) as stream:
            assert stream.headers.items() >= OPENED.items(), accept
            assert await stream.response() == {"data": {"viewer": {"email": small_school.teacher.email}}}
            await stream.completed()
    async with Stream(app, {"query": PUBLISH, "variables": variables}, token) as stream:
        assert (await stream.response())["data"]["publishPost"]["errors"] == []
        await stream.completed()


async def test_a_subscription_without_a_stream_is_not_acceptable(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    for accept in ("application/json", "*/*", MODERN, f"application/json, {EVENTS};q=0", "multipart/mixed, */*"):
        async with Stream(app, following(small_school), token, accept=accept) as stream:
            assert stream.status == 406, accept
            assert EVENTS in (await stream.answer())["errors"][0]["message"]
    assert followers(app) == 0


# ------------------------------------------------------------------------------------------------ refusals


async def test_what_is_refused_is_told_as_the_only_event(
    app: Application, token: str, small_school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    absences = {"query": FOLLOW_ABSENCES, "variables": {"group": id_of(small_school.group)}}
    junk = {"query": FOLLOW_POSTS, "variables": {"group": id_of(small_school.group), "after": "junk"}}
    parent, stranger = (small_school.token(who) for who in (small_school.guardian, small_school.other_groups_guardian))
    refused: list[tuple[Any, str | None, str]] = [
        ({"query": "subscription { postFeed { kind }"}, token, "BAD_USER_INPUT"),
        ({"query": "subscription { shoeFeed { kind } }"}, token, "BAD_USER_INPUT"),
        ({"query": FOLLOW_POSTS, "operationName": "Other"}, token, "BAD_USER_INPUT"),
        ({"query": FOLLOW_POSTS, "variables": {"group": [5, []]}}, token, "BAD_USER_INPUT"),
        (junk, token, "BAD_USER_INPUT"),
        (absences, parent, "FORBIDDEN"),
        (absences, stranger, "NOT_FOUND"),
        (absences, None, "UNAUTHENTICATED"),
        (absences, "x", "UNAUTHENTICATED"),
    ]
    for payload, who, code in refused:
        async with Stream(app, payload, who) as stream:
            assert stream.status == 200
            assert await stream.refused() == [code], (payload, who)
    monkeypatch.setattr(schoolplein.service, "MOST_OF_A_PERSON", 1)
    async with Stream(app, absences, token) as first:
        assert (await first.frame())["kind"] == "START"
        async with Stream(app, absences, token, accept=URQL) as second:
            assert await second.refused() == ["RATE_LIMITED"]
    async with Stream(app, absences, token) as third:
        assert (await third.frame())["kind"] == "START"


async def test_a_request_that_is_none_keeps_its_status(app: Application, token: str, small_school: SmallSchool) -> None:
    payload = following(small_school)
    for accept in (EVENTS, URQL):
        for status, body, headers in (
            (415, payload, {"content-type": "text/plain"}),
            (400, b"junk", {}),
            (400, [payload], {}),
            (400, payload | {"variables": []}, {}),
            (413, b" " * 65_537, {}),
        ):
            async with Stream(app, body, token, accept=accept, headers=headers) as stream:
                assert stream.status == status, (accept, body)
                assert (await stream.answer())["errors"]


async def test_a_cookie_counts_only_from_our_own_pages(
    app: Application, database: Database, small_school: SmallSchool
) -> None:
    async with founding(database) as facts:
        cookie = sign_in_token(facts, small_school.guardian, kind=ClientKind.WEB)
    ours = [{"sec-fetch-site": "same-origin"}, {"origin": "http://localhost:8000"}]
    foreign = [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://a.example"}]
    for from_where in ours:
        headers = {"cookie": f"sp={cookie}", **from_where}
        async with Stream(app, following(small_school), headers=headers) as stream:
            assert (await stream.frame())["kind"] == "START"
    for from_where in foreign:
        headers = {"cookie": f"sp={cookie}", **from_where}
        async with Stream(app, following(small_school), headers=headers) as stream:
            assert stream.status == 403, from_where
            assert [error["extensions"]["code"] for error in (await stream.answer())["errors"]] == ["FORBIDDEN"]


# ------------------------------------------------------------------------------------------------ going away


async def test_a_client_that_goes_away_leaves_nothing_running(
    app: Application, token: str, small_school: SmallSchool, database: Database
) -> None:
    async with founding(database) as facts:
        other = sign_in_token(facts, guardian(facts, enrol(facts, small_school.group, given_name="Daan")))
    before = asyncio.all_tasks()
    async with Stream(app, following(small_school), token) as stays:
        await stays.frame()
        async with Stream(app, following(small_school), other) as leaves:
            await leaves.frame()
            assert followers(app) == 2
        assert followers(app) == 1
    assert followers(app) == 0
    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before}  # type: ignore[union-attr]
    assert left <= {"Topic.run", "Topic._listen"}, "the topic stays warm for a moment, and nothing else"
