"""One process that serves: its sockets, its web server, and an orderly end whatever asks for it."""

import asyncio
import errno
import gc
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import uvicorn

from schoolplein.app import create_app
from schoolplein.peers import BoundedHTTP, BoundedWebSocket
from schoolplein.settings import Settings

BACKLOG = 2048
LARGEST_FRAME_BYTES = 65_536
PING_S = 20
GRACE_S = 3
TICK_S = 0.1
"""How often a process that leaves looks whether it is to end at once."""
Answer = TypeVar("Answer")
Leave = Callable[[], Awaitable[None]]
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotListen(Exception):
    """The address can't be had, for a reason told in one line."""


class Stopping:
    """What the signals do: they end the work of this moment, and only the first one counts.

    Before there is a server the signal is a KeyboardInterrupt in whatever is being prepared. From then on it asks the
    server, which ends by itself, so that what was started before it is stopped in order. A second signal only cuts the
    server's patience with its clients.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.server: uvicorn.Server | None = None
        for number in SIGNALS:
            signal.signal(number, self._hear)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        again, self.is_asked = self.is_asked, True
        if self.server is not None:
            self.server.should_exit = True
            self.server.force_exit = again
        elif not again:
            raise KeyboardInterrupt

    def during(self, step: Callable[[], Answer]) -> Answer:
        """Do a long step beside the main thread, so that a signal ends the waiting for it.

        Raised in the middle of an event loop a KeyboardInterrupt can be swallowed, or lose a wake-up and hang. A step
        that is abandoned loses its database next, which rolls it back.
        """
        outcome: Future[Answer] = Future()

        def act() -> None:
            try:
                outcome.set_result(step())
            except BaseException as error:  # noqa: BLE001 - raised again by who waits
                outcome.set_exception(error)

        threading.Thread(target=act, daemon=True).start()
        try:
            return outcome.result()
        except KeyboardInterrupt:
            logging.disable()  # It will complain about the lost database.
            raise

    def check(self) -> None:
        """End here too, in case a package has swallowed the KeyboardInterrupt."""
        if self.is_asked:
            raise KeyboardInterrupt

    def rest(self) -> None:
        """Everything is stopped: a late signal changes nothing any more."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _settle_memory() -> None:
    """Leave what was made at the start out of the search for garbage, and search less often.

    A wave of frames to thousands of sockets makes thousands of objects that live for a moment; with Python's own
    thresholds a third of the processor time went into looking through them (docs/performance.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class _Server(uvicorn.Server):
    """Uvicorn, told apart in three things: it says when it serves, signals are `Stopping`'s, and feeds end first."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None], leave: Leave) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._leave = leave

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        _settle_memory()
        if self.started and not self.should_exit:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Uvicorn would close all sockets at once, and wait for streams that never end.
        if not self.force_exit:
            leaving = asyncio.ensure_future(self._leave())
            while not leaving.done() and not self.force_exit:
                await asyncio.wait([leaving], timeout=TICK_S)
            leaving.cancel()
        await super().shutdown(sockets=sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        # Uvicorn would raise the signal again when it has served, and end us before PostgreSQL is stopped.
        yield


def listen(settings: Settings) -> list[socket.socket]:
    """Take the address, before anything else is begun. Raises CannotListen.

    Whoever connects from now on waits until the service is ready.
    """
    sockets: list[socket.socket] = []
    port = settings.port
    try:
        for family, host in _addresses(settings.host):
            if (bound := _bind(family, host, port, optional=bool(sockets))) is not None:
                sockets.append(bound)
                port = bound.getsockname()[1]
    except OSError as error:
        for bound in sockets:
            bound.close()
        raise CannotListen(_reason(error, settings)) from error
    return sockets


def serve(
    settings: Settings,
    sockets: list[socket.socket],
    stopping: Stopping,
    on_start: Callable[[], None],
    *,
    has_worker: bool = False,
) -> None:
    """Serve until asked to stop, with a worker or without. `on_start` is called when requests are answered."""
    app = create_app(settings, has_worker=has_worker)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHTTP,
        ws=BoundedWebSocket,
        # A message is compressed once per receiver: with many subscribers that costs more than it saves.
        ws_per_message_deflate=False,
        ws_max_size=LARGEST_FRAME_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        lifespan="on",
        workers=1,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )
    stopping.server = server = _Server(config, on_start, app.leave)
    server.should_exit = stopping.is_asked
    server.run(sockets=sockets)


def _addresses(host: str) -> Iterator[tuple[socket.AddressFamily, str]]:
    if host == "localhost":
        # Browsers try one or the other first; the file of host names may know only one.
        yield socket.AF_INET, "127.0.0.1"
        yield socket.AF_INET6, "::1"
        return
    for family, _, _, _, address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        yield family, str(address[0])


def _bind(family: socket.AddressFamily, host: str, port: int, *, optional: bool) -> socket.socket | None:
    """One listening socket, or None for an address that this machine does not have and that is not the only one."""
    try:
        taken = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        if optional and error.errno == errno.EAFNOSUPPORT:
            return None
        raise
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken.bind((host, port))
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        if optional and error.errno == errno.EADDRNOTAVAIL:
            return None
        raise
    return taken


def _reason(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {settings.port} is in use by another program: stop that one, or choose another port with PORT"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"port {settings.port} needs more rights than this user has: choose one above 1023 with PORT"
    return f"can't listen on HOST {settings.host}, port {settings.port}: {error.strerror}"
