"""One topic in this process: its newest events, read once for all who follow it."""

import asyncio
import random
import re
from collections.abc import Callable
from typing import cast

import structlog
from broadcaster._base import Subscriber

from realtime.backends import Missed
from realtime.bus import Bus
from realtime.cursor import START, Cursor
from realtime.frames import Event, Events, Resync
from realtime.heads import Heads
from realtime.log import BATCH, Log

NUMBER = re.compile("[0-9]{1,19}")
RING = 256
RETRY_S = 0.25

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


class Topic:
    """Reads the log as far as it goes whenever there may be something new, and keeps the last events.

    The order is what makes it exact: first the doorbell is confirmed, then the head is read, and from there
    on the head moves only by reading what follows it. A doorbell, a poll or a reconnect can only ask to look;
    no number from outside is ever taken for the log's.
    """

    def __init__(self, name: str, source: Log, heads: Heads, bus: Bus, missed: Callable[[], None]) -> None:
        self.name = name
        self.head: Cursor | None = None
        """Up to where this process has read; unknown before the first look."""
        self.followers: set[asyncio.Event] = set()
        """What is set, for each follower, when the head has moved."""
        self.is_closed = False
        self._log = source
        self._heads = heads
        self._known = asyncio.Event()
        self._bus = bus
        self._missed = missed
        self._base = START
        self._ring: list[Event] = []
        self._latest: tuple[Cursor, Events] | None = None
        self._wake = asyncio.Event()
        self._rung = 0
        self._must_look = False

    def nudge(self, seq: int | None = None) -> None:
        """Look, because the log goes up to `seq`, or, without a number, because it is not what it was."""
        if seq is None:
            self._must_look = True
        elif seq > self._rung:
            self._rung = seq
        else:
            return
        self._wake.set()

    def close(self) -> None:
        """Let every follower go."""
        self.is_closed = True
        self._announce()

    async def run(self) -> None:
        """Follow the log for ever: whatever goes wrong, it begins again where it was."""
        while True:
            try:
                async with self._bus.subscribe(self.name) as doorbell, asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._listen(doorbell))
                    await self._follow()
            except Exception:
                log.exception("topic_restarts", topic=self.name)
            await asyncio.sleep(random.uniform(0, RETRY_S))  # noqa: S311

    async def newest(self) -> Cursor:
        """Give the head as it is now, which may be further than this process has read; wait for it if need be."""
        await self._known.wait()
        while not self.is_closed:
            try:
                return await self._heads(self.name)
            except Exception as error:  # noqa: BLE001 - PostgreSQL is away
                await self._pause(error)
        return START

    async def since(self, cursor: Cursor, *, least: int = 0) -> Events | Resync:
        """Give what follows a cursor, from memory if it is there; wait while the log can't be read.

        Who knows of event `least` already is not told that there is nothing, only because it was not read here yet.

        Waits at first until the doorbell is confirmed and the head read.
        """
        await self._known.wait()
        while not self.is_closed:
            is_behind = self.head is None or self.head.seq < least
            if not is_behind and (news := self._remembered(cursor)) is not None:
                return news
            try:
                return await self._log.after(self.name, cursor)
            except Exception as error:  # noqa: BLE001 - the follower keeps its cursor and asks again
                await self._pause(error)
        return Events((), cursor)

    def _remembered(self, cursor: Cursor) -> Events | None:
        if cursor == self.head:
            return Events((), cursor)
        if self._latest is not None and self._latest[0] == cursor:
            return self._latest[1]
        place = cursor.seq - self._base.seq
        if 0 <= place < len(self._ring) and cursor == (self._ring[place - 1].cursor if place else self._base):
            events = tuple(self._ring[place:][:BATCH])
            return Events(events, events[-1].cursor)
        return None

    async def _listen(self, doorbell: Subscriber) -> None:
        while True:
            message: str = (await doorbell.get()).message
            if not isinstance(message, Missed) and NUMBER.fullmatch(message):
                self.nudge(int(message))
            else:
                self._missed()

    async def _follow(self) -> None:
        # Also after a restart: what rang in between was not heard.
        self._must_look = True
        while True:
            # Taken before reading: what rings while we read is another question.
            self._wake.clear()
            look, self._must_look = self._must_look, False
            rung, self._rung = self._rung, 0
            if look or self.head is None or rung > self.head.seq:
                await self._read()
            await self._wake.wait()

    async def _read(self) -> None:
        """Read until level, however long PostgreSQL stays away."""
        is_level = False
        while not is_level:
            try:
                is_level = await self._advance()
            except Exception as error:  # noqa: BLE001 - no fault may end a feed
                await self._pause(error)

    async def _advance(self) -> bool:
        """Take one step; say whether there may be nothing more."""
        if self.head is None:
            self.head = self._base = await self._heads(self.name)
            self._announce()
            return True
        news = await self._log.after(self.name, self.head)
        if isinstance(news, Resync):
            # Another history, or too far away: each follower proves its own cursor against the log.
            log.warning("history_break", topic=self.name)
            self.head = self._base = news.cursor
            self._ring, self._latest = [], None
            self._announce()
        elif news.events:
            self._remember(self.head, news)
            self._announce()
        return len(news.events) < BATCH if isinstance(news, Events) else True

    def _remember(self, before: Cursor, news: Events) -> None:
        ring = [*self._ring, *news.events]
        if len(ring) > RING:
            self._base = ring[-RING - 1].cursor
            ring = ring[-RING:]
        self._ring, self._latest, self.head = ring, (before, news), news.cursor

    async def _pause(self, error: Exception) -> None:
        log.debug("log_unreadable", topic=self.name, error=type(error).__name__)
        await asyncio.sleep(random.uniform(RETRY_S / 2, RETRY_S))  # noqa: S311

    def _announce(self) -> None:
        self._known.set()
        for follower in self.followers:
            follower.set()
