"""Planning rounds, in the contract: for who teaches, for the administration, and for hosts in their own agenda."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

import models
from resolvers.ids import key_of
from resolvers.meetings import rounds
from resolvers.meetings.previewing import preview_slots
from resolvers.meetings.slots import Span
from resolvers.meetings.windows import WindowWish
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import InvitationText, RetryKey, Room, Title, once
from schema.meetings import MeetingRound
from schema.nodes import relation

Duration = Annotated[int, Field(ge=5, le=120)]
Margin = Annotated[int, Field(ge=0, le=60)]
Hours = Annotated[int, Field(ge=0, le=336)]
_GROUPS = Field(description="For whose families; left out: the groups that the hosts teach, or else all of the round.")


@pydantic_input(description="A pause within a window.")
class BreakInput(BaseModel):
    since: Annotated[datetime, strawberry.field(name="from")]
    to: datetime


@pydantic_input(description="When who is there, within one day, and where.")
class HostWindowInput(BaseModel):
    host_ids: list[strawberry.ID]
    since: Annotated[datetime, strawberry.field(name="from")]
    to: datetime
    breaks: list[BreakInput] | None
    room: Room | None
    group_ids: Annotated[list[strawberry.ID] | None, _GROUPS]


@pydantic_input(description="A new round, with the windows of its hosts.")
class CreateMeetingRoundInput(BaseModel):
    school_id: strawberry.ID
    kind: models.MeetingKind
    title: Title
    text: Annotated[InvitationText | None, Field(description="What the invitation says besides.")]
    group_ids: list[strawberry.ID]
    duration_minutes: Duration = 10
    buffer_minutes: Margin = 0
    walk_minutes: Margin = 5
    party_gap_minutes: Margin = 15
    priority_opens_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    change_until_hours: Hours = 24
    host_windows: list[HostWindowInput]
    client_mutation_id: RetryKey | None


@pydantic_input(description="What is left out stays as it is; an empty text takes it away.")
class UpdateMeetingRoundInput(BaseModel):
    round_id: strawberry.ID
    title: Title | None
    text: InvitationText | None
    priority_opens_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    change_until_hours: Hours | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which round to announce.")
class AnnounceMeetingRoundInput(BaseModel):
    round_id: strawberry.ID
    even_if_capacity_short: bool = False
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which round to call off.")
class CancelMeetingRoundInput(BaseModel):
    round_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Windows as they would be, and the lengths of talks in minutes.")
class PreviewMeetingSlotsInput(BaseModel):
    school_id: strawberry.ID
    duration_minutes: Duration = 10
    buffer_minutes: Margin = 0
    host_windows: list[HostWindowInput]


@strawberry.type(description="A slot as it would be made.")
class MeetingSlotPreview:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")


@strawberry.type(description="How a window would be cut.")
class HostWindowPreview:
    slots: list[MeetingSlotPreview] = relation("Its slots, in order of time.")
    left_over_minutes: int = strawberry.field(description="Minutes in which nothing fits any more, breaks aside.")


@strawberry.type(description="The windows in the order asked, or why not. Nothing is made.")
class PreviewMeetingSlotsPayload:
    windows: list[HostWindowPreview] | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The round as a draft, or why not.")
class CreateMeetingRoundPayload:
    round: MeetingRound | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The announced round, or why not.")
class AnnounceMeetingRoundPayload:
    round: MeetingRound | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The round as it is now, or why not.")
class MeetingRoundPayload:
    round: MeetingRound | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


def window_wish(told: HostWindowInput) -> WindowWish:
    """A window as it is asked."""
    return WindowWish(
        host_ids=[key_of("person", host_id) for host_id in told.host_ids],
        span=Span(told.since, told.to),
        breaks=spans(told.breaks or ()),
        room=told.room or None,
        group_ids=None if told.group_ids is None else [key_of("group", group_id) for group_id in told.group_ids],
    )


def spans(told: Sequence[BreakInput]) -> list[Span]:
    """Breaks as they are asked."""
    return [Span(pause.since, pause.to) for pause in told]


@strawberry.type
class RoundsMutation:
    @strawberry.mutation(
        description="How windows would be cut into slots, before anything is made.",
        graphql_type=PreviewMeetingSlotsPayload,
    )
    async def preview_meeting_slots(self, info: Info, input: PreviewMeetingSlotsInput) -> Answer:
        cuts = await preview_slots(
            info.context.context,
            school_id=key_of("school", input.school_id),
            duration=input.duration_minutes,
            buffer=input.buffer_minutes,
            windows=[window_wish(window) for window in input.host_windows],
        )
        windows = [
            Answer(
                "HostWindowPreview",
                slots=[Answer("MeetingSlotPreview", starts_at=s.starts_at, ends_at=s.ends_at) for s in cut.slots],
                left_over_minutes=cut.left_over_minutes,
            )
            for cut in cuts
        ]
        return Answer("PreviewMeetingSlotsPayload", windows=windows)

    @strawberry.mutation(
        description="A draft: its families see it once it is announced.", graphql_type=CreateMeetingRoundPayload
    )
    async def create_meeting_round(self, info: Info, input: CreateMeetingRoundInput) -> Answer:
        wish = rounds.RoundWish(
            kind=input.kind,
            title=input.title,
            text=input.text or None,
            duration_minutes=input.duration_minutes,
            buffer_minutes=input.buffer_minutes,
            walk_minutes=input.walk_minutes,
            party_gap_minutes=input.party_gap_minutes,
            change_until_hours=input.change_until_hours,
            priority_opens_at=input.priority_opens_at,
            opens_at=input.opens_at,
            closes_at=input.closes_at,
        )
        key = await rounds.create_round(
            once(info, input),
            school_id=key_of("school", input.school_id),
            group_ids=[key_of("group", group_id) for group_id in input.group_ids],
            wish=wish,
            windows=[window_wish(window) for window in input.host_windows],
        )
        return Answer("CreateMeetingRoundPayload", round=Ref("MeetingRound", key))

    @strawberry.mutation(
        description="Change what a round is called, and when it opens and closes.", graphql_type=MeetingRoundPayload
    )
    async def update_meeting_round(self, info: Info, input: UpdateMeetingRoundInput) -> Answer:
        key = await rounds.update_round(
            once(info, input),
            round_id=key_of("round", input.round_id),
            title=input.title,
            text=input.text,
            priority_opens_at=input.priority_opens_at,
            opens_at=input.opens_at,
            closes_at=input.closes_at,
            change_until_hours=input.change_until_hours,
        )
        return Answer("MeetingRoundPayload", round=Ref("MeetingRound", key))

    @strawberry.mutation(
        description="Invite the families, when there is room for all of them.", graphql_type=AnnounceMeetingRoundPayload
    )
    async def announce_meeting_round(self, info: Info, input: AnnounceMeetingRoundInput) -> Answer:
        key = await rounds.announce_round(
            once(info, input),
            round_id=key_of("round", input.round_id),
            even_if_short=input.even_if_capacity_short,
        )
        return Answer("AnnounceMeetingRoundPayload", round=Ref("MeetingRound", key))

    @strawberry.mutation(
        description="Call a round off: who has booked is told at once.", graphql_type=MeetingRoundPayload
    )
    async def cancel_meeting_round(self, info: Info, input: CancelMeetingRoundInput) -> Answer:
        key = await rounds.cancel_round(once(info, input), round_id=key_of("round", input.round_id))
        return Answer("MeetingRoundPayload", round=Ref("MeetingRound", key))
