"""Live feeds in the contract: the subscriptions, and how an entry of the log becomes an event of theirs."""

from uuid import UUID

import strawberry

from realtime.cursor import Cursor
from realtime.hub import Event
from resolvers import live
from resolvers.errors import BadInput
from resolvers.ids import key_of, public_id
from resolvers.meetings.views import ROUND_SLOTS
from schema.answers import Answer, Ref
from schema.following import Following, follow
from schema.frames import AbsenceFrame, MeetingSlotFrame, PostFrame
from schema.info import Info


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


def _slot_event(event: Event) -> Answer:
    # The state stands in the log: it is the same for everybody, so nothing is read and all followers are one audience.
    return Answer("MeetingSlotEvent", slot_id=public_id("slot", UUID(event.payload["slot"])), state=event.type)


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


@strawberry.type(description="Offered over WebSocket (sub-protocol graphql-transport-ws) and as server-sent events.")
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
    ) -> Following:
        feed, key = _one_of(group_id or None, school_id or None, live.GROUP_ABSENCES, live.SCHOOL_ABSENCES)
        return await follow(info, feed, key, _cursor(after or None), "AbsenceFrame", _absence_event)

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
    ) -> Following:
        feed, key = _one_of(group_id or None, school_id or None, live.GROUP_POSTS, live.SCHOOL_POSTS)
        return await follow(info, feed, key, _cursor(after or None), "PostFrame", _post_event)

    @strawberry.subscription(
        description="Slots of a round as they are taken and freed: ids and states only, no names. Not for guardians who"
        " come in parties of their own: they read the round again instead.",
        graphql_type=MeetingSlotFrame,
    )
    async def meeting_slot_feed(
        self, info: Info, round_id: strawberry.ID, after: str | None = strawberry.UNSET
    ) -> Following:
        key = key_of("round", round_id)
        return await follow(info, ROUND_SLOTS, key, _cursor(after or None), "MeetingSlotFrame", _slot_event)
