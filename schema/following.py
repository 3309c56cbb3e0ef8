"""Following a feed: what one subscription is told, shared with all of its audience.

    hub ──frame──► standing certain? ──► audience: read once, settle rights, write once ──► certain still? ──► send
                        │ no: renew it,                                                         │ no: again
                        └─► REVOKED, BYE, or another audience ◄─────────────────────────────────┘

Rights are looked at before reading and again after it, so what is shown is never newer than the right to see it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from random import randint, uniform
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLError

from models.database import DatabaseUnavailable
from realtime.cursor import Cursor
from realtime.hub import Event, Events, Idle, Resync, Started
from resolvers import live
from resolvers.context import Context
from resolvers.errors import Refused, Unauthenticated, message
from resolvers.standing import Scope, Standing, scope_of
from schema.answers import Answer, fill_with, plans
from schema.audience import Audience, News, Piece
from schema.frames import FrameKind
from schema.info import Info, ResolveInfo, resolve_info
from schema.selection import switches

COME_BACK_MS = (500, 5_000)
"""When to come back after BYE: spread, so that a crowd does not come in one moment."""
AGAIN_S = 0.25
"""How long a feed waits for a database that is away; it keeps its place."""

Told = Callable[[Event], Answer]


def _frame(typename: str, kind: FrameKind, cursor: Cursor | None = None, **values: Any) -> Answer:
    nothing: dict[str, Any] = {"retry_after_ms": None, "events": []}
    return Answer(typename, kind=kind, cursor=None if cursor is None else str(cursor), **(nothing | values))


async def follow(
    info: Info, feed: live.Feed, key: UUID, after: Cursor | None, typename: str, told: Told
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
    following = Following(resolve_info(info), info.context.news, standing, feed, key, school_id, after, typename, told)
    following.join(context)
    return following


class Following:
    """One subscription: a source of pieces, each of which is sent as it is written."""

    def __init__(
        self,
        info: ResolveInfo,
        news: News,
        standing: Standing,
        feed: live.Feed,
        key: UUID,
        school_id: UUID,
        after: Cursor | None,
        typename: str,
        told: Told,
    ) -> None:
        self._info = info
        self._news = news
        self._standing = standing
        self._feed = feed
        self._key = key
        self._school_id = school_id
        self._after = after
        self._typename = typename
        self._told = told
        self._plans = plans(info, typename)
        self._since = asyncio.get_running_loop().time()
        self._audience: Audience
        self._scope: Scope
        self._context: Context

    def join(self, context: Context) -> None:
        """Be of the audience to which this viewer belongs now."""
        viewer = context.signed_in()
        parts = sorted({part for plan, _ in self._plans for part in plan.parts})
        nodes = self._info.field_nodes
        key = (
            self._feed.topic(self._key),
            self._typename,
            tuple(id(node) for node in nodes),
            switches(self._info),
            orjson.dumps([values for _, values in self._plans], default=str, option=orjson.OPT_SORT_KEYS),
            tuple((part, getattr(viewer, part)) for part in parts),
        )
        self._audience = self._news.audience(key, nodes)
        self._scope = scope_of(viewer)
        self._context = context

    async def __aiter__(self) -> AsyncGenerator[Piece]:
        """Give the pieces, until the feed ends: by itself after RESYNC, REVOKED and BYE."""
        wake = asyncio.Event()
        topic = self._feed.topic(self._key)
        async with self._news.rights.watch(self._school_id, self._standing):
            with self._standing.waking(wake):
                async with aclosing(self._news.hub.follow(topic, self._after, wake=wake)) as frames:
                    async for frame in frames:
                        piece = await self._piece(frame)
                        if piece is not None:
                            yield piece
                            if piece.is_last:
                                return

    async def _piece(self, frame: Started | Events | Resync | Idle) -> Piece | None:
        """What this frame is to this follower; nothing for Idle. Waits for a database that is away."""
        while True:
            try:
                last = await self._last_words()
                if last is not None:
                    return Piece(await fill_with(self._info, self._context, last), is_last=True)
                if isinstance(frame, Idle):
                    return None
                # The scope of the audience, whatever becomes of this follower's while it is read.
                context = replace(self._context, now=self._standing.now())
                piece = await self._audience.share(_place(frame), self._since, partial(self._make, frame, context))
                if self._standing.is_certain:
                    return piece
            except DatabaseUnavailable:
                await asyncio.sleep(uniform(AGAIN_S / 2, AGAIN_S))  # noqa: S311

    async def _last_words(self) -> Answer | None:
        """REVOKED or BYE, if it has come to that. Who has got another scope is of another audience from here on."""
        if self._standing.is_leaving:
            return self._goodbye()
        if self._standing.is_certain:
            return None
        context = await self._standing.renew()
        if context is None:
            return self._goodbye()
        if scope_of(context.signed_in()) != self._scope:
            try:
                await live.check_follow(context, self._feed, self._key)
            except Refused:
                return _frame(self._typename, FrameKind.REVOKED)
            self.join(context)
        return None

    def _goodbye(self) -> Answer:
        return _frame(self._typename, FrameKind.BYE, retry_after_ms=randint(*COME_BACK_MS))  # noqa: S311

    async def _make(self, frame: Started | Events | Resync, context: Context) -> Piece:
        """Read what a frame tells an audience, with the scope that all of it have."""
        if not isinstance(frame, Events):
            kind = FrameKind.START if isinstance(frame, Started) else FrameKind.RESYNC
            answer = _frame(self._typename, kind, frame.cursor)
        else:
            events = [self._told(event) for event in frame.events]
            answer = _frame(self._typename, FrameKind.EVENTS, frame.cursor, events=events)
        piece = Piece(await fill_with(self._info, context, answer), is_last=isinstance(frame, Resync))
        if isinstance(frame, Events):
            await self._news.rights.settle(self._school_id)
        return piece


def _place(frame: Started | Events | Resync) -> tuple[object, ...]:
    first = frame.events[0].seq if isinstance(frame, Events) else None
    return type(frame), first, frame.cursor
