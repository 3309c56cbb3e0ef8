"""The day on which the tests found the demo school, and a look into its database."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 9, 40, tzinfo=ZONE)
"""A Tuesday, in the first lesson."""


async def ask(url: str, statement: str, *parameters: Any) -> list[asyncpg.Record]:
    """What stands in a database."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement, *parameters)
    finally:
        await connection.close()
