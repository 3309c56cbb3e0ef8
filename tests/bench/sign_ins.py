"""`python -m tests.bench.sign_ins`: the people of S1, in a process of their own. Reads an order, answers a result.

First nobody comes; then all sign in at once, each on a connection of their own, a few times over. Of both the server
tells how late its event loop woke.
"""

import asyncio
import sys
import time
from dataclasses import asdict, dataclass
from itertools import chain

import orjson
import uvloop

AT_ONCE = 50
WAVES = 4
IDLE_S = 2.0
PASSWORD = "welkom-op-het-plein"
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { token errors { code } } }"


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to ask."""

    port: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One round: sign-ins per second, and milliseconds: of a sign-in, and how late the loop was, idle and busy."""

    per_second: float
    p50_ms: float
    p99_ms: float
    idle_p50_ms: float
    idle_p99_ms: float
    idle_worst_ms: float
    busy_p50_ms: float
    busy_p99_ms: float
    busy_worst_ms: float


def places(times: list[float]) -> tuple[float, float, float]:
    """The middle one, the one that 99 of 100 do not exceed, and the worst."""
    times = sorted(times)
    return times[len(times) // 2], times[len(times) * 99 // 100], times[-1]


async def measure(order: Order) -> Seen:
    """Wait, sign in, and see."""
    await _lag(order)
    await asyncio.sleep(IDLE_S)
    idle = await _lag(order)
    begin = time.perf_counter()
    waves = [await asyncio.gather(*(_sign_in(order, n) for n in range(1, AT_ONCE + 1))) for _ in range(WAVES)]
    elapsed = time.perf_counter() - begin
    busy = await _lag(order)
    took = list(chain.from_iterable(waves))
    return Seen(len(took) / elapsed, *places(took)[:2], *places(idle), *places(busy))


async def _lag(order: Order) -> list[float]:
    return orjson.loads(await _ask(order, "GET /lag", b""))


async def _sign_in(order: Order, number: int) -> float:
    wanted = {"email": f"mens{number}@mens.example", "password": PASSWORD, "client": "APP"}
    body = orjson.dumps({"query": SIGN_IN, "variables": {"input": wanted}})
    begin = time.perf_counter()
    answer = await _ask(order, "POST /graphql", body)
    took = time.perf_counter() - begin
    if not orjson.loads(answer)["data"]["signIn"]["token"]:
        sys.exit(f"S1 answered something else:\n{answer.decode()}")
    return took * 1000


async def _ask(order: Order, what: str, body: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", order.port)
    head = f"{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2]


if __name__ == "__main__":
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(measure(order)))))
