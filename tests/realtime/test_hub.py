"""A feed: every event once and in order, from the cursor on, or a Resync."""

import asyncio
import json

import pytest

from realtime.cursor import START, Cursor
from realtime.hub import Events, Resync, Started
from tests.realtime.feeds import Hubs, Writer, frame, frames, read_to, started


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


@pytest.mark.parametrize("is_in_memory", [False, True])
async def test_a_cursor_that_is_not_ours_is_told_to_resync(
    hubs: Hubs, writer: Writer, topic: str, *, is_in_memory: bool
) -> None:
    hub = await hubs.start(None)
    if is_in_memory:
        reader = await started(hub, topic)
        for seq in (150, 300):
            hub.ring({topic: await writer.append(topic, 150)})
            await read_to(reader, seq)
    else:
        await writer.append(topic, 300)
    log = await writer.cursors(topic)
    await writer.purge(topic, upto=10)
    await writer.connection.execute("update stream set floor_seq = 20 where topic = $1", topic)
    head = log[-1]
    purged, early, late = log[8], log[100], log[290]
    foreign = [Cursor(cursor.seq, cursor.eid ^ 1 or 2) for cursor in (early, late, head)]

    for cursor in (log[19], early, late, head):
        feed = hub.follow(topic, cursor)
        assert await frame(feed) == Started(cursor)
        await feed.aclose()
    for cursor in (START, purged, log[18], Cursor(301, 7), Cursor(2**63 - 1, 7), *foreign):
        assert await frames(hub.follow(topic, cursor)) == [Resync(head)], cursor


async def test_who_comes_back_soon_is_served_from_memory(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    reader = await started(hub, topic)
    for seq in (150, 300):
        hub.ring({topic: await writer.append(topic, 150)})
        await read_to(reader, seq)
    log = await writer.cursors(topic)
    hubs.statements.clear()

    for after in (log[43], log[44], log[200], log[298]):
        feed = hub.follow(topic, after)
        assert await frame(feed) == Started(after)
        assert await read_to(feed, 300) == log[after.seq :]
    assert hubs.statements.total() == 0


async def test_a_burst_longer_than_a_frame_arrives_whole(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    feed = await started(hub, topic)

    hub.ring({topic: await writer.append(topic, 450)})

    assert await read_to(feed, 450) == await writer.cursors(topic)


async def test_who_is_too_far_behind_is_told_to_resync(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    await writer.connection.execute(
        "insert into stream (topic, last_seq, last_eid, floor_seq) values ($1, 5001, 5001, 0)", topic
    )
    await writer.connection.execute(
        "insert into stream_event (topic, seq, eid, type, payload) "
        "select $1, n, n, 'Told', '{}' from generate_series(1, 5001) n",
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


async def test_a_reader_who_stays_away_is_served_from_the_log(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None)
    slow, quick = await started(hub, topic), await started(hub, topic)

    for _ in range(5):
        hub.ring({topic: await writer.append(topic, 100)})
        await read_to(quick, (await writer.head(topic)).seq)

    assert await read_to(slow, 500) == await writer.cursors(topic)


async def test_following_may_be_given_up_at_any_moment(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None, linger_s=0)

    async def follow() -> None:
        async for _ in hub.follow(topic, None):
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


async def test_one_who_leaves_takes_nothing_from_the_others(hubs: Hubs, writer: Writer, topic: str) -> None:
    hub = await hubs.start(None, linger_s=0)
    feeds = [await started(hub, topic) for _ in range(3)]

    for feed in feeds[:2]:
        await feed.aclose()
        hub.ring({topic: await writer.append(topic)})
        seq = (await writer.head(topic)).seq
        assert (await read_to(feeds[2], seq))[-1].seq == seq


async def test_closing_ends_every_feed(hubs: Hubs, topic: str) -> None:
    hub = await hubs.start(None)
    feed = await started(hub, topic)
    waiting = asyncio.create_task(frame(feed))

    await hub.close()

    with pytest.raises(StopAsyncIteration):
        await waiting
    assert await frames(hub.follow(topic, None)) == []
