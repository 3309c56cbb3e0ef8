"""`python -m tests.bench.load`: the clients, in a process of their own. Reads an order from stdin, answers on stdout.

Connections stay open and have one request under way each. Time and processor time are taken from before the first
request to after the last answer.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import cast

import orjson
import psutil
import uvloop

from tests.bench.sizes import SIZES
from tests.bench.workloads import WORKLOADS, http

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure."""

    workload: str
    size: str
    port: int
    path: str
    seconds: float
    connections: int
    skip: int
    """How many requests to leave out, so that slices do not all begin with the same groups."""
    run: str
    app: int
    """The server's process; its children count with it."""
    postgres: int


@dataclass(frozen=True, slots=True)
class Slice:
    """What was seen: rates per second, times in milliseconds, processor time per request of the process trees."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    app_ms: float
    app_user_ms: float
    """Of it, outside the kernel: what other programs on this machine disturb least."""
    postgres_ms: float
    answer_bytes: int
    others: float
    """Processor cores that were busy with something else than this measurement."""
    failed: str | None = None


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes], answer: bytes, deadline: float, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._answer = answer
        self._deadline = deadline
        self._received = bytearray()
        self._expected = 0
        self._sent_at = 0.0
        self.done = done
        self.times: list[float] = []
        self.bytes = 0
        self.failed: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        """Send the next request, unless the time is over."""
        request = next(self._requests, None) if time.perf_counter() < self._deadline else None
        if request is None:
            self._finish()
            return
        self._received.clear()
        self._expected = 0
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        if not self._expected:
            end = received.find(_HEAD_END)
            if end < 0:
                return
            head = bytes(received[:end]).lower()
            body = end + 4
            length = int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            self._body, self._expected = body, body + length
        if len(received) < self._expected:
            return
        self.times.append(time.perf_counter() - self._sent_at)
        self.bytes += self._expected - self._body
        if not received.startswith(self._answer, self._body):
            self.failed = bytes(received[:600]).decode(errors="replace")
            self._finish()
            return
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.failed = f"the connection was lost: {exc}"
            self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
            self._transport.close()


def _tree_seconds(pid: int, *, kernel: bool = True) -> float:
    """Processor time of a process and all that came from it."""
    root = psutil.Process(pid)
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + (times.system if kernel else 0.0)
    return total


def _machine_seconds() -> float:
    """Processor time of everything on this machine."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0)


def _seconds(order: Order) -> tuple[float, ...]:
    """Processor time so far: of the machine, the server, the server outside the kernel, PostgreSQL, and this client."""
    return (
        _machine_seconds(),
        _tree_seconds(order.app),
        _tree_seconds(order.app, kernel=False),
        _tree_seconds(order.postgres),
        sum(psutil.Process().cpu_times()[:2]),
    )


async def measure(order: Order) -> Slice:
    """Ask for as long as told, and see what it cost."""
    workload, size = WORKLOADS[order.workload], SIZES[order.size]
    # Prebuilt: what repeats for ever is prepared for as long as it could last.
    some = workload.requests(size, order.run)
    built = [http(asked, order.path) for asked, _ in zip(some, range(size.pupils), strict=False)]
    skip = order.skip % len(built)
    requests = iter(built) if workload.writes else chain(built[skip:], *([built] * 1000))
    loop = asyncio.get_running_loop()
    clients: list[_Client] = []
    for _ in range(order.connections):
        _, client = await loop.create_connection(
            lambda: _Client(requests, workload.answer, 0, loop.create_future()), "127.0.0.1", order.port
        )
        clients.append(client)
    before = _seconds(order)
    begin = time.perf_counter()
    for client in clients:
        client._deadline = begin + order.seconds
        client.ask()
    await asyncio.gather(*(client.done for client in clients))
    elapsed = time.perf_counter() - begin
    after = _seconds(order)
    machine, app, user, postgres, mine = (late - early for early, late in zip(before, after, strict=True))
    times = sorted(chain.from_iterable(client.times for client in clients))
    count = len(times)
    return Slice(
        count,
        count / elapsed,
        times[count // 2] * 1000,
        times[min(count - 1, count * 99 // 100)] * 1000,
        app / count * 1000,
        user / count * 1000,
        postgres / count * 1000,
        sum(client.bytes for client in clients) // count,
        max(0.0, machine - app - postgres - mine) / elapsed,
        next((client.failed for client in clients if client.failed), None),
    )


if __name__ == "__main__":
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(measure(order)))))
