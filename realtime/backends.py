"""What the bus needs from below, and the backend for a single process."""

import asyncio
from dataclasses import dataclass

from broadcaster import BroadcastBackend, Event

INBOX = 1_024


class Missed(str):
    """In place of a message: some may have been lost, so look for yourself."""

    __slots__ = ()


@dataclass(slots=True)
class Counters:
    """What a bus has done since it was made."""

    sessions: int = 0
    """Listening connections that came to life: all but the first of a node are reconnects."""
    received: int = 0
    missed: int = 0
    """Times that a channel was told to look for itself, because messages may have been lost below."""
    overflows: int = 0
    """Times that a subscriber was told so, because it did not empty its mailbox."""
    published: int = 0
    publish_failures: int = 0


class Backend(BroadcastBackend):
    """A broadcaster backend that says whether it can deliver now."""

    def __init__(self) -> None:  # not the base class's, which takes an address and refuses
        self.inbox: asyncio.Queue[Event] = asyncio.Queue(INBOX)
        self.counters = Counters()

    @property
    def healthy(self) -> bool:
        """Whether what is published anywhere now will arrive here."""
        raise NotImplementedError

    async def next_published(self) -> Event:
        """Wait for the next message from anywhere."""
        return await self.inbox.get()


class MemoryBackend(Backend):
    """Delivers inside this process, to those who are there: nothing is kept for who comes later."""

    def __init__(self) -> None:
        super().__init__()
        self._channels: set[str] = set()

    @property
    def healthy(self) -> bool:
        """Always: there is nothing that could be away."""
        return True

    async def connect(self) -> None:
        """Nothing to connect to."""

    async def disconnect(self) -> None:
        """Deliver nothing any more."""
        self._channels.clear()

    async def subscribe(self, group: str) -> None:
        """Deliver this channel from now on."""
        self._channels.add(group)

    async def unsubscribe(self, group: str) -> None:
        """Deliver it no more."""
        self._channels.discard(group)

    async def publish(self, channel: str, message: str) -> None:
        """Hand a message to those who listen now; the inbox is bounded, so this may wait a moment."""
        if channel in self._channels:
            await self.inbox.put(Event(channel, message))
