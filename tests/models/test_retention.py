"""The log is kept for a week: what is older goes, nothing else does, and nobody is held up for it."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from models import retention
from models.database import SETTINGS
from realtime.cursor import START
from tests.models.days import Days, append


@pytest.fixture
async def days(empty_database_url: str) -> AsyncIterator[Days]:
    connection = await asyncpg.connect(empty_database_url)
    yield Days(connection)
    await connection.close()


async def test_the_coming_days_have_their_partitions(empty_database_url: str, days: Days) -> None:
    for name in await days.partitions():
        await days.sql.execute(f"drop table {name}")

    done = await retention.keep(empty_database_url)

    assert (sorted((await days.partitions()).values()), done) == ([-3, -2, -1, 0], {"day_made": 4})
    assert await retention.keep(empty_database_url) == {}
    await append(days.sql, "t")
    assert await days.sql.fetchval(f"select day = {retention.TODAY} from stream_event") is True
    assert await days.sql.fetchval("select count(*) from stream_event_default") == 0


async def test_what_is_older_than_a_week_goes_and_the_rest_stays(empty_database_url: str, days: Days) -> None:
    await days.attach(9, 8, 7, 6)
    both = await days.write("both", 9, 8, 8, 7, 6, 0)
    old = await days.write("old", 9, 8)
    new = await days.write("new", 6, 0)

    assert await retention.keep(empty_database_url) == {"day_dropped": 2}

    assert sorted((await days.partitions()).values()) == [-3, -2, -1, 0, 6, 7]
    assert [await days.kept(topic) for topic in ("both", "old", "new")] == [both[3:], [], new]
    assert [await days.floor(topic) for topic in ("both", "old", "new")] == [both[2], old[1], START]


async def test_a_floor_is_never_lowered(empty_database_url: str, days: Days) -> None:
    await days.attach(9)
    await days.write("t", 9, 0)
    await days.sql.execute("update stream set floor_seq = 2, floor_eid = last_eid")
    before = await days.floor("t")

    await retention.keep(empty_database_url)

    assert await days.floor("t") == before


async def test_a_day_without_a_partition_is_written_and_purged_all_the_same(
    empty_database_url: str, days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PURGE_DEFAULT", retention.PURGE_DEFAULT.replace("limit 10000", "limit 2"))
    both = await days.write("both", 12, 11, 10, 8, 6, 0)
    old = await days.write("old", 9)
    assert await days.sql.fetchval("select count(*) from stream_event_default") == 6

    assert await retention.keep(empty_database_url) == {"default_purged": 3}

    assert [await days.kept("both"), await days.floor("both")] == [both[4:], both[3]]
    assert [await days.kept("old"), await days.floor("old")] == [[], old[0]]


async def test_a_day_that_has_begun_in_the_default_partition_stays_there(empty_database_url: str, days: Days) -> None:
    for name, age in (await days.partitions()).items():
        if age in {0, -1}:
            await days.sql.execute(f"drop table {name}")
    await append(days.sql, "t")

    assert await retention.keep(empty_database_url) == {"day_made": 1}

    await append(days.sql, "t")
    assert await days.sql.fetchval("select count(*) from stream_event_default") == 2
    assert sorted((await days.partitions()).values()) == [-3, -2, -1]


async def test_of_several_who_keep_the_log_one_does_the_work(empty_database_url: str, days: Days) -> None:
    await days.attach(*range(8, 14))
    written = await days.write("t", *range(13, 7, -1), 0)

    done = await asyncio.gather(*(retention.keep(empty_database_url) for _ in range(4)))

    assert sum(each["day_dropped"] for each in done) == 6
    assert [await days.kept("t"), await days.floor("t")] == [written[-1:], written[-2]]


async def test_while_somebody_is_at_it_others_leave_it_to_them(empty_database_url: str, days: Days) -> None:
    await days.attach(8)
    async with days.sql.transaction():
        await days.sql.execute("select pg_advisory_xact_lock($1)", retention.LOCK)
        assert await retention.keep(empty_database_url) == {}

    assert await retention.keep(empty_database_url) == {"day_dropped": 1}


async def test_a_lock_that_is_not_to_be_had_puts_it_off(empty_database_url: str, days: Days) -> None:
    await days.attach(8)
    (old,) = await days.write("t", 8)
    loop = asyncio.get_running_loop()
    async with days.sql.transaction():
        await days.sql.execute("lock table stream_event in access share mode")
        began = loop.time()
        with pytest.raises(asyncpg.LockNotAvailableError):
            await retention.keep(empty_database_url)
        assert loop.time() - began < int(SETTINGS["lock_timeout"]) / 1000
    assert [await days.kept("t"), await days.floor("t")] == [[old], START]

    assert await retention.keep(empty_database_url) == {"day_dropped": 1}

    assert [await days.kept("t"), await days.floor("t")] == [[], old]


async def test_a_writer_halfway_and_a_drop_do_not_wait_for_each_other(
    empty_database_url: str, days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT_MS", 4_000)
    await days.attach(8)
    (old,) = await days.write("t", 8)
    async with days.sql.transaction():
        await days.sql.execute("update stream set last_seq = 2, last_eid = 7 where topic = 't'")
        keeping = asyncio.create_task(retention.keep(empty_database_url))
        await days.until_somebody_waits()
        await days.sql.execute(
            "insert into stream_event (topic, seq, eid, type, payload) values ('t', 2, 7, 'T', '{}')"
        )

    assert await keeping == {"day_dropped": 1}
    assert [cursor.seq for cursor in await days.kept("t")] == [2]
    assert await days.floor("t") == old


async def test_who_writes_meanwhile_is_not_refused_and_loses_nothing(empty_database_url: str, days: Days) -> None:
    topics, ages = ["a", "b", "c"], range(8, 28)
    await days.attach(*ages)
    for topic in topics:
        await days.write(topic, *reversed(ages))
    is_done = asyncio.Event()

    async def write(*written: str) -> list[int]:
        connection = await asyncpg.connect(empty_database_url, server_settings=SETTINGS)
        numbers: list[int] = []
        while not is_done.is_set():
            numbers += await append(connection, *written)
        await connection.close()
        return numbers

    writers = [asyncio.create_task(write(*written)) for written in (topics, topics, ["a", "c"], ["b"])]
    done = await asyncio.gather(*(retention.keep(empty_database_url) for _ in range(3)))
    is_done.set()
    numbers = await asyncio.gather(*writers)

    assert sum(each["day_dropped"] for each in done) == len(ages)
    kept = [cursor.seq for topic in topics for cursor in await days.kept(topic)]
    assert sorted(kept) == sorted(number for each in numbers for number in each)
    assert [(await days.floor(topic)).seq for topic in topics] == [len(ages)] * 3


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
async def test_a_day_is_a_day_in_utc_whatever_the_session_thinks(days: Days, zone: str) -> None:
    await days.sql.execute(f"set timezone = '{zone}'")

    await append(days.sql, "t")

    assert await days.sql.fetchval("select day = (at at time zone 'UTC')::date from stream_event") is True
