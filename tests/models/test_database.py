"""The doors to PostgreSQL over a dead network: everybody hears in time, and no connection or permit is lost."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import text

from models import database as doors
from models.database import Database, DatabaseUnavailable
from schoolplein.embedded import EmbeddedPostgres
from tests.clients import SOON_S
from tests.realtime.servers import Cable
from tests.services import HASTY

SIZE = 2
MANY = 16
QUICK_S = 0.5
WHO = "select pg_backend_pid()"
LONG = f"{WHO}, pg_sleep(4)"
UNDER_WAY = "select count(*) from pg_stat_activity where state = 'active' and pid = any($1)"


class Far:
    """A database at the other end of a cable, and a connection that needs no cable."""

    def __init__(self, database: Database, cable: Cable, near: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.database = database
        self.cable = cable
        self._near = near

    async def read(self, statement: str = WHO) -> int:
        return (await self.database.fetch(statement, ()))[0][0]

    async def change(self, statement: str = WHO) -> int:
        async with self.database.begin() as session:
            return (await session.execute(text(statement))).scalar_one()

    def ask(self, number: int, statement: str = WHO) -> list[asyncio.Task[int]]:
        """So many at each door at once."""
        return [asyncio.create_task(door(statement)) for door in (self.read, self.change) for _ in range(number)]

    async def backends(self) -> set[int]:
        """Those that serve when all is well: as many at each door as it has connections, at the first attempt."""
        async with asyncio.timeout(SOON_S):
            pids = {*await asyncio.gather(*self.ask(SIZE, f"{WHO}, pg_sleep(0.2)"))}
        assert len(pids) == 2 * SIZE, "a connection or a permit is lost"
        return pids

    async def busy(self, number: int) -> list[asyncio.Task[int]]:
        """So many long statements at each door, of which as many as there are connections are under way."""
        pids = await self.backends()
        asked = self.ask(number, LONG)
        async with asyncio.timeout(SOON_S):
            while await self._near.fetchval(UNDER_WAY, pids) < 2 * min(number, SIZE):
                pass
        return asked


@asynccontextmanager
async def far_from(url: str) -> AsyncGenerator[Far, None]:
    parts = urlsplit(url)
    assert parts.port is not None
    cable = Cable(parts.port)
    await cable.open()
    address = urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{cable.port}")))
    database, near = await Database.connect(address, size=SIZE), await asyncpg.connect(url)
    try:
        yield Far(database, cable, near)
    finally:
        near.terminate()
        await database.close()
        await cable.close()


@pytest.fixture
async def far(database_url: str) -> AsyncIterator[Far]:
    async with far_from(database_url) as far:
        yield far


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No patience."""
    for name in ("CONNECT_TIMEOUT_S", "WAIT_TIMEOUT_S", "STATEMENT_TIMEOUT_S"):
        monkeypatch.setattr(doors, name, QUICK_S)


async def outcomes(asked: Sequence[asyncio.Task[Any]]) -> set[type]:
    async with asyncio.timeout(SOON_S):
        return {type(outcome) for outcome in await asyncio.gather(*asked, return_exceptions=True)}


async def test_everybody_hears_in_time_and_afterwards_everything_is_there(hasty: None, far: Far) -> None:
    for _ in range(2):
        await far.backends()
        far.cable.go_dark()
        begin = time.monotonic()
        assert await outcomes(far.ask(MANY)) == {DatabaseUnavailable}
        assert time.monotonic() - begin < 6 * QUICK_S

        far.cable.come_back()
    await far.backends()


async def test_who_is_cancelled_does_not_wait_for_the_network(far: Far) -> None:
    asked = await far.busy(MANY)
    far.cable.go_dark()
    for task in asked:
        task.cancel()
    assert await outcomes(asked) == {asyncio.CancelledError}

    far.cable.come_back()
    await far.backends()


async def test_who_is_cancelled_between_two_statements_does_not_wait_for_a_rollback(far: Far) -> None:
    first = asyncio.Event()

    async def change() -> None:
        async with far.database.begin() as session:
            await session.execute(text(WHO))
            first.set()
            await asyncio.Event().wait()

    changing = asyncio.create_task(change())
    await first.wait()
    far.cable.go_dark()
    changing.cancel()
    assert await outcomes([changing]) == {asyncio.CancelledError}

    far.cable.come_back()
    await far.backends()


async def test_what_has_no_answer_in_time_is_not_waited_for_a_second_time(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """Neither for its rollback, nor by whoever gets the connection next."""
    monkeypatch.setattr(doors, "STATEMENT_TIMEOUT_S", 0.6 * SOON_S)
    ready = asyncio.Semaphore(0)
    dark = asyncio.Event()
    async with far_from(database_url) as far:

        async def change(*, is_last: bool) -> None:
            async with far.database.begin() as session:
                await session.execute(text(WHO))
                ready.release()
                await dark.wait()
                if not is_last:
                    await session.execute(text(WHO))

        await far.backends()
        asked = [asyncio.create_task(change(is_last=is_last)) for is_last in (True, False)]
        for _ in asked:
            await ready.acquire()
        far.cable.go_dark()
        dark.set()
        assert await outcomes(asked) == {DatabaseUnavailable}

        far.cable.come_back()
        await far.backends()


async def test_a_cancellation_at_any_moment_loses_nothing(far: Far) -> None:
    for moment in range(60):
        asked = far.ask(SIZE + 1)
        for _ in range(moment):
            await asyncio.sleep(0)
        for task in asked[::2]:
            task.cancel()
        assert await outcomes(asked[::2]) <= {asyncio.CancelledError, int}
        assert await outcomes(asked[1::2]) == {int}
    await far.backends()


async def test_who_finds_no_free_connection_to_write_with_is_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(doors, "WAIT_TIMEOUT_S", QUICK_S)  # all else has its usual time, on a busy machine too
    async with far_from(database_url) as far:
        async with far.database.begin() as one, far.database.begin() as other:
            await one.execute(text(WHO))
            await other.execute(text(WHO))
            assert await outcomes([asyncio.create_task(far.change())]) == {DatabaseUnavailable}
        await far.backends()


async def test_closing_takes_a_few_seconds_whatever_the_connections_are_doing(far: Far) -> None:
    reading, changing = await far.busy(1)
    far.cable.go_dark()

    async with asyncio.timeout(SOON_S):
        await far.database.close()

    changing.cancel()
    assert await outcomes([reading]) == {DatabaseUnavailable}
    assert await outcomes([changing]) == {asyncio.CancelledError}


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server that may be stopped."""
    with TemporaryDirectory(prefix="schoolplein-dark-") as name:
        Path(name).chmod(0o711)
        server = EmbeddedPostgres(Path(name) / "postgres", options=HASTY)
        yield server
        server.stop()


async def test_a_restart_that_nobody_heard_of_is_got_over(hasty: None, postgres: EmbeddedPostgres) -> None:
    async with far_from(await asyncio.to_thread(postgres.start)) as far:
        await far.backends()
        far.cable.go_dark()
        asked = far.ask(MANY)
        await asyncio.to_thread(postgres.stop)
        await asyncio.to_thread(postgres.start)
        assert await outcomes(asked) == {DatabaseUnavailable}

        far.cable.come_back()
        await far.backends()
