"""Audiences: followers who ask the same of the same topic and are equal in all on which the answer depends.

What an event looks like is read and written once for an audience, and sent to each of it. On what an answer depends
is not declared but taken from the statements that read it: the parts of the viewer's scope that they bind
(`resolvers.reading.Plan.parts`). A document with a personal field binds the person, so nobody else is in its audience.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from realtime.hub import Hub
from resolvers.rights import Rights

SHARE_S = 1.0
"""How long what was read for one follower is as good for another who was there already."""
MOST_PLACES = 4
"""Followers of one audience are at the same place, but for those who have just come back."""


@dataclass(slots=True, eq=False)
class Piece:
    """What an audience is told next, and how it is written, once the first of them has written it."""

    answer: Any
    is_last: bool = False
    text: str | None = None


Make = Callable[[], Awaitable[Piece]]


class _Making:
    """A piece being made, or made; one at a time for each place."""

    def __init__(self, make: Make, before: "_Making | None") -> None:
        self._make = make
        self._before = None if before is None or before.task.done() else before.task
        self.began_at: float | None = None
        # A task of its own: the follower who came first may leave without taking it from the others.
        self.task = asyncio.create_task(self._run())
        self.task.add_done_callback(_has_failed)  # looked at, also when all who wanted it have gone

    def serves(self, since: float) -> bool:
        """Whether one who follows since then may have it: nobody is shown what was read before they came."""
        if _has_failed(self.task):
            return False
        now = asyncio.get_running_loop().time()
        return self.began_at is None or (self.began_at >= since and now - self.began_at <= SHARE_S)

    async def _run(self) -> Piece:
        if self._before is not None:
            await asyncio.wait([self._before])
        self.began_at = asyncio.get_running_loop().time()
        return await self._make()


def _has_failed(task: asyncio.Task[Piece]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


class Audience:
    """One audience, for as long as somebody is in it."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept  # what the key names by identity must not be replaced while the audience lives
        self._making: OrderedDict[Hashable, _Making] = OrderedDict()

    async def share(self, place: Hashable, since: float, make: Make) -> Piece:
        """The piece for a place, for one who follows since then. Raises what `make` raises.

        It is made once for all who are here. Those who come while it is made share the next one, which begins after
        they came: a crowd that comes back at once costs two.
        """
        making = self._making.get(place)
        if making is None or not making.serves(since):
            making = self._making[place] = _Making(make, making)
            self._making.move_to_end(place)
            if len(self._making) > MOST_PLACES:
                self._making.popitem(last=False)
        return await asyncio.shield(making.task)


@dataclass(frozen=True, slots=True)
class News:
    """What a process needs to tell news: the hub, the changes of rights, and the audiences there are now."""

    hub: Hub
    rights: Rights
    audiences: WeakValueDictionary[Hashable, Audience] = field(
        default_factory=WeakValueDictionary[Hashable, Audience], repr=False
    )

    def audience(self, key: Hashable, kept: Any) -> Audience:
        """The audience with this key."""
        found = self.audiences.get(key)
        if found is None:
            found = self.audiences[key] = Audience(kept)
        return found
