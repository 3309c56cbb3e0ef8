"""GraphQL over WebSocket: the protocol, and everything that a client may do wrong in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import schoolplein.sockets
from models import ClientKind
from models.database import Database
from schoolplein.app import Application, create_app
from schoolplein.settings import Settings
from tests.clients import BEFORE_SCHOOL, Clients, Clock, serving
from tests.edge.sockets import PROTOCOL, Ended, Socket
from tests.factories import SmallSchool, founding, id_of, sign_in_token
from tests.live.words import FOLLOW_POSTS, PUBLISH, publish
from tests.realtime.servers import free_port

ASK = {"query": "{ viewer { email } }"}
OURS = "http://localhost:8000"


@pytest.fixture
def token(small_school: SmallSchool) -> str:
    """The token of a teacher."""
    return small_school.token(small_school.teacher)


@asynccontextmanager
async def signed_in(app: Application, token: str) -> AsyncIterator[Socket]:
    async with Socket(app) as socket:
        await socket.sign_in(token)
        yield socket


def following(small_school: SmallSchool) -> dict[str, Any]:
    """The payload that follows the posts of the first group."""
    return {"query": FOLLOW_POSTS, "variables": {"group": id_of(small_school.group)}}


async def start(socket: Socket, small_school: SmallSchool, id_: str) -> None:
    """Follow posts under this id, and wait for the beginning."""
    await socket.tell(type="subscribe", id=id_, payload=following(small_school))
    message = await socket.hear()
    assert (message["type"], message["id"]) == ("next", id_), message
    assert message["payload"]["data"]["postFeed"]["kind"] == "START"


def followers(app: Application) -> int:
    """How many follow anything in this process."""
    return sum(topic.followers for topic, _ in app.service().hub._topics.values())


# ------------------------------------------------------------------------------------------------ malformed messages

NO_MESSAGES = [
    "", " ", "x", "{", "{}x", "[]", "null", "5", '"ping"', "true", "[{}]", '{"type": NaN}', "{'type': 'ping'}",
    "[" * 60_000, '{"a":' * 10_000, '{"type": "ping", "payload": {"a": "\\ud800"}}', '{"type": "ping"', "\x00",
]  # fmt: skip
NO_TYPES = [{}, *({"type": kind} for kind in (None, 5, True, [], ["ping"], {}, "", "PING", "start", "connection_ack"))]
NOT_OURS = [
    {"type": "next", "id": "1", "payload": {"data": None}},
    {"type": "error", "id": "1", "payload": []},
    {"type": "start", "id": "1", "payload": ASK},
    {"type": "ka"},
]
NO_PAYLOADS = [
    {"type": kind, "payload": payload} for kind in ("ping", "pong", "connection_init") for payload in ([], "x", 5, True)
]
NO_OPERATIONS = [
    *({"type": "subscribe", "id": id_, "payload": ASK} for id_ in (None, 5, 1.5, True, [], {}, "")),
    {"type": "subscribe", "payload": ASK},
    {"type": "subscribe", "id": "1"},
    *({"type": "subscribe", "id": "1", "payload": payload} for payload in (None, [], "x", 5, True, {}, [ASK])),
    *({"type": "subscribe", "id": "1", "payload": {"query": query}} for query in (None, 5, [], {}, True)),
    *({"type": "subscribe", "id": "1", "payload": ASK | {"variables": given}} for given in ([], "x", 5, True)),
    *({"type": "subscribe", "id": "1", "payload": ASK | {"operationName": name}} for name in ([], {}, 5, True)),
    *({"type": "subscribe", "id": "1", "payload": ASK | {"extensions": given}} for given in ([], "x", 5, True)),
]
NO_COMPLETES = [{"type": "complete"}, *({"type": "complete", "id": id_} for id_ in (None, 5, True, [], {}))]
MALFORMED = [*NO_TYPES, *NOT_OURS, *NO_PAYLOADS, *NO_OPERATIONS, *NO_COMPLETES]


async def test_a_malformed_message_ends_the_connection_with_4400_before_and_after_signing_in(
    app: Application, token: str
) -> None:
    ends: dict[tuple[str, str], int] = {}

    async def end_of(socket: Socket, malformed: Any, when: str) -> None:
        if isinstance(malformed, dict):
            await socket.tell(**malformed)
        else:
            await socket.say(malformed)
        ends[when, repr(malformed)[:150]] = await socket.ended()

    for malformed in [*NO_MESSAGES, b"", b"\xff", b'{"type": "ping"}', *MALFORMED]:
        async with Socket(app) as socket:
            assert await socket.accepted() == PROTOCOL
            await end_of(socket, malformed, "before")
        if isinstance(malformed, dict) and malformed.get("type") == "connection_init":
            continue  # signed in, it is one too many, whatever it holds
        async with signed_in(app, token) as socket:
            await end_of(socket, malformed, "after")

    assert {told: code for told, code in ends.items() if code != 4400} == {}
    assert len(ends) == 2 * (len(NO_MESSAGES) + 3 + len(MALFORMED)) - 4, "each on its own"


async def test_optional_parts_of_a_message_may_be_null_or_missing(app: Application, token: str) -> None:
    spoken = [
        ASK,
        ASK | {"variables": None, "operationName": None, "extensions": None},
        ASK | {"variables": {}, "extensions": {}, "somethingElse": [5]},
    ]
    async with signed_in(app, token) as socket:
        for payload in spoken:
            await socket.tell(type="subscribe", id="1", payload=payload, more="of it")
            assert (await socket.hear())["payload"]["data"]["viewer"]["email"]
            assert await socket.hear() == {"type": "complete", "id": "1"}


async def test_ids_are_of_any_kind_of_text(app: Application, token: str) -> None:
    async with signed_in(app, token) as socket:
        for id_ in ("1", "é", "\x00", " ", "__proto__", "x" * 30_000):
            await socket.tell(type="subscribe", id=id_, payload=ASK)
            assert (await socket.hear())["id"] == id_
            assert await socket.hear() == {"type": "complete", "id": id_}


# ------------------------------------------------------------------------------------------------ beginning


async def test_nothing_is_answered_before_the_connection_is_initialised(app: Application, token: str) -> None:
    async with signed_in(app, token) as socket:
        await socket.tell(type="subscribe", id="1", payload=ASK)
        assert (await socket.hear())["type"] == "next"
    async with Socket(app) as socket:
        assert await socket.accepted() == PROTOCOL
        await socket.tell(type="subscribe", id="1", payload=ASK)
        assert await socket.ended() == 4401


async def test_a_connection_without_a_session_is_refused_with_4401(
    app: Application, token: str, small_school: SmallSchool, database: Database
) -> None:
    async with founding(database) as facts:
        expired = sign_in_token(facts, small_school.teacher, expires_at=BEFORE_SCHOOL)
        revoked = sign_in_token(facts, small_school.teacher, revoked_at=BEFORE_SCHOOL)
    for payload in ({"authorization": f"Bearer {token}"}, {"authorization": f"bearer  {token} ", "more": 5}):
        async with Socket(app) as socket:
            await socket.accepted()
            await socket.tell(type="connection_init", payload=payload)
            assert await socket.hear() == {"type": "connection_ack"}
    refused = [
        {}, {"payload": None}, {"payload": {}}, {"payload": {"token": token}},
        *(
            {"payload": {"authorization": value}}
            for value in ("", "Bearer", "Bearer x", f"Basic {token}", token, f"Bearer {expired}", f"Bearer {revoked}",
                          "Bearer é\x00", 5, [], {"Bearer": token}, None, True)
        ),
    ]  # fmt: skip
    for message in refused:
        async with Socket(app) as socket:
            await socket.accepted()
            await socket.tell(type="connection_init", **message)
            assert await socket.ended() == 4401, message


async def test_a_connection_that_says_nothing_is_ended_with_4408(
    app: Application, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schoolplein.sockets, "INIT_S", 0.2)
    async with Socket(app) as in_time, Socket(app) as silent, Socket(app) as only_pings:
        await in_time.sign_in(token)
        await silent.accepted()
        await only_pings.accepted()
        await only_pings.tell(type="ping")

        assert await silent.ended() == 4408
        assert await only_pings.ended() == 4408
        await in_time.tell(type="ping")
        assert await in_time.hear() == {"type": "pong"}, "who has begun may be silent"


async def test_the_protocol_is_the_new_one_and_no_other(app: Application) -> None:
    async with Socket(app, protocols=("graphql-ws", PROTOCOL)) as socket:
        assert await socket.accepted() == PROTOCOL
    for protocols in ((), ("graphql-ws",), ("Graphql-Transport-Ws",), ("soap",)):
        async with Socket(app, protocols=protocols) as socket:
            assert await socket.accepted() is None
            assert await socket.ended() == 4406, protocols


async def test_a_connection_is_initialised_once(app: Application, token: str) -> None:
    payload = {"authorization": f"Bearer {token}"}
    async with Socket(app) as socket:
        await socket.sign_in(token)
        await socket.tell(type="connection_init", payload=payload)
        assert await socket.ended() == 4429
    async with Socket(app) as socket:
        await socket.accepted()
        await socket.tell(type="connection_init", payload=payload)
        await socket.tell(type="connection_init", payload=payload)
        assert await socket.hear() == {"type": "connection_ack"}
        assert await socket.ended() == 4429


async def test_while_the_database_is_away_a_client_is_asked_to_come_back(clock: Clock) -> None:
    away = Settings(database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", pool_size=1)
    async with serving(create_app(away), clock) as app, Socket(app) as socket:
        await socket.accepted()
        await socket.tell(type="connection_init", payload={"authorization": "Bearer x"})

        assert await socket.ended() == 1013, "which clients take as: try again later"


async def test_another_address_has_no_socket(app: Application, token: str) -> None:
    async with Socket(app) as socket:
        await socket.sign_in(token)
    async with Socket(app, path="/elsewhere") as socket:
        with pytest.raises(Ended):
            await socket.accepted()


# ------------------------------------------------------------------------------------------------ who may connect


async def test_only_pages_of_ours_may_open_a_socket(app: Application, token: str) -> None:
    for headers in ({}, {"origin": OURS}, {"origin": "http://127.0.0.1:8000"}):
        async with Socket(app, headers=headers) as socket:
            await socket.sign_in(token)
    foreign = ["null", "", "https://elsewhere.example", "http://localhost", "https://localhost:8000",
               "http://localhost:8001", "http://localhost:8000.elsewhere.example", "http://localhost:8000/",
               "HTTP://LOCALHOST:8000", f"{OURS}, {OURS}"]  # fmt: skip
    for origin in foreign:
        async with Socket(app, headers={"origin": origin}) as socket:
            with pytest.raises(Ended):
                await socket.accepted()


async def test_a_cookie_counts_only_from_our_own_pages(
    app: Application, database: Database, small_school: SmallSchool, token: str
) -> None:
    async with founding(database) as facts:
        cookie = sign_in_token(facts, small_school.guardian, kind=ClientKind.WEB)

    async def who(headers: dict[str, str], payload: dict[str, Any] | None) -> str | int:
        async with Socket(app, headers=headers) as socket:
            await socket.accepted()
            await socket.tell(type="connection_init", payload=payload)
            try:
                assert await socket.hear() == {"type": "connection_ack"}
            except Ended as ended:
                return ended.code
            await socket.tell(type="subscribe", id="1", payload={"query": "{ viewer { person { name } } }"})
            return (await socket.hear())["payload"]["data"]["viewer"]["person"]["name"]

    from_us = {"origin": OURS, "cookie": f"theme=dark; sp={cookie}"}
    assert await who(from_us, None) == "Esra Yilmaz"
    assert await who(from_us, {}) == "Esra Yilmaz"
    assert await who(from_us, {"authorization": f"Bearer {token}"}) == "Joke Smit", "who says who they are is that"
    assert await who(from_us, {"authorization": "Bearer x"}) == 4401
    assert await who({"cookie": f"sp={cookie}"}, None) == 4401, "no browser: a cookie that came by itself is no proof"
    for wrong in (f"SP={cookie}", f"__Host-sp={cookie}", "sp=", "sp", f"sp={cookie}x", "sp=x; sp2=" + cookie):
        assert await who({"origin": OURS, "cookie": wrong}, None) == 4401, wrong
    with pytest.raises(Ended):
        await who({"origin": "https://elsewhere.example", "cookie": f"sp={cookie}"}, None)


# ------------------------------------------------------------------------------------------------ ping and pong


async def test_a_ping_is_answered_with_its_payload(app: Application, token: str) -> None:
    async def answers(socket: Socket) -> None:
        for payload in ({}, {"at": 5, "of": ["é", None]}):
            await socket.tell(type="ping", payload=payload)
            assert await socket.hear() == {"type": "pong", "payload": payload}
        await socket.tell(type="pong", payload={"unasked": True})
        await socket.tell(type="pong", payload=None)
        await socket.tell(type="ping", payload=None)
        assert await socket.hear() == {"type": "pong"}
        await socket.tell(type="ping")
        assert await socket.hear() == {"type": "pong"}

    async with Socket(app) as socket:
        await socket.accepted()
        await answers(socket)
    async with signed_in(app, token) as socket:
        await answers(socket)


async def test_a_deeply_nested_ping_is_answered_or_refused_like_any_other(app: Application, token: str) -> None:
    async def answer(depth: int) -> str | int:
        async with signed_in(app, token) as socket:
            await socket.say('{"type": "ping", "payload": {"a": ' + "[" * depth + "]" * depth + "}}")
            try:
                return (await socket.hear())["type"]
            except Ended as ended:
                return ended.code

    assert await answer(10) == "pong"
    assert await answer(300) in {"pong", 4400}
    assert await answer(1_000) in {"pong", 4400}


# ------------------------------------------------------------------------------------------------ operations


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
