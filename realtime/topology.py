"""Which Redis has which channels: one server all of them, a cluster's primaries each some of the slots."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import cast

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from realtime.wire import Address, Wire


@dataclass(frozen=True, slots=True)
class Slots:
    """A range of slots, its last one included, and whose they are: None is the server that the settings name."""

    first: int
    last: int
    owner: Address | None


@dataclass(frozen=True, slots=True)
class Topology:
    """Who has which slots, as one node told it; in the order of the slots."""

    ranges: tuple[Slots, ...] = ()
    is_cluster: bool = False

    @property
    def nodes(self) -> list[Address | None]:
        """Everybody who has slots."""
        return list(dict.fromkeys(slots.owner for slots in self.ranges))

    def slots(self, channel: str) -> Slots | None:
        """Find where a channel belongs; nowhere while nobody has its slot."""
        slot = key_slot(channel.encode())
        place = bisect_right(self.ranges, slot, key=lambda slots: slots.first) - 1
        return self.ranges[place] if place >= 0 and slot <= self.ranges[place].last else None


async def read_topology(wire: Wire) -> Topology:
    """Ask any node over an open wire."""
    if not wire.is_cluster:
        return Topology((Slots(0, REDIS_CLUSTER_HASH_SLOTS - 1, None),))
    told = cast("list[tuple[int, int, list[object]]]", await wire.ask("CLUSTER", "SLOTS"))
    ranges = [Slots(first, last, _address(node, wire.host)) for first, last, node, *_ in told]
    return Topology(tuple(sorted(ranges, key=lambda slots: slots.first)), is_cluster=True)


def _address(node: list[object], asked: str) -> Address:
    """A node that does not know its own name is reached by the one we used."""
    host, port = cast("tuple[bytes | None, int]", tuple(node[:2]))
    return (host.decode() if host else asked), port
