"""Following a feed: what one subscription is told, as a member of an audience.

Rights are looked at before reading and again after it, so what is shown is never newer than the right to see it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from random import randint, uniform
from time import monotonic
from typing import Any, Self, cast
from uuid import UUID

import orjson
from graphql import GraphQLError

from models.database import DatabaseUnavailable
from realtime.cursor import Cursor
from realtime.hub import Event, Resync
from resolvers import live
from resolvers.context import Context
from resolvers.errors import Refused, Unauthenticated, message
from resolvers.standing import Standing
from resolvers.wake import Wake
from schema.answers import Answer, fill_with, plans
from schema.audience import AGAIN_S, Audience, News, Piece
from schema.frames import FrameKind
from schema.info import Info, ResolveInfo, resolve_info
from schema.selection import switches

SOONEST_MS, SOON_MS, LATEST_MS = 500, 1_000, 5_000
"""When to come back after BYE: within a second, or spread over some more when there is a crowd."""

Write = Callable[[Answer], Awaitable[str]]


class Untold(Exception):
    """What follows can't be told, and that is our own fault; why stands in the log, once."""


class FeedTelling:
    """How one document tells the events of one topic, and to whom. Members of an audience share one."""

    __slots__ = ("_feed", "_info", "_key", "_plans", "_told", "_typename", "school_id", "topic", "write")

    def __init__(
        self,
        info: ResolveInfo,
        feed: live.Feed,
        key: UUID,
        school_id: UUID,
        typename: str,
        told: Callable[[Event], Answer],
    ) -> None:
        self.topic = feed.topic(key)
        self.school_id = school_id
        self.write: Write
        """How an answer is written, as the response to this document."""
        self._feed = feed
        self._key = key
        self._info = info
        self._typename = typename
        self._told = told
        self._plans = plans(info, typename)

    @property
    def looks_at_rows(self) -> bool:
        """Whether the right to follow hangs on more than the scope."""
        return self._feed.looks_at_rows

    async def check(self, context: Context) -> None:
        """Look whether a viewer may still follow. Raises Refused."""
        await live.check_follow(context, self._feed, self._key)

    def key(self, context: Context) -> tuple[Any, ...]:
        """The audience of a viewer: equal for all whose answers are equal."""
        viewer = context.signed_in()
        parts = sorted({part for plan, _ in self._plans for part in plan.parts})
        return (
            self.topic,
            self._typename,
            *(id(node) for node in self._info.field_nodes),  # which stay: the audience keeps this
            switches(self._info),
            orjson.dumps([values for _, values in self._plans], default=str, option=orjson.OPT_SORT_KEYS),
            *((part, getattr(viewer, part)) for part in parts),
        )

    async def events(self, events: tuple[Event, ...], cursor: Cursor, context: Context, /) -> Piece:
        """Read what events are to a viewer, and write it. Raises DatabaseUnavailable."""
        told = [self._told(event) for event in events]
        return await self.frame(FrameKind.EVENTS, cursor, context, events=told)

    async def frame(self, kind: FrameKind, cursor: Cursor | None, context: Context, **values: Any) -> Piece:
        """Write a frame. Raises DatabaseUnavailable when there is something to read for it."""
        nothing: dict[str, Any] = {"retry_after_ms": None, "events": []}
        place = None if cursor is None else str(cursor)
        answer = Answer(self._typename, kind=kind, cursor=place, **(nothing | values))
        text = await self.write(await fill_with(self._info, context, answer))
        return Piece(text, cursor if kind in {FrameKind.START, FrameKind.EVENTS} else None)


async def follow(
    info: Info, feed: live.Feed, key: UUID, after: Cursor | None, typename: str, told: Callable[[Event], Answer]
) -> "Following":
    """Begin to follow a feed. Refused as a query is, with the code at the top level: there is no payload to put it in.

    Raises Unauthenticated and GraphQLError.
    """
    standing = info.context.standing
    assert standing is not None, "the edge gives every subscription a standing"
    context = await standing.renew()
    if context is None:
        raise Unauthenticated
    try:
        school_id = await live.check_follow(context, feed, key)
    except Refused as refusal:
        words = message(refusal.code, context.signed_in().locale)
        raise GraphQLError(words, extensions={"code": refusal.code.value}) from refusal
    telling = FeedTelling(resolve_info(info), feed, key, school_id, typename, told)
    return Following(info.context.news, standing, context, telling, after)


