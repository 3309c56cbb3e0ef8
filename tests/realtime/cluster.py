"""A Redis Cluster of the test's own: three primaries without replicas, on free ports."""

import asyncio
from pathlib import Path

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from tests.realtime.servers import RedisServer, command, free_port

PRIMARIES = 3
SHARE = REDIS_CLUSTER_HASH_SLOTS // PRIMARIES + 1
"""How many slots a primary gets; the last one a little less."""
FORMED_S = 20


class Cluster:
    """Its nodes keep their ports and their slots over restarts."""

    def __init__(self, folder: Path) -> None:
        self.nodes: list[RedisServer] = []
        self._ids: list[str] = []
        self._gossip = [free_port() for _ in range(PRIMARIES)]
        """The ports between nodes: by default 10 000 above the others, which may be too high."""
        for number, port in enumerate(self._gossip):
            place = folder / str(number)
            place.mkdir()
            options = {"--cluster-enabled": "yes", "--cluster-node-timeout": "1000", "--cluster-port": str(port)}
            self.nodes.append(RedisServer(place, *(word for option in options.items() for word in option)))

    async def start(self) -> None:
        """Start the nodes, deal the slots out, and wait until everybody knows of everybody."""
        for number, node in enumerate(self.nodes):
            await node.start()
            last = min((number + 1) * SHARE, REDIS_CLUSTER_HASH_SLOTS) - 1
            await command(node.url, "CLUSTER", "ADDSLOTSRANGE", str(number * SHARE), str(last))
            await command(node.url, "CLUSTER", "SET-CONFIG-EPOCH", str(number + 1))
            self._ids.append((await command(node.url, "CLUSTER", "MYID")).decode())  # type: ignore[attr-defined]
        for node, port in zip(self.nodes[1:], self._gossip[1:], strict=True):
            await command(self.nodes[0].url, "CLUSTER", "MEET", "127.0.0.1", str(node.port), str(port))
        await self.is_formed()

    async def kill(self) -> None:
        """End every node."""
        for node in self.nodes:
            await node.kill()

    async def is_formed(self) -> None:
        """Wait until every node finds every slot served."""
        async with asyncio.timeout(FORMED_S):
            for node in self.nodes:
                while b"cluster_state:ok" not in await command(node.url, "CLUSTER", "INFO"):  # type: ignore[operator]  # noqa: ASYNC110 - it tells only who asks
                    await asyncio.sleep(0.05)

    def slot(self, channel: str) -> int:
        """Where a channel belongs."""
        return key_slot(f"rt:{channel}".encode())

    def owner(self, channel: str) -> int:
        """Which node a channel belonged to at the start."""
        return self.slot(channel) // SHARE

    async def move(self, slot: int, *, source: int, target: int) -> None:
        """Give a slot to another node, which tells the others."""
        for node, state in ((target, ("IMPORTING", self._ids[source])), (source, ("MIGRATING", self._ids[target]))):
            await command(self.nodes[node].url, "CLUSTER", "SETSLOT", str(slot), *state)
        for node in (target, source):
            await command(self.nodes[node].url, "CLUSTER", "SETSLOT", str(slot), "NODE", self._ids[target])
