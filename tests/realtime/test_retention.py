"""What a follower is told when old events have been purged, and when the log was brought to another form."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection

from models import migrations, retention
from models.database import Database
from realtime.bus import Bus
from realtime.cursor import START, Cursor
from realtime.hub import Events, Hub, Resync, Started
from tests.models.days import Days, append
from tests.realtime.feeds import Hubs, frame, frames, read_to
from tests.services import Addresses, administration, database_at, drop_database


@pytest.fixture
async def days(empty_database_url: str) -> AsyncIterator[Days]:
    connection = await asyncpg.connect(empty_database_url)
    yield Days(connection)
    await connection.close()


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    """The doors to this test's own database, for the hubs."""
    opened = await Database.connect(empty_database_url, size=2)
    yield opened
    await opened.close()


async def goes_on(hub: Hub, topic: str, after: Cursor) -> list[Cursor]:
    """What a follower is given who comes with this cursor."""
    feed = hub.follow(topic, after)
    assert await frame(feed) == Started(after)
    news = await frame(feed)
    assert isinstance(news, Events)
    await feed.aclose()
    return [event.cursor for event in news.events]


async def test_at_the_floor_one_goes_on_and_below_it_one_is_told(
    hubs: Hubs, days: Days, empty_database_url: str
) -> None:
    await days.attach(9, 8)
    log = await days.write("t", 9, 8, 8, 6, 0)
    await retention.keep(empty_database_url)
    hub = await hubs.start(None)

    assert await goes_on(hub, "t", log[2]) == log[3:]
    assert await goes_on(hub, "t", log[3]) == log[4:]
    foreign = Cursor(log[2].seq, log[2].eid ^ 1 or 2)
    for cursor in (START, log[0], log[1], foreign):
        assert await frames(hub.follow("t", cursor)) == [Resync(log[-1])], cursor


async def test_a_topic_of_which_everything_is_purged_goes_on_at_its_head(
    hubs: Hubs, days: Days, empty_database_url: str
) -> None:
    await days.attach(8)
    log = await days.write("t", 8, 8)
    await retention.keep(empty_database_url)
    hub = await hubs.start(None)
    feed = hub.follow("t", log[1])
    assert await frame(feed) == Started(log[1])

    hub.ring({"t": (await append(days.sql, "t"))[0]})

    assert [cursor.seq for cursor in await read_to(feed, 3)] == [3]
    newcomer = await hubs.start(None)
    assert [cursor.seq for cursor in await goes_on(newcomer, "t", log[1])] == [3]
    foreign = Cursor(log[1].seq, log[1].eid ^ 1 or 2)
    assert await frames(newcomer.follow("t", foreign)) == [Resync((await days.kept("t"))[-1])]


async def test_who_follows_while_days_are_dropped_misses_nothing(
    hubs: Hubs, days: Days, empty_database_url: str
) -> None:
    ages = range(8, 14)
    await days.attach(*ages)
    log = await days.write("t", *reversed(ages), 0)
    hub = await hubs.start(None)
    feed = hub.follow("t", log[-1])
    assert await frame(feed) == Started(log[-1])
    keeping = asyncio.create_task(retention.keep(empty_database_url))

    seq = len(log)
    while not keeping.done():
        (seq,) = await append(days.sql, "t")
        hub.ring({"t": seq})

    assert (await keeping)["day_dropped"] == len(ages)
    assert await read_to(feed, seq) == (await days.kept("t"))[1:]


async def test_midnight_divides_the_days_and_not_the_feed(hubs: Hubs, days: Days) -> None:
    (default,) = await days.sql.fetchrow(
        "select pg_get_expr(adbin, adrelid) from pg_attrdef join pg_attribute on (attrelid, attnum) = (adrelid, adnum)"
        " where attrelid = 'stream_event'::regclass and attname = 'day'"
    )
    today = await days.sql.fetchval(f"select {retention.TODAY}")
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    await days.attach(1)
    await days.sql.execute("set timezone = 'Pacific/Kiritimati'")
    for second in (-1, 1):
        moment = f"(timestamptz '{midnight.isoformat()}' + make_interval(secs => {second}))"
        day = default.replace("clock_timestamp()", moment)
        (seq,) = await append(days.sql, "t")
        await days.sql.execute(f"update stream_event set at = {moment}, day = {day} where seq = {seq}")

    found = await days.sql.fetch("select tableoid::regclass::text as name from stream_event order by seq")
    ages = await days.partitions()
    assert [ages[row["name"]] for row in found] == [1, 0]
    assert await goes_on(await hubs.start(None), "t", START) == await days.kept("t")


@pytest.fixture
async def first_form(addresses: Addresses) -> AsyncIterator[str]:
    """A database as the first migration makes it."""
    name = f"first_{uuid4().hex}"

    def step(connection: Connection) -> None:
        command.upgrade(migrations.config(connection), "0001")

    async with administration(addresses.postgres) as connection:
        await connection.execute(f'create database "{name}"')
    url = database_at(addresses.postgres, name)
    await migrations._run(url, step)
    yield url
    await drop_database(addresses.postgres, name)


async def test_events_from_before_the_days_are_all_kept(first_form: str) -> None:
    connection = await asyncpg.connect(first_form)
    for _ in range(4):
        await append(connection, "a", "b")
    for seq, age in ((1, 30), (2, 7), (3, 1)):
        await connection.execute(f"update stream_event set at = at - interval '{age} days' where seq = {seq}")
    stored = "select topic, seq, eid, type, payload, at from stream_event order by topic, seq"
    before = await connection.fetch(stored)

    await asyncio.to_thread(migrations.upgrade, first_form)

    assert await connection.fetch(stored) == before
    days = Days(connection)
    assert sorted((await days.partitions()).values()) == [-3, -2, -1, 0, 1, 7]
    database, log = await Database.connect(first_form), await days.kept("a")
    hub = Hub(database.fetch, Bus.from_url(None))
    await hub.start()
    assert [await goes_on(hub, "a", after) for after in (START, log[1])] == [log, log[2:]]
    assert await retention.keep(first_form) == {"default_purged": 1}
    assert await goes_on(hub, "a", log[0]) == log[1:]
    assert (await append(connection, "a"))[0] == 5
    await hub.close()
    await database.close()
    await connection.close()
