"""The two doors to PostgreSQL: statements for reading (asyncpg) and one session per change (SQLAlchemy)."""

# asyncpg's pool has no types of its own:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import asyncpg
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

SETTINGS = {
    "application_name": "schoolplein",
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
}
CONNECT_TIMEOUT_S = 5.0
WAIT_TIMEOUT_S = 5.0
"""For a connection to write with."""
STATEMENT_TIMEOUT_S = 8.0
"""For a reading statement with all its waiting, and for one statement of a change. PostgreSQL gives up before, so what
takes longer has a dead network before it."""
CLOSE_TIMEOUT_S = 3.0

GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InternalClientError,  # PostgreSQL's last word has come to an idle connection, and its end has not yet
)
"""What asyncpg raises when the server is away, starting, stopping, full, or too busy to answer in time."""


class DatabaseUnavailable(Exception):
    """PostgreSQL can't be reached now; the same request may succeed in a moment."""


def is_gone(error: BaseException) -> bool:
    """Whether an error means that the server was away, also when SQLAlchemy has wrapped it."""
    if isinstance(error, InterfaceError | OperationalError | PoolTimeoutError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or is_gone(error.__cause__ or error.orig or Exception())
    cause = error.__cause__
    return isinstance(error, GONE) or (cause is not None and is_gone(cause))


def engine_url(url: str) -> URL:
    """The address as SQLAlchemy wants it, from one as PostgreSQL's own programs take it."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+asyncpg")


async def _leave_as_it_is(_connection: Any) -> None:
    """In place of asyncpg's reset query: a round trip a release, needless while every setting is transaction-local."""


class _Connection(asyncpg.Connection):
    """A connection that ends without a goodbye: over a dead network it would wait for the answer."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - asyncpg's signature
        self.terminate()


async def _know_lists_of_records(connection: Any) -> None:
    """Show a new connection a list of records: asyncpg looks types up when a column has them, not inside a record."""
    await connection.fetch("select array[row(1)]")


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """A connection that the server has ended is replaced before it is used, without a round trip to ask it."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """A pool for reading and an engine for writing, on one address.

    A statement that is cancelled, or has no answer in time, costs its connection. asyncpg would ask PostgreSQL over a
    second connection to cancel it, and give the first one back when that is done: with a dead network the pool drains.
    SQLAlchemy ends the connection of such a statement by itself, but first it says goodbye.

    The semaphore is first in, first out: without asyncpg's reset query its pool lets newcomers overtake those
    who wait, and the slowest requests get three times slower (measured; docs/performance.md).
    """

    def __init__(self, pool: asyncpg.Pool, engine: AsyncEngine, size: int) -> None:
        self._pool = pool
        self._engine = engine
        self._gate = asyncio.Semaphore(size)

    @classmethod
    async def connect(cls, url: str, *, size: int = 10) -> Self:
        """Open the doors. Connections are made when first needed, so a server that is away does not stop the start."""
        pool = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            max_inactive_connection_lifetime=300,
            init=_know_lists_of_records,
            reset=_leave_as_it_is,
            connection_class=_Connection,
            timeout=CONNECT_TIMEOUT_S,
            server_settings=SETTINGS,
        )
        engine = create_async_engine(
            engine_url(url),
            pool_size=size,
            max_overflow=0,
            pool_timeout=WAIT_TIMEOUT_S,
            hide_parameters=True,
            connect_args={
                "connection_class": _Connection,
                "timeout": CONNECT_TIMEOUT_S,
                "command_timeout": STATEMENT_TIMEOUT_S,
                "server_settings": SETTINGS,
            },
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        return cls(await pool, engine, size)

    async def close(self) -> None:
        """Close both. Who is still reading has a few seconds; then the connections are ended under them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._pool.close()
        await self._engine.dispose()

    async def fetch(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        """Run one reading statement; answers asyncpg's records. Raises DatabaseUnavailable."""
        try:
            async with asyncio.timeout(STATEMENT_TIMEOUT_S), self._gate, self._pool.acquire() as connection:
                try:
                    return await connection.fetch(statement, *parameters)
                except (asyncio.CancelledError, asyncpg.InternalClientError):
                    with suppress(asyncpg.InterfaceError):  # it has ended by itself
                        connection.terminate()
                    raise
        except GONE as error:
            raise DatabaseUnavailable from error

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[AsyncSession, None]:
        """One transaction: committed at the end, rolled back on any error. Raises DatabaseUnavailable."""
        try:
            async with AsyncSession(self._engine, expire_on_commit=False, autoflush=False) as session, session.begin():
                try:
                    yield session
                except asyncio.CancelledError:
                    await session.invalidate()  # a rollback would wait for an answer
                    raise
        except Exception as error:
            if is_gone(error):
                raise DatabaseUnavailable from error
            raise
