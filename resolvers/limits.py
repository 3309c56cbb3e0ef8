"""How often something may be tried: counted in Redis for all processes, or here when it is away. Never open.

Keys are hashed before they leave the process: no address of a person stands in Redis.
"""

import asyncio
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from resolvers.errors import Code, Refused

AWAY_S = 5.0
"""How long a Redis that failed is left alone."""
TIMEOUT_S = 0.5
"""How long one count may take; then Redis is away."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that may be tried so often, by each identity."""

    name: str
    rates: tuple[RateLimitItem, ...]


# The figures are those of security.md 1.1.
SIGN_IN = Limit("sign_in", (RateLimitItemPerMinute(5, 15), RateLimitItemPerDay(20)))
"""Of an account, from devices that it does not know."""
SIGN_IN_KNOWN = Limit("sign_in_known", (RateLimitItemPerMinute(10, 15), RateLimitItemPerDay(40)))
"""Of an account, from one device that it knows: nobody else uses this up."""
SIGN_IN_NETWORK = Limit("sign_in_network", (RateLimitItemPerMinute(30, 15),))
"""Failures from one network. A staff room signs in from one address, so successes do not count."""
RESET = Limit("reset", (RateLimitItemPerHour(3),))
RESET_NETWORK = Limit("reset_network", (RateLimitItemPerHour(10),))
CODE = Limit("code", (RateLimitItemPerHour(5),))
"""Wrong codes for one e-mail address or invitation."""
CODE_NETWORK = Limit("code_network", (RateLimitItemPerHour(10),))
REQUEST = Limit("request", (RateLimitItemPerDay(3),))
"""Requests for access by one address at one school."""
REQUEST_NETWORK = Limit("request_network", (RateLimitItemPerHour(10),))
FACTOR = Limit("factor", (RateLimitItemPerMinute(5, 15), RateLimitItemPerDay(20)))
"""Wrong second factors of one person, at the door."""
STEP_UP = Limit("step_up", FACTOR.rates)
"""The same in one session, and wrong passwords: who knows the password does not use this up at the door."""


class Limits:
    """Counts attempts."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._here = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._redis = None if redis_url is None else _redis(redis_url)
        self._shared = None if self._redis is None else SlidingWindowCounterRateLimiter(self._redis)
        self._away_until = 0.0
        self._is_away = False

    async def close(self) -> None:
        """Close the connections to Redis."""
        if self._redis is not None:
            client = cast("Any", self._redis.bridge).get_connection()
            await client.aclose()

    async def take(self, limit: Limit, *identity: object) -> None:
        """Count one attempt. Refuses: RATE_LIMITED."""
        if not await self.has_room(limit, *identity):
            raise Refused(Code.RATE_LIMITED)

    async def has_room(self, limit: Limit, *identity: object) -> bool:
        """Count one attempt, and say whether there was room for it: for answers that must not tell."""
        return await self._all("hit", limit, identity)

    async def check(self, limit: Limit, *identity: object) -> None:
        """Look whether one more attempt would be taken, and count nothing. Refuses: RATE_LIMITED."""
        if not await self._all("test", limit, identity):
            raise Refused(Code.RATE_LIMITED)

    async def count(self, limit: Limit, *identity: object) -> None:
        """Count an attempt that has failed, as far as there is room for it."""
        await self._all("hit", limit, identity)

    async def forget(self, limit: Limit, *identity: object) -> None:
        """Begin anew: the attempt was a good one."""
        await self._all("clear", limit, identity)

    async def _all(self, act: str, limit: Limit, identity: tuple[object, ...]) -> bool:
        key = sha256("|".join(str(part).lower() for part in identity).encode()).hexdigest()
        if self._shared is not None and time.monotonic() >= self._away_until:
            if self._is_away:  # one asks whether it is back; all others go on here meanwhile
                self._away_until = time.monotonic() + AWAY_S
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    answer = await _each(self._shared, act, limit, key)
            except Exception:  # noqa: BLE001 - whatever Redis has: the count goes on here
                self._is_away, self._away_until = True, time.monotonic() + AWAY_S
            else:
                self._is_away, self._away_until = False, 0.0
                return answer
        return await _each(self._here, act, limit, key)


def _redis(redis_url: str) -> RedisStorage:
    """Counts in Redis. Nothing is connected before the first count."""
    url = redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url
    return RedisStorage(f"async+{url}", implementation="redispy", key_prefix="schoolplein", wrap_exceptions=False)


async def _each(limiter: SlidingWindowCounterRateLimiter, act: str, limit: Limit, key: str) -> bool:
    """Do the same at each rate, up to the first that refuses: what a short rate stops does not use up the day's."""
    for rate in limit.rates:
        if await getattr(limiter, act)(rate, limit.name, key) is False:
            return False
    return True
