"""Live feeds in the contract: frames, and the subscriptions that send them."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import StrEnum
from random import randint
from typing import Any
from uuid import UUID

import strawberry
from graphql import GraphQLError

from realtime.cursor import Cursor
from realtime.hub import Event, Events, Resync, Started
from resolvers import live
from resolvers.context import Context
from resolvers.errors import BadInput, Refused, message
from resolvers.ids import key_of, public_id
from schema.absences import AbsenceReport
from schema.answers import Answer, Ref, fill_with
from schema.feed import Comment, Post
from schema.info import Info, Request, resolve_info
from schema.nodes import relation

RECHECK_S = 30.0
"""How often a silent feed looks whether its follower still may follow."""


@strawberry.enum(description="What a frame says.")
class FrameKind(StrEnum):
    START = "START"
    EVENTS = "EVENTS"
    RESYNC = "RESYNC"
    REVOKED = "REVOKED"
    BYE = "BYE"


@strawberry.interface(description="What a live feed sends: see the cursor rules in the documentation of the service.")
class LiveFrame:
    kind: FrameKind = strawberry.field(description="What this frame says.")
    cursor: str | None = strawberry.field(
        description="Where the feed stands after this frame; give it back as `after`."
    )
    retry_after_ms: int | None = strawberry.field(description="With BYE: when to come back, in milliseconds.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Frames say themselves of which type they are."""
        return getattr(value, "typename", None) == cls.__name__


@strawberry.enum(description="What happened to a report.")
class AbsenceEventKind(StrEnum):
    REPORTED = "REPORTED"
    CHANGED = "CHANGED"
    WITHDRAWN = "WITHDRAWN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RECOVERED = "RECOVERED"
    CORRECTED = "CORRECTED"


@strawberry.type(description="Something happened to a report.")
class AbsenceEvent:
    kind: AbsenceEventKind = strawberry.field(description="What happened.")
    report: AbsenceReport = relation("The report as it is now.")


@strawberry.type(description="A frame of absenceFeed.")
class AbsenceFrame(LiveFrame):
    events: list[AbsenceEvent] = relation("In order; empty but for EVENTS.")


@strawberry.enum(description="What happened to a post or under it.")
class PostEventKind(StrEnum):
    PUBLISHED = "PUBLISHED"
    EDITED = "EDITED"
    WITHDRAWN = "WITHDRAWN"
    COMMENTED = "COMMENTED"
    COMMENT_HIDDEN = "COMMENT_HIDDEN"


@strawberry.type(description="Something happened to a post or under it.")
class PostEvent:
    kind: PostEventKind = strawberry.field(description="What happened.")
    post_id: strawberry.ID = strawberry.field(description="Which post it is about.")
    post: Post | None = relation("The post as it is now. Null when it was withdrawn.")
    comment: Comment | None = relation("For COMMENTED and COMMENT_HIDDEN.")


@strawberry.type(description="A frame of postFeed.")
class PostFrame(LiveFrame):
    events: list[PostEvent] = relation("In order; empty but for EVENTS.")


def _frame(typename: str, kind: FrameKind, cursor: Cursor | None = None, **values: Any) -> Answer:
    nothing: dict[str, Any] = {"retry_after_ms": None, "events": []}
    return Answer(typename, kind=kind, cursor=None if cursor is None else str(cursor), **(nothing | values))


def _absence_event(event: Event) -> Answer:
    report = Ref("AbsenceReport", UUID(event.payload["report"]))
    return Answer("AbsenceEvent", needs="report", kind=event.type, report=report)


def _post_event(event: Event) -> Answer:
    key = UUID(event.payload["post"])
    comment = event.payload.get("comment")
    return Answer(
        "PostEvent",
        kind=event.type,
        post_id=public_id("post", key),
        post=Ref("Post", key),
        comment=None if comment is None else Ref("Comment", UUID(comment)),
    )


