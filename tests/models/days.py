"""The log as it was written on other days, and what is left of it."""

import asyncio
import json
from datetime import timedelta

import asyncpg

from models.retention import TODAY, attach
from realtime.cursor import Cursor

Connection = asyncpg.Connection


class Days:
    """Writes events of days ago, and tells what is there."""

    def __init__(self, sql: Connection) -> None:
        self.sql = sql

    async def attach(self, *days_ago: int) -> None:
        """Make the partitions of past days, as upkeep did when they were to come."""
        today = await self.sql.fetchval(f"select {TODAY}")
        for ago in days_ago:
            await attach(self.sql, today - timedelta(days=ago))

    async def write(self, topic: str, *days_ago: int) -> list[Cursor]:
        """Append an event on each of these days; without a partition of its day it lands in the default one."""
        cursors: list[Cursor] = []
        for ago in days_ago:
            async with self.sql.transaction():
                await append(self.sql, topic)
                row = await self.sql.fetchrow(
                    "update stream_event e set day = day - $2::int, at = at - make_interval(days => $2)"
                    " from stream s where s.topic = $1 and (e.topic, e.seq) = (s.topic, s.last_seq) returning e.*",
                    topic, ago,
                )  # fmt: skip
            cursors.append(Cursor(row["seq"], row["eid"]))
        return cursors

    async def kept(self, topic: str) -> list[Cursor]:
        """Everything that is left of a topic."""
        rows = await self.sql.fetch("select seq, eid from stream_event where topic = $1 order by seq", topic)
        return [Cursor(row["seq"], row["eid"]) for row in rows]

    async def floor(self, topic: str) -> Cursor:
        """The floor of a topic."""
        return Cursor(*await self.sql.fetchrow("select floor_seq, floor_eid from stream where topic = $1", topic))

    async def partitions(self) -> dict[str, int]:
        """The partitions there are, with the age of their day; the default one has none and is left out."""
        rows = await self.sql.fetch(
            f"select relname::text, {TODAY} - to_date(right(relname, 8), 'YYYYMMDD') as age from pg_inherits"
            " join pg_class on oid = inhrelid"
            " where inhparent = 'stream_event'::regclass and relname <> 'stream_event_default'"
        )
        return {row["relname"]: row["age"] for row in rows}

    async def until_somebody_waits(self) -> None:
        """Wait until a session of this database waits for a lock."""
        await self.until(
            "exists (select from pg_locks join pg_stat_activity using (pid)"
            " where not granted and datname = current_database())"
        )

    async def until(self, condition: str) -> None:
        """Wait until this is so. PostgreSQL tells nobody, so it is asked again and again."""
        async with asyncio.timeout(5):
            while not await self.sql.fetchval(f"select {condition}"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def append(sql: Connection, *topics: str) -> list[int]:
    """Append an event to each of these topics in one statement, as a change does; answer their numbers."""
    rows = await sql.fetch(
        "select o_seq from stream_append($1, $2, $3::jsonb[])",
        list(topics), ["Told"] * len(topics), [json.dumps({"topic": topic}) for topic in topics],
    )  # fmt: skip
    return [row[0] for row in rows]
