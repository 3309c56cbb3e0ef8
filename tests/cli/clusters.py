"""The embedded PostgreSQL in a folder: started, refused, and asked."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from schoolplein.embedded import EmbeddedError, EmbeddedPostgres

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def ask(url: str, question: str) -> object:
    """The first value of the answer."""

    async def asked() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(asked())


@contextmanager
def started(folder: Path, **options: str) -> Generator[tuple[EmbeddedPostgres, str]]:
    server = EmbeddedPostgres(folder, options={**FAST, **options})
    try:
        yield server, server.start()
    finally:
        server.stop()


def refusal(folder: Path, **options: str) -> str:
    """The one line with which a start is refused."""
    with pytest.raises(EmbeddedError) as refused, started(folder, **options):
        pass
    line = str(refused.value)
    assert ("\n" in line, len(line) < 250) == (False, True)
    return line


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
