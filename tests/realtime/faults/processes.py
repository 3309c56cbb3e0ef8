"""The processes of a round: PostgreSQL, Redis and some that serve, each at the end of cables."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from models.migrations import upgrade
from schoolplein.embedded import EmbeddedPostgres
from tests.realtime.faults.cables import HOST, Cable, cable
from tests.realtime.faults.guard import guarded
from tests.realtime.faults.service import DIE
from tests.realtime.servers import RedisServer
from tests.services import ROOT

LASTING = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
    "track_commit_timestamp": "on",
}
"""Processes are killed and the machine is not: a commit is safe when it has left for the kernel."""
START_S = 60
STOP_S = 20
KEPT_SETTINGS = ("PATH", "HOME", "LANG", "TMPDIR")
COMPLAINT = re.compile(r"\[(?:error|critical) *\] (\S+)|^(\w+(?:\.\w+)*(?:Error|Exception)\b)")


class Postgres:
    """A PostgreSQL that can be stopped and killed, and keeps its port."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder / "postgres", options=LASTING)
        self.url = ""

    @property
    def port(self) -> int:
        """Where it listens."""
        port = urlsplit(self.url).port
        assert port is not None
        return port

    async def start(self) -> None:
        """Start, and wait until it answers."""
        self.url = await asyncio.to_thread(self._server.start)

    async def stop(self) -> None:
        """Stop fast: clients are sent away, everything committed is on disk."""
        await asyncio.to_thread(self._server.stop)

    async def kill(self) -> None:
        """Kill all its processes at once, without a chance to write anything."""
        assert self._server._process is not None
        parent = psutil.Process(self._server._process.pid)
        family = [parent, *parent.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await self.stop()


class Api:
    """One process that serves, behind cables: `door` for followers, `desk` for writers, and its own to the others."""

    def __init__(self, name: str, folder: Path, settings: dict[str, str], defect: str | None) -> None:
        self.name = name
        self.complaints: Counter[str] = Counter()
        """What it logged as errors."""
        self.lines: list[str] = []
        self._folder = folder
        self._settings = settings
        self._defects = [] if defect is None else [defect]
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._serving: asyncio.Future[int] | None = None

    def connect(self, door: Cable, desk: Cable, postgres: Cable, redis: Cable) -> None:
        """Lay its cables."""
        self.door, self.desk, self.postgres, self.redis = door, desk, postgres, redis

    async def start(self) -> None:
        """Start, wait until it serves, and lead its cables to its new port."""
        kept = {name: os.environ[name] for name in KEPT_SETTINGS if name in os.environ}
        self._serving = asyncio.get_running_loop().create_future()
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.realtime.faults.service", str(self._folder), *self._defects),
            cwd=ROOT,
            env=kept | {"PYTHONUNBUFFERED": "1", "HOST": HOST, "PORT": "0"} | self._settings,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read(self._process, self._serving))
        async with asyncio.timeout(START_S):
            self.door.target = self.desk.target = await self._serving

    async def kill(self) -> None:
        """Kill it."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> None:
        """Ask it to stop, and wait until it has; insist when it takes too long."""
        await self._end(signal.SIGTERM)

    async def dies_before_ringing(self) -> None:
        """Wait for its sudden death after the next commit."""
        assert self._process is not None
        mark = self._folder / DIE
        mark.touch()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        finally:
            mark.unlink()
            await self.kill()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._reading is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(how)
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            self.complaints[f"did not stop in {STOP_S} s"] += 1
            self._process.kill()
        await self._process.wait()
        await self._reading
        self.door.target = self.desk.target = 0
        self._process = None

    async def _read(self, process: Process, serving: asyncio.Future[int]) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.lines.append(line)
            if "Serving on http://" in line:
                serving.set_result(int(line.rpartition(":")[2]))
            elif told := COMPLAINT.search(line):
                self.complaints[told[1] or told[2]] += 1
        if not serving.done():
            serving.set_exception(RuntimeError("\n".join(self.lines[-20:])))


class Site:
    """Everything that runs."""

    def __init__(self, postgres: Postgres, redis: RedisServer, apis: list[Api]) -> None:
        self.postgres = postgres
        self.redis = redis
        self.apis = apis

    def mend(self) -> None:
        """Make all cables good again."""
        for api in self.apis:
            for one in (api.door, api.desk, api.postgres, api.redis):
                one.mend()


@asynccontextmanager
async def site(folder: Path, *, processes: int, defect: str | None = None) -> AsyncIterator[Site]:
    """Start everything; stop everything at the end, whatever happened."""
    async with guarded(folder), AsyncExitStack() as running:
        postgres, redis = Postgres(folder), RedisServer(folder)
        running.push_async_callback(postgres.stop)
        await postgres.start()
        await asyncio.to_thread(upgrade, postgres.url)
        running.push_async_callback(redis.kill)
        await redis.start()
        apis = [await _lay(running, folder, number, postgres, redis, defect) for number in range(processes)]
        for api in apis:
            running.push_async_callback(api.kill)
        await asyncio.gather(*(api.start() for api in apis))
        yield Site(postgres, redis, apis)


async def _lay(
    running: AsyncExitStack, folder: Path, number: int, postgres: Postgres, redis: RedisServer, defect: str | None
) -> Api:
    """A process that is not started yet, with its cables."""
    own = folder / f"api-{number}"
    own.mkdir()
    to_postgres = await running.enter_async_context(cable(postgres.port))
    to_redis = await running.enter_async_context(cable(redis.port))
    url = postgres.url.replace(f":{postgres.port}/", f":{to_postgres.port}/")
    settings = {"DATABASE_URL": url, "REDIS_URL": f"redis://{HOST}:{to_redis.port}/0"}
    api = Api(f"process {number + 1}", own, settings, defect)
    door, desk = [await running.enter_async_context(cable()) for _ in range(2)]
    api.connect(door, desk, to_postgres, to_redis)
    return api
