"""The clients that people copy from docs/clients, against a real service: every event once and in order."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from models import Role
from models.database import Database
from resolvers import live
from tests.factories import SmallSchool, amend, founding, join, person, sign_in_token, teach
from tests.facts import LONG_AGO
from tests.live.followers import COMMANDS, SOON_S, Serving, cable, following
from tests.live.words import SIGN_OUT
from tests.realtime.feeds import Writer

CLIENTS = Path(__file__).resolve().parents[2] / "docs" / "clients"
each_client = pytest.mark.parametrize("client", list(COMMANDS))


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[Serving]:
    serving = Serving(database_url)
    await serving.start()
    yield serving
    await serving.end(signal.SIGTERM)


@pytest.mark.parametrize("name", ["follow.py", "follow.ts"])
def test_a_client_is_short_enough_to_be_read(name: str) -> None:
    lines = (CLIENTS / name).read_text().splitlines()

    assert len(lines) <= 60
    assert max(len(line) for line in lines) <= 120


@each_client
async def test_a_cut_connection_loses_and_doubles_nothing(
    client: str, service: Serving, small_school: SmallSchool
) -> None:
    await service.publish(small_school, ["Vooraf"])
    async with cable(service.port) as line, following(client, line.port, small_school) as seen:
        assert await seen.says() == {"snapshot": ["Vooraf"]}
        for number in range(3):
            await service.publish(small_school, [f"Voor {number}"])
            await seen.tells(f"Voor {number}")
            line.cut()
            titles = [f"{word} {number}" for word in ("Een", "Twee", "Drie")]
            await service.publish(small_school, titles)
            await seen.tells(*titles)


@each_client
async def test_a_service_that_is_killed_loses_and_doubles_nothing(
    client: str, service: Serving, small_school: SmallSchool
) -> None:
    async with following(client, service.port, small_school) as seen:
        assert await seen.says() == {"snapshot": []}
        await service.publish(small_school, ["Een", "Twee"])
        await service.end(signal.SIGKILL)
        await service.start()
        await service.publish(small_school, ["Drie"])
        await seen.tells("Een", "Twee", "Drie")


@each_client
async def test_a_service_that_stops_is_come_back_to(client: str, service: Serving, small_school: SmallSchool) -> None:
    async with following(client, service.port, small_school) as seen:
        assert await seen.says() == {"snapshot": []}
        await service.publish(small_school, ["Een"])
        await seen.tells("Een")
        await service.end(signal.SIGTERM)
        await service.start()
        await service.publish(small_school, ["Twee"])
        await seen.tells("Twee")


@each_client
async def test_after_another_history_the_whole_is_taken_again(
    client: str, service: Serving, small_school: SmallSchool, database_url: str
) -> None:
    topic = live.GROUP_POSTS.topic(small_school.group.id)
    async with following(client, service.port, small_school) as seen:
        assert await seen.says() == {"snapshot": []}
        await service.publish(small_school, ["Een", "Twee"])
        await seen.tells("Een", "Twee")
        await service.end(signal.SIGKILL)
        connection = await asyncpg.connect(database_url)
        await Writer(connection).forget(topic, after=1)
        await connection.close()
        await service.start()
        assert await seen.says() == {"snapshot": ["Een", "Twee"]}
        await service.publish(small_school, ["Drie"])
        await seen.tells("Drie")


@each_client
async def test_who_may_no_longer_follow_ends(
    client: str, service: Serving, small_school: SmallSchool, database: Database
) -> None:
    async with founding(database) as facts:
        substitute = person(facts, name="Inge Vos")
        join(facts, small_school.school.id, substitute, Role.STAFF)
        teaching = teach(facts, small_school.group, substitute)
        token = sign_in_token(facts, substitute)
    async with following(client, service.port, small_school, token) as seen:
        assert await seen.says() == {"snapshot": []}
        await service.publish(small_school, ["Een"])
        await seen.tells("Een")
        await amend(database, teaching, ended_at=LONG_AGO.replace(month=9))
        assert await seen.says() == {"ended": "revoked"}
        await seen.ends()


@each_client
async def test_after_the_end_of_a_session_a_fresh_token_goes_on_and_without_one_it_is_over(
    client: str, service: Serving, small_school: SmallSchool, database: Database
) -> None:
    async with founding(database) as facts:
        tokens = [sign_in_token(facts, small_school.guardian) for _ in range(2)]
    async with (
        following(client, service.port, small_school, *tokens) as seen,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}", trust_env=False) as http,
    ):
        assert await seen.says() == {"snapshot": []}
        for token, title in zip(tokens, ("Een", "Twee"), strict=True):
            await service.publish(small_school, [title])
            await seen.tells(title)
            signed = {"authorization": f"Bearer {token}"}
            assert (await http.post("/graphql", json={"query": SIGN_OUT}, headers=signed)).status_code == 200
        assert await seen.says() == {"ended": "refused", "why": "Unauthorized"}
        await seen.ends()


async def test_a_connection_that_is_dead_in_silence_is_given_up(service: Serving, small_school: SmallSchool) -> None:
    async with (
        cable(service.port) as line,
        following("python", line.port, small_school) as one,
        following("typescript", line.port, small_school) as other,
    ):
        for seen in (one, other):
            assert await seen.says() == {"snapshot": []}
        await service.publish(small_school, ["Een"])
        for seen in (one, other):
            await seen.tells("Een")
        while not line.made.empty():
            line.made.get_nowait()
        line.go_dark()
        await service.publish(small_school, ["Twee"])
        await line.made.get()  # one of them has noticed; its new connection is dark too
        line.come_back()
        for seen in (one, other):
            await seen.tells("Twee")


# ------------------------------------------------------------------------------------------------ words of a script


@asynccontextmanager
async def scripted() -> AsyncIterator[tuple[int, asyncio.Queue[ServerConnection]]]:
    """A peer whose words are the test's: what a service says to nobody who is right, or seldom."""
    came = asyncio.Queue[ServerConnection]()

    async def keep(socket: ServerConnection) -> None:
        came.put_nowait(socket)
        await socket.wait_closed()

    async with serve(keep, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-transport-ws")]) as server:
        yield server.sockets[0].getsockname()[1], came


async def say(socket: ServerConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ServerConnection) -> dict[str, object]:
    async with asyncio.timeout(SOON_S):
        return json.loads(await socket.recv())


@each_client
async def test_what_coming_back_does_not_cure_ends_a_client(
    client: str, service: Serving, small_school: SmallSchool
) -> None:
    for code in (4400, 4401, 4406, 4409, 4429):
        async with scripted() as (port, came), following(client, service.port, small_school, live=port) as seen:
            assert await seen.says() == {"snapshot": []}
            await (await came.get()).close(code, f"No {code}")
            assert await seen.says() == {"ended": "refused", "why": f"No {code}"}
            await seen.ends()


@each_client
async def test_after_every_other_end_a_client_comes_back_when_it_was_told_to(
    client: str, service: Serving, small_school: SmallSchool
) -> None:
    async with scripted() as (port, came), following(client, service.port, small_school, live=port):
        for code in (1000, 1012, 4403):
            await (await came.get()).close(code)
        socket = await came.get()
        assert (await hear(socket))["type"] == "connection_init"
        await say(socket, type="ping")
        assert (await hear(socket))["type"] == "pong"
        await say(socket, type="connection_ack")
        assert (await hear(socket))["type"] == "subscribe"
        bye = {"kind": "BYE", "cursor": None, "retryAfterMs": 9_000, "events": []}
        await say(socket, type="next", id="1", payload={"data": {"postFeed": bye}})
        await say(socket, type="complete", id="1")
        begin = time.monotonic()
        await came.get()
        assert time.monotonic() - begin >= 8.9, "after four tries a client by itself may wait 8 s"
