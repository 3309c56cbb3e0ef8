"""How a process that serves stops: its followers are told, and nothing that hangs can hold it."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx
import orjson
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from models.database import Database
from models.migrations import upgrade
from schoolplein.app import Application
from schoolplein.embedded import EmbeddedPostgres
from schoolplein.service import LEAVE_S
from tests.cli.programs import Program, place
from tests.clients import SOON_S
from tests.edge.sockets import PROTOCOL, Socket, following
from tests.edge.streams import Stream
from tests.factories import SmallSchool, found_small_school
from tests.realtime.servers import RedisServer
from tests.services import HASTY

SERVING = "Serving on http://"
STOPPED_S = 10.0
"""What runs a service gives it this long, and then kills it."""


@contextmanager
def served(url: str, **more: str) -> Generator[tuple[Program, str]]:
    """A process that serves, and its address."""
    with Program("serve", settings={"DATABASE_URL": url, "PORT": "0", **more}) as program:
        yield program, program.says(SERVING).removeprefix(SERVING)


async def ends(program: Program) -> int:
    """The exit code of a process that was asked to stop."""
    began = time.monotonic()
    code = await asyncio.to_thread(program.ends)
    assert time.monotonic() - began < STOPPED_S, program.said
    return code


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[ClientConnection]:
    url = f"ws://{address}/graphql"
    async with connect(url, subprotocols=[Subprotocol(PROTOCOL)], proxy=None) as made:
        yield made


async def hear(made: ClientConnection) -> Any:
    async with asyncio.timeout(SOON_S):
        return orjson.loads(await made.recv())


@asynccontextmanager
async def follower(address: str, school: SmallSchool, feeds: int = 1) -> AsyncIterator[ClientConnection]:
    """A socket on which posts are followed."""
    async with opened(address) as made:
        await say(made, type="connection_init", payload={"authorization": f"Bearer {school.token(school.teacher)}"})
        assert await hear(made) == {"type": "connection_ack"}
        for number in range(feeds):
            await say(made, type="subscribe", id=str(number), payload=following(school))
            assert (await hear(made))["payload"]["data"]["postFeed"]["kind"] == "START"
        yield made


async def say(made: ClientConnection, **message: Any) -> None:
    await made.send(orjson.dumps(message).decode())


@asynccontextmanager
async def streaming(address: str, school: SmallSchool) -> AsyncIterator[AsyncIterator[str]]:
    """A stream of posts: its lines, after the first frame."""
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {school.token(school.guardian)}"}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=SOON_S) as http,
        http.stream("POST", f"http://{address}/graphql", json=following(school), headers=headers) as response,
    ):
        lines = response.aiter_lines()
        assert [await anext(lines) for _ in range(3)][1].find("START") > 0
        yield lines


async def farewell(made: ClientConnection, feeds: int) -> list[int]:
    """That each feed is told goodbye before the socket is closed with 1012: when to come back."""
    heard: list[Any] = []
    with suppress(ConnectionClosed):
        async for text in made:
            heard.append(orjson.loads(text))  # noqa: PERF401 - what came before the end counts
    assert made.close_code == 1012, "with which clients come back"
    frames = [one["payload"]["data"]["postFeed"] for one in heard if one["type"] == "next"]
    assert [frame["kind"] for frame in frames] == ["BYE"] * feeds
    return [frame["retryAfterMs"] for frame in frames]


async def last_words(lines: AsyncIterator[str]) -> int:
    """That a stream is told goodbye and ends without `complete`: when to come back."""
    told = [line async for line in lines if line]
    assert told[0] == "event: next"
    assert len(told) == 2, "after `complete` a client would not come back"
    frame = orjson.loads(told[1].removeprefix("data: "))["data"]["postFeed"]
    assert frame["kind"] == "BYE"
    return frame["retryAfterMs"]


class Stalled:
    """A client that talks and does not listen, until the service can't write to it any more."""

    def __init__(self, address: str, school: SmallSchool) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._socket.connect((host, int(port)))
        self._socket.sendall(
            b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
        )
        assert b"101 " in self._socket.recv(64)
        self._say(type="connection_init", payload={"authorization": f"Bearer {school.token(school.admin)}"})
        self._say(type="subscribe", id="1", payload=following(school))

    def __enter__(self) -> Self:
        self._socket.settimeout(1)
        try:
            while True:
                self._say(type="ping", payload={"padding": "x" * 60_000})
        except TimeoutError:  # it is not read any more: what it was sent is full to the brim
            return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _say(self, **message: Any) -> None:
        body = orjson.dumps(message)
        length = bytes([254]) + len(body).to_bytes(2, "big") if len(body) > 125 else bytes([128 + len(body)])
        self._socket.sendall(b"\x81" + length + bytes(4) + body)  # masked, as a client must, with zeros


@pytest.fixture
async def school(database: Database) -> SmallSchool:
    return await found_small_school(database)


