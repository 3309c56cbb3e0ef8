"""Chores: what has to be done from time to time, whoever asks for nothing. The worker does them.

A chore gets a context without a viewer, opens its own transactions, and can be done again at any moment: after a
failure it is done at its next time, and once in a while two workers may do it at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from resolvers.context import Context

Do = Callable[[Context], Awaitable[None]]

MINUTELY = "* * * * *"
HOURLY = "5 * * * *"
DAILY = "35 2 * * *"
"""In UTC. What is due at a school's midnight is an hourly chore, which looks at the school's own day."""


@dataclass(frozen=True, slots=True)
class Chore:
    """What is done, and when: a cron expression, in UTC."""

    name: str
    when: str
    do: Do


CHORES: dict[str, Chore] = {}


def chore(name: str, when: str) -> Callable[[Do], Do]:
    """Make a function a chore of the worker."""

    def register(do: Do) -> Do:
        assert name not in CHORES, f"two chores are called {name}"
        CHORES[name] = Chore(name, when, do)
        return do

    return register
