"""One Redis, old or new: each connection asks which it is and speaks to it as it understands."""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest

from realtime.backends import Counters
from realtime.bus import MAILBOX, Bus
from tests.realtime.servers import RedisServer, command, old_redis_binary, redis_binary
from tests.realtime.test_bus import heard, heard_after_missed

OLD, NEW = "CHANNELS", "SHARDCHANNELS"


@pytest.fixture
def channel() -> str:
    return f"post:{uuid4()}"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[RedisServer, None]:
    server = RedisServer(tmp_path)
    yield server
    await server.kill()


@pytest.mark.parametrize(("binary", "kind"), [(old_redis_binary(), OLD), (redis_binary(), NEW)], ids=["old", "new"])
async def test_each_redis_is_spoken_to_in_its_own_words(
    server: RedisServer, channel: str, binary: str, kind: str
) -> None:
    await server.start(binary)
    async with Bus.from_url(server.url) as bus:
        async with bus.subscribe(channel) as subscriber:
            assert await command(server.url, "PUBSUB", kind) == [f"rt:{channel}".encode()]
            await bus.publish(channel, "1")
            assert await heard(subscriber) == "1"
        async with bus.subscribe("another") as subscriber:
            # The same connection: what was left before is left when this is confirmed.
            assert await command(server.url, "PUBSUB", kind) == [b"rt:another"]


async def test_a_redis_that_is_upgraded_is_spoken_to_in_the_new_words(server: RedisServer, channel: str) -> None:
    await server.start(old_redis_binary())
    async with Bus.from_url(server.url) as bus, bus.subscribe(channel) as subscriber:
        await bus.publish(channel, "1")
        assert await heard(subscriber) == "1"

        await server.kill()
        await server.start(redis_binary())

        assert await heard_after_missed(bus, subscriber, channel) == "7"
        assert await command(server.url, "PUBSUB", NEW) == [f"rt:{channel}".encode()]


async def test_an_account_may_be_held_to_what_the_doorbell_needs(server: RedisServer, channel: str) -> None:
    await server.start()
    rules = "on >hush resetchannels &rt:* +ssubscribe +sunsubscribe +spublish +subscribe +unsubscribe +publish +ping"
    await command(server.url, "ACL", "SETUSER", "bell", *rules.split())
    url = server.url.replace("redis://", "redis://bell:hush@")

    async with Bus.from_url(url) as bus, bus.subscribe(channel) as subscriber:
        assert bus.healthy
        await bus.publish(channel, "1")
        assert await heard(subscriber) == "1"


async def test_a_bus_counts_what_it_does(server: RedisServer, channel: str) -> None:
    await server.start()
    async with Bus.from_url(server.url) as bus, bus.subscribe(channel) as slow, bus.subscribe(channel) as quick:
        assert bus.counters == Counters(sessions=1)
        for seq in range(MAILBOX + 1):
            await bus.publish(channel, str(seq))
            await heard(quick)
        number = MAILBOX + 1
        assert bus.counters == Counters(sessions=1, received=number, published=number, overflows=1)
        await heard(slow)

        await server.kill()
        with pytest.raises(Exception, match=r"."):
            await bus.publish(channel, "lost")
        assert bus.counters.publish_failures == 1
        await server.start()
        await heard(quick)

    assert (bus.counters.sessions, bus.counters.missed, bus.counters.published) == (2, 1, number)
