"""Two processes as they run in earnest: what is reported at one is seen at the other, with Redis and without."""

import asyncio
import signal
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

import models
from models.database import Database
from resolvers import live
from tests.cli.programs import Program
from tests.factories import admin, enrol, found_group, found_school, founding, guardian, id_of, sign_in_token, teacher
from tests.live.words import FOLLOW_ABSENCES, REPORT
from tests.realtime.servers import RedisServer

CHILDREN = 9
POLL_S = 1.0
"""Without a doorbell a process looks once in this time; what comes clearly sooner was rung for."""
SOON_S = 10.0
SERVING = "Serving on http://"


@dataclass(frozen=True, slots=True)
class Running:
    """Two processes that share a database and a Redis."""

    redis: RedisServer
    here: str
    there: str


@pytest.fixture
async def running(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    redis = RedisServer(tmp_path)
    await redis.start()
    settings = {"DATABASE_URL": database_url, "REDIS_URL": redis.url, "PORT": "0"}
    with Program("serve", settings=settings) as one, Program("serve", settings=settings) as other:
        addresses = [await asyncio.to_thread(program.says, SERVING) for program in (one, other)]
        here, there = (line.removeprefix(SERVING) for line in addresses)
        yield Running(redis, here, there)
        for program in (one, other):
            program.hears(signal.SIGTERM)
        assert [await asyncio.to_thread(program.ends) for program in (one, other)] == [0, 0]
    await redis.kill()


@dataclass(frozen=True, slots=True)
class Class:
    """A group with a teacher, and a large family in it. It has school at any time: the clock is the real one."""

    group: models.Group
    children: list[models.Pupil]
    tokens: dict[str, str]


@pytest.fixture
async def family(database: Database) -> Class:
    async with founding(database) as facts:
        school = found_school(facts)
        group = found_group(facts, school, times=())
        children = [enrol(facts, group, given_name=f"Kind {number}") for number in range(CHILDREN)]
        people = {
            "parent": guardian(facts, *children),
            "teacher": teacher(facts, group),
            "office": admin(facts, school),
        }
        tokens = {name: sign_in_token(facts, somebody) for name, somebody in people.items()}
    return Class(group, children, tokens)


class Dashboard:
    """A teacher's dashboard on a real socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def say(self, **message: Any) -> None:
        await self._socket.send(orjson.dumps(message).decode())

    async def frame(self) -> dict[str, Any]:
        async with asyncio.timeout(SOON_S):
            text = await self._socket.recv()
        assert isinstance(text, str), "a browser would get a Blob"
        message = orjson.loads(text)
        return message["payload"]["data"]["absenceFeed"] if message["type"] == "next" else message


@asynccontextmanager
async def dashboard(address: str, family: Class) -> AsyncIterator[Dashboard]:
    protocol = Subprotocol("graphql-transport-ws")
    async with connect(f"ws://{address}/graphql", subprotocols=[protocol], proxy=None) as socket:
        opened = Dashboard(socket)
        await opened.say(type="connection_init", payload={"authorization": f"Bearer {family.tokens['teacher']}"})
        assert await opened.frame() == {"type": "connection_ack"}
        payload = {"query": FOLLOW_ABSENCES, "variables": {"group": id_of(family.group)}}
        await opened.say(type="subscribe", id="1", payload=payload)
        assert (await opened.frame())["kind"] == "START"
        yield opened


async def report(http: httpx.AsyncClient, address: str, family: Class, child: models.Pupil) -> str:
    variables = {"pupils": [id_of(child)], "starts": datetime.now(UTC).isoformat()}
    answered = await http.post(
        f"http://{address}/graphql",
        json={"query": REPORT, "variables": variables},
        headers={"authorization": f"Bearer {family.tokens['parent']}"},
    )
    (made,) = answered.json()["data"]["reportAbsence"]["reports"]
    return made["id"]


async def test_a_report_at_one_process_reaches_a_dashboard_at_the_other_with_redis_and_without(
    running: Running, family: Class
) -> None:
    topic = live.GROUP_ABSENCES.topic(family.group.id)
    *children, last = family.children
    waits: list[float] = []
    async with httpx.AsyncClient(trust_env=False) as http, dashboard(running.there, family) as seen:
        async with Redis.from_url(running.redis.url) as redis, redis.pubsub() as overheard:
            (channel,) = [
                name for name in await redis.execute_command("PUBSUB", "SHARDCHANNELS") if topic.encode() in name
            ]
            assert await redis.execute_command("PUBSUB", "SHARDNUMSUB", channel) == [channel, 1], (
                "the process of the dashboard, and not the other"
            )
            await overheard.ssubscribe(channel)

            for number, child in enumerate(children, 1):
                made = await report(http, running.here, family, child)
                begin = time.monotonic()
                frame = await seen.frame()
                waits.append(time.monotonic() - begin)

                (event,) = frame["events"]
                assert (event["report"]["id"], event["report"]["pupil"]["givenName"]) == (made, child.given_name)
                assert frame["cursor"].startswith(f"{number}.")

            rung = [await _heard(overheard) for _ in children]
            assert rung == [str(number).encode() for number in range(1, CHILDREN)], "a topic and a number, nothing else"
        assert max(waits) < POLL_S + 1
        assert statistics.median(waits) < POLL_S / 3, waits

        await running.redis.kill()
        made = await report(http, running.here, family, last)
        (event,) = (await seen.frame())["events"]
        assert event["report"]["id"] == made, "Redis is a doorbell, and the log is the truth"


async def _heard(overheard: Any) -> bytes:
    async with asyncio.timeout(SOON_S):
        while (message := await overheard.get_message(timeout=SOON_S))["type"] != "smessage":
            pass
    return message["data"]
