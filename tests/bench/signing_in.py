"""S1: fifty people sign in at once, and how late the event loop of the serving process wakes up meanwhile."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from statistics import median

import asyncpg
import orjson

from resolvers.passwords import hash_password
from tests.bench.sign_ins import AT_ONCE, PASSWORD, Order, Seen
from tests.bench.sizes import PERSON, key

GOAL_MS = 20
_COLUMNS = {
    "sign-ins/s": "per_second",
    "p50 ms": "p50_ms",
    "p99 ms": "p99_ms",
    "idle: late p50 ms": "idle_p50_ms",
    "p99": "idle_p99_ms",
    "worst": "idle_worst_ms",
    "busy: late p50 ms": "busy_p50_ms",
    "p99 ": "busy_p99_ms",
    "worst ": "busy_worst_ms",
}

Serve = Callable[[ExitStack, str], tuple[int, int]]


def measure(serve: Serve, url: str, rounds: int) -> list[Seen]:
    """Let fifty people sign in, a few times over; the first round warms up, and is not counted."""
    asyncio.run(_give_passwords(url))
    seen: list[Seen] = []
    with ExitStack() as running:
        _, port = serve(running, "watched")
        for number in range(-1, rounds):
            seen.append(sign_in(port))
            print(f"round {number + 1} of {rounds}: S1", file=sys.stderr, flush=True)
    asyncio.run(_forget(url))
    return seen[1:]


def sign_in(port: int) -> Seen:
    """One round, by a process of its own."""
    command = [sys.executable, "-m", "tests.bench.sign_ins"]
    done = subprocess.run(command, input=orjson.dumps(asdict(Order(port))), stdout=subprocess.PIPE, check=True)
    return Seen(**orjson.loads(done.stdout))


async def _give_passwords(url: str) -> None:
    hashed = await hash_password(PASSWORD)
    await _ask(url, "update person set password_hash = $2 where id = any($1)", hashed)


async def _forget(url: str) -> None:
    """Leave the sessions as they were: new ones have ended the old ones, which the other workloads need."""
    await _ask(url, "delete from session where person_id = any($1) and last_seen_at <= now()")
    await _ask(url, "update session set revoked_at = null where person_id = any($1)")


async def _ask(url: str, statement: str, *more: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, [key(PERSON, number) for number in range(1, AT_ONCE + 1)], *more)
    finally:
        await connection.close()


def over_idle(seen: list[Seen], place: str) -> float:
    """How much later the loop wakes under sign-ins: the median over rounds, each beside its own idle moment."""
    return median(getattr(one, f"busy_{place}_ms") - getattr(one, f"idle_{place}_ms") for one in seen)


def table(seen: list[Seen]) -> str:
    """The medians, and whether the goal is met."""
    middle = [f"{median(getattr(one, name) for one in seen):.1f}" for name in _COLUMNS.values()]
    lines = ["| " + " | ".join(cells) + " |" for cells in (_COLUMNS, ["---"] * len(_COLUMNS), middle)]
    p50, p99, worst = (over_idle(seen, place) for place in ("p50", "p99", "worst"))
    verdict = (
        f"S1, {AT_ONCE} sign-ins at once: the loop is {p50:.1f} ms later than idle at p50, {p99:.1f} at p99"
        f" (goal {GOAL_MS}: {'met' if p99 <= GOAL_MS else 'missed'}), {worst:.1f} at worst"
    )
    return "\n".join([*lines, verdict])
