"""How often something may be tried: counted here or in Redis, and never open."""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex
from time import perf_counter

import pytest
from limits import RateLimitItemPerDay, RateLimitItemPerHour
from redis.asyncio import Redis

from resolvers.errors import Code, Refused
from resolvers.limits import TIMEOUT_S, Limit, Limits
from tests.realtime.servers import RedisServer

TWICE = Limit("twice", (RateLimitItemPerHour(2), RateLimitItemPerDay(3)))
SOON_S = TIMEOUT_S / 2
"""Long enough for any count that does not wait for a Redis which is away."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Redis that may be killed."""
    server = RedisServer(tmp_path)
    await server.start()
    yield server
    await server.kill()


@pytest.fixture(params=["here", "in Redis"])
async def limits(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Limits]:
    limits = Limits(redis_url if request.param == "in Redis" else None)
    yield limits
    await limits.close()


async def refused(limits: Limits, somebody: str, limit: Limit = TWICE) -> bool:
    """Whether an attempt is refused; it counts."""
    try:
        await limits.take(limit, somebody)
    except Refused as refusal:
        return refusal.code is Code.RATE_LIMITED
    return False


async def test_so_many_attempts_are_taken_and_no_more_by_each_for_themselves(limits: Limits) -> None:
    one, other = token_hex(8), token_hex(8)

    assert [await refused(limits, one) for _ in range(4)] == [False, False, True, True]
    assert [await refused(limits, other) for _ in range(3)] == [False, False, True]
    assert await refused(limits, one.upper()), "however an address is written, it is the same"
    assert not await refused(limits, one, Limit("other", TWICE.rates))


async def test_a_look_counts_nothing_and_a_failure_counts(limits: Limits) -> None:
    somebody = token_hex(8)
    for _ in range(5):
        await limits.check(TWICE, somebody)

    for _ in range(3):
        await limits.count(TWICE, somebody)

    with pytest.raises(Refused):
        await limits.check(TWICE, somebody)


async def test_a_good_attempt_begins_anew(limits: Limits) -> None:
    somebody = token_hex(8)
    assert [await refused(limits, somebody) for _ in range(3)] == [False, False, True]

    await limits.forget(TWICE, somebody)

    assert [await refused(limits, somebody) for _ in range(3)] == [False, False, True]


async def test_what_the_hour_refuses_does_not_use_up_the_day(limits: Limits) -> None:
    somebody = token_hex(8)
    assert [await refused(limits, somebody) for _ in range(9)] == [False, False, *[True] * 7]

    day = Limit("twice", TWICE.rates[1:])

    assert [await refused(limits, somebody, day) for _ in range(2)] == [False, True]


async def test_all_processes_count_together_and_redis_knows_no_name(server: RedisServer) -> None:
    first, second = Limits(server.url), Limits(server.url)

    assert [await refused(one, "esra@mensen.example") for one in (first, second, first)] == [False, False, True]

    async with Redis.from_url(server.url) as redis:
        keys = [key.decode() async for key in redis.scan_iter()]
    assert keys
    assert not [key for key in keys if "esra" in key or "mensen" in key]
    await first.close()
    await second.close()


@pytest.mark.parametrize("fault", ["killed", "frozen"])
async def test_when_redis_goes_away_the_count_goes_on_here(server: RedisServer, fault: str) -> None:
    limits = Limits(server.url)
    assert not await refused(limits, "somebody")
    if fault == "killed":
        await server.kill()
    else:
        server.freeze()

    began = perf_counter()
    seen = [await refused(limits, "somebody") for _ in range(4)]
    took = perf_counter() - began

    assert seen == [False, False, True, True]
    assert took < TIMEOUT_S + SOON_S, "only the first waited for Redis"
    await limits.close()


async def test_redis_is_asked_again_after_a_while(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    limits, other = Limits(server.url), Limits(server.url)
    await server.kill()
    assert not await refused(limits, "somebody")
    await server.start()
    assert [await refused(other, "somebody") for _ in range(3)] == [False, False, True]
    assert not await refused(limits, "somebody"), "it is still left alone"

    monkeypatch.setattr("resolvers.limits.AWAY_S", 0.0)
    limits._away_until = 0.0

    assert await refused(limits, "somebody")
    await limits.close()
    await other.close()


async def test_a_socket_of_this_machine_is_an_address_too(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, "--unixsocket", str(tmp_path / "redis.sock"))
    await server.start()
    url = f"unix://{tmp_path / 'redis.sock'}"
    first, second = Limits(url), Limits(url)

    assert [await refused(one, "somebody") for one in (first, second, first)] == [False, False, True]

    await first.close()
    await second.close()
    await server.kill()
