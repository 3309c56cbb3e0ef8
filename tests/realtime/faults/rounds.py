"""One round: everything is started, people write and follow, faults happen, and the histories are compared."""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg

from resolvers.ids import public_id
from tests.realtime.faults.checker import CURRENT_S, Limits, Verdict, check
from tests.realtime.faults.faults import FAULTS, Stage
from tests.realtime.faults.history import Fault, History, Logged
from tests.realtime.faults.processes import Site, site
from tests.realtime.faults.school import School, found
from tests.realtime.faults.subscribers import SLOW, STEADY, WANDERING, Follower
from tests.realtime.faults.writers import Writers

# Changes of rights have topics of their own, which nobody outside follows.
HEADS = "select topic, last_seq from stream where topic not like 'rights:%'"
LOG = """
select topic, seq, eid, type, payload->>'post' as post, payload->>'comment' as comment, payload->>'report' as report,
  extract(epoch from coalesce(pg_xact_commit_timestamp(xmin), at))::float8 as at
from stream_event where topic not like 'rights:%' order by topic, seq
"""
LOOK_S = 0.1
LEAST_WATCH_S = 1.0
LONGEST_WATCH_S = 20.0
STARTED_S = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round is made of."""

    seed: int = 7
    seconds: float = 120.0
    """It ends with the first fault that is over after this time."""
    faults: int | None = None
    """Or after so many."""
    only: Sequence[str] = ()
    """These faults in this order, again and again; otherwise all, shuffled."""
    processes: int = 2
    groups: int = 3
    families: int = 3
    writers: int = 5
    steady: int = 2
    """How many follow each feed at each process; one slow reader and one who comes and goes do so beside them."""
    quiet_s: float = 3.0
    defect: str | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class Result:
    """What came of it."""

    plan: Plan
    history: History
    verdict: Verdict
    writers: Writers
    complaints: dict[str, int]
    logs: dict[str, list[str]]
    """What each process printed."""
    seconds: float


async def play(plan: Plan, folder: Path) -> Result:
    """Play a round in a folder, in which everything it makes stands. Leaves nothing running."""
    begun = time.time()
    async with site(folder, processes=plan.processes, defect=plan.defect) as running:
        school = await found(running.postgres.url, groups=plan.groups, families=plan.families)
        stage = Stage(running, Writers(school, running.apis, random.Random(plan.seed)), _chance(plan, 1), plan.quiet_s)
        async with _following(plan, school, running) as followers:
            await _until_started(followers)
            stage.writers.start(plan.writers)
            faults = await _spoil(plan, stage, followers)
            await stage.writers.stop()
            for follower in followers:
                follower.hurry()
            await _watch(running, followers, everybody=True)
        history = await _history(running, stage.writers, followers, faults)
    complaints = {f"{api.name}: {what}": times for api in running.apis for what, times in api.complaints.items()}
    logs = {api.name: api.lines for api in running.apis}
    verdict = check(history, plan.limits)
    return Result(plan, history, verdict, stage.writers, complaints, logs, time.time() - begun)


def _chance(plan: Plan, number: int) -> random.Random:
    return random.Random(f"{plan.seed} {number}")


@asynccontextmanager
async def _following(plan: Plan, school: School, running: Site) -> AsyncIterator[list[Follower]]:
    """Several who follow each feed at each process."""
    manners = [*(STEADY,) * plan.steady, SLOW, WANDERING]
    places = [(feed, api, manner) for feed in school.feeds for api in running.apis for manner in manners]
    followers = [
        Follower(f"follower {number}", feed, api, manner, _chance(plan, 100 + number))
        for number, (feed, api, manner) in enumerate(places, 1)
    ]
    tasks = [asyncio.create_task(follower.run(), name="follower") for follower in followers]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_end, tasks)
        yield followers


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        # Whatever else a follower ended with is a fault of the harness, and must not look like a silent feed.
        if isinstance(outcome, Exception):
            raise outcome


async def _until_started(followers: list[Follower]) -> None:
    async with asyncio.timeout(STARTED_S):
        await asyncio.gather(*(follower.started.wait() for follower in followers))


def _names(plan: Plan, rng: random.Random) -> Iterator[str]:
    """Every fault once in an order of chance, and again in another one."""
    while True:
        yield from plan.only or rng.sample(list(FAULTS), len(FAULTS))


async def _spoil(plan: Plan, stage: Stage, followers: list[Follower]) -> list[Fault]:
    """One fault after another, each watched until everybody is current again."""
    ends = time.time() + plan.seconds
    faults: list[Fault] = []
    for name in _names(plan, _chance(plan, 2)):
        if time.time() > ends or len(faults) == plan.faults:
            break
        stage.ended = None
        began = time.time()
        note = await FAULTS[name](stage)
        ended = stage.ended or time.time()
        await _watch(stage.site, followers)
        faults.append(Fault(name, began, ended, time.time(), note))
    return faults


async def _watch(running: Site, followers: list[Follower], *, everybody: bool = False) -> None:
    """Wait until all who are there have what is older than half a second; for a second at least, and not for ever."""
    now = time.time()
    least, longest = now + LEAST_WATCH_S, now + LONGEST_WATCH_S
    seen: deque[tuple[float, dict[str, int]]] = deque()
    while now < longest:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            seen.append((now, await _heads(running)))
        while len(seen) > 1 and seen[1][0] <= now - CURRENT_S:
            seen.popleft()
        judged = [one for one in followers if everybody or (one.is_there and not one.followed.is_slow)]
        if now > least and seen and all(one.place >= seen[0][1].get(one.followed.topic, 0) for one in judged):
            return
        await asyncio.sleep(LOOK_S)
        now = time.time()


async def _heads(running: Site) -> dict[str, int]:
    connection = await asyncpg.connect(running.postgres.url, timeout=2)
    try:
        return {row["topic"]: row["last_seq"] for row in await connection.fetch(HEADS)}
    finally:
        await connection.close()


async def _history(running: Site, writers: Writers, followers: list[Follower], faults: list[Fault]) -> History:
    connection = await asyncpg.connect(running.postgres.url)
    try:
        rows = await connection.fetch(LOG)
    finally:
        await connection.close()
    log = [Logged(row["topic"], row["seq"], row["eid"], row["type"], _id(row), row["at"]) for row in rows]
    followed = [follower.followed for follower in followers]
    return History(writers.writes, log, await _heads(running), followed, faults)


def _id(row: asyncpg.Record) -> str:
    """The public id of what an event is about."""
    for name, node in (("report", "absence"), ("comment", "comment")):
        if row[name] is not None:
            return public_id(node, UUID(row[name]))
    return public_id("post", UUID(row["post"]))
