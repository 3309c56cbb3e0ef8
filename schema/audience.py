"""Audiences: followers who ask the same of the same topic and are equal in all on which the answer depends.

    hub ──events──► audience: read once, settle rights, write once ──► wake all ──► each: still certain? ──► send

What an answer depends on is not declared but taken from the statements that read it: the parts of the viewer's scope
that they bind (`resolvers.reading.Plan.parts`). A document with a personal field binds the person, so nobody else is
in its audience. This is one of the few places where speed decides the form: a frame costs each follower one wake-up.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field, replace
from random import uniform
from time import monotonic
from typing import Any, Protocol, cast
from uuid import UUID

import structlog

from models.database import DatabaseUnavailable
from realtime.cursor import Cursor
from realtime.hub import Event, Events, Hub
from resolvers.context import Context
from resolvers.rights import Rights
from resolvers.wake import Wake

SHARE_S = 1.0
"""How long what was read for one follower is as good for another who was there already."""
MOST_PLACES = 8
"""How many pieces are kept: followers are at the same place, but for those who have just come back."""
AGAIN_S = 0.25
"""How long a feed waits for a database that is away; it keeps its place."""

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


@dataclass(frozen=True, slots=True)
class Piece:
    """What followers are told next: as it is sent, and where they are after it; None at the end of the feed."""

    text: str
    cursor: Cursor | None


Make = Callable[[], Awaitable[Piece]]


class Telling(Protocol):
    """How a document tells what happens in a topic of a school."""

    @property
    def topic(self) -> str:
        """The topic."""
        ...

    @property
    def school_id(self) -> UUID:
        """The school."""
        ...

    async def events(self, events: tuple[Event, ...], cursor: Cursor, context: Context, /) -> Piece:
        """Read what events are to this viewer, and write it. Raises DatabaseUnavailable."""
        ...


class _Making:
    """A piece being made, or made; one at a time for each place."""

    def __init__(self, make: Make, before: "_Making | None") -> None:
        self._make = make
        self._before = None if before is None or before.task.done() else before.task
        self.began_at: float | None = None
        self.is_done = asyncio.Event()
        # A task of its own: the follower who came first may leave without taking it from the others.
        self.task = asyncio.create_task(self._run())
        self.task.add_done_callback(self._end)

    async def result(self) -> Piece:
        """The piece, when it is made. A shielded task instead would cost each of thousands a search through all."""
        await self.is_done.wait()
        return self.task.result()

    def serves(self, since: float) -> bool:
        """Whether one who follows since then may have it: nobody is shown what was read before they came."""
        if _has_failed(self.task):
            return False
        return self.began_at is None or (self.began_at >= since and monotonic() - self.began_at <= SHARE_S)

    async def _run(self) -> Piece:
        if self._before is not None:
            await asyncio.wait([self._before])
        self.began_at = monotonic()
        return await self._make()

    def _end(self, task: asyncio.Task[Piece]) -> None:
        _has_failed(task)  # looked at, also when all who wanted it have gone
        self.is_done.set()


def _has_failed(task: asyncio.Task[Piece]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


class Audience:
    """One audience, for as long as somebody is in it: it follows the topic, for all of them."""

    def __init__(self, news: "News", key: Hashable, telling: Telling) -> None:
        self.telling = telling
        self.cursor: Cursor | None = None
        """Up to where it has told; unknown before the beginning."""
        self.has_failed = False
        """Whether nothing more can be told, by our own fault."""
        self._news = news
        self._key = key
        self._context: Context
        self._members: set[Wake] = set()
        self._making: OrderedDict[Hashable, _Making] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    def join(self, wake: Wake, context: Context) -> None:
        """Come in: `wake` is set whenever there is something new. All who come in have a scope that is equal here."""
        self._context = context
        self._members.add(wake)
        self._news.members.add(wake)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"audience of {self.telling.topic}")

    def leave(self, wake: Wake) -> None:
        """Go; the last one ends it."""
        self._members.discard(wake)
        self._news.members.discard(wake)
        if not self._members and self._task is not None:
            self._task.cancel()
            if self._news.audiences.get(self._key) is self:
                del self._news.audiences[self._key]

    def after(self, cursor: Cursor, since: float) -> Piece | None:
        """The piece that follows a place, if it is made and may be had by one who follows since then."""
        making = self._making.get(cursor)
        return making.task.result() if making and making.task.done() and making.serves(since) else None

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
        return await making.result()

    async def tell(self, cursor: Cursor, events: Events, since: float) -> Piece:
        """The piece that tells what follows a place. Raises DatabaseUnavailable."""

        async def make() -> Piece:
            context = replace(self._context, now=self._news.clock())
            piece = await self.telling.events(events.events, events.cursor, context)
            # Only now: what was read is then no newer than the rights of those who are shown it.
            await self._news.rights.settle(self.telling.school_id)
            return piece

        return await self.share(cursor, since, make)

    async def _run(self) -> None:
        try:
            while self._news.hub.is_open:
                async for frame in self._news.hub.follow(self.telling.topic, self.cursor):
                    if isinstance(frame, Events):
                        assert self.cursor is not None
                        await self._tell_all(self.cursor, frame)
                    self.cursor = frame.cursor
                    self._wake()
        except Exception:
            log.exception("audience_failed", topic=self.telling.topic)
            self.has_failed = True
            self._wake()

    async def _tell_all(self, cursor: Cursor, events: Events) -> None:
        while True:
            try:
                await self.tell(cursor, events, 0.0)
            except DatabaseUnavailable:
                await asyncio.sleep(uniform(AGAIN_S / 2, AGAIN_S))  # noqa: S311
            else:
                return

    def _wake(self) -> None:
        for member in self._members:
            member.set()


@dataclass(frozen=True, slots=True)
class News:
    """What a process needs to tell news: the hub, the changes of rights, the time, and the audiences there are."""

    hub: Hub
    rights: Rights
    clock: Callable[[], Any]
    audiences: dict[Hashable, Audience] = field(default_factory=dict[Hashable, Audience], repr=False)
    members: set[Wake] = field(default_factory=set[Wake], repr=False)
    """Of all audiences."""

    def audience(self, key: Hashable, telling: Telling) -> Audience:
        """The audience with this key."""
        found = self.audiences.get(key)
        if found is None or found.has_failed:
            found = self.audiences[key] = Audience(self, key, telling)
        return found
