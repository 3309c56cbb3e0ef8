"""The doorbell over a Redis Cluster: each primary carries its share, and a fault concerns that share alone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from broadcaster._base import Subscriber
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from realtime.backends import Missed
from realtime.bus import Bus
from tests.realtime.cluster import Cluster
from tests.realtime.servers import RedisServer, command, free_port, old_redis_binary

CHANNELS = 300
SOON_S = 10


@pytest.fixture(autouse=True)
def no_look_without_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found here in time is found because a node told it."""
    monkeypatch.setattr("realtime.redis.SURVEY_S", 3_600)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncGenerator[Cluster, None]:
    cluster = Cluster(tmp_path)
    try:
        await cluster.start()
        yield cluster
    finally:
        await cluster.kill()


@pytest.fixture
async def bus(cluster: Cluster) -> AsyncGenerator[Bus, None]:
    async with Bus.from_url(cluster.nodes[0].url) as bus:
        yield bus


Feeds = dict[str, Subscriber]


@pytest.fixture
async def feeds(bus: Bus) -> AsyncGenerator[Feeds, None]:
    """As many channels as a large school has open, over all three primaries."""
    async with AsyncExitStack() as stack:
        names = [f"post:{uuid4()}" for _ in range(CHANNELS)]
        yield {name: await stack.enter_async_context(bus.subscribe(name)) for name in names}


async def is_healthy(bus: Bus, *, expected: bool = True) -> None:
    async with asyncio.timeout(SOON_S):
        while bus.healthy is not expected:  # noqa: ASYNC110 - it tells only who asks
            await asyncio.sleep(0.01)


async def ring(bus: Bus, names: list[str], message: str) -> None:
    for name in names:
        await bus.publish(name, message)


async def heard(feeds: Feeds, names: list[str], message: str) -> set[str]:
    """Wait until every named channel has heard a message; give those that were told of a gap before it."""
    told: set[str] = set()
    for name in names:
        async with asyncio.timeout(SOON_S):
            while (event := await feeds[name].get()).message != message:
                assert isinstance(event.message, Missed)
                told.add(name)
    return told


async def test_every_channel_hears_its_messages_over_one_session_for_each_primary(
    cluster: Cluster, bus: Bus, feeds: Feeds
) -> None:
    assert bus.healthy
    await ring(bus, [*feeds], "1")

    assert await heard(feeds, [*feeds], "1") == set()
    shares = [await command(node.url, "PUBSUB", "SHARDCHANNELS") for node in cluster.nodes]
    assert sorted(name for share in shares for name in share) == sorted(f"rt:{name}".encode() for name in feeds)  # type: ignore[attr-defined]
    assert all(shares)
    assert bus.counters.sessions == len(cluster.nodes)


async def test_a_fault_of_one_primary_concerns_its_channels_alone(cluster: Cluster, bus: Bus, feeds: Feeds) -> None:
    concerned = [name for name in feeds if cluster.owner(name) == 1]
    others = [name for name in feeds if cluster.owner(name) != 1]

    await cluster.nodes[1].kill()
    await is_healthy(bus, expected=False)
    await ring(bus, others, "1")
    assert await heard(feeds, others, "1") == set()
    with pytest.raises((RedisError, OSError)):
        await bus.publish(concerned[0], "lost")

    await cluster.nodes[1].start()
    await is_healthy(bus)
    await cluster.is_formed()
    await ring(bus, [*feeds], "2")
    assert await heard(feeds, [*feeds], "2") == set(concerned)


async def test_a_moved_slot_takes_its_channels_along(cluster: Cluster, bus: Bus, feeds: Feeds) -> None:
    slots = {cluster.slot(name) for name in [name for name in feeds if cluster.owner(name) == 0][:20]}
    moved = [name for name in feeds if cluster.slot(name) in slots]
    async with Bus.from_url(cluster.nodes[2].url) as publisher:
        await ring(publisher, [*feeds], "1")
        await heard(feeds, [*feeds], "1")

        for slot in slots:
            await cluster.move(slot, source=0, target=2)
        for name in moved:
            async with asyncio.timeout(SOON_S):
                assert isinstance((await feeds[name].get()).message, Missed)
        await is_healthy(bus)

        # This one listens to nothing, and finds out only by being told MOVED.
        await ring(publisher, [*feeds], "2")
        assert await heard(feeds, [*feeds], "2") <= set(moved), "no other channel was disturbed"
    assert publisher.counters.publish_failures == 0


async def test_who_subscribes_to_a_channel_that_has_just_moved_hears_it(cluster: Cluster, bus: Bus) -> None:
    name = next(name for name in (f"post:{uuid4()}" for _ in range(100)) if cluster.owner(name) == 0)
    await cluster.move(cluster.slot(name), source=0, target=1)

    async with bus.subscribe(name) as subscriber:
        await is_healthy(bus)
        await bus.publish(name, "1")

        await heard({name: subscriber}, [name], "1")


async def test_a_cluster_that_forms_under_us_is_joined(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    async with Bus.from_url(cluster.nodes[1].url) as bus, bus.subscribe("post:1") as subscriber:
        try:
            await cluster.start()
            await is_healthy(bus)
            await bus.publish("post:1", "1")

            assert await heard({"post:1": subscriber}, ["post:1"], "1") == {"post:1"}
        finally:
            await cluster.kill()


async def test_a_cluster_without_sharded_channels_is_refused(tmp_path: Path) -> None:
    # Its nodes speak to each other on a port that is 10 000 higher.
    server = RedisServer(tmp_path, "--cluster-enabled", "yes", port=free_port(55_535))
    await server.start(old_redis_binary())
    with capture_logs() as lines:
        async with Bus.from_url(server.url) as bus, bus.subscribe("post:1"):
            assert not bus.healthy
            with pytest.raises(Exception, match="needs 7 or newer"):
                await bus.publish("post:1", "1")
    await server.kill()

    refused = [line for line in lines if line["event"] == "doorbell_cluster_too_old"]
    assert [(line["log_level"], line["version"][:3]) for line in refused] == [("error", "6.2")]
