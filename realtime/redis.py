"""The doorbell over Redis: one connection that listens, kept alive by a supervisor, and one that publishes."""

import asyncio
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol, cast

import structlog
from broadcaster import Event
from redis.asyncio.connection import Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.backends import Backend, Missed

PREFIX = "rt:"
KEEP = PREFIX
"""A channel that nobody rings: it holds the connection in subscribed mode when nobody listens to anything."""
PER_COMMAND = 500
CONNECT_S = 1.0
WRITE_S = 1.0
CONFIRM_S = 2.0
SILENCE_S = 3.0
ANSWER_S = 2.0
FIRST_PAUSE_S, LEAST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 0.02, 2.0
STEADY_S = 1.0

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


class Wire(Protocol):
    """What we use of redis-py's connection, which has no types of its own."""

    async def connect(self) -> None:
        """Open the socket and say who we are."""

    async def disconnect(self, *, nowait: bool) -> None:
        """Close the socket; with `nowait` without waiting for the other side."""

    async def send_command(self, *args: str) -> None:
        """Write a command, on a new connection if there is none."""

    async def read_response(self, *, timeout: float | None = None) -> object:  # noqa: ASYNC109 - redis-py's own
        """Read one reply; None when nothing came within the time. What has come of it is kept for the next call."""


def wire(url: str) -> Wire:
    """Make a connection that neither retries nor bounds anything: its user does, and knows what was missed.

    redis-py bounds its writes by `wait_for`, which in Python 3.11 can swallow a cancellation.
    """
    options: dict[str, Any] = {**cast("dict[str, Any]", parse_url(url))}
    options.pop("max_connections", None)
    make = cast("Callable[..., Wire]", options.pop("connection_class", Connection))
    options |= {
        "protocol": 2,
        "decode_responses": False,
        "driver_info": None,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": None,
        "socket_connect_timeout": CONNECT_S,
    }
    return make(**options)


class Session:
    """One listening connection, from its first SUBSCRIBE to its first error.

    A confirmation that nobody waits for puts a `Missed` into the channel. That one rule covers the channels
    of before a reconnect, and a confirmation that came too late for the one who asked.
    """

    def __init__(self, connection: Wire, inbox: asyncio.Queue[Event]) -> None:
        self._connection = connection
        self._inbox = inbox
        self._outgoing: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._unconfirmed: set[str] = set()
        self._confirmed = asyncio.Event()
        self._is_over = False

    async def hold(self, channels: Iterable[str], live: asyncio.Event) -> None:
        """Listen until something fails; `live` is set while every channel is confirmed."""
        names = [KEEP, *channels]
        self._unconfirmed = set(names)
        for start in range(0, len(names), PER_COMMAND):
            self._outgoing.put_nowait(("SUBSCRIBE", *names[start : start + PER_COMMAND]))
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connection.connect()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self._read())
                async with asyncio.timeout(CONFIRM_S):
                    await self._confirmed.wait()
                live.set()
                log.info("doorbell_live", channels=len(names) - 1)
        finally:
            live.clear()
            self._end()
            await self._connection.disconnect(nowait=True)

    async def join(self, channel: str) -> None:
        """Subscribe, and wait until Redis has confirmed it.

        A session that is still opening, or at its end, keeps nobody waiting: the channel gets its `Missed`
        from this session or from the next one.
        """
        self._outgoing.put_nowait(("SUBSCRIBE", channel))
        if self._is_over or not self._confirmed.is_set():
            return
        waiter = self._waiting[channel] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(CONFIRM_S):
                await waiter
        except TimeoutError:
            log.warning("doorbell_unconfirmed", channel=channel)
        finally:
            self._waiting.pop(channel, None)

    def leave(self, channel: str) -> None:
        """Unsubscribe; nobody has to wait for that."""
        self._outgoing.put_nowait(("UNSUBSCRIBE", channel))

    async def _write(self) -> None:
        while True:
            words = await self._outgoing.get()
            async with asyncio.timeout(WRITE_S):
                await self._connection.send_command(*words)

    async def _read(self) -> None:
        # A half-open connection looks like a quiet one: only an answer tells the difference.
        is_asked = False
        while True:
            reply = await self._connection.read_response(timeout=ANSWER_S if is_asked else SILENCE_S)
            if reply is not None:
                is_asked = False
                await self._take(reply)
            elif is_asked:
                raise ConnectionError("no answer to PING")
            else:
                is_asked = True
                self._outgoing.put_nowait(("PING",))

    async def _take(self, reply: object) -> None:
        match reply:
            case [b"message", bytes() as channel, bytes() as message]:
                await self._inbox.put(Event(_topic(channel.decode()), message.decode(errors="replace")))
            case [b"subscribe", bytes() as name, int()]:
                await self._confirm(name.decode())
            case _:
                pass

    async def _confirm(self, channel: str) -> None:
        waiter = self._waiting.get(channel)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        elif channel != KEEP:
            await self._inbox.put(Event(_topic(channel), Missed("reconnected")))
        self._unconfirmed.discard(channel)
        if not self._unconfirmed:
            self._confirmed.set()

    def _end(self) -> None:
        self._is_over = True
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_result(None)


