"""The doorbell: who listens hears it, or is told that something may have been missed."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest
from broadcaster._base import Subscriber, Unsubscribed
from redis.exceptions import RedisError

from realtime.backends import Missed
from realtime.bus import MAILBOX, Bus
from tests.realtime.servers import Cable, RedisServer, command, free_port

SOON_S = 5


@pytest.fixture
def channel() -> str:
    return f"post:{uuid4()}"


@pytest.fixture
async def bus(redis_url: str) -> AsyncGenerator[Bus, None]:
    async with connected(redis_url) as bus:
        yield bus


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncGenerator[RedisServer, None]:
    server = RedisServer(tmp_path)
    await server.start()
    yield server
    await server.kill()


def connected(url: str | None) -> Bus:
    return Bus.from_url(url)


async def turns(number: int) -> None:
    """Let the event loop go round so many times."""
    for _ in range(number):
        turn = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turn.set_result, None)
        await turn


async def heard(subscriber: Subscriber) -> str:
    async with asyncio.timeout(SOON_S):
        return (await subscriber.get()).message


async def heard_after_missed(bus: Bus, subscriber: Subscriber, channel: str) -> str:
    """Wait for the Missed of a reconnect, and then for the next message."""
    missed = await heard(subscriber)
    assert isinstance(missed, Missed)
    await bus.publish(channel, "7")
    while isinstance(message := await heard(subscriber), Missed):
        pass
    return message


async def test_the_first_message_right_after_subscribing_arrives(bus: Bus, channel: str) -> None:
    arrived: list[str] = []
    for seq in range(30):
        async with bus.subscribe(f"{channel}:{seq}") as subscriber:
            await bus.publish(f"{channel}:{seq}", str(seq))
            arrived.append(await heard(subscriber))

    assert arrived == [str(seq) for seq in range(30)]


async def test_ten_first_subscribers_at_once_all_hear_it(bus: Bus, channel: str) -> None:
    everybody = asyncio.Barrier(11)

    async def listen() -> str:
        async with bus.subscribe(channel) as subscriber:
            await everybody.wait()
            return await heard(subscriber)

    listeners = [asyncio.create_task(listen()) for _ in range(10)]
    async with asyncio.timeout(SOON_S):
        await everybody.wait()
    await bus.publish(channel, "1")

    assert await asyncio.gather(*listeners) == ["1"] * 10


async def test_another_process_hears_it(bus: Bus, redis_url: str, channel: str) -> None:
    async with connected(redis_url) as other, other.subscribe(channel) as subscriber:
        await bus.publish(channel, "3")

        assert await heard(subscriber) == "3"


async def test_who_comes_later_hears_nothing_of_before(redis_url: str, channel: str) -> None:
    for url in (redis_url, None):
        async with connected(url) as bus:
            await bus.publish(channel, "1")
            async with bus.subscribe(channel) as subscriber:
                await bus.publish(channel, "2")

                assert await heard(subscriber) == "2"


async def test_a_killed_connection_is_replaced_and_its_subscribers_are_told(
    redis_server: RedisServer, channel: str
) -> None:
    async with connected(redis_server.url) as bus, bus.subscribe(channel) as subscriber:
        for _ in range(3):
            await command(redis_server.url, "CLIENT", "KILL", "TYPE", "pubsub")

            assert await heard_after_missed(bus, subscriber, channel) == "7"


async def test_a_restarted_redis_is_joined_again(redis_server: RedisServer, channel: str) -> None:
    async with connected(redis_server.url) as bus, bus.subscribe(channel) as subscriber:
        await bus.publish(channel, "1")
        assert await heard(subscriber) == "1"

        await redis_server.kill()
        with pytest.raises(RedisError):
            await bus.publish(channel, "2")
        await redis_server.start()

        assert await heard_after_missed(bus, subscriber, channel) == "7"
        assert bus.healthy


async def test_a_service_that_starts_without_redis_joins_it_when_it_comes(tmp_path: Path, channel: str) -> None:
    server = RedisServer(tmp_path)
    async with connected(server.url) as bus, bus.subscribe(channel) as subscriber:
        assert not bus.healthy

        await server.start()
        try:
            assert await heard_after_missed(bus, subscriber, channel) == "7"
            assert bus.healthy
        finally:
            await server.kill()


async def test_a_service_that_starts_while_redis_refuses_waits_for_nothing(channel: str) -> None:
    async with asyncio.timeout(1), connected(f"redis://127.0.0.1:{free_port()}") as bus, bus.subscribe(channel):
        assert not bus.healthy


async def test_a_service_that_starts_while_redis_is_frozen_waits_two_seconds_at_most(
    redis_server: RedisServer, channel: str
) -> None:
    redis_server.freeze()
    async with asyncio.timeout(3), connected(redis_server.url) as bus, bus.subscribe(channel):
        assert not bus.healthy


async def test_a_connection_gone_dark_is_noticed_and_replaced(redis_server: RedisServer, channel: str) -> None:
    cable = Cable(redis_server.port)
    await cable.open()
    async with connected(cable.url) as bus, bus.subscribe(channel) as subscriber:
        while not cable.made.empty():
            cable.made.get_nowait()

        cable.go_dark()
        async with asyncio.timeout(8):
            await cable.made.get()
        cable.come_back()

        assert await heard_after_missed(bus, subscriber, channel) == "7"
    await cable.close()


async def test_the_first_message_after_a_cut_of_the_publishing_connection_arrives(
    redis_server: RedisServer, channel: str
) -> None:
    async with connected(redis_server.url) as bus, bus.subscribe(channel) as subscriber:
        for message in ("1", "2"):
            await bus.publish(channel, message)
            await command(redis_server.url, "CLIENT", "KILL", "TYPE", "normal")

            assert await heard(subscriber) == message


async def test_a_frozen_redis_holds_nobody_who_publishes(redis_server: RedisServer, channel: str) -> None:
    async with connected(redis_server.url) as bus:
        await bus.publish(channel, "1")

        redis_server.freeze()
        async with asyncio.timeout(3):
            with pytest.raises(TimeoutError):
                await bus.publish(channel, "2")
        redis_server.thaw()

        await bus.publish(channel, "3")


@pytest.mark.parametrize("is_alone", [False, True])
async def test_a_reader_who_falls_behind_finds_one_missed(redis_url: str, channel: str, *, is_alone: bool) -> None:
    url = None if is_alone else redis_url
    async with connected(url) as bus, bus.subscribe(channel) as slow, bus.subscribe(channel) as quick:
        for seq in range(MAILBOX + 1):
            await bus.publish(channel, str(seq))
            assert await heard(quick) == str(seq)
        await bus.publish(channel, "last")
        assert await heard(quick) == "last"

        assert [await heard(slow), await heard(slow)] == [Missed("overflow"), "last"]


async def test_a_message_that_is_no_text_disturbs_nobody(bus: Bus, redis_url: str, channel: str) -> None:
    async with bus.subscribe(channel) as subscriber:
        for message in ("\udcff\udcfe", "2"):
            await command(redis_url, "SPUBLISH", f"rt:{channel}", message.encode(errors="surrogateescape"))  # type: ignore[arg-type]

        assert await heard(subscriber) == "\ufffd\ufffd"
        assert await heard(subscriber) == "2"


async def test_nothing_stays_subscribed_when_subscribers_are_cancelled(bus: Bus, redis_url: str, channel: str) -> None:
    async def listen() -> None:
        async with bus.subscribe(channel) as subscriber:
            await subscriber.get()

    for steps in range(30):
        listener = asyncio.create_task(listen())
        await turns(steps)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)

    left = [await command(redis_url, "PUBSUB", "SHARDCHANNELS", f"rt:{channel}") for _ in range(20)]
    assert left[-1] == []
    async with bus.subscribe(channel) as subscriber:
        await bus.publish(channel, "1")
        assert await heard(subscriber) == "1"


async def test_subscribing_while_others_leave_is_not_deaf(bus: Bus, channel: str) -> None:
    async def visit() -> None:
        async with bus.subscribe(channel):
            pass

    async def listen() -> str:
        async with bus.subscribe(channel) as subscriber:
            is_there.set()
            return await heard(subscriber)

    for first, second in itertools.product(range(4), range(4)):
        is_there = asyncio.Event()
        await visit()
        await turns(first)
        listener = asyncio.create_task(listen())
        await visit()
        await turns(second)
        await visit()
        await is_there.wait()
        await bus.publish(channel, "1")
        assert await listener == "1", (first, second)


async def test_disconnecting_lets_every_subscriber_go(redis_url: str, channel: str) -> None:
    bus = connected(redis_url)
    await bus.connect()
    async with bus.subscribe(channel) as subscriber:
        await bus.disconnect()

        with pytest.raises(Unsubscribed):
            await heard(subscriber)
