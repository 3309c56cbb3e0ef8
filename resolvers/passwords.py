"""Passwords: kept as argon2id hashes, made and verified beside the event loop, and refused when they are weak."""

import asyncio
import os
import re
import secrets
import sys
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, ParamSpec, TypeVar, cast

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
from zxcvbn.frequency_lists import FREQUENCY_LISTS  # pyright: ignore[reportMissingTypeStubs]
from zxcvbn.matching import L33T_TABLE  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from resolvers.errors import Code, Refused

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# argon2id as OWASP asks at least: 19 MiB, two passes (security.md 1.1). Never on the event loop.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_NOBODYS = _hasher.hash(secrets.token_urlsafe())
"""Verified for an unknown account, so that it takes the same time as a known one."""
MOST_WAITING = 50


def _step_back() -> None:
    """Leave the processor to the event loop where they compete: everybody waits for that, and one for this thread.

    Only Linux gives a thread a priority of its own. Where that is forbidden they compete.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.nice(10)


SHORTEST, LONGEST = 12, 128
LEAST_SCORE = 3
"""Of four, as zxcvbn counts: more than 10^8 guesses."""
_LOOKED_AT = 40
"""Characters that are judged: of a longer text the judgement takes too long, and it is good enough by then."""
_MOST_DISGUISES = 10
"""Different characters that may stand for a letter, such as 4 and @: zxcvbn tries all their readings together."""
_DISGUISES = frozenset(sign for signs in L33T_TABLE.values() for sign in signs)
_TRIED_FIRST = ("schoolplein", "juf", "meester", "school", *(str(year) for year in range(2000, 2050)))
_BREACHED = frozenset(cast("Iterable[str]", FREQUENCY_LISTS["passwords"]))
_WORD = re.compile(r"[^\W_]{3,}")


class _Beside:
    """Threads beside the event loop, and how many are in work there or wait for it."""

    def __init__(self, name: str, *, at_once: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix=name, initializer=_step_back)
        self._most = at_once + MOST_WAITING
        self._length = 0

    @contextmanager
    def in_line(self) -> Generator[None]:
        """Count somebody who waits. Refuses: RATE_LIMITED, when too many wait already."""
        if self._length >= self._most:
            raise Refused(Code.RATE_LIMITED)
        self._length += 1
        try:
            yield
        finally:
            self._length -= 1

    async def do(self, work: Callable[Arguments, Result], *args: Arguments.args, **more: Arguments.kwargs) -> Result:
        """Do something slow, for who stands in line already."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **more))

    async def run(self, work: Callable[Arguments, Result], *args: Arguments.args, **more: Arguments.kwargs) -> Result:
        """Stand in line, and do something slow. Refuses: RATE_LIMITED."""
        with self.in_line():
            return await self.do(work, *args, **more)


_hashing = _Beside("argon2", at_once=2)
"""More would only stand in each other's way."""
_judging = _Beside("zxcvbn", at_once=1)
"""Apart: who signs in does not wait for those who think of a password."""


in_line = _hashing.in_line


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits; without a stored one it takes as long, and does not. Refuses: RATE_LIMITED."""
    with in_line():
        fits, _ = await verify_and_renew(password, stored)
    return fits


async def verify_and_renew(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password fits, and what to store of it from now on, where that was made with older parameters.

    For who stands in line already.
    """
    fits, renewed = await _hashing.do(_hasher.verify_and_update, password, stored or _NOBODYS)
    return fits and stored is not None, renewed


async def hash_password(password: str) -> str:
    """What is stored of a password. Refuses: RATE_LIMITED."""
    return await _hashing.run(_hasher.hash, password)


async def check_password(password: str, *path: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that is short or easily guessed; `about` are texts with words that somebody would try first.

    Refuses: WEAK_PASSWORD, RATE_LIMITED.
    """
    if not SHORTEST <= len(password) <= LONGEST or password.lower() in _BREACHED:
        raise Refused(Code.WEAK_PASSWORD, *path)
    words = {*_TRIED_FIRST, *(word.lower() for text in about for word in _WORD.findall(text))}
    if await _judging.run(_score, password, sorted(words, key=len, reverse=True)) < LEAST_SCORE:
        raise Refused(Code.WEAK_PASSWORD, *path)


def _score(password: str, words: list[str]) -> int:
    """How hard it is to guess what is left without these words, which zxcvbn finds in other spellings too.

    They do not count at all: for zxcvbn three words are strong whichever they are, such as a name, a school and a year.
    """
    rest = re.sub("|".join(map(re.escape, words)), "", password, flags=re.IGNORECASE)
    judged = cast("dict[str, Any]", zxcvbn(_beginning(rest) or "a", user_inputs=words))  # it can't judge nothing at all
    return cast("int", judged["score"])


def _beginning(password: str) -> str:
    """What is judged of a password. It ends before a disguise too many: so many make a good password by themselves."""
    seen: set[str] = set()
    for place, sign in enumerate(password[:_LOOKED_AT]):
        seen.update({sign} & _DISGUISES)
        if len(seen) > _MOST_DISGUISES:
            return password[:place]
    return password[:_LOOKED_AT]
