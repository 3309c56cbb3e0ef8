"""A connection for tests of what the database itself refuses."""

from collections.abc import AsyncIterator

import asyncpg
import pytest


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that knows no rule of the service; nothing of what it does stays."""
    connection = await asyncpg.connect(database_url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()
