"""What goes wrong: each fault breaks something, waits, and mends it; what is told of it stands in the report."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.realtime.faults.cables import Cable
from tests.realtime.faults.processes import Api, Site
from tests.realtime.faults.writers import Writers
from tests.realtime.servers import command


@dataclass(slots=True)
class Stage:
    """Where a fault plays: everything that runs, chance, and a note of when it was over."""

    site: Site
    writers: Writers
    rng: random.Random
    quiet_s: float
    """How long nobody writes after a doorbell that was never rung."""
    ended: float | None = field(default=None, init=False)

    async def lasts(self, least: float, longest: float) -> str:
        """Let it last; answers for how long it did."""
        seconds = self.rng.uniform(least, longest)
        await asyncio.sleep(seconds)
        return f"{seconds:.1f} s"

    def one(self) -> Api:
        """The process that is hit."""
        return self.rng.choice(self.site.apis)

    def over(self) -> None:
        """Say that the fault has ended, before it has been watched to its end."""
        self.ended = time.time()


Act = Callable[[Stage], Awaitable[str]]


async def redis_killed(stage: Stage) -> str:
    await stage.site.redis.kill()
    down = await stage.lasts(0.2, 3.0)
    await stage.site.redis.start()
    return f"down {down}"


async def redis_frozen(stage: Stage) -> str:
    stage.site.redis.freeze()
    try:
        return await stage.lasts(1.0, 6.0)
    finally:
        stage.site.redis.thaw()


async def redis_clients_killed(stage: Stage) -> str:
    for kind in ("normal", "pubsub"):
        await command(stage.site.redis.url, "CLIENT", "KILL", "TYPE", kind)
    return "all"


async def redis_cut_off(stage: Stage) -> str:
    return await _darkness(stage, [stage.one().redis], 3.0, 8.0)


async def postgres_restarted(stage: Stage) -> str:
    await stage.site.postgres.stop()
    await stage.site.postgres.start()
    return "fast"


async def postgres_killed(stage: Stage) -> str:
    await stage.site.postgres.kill()
    down = await stage.lasts(0.0, 2.0)
    await stage.site.postgres.start()
    return f"all its processes, down {down}"


async def postgres_connections_cut(stage: Stage) -> str:
    return f"{sum(api.postgres.cut() for api in stage.site.apis)} connections"


async def postgres_cut_off(stage: Stage) -> str:
    return await _darkness(stage, [stage.one().postgres], 1.0, 4.0)


async def api_killed(stage: Stage) -> str:
    api = stage.one()
    await api.kill()
    down = await stage.lasts(0.0, 1.0)
    await api.start()
    return f"down {down}, and its start"


async def api_terminated(stage: Stage) -> str:
    api = stage.one()
    begun = time.time()
    await api.terminate()
    stopped = time.time() - begun
    await api.start()
    return f"stopped in {stopped:.1f} s"


async def doorbell_lost(stage: Stage) -> str:
    """Killed between the commit and the doorbell; and nobody else writes, whose doorbell would cover it."""
    await stage.writers.pause()
    api = stage.one()
    dying = asyncio.create_task(api.dies_before_ringing())
    try:
        await asyncio.gather(dying, stage.writers.write_once(api))
        await api.start()
        stage.over()
        await asyncio.sleep(stage.quiet_s)
    finally:
        dying.cancel()
        stage.writers.go_on()
    return f"killed between commit and doorbell, quiet for {stage.quiet_s:g} s"


async def clients_cut(stage: Stage) -> str:
    return f"{sum(api.door.cut(0.5, stage.rng) for api in stage.site.apis)} connections"


async def clients_cut_off(stage: Stage) -> str:
    return await _darkness(stage, [stage.one().door], 1.0, 5.0)


async def answers_lost(stage: Stage) -> str:
    for api in stage.site.apis:
        api.desk.swallows_answers = True
    try:
        return await stage.lasts(0.5, 1.5)
    finally:
        stage.site.mend()


async def clients_refused(stage: Stage) -> str:
    door = stage.one().door
    door.refuses = True
    door.cut()
    try:
        return await stage.lasts(0.5, 2.0)
    finally:
        door.mend()


async def readers_slow(stage: Stage) -> str:
    door = stage.one().door
    door.rate = 1_500.0
    try:
        return await stage.lasts(2.0, 5.0)
    finally:
        door.mend()


async def network_slow(stage: Stage) -> str:
    api = stage.one()
    for one in (api.door, api.desk, api.postgres, api.redis):
        one.latency_s = 0.05
    try:
        return await stage.lasts(2.0, 5.0)
    finally:
        stage.site.mend()


async def _darkness(stage: Stage, cables: list[Cable], least: float, longest: float) -> str:
    for one in cables:
        one.darken()
    try:
        return await stage.lasts(least, longest)
    finally:
        for one in cables:
            one.mend()


FAULTS: dict[str, Act] = {
    "Redis killed and started again": redis_killed,
    "Redis frozen": redis_frozen,
    "Redis: CLIENT KILL of all": redis_clients_killed,
    "a process cut off from Redis": redis_cut_off,
    "PostgreSQL restarted (fast)": postgres_restarted,
    "PostgreSQL killed and started again": postgres_killed,
    "connections to PostgreSQL reset": postgres_connections_cut,
    "a process cut off from PostgreSQL": postgres_cut_off,
    "a process killed and started again": api_killed,
    "a process stopped and started again": api_terminated,
    "a doorbell lost, and silence": doorbell_lost,
    "half of the clients reset": clients_cut,
    "clients cut off": clients_cut_off,
    "clients refused": clients_refused,
    "answers thrown away": answers_lost,
    "slow readers": readers_slow,
    "a slow network": network_slow,
}
