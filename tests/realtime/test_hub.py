"""A feed: every event once and in order, from the cursor on, or a Resync; whatever happens to the doorbell."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from models.database import Database
from realtime.bus import Bus
from realtime.cursor import START, Cursor
from realtime.hub import Events, Frame, Hub, Idle, Resync, Started
from redis.asyncio import Redis

from tests.realtime.servers import RedisServer, free_port

SOON_S = 5
NEVER_S = 3_600


@pytest.fixture
def topic() -> str:
    return f"absences:group:{uuid4()}"


@pytest.fixture
async def writer(database_url: str) -> AsyncGenerator["Writer", None]:
    connection = await asyncpg.connect(database_url)
    yield Writer(connection)
    await connection.close()


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database, None]:
    database = await Database.connect(database_url, size=4)
    yield database
    await database.close()


@pytest.fixture
async def hubs(database: Database) -> AsyncGenerator["Hubs", None]:
    async with AsyncExitStack() as stack:
        yield Hubs(database, stack)


class Writer:
    """Writes to the log as a change does."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def append(self, topic: str, number: int = 1) -> int:
        """Append events in one transaction; answer the last one's number."""
        seq = 0
        async with self.connection.transaction():
            for _ in range(number):
                seq = await self.connection.fetchval(
                    "select o_seq from stream_append($1, $2, $3::jsonb[])",
                    [topic], ["AbsenceReported"], [json.dumps({"absence": str(uuid4())})],
                )  # fmt: skip
        return seq

    async def head(self, topic: str) -> Cursor:
        """Read the cursor as a snapshot query does."""
        text = await self.connection.fetchval(
            "select coalesce((select last_seq || '.' || last_eid from stream where topic = $1), '0.0')", topic
        )
        return Cursor.parse(text)

    async def cursors(self, topic: str) -> list[Cursor]:
        """Read the whole log of a topic."""
        rows = await self.connection.fetch("select seq, eid from stream_event where topic = $1 order by seq", topic)
        return [Cursor(row["seq"], row["eid"]) for row in rows]

    async def forget(self, topic: str, *, after: int) -> None:
        """Lose the end of the log, as a failover to a standby that lagged behind does."""
        async with self.connection.transaction():
            await self.connection.execute("delete from stream_event where topic = $1 and seq > $2", topic, after)
            await self.connection.execute(
                "update stream set last_seq = $2, last_eid = "
                "(select eid from stream_event e where e.topic = $1 and e.seq = $2) where topic = $1",
                topic, after,
            )  # fmt: skip

    async def purge(self, topic: str, *, upto: int) -> None:
        """Remove old events, as retention does."""
        async with self.connection.transaction():
            await self.connection.execute("delete from stream_event where topic = $1 and seq <= $2", topic, upto)
            await self.connection.execute("update stream set floor_seq = $2 where topic = $1", topic, upto)


class Hubs:
    """Makes hubs, each with a bus of its own, as processes have."""

    def __init__(self, database: Database, stack: AsyncExitStack) -> None:
        self.database = database
        self.statements = Counter[str]()
        self._stack = stack

    async def start(self, url: str | None, **waits: float) -> Hub:
        """Start one over this doorbell; without `poll_s` only the doorbell brings news."""
        hub = Hub(self._fetch, Bus.from_url(url), **{"poll_s": NEVER_S, "degraded_poll_s": NEVER_S} | waits)
        await hub.start()
        self._stack.push_async_callback(hub.close)
        return hub

    async def _fetch(self, statement: str, parameters: Sequence[Any]) -> Sequence[asyncpg.Record]:
        self.statements[statement] += 1
        return await self.database.fetch(statement, parameters)


Feed = AsyncGenerator[Frame, None]


async def frame(feed: Feed, within: float = SOON_S) -> Frame:
    async with asyncio.timeout(within):
        return await anext(feed)


async def frames(feed: Feed) -> list[Frame]:
    """Take all frames of a feed that ends by itself."""
    async with asyncio.timeout(SOON_S):
        return [news async for news in feed]


async def started(hub: Hub, topic: str, after: Cursor | None = None) -> Feed:
    feed = hub.follow(topic, after)
    assert isinstance(await frame(feed), Started)
    return feed


