"""One connection to one Redis, which is asked what it is whenever it is opened."""

import asyncio
import random
from collections.abc import Callable
from typing import Any, Protocol, cast

from redis.asyncio.connection import Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECT_S = 1.0
FIRST_PAUSE_S, LEAST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 0.02, 2.0
STEADY_S = 1.0
SHARDED_SINCE = 7

Address = tuple[str, int]


class TooOldError(Exception):
    """A cluster without sharded pub/sub sends every message to every node: it is not served."""

    def __init__(self, version: str) -> None:
        super().__init__(f"Redis Cluster {version} has no sharded pub/sub: it needs 7 or newer")
        self.version = version


class _Connection(Protocol):
    """What we use of redis-py's connection, which has no types of its own."""

    @property
    def is_connected(self) -> bool: ...
    async def connect(self) -> None: ...
    async def disconnect(self, *, nowait: bool) -> None: ...
    def pack_commands(self, commands: tuple[tuple[str, ...], ...]) -> list[bytes]: ...
    async def send_packed_command(self, command: list[bytes]) -> None: ...
    async def read_response(self, *, timeout: float | None = None) -> object: ...  # noqa: ASYNC109 - redis-py's own


class Wire:
    """A connection that never retries, and bounds nothing but its opening: its user does, and knows what was missed."""

    def __init__(self, url: str, address: Address | None = None) -> None:
        """To the server that the URL names, or with what it says of accounts and TLS to another one."""
        options: dict[str, Any] = {**cast("dict[str, Any]", parse_url(url))}
        options.pop("max_connections", None)
        make = cast("Callable[..., _Connection]", options.pop("connection_class", Connection))
        if address is not None:
            options["host"], options["port"] = address
        # redis-py bounds its writes by `wait_for`, which in Python 3.11 can swallow a cancellation.
        options |= {
            "protocol": 2,
            "decode_responses": False,
            "driver_info": None,
            "retry": Retry(NoBackoff(), 0),
            "socket_timeout": None,
            "socket_connect_timeout": CONNECT_S,
        }
        self.host = str(options.get("host", "localhost"))
        self.is_cluster = False
        self.prefix = ""
        """Stands before SUBSCRIBE, UNSUBSCRIBE and PUBLISH: S where the server knows sharded pub/sub."""
        self._connection = make(**options)

    @property
    def is_open(self) -> bool:
        """Whether nothing has failed on it since it was opened."""
        return self._connection.is_connected

    async def open(self) -> None:
        """Connect, say who we are and ask who answers: it may have been upgraded since the last time."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connection.connect()
                await self._greet()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the socket, without waiting for the other side."""
        await self._connection.disconnect(nowait=True)

    async def send(self, *commands: tuple[str, ...]) -> None:
        """Write commands in one go."""
        await self._connection.send_packed_command(self._connection.pack_commands(commands))

    async def receive(self, within_s: float | None = None) -> object:
        """Read one reply; None when none came within the time. What has come of it is kept for the next call."""
        return await self._connection.read_response(timeout=within_s)

    async def ask(self, *words: str) -> object:
        """Send one command and read its reply; given up half-way, it closes the connection."""
        await self.send(words)
        return await self.receive()

    async def _greet(self) -> None:
        words = cast("list[object]", await self.ask("HELLO", "2"))
        told = dict(zip(words[::2], words[1::2], strict=True))
        version = cast("bytes", told[b"version"]).decode()
        is_sharded = int(version.partition(".")[0]) >= SHARDED_SINCE
        self.is_cluster = told[b"mode"] == b"cluster"
        if self.is_cluster and not is_sharded:
            raise TooOldError(version)
        self.prefix = "S" if is_sharded else ""


class Pacer:
    """Pauses between tries, with full jitter, so that all processes do not come back to Redis in the same moment."""

    def __init__(self) -> None:
        self.failures = 0
        """Failures in a row. Who held on for a while before it failed begins a new row."""
        self._began = 0.0

    def begin(self) -> None:
        """Begin a try."""
        self._began = asyncio.get_running_loop().time()

    def fail(self) -> None:
        """Count a try that failed."""
        held = asyncio.get_running_loop().time() - self._began
        self.failures = 1 if held > STEADY_S else self.failures + 1

    async def pause(self) -> None:
        """Wait before the next try."""
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self.failures, 10))
        await asyncio.sleep(random.uniform(LEAST_PAUSE_S, longest))  # noqa: S311
