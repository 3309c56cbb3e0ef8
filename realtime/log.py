"""Reading the log: the heads of topics, and what follows a cursor."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from realtime.cursor import START, Cursor
from realtime.frames import Event, Events, Resync

BATCH = 200
TOO_FAR = 5_000
"""Who is further behind is better served by a fresh snapshot than by a replay."""
READERS = 4
"""Reads at one time: catching up must not take the pool from the requests."""

HEADS = "select topic, last_seq, last_eid from stream where topic = any($1::text[])"

AFTER = f"""
select s.last_seq, s.last_eid, s.floor_seq, s.floor_eid, e.seq, e.eid, e.type, e.payload
from stream as s
left join lateral (
  select seq, eid, type, payload from stream_event
  where topic = s.topic and seq >= $2 order by seq limit {BATCH + 1}
) as e on true
where s.topic = $1
order by e.seq
"""  # noqa: S608


class Row(Protocol):
    """What a statement gives: values by column name."""

    def __getitem__(self, name: str, /) -> Any: ...


class Fetch(Protocol):
    """The way to PostgreSQL, which the assembly hands in."""

    async def __call__(self, statement: str, parameters: Sequence[Any], /) -> Sequence[Row]:
        """Run one reading statement; any exception means: not now."""
        ...


class Log:
    """The reading end of `stream` and `stream_event`."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._gate = asyncio.Semaphore(READERS)

    async def heads(self, topics: Iterable[str]) -> dict[str, Cursor]:
        """Say for each topic where its log ends now; a topic that nobody wrote to ends at its start."""
        wanted = dict.fromkeys(topics, START)
        rows = await self._fetch(HEADS, [list(wanted)])
        return wanted | {row["topic"]: Cursor(row["last_seq"], row["last_eid"]) for row in rows}

    async def after(self, topic: str, cursor: Cursor) -> Events | Resync:
        """Read what follows a cursor: nothing if it is the head, Resync if this log can't continue it.

        The statement also reads the event at the cursor itself: its mark proves that the reader's past is ours.
        """
        async with self._gate:
            rows = await self._fetch(AFTER, [topic, cursor.seq])
        return _continued(cursor, rows)


def _continued(cursor: Cursor, rows: Sequence[Row]) -> Events | Resync:
    head = Cursor(rows[0]["last_seq"], rows[0]["last_eid"]) if rows else START
    if cursor == head:
        return Events((), cursor)
    floor = Cursor(rows[0]["floor_seq"], rows[0]["floor_eid"]) if rows else START
    # Purged, ahead of us, at our head with another mark, or too far behind.
    if not floor.seq <= cursor.seq < head.seq or head.seq - cursor.seq > TOO_FAR:
        return Resync(head)
    events = [_event(row) for row in rows if row["seq"] is not None]
    # At the floor the event itself is purged, and the floor has its mark.
    own = events.pop(0).cursor if events and events[0].seq == cursor.seq else floor
    events = events[:BATCH]
    if own != cursor or not events or any(event.seq != cursor.seq + nth for nth, event in enumerate(events, 1)):
        return Resync(head)
    return Events(tuple(events), events[-1].cursor)


def _event(row: Row) -> Event:
    payload = row["payload"]
    return Event(row["seq"], row["eid"], row["type"], json.loads(payload) if isinstance(payload, str) else payload)
