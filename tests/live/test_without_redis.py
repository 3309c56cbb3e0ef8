"""Two processes without Redis from the first moment on: they start, and tell each other's news through the log."""

import asyncio
import signal
import socket
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from typing import Any

import httpx
import pytest

from tests.cli.programs import Program
from tests.live import test_two_processes as processes
from tests.live.test_two_processes import SERVING, Class, Dashboard, dashboard, report

MOST_S = 2.0
USUALLY_S = 1.0

family = processes.family


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An address for Redis that is taken, so that nobody else comes to listen there, and refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"redis://127.0.0.1:{taken.getsockname()[1]}/0"


@pytest.fixture
async def addresses_without_redis(database_url: str, nowhere: str) -> AsyncIterator[tuple[str, str]]:
    settings = {"DATABASE_URL": database_url, "REDIS_URL": nowhere, "PORT": "0"}
    with Program("serve", settings=settings) as one, Program("serve", settings=settings) as other:
        here, there = [
            (await asyncio.to_thread(program.says, SERVING)).removeprefix(SERVING) for program in (one, other)
        ]
        yield here, there
        for program in (one, other):
            program.hears(signal.SIGTERM)
        assert [await asyncio.to_thread(program.ends) for program in (one, other)] == [0, 0]


async def events(seen: Dashboard, number: int) -> list[dict[str, Any]]:
    """Take as many events, and then make sure that the feed had no other before it answered."""
    taken: list[dict[str, Any]] = []
    while len(taken) < number:
        taken += (await seen.frame())["events"]
    await seen.say(type="ping")
    assert await seen.frame() == {"type": "pong"}
    return taken


async def test_without_redis_two_processes_start_and_hear_of_each_other_within_a_second(
    addresses_without_redis: tuple[str, str], family: Class
) -> None:
    here, there = addresses_without_redis
    made: list[str] = []
    heard: dict[str, list[str]] = {here: [], there: []}
    waits: list[float] = []
    async with (
        httpx.AsyncClient(trust_env=False) as http,
        dashboard(here, family) as one,
        dashboard(there, family) as other,
    ):
        for address in (here, there):
            assert (await http.get(f"http://{address}/health/ready")).status_code == 200
        places = cycle([(here, one, there, other), (there, other, here, one)])
        for child, (reported_at, near, heard_at, far) in zip(family.children, places, strict=False):
            made.append(await report(http, reported_at, family, child))
            begin = time.monotonic()
            (event,) = await events(far, 1)
            waits.append(time.monotonic() - begin)
            heard[heard_at].append(event["report"]["id"])
            heard[reported_at] += [event["report"]["id"] for event in await events(near, 1)]

    assert heard == {here: made, there: made}
    assert max(waits) <= MOST_S, waits
    assert statistics.median(waits) <= USUALLY_S, waits
