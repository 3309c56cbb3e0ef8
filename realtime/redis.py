"""The doorbell over Redis: a single server, or a cluster, of which each primary has its share of the channels."""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from typing import cast

import structlog
from broadcaster import Event
from redis.exceptions import MovedError, RedisError

from realtime.backends import Backend
from realtime.node import Node
from realtime.topology import Slots, Topology, read_topology
from realtime.wire import LONGEST_PAUSE_S, Address, Pacer, TooOldError, Wire

PREFIX = "rt:"
START_S = 2.0
SURVEY_S = 10.0

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


class RedisBackend(Backend):
    """Knows who has which channel, and hands it over when that changes. A single server is a cluster of one."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._wanted: set[str] = set()
        self._homeless: set[str] = set()
        self._topology = Topology()
        self._nodes: dict[Address | None, Node] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._informed: Address | None = None
        """Who is asked first: the node that said that something has changed."""
        self._surveying = asyncio.Lock()
        self._changed = asyncio.Event()
        self._tried = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether some node is listened to, and every channel is confirmed where it belongs."""
        return (
            not self._homeless
            and any(node.is_complete for node in self._nodes.values())
            and all(node.is_complete or node.is_idle for node in self._nodes.values())
        )

    async def connect(self) -> None:
        """Begin to listen; wait until every node was tried once, two seconds at most."""
        self._watch = asyncio.create_task(self._follow_topology(), name="redis topology")
        with suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                await self._tried.wait()
                for node in list(self._nodes.values()):
                    await node.tried.wait()

    async def disconnect(self) -> None:
        """End every connection."""
        if self._watch is not None:
            watch, self._watch = self._watch, None
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        self._arrange(Topology())
        await asyncio.gather(*self._closing)

    async def next_published(self) -> Event:
        """Wait for the next message from anywhere."""
        event = await self.inbox.get()
        return Event(event.channel.removeprefix(PREFIX), event.message)

    async def subscribe(self, group: str) -> None:
        """Listen to a channel, wherever it belongs now or later."""
        channel = PREFIX + group
        self._wanted.add(channel)
        if slots := self._topology.slots(channel):
            await self._nodes[slots.owner].join(channel)
        else:
            self._homeless.add(channel)

    async def unsubscribe(self, group: str) -> None:
        """Listen to it no more."""
        channel = PREFIX + group
        self._wanted.discard(channel)
        self._homeless.discard(channel)
        if slots := self._topology.slots(channel):
            self._nodes[slots.owner].leave(channel)

    async def publish(self, channel: str, message: str) -> None:
        """Ring once, or twice if something had changed. Raises when that failed; the bus bounds the time."""
        slots = self._topology.slots(PREFIX + channel)
        try:
            await self._publish(slots, PREFIX + channel, message)
        except (RedisError, OSError) as error:
            # Redis may have restarted, or the slot moved, since then; a doorbell that rings twice does no harm.
            if isinstance(error, MovedError) and slots is not None:
                self._informed = slots.owner
            await self._survey()
            await self._publish(self._topology.slots(PREFIX + channel), PREFIX + channel, message)

    async def _publish(self, slots: Slots | None, channel: str, message: str) -> None:
        if slots is None:
            raise ConnectionError("nobody has this channel")
        await self._nodes[slots.owner].publish(channel, message)

    async def _follow_topology(self) -> None:
        pacer = Pacer()
        complaint: type[Exception] | None = None
        while True:
            pacer.begin()
            self._changed.clear()
            try:
                await self._survey()
            except Exception as error:  # noqa: BLE001 - it may be there the next time
                if complaint is not type(error):
                    complaint = type(error)
                    _complain(error)
                self._tried.set()
            else:
                complaint = None
                self._tried.set()
                await self._change()
            # Nodes that cry without end are not asked without end.
            pacer.fail()
            await pacer.pause()

    async def _change(self) -> None:
        """Wait for a reason to look again. What a cluster does unseen by us is found in ten seconds."""
        patience = SURVEY_S if self._topology.is_cluster else None
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_PAUSE_S if self._homeless else patience):
                await self._changed.wait()

    async def _survey(self) -> None:
        """Learn from any node who has what, and hand the channels to those who have them now."""
        async with self._surveying:
            failure: Exception = ConnectionError("not connected")
            for address in self._sources():
                wire = Wire(self._url, address)
                try:
                    await wire.open()
                    topology = await read_topology(wire)
                except (RedisError, OSError, TooOldError) as error:
                    failure = error
                else:
                    self._arrange(topology)
                    return
                finally:
                    await wire.close()
            raise failure

    def _sources(self) -> Iterable[Address | None]:
        """Who may be asked: everybody in turn, so that one with an old view of things is not the last word."""
        if self._watch is None:
            return ()
        first, self._informed = self._informed, None
        nodes = self._topology.nodes
        return dict.fromkeys((first, *random.sample(nodes, len(nodes)), None))

    def _arrange(self, topology: Topology) -> None:
        self._topology = topology
        for address in self._nodes.keys() - set(topology.nodes):
            closing = asyncio.create_task(self._nodes.pop(address).close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        shares: dict[Address | None, set[str]] = {address: set() for address in topology.nodes}
        self._homeless = set()
        for channel in self._wanted:
            slots = topology.slots(channel)
            (self._homeless if slots is None else shares[slots.owner]).add(channel)
        for address, channels in shares.items():
            if address not in self._nodes:
                self._nodes[address] = self._node(address)
            self._nodes[address].hold(channels)

    def _node(self, address: Address | None) -> Node:
        def changed() -> None:
            self._informed = address
            self._changed.set()

        return Node(lambda: Wire(self._url, address), self.inbox, self.counters, changed)


def _complain(error: Exception) -> None:
    if isinstance(error, TooOldError):
        log.error("doorbell_cluster_too_old", version=error.version)
    else:
        log.warning("doorbell_unreachable", error=type(error).__name__)
