"""The edge as uvicorn serves it: what only shows on a real connection."""

import asyncio
import signal
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from models.database import Database
from tests.cli.programs import Program
from tests.clients import SOON_S
from tests.edge.sockets import PROTOCOL
from tests.factories import SmallSchool, found_small_school, id_of
from tests.live.words import FOLLOW_POSTS

SERVING = "Serving on http://"


@pytest.fixture(scope="module")
def address(database_url: str) -> Generator[str]:
    """Host and port of a process that serves."""
    with Program("serve", settings={"DATABASE_URL": database_url, "PORT": "0"}) as program:
        yield program.says(SERVING).removeprefix(SERVING)
        program.hears(signal.SIGTERM)
        assert program.ends() == 0


@asynccontextmanager
async def opened(address: str, token: str | None = None, origin: str | None = None) -> AsyncIterator[ClientConnection]:
    async with connect(
        f"ws://{address}/graphql",
        subprotocols=[Subprotocol(PROTOCOL)],
        origin=None if origin is None else Origin(origin),
        proxy=None,
    ) as socket:
        if token is not None:
            await tell(socket, type="connection_init", payload={"authorization": f"Bearer {token}"})
            assert await hear(socket) == {"type": "connection_ack"}
        yield socket


async def tell(socket: ClientConnection, **message: object) -> None:
    await socket.send(orjson.dumps(message).decode())


async def hear(socket: ClientConnection) -> dict[str, object]:
    async with asyncio.timeout(SOON_S):
        text = await socket.recv()
    assert isinstance(text, str), "a browser would get a Blob"
    return orjson.loads(text)


async def end(socket: ClientConnection) -> int | None:
    """With which code the connection ends; 1006 when nobody said why."""
    async with asyncio.timeout(2 * SOON_S):
        await socket.wait_closed()
    return socket.close_code


@pytest.fixture
async def token(database: Database) -> str:
    school: SmallSchool = await found_small_school(database)
    return school.token(school.teacher)


async def test_every_mistake_has_its_code_also_on_a_real_connection(address: str, token: str) -> None:
    deep = '{"type": "ping", "payload": {"a": ' + "[" * 1_000 + "]" * 1_000 + "}}"
    async with opened(address, token) as socket:
        await socket.send('{"type": "ping"}')
        assert await hear(socket) == {"type": "pong"}
    for mistake in ("", "[]", "null", '"x"', "{}", "[" * 60_000, deep, b"\xff"):
        async with opened(address, token) as socket:
            await socket.send(mistake)
            assert await end(socket) == 4400, mistake[:20]
    async with opened(address) as socket:
        await tell(socket, type="connection_init")
        assert await end(socket) == 4401
    async with opened(address, token) as socket:
        await tell(socket, type="connection_init")
        assert await end(socket) == 4429
    async with connect(f"ws://{address}/graphql", proxy=None) as socket:
        assert await end(socket) == 4406


async def test_an_id_of_any_length_may_be_used_twice_by_mistake(address: str, database: Database) -> None:
    school = await found_small_school(database)
    payload = {"query": FOLLOW_POSTS, "variables": {"group": id_of(school.group)}}
    for id_ in ("1", "\N{SCHOOL}" * 1_000):
        async with opened(address, school.token(school.teacher)) as socket:
            await tell(socket, type="subscribe", id=id_, payload=payload)
            assert (await hear(socket))["type"] == "next"
            await tell(socket, type="subscribe", id=id_, payload=payload)
            assert await end(socket) == 4409


async def test_a_message_has_at_most_64_kilobytes(address: str, token: str) -> None:
    def padded(size: int) -> str:
        return '{"type": "ping"}'.ljust(size)

    async with opened(address, token) as socket:
        await socket.send(padded(65_536))
        assert await hear(socket) == {"type": "pong"}
        await socket.send(padded(65_537))
        assert await end(socket) == 1009


async def test_a_page_of_somebody_else_gets_no_connection(address: str, token: str) -> None:
    for origin in (f"http://{address}", f"http://127.0.0.1:{address.rpartition(':')[2]}"):
        async with opened(address, token, origin) as socket:
            assert socket.subprotocol == PROTOCOL
    for origin in ("https://elsewhere.example", "null"):
        with pytest.raises(InvalidStatus) as refused:
            async with opened(address, token, origin):
                pass
        assert refused.value.response.status_code == 403


async def test_a_service_that_stops_lets_its_sockets_come_back(database_url: str, database: Database) -> None:
    school = await found_small_school(database)
    payload = {"query": FOLLOW_POSTS, "variables": {"group": id_of(school.group)}}
    with Program("serve", settings={"DATABASE_URL": database_url, "PORT": "0"}) as program:
        address = (await asyncio.to_thread(program.says, SERVING)).removeprefix(SERVING)
        async with opened(address, school.token(school.teacher)) as socket:
            await tell(socket, type="subscribe", id="1", payload=payload)
            assert (await hear(socket))["type"] == "next"

            program.hears(signal.SIGTERM)

            assert await end(socket) in {1001, 1006, 1012, 1013}, "with any other code a client gives up for good"
        assert await asyncio.to_thread(program.ends) == 0


async def test_an_answer_does_not_say_by_what_it_was_served(address: str, token: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http:
        answered = await http.post(
            "/graphql", json={"query": "{ viewer { email } }"}, headers={"authorization": f"Bearer {token}"}
        )
        nothing = await http.get("/elsewhere")

    assert answered.json()["data"]["viewer"]["email"]
    assert nothing.status_code == 404
    for response in (answered, nothing):
        assert not {"server", "x-powered-by", "access-control-allow-origin"} & {*response.headers}
