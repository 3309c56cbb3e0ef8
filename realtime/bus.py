"""The doorbell between processes: a topic and the number of its newest event, nothing else.

`Broadcast` of the broadcaster package is the interface. Its own backends lose messages and end with their
connection (docs/decisions/0005), so the backends and the subscribing are ours. A doorbell may be lost, doubled
or late; what it may not do is to stay silent for ever without a `Missed`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Self

from broadcaster import Broadcast, Event
from broadcaster._base import Subscriber

from realtime.backends import Backend, Counters, MemoryBackend, Missed
from realtime.redis import RedisBackend

MAILBOX = 256
PUBLISH_S = 2.0
CLOSE_S = 2.0


class Mailbox(asyncio.Queue[Event | None]):
    """A subscriber's messages, as many as fit: who does not empty it finds one `Missed` instead."""

    def __init__(self, channel: str, counters: Counters) -> None:
        super().__init__(MAILBOX)
        self._channel = channel
        self._counters = counters

    def offer(self, event: Event) -> None:
        """Put a message in, without ever waiting for its reader."""
        if self.full():
            self._clear()
            self._counters.overflows += 1
            event = Event(self._channel, Missed("overflow"))
        self.put_nowait(event)

    def close(self) -> None:
        """Tell the reader that nothing comes any more."""
        self._clear()
        self.put_nowait(None)

    def _clear(self) -> None:
        while not self.empty():
            self.get_nowait()


class Channel:
    """Who listens to a channel, and whether the backend does."""

    def __init__(self) -> None:
        self.mailboxes: set[Mailbox] = set()
        self.lock = asyncio.Lock()
        self.is_joined = False


class Bus(Broadcast):
    """Broadcaster's interface over a backend that survives; publishing and closing are bounded in time."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend=backend)
        self._doorbell = backend
        self._channels: dict[str, Channel] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._delivery: asyncio.Task[None] | None = None

    @classmethod
    def from_url(cls, url: str | None) -> Self:
        """Over Redis, or inside this process alone when there is no address."""
        return cls(RedisBackend(url) if url else MemoryBackend())

    @property
    def healthy(self) -> bool:
        """Whether what is published anywhere now will arrive here. Without it, feeds live on the poll."""
        return self._doorbell.healthy

    @property
    def counters(self) -> Counters:
        """What has been done so far, for metrics."""
        return self._doorbell.counters

    async def connect(self) -> None:
        """Start delivering. Returns as soon as Redis was tried, within two seconds: it is joined when it comes."""
        self._delivery = asyncio.create_task(self._listener(), name="bus")
        await self._doorbell.connect()

    async def disconnect(self) -> None:
        """Stop, and tell every subscriber so."""
        if self._delivery is not None:
            self._delivery.cancel()
            await asyncio.gather(self._delivery, return_exceptions=True)
        for channel in self._channels.values():
            for mailbox in channel.mailboxes:
                mailbox.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*self._leaving, return_exceptions=True)
                await self._doorbell.disconnect()

    async def publish(self, channel: str, message: str) -> None:
        """Ring. Raises when it could not be handed over in time."""
        try:
            async with asyncio.timeout(PUBLISH_S):
                await self._doorbell.publish(channel, message)
        except Exception:
            self.counters.publish_failures += 1
            raise
        self.counters.published += 1

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncGenerator[Subscriber, None]:
        """Listen: what is published from here on arrives, or a `Missed` in its place.

        The mailbox is there before the backend is asked, so nothing falls between the two; the lock lets many
        first subscribers share one SUBSCRIBE. Leaving is a task of its own: a cancelled subscriber can't
        leave it half done.
        """
        mailbox = Mailbox(channel, self.counters)
        state = self._channels.setdefault(channel, Channel())
        state.mailboxes.add(mailbox)
        try:
            async with state.lock:
                if not state.is_joined:
                    await self._doorbell.subscribe(channel)
                    state.is_joined = True
            yield Subscriber(mailbox)
        finally:
            state.mailboxes.discard(mailbox)
            if not state.mailboxes:
                leaving = asyncio.create_task(self._leave(channel, state))
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)

    async def _leave(self, name: str, channel: Channel) -> None:
        async with channel.lock:
            # Somebody came, or two left and the other was first: then the name may be a newcomer's already.
            if channel.mailboxes or self._channels.get(name) is not channel:
                return
            channel.is_joined = False
            await self._doorbell.unsubscribe(name)
            # Who came meanwhile waits for the lock, has its mailbox in place, and will join again.
            if not channel.mailboxes:
                del self._channels[name]

    async def _listener(self) -> None:
        while True:
            event = await self._doorbell.next_published()
            if isinstance(event.message, Missed):
                self.counters.missed += 1
            else:
                self.counters.received += 1
            if channel := self._channels.get(event.channel):
                for mailbox in channel.mailboxes:
                    mailbox.offer(event)
