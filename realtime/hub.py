"""The process's place for news: who follows a topic gets every event of it once and in order, or is told to resync."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import cast

import structlog

from realtime.bus import Bus
from realtime.cursor import Cursor
from realtime.frames import Event, Events, Frame, Resync, Started
from realtime.heads import Heads
from realtime.log import Fetch, Log
from realtime.topic import Topic

__all__ = ["Event", "Events", "Fetch", "Frame", "Hub", "Resync", "Started"]

POLL_S = 1.0
DEGRADED_POLL_S = 0.25
LINGER_S = 5.0
MOST_PENDING = 10_000

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


class Hub:
    """Follows each topic once, for as many followers as there are; each goes by its own cursor and has no queue.

    Followers learn of news through the doorbell, and in any case through the poll: one query a second over all
    topics that somebody follows. So staleness is bounded without Redis, and nothing here can lose an event.
    """

    def __init__(
        self,
        fetch: Fetch,
        bus: Bus,
        *,
        poll_s: float = POLL_S,
        degraded_poll_s: float = DEGRADED_POLL_S,
        linger_s: float = LINGER_S,
    ) -> None:
        self._log = Log(fetch)
        self._heads = Heads(self._log)
        self._bus = bus
        self._poll_s = poll_s
        self._degraded_poll_s = degraded_poll_s
        self._linger_s = linger_s
        self._topics: dict[str, tuple[Topic, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: dict[str, int] = {}
        self._rung = asyncio.Event()
        self._look = asyncio.Event()
        self.is_open = False
        """Whether topics can be followed."""
        self._is_reading = True

    @property
    def healthy(self) -> bool:
        """Whether news flows: the hub runs and could read the log when it last looked. Redis is no part of it."""
        return self.is_open and self._is_reading

    async def start(self) -> None:
        """Join the bus and begin to look. Never fails because Redis or PostgreSQL is away."""
        self.is_open = True
        await self._bus.connect()
        self._spawn(self._poll(), "poll")
        self._spawn(self._publish(), "publish")

    async def close(self) -> None:
        """Let every follower go, and leave the bus."""
        self.is_open = False
        for topic, _ in self._topics.values():
            topic.close()
        self._topics.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._heads.close()
        await self._bus.disconnect()

    def ring(self, heads: Mapping[str, int]) -> None:
        """Say, after the commit, up to where topics go now: followers here look at once, other processes soon.

        Never raises and never waits: the change is made, and a lost doorbell costs a second at most.
        """
        for name, seq in heads.items():
            if name in self._topics:
                self._topics[name][0].nudge(seq)
            if len(self._pending) < MOST_PENDING:
                self._pending[name] = max(seq, self._pending.get(name, 0))
        self._rung.set()

    async def follow(self, topic: str, after: Cursor | None) -> AsyncGenerator[Frame, None]:
        """Give the news of a topic: Started, then Events in order, each event exactly once.

        Without `after` it starts at the head as it is now. A cursor that this log can't continue gets Resync,
        as the first frame or as the last. Ends by itself after Resync and when the hub closes; may be closed or
        cancelled at any moment.
        """
        if not self.is_open:
            return
        wake = asyncio.Event()
        feed = self._join(topic, wake)
        try:
            cursor = await feed.newest() if after is None else after
            is_started = False
            while not feed.is_closed:
                news = await feed.since(cursor)
                if isinstance(news, Resync):
                    yield news
                    return
                if not is_started:
                    is_started = True
                    yield Started(cursor)
                if news.events:
                    cursor = news.cursor
                    yield news
                else:
                    await wake.wait()
                    # Cleared before the next look: what is announced from here on wakes again.
                    wake.clear()
        finally:
            self._leave(feed, wake)

    async def newest(self, topic: str) -> Cursor:
        """Give the head of a topic as it is now; waits while the log can't be read."""
        with self._following(topic) as feed:
            return await feed.newest()

    async def since(self, topic: str, cursor: Cursor, *, least: int = 0) -> Events | Resync:
        """Give what follows a cursor of a topic, up to event `least` at least; waits while the log can't be read."""
        with self._following(topic) as feed:
            return await feed.since(cursor, least=least)

    @contextmanager
    def _following(self, topic: str) -> Generator[Topic]:
        wake = asyncio.Event()
        feed = self._join(topic, wake)
        try:
            yield feed
        finally:
            self._leave(feed, wake)

    async def head(self, topic: str) -> Cursor:
        """Read where a topic ends now. Raises what the log raises; who asks in the same moment shares one statement."""
        return await self._heads(topic)

    def _join(self, name: str, wake: asyncio.Event) -> Topic:
        if name not in self._topics:
            topic = Topic(name, self._log, self._heads, self._bus, self._look.set)
            self._topics[name] = topic, self._spawn(topic.run(), f"topic {name}")
        topic = self._topics[name][0]
        topic.followers.add(wake)
        return topic

    def _leave(self, topic: Topic, wake: asyncio.Event) -> None:
        topic.followers.discard(wake)
        if not topic.followers and self.is_open:
            # A page that is loaded again comes back in a moment: keep the topic warm for it.
            asyncio.get_running_loop().call_later(self._linger_s, self._retire, topic)

    def _retire(self, topic: Topic) -> None:
        known = self._topics.get(topic.name)
        if not topic.followers and known is not None and known[0] is topic:
            del self._topics[topic.name]
            known[1].cancel()

    def _spawn(self, coroutine: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _poll(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s if self._bus.healthy else self._degraded_poll_s):
                    await self._look.wait()
            self._look.clear()
            try:
                await self._compare()
                self._is_reading = True
            except Exception as error:  # noqa: BLE001 - PostgreSQL is away; the next look may succeed
                if self._is_reading:
                    log.warning("poll_failed", error=type(error).__name__)
                self._is_reading = False

    async def _compare(self) -> None:
        """Ask where all followed topics end, and wake those whose head is another."""
        known = {name: topic for name, (topic, _) in self._topics.items() if topic.head is not None}
        if not known:
            return
        for name, head in (await self._log.heads(known)).items():
            here = known[name].head
            if here is not None and head != here:
                known[name].nudge(head.seq if head.seq > here.seq else None)

    async def _publish(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            batch, self._pending = self._pending, {}
            await asyncio.gather(*[self._tell(name, seq) for name, seq in batch.items()])

    async def _tell(self, name: str, seq: int) -> None:
        try:
            await self._bus.publish(name, str(seq))
        except Exception as error:  # noqa: BLE001 - others will see it by their poll
            log.debug("doorbell_unheard", error=type(error).__name__)
