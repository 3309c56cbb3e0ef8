"""When the school plans otherwise, in the contract: windows, slots and hosts."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

from resolvers.ids import key_of
from resolvers.meetings import agendas, hosting
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import RetryKey, Room, once
from schema.meetings import HostWindow, MeetingRound, MeetingSlot
from schema.nodes import relation
from schema.rounds import BreakInput, HostWindowInput, MeetingRoundPayload, spans, window_wish


@pydantic_input(description="A window for a round that is there.")
class AddHostWindowInput(BaseModel):
    round_id: strawberry.ID
    window: HostWindowInput
    client_mutation_id: RetryKey | None


@pydantic_input(description="What is left out stays as it is; an empty room takes it away.")
class ChangeHostWindowInput(BaseModel):
    window_id: strawberry.ID
    since: Annotated[datetime | None, strawberry.field(name="from")]
    to: datetime | None
    breaks: list[BreakInput] | None
    room: Room | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which window to take away.")
class RemoveHostWindowInput(BaseModel):
    window_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which slot to keep free of talks.")
class CancelMeetingSlotInput(BaseModel):
    slot_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which slot can be booked again.")
class ReopenMeetingSlotInput(BaseModel):
    slot_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Who is away on which day.")
class WithdrawHostDayInput(BaseModel):
    school_id: strawberry.ID
    host_id: strawberry.ID
    date: date
    client_mutation_id: RetryKey | None


@pydantic_input(description="Who comes in place of whom; on one day, or from now on.")
class ReplaceMeetingHostInput(BaseModel):
    round_id: strawberry.ID
    host_id: strawberry.ID
    new_host_id: strawberry.ID
    date: Annotated[date | None, Field(description="Left out: all days that are still to come.")]
    client_mutation_id: RetryKey | None


@strawberry.type(description="The window as it is now, or why not.")
class HostWindowPayload:
    window: HostWindow | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The slot as it is now, or why not.")
class MeetingSlotPayload:
    slot: MeetingSlot | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The rounds in which a day is off, or why not.")
class WithdrawHostDayPayload:
    rounds: list[MeetingRound] | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class HostingMutation:
    @strawberry.mutation(
        description="In one's own agenda; the administration in anybody's.", graphql_type=HostWindowPayload
    )
    async def add_host_window(self, info: Info, input: AddHostWindowInput) -> Answer:
        key = await agendas.add_host_window(
            once(info, input), round_id=key_of("round", input.round_id), wish=window_wish(input.window)
        )
        return Answer("HostWindowPayload", window=Ref("HostWindow", key))

    @strawberry.mutation(
        description="Slots are made anew around what is booked: what does not fit any more is listed as misfits.",
        graphql_type=HostWindowPayload,
    )
    async def change_host_window(self, info: Info, input: ChangeHostWindowInput) -> Answer:
        wish = agendas.WindowChange(
            starts_at=input.since,
            ends_at=input.to,
            breaks=None if input.breaks is None else spans(input.breaks),
            room=input.room,
        )
        key = await agendas.change_host_window(
            once(info, input), window_id=key_of("window", input.window_id), wish=wish
        )
        return Answer("HostWindowPayload", window=Ref("HostWindow", key))

    @strawberry.mutation(description="Refused while talks are booked in it.", graphql_type=MeetingRoundPayload)
    async def remove_host_window(self, info: Info, input: RemoveHostWindowInput) -> Answer:
        key = await agendas.remove_host_window(once(info, input), window_id=key_of("window", input.window_id))
        return Answer("MeetingRoundPayload", round=Ref("MeetingRound", key))

    @strawberry.mutation(
        description="Keep a slot free; a talk in it is cancelled, and its family told.", graphql_type=MeetingSlotPayload
    )
    async def cancel_meeting_slot(self, info: Info, input: CancelMeetingSlotInput) -> Answer:
        key = await agendas.cancel_slot(once(info, input), slot_id=key_of("slot", input.slot_id))
        return Answer("MeetingSlotPayload", slot=Ref("MeetingSlot", key))

    @strawberry.mutation(description="Let a slot be booked again.", graphql_type=MeetingSlotPayload)
    async def reopen_meeting_slot(self, info: Info, input: ReopenMeetingSlotInput) -> Answer:
        key = await agendas.reopen_slot(once(info, input), slot_id=key_of("slot", input.slot_id))
        return Answer("MeetingSlotPayload", slot=Ref("MeetingSlot", key))

    @strawberry.mutation(
        description="A host is away: their talks that day are cancelled, or go on with the other hosts.",
        graphql_type=WithdrawHostDayPayload,
    )
    async def withdraw_host_day(self, info: Info, input: WithdrawHostDayInput) -> Answer:
        keys = await hosting.withdraw_host_day(
            once(info, input),
            school_id=key_of("school", input.school_id),
            host_id=key_of("person", input.host_id),
            day=input.date,
        )
        return Answer("WithdrawHostDayPayload", rounds=[Ref("MeetingRound", key) for key in keys])

    @strawberry.mutation(
        description="Somebody else hosts; times stay, and families are told.", graphql_type=MeetingRoundPayload
    )
    async def replace_meeting_host(self, info: Info, input: ReplaceMeetingHostInput) -> Answer:
        key = await hosting.replace_host(
            once(info, input),
            round_id=key_of("round", input.round_id),
            host_id=key_of("person", input.host_id),
            new_host_id=key_of("person", input.new_host_id),
            day=input.date,
        )
        return Answer("MeetingRoundPayload", round=Ref("MeetingRound", key))