def _one_of(group_id: str | None, school_id: str | None, group: live.Feed, school: live.Feed) -> tuple[live.Feed, UUID]:
    if group_id and not school_id:
        return group, key_of("group", group_id)
    if school_id and not group_id:
        return school, key_of("school", school_id)
    msg = "Give exactly one of groupId and schoolId."
    raise BadInput(msg)


def _cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    try:
        return Cursor.parse(text)
    except ValueError as error:
        msg = "This is not a cursor of a feed."
        raise BadInput(msg) from error


async def _check(context: Context, feed: live.Feed, key: UUID) -> None:
    """Refuse a subscription as a query is refused, with the code at the top level: there is no payload to put it in."""
    try:
        await live.check_follow(context, feed, key)
    except Refused as refusal:
        told = message(refusal.code, context.signed_in().locale)
        raise GraphQLError(told, extensions={"code": refusal.code.value}) from refusal


async def _follow(
    info: Info, feed: live.Feed, key: UUID, after: str | None, typename: str, told: Callable[[Event], Answer]
) -> AsyncGenerator[Answer, None]:
    """Send the frames of one feed. Rights are looked up again with every batch, and each event is read through them."""
    request, raw = info.context, resolve_info(info)
    await _check(request.context, feed, key)
    async with aclosing(request.hub.follow(feed.topic(key), _cursor(after), idle_s=RECHECK_S)) as frames:
        async for frame in frames:
            if isinstance(frame, Started | Resync):
                kind = FrameKind.START if isinstance(frame, Started) else FrameKind.RESYNC
                yield await fill_with(raw, request.context, _frame(typename, kind, frame.cursor))
                continue
            context = await _still_allowed(request, feed, key)
            if isinstance(context, FrameKind):
                wait = randint(500, 5_000) if context is FrameKind.BYE else None  # noqa: S311 — spreads a crowd
                yield await fill_with(raw, request.context, _frame(typename, context, retry_after_ms=wait))
                return
            if isinstance(frame, Events):
                events = [told(event) for event in frame.events]
                batch = _frame(typename, FrameKind.EVENTS, frame.cursor, events=events)
                yield await fill_with(raw, context, batch)


async def _still_allowed(request: Request, feed: live.Feed, key: UUID) -> Context | FrameKind:
    """The context for the next batch, or the frame with which the feed ends."""
    context = await request.renewed()
    if context is None:
        return FrameKind.BYE
    try:
        await live.check_follow(context, feed, key)
    except Refused:
        return FrameKind.REVOKED
    return context


@strawberry.type(description="Offered over WebSocket (sub-protocol graphql-transport-ws).")
class Subscription:
    @strawberry.subscription(
        description="What happens to absences, in one group or (administrators) in a whole school: give exactly one of"
        " the two. For the group's staff and administrators; the teacher's dashboard lives on it.",
        graphql_type=AbsenceFrame,
    )
    async def absence_feed(
        self,
        info: Info,
        group_id: strawberry.ID | None = strawberry.UNSET,
        school_id: strawberry.ID | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
    ) -> AsyncGenerator[Answer, None]:
        feed, key = _one_of(group_id or None, school_id or None, live.GROUP_ABSENCES, live.SCHOOL_ABSENCES)
        async with aclosing(_follow(info, feed, key, after or None, "AbsenceFrame", _absence_event)) as frames:
            async for frame in frames:
                yield frame

    @strawberry.subscription(
        description="Posts and comments of one group, or school-wide posts: give exactly one of the two.",
        graphql_type=PostFrame,
    )
    async def post_feed(
        self,
        info: Info,
        group_id: strawberry.ID | None = strawberry.UNSET,
        school_id: strawberry.ID | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
    ) -> AsyncGenerator[Answer, None]:
        feed, key = _one_of(group_id or None, school_id or None, live.GROUP_POSTS, live.SCHOOL_POSTS)
        async with aclosing(_follow(info, feed, key, after or None, "PostFrame", _post_event)) as frames:
            async for frame in frames:
                yield frame
