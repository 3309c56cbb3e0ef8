"""One Redis: listened to by one session after the other, and rung over a connection of its own."""

import asyncio
from collections.abc import Callable
from typing import cast

import structlog
from broadcaster import Event

from realtime.backends import Counters
from realtime.session import Session
from realtime.wire import Pacer, Wire

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


class Node:
    """Any fault ends a session, never the listening. `changed` hears of all that may mean that channels have moved."""

    def __init__(
        self, wire: Callable[[], Wire], inbox: asyncio.Queue[Event], counters: Counters, changed: Callable[[], None]
    ) -> None:
        self.tried = asyncio.Event()
        """Set when the first session has come to life or to its end."""
        self._wire = wire
        self._inbox = inbox
        self._counters = counters
        self._changed = changed
        self._channels: set[str] = set()
        self._session: Session | None = None
        self._publisher = wire()
        self._publishing = asyncio.Lock()
        self._supervisor = asyncio.create_task(self._supervise(), name="redis")

    @property
    def is_complete(self) -> bool:
        """Whether a session is open and Redis has confirmed all its channels."""
        return self._session is not None and self._session.is_complete

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens to anything here."""
        return not self._channels

    async def close(self) -> None:
        """End both connections."""
        self._supervisor.cancel()
        await asyncio.gather(self._supervisor, return_exceptions=True)
        await self._publisher.close()

    async def join(self, channel: str) -> None:
        """Listen to a channel, in this session and in every later one; wait for its confirmation if there is one."""
        self._channels.add(channel)
        if self._session is not None:
            await self._session.join(channel)

    def leave(self, channel: str) -> None:
        """Listen to it no more."""
        self._channels.discard(channel)
        if self._session is not None:
            self._session.leave(channel)

    def hold(self, channels: set[str]) -> None:
        """Listen to these channels and no others; those that are new here are told that they may have missed some."""
        for channel in self._channels - channels:
            self.leave(channel)
        new = channels - self._channels
        self._channels |= new
        if self._session is not None:
            self._session.ask(new)
            self._session.ask_again()

    async def publish(self, channel: str, message: str) -> None:
        """Ring. Raises RedisError, OSError or TooOldError."""
        async with self._publishing:
            if not self._publisher.is_open:
                await self._publisher.open()
            await self._publisher.ask(f"{self._publisher.prefix}PUBLISH", channel, message)

    async def _supervise(self) -> None:
        pacer = Pacer()
        while True:
            pacer.begin()
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 - whatever it was, listening goes on
                pacer.fail()
                if pacer.failures == 1:
                    log.warning("doorbell_lost", error=_kind(error))
            finally:
                self._session = None
            self.tried.set()
            self._changed()
            await pacer.pause()

    async def _listen(self) -> None:
        wire = self._wire()
        await wire.open()
        self._session = Session(wire, self._inbox, self._changed)
        await self._session.hold(self._channels, self._alive)

    def _alive(self) -> None:
        self._counters.sessions += 1
        self.tried.set()


def _kind(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    return type(error).__name__