class Following:
    """One subscription, from its first piece to its last. Small: there are thousands, and most are silent."""

    __slots__ = (
        "_after",
        "_audience",
        "_context",
        "_cursor",
        "_has_ended",
        "_news",
        "_reading",
        "_since",
        "_standing",
        "_wake",
        "telling",
    )

    def __init__(
        self, news: News, standing: Standing, context: Context, telling: FeedTelling, after: Cursor | None
    ) -> None:
        self.telling = telling
        self._news = news
        self._standing = standing
        self._context = context
        self._after = after
        self._cursor: Cursor | None = None
        self._reading = standing.readings
        self._audience: Audience | None = None
        self._wake = Wake()
        self._since = monotonic()
        self._has_ended = False

    async def begin(self) -> None:
        """Come into the audience, and listen for changes of rights. To be closed in any case."""
        self._standing.watch(self._wake)
        await self._news.rights.watch(self.telling.school_id, self._standing)
        self._join(self._context)

    def close(self) -> None:
        """Leave no trace."""
        if self._audience is not None:
            self._audience.leave(self._wake)
        self._standing.unwatch(self._wake)
        self._news.rights.unwatch(self.telling.school_id, self._standing)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        """What is to be sent next, when there is something; ends after RESYNC, REVOKED and BYE.

        Keeps its place while the database is away. Raises what is our own fault.
        """
        while not self._has_ended:
            piece = self._ready()
            if piece is not None:
                self._cursor = piece.cursor
                return piece.text
            try:
                piece = await self._last_words() or await self._piece()
            except DatabaseUnavailable:
                await asyncio.sleep(uniform(AGAIN_S / 2, AGAIN_S))  # noqa: S311
                continue
            if piece is None:
                await self._wake.wait()
            elif self._holds() or piece.cursor is None:
                self._cursor, self._has_ended = piece.cursor, piece.cursor is None
                return piece.text
        raise StopAsyncIteration

    def _ready(self) -> Piece | None:
        """The next piece, if the audience has it: the way that nearly every frame goes, and therefore without waiting.

        It was settled before the audience had it, so a look at the standing is enough.
        """
        audience = self._audience
        if self._cursor is None or audience is None or self._standing.is_leaving or not self._holds():
            return None
        return audience.after(self._cursor, self._since)

    async def _piece(self) -> Piece | None:
        """What comes after this follower's place; None when that is where the audience is."""
        audience, cursor = self._audience, self._cursor
        assert audience is not None
        if audience.has_failed:
            raise Untold
        if cursor is None:
            return await self._first(audience)
        if cursor == audience.cursor:
            return None
        return await self._missed(audience, cursor)

    async def _first(self, audience: Audience) -> Piece:
        topic = self.telling.topic
        cursor = self._after = self._after or await self._news.hub.newest(topic)
        news = await self._news.hub.since(topic, cursor)
        if isinstance(news, Resync):
            return await self.telling.frame(FrameKind.RESYNC, news.cursor, self._context)
        start = partial(self.telling.frame, FrameKind.START, cursor, self._context)
        return await audience.share((FrameKind.START, cursor), 0.0, start)

    async def _missed(self, audience: Audience, cursor: Cursor) -> Piece | None:
        """What others of the audience have been told already: one who comes back, or is slow, or was in another one.

        An audience begins at the head of the log, which may be further than this process has read: then nobody would
        be woken for what lies between.
        """
        least = 0 if audience.cursor is None else audience.cursor.seq
        news = await self._news.hub.since(self.telling.topic, cursor, least=least)
        if isinstance(news, Resync):
            return await self.telling.frame(FrameKind.RESYNC, news.cursor, self._context)
        if not news.events:
            return None
        return await audience.tell(cursor, news, self._since)

    async def _last_words(self) -> Piece | None:
        """REVOKED or BYE, if it has come to that. Who has got another scope is of another audience from here on."""
        standing = self._standing
        if self._holds() and not standing.is_leaving:
            return None
        context = None if standing.is_leaving else await standing.renew()
        reading = standing.readings
        if context is None:
            latest = min(LATEST_MS, max(SOON_MS, len(self._news.members)))
            wait = randint(SOONEST_MS, latest)  # noqa: S311
            return await self.telling.frame(FrameKind.BYE, None, self._context, retry_after_ms=wait)
        if context.viewer is not self._context.viewer or self.telling.looks_at_rows:
            try:
                await self.telling.check(context)
            except Refused:
                return await self.telling.frame(FrameKind.REVOKED, None, context)
        if context.viewer is not self._context.viewer:
            self._join(context)
        self._reading = reading
        return None

    def _holds(self) -> bool:
        """Whether this follower may still be told: the scope is the same, and so is what else the right hangs on."""
        standing = self._standing
        is_read = self._reading == standing.readings or not self.telling.looks_at_rows
        return is_read and standing.holds(self._context)

    def _join(self, context: Context) -> None:
        """Come into the audience to which this viewer belongs now."""
        if self._audience is not None:
            self._audience.leave(self._wake)
        self._context, self._since = context, monotonic()
        self._audience = self._news.audience(self.telling.key(context), self.telling)
        # One for all: this one's own knows the same, and goes.
        self.telling = cast("FeedTelling", self._audience.telling)
        self._audience.join(self._wake, context)
