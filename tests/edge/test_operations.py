"""Operations over WebSocket: each under its own id, and none in the way of another."""

import asyncio
from datetime import datetime

from schoolplein.app import Application
from tests.clients import Clients
from tests.edge.sockets import ASK, followers, following, signed_in, start
from tests.factories import SmallSchool, id_of
from tests.live.words import PUBLISH, publish


async def test_queries_and_mutations_are_answered_once_and_completed(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    variables = {"school": id_of(small_school.school), "group": id_of(small_school.group), "title": "Gymles"}
    async with signed_in(app, token) as socket:
        await socket.tell(type="subscribe", id="ask", payload=ASK)
        asked = await socket.hear()
        assert asked == {
            "type": "next",
            "id": "ask",
            "payload": {"data": {"viewer": {"email": small_school.teacher.email}}},
        }
        assert await socket.hear() == {"type": "complete", "id": "ask"}

        await socket.tell(type="subscribe", id="do", payload={"query": PUBLISH, "variables": variables})
        assert (await socket.hear())["payload"]["data"]["publishPost"]["errors"] == []
        assert await socket.hear() == {"type": "complete", "id": "do"}

        await socket.tell(type="subscribe", id="refused", payload={"query": PUBLISH, "variables": variables | {
            "school": "school_x"}})  # fmt: skip
        refused = (await socket.hear())["payload"]["data"]["publishPost"]
        assert (refused["post"], refused["errors"]) == (None, [{"code": "NOT_FOUND"}])
        assert await socket.hear() == {"type": "complete", "id": "refused"}


async def test_a_cookie_can_not_be_had_over_a_socket(app: Application, token: str) -> None:
    sign_in = """mutation($client: ClientKind!) { signIn(input: {
      email: "wie@mensen.example", password: "x", client: $client }) { token errors { code path } } }"""
    async with signed_in(app, token) as socket:
        for client, refusal in (
            ("APP", {"code": "INVALID_CREDENTIALS", "path": []}),
            ("WEB", {"code": "INVALID", "path": ["input", "client"]}),
        ):
            payload = {"query": sign_in, "variables": {"client": client}}
            await socket.tell(type="subscribe", id="1", payload=payload)
            assert (await socket.hear())["payload"]["data"]["signIn"] == {"token": None, "errors": [refusal]}
            assert (await socket.hear())["type"] == "complete"


WRONG = {
    "a syntax error": {"query": "{ viewer { email }"},
    "an empty document": {"query": ""},
    "an unknown field": {"query": "{ viewer { shoeSize } }"},
    "an unknown operation": ASK | {"operationName": "Other"},
    "two operations and no name": {"query": "query A { viewer { email } } query B { viewer { email } }"},
    "a missing variable": {"query": "query($id: ID!) { node(id: $id) { id } }"},
    "a variable of another kind": {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": [5]}},
    "a missing variable of a feed": {"query": "subscription($g: ID!) { postFeed(groupId: $g) { kind } }"},
    "a feed of nothing": {"query": "subscription { postFeed { kind } }"},
    "two feeds": {"query": 'subscription { a: postFeed(groupId: "x") { kind } b: postFeed(groupId: "x") { kind } }'},
    "no field of a feed": {"query": "subscription { __typename }"},
    "a deep document": {"query": "{" + "a{" * 600 + "}" * 600 + "}"},
    "a page size of no kind": {
        "query": "query($n: Int) { viewer { feed(first: $n) { edges { node { id } } } } }", "variables": {"n": "²"}
    },
}  # fmt: skip


async def test_what_is_wrong_with_one_operation_is_told_under_its_id_and_leaves_the_others_alone(
    app: Application, clients: Clients, token: str, small_school: SmallSchool
) -> None:
    async with signed_in(app, token) as socket:
        await start(socket, small_school, "feed")
        for number, (what, payload) in enumerate(WRONG.items()):
            await socket.tell(type="subscribe", id=str(number), payload=payload)
            told = await socket.hear()

            assert (told["type"], told["id"]) == ("error", str(number)), what
            assert told["payload"], what
            for error in told["payload"]:
                assert error["extensions"]["code"] in {"BAD_USER_INPUT", "QUERY_TOO_COMPLEX"}, (what, error)
                assert error["message"], what

        post = await publish(clients(token), small_school.school, small_school.group, "Gymles")
        event = await socket.hear()
        assert (event["id"], event["payload"]["data"]["postFeed"]["events"][0]["postId"]) == ("feed", post)


async def test_a_fault_of_our_own_ends_one_operation_and_is_told_as_nothing_but_that(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    def broken() -> datetime:
        raise RuntimeError("relation person does not exist")

    async with signed_in(app, token) as socket:
        clock, app.service().clock = app.service().clock, broken
        await socket.tell(type="subscribe", id="1", payload=ASK)
        told = await socket.hear()
        app.service().clock = clock

        assert (told["type"], told["id"]) == ("error", "1")
        assert [(error["extensions"]["code"], "relation" in error["message"]) for error in told["payload"]] == [
            ("INTERNAL", False)
        ]
        await socket.tell(type="subscribe", id="1", payload=ASK)
        assert (await socket.hear())["payload"] == {"data": {"viewer": {"email": small_school.teacher.email}}}


async def test_an_error_of_a_field_comes_with_the_answer(app: Application, token: str) -> None:
    query = "{ fine: viewer { email } wrong: viewer { feed(first: 0) { edges { node { id } } } } }"
    async with signed_in(app, token) as socket:
        await socket.tell(type="subscribe", id="1", payload={"query": query})
        told = await socket.hear()

        assert told["type"] == "next"
        assert told["payload"]["data"]["fine"]["email"]
        assert told["payload"]["data"]["wrong"] is None
        assert [(error["path"], error["extensions"]) for error in told["payload"]["errors"]] == [
            (["wrong"], {"code": "BAD_USER_INPUT"})
        ]
        assert await socket.hear() == {"type": "complete", "id": "1"}


async def test_the_same_id_twice_at_once_ends_the_connection_with_4409(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    for id_ in ("1", "\N{SCHOOL}" * 100, "é" * 10_000):
        async with signed_in(app, token) as socket:
            await start(socket, small_school, id_)
            await socket.tell(type="subscribe", id=id_, payload=ASK)
            assert await socket.ended() == 4409


async def test_an_id_may_be_used_again_when_its_operation_is_over(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    async with signed_in(app, token) as socket:
        for _ in range(3):
            await start(socket, small_school, "1")
            await socket.tell(type="complete", id="1")
        await socket.tell(type="complete", id="1")
        await socket.tell(type="complete", id="never begun")
        await socket.tell(type="subscribe", id="1", payload=ASK)
        assert (await socket.hear())["type"] == "next"
        assert await socket.hear() == {"type": "complete", "id": "1"}


async def test_complete_stops_a_feed_and_no_other(
    app: Application, clients: Clients, token: str, small_school: SmallSchool
) -> None:
    async with signed_in(app, token) as socket:
        await start(socket, small_school, "stopped")
        await start(socket, small_school, "stays")
        await socket.tell(type="complete", id="stopped")
        await socket.tell(type="ping")
        assert await socket.hear() == {"type": "pong"}

        for title in ("Een", "Twee"):
            post = await publish(clients(token), small_school.school, small_school.group, title)
            event = await socket.hear()
            assert (event["id"], event["payload"]["data"]["postFeed"]["events"][0]["postId"]) == ("stays", post)


async def test_fifty_operations_at_once_are_the_most(
    app: Application, clients: Clients, token: str, small_school: SmallSchool
) -> None:
    async with signed_in(app, token) as socket:
        for number in range(50):
            await start(socket, small_school, str(number))

        await socket.tell(type="subscribe", id="50", payload=following(small_school))
        refusal = await socket.hear()
        assert (refusal["type"], refusal["id"]) == ("error", "50")
        assert [error["extensions"]["code"] for error in refusal["payload"]] == ["RATE_LIMITED"]

        await publish(clients(token), small_school.school, small_school.group, "Gymles")
        assert {(await socket.hear())["id"] for _ in range(50)} == {str(number) for number in range(50)}
        await socket.tell(type="complete", id="7")
        await start(socket, small_school, "50")


async def test_a_client_that_disappears_leaves_nothing_running(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    before = asyncio.all_tasks()
    async with signed_in(app, token) as stays:
        await start(stays, small_school, "1")
        async with signed_in(app, token) as leaves:
            for number in range(5):
                await start(leaves, small_school, str(number))
            assert followers(app) == 6

        assert followers(app) == 1
    assert followers(app) == 0
    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before}  # type: ignore[union-attr]
    assert left <= {"Topic.run", "Topic._listen"}, "the topic stays warm for a moment, and nothing else"


async def test_a_connection_that_is_ended_by_a_mistake_leaves_nothing_running_either(
    app: Application, token: str, small_school: SmallSchool
) -> None:
    async with signed_in(app, token) as socket:
        await start(socket, small_school, "1")
        assert followers(app) == 1
        await socket.say("[]")
        assert await socket.ended() == 4400
    assert followers(app) == 0
