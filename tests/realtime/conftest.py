"""A topic of the test's own, a writer of its log, and hubs that follow it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg
import pytest

from models.database import Database
from tests.realtime.feeds import Hubs, Writer


@pytest.fixture
def topic() -> str:
    return f"absences:group:{uuid4()}"


@pytest.fixture
async def writer(database_url: str) -> AsyncGenerator[Writer, None]:
    connection = await asyncpg.connect(database_url)
    yield Writer(connection)
    await connection.close()


@pytest.fixture
async def hubs(database: Database) -> AsyncGenerator[Hubs, None]:
    async with AsyncExitStack() as stack:
        yield Hubs(database, stack)
