"""Messages over WebSocket: what is no message of the protocol ends the connection, whatever it is."""

from typing import Any

from schoolplein.app import Application
from tests.edge.sockets import ASK, PROTOCOL, Ended, Socket, signed_in

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
