"""`python -m tests.bench.races`: the guardians of W5, in a process of their own. Reads an order, answers a result.

Each has a connection and a child of their own, all ask in the same moment, and nobody asks twice. Who comes first has
the slot, everybody else hears that it is taken.
"""

import asyncio
import re
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import uvloop

from tests.bench.load import _tree_seconds
from tests.bench.sizes import OTHER, guardian_token, key
from tests.bench.workloads import Asked, http

BOOK = """mutation Book($input: BookMeetingsInput!) {
  bookMeetings(input: $input) {
    bookings { id startsAt endsAt ticket { id state } }
    errors { code path }
  }
}"""
_DIFFERS = re.compile(rb"[0-9a-f]{32}|\d{4}-\d\d-\d\dT[\d:]+")
_FIRST = 1 << 40
"""Far from the numbers of everything else."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who races for what, in which round."""

    port: int
    app: int
    number: int
    guardians: int
    slots: int
    run: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen: milliseconds of an answer, and of processor time of the server for one."""

    per_second: float
    booked_per_second: float
    p50_ms: float
    p99_ms: float
    all_ms: float
    cpu_ms: float
    unavailable: int
    """How many waited too long for a connection to the database, and were sent away."""
    answers: list[str]
    """What was answered, ids and times aside."""


def row(number: int, place: int = 0) -> Any:
    """The key of a row of a round: of the round itself, of its slots from 1 on, of its tickets from 10,001 on."""
    return key(OTHER, _FIRST + number * 100_000 + place)


def asked(number: int, pupil: int, slot: int, run: str) -> Asked:
    """That a pupil's first guardian books a slot; both are counted from 1."""
    wanted = {"ticketId": f"ticket_{row(number, 10_000 + pupil).hex}", "slotId": f"slot_{row(number, slot).hex}"}
    told = {"bookings": [wanted], "clientMutationId": f"{run}-{number}-{pupil}"}
    body = orjson.dumps({"query": BOOK, "operationName": "Book", "variables": {"input": told}})
    return Asked(body, guardian_token(pupil))


async def measure(order: Order) -> Seen:
    """Let all of them ask at once, and see who is told what."""
    wishes = [
        http(asked(order.number, pupil, (pupil - 1) % order.slots + 1, order.run), "/graphql")
        for pupil in range(1, order.guardians + 1)
    ]
    streams = [await asyncio.open_connection("127.0.0.1", order.port) for _ in wishes]
    before, begin = _tree_seconds(order.app), time.perf_counter()
    heard = await asyncio.gather(*(_ask(*one, wish) for one, wish in zip(streams, wishes, strict=True)))
    elapsed = time.perf_counter() - begin
    cpu = _tree_seconds(order.app) - before
    for _, writer in streams:
        writer.close()
    answers = [_DIFFERS.sub(b"", body).decode() for _, body in heard]
    booked, taken, away = (
        sum(word in answer for answer in answers) for word in ('"errors":[]', "SLOT_TAKEN", "UNAVAILABLE")
    )
    if booked > order.slots or booked + taken + away != order.guardians or (not away and booked < order.slots):
        sys.exit(f"W5: {booked} of {order.slots} slots were booked, and this was answered:\n" + "\n".join({*answers}))
    times = sorted(took * 1000 for took, _ in heard)
    count = len(times)
    p50, p99 = times[count // 2], times[count * 99 // 100]
    told = sorted({answer for answer in answers if "UNAVAILABLE" not in answer})
    return Seen(count / elapsed, booked / elapsed, p50, p99, elapsed * 1000, cpu / count * 1000, away, told)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[float, bytes]:
    """One request; answers after how many seconds, and what."""
    begin = time.perf_counter()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    body = await reader.readexactly(int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]))
    return time.perf_counter() - begin, body


if __name__ == "__main__":
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(measure(order)))))