async def read_to(feed: Feed, seq: int, within: float = SOON_S) -> list[Cursor]:
    """Take the feed's events up to this one."""
    cursors: list[Cursor] = []
    async with asyncio.timeout(within):
        while not cursors or cursors[-1].seq < seq:
            news = await anext(feed)
            assert isinstance(news, Events), news
            assert 1 <= len(news.events) <= 200
            assert news.cursor == news.events[-1].cursor
            cursors += [event.cursor for event in news.events]
    return cursors


async def test_start_comes_first_and_then_every_event_once_and_in_order(
    hubs: Hubs, writer: Writer, topic: str, redis_url: str
) -> None:
    hub = await hubs.start(redis_url)
    await writer.append(topic, 3)
    feed = hub.follow(topic, None)

    assert await frame(feed) == Started(await writer.head(topic))

    for _ in range(20):
        hub.ring({topic: await writer.append(topic)})
    assert await read_to(feed, 23) == (await writer.cursors(topic))[3:]


async def test_an_event_carries_its_type_and_its_ids(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    feed = await started(hub, topic)

    hub.ring({topic: await writer.append(topic)})
    news = await frame(feed)

    row = await writer.connection.fetchrow("select * from stream_event where topic = $1", topic)
    assert row is not None
    assert isinstance(news, Events)
    (event,) = news.events
    assert (event.seq, event.eid, event.type) == (1, row["eid"], "AbsenceReported")
    assert event.payload == json.loads(row["payload"])


async def test_a_reader_goes_on_where_it_was(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    await writer.append(topic, 450)
    log = await writer.cursors(topic)

    for after in (START, *log[::90], log[-1]):
        feed = hub.follow(topic, after)
        assert await frame(feed) == Started(after)
        hub.ring({topic: await writer.append(topic)})
        log = await writer.cursors(topic)
        assert await read_to(feed, len(log)) == log[after.seq :]
        await feed.aclose()


async def test_an_empty_topic_starts_at_its_start(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    for after in (None, START):
        feed = hub.follow(topic, after)
        assert await frame(feed) == Started(START)
        await feed.aclose()
    feed = await started(hub, topic, START)

    hub.ring({topic: await writer.append(topic)})

    assert await read_to(feed, 1) == await writer.cursors(topic)


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


async def test_a_cursor_that_is_not_ours_is_told_to_resync(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    await writer.append(topic, 300)
    log = await writer.cursors(topic)
    await writer.purge(topic, upto=10)
    head = log[-1]
    old, early, late = log[8], log[50], log[290]
    foreign = [Cursor(cursor.seq, cursor.eid ^ 1 or 2) for cursor in (early, late, head)]

    for cursor in (log[9], early, late, head):
        feed = hub.follow(topic, cursor)
        assert await frame(feed) == Started(cursor)
        await feed.aclose()
    for cursor in (START, old, Cursor(301, 7), Cursor(2**63 - 1, 7), *foreign):
        assert await frames(hub.follow(topic, cursor)) == [Resync(head)], cursor


async def test_who_is_too_far_behind_is_told_to_resync(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    await writer.connection.execute(
        "insert into stream (topic, last_seq, last_eid, floor_seq) values ($1, 5001, 5001, 0)", topic
    )
    await writer.connection.execute(
        "insert into stream_event (topic, seq, eid, type, payload) select $1, n, n, 'Told', '{}' from generate_series(1, 5001) n",
        topic,
    )

    feed = hub.follow(topic, Cursor(1, 1))
    assert await frame(feed) == Started(Cursor(1, 1))
    assert len(await read_to(feed, 5001)) == 5000
    assert await frames(hub.follow(topic, START)) == [Resync(Cursor(5001, 5001))]


async def test_a_lost_tail_is_told_to_those_alone_who_had_seen_it(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None, poll_s=0.2)
    await writer.append(topic, 5)
    log = await writer.cursors(topic)
    ahead = await started(hub, topic, log[4])
    behind = hub.follow(topic, log[2])
    assert await frame(behind) == Started(log[2])

    await writer.forget(topic, after=4)
    await writer.append(topic)
    new = await writer.cursors(topic)

    assert await frame(ahead) == Resync(new[-1])
    assert new[3] == log[3]
    assert new[4] != log[4]
    assert isinstance(stale := await frame(behind), Events)
    assert [event.cursor for event in stale.events] in (log[3:], new[3:])


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
        await ears.subscribe(f"rt:{topic}")
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
            await client.publish(f"rt:{topic}", lie)
        seq = await writer.append(topic)
        await client.publish(f"rt:{topic}", str(seq))

    assert await read_to(feed, seq) == await writer.cursors(topic)


async def test_one_event_is_read_once_for_all_who_follow(
    hubs: Hubs, writer: Writer, topic: str, redis_url: str
) -> None:
    hub = await hubs.start(redis_url)
    feeds = [await started(hub, topic) for _ in range(20)]
    hub.ring({topic: await writer.append(topic)})
    await asyncio.gather(*(read_to(feed, 1) for feed in feeds))
    hubs.statements.clear()

    hub.ring({topic: await writer.append(topic)})
    news = await asyncio.gather(*(frame(feed) for feed in feeds))

    assert len({id(one) for one in news}) == 1
    assert hubs.statements.total() == 1


async def test_the_poll_asks_for_all_topics_in_one_statement(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None, poll_s=0.5)
    feeds = [await started(hub, f"{topic}:{nth}") for nth in range(10)]
    hubs.statements.clear()

    for nth in range(10):
        await writer.append(f"{topic}:{nth}")
    await asyncio.gather(*(read_to(feed, 1) for feed in feeds))

    heads = [count for statement, count in hubs.statements.items() if "any(" in statement]
    assert sum(heads) <= 2


async def test_a_reader_who_stays_away_is_served_from_the_log(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    slow, quick = await started(hub, topic), await started(hub, topic)

    for _ in range(5):
        hub.ring({topic: await writer.append(topic, 100)})
        await read_to(quick, (await writer.head(topic)).seq)

    assert await read_to(slow, 500) == await writer.cursors(topic)


async def test_a_feed_outlives_lost_connections_to_postgresql(writer: Writer, topic: str, database_url: str) -> None:
    async with asyncpg.create_pool(database_url, min_size=0, server_settings={"application_name": topic[-60:]}) as pool:

        async def fetch(statement: str, parameters: Sequence[Any]) -> Sequence[asyncpg.Record]:
            return await pool.fetch(statement, *parameters)

        hub = Hub(fetch, Bus.from_url(None), poll_s=0.5)
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


async def test_a_fault_in_the_doorbell_restarts_the_topic_and_its_feed_goes_on(
    hubs: Hubs, writer: Writer, topic: str, redis_url: str
) -> None:
    class Frail(Bus):
        failed = asyncio.Event()

        def fail(self) -> None:
            for channel in self._channels.values():
                for mailbox in channel.mailboxes:
                    mailbox.close()

    bus = Frail.from_url(redis_url)
    hub = Hub(hubs.database.fetch, bus, poll_s=NEVER_S)
    await hub.start()
    feed = await started(hub, topic)

    bus.fail()
    seq = await writer.append(topic)

    assert await read_to(feed, seq) == await writer.cursors(topic)
    await hub.close()


async def test_silence_is_told_to_who_wants_to_know(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    feed = hub.follow(topic, None, idle_s=0.1)
    first = [await frame(feed) for _ in range(3)]
    hub.ring({topic: await writer.append(topic)})
    while isinstance(news := await frame(feed), Idle):
        pass

    assert first == [Started(START), Idle(), Idle()]
    assert isinstance(news, Events)


async def test_following_may_be_given_up_at_any_moment(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None, linger_s=0)

    async def follow() -> None:
        async for _ in hub.follow(topic, None, idle_s=0.001):
            pass

    for wait in range(40):
        follower = asyncio.create_task(follow())
        await asyncio.wait([follower], timeout=wait / 2_000)
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
    feed = await started(hub, topic)
    hub.ring({topic: await writer.append(topic)})

    assert len(await read_to(feed, 1)) == 1
    await feed.aclose()


async def test_closing_ends_every_feed(hubs: Hubs, topic: str) -> None:
    hub = await hubs.start(None)
    feed = await started(hub, topic)
    waiting = asyncio.create_task(frame(feed))

    await hub.close()

    with pytest.raises(StopAsyncIteration):
        await waiting
    assert await frames(hub.follow(topic, None)) == []


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
