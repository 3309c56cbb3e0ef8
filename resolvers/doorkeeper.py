"""The doorkeeper: what one installation needs to let people in, the same for every request."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from models.seal import Seal
from resolvers.limits import Limits

_AT_ONCE = 4
"""Two passwords are verified at a time; meanwhile others are at their statements."""


def _entrance() -> asyncio.Semaphore:
    return asyncio.Semaphore(_AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorkeeper:
    """Keys, counts and addresses."""

    limits: Limits
    seal: Callable[[], Seal]
    """The keys that seal; made when they are first needed, where nothing says them."""
    staff_need_second_factor: bool
    """Without it, in a session of theirs, staff have no rights as staff."""
    address: str
    """Where people reach the service: links in mails begin with it, and passkeys belong to its host."""
    origins: frozenset[str]
    """Pages from which a passkey may be shown."""
    entrance: asyncio.Semaphore = field(default_factory=_entrance)
    """Through it people sign in by password, a few at once: a crowd would keep the event loop from all others."""
