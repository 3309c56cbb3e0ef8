"""`python -m tests.bench.fanout`: the subscribers of W4, in a process of their own. Reads an order, answers a result.

All follow the posts of one group, as its parents do; its teacher publishes, and each frame is timed from before the
request was sent. The floor sends the same bytes to as many sockets, from a bare ASGI application.
"""

import asyncio
import base64
import resource
import struct
import sys
import time
from dataclasses import asdict, dataclass
from statistics import median
from typing import cast

import orjson
import psutil
import uvloop

from tests.bench.sizes import GROUP, PUPILS_PER_GROUP, SCHOOL, guardian_token, key, teacher_token
from tests.bench.workloads import Asked, http

AT_ONCE = 40
PATIENCE_S = 30.0
PUBLISH = """mutation Publish($input: PublishPostInput!) {
  publishPost(input: $input) { post { id } errors { code } }
}"""
SHOWN = "kind cursor events { kind postId post { id title body publishedAt commentCount author { name label } %s } }"
FOLLOW = "subscription Follow($group: ID!) { postFeed(groupId: $group) { %s } }"
DOCUMENTS = {"shared": FOLLOW % (SHOWN % ""), "personal": FOLLOW % (SHOWN % "viewerHasRead")}


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure."""

    port: int
    app: int
    subscribers: int
    events: int
    document: str
    run: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: milliseconds from the request to the frame, microseconds of processor time, KiB of memory."""

    delivered: float
    p50_ms: float
    p99_ms: float
    all_ms: float
    """Until the last subscriber has it, in the middle of all events."""
    cpu_us: float
    """Of the server, for each frame; the mutation is in it."""
    idle_kib: float
    """What each silent subscription has added to the server."""
    opened_per_s: float
    bytes: int


class Subscriber(asyncio.Protocol):
    """One socket with one feed. Counts its frames, and nothing else."""

    def __init__(self, token: str, document: str) -> None:
        self._token = token
        self._payload = {"query": document, "variables": {"group": f"group_{key(GROUP, 1).hex}"}}
        self._received = bytearray()
        self._is_open = False
        self.started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.times: list[float] = []
        self.last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        key_ = base64.b64encode(b"sixteen letters!").decode()
        self._transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key_}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._received += data
        if not self._is_open:
            head, end, rest = bytes(self._received).partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head, head
            self._is_open, self._received = True, bytearray(rest)
            self._tell({"type": "connection_init", "payload": {"authorization": f"Bearer {self._token}"}})
        while (message := self._message()) is not None:
            self._take(message, now)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.started.done():
            self.started.set_exception(ConnectionError(f"lost before the beginning: {exc}"))

    def close(self) -> None:
        """Go, without a word."""
        self._transport.abort()

    def _take(self, message: bytes, now: float) -> None:
        if b'"EVENTS"' in message:
            self.times.append(now)
            self.last = message
        elif message.startswith(b'{"type":"connection_ack"'):
            self._tell({"type": "subscribe", "id": "1", "payload": self._payload})
        elif b'"START"' in message:
            self.started.set_result(None)
        elif not self.started.done() and message.startswith(b"{"):
            self.started.set_exception(ConnectionError(message.decode()))

    def _message(self) -> bytes | None:
        """The next frame that is whole: servers send them unmasked. Pings are answered, and come back as they are."""
        received = self._received
        if len(received) < 2:
            return None
        length, start = received[1] & 127, 2
        if length == 126:
            if len(received) < 4:
                return None
            length, start = struct.unpack_from("!H", received, 2)[0], 4
        assert length < 127 or start == 4, "longer than any frame here"
        if len(received) < start + length:
            return None
        message, is_ping = bytes(received[start : start + length]), received[0] == 0x89
        del received[: start + length]
        if is_ping:
            self._transport.write(bytes([0x8A, 0x80 | length]) + bytes(4) + message)
        return message

    def _tell(self, message: object) -> None:
        text = orjson.dumps(message)
        head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else struct.pack("!BBH", 0x81, 0x80 | 126, len(text))
        self._transport.write(head + bytes(4) + text)  # the mask may be all zeros


def _publish(number: int, run: str) -> bytes:
    post = {
        "schoolId": f"school_{key(SCHOOL, 1).hex}",
        "groupId": f"group_{key(GROUP, 1).hex}",
        "title": f"Gymles {number}",
        "body": "Morgen hebben we gym in de grote zaal. " * 4,
        "clientMutationId": f"{run}-{number}",
    }
    return http(Asked(orjson.dumps({"query": PUBLISH, "variables": {"input": post}}), teacher_token(1)), "/graphql")


async def _subscribe(order: Order) -> list[Subscriber]:
    loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Subscriber:
        token = guardian_token(number % PUPILS_PER_GROUP + 1)
        async with gate:
            _, made = await loop.create_connection(
                lambda: Subscriber(token, DOCUMENTS[order.document]), "127.0.0.1", order.port
            )
            await made.started
        return made

    return list(await asyncio.gather(*(one(number) for number in range(order.subscribers))))


async def _events(order: Order, subscribers: list[Subscriber]) -> list[float]:
    """Publish one after the other, each when everybody has the last one; the moments of the requests."""
    sent_at: list[float] = []
    for number in range(order.events):
        reader, writer = await asyncio.open_connection("127.0.0.1", order.port)
        sent_at.append(time.perf_counter())
        writer.write(_publish(number, order.run))
        head = await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        assert b'"errors":[]' in answer, answer
        deadline = sent_at[-1] + PATIENCE_S
        while any(len(one.times) <= number for one in subscribers) and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # an event for each frame would cost what is measured
        writer.close()
    return sent_at


async def measure(order: Order) -> Seen:
    """Subscribe, be still for a moment, and see what each event costs."""
    server = psutil.Process(order.app)
    before = server.memory_full_info().pss
    begin = time.perf_counter()
    subscribers = await _subscribe(order)
    opening = time.perf_counter() - begin
    await asyncio.sleep(1)
    idle = server.memory_full_info().pss - before
    warm_up = await _events(Order(**(asdict(order) | {"events": 2, "run": f"{order.run}w"})), subscribers)
    for one in subscribers:
        del one.times[: len(warm_up)]
    used = sum(server.cpu_times()[:2])
    sent_at = await _events(order, subscribers)
    used = sum(server.cpu_times()[:2]) - used
    waits = sorted((at - sent) * 1000 for one in subscribers for at, sent in zip(one.times, sent_at, strict=False))
    last = [max(one.times[n] for one in subscribers if len(one.times) > n) - sent for n, sent in enumerate(sent_at)]
    for one in subscribers:
        one.close()
    expected = order.subscribers * order.events
    return Seen(
        delivered=len(waits) / expected,
        p50_ms=waits[len(waits) // 2],
        p99_ms=waits[len(waits) * 99 // 100],
        all_ms=median(last) * 1000,
        cpu_us=used / expected * 1_000_000,
        idle_kib=idle / order.subscribers / 1024,
        opened_per_s=order.subscribers / opening,
        bytes=len(subscribers[0].last),
    )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(measure(order)))))
