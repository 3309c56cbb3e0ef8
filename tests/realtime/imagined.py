"""A world for the model of the hub: time that passes at once, a log in memory, a doorbell that lies, and readers."""

import asyncio
import itertools
import selectors
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from broadcaster import Event as Ring

from realtime.backends import Backend
from realtime.cursor import START, Cursor
from realtime.hub import Events, Frame, Hub, Resync, Started
from realtime.log import AFTER, BATCH, HEADS

ANSWER_S = 0.002
"""A statement takes as long before PostgreSQL looks as after: what it answers may be old when it arrives."""


class Timeless(selectors.SelectSelector):
    """Where a loop would wait for a time, that time has come."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.now += timeout or 0.0
        return super().select(0)


def loop_without_waiting() -> asyncio.AbstractEventLoop:
    """Make an event loop in which an hour of idleness takes no time, and every run is the same."""
    selector = Timeless()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    return loop


class ImaginedLog:
    """The log as PostgreSQL would tell it, and everything that it ever was. Marks never come twice."""

    def __init__(self) -> None:
        self.is_away = False
        self.before: dict[Cursor, Cursor] = {}
        """What each event followed when it was written: whichever history a reader is in, this is its order."""
        self.heads: defaultdict[str, list[Cursor]] = defaultdict(lambda: [START])
        """All places at which a topic has ended, the present one last."""
        self.broken: defaultdict[str, set[Cursor]] = defaultdict(set)
        """The places from which nobody can go on any more."""
        self._events: defaultdict[str, list[Cursor]] = defaultdict(list)
        self._floors: defaultdict[str, int] = defaultdict(int)
        self._marks = itertools.count(1)

    def __len__(self) -> int:
        return len(self.before)

    def head(self, topic: str) -> Cursor:
        return self.heads[topic][-1]

    def append(self, topic: str, number: int) -> int:
        """Write events in one transaction; answer the last one's number."""
        for _ in range(number):
            event = Cursor(len(self._events[topic]) + 1, next(self._marks))
            self.before[event] = self._last(topic)
            self._events[topic].append(event)
        self.heads[topic].append(self._last(topic))
        return len(self._events[topic])

    def forget(self, topic: str, number: int) -> int:
        """Lose the last events, as a failover to a standby that lagged behind does; answer how many there were."""
        lost = min(number, len(self._events[topic]))
        keep = len(self._events[topic]) - lost
        self.broken[topic] |= set(self._events[topic][keep:])
        del self._events[topic][keep:]
        self._floors[topic] = min(self._floors[topic], keep)
        self.heads[topic].append(self._last(topic))
        return lost

    def purge(self, topic: str, number: int) -> None:
        """Remove the oldest events, as retention does; the newest may be among them."""
        self._floors[topic] = floor = min(self._floors[topic] + number, len(self._events[topic]))
        self.broken[topic] |= set([START, *self._events[topic]][:floor])

    async def fetch(self, statement: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        """Answer as PostgreSQL would, in a moment, or not at all."""
        await asyncio.sleep(ANSWER_S)
        if self.is_away:
            raise ConnectionRefusedError
        rows = {HEADS: self._ends, AFTER: self._after}[statement](*parameters)
        await asyncio.sleep(ANSWER_S)
        return rows

    def _last(self, topic: str) -> Cursor:
        return self._events[topic][-1] if self._events[topic] else START

    def _ends(self, topics: list[str]) -> list[dict[str, Any]]:
        ends = {topic: self._events[topic][-1] for topic in topics if self._events[topic]}
        return [{"topic": topic, "last_seq": end.seq, "last_eid": end.eid} for topic, end in ends.items()]

    def _after(self, topic: str, seq: int) -> list[dict[str, Any]]:
        events = self._events[topic]
        if not events:
            return []
        floor = self._floors[topic]
        mark = events[floor - 1].eid if floor else 0
        stream = {
            "last_seq": events[-1].seq, "last_eid": events[-1].eid, "floor_seq": floor, "floor_eid": mark,
        }  # fmt: skip
        first = max(floor, bisect_left(events, seq, key=lambda event: event.seq))
        found = [
            stream | {"seq": event.seq, "eid": event.eid, "type": "Told", "payload": "{}"}
            for event in events[first : first + BATCH + 1]
        ]
        return found or [stream | dict.fromkeys(("seq", "eid", "type", "payload"))]


class LyingDoorbell(Backend):
    """Keeps what is rung until it is told what to do with it. Its word is worth nothing, and so is its health."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Ring] = []
        self.is_away = False

    @property
    def healthy(self) -> bool:
        return not self.is_away

    async def connect(self) -> None:
        """It is there, or it is not."""

    async def disconnect(self) -> None:
        """Nobody has to be told."""

    async def subscribe(self, group: str) -> None:
        if self.is_away:
            raise ConnectionRefusedError(group)

    async def unsubscribe(self, group: str) -> None:
        """It may ring all the same."""

    async def publish(self, channel: str, message: str) -> None:
        if self.is_away:
            raise ConnectionRefusedError
        self.waiting.append(Ring(channel, message))

    def deliver(self, order: Callable[[list[Ring]], list[Ring]]) -> None:
        """Let come what has waited, as `order` makes it."""
        rings, self.waiting = self.waiting, []
        for ring in order(rings):
            self.inbox.put_nowait(ring)


class Reader:
    """Somebody with a cursor, who holds each frame against the log as it was written."""

    def __init__(self, hub: Hub, source: ImaginedLog, topic: str) -> None:
        self.topic = topic
        self.cursor: Cursor | None = None
        self.is_resynced = False
        self.task: asyncio.Task[None] | None = None
        self.attends = asyncio.Event()
        """Set while the reader takes what comes; else the frame in hand stays there, as on a slow line."""
        self.attends.set()
        self._hub = hub
        self._log = source
        self._since = 0

    def join(self, loop: asyncio.AbstractEventLoop) -> None:
        """Follow from the own cursor on; whoever has none, or was told to resync, begins at the head."""
        if self.task is None:
            if self.is_resynced:
                self.cursor, self.is_resynced = None, False
            self._since = len(self._log.heads[self.topic]) - 1
            self.task = loop.create_task(self._follow())

    def leave(self) -> None:
        """Go away at whatever moment this is."""
        if self.task is not None and not self.is_resynced:
            self.task.cancel()
        self.task = None

    def check(self) -> None:
        """Raise what the reader found wrong."""
        if self.task is not None and self.task.done():
            self.task.result()
            assert self.is_resynced, "a feed ended, and nobody said why"
            self.task = None

    async def _follow(self) -> None:
        after = self.cursor
        feed = self._hub.follow(self.topic, after)
        try:
            frame = await anext(feed)
            await self._take_first(frame, after)
            async for frame in feed:
                assert not self.is_resynced, "Resync is the last frame"
                assert not isinstance(frame, Started), "a feed starts once"
                await self._take(frame)
        finally:
            await feed.aclose()

    async def _take_first(self, frame: Frame, after: Cursor | None) -> None:
        if isinstance(frame, Resync):
            await self._take(frame)
            return
        assert isinstance(frame, Started), frame
        if after is None:
            assert frame.cursor in self._log.heads[self.topic][self._since :], "older than the question"
        else:
            assert frame.cursor == after
        self.cursor = frame.cursor

    async def _take(self, frame: Frame) -> None:
        await self.attends.wait()
        if isinstance(frame, Resync):
            assert self.cursor in self._log.broken[self.topic], f"{self.cursor} could go on"
            assert frame.cursor in self._log.heads[self.topic], "a place where nobody can begin"
            self.is_resynced = True
            return
        assert isinstance(frame, Events), frame
        for event in frame.events:
            assert self._log.before[event.cursor] == self.cursor, f"{event.cursor} does not follow {self.cursor}"
            self.cursor = event.cursor
        assert frame.cursor == self.cursor
