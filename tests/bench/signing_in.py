"""S1: fifty people sign in at once, and how long a request that needs nothing waits meanwhile.

The waiting is the event loop's lag, as others feel it: pings of a page that asks nobody anything, before and during.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import asyncpg
import httpx

from resolvers.passwords import hash_password
from tests.bench.sizes import PERSON, key

AT_ONCE = 50
WAVES = 4
IDLE_S = 2.0
PING_S = 0.005
GOAL_MS = 20
PASSWORD = "welkom-op-het-plein"
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { token errors { code } } }"
_COLUMNS = ("sign-ins/s", "p50 ms", "p99 ms", "idle p99 ms", "idle worst ms", "lag p99 ms", "lag worst ms")

Serve = Callable[[ExitStack, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One round: rates per second, times in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    idle_p99_ms: float
    idle_worst_ms: float
    lag_p99_ms: float
    lag_worst_ms: float


def measure(serve: Serve, url: str, rounds: int) -> list[Seen]:
    """Let fifty people sign in, a few times over."""
    with ExitStack() as running:
        _, port = serve(running, "service")
        return asyncio.run(_rounds(f"http://127.0.0.1:{port}", url, rounds))


async def _rounds(address: str, url: str, rounds: int) -> list[Seen]:
    await _give_passwords(url)
    # The server closes what was idle for five seconds: what was idle for one is not used again.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=1)
    seen: list[Seen] = []
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60, trust_env=False) as http:
        await _wave(http)  # connections are opened, and statements made
        for number in range(rounds):
            seen.append(await _round(http))
            print(f"round {number + 1} of {rounds}: S1", file=sys.stderr, flush=True)
    return seen


async def _give_passwords(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        people = [key(PERSON, number) for number in range(1, AT_ONCE + 1)]
        hashed = await hash_password(PASSWORD)
        await connection.execute("update person set password_hash = $1 where id = any($2)", hashed, people)
    finally:
        await connection.close()


async def _round(http: httpx.AsyncClient) -> Seen:
    idle = await _pings(http, asyncio.create_task(asyncio.sleep(IDLE_S)))
    begin = time.perf_counter()
    waves = asyncio.create_task(_waves(http))
    lag = await _pings(http, waves)
    elapsed = time.perf_counter() - begin
    took = sorted(await waves)
    return Seen(
        len(took) / elapsed, _place(took, 50), _place(took, 99), _place(idle, 99), idle[-1], _place(lag, 99), lag[-1]
    )


async def _pings(http: httpx.AsyncClient, meanwhile: "asyncio.Task[object]") -> list[float]:
    took: list[float] = []
    while not meanwhile.done():
        begin = time.perf_counter()
        (await http.get("/health/live")).raise_for_status()
        took.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(PING_S)
    return sorted(took)


async def _waves(http: httpx.AsyncClient) -> list[float]:
    return [one for _ in range(WAVES) for one in await _wave(http)]


async def _wave(http: httpx.AsyncClient) -> list[float]:
    return await asyncio.gather(*[_sign_in(http, number) for number in range(1, AT_ONCE + 1)])


async def _sign_in(http: httpx.AsyncClient, number: int) -> float:
    wanted = {"email": f"mens{number}@mens.example", "password": PASSWORD, "client": "APP"}
    begin = time.perf_counter()
    answered = await http.post("/graphql", json={"query": SIGN_IN, "variables": {"input": wanted}})
    if not answered.json()["data"]["signIn"]["token"]:
        sys.exit(f"S1 answered something else:\n{answered.text}")
    return (time.perf_counter() - begin) * 1000


def _place(times: list[float], percent: int) -> float:
    return times[min(len(times) - 1, len(times) * percent // 100)]


def table(seen: list[Seen]) -> str:
    """The medians, and whether the goal is met."""
    names = ("per_second", "p50_ms", "p99_ms", "idle_p99_ms", "idle_worst_ms", "lag_p99_ms", "lag_worst_ms")
    middle = [f"{median(getattr(one, name) for one in seen):.1f}" for name in names]
    usual = median(one.lag_p99_ms - one.idle_p99_ms for one in seen)
    worst = median(one.lag_worst_ms - one.idle_worst_ms for one in seen)
    lines = ["| " + " | ".join(cells) + " |" for cells in (_COLUMNS, ["---"] * len(_COLUMNS), middle)]
    met = "met" if usual <= GOAL_MS else "missed"
    verdict = (
        f"S1, {AT_ONCE} sign-ins at once: lag over idle {usual:.1f} ms at p99, {worst:.1f} ms at worst"
        f" (goal {GOAL_MS} at p99: {met})"
    )
    return "\n".join([*lines, verdict])