async def test_every_feed_is_told_when_to_come_back(database_url: str, school: SmallSchool) -> None:
    with served(database_url) as (program, address):
        async with AsyncExitStack() as stack:
            sockets = [await stack.enter_async_context(follower(address, school, 3)) for _ in range(3)]
            streams = [await stack.enter_async_context(streaming(address, school)) for _ in range(2)]
            program.hears(signal.SIGTERM)

            waits = [wait for made in sockets for wait in await farewell(made, 3)]
            waits += [await last_words(lines) for lines in streams]
        assert await ends(program) == 0
    assert all(500 <= wait <= 5_000 for wait in waits), waits
    assert len(set(waits)) > 5, "a crowd must not come back in one moment"


async def test_while_it_leaves_it_takes_nobody_and_who_does_not_listen_can_not_hold_it(
    database_url: str, school: SmallSchool
) -> None:
    with served(database_url) as (program, address):
        async with follower(address, school) as made, streaming(address, school) as lines:
            with await asyncio.to_thread(Stalled(address, school).__enter__):
                async with httpx.AsyncClient(trust_env=False, base_url=f"http://{address}") as http:
                    assert (await http.get("/health/ready")).status_code == 200
                    program.hears(signal.SIGTERM)
                    assert (await hear(made))["payload"]["data"]["postFeed"]["kind"] == "BYE"

                    assert (await http.get("/health/ready")).status_code == 503
                    async with opened(address) as late:
                        await late.wait_closed()
                        assert late.close_code == 1013
                await last_words(lines)
                await made.wait_closed()
                assert made.close_code == 1012
                assert await ends(program) == 0


async def test_a_second_signal_ends_it_at_once(database_url: str, school: SmallSchool) -> None:
    with served(database_url) as (program, address):
        async with follower(address, school) as made:
            with await asyncio.to_thread(Stalled(address, school).__enter__):
                program.hears(signal.SIGTERM)
                assert (await hear(made))["payload"]["data"]["postFeed"]["kind"] == "BYE"
                program.hears(signal.SIGTERM)
                began = time.monotonic()
                assert await ends(program) == 0
                assert time.monotonic() - began < LEAVE_S, "it did not wait for who does not listen"


async def test_who_comes_while_a_process_leaves_is_sent_on_too(app: Application, school: SmallSchool) -> None:
    token = school.token(school.teacher)
    async with Socket(app) as early:
        assert await early.accepted() == PROTOCOL
        await app.leave()

        await early.tell(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert await early.hear() == {"type": "connection_ack"}
        await early.tell(type="subscribe", id="1", payload=following(school))
        assert (await early.hear())["payload"]["data"]["postFeed"]["kind"] == "BYE"
    async with Stream(app, following(school), token) as stream:
        assert (await stream.frame())["kind"] == "BYE"
        assert await stream.block() is None, "after `complete` a client would not come back"


async def test_without_redis_it_stops_as_it_does_with_it(
    database_url: str, school: SmallSchool, tmp_path: Path
) -> None:
    redis = RedisServer(tmp_path)
    await redis.start()
    with served(database_url, REDIS_URL=redis.url) as (program, address):
        async with follower(address, school) as made, streaming(address, school) as lines:
            await redis.kill()
            program.hears(signal.SIGTERM)

            await farewell(made, 1)
            await last_words(lines)
        assert await ends(program) == 0


@pytest.fixture
def own_postgres() -> Generator[tuple[str, psutil.Process]]:
    """A PostgreSQL that may be frozen, and its first process."""
    with place() as folder:
        server = EmbeddedPostgres(folder / "postgres", options=HASTY)
        url = server.start()
        try:
            upgrade(url)
            (pid_file,) = server.home.rglob("postmaster.pid")
            yield url, psutil.Process(int(pid_file.read_text().split()[0]))
        finally:
            server.stop()


async def test_a_database_that_hangs_can_not_hold_it(own_postgres: tuple[str, psutil.Process]) -> None:
    url, postmaster = own_postgres
    opened_database = await Database.connect(url, size=2)
    school = await found_small_school(opened_database)
    await opened_database.close()
    with served(url) as (program, address):
        async with follower(address, school) as made, streaming(address, school) as lines:
            frozen = [postmaster, *postmaster.children()]
            try:
                for process in frozen:
                    process.suspend()
                program.hears(signal.SIGTERM)

                await farewell(made, 1)
                await last_words(lines)
                assert await ends(program) == 0
            finally:
                for process in frozen:
                    process.resume()


async def test_messages_are_not_compressed(database_url: str, school: SmallSchool) -> None:
    with served(database_url) as (_, address):
        async with follower(address, school) as made:
            assert "permessage-deflate" in made.request.headers["Sec-WebSocket-Extensions"]
            assert made.response is not None
            assert "Sec-WebSocket-Extensions" not in made.response.headers