class RedisBackend(Backend):
    """Listens through one session after the other: any fault ends the session, never the listening."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._wanted: set[str] = set()
        self._live = asyncio.Event()
        self._session: Session | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._publisher = wire(url)
        self._publishing = asyncio.Lock()

    @property
    def healthy(self) -> bool:
        """Whether a session is open and Redis has confirmed all its channels."""
        return self._live.is_set()

    async def connect(self) -> None:
        """Begin to listen; wait two seconds at most for the first session."""
        self._supervisor = asyncio.create_task(self._supervise(), name="redis")
        with suppress(TimeoutError):
            async with asyncio.timeout(CONFIRM_S):
                await self._live.wait()

    async def disconnect(self) -> None:
        """End both connections."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
        await self._publisher.disconnect(nowait=True)

    async def subscribe(self, group: str) -> None:
        """Listen to a channel, in this session and in every later one."""
        self._wanted.add(PREFIX + group)
        if self._session is not None:
            await self._session.join(PREFIX + group)

    async def unsubscribe(self, group: str) -> None:
        """Listen to it no more."""
        self._wanted.discard(PREFIX + group)
        if self._session is not None:
            self._session.leave(PREFIX + group)

    async def publish(self, channel: str, message: str) -> None:
        """Ring once, or twice if the connection had been cut. Raises RedisError or OSError; the bus bounds the time."""
        async with self._publishing:
            try:
                await self._publish(PREFIX + channel, message)
            except (RedisError, OSError):
                # Redis may have restarted since the last time; a doorbell that rings twice does no harm.
                await self._publish(PREFIX + channel, message)

    async def _publish(self, channel: str, message: str) -> None:
        # A command that fails or is given up half-way closes the connection; the next one opens it again.
        await self._publisher.send_command("PUBLISH", channel, message)
        await self._publisher.read_response()

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            self._session = Session(wire(self._url), self.inbox)
            try:
                await self._session.hold(sorted(self._wanted), self._live)
            except Exception as error:  # noqa: BLE001 - whatever it was, listening goes on
                failures = 0 if loop.time() - began > STEADY_S else failures + 1
                if failures <= 1:
                    log.warning("doorbell_lost", reason=_reason(error))
            finally:
                self._session = None
            # Full jitter, so that all processes do not come back to Redis in the same moment.
            longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures, 10))
            await asyncio.sleep(random.uniform(LEAST_PAUSE_S, longest))  # noqa: S311


def _topic(channel: str) -> str:
    return channel.removeprefix(PREFIX)


def _reason(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    return f"{type(error).__name__}: {error}"
