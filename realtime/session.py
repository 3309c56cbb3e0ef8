"""Listening on one connection, until its first error."""

import asyncio
from collections.abc import Callable, Iterable
from typing import cast

import structlog
from broadcaster import Event
from redis.crc import key_slot
from redis.exceptions import MovedError

from realtime.backends import Missed
from realtime.wire import Wire

PER_WRITE = 500
WRITE_S = 1.0
CONFIRM_S = 2.0
SILENCE_S = 3.0
ANSWER_S = 2.0

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


class Session:
    """One listening connection, from its first SUBSCRIBE to its first error.

    A confirmation that nobody waits for puts a `Missed` into the channel. That one rule covers the channels of
    before a reconnect, those that moved here from another node, and a confirmation that came too late for the
    one who asked.
    """

    def __init__(self, wire: Wire, inbox: asyncio.Queue[Event], turned_away: Callable[[], None]) -> None:
        self._wire = wire
        self._inbox = inbox
        self._turned_away = turned_away
        self._outgoing: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._asked: set[str] = set()
        self._confirmed: set[str] = set()
        self._refused: set[str] = set()
        self._answered = asyncio.Event()
        self._is_over = False

    @property
    def is_complete(self) -> bool:
        """Whether every channel is confirmed."""
        return self._answered.is_set() and not (self._is_over or self._asked or self._refused)

    async def hold(self, channels: Iterable[str], alive: Callable[[], None]) -> None:
        """Listen until something fails; `alive` is told when every channel has got its first answer."""
        self.ask(channels)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self._read())
                async with asyncio.timeout(CONFIRM_S):
                    await self._answered.wait()
                alive()
                log.info("doorbell_live", count=len(self._confirmed))
        finally:
            self._end()
            await self._wire.close()

    def ask(self, channels: Iterable[str]) -> None:
        """Subscribe; whoever listens to these channels is told that something may have been missed."""
        # One command for each: in a cluster a command must not cross slots.
        for channel in channels:
            self._asked.add(channel)
            self._outgoing.put_nowait((f"{self._wire.prefix}SUBSCRIBE", channel))
        self._settle()

    async def join(self, channel: str) -> None:
        """Subscribe, and wait until Redis has confirmed it.

        A session that is still opening, or at its end, keeps nobody waiting, nor does a node to which the channel
        does not belong: the channel gets its `Missed` from this session or from a later one.
        """
        self.ask([channel])
        if self._is_over or not self._answered.is_set():
            return
        waiter = self._waiting[channel] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(CONFIRM_S):
                await waiter
        except TimeoutError:
            log.warning("doorbell_unconfirmed")
        finally:
            self._waiting.pop(channel, None)

    def leave(self, channel: str) -> None:
        """Unsubscribe; nobody has to wait for that."""
        for names in (self._asked, self._confirmed, self._refused):
            names.discard(channel)
        self._release(channel)
        self._outgoing.put_nowait((f"{self._wire.prefix}UNSUBSCRIBE", channel))
        self._settle()

    def ask_again(self) -> None:
        """Subscribe to the channels that were turned away, if they belong here after all."""
        refused, self._refused = self._refused, set()
        self.ask(refused)

    async def _write(self) -> None:
        while True:
            commands = [await self._outgoing.get()]
            while not self._outgoing.empty() and len(commands) < PER_WRITE:
                commands.append(self._outgoing.get_nowait())
            async with asyncio.timeout(WRITE_S):
                await self._wire.send(*commands)

    async def _read(self) -> None:
        # A half-open connection looks like a quiet one: only an answer tells the difference.
        is_asked = False
        while True:
            try:
                reply = await self._wire.receive(ANSWER_S if is_asked else SILENCE_S)
            except MovedError as moved:
                self._refuse({name for name in self._asked if key_slot(name.encode()) == moved.slot_id})
                continue
            if reply is not None:
                is_asked = False
                await self._take(reply)
            elif is_asked:
                raise ConnectionError("no answer to PING")
            else:
                is_asked = True
                self._outgoing.put_nowait(("PING",))

    async def _take(self, reply: object) -> None:
        match reply:
            case [b"message" | b"smessage", bytes() as channel, bytes() as message]:
                await self._inbox.put(Event(channel.decode(), message.decode(errors="replace")))
            case [b"subscribe" | b"ssubscribe", bytes() as channel, int()]:
                await self._confirm(channel.decode())
            case [b"sunsubscribe", bytes() as channel, int()]:
                # Of its own accord when the slot has moved; or because we left, and then the channel is none of ours.
                self._refuse({channel.decode()} & self._confirmed)
            case _:
                pass

    async def _confirm(self, channel: str) -> None:
        if not self._release(channel):
            await self._inbox.put(Event(channel, Missed("reconnected")))
        if channel in self._asked or channel in self._refused:
            self._asked.discard(channel)
            self._refused.discard(channel)
            self._confirmed.add(channel)
        self._settle()

    def _refuse(self, channels: set[str]) -> None:
        if not channels:
            return
        self._asked -= channels
        self._confirmed -= channels
        self._refused |= channels
        for channel in channels:
            self._release(channel)
        self._settle()
        self._turned_away()

    def _release(self, channel: str) -> bool:
        waiter = self._waiting.get(channel)
        if waiter is None or waiter.done():
            return False
        waiter.set_result(None)
        return True

    def _settle(self) -> None:
        if not self._asked:
            self._answered.set()

    def _end(self) -> None:
        self._is_over = True
        for channel in self._waiting:
            self._release(channel)
