"""Live feeds in the contract: the frames that they send, and the events in these."""

from enum import StrEnum
from typing import Any

import strawberry

from models import MeetingSlotState
from schema.absences import AbsenceReport
from schema.feed import Comment, Post
from schema.nodes import relation


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


@strawberry.type(description="A slot has another state: an id and a state, no names.")
class MeetingSlotEvent:
    slot_id: strawberry.ID = strawberry.field(description="Which slot.")
    state: MeetingSlotState = strawberry.field(description="Its state from here on.")


@strawberry.type(description="A frame of meetingSlotFeed.")
class MeetingSlotFrame(LiveFrame):
    events: list[MeetingSlotEvent] = relation("In order; empty but for EVENTS.")
