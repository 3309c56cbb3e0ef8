"""One PostgreSQL and one Redis for a whole test run, held by a process that ends them when the run has ended.

`python -m tests.services` is that process: it tells the addresses in one line, and stops everything when its standard
input closes. So nothing is left behind by a run that was killed.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from models.migrations import upgrade
from schoolplein.embedded import EmbeddedPostgres
from tests.realtime.servers import free_port, redis_binary

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "schoolplein"
HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "400",
    "max_wal_size": "4GB",
    "autovacuum": "off",
    "jit": "off",
}
"""The data need not survive the machine, and many workers connect at once."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services of this run are. The database in `postgres` is migrated and nobody uses it: a template."""

    postgres: str
    redis: str


class Keeper:
    """The process that holds the services."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.services"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        told = self._process.stdout.readline()
        assert told, "the services of the test run did not start"
        self.addresses = Addresses(**json.loads(told))

    def end(self) -> None:
        """Stop the services and wait until they are gone."""
        self._process.communicate()


@asynccontextmanager
async def administration(postgres: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to no database of ours, for making and removing databases."""
    connection = await asyncpg.connect(database_at(postgres, "postgres"))
    try:
        yield connection
    finally:
        await connection.close()


def database_at(postgres: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(postgres)._replace(path=f"/{name}"))


async def create_database(postgres: str, name: str) -> str:
    """Make a migrated, empty database, and answer its address."""
    async with administration(postgres) as connection:
        await connection.execute(f'create database "{name}" template "{TEMPLATE}"')
    return database_at(postgres, name)


async def drop_database(postgres: str, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    async with administration(postgres) as connection:
        await connection.execute(f'drop database "{name}" with (force)')


@contextmanager
def _redis(folder: Path) -> Generator[str]:
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([redis_binary(), *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        while "eady to accept connections" not in (line := process.stdout.readline()):
            assert line, "redis-server ended"
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.communicate()


def _leave(*_: Any) -> NoReturn:
    raise SystemExit(0)


def main() -> None:
    """Start the services, tell where they are, and hold them until nobody holds the other end."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _leave)
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="schoolplein-tests-")))
        folder.chmod(0o711)  # PostgreSQL may run as another user, who has to pass through
        server = EmbeddedPostgres(folder / "postgres", options=HASTY)
        postgres = server.start()
        held.callback(server.stop)
        redis = held.enter_context(_redis(folder))
        upgrade(postgres)
        print(json.dumps(asdict(Addresses(postgres, redis))), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
