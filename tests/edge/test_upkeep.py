"""The log's days are kept in order while there is a worker, whether PostgreSQL is there or not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from models import retention
from models.jobs import SCHEMA
from schoolplein.app import create_app
from schoolplein.service import open_service
from schoolplein.settings import Settings
from schoolplein.worker import END_S, GRACE_S, Worker
from tests.clients import serving
from tests.models.days import Days
from tests.realtime.servers import Cable

DEADLINE_S = 30.0


@pytest.fixture
async def days(empty_database_url: str) -> AsyncIterator[Days]:
    """A log of which one day is over."""
    connection = await asyncpg.connect(empty_database_url)
    days = Days(connection)
    await days.attach(8)
    yield days
    await connection.close()


class Gate(Cable):
    """A relay that turns everybody away until it is opened."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.refused = asyncio.Event()
        self.is_open = False

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_open:
            await super()._relay(reader, writer)
        else:
            self.refused.set()
            writer.close()


@pytest.fixture
async def gate(empty_database_url: str) -> AsyncIterator[Gate]:
    gate = Gate(urlsplit(empty_database_url).port or 5432)
    await gate.open()
    yield gate
    await gate.close()


def through(gate: Gate, url: str) -> str:
    """The address of a database behind the gate."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{gate.port}"))


@asynccontextmanager
async def at_work(url: str) -> AsyncIterator[Worker]:
    """A worker, which is stopped at the end."""
    async with open_service(Settings(database_url=url, pool_size=2)) as service:
        worker = Worker(service, again_s=0.05)
        working = asyncio.create_task(worker.work())
        yield worker
        worker.stop()
        await asyncio.wait_for(working, DEADLINE_S)


async def until_dropped(days: Days) -> None:
    await days.until("not exists (select from pg_inherits join pg_class on oid = inhrelid where relname = "
                     f"'stream_event_' || to_char({retention.TODAY} - 8, 'YYYYMMDD'))")  # fmt: skip


async def test_a_worker_keeps_the_log(empty_database_url: str, days: Days) -> None:
    async with at_work(empty_database_url):
        await until_dropped(days)


async def test_who_tries_it_out_has_a_worker(empty_database_url: str, days: Days) -> None:
    async with serving(create_app(Settings(database_url=empty_database_url, pool_size=1), has_worker=True)):
        await until_dropped(days)


async def test_what_is_overdue_is_done_when_a_worker_comes(empty_database_url: str, days: Days) -> None:
    async with at_work(empty_database_url):
        await until_dropped(days)
    await days.attach(8)
    await days.sql.execute(f"update {SCHEMA}.pgqueuer_schedules set next_run = now() - interval '1 hour'")

    async with at_work(empty_database_url):
        await until_dropped(days)


async def test_it_goes_on_when_postgresql_is_back(empty_database_url: str, days: Days, gate: Gate) -> None:
    async with at_work(through(gate, empty_database_url)):
        for _ in range(2):
            await asyncio.wait_for(gate.refused.wait(), 5)
            gate.refused.clear()
        gate.is_open = True
        await until_dropped(days)


@pytest.mark.parametrize("is_dark", [False, True])
async def test_it_ends_within_seconds(
    empty_database_url: str, days: Days, gate: Gate, monkeypatch: pytest.MonkeyPatch, *, is_dark: bool
) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT_MS", 60_000)
    gate.is_open = True
    loop = asyncio.get_running_loop()
    async with days.sql.transaction():
        await days.sql.execute("lock table stream in access share mode; lock table stream_event in access share mode")
        async with at_work(through(gate, empty_database_url)):
            await days.until_somebody_waits()
            if is_dark:
                gate.go_dark()
            began = loop.time()
        assert loop.time() - began < GRACE_S + END_S + 8
