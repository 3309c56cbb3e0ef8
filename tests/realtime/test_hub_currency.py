"""A feed stays current whatever happens to the doorbell and to PostgreSQL, and reads no more than it must."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
from redis.asyncio import Redis

from realtime.bus import Bus
from realtime.hub import Hub, Started
from tests.realtime.feeds import NEVER_S, SOON_S, Hubs, Writer, frame, read_to, started
from tests.realtime.servers import RedisServer, free_port


async def test_without_a_cursor_it_starts_at_the_head_even_if_no_doorbell_told_of_it(
    hubs: Hubs, writer: Writer, topic: str
) -> None:
    hub = await hubs.start(None)
    first = await started(hub, topic)
    await writer.append(topic, 2)

    feed = hub.follow(topic, None)

    assert await frame(feed) == Started(await writer.head(topic))
    hub.ring({topic: await writer.append(topic)})
    assert [cursor.seq for cursor in await read_to(feed, 3)] == [3]
    assert [cursor.seq for cursor in await read_to(first, 3)] == [1, 2, 3]


async def test_a_doorbell_that_rings_while_the_log_is_read_is_not_forgotten(
    hubs: Hubs, writer: Writer, topic: str
) -> None:
    is_read, may_go_on = asyncio.Event(), asyncio.Event()
    may_go_on.set()

    async def fetch(statement: str, parameters: Sequence[Any]) -> Sequence[asyncpg.Record]:
        rows = await hubs.database.fetch(statement, parameters)
        is_read.set()
        await may_go_on.wait()
        return rows

    # No Redis: its echo of the doorbell would make up for a forgotten one.
    nowhere = Bus.from_url(f"redis://127.0.0.1:{free_port()}")
    hub = Hub(fetch, nowhere, poll_s=NEVER_S, degraded_poll_s=NEVER_S)
    await hub.start()
    feed = await started(hub, topic)
    is_read.clear()
    may_go_on.clear()
    hub.ring({topic: await writer.append(topic)})
    await is_read.wait()

    hub.ring({topic: await writer.append(topic)})
    may_go_on.set()

    assert await read_to(feed, 2) == await writer.cursors(topic)
    await hub.close()


async def test_a_doorbell_is_answered_even_if_the_first_reads_fail(hubs: Hubs, writer: Writer, topic: str) -> None:
    failures = 0

    async def fetch(statement: str, parameters: Sequence[Any]) -> Sequence[asyncpg.Record]:
        nonlocal failures
        if failures:
            failures -= 1
            raise ConnectionResetError
        return await hubs.database.fetch(statement, parameters)

    hub = Hub(fetch, Bus.from_url(None), poll_s=NEVER_S)
    await hub.start()
    feed = await started(hub, topic)
    failures = 3

    hub.ring({topic: await writer.append(topic)})

    assert await read_to(feed, 1) == await writer.cursors(topic)
    assert failures == 0
    await hub.close()


async def test_a_lost_doorbell_costs_a_second_at_most(hubs: Hubs, writer: Writer, topic: str, redis_url: str) -> None:
    hub = await hubs.start(redis_url, poll_s=1.0)
    feed = await started(hub, topic)

    seq = await writer.append(topic)

    assert len(await read_to(feed, seq, within=1.5)) == 1


async def test_without_redis_feeds_deliver_within_a_second(hubs: Hubs, writer: Writer, topic: str) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}"
    here = await hubs.start(nowhere, degraded_poll_s=0.25)
    there = await hubs.start(nowhere, degraded_poll_s=0.25)
    feed = await started(there, topic)

    for _ in range(3):
        seq = await writer.append(topic)
        here.ring({topic: seq})
        assert len(await read_to(feed, seq, within=1)) == 1


async def test_without_redis_a_change_is_seen_at_once_where_it_was_made(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(f"redis://127.0.0.1:{free_port()}")
    feed = await started(hub, topic)

    hub.ring({topic: await writer.append(topic)})

    assert await read_to(feed, 1) == await writer.cursors(topic)


async def test_one_change_may_ring_several_topics(hubs: Hubs, writer: Writer, topic: str, redis_url: str) -> None:
    here, there = await hubs.start(redis_url), await hubs.start(redis_url)
    topics = [f"{topic}:{nth}" for nth in range(5)]
    feeds = [await started(there, each) for each in topics]

    here.ring({each: await writer.append(each) for each in topics})

    for each, feed in zip(topics, feeds, strict=True):
        assert await read_to(feed, 1) == await writer.cursors(each)


async def test_an_append_here_reaches_the_other_process_by_doorbell(
    hubs: Hubs, writer: Writer, topic: str, redis_url: str
) -> None:
    here, there = await hubs.start(redis_url), await hubs.start(redis_url)
    feeds = [await started(here, topic), await started(there, topic)]

    for _ in range(10):
        here.ring({topic: await writer.append(topic)})

    log = await writer.cursors(topic)
    assert [await read_to(feed, 10) for feed in feeds] == [log, log]


async def test_a_doorbell_holds_a_number_and_nothing_else(
    hubs: Hubs, writer: Writer, topic: str, redis_url: str
) -> None:
    hub = await hubs.start(redis_url)
    async with Redis.from_url(redis_url) as client, client.pubsub() as ears, asyncio.timeout(SOON_S):
        await ears.ssubscribe(f"rt:{topic}")
        assert await ears.get_message(timeout=SOON_S)

        hub.ring({topic: await writer.append(topic)})

        message = await ears.get_message(timeout=SOON_S)
    assert message is not None
    assert message["data"] == b"1"


async def test_a_reconnected_doorbell_makes_up_for_what_was_missed(
    hubs: Hubs, writer: Writer, topic: str, tmp_path: Path
) -> None:
    server = RedisServer(tmp_path)
    await server.start()
    try:
        hub = await hubs.start(server.url)
        feed = await started(hub, topic)
        await server.kill()
        seq = await writer.append(topic)
        await server.start()

        assert len(await read_to(feed, seq)) == 1
    finally:
        await server.kill()


async def test_a_lying_doorbell_is_only_a_question(hubs: Hubs, writer: Writer, topic: str, redis_url: str) -> None:
    hub = await hubs.start(redis_url)
    feed = await started(hub, topic)
    async with Redis.from_url(redis_url) as client:
        for lie in ("999", "-1", "", "12x", "9" * 5_000, b"\xff\xfe", "0"):
            await client.spublish(f"rt:{topic}", lie)
        seq = await writer.append(topic)
        await client.spublish(f"rt:{topic}", str(seq))

    assert await read_to(feed, seq) == await writer.cursors(topic)


async def test_the_poll_asks_for_all_topics_in_one_statement(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None, poll_s=0.5)
    feeds = [await started(hub, f"{topic}:{nth}") for nth in range(10)]
    hubs.statements.clear()

    for nth in range(10):
        await writer.append(f"{topic}:{nth}")
    await asyncio.gather(*(read_to(feed, 1) for feed in feeds))

    heads = [count for statement, count in hubs.statements.items() if "any(" in statement]
    assert sum(heads) <= 2


async def test_a_feed_outlives_lost_connections_to_postgresql(writer: Writer, topic: str, database_url: str) -> None:
    async with asyncpg.create_pool(database_url, min_size=0, server_settings={"application_name": topic[-60:]}) as pool:

        async def fetch(statement: str, parameters: Sequence[Any]) -> Sequence[asyncpg.Record]:
            return await pool.fetch(statement, *parameters)

        hub = Hub(fetch, Bus.from_url(None), poll_s=NEVER_S)
        await hub.start()
        feed = await started(hub, topic)
        for _ in range(3):
            await writer.connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", topic[-60:]
            )
            seq = await writer.append(topic)
            hub.ring({topic: seq})

            assert [cursor.seq for cursor in await read_to(feed, seq)] == [seq]
        await hub.close()


async def test_followers_wait_while_postgresql_is_away_and_go_on_when_it_is_back(
    hubs: Hubs, writer: Writer, topic: str
) -> None:
    away, refused = asyncio.Event(), asyncio.Event()

    async def fetch(statement: str, parameters: Sequence[Any]) -> Sequence[asyncpg.Record]:
        if away.is_set():
            refused.set()
            raise ConnectionRefusedError
        return await hubs.database.fetch(statement, parameters)

    hub = Hub(fetch, Bus.from_url(None), poll_s=0.2)
    await hub.start()
    feed = await started(hub, topic)
    healthy = [hub.healthy]
    away.set()
    seq = await writer.append(topic)
    hub.ring({topic: seq})
    newcomer = hub.follow(topic, None)
    reading = asyncio.create_task(frame(newcomer))
    async with asyncio.timeout(SOON_S):
        while hub.healthy:
            refused.clear()
            await refused.wait()
    healthy.append(hub.healthy)
    assert not reading.done()

    away.clear()

    assert await read_to(feed, seq) == await writer.cursors(topic)
    assert await reading == Started(await writer.head(topic))
    hub.ring({topic: await writer.append(topic)})
    assert [cursor.seq for cursor in await read_to(newcomer, 2)] == [2]
    await hub.close()
    assert [*healthy, hub.healthy] == [True, False, False]


async def test_a_topic_that_fails_begins_again_and_looks_for_what_it_missed(
    hubs: Hubs, writer: Writer, topic: str, redis_url: str
) -> None:
    bus = Bus.from_url(redis_url)
    hub = Hub(hubs.database.fetch, bus, poll_s=NEVER_S)
    await hub.start()
    feed = await started(hub, topic)
    seq = await writer.append(topic)

    await bus.disconnect()

    assert await read_to(feed, seq) == await writer.cursors(topic)
    await hub.close()


async def test_ringing_never_holds_or_hurts_the_writer(hubs: Hubs, topic: str, tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    await server.start()
    hub = await hubs.start(server.url)
    loop = asyncio.get_running_loop()
    server.freeze()

    began = loop.time()
    for seq in range(1_000):
        hub.ring({topic: seq, f"{topic}:{seq}": seq})

    assert loop.time() - began < 0.5
    await server.kill()
