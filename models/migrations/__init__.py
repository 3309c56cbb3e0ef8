"""How the database came to be: `upgrade` brings any earlier state to this version."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from models.database import engine_url

LOCK = 0x5C4001


def config(connection: Connection) -> Config:
    """Alembic's configuration for one open connection; there is no ini file."""
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent))
    alembic.attributes["connection"] = connection
    return alembic


def _upgrade(connection: Connection) -> None:
    # Several processes may start at once: one migrates, the others wait for it and find nothing left to do.
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOCK})")
    command.upgrade(config(connection), "head")


def _check(connection: Connection) -> None:
    command.check(config(connection))


async def _run(url: str, step: Callable[[Connection], None]) -> None:
    engine = create_async_engine(engine_url(url))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(step)
    finally:
        await engine.dispose()


def upgrade(url: str) -> None:
    """Bring the database to this version. Safe to run from several processes at once."""
    asyncio.run(_run(url, _upgrade))


def check(url: str) -> None:
    """Raise when the models say something that no migration has done."""
    asyncio.run(_run(url, _check))
