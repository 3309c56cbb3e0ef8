"""What the tests of the hub are told in: a writer of the log, hubs as processes have them, and their feeds."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import asyncpg

from models.database import Database
from realtime.bus import Bus
from realtime.cursor import Cursor
from realtime.hub import Events, Frame, Hub, Started

SOON_S = 5
NEVER_S = 3_600


class Writer:
    """Writes to the log as a change does."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def append(self, topic: str, number: int = 1) -> int:
        """Append events in one transaction; answer the last one's number."""
        seq = 0
        async with self.connection.transaction():
            for _ in range(number):
                seq = await self.connection.fetchval(
                    "select o_seq from stream_append($1, $2, $3::jsonb[])",
                    [topic], ["AbsenceReported"], [json.dumps({"absence": str(uuid4())})],
                )  # fmt: skip
        return seq

    async def head(self, topic: str) -> Cursor:
        """Read the cursor as a snapshot query does."""
        text = await self.connection.fetchval(
            "select coalesce((select last_seq || '.' || last_eid from stream where topic = $1), '0.0')", topic
        )
        return Cursor.parse(text)

    async def cursors(self, topic: str) -> list[Cursor]:
        """Read the whole log of a topic."""
        rows = await self.connection.fetch("select seq, eid from stream_event where topic = $1 order by seq", topic)
        return [Cursor(row["seq"], row["eid"]) for row in rows]

    async def forget(self, topic: str, *, after: int) -> None:
        """Lose the end of the log, as a failover to a standby that lagged behind does."""
        async with self.connection.transaction():
            await self.connection.execute("delete from stream_event where topic = $1 and seq > $2", topic, after)
            await self.connection.execute(
                "update stream set last_seq = $2, last_eid = "
                "(select eid from stream_event e where e.topic = $1 and e.seq = $2) where topic = $1",
                topic, after,
            )  # fmt: skip

    async def purge(self, topic: str, *, upto: int) -> None:
        """Remove old events, as retention does."""
        async with self.connection.transaction():
            await self.connection.execute(
                "update stream set (floor_seq, floor_eid) = "
                "(select seq, eid from stream_event e where e.topic = $1 and e.seq = $2) where topic = $1",
                topic, upto,
            )  # fmt: skip
            await self.connection.execute("delete from stream_event where topic = $1 and seq <= $2", topic, upto)


class Hubs:
    """Makes hubs, each with a bus of its own, as processes have."""

    def __init__(self, database: Database, stack: AsyncExitStack) -> None:
        self.database = database
        self.statements = Counter[str]()
        self._stack = stack

    async def start(self, url: str | None, **waits: float) -> Hub:
        """Start one over this doorbell; without `poll_s` only the doorbell brings news."""
        hub = Hub(self._fetch, Bus.from_url(url), **{"poll_s": NEVER_S, "degraded_poll_s": NEVER_S} | waits)
        await hub.start()
        self._stack.push_async_callback(hub.close)
        return hub

    async def _fetch(self, statement: str, parameters: Sequence[Any]) -> Sequence[asyncpg.Record]:
        self.statements[statement] += 1
        return await self.database.fetch(statement, parameters)


Feed = AsyncGenerator[Frame, None]


async def frame(feed: Feed, within: float = SOON_S) -> Frame:
    async with asyncio.timeout(within):
        return await anext(feed)


async def frames(feed: Feed) -> list[Frame]:
    """Take all frames of a feed that ends by itself."""
    async with asyncio.timeout(SOON_S):
        return [news async for news in feed]


async def started(hub: Hub, topic: str, after: Cursor | None = None) -> Feed:
    feed = hub.follow(topic, after)
    assert isinstance(await frame(feed), Started)
    return feed


async def read_to(feed: Feed, seq: int, within: float = SOON_S) -> list[Cursor]:
    """Take the feed's events up to this one."""
    cursors: list[Cursor] = []
    async with asyncio.timeout(within):
        while not cursors or cursors[-1].seq < seq:
            news = await anext(feed)
            assert isinstance(news, Events), news
            assert 1 <= len(news.events) <= 200
            assert news.cursor == news.events[-1].cursor
            cursors += [event.cursor for event in news.events]
    return cursors
