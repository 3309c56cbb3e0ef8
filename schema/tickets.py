"""What the school does with tickets and around a talk, in the contract: marks, offers, outcomes, notes and reports."""

from typing import Annotated
from uuid import UUID

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

from resolvers.ids import key_of
from resolvers.meetings import notes, parties, tickets, wishes
from schema.answers import Answer, Ref
from schema.bookings import MeetingTicketPayload
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Because, Body, RetryKey, WorkingNote, once
from schema.meetings import MeetingTicket
from schema.nodes import relation
from schema.school import Pupil


@pydantic_input(description="What the school marks on tickets. What is left out stays as it is.")
class MarkMeetingTicketsInput(BaseModel):
    ticket_ids: list[strawberry.ID]
    needed: Annotated[bool | None, Field(description="False: no talk is needed. True: invite, also once more.")]
    asked_to_come: bool | None
    double_length: bool | None
    needs_interpreter: bool | None
    needs_access: bool | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="For which round.")
class AddMeetingTicketsInput(BaseModel):
    round_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Whose talk is with the hosts of the child's new group.")
class RehostMeetingTicketInput(BaseModel):
    ticket_id: strawberry.ID
    keep_booking: bool = False
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which free slot to hold for which ticket.")
class OfferMeetingInput(BaseModel):
    ticket_id: strawberry.ID
    slot_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Whether somebody came to a talk.")
class RecordMeetingInput(BaseModel):
    booking_id: strawberry.ID
    came: bool
    client_mutation_id: RetryKey | None


@pydantic_input(description="A note for oneself; an empty text takes it away.")
class WriteMeetingNoteInput(BaseModel):
    ticket_id: strawberry.ID
    text: WorkingNote
    client_mutation_id: RetryKey | None


@pydantic_input(description="What was said, for the guardians.")
class ShareMeetingReportInput(BaseModel):
    ticket_id: strawberry.ID
    text: Body
    client_mutation_id: RetryKey | None


@pydantic_input(description="Guardians who come together.")
class PartyInput(BaseModel):
    guardian_ids: list[strawberry.ID]


@pydantic_input(description="Who of a pupil's guardians come together. One party or none: all of them.")
class SeparateMeetingPartiesInput(BaseModel):
    pupil_id: strawberry.ID
    parties: list[PartyInput]
    basis: Annotated[Because, Field(description="On what the decision rests.")]
    client_mutation_id: RetryKey | None


@strawberry.type(description="The tickets, or why not.")
class MeetingTicketsPayload:
    tickets: list[MeetingTicket] | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The pupil, or why not.")
class SeparateMeetingPartiesPayload:
    pupil: Pupil | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class TicketsMutation:
    @strawberry.mutation(description="All of these tickets, or none.", graphql_type=MeetingTicketsPayload)
    async def mark_meeting_tickets(self, info: Info, input: MarkMeetingTicketsInput) -> Answer:
        mark = tickets.Mark(
            needed=input.needed,
            asked_to_come=input.asked_to_come,
            double_length=input.double_length,
            needs_interpreter=input.needs_interpreter,
            needs_access=input.needs_access,
        )
        asked = [key_of("ticket", ticket_id) for ticket_id in input.ticket_ids]
        keys = await tickets.mark_tickets(once(info, input), ticket_ids=asked, mark=mark)
        return Answer("MeetingTicketsPayload", tickets=[Ref("MeetingTicket", key) for key in keys])

    @strawberry.mutation(
        description="Invite pupils who came into the groups after the tickets were made.",
        graphql_type=MeetingTicketsPayload,
    )
    async def add_meeting_tickets(self, info: Info, input: AddMeetingTicketsInput) -> Answer:
        keys = await tickets.add_tickets(once(info, input), round_id=key_of("round", input.round_id))
        return Answer("MeetingTicketsPayload", tickets=[Ref("MeetingTicket", key) for key in keys])

    @strawberry.mutation(
        description="Of a child who has moved to another group of the round.", graphql_type=MeetingTicketPayload
    )
    async def rehost_meeting_ticket(self, info: Info, input: RehostMeetingTicketInput) -> Answer:
        key = await tickets.rehost_ticket(
            once(info, input), ticket_id=key_of("ticket", input.ticket_id), keeps_booking=input.keep_booking
        )
        return _answer(key)

    @strawberry.mutation(
        description="Hold a free slot for a ticket, also after the round has closed.", graphql_type=MeetingTicketPayload
    )
    async def offer_meeting(self, info: Info, input: OfferMeetingInput) -> Answer:
        ticket_id, slot_id = key_of("ticket", input.ticket_id), key_of("slot", input.slot_id)
        return _answer(await wishes.offer_meeting(once(info, input), ticket_id=ticket_id, slot_id=slot_id))

    @strawberry.mutation(
        description="After a talk. That nobody came is the school's to know.", graphql_type=MeetingTicketPayload
    )
    async def record_meeting(self, info: Info, input: RecordMeetingInput) -> Answer:
        booking_id = key_of("booking", input.booking_id)
        return _answer(await tickets.record_outcome(once(info, input), booking_id=booking_id, came=input.came))

    @strawberry.mutation(
        description="For oneself: nobody else reads it, and it is gone six weeks after the round.",
        graphql_type=MeetingTicketPayload,
    )
    async def write_meeting_note(self, info: Info, input: WriteMeetingNoteInput) -> Answer:
        ticket_id = key_of("ticket", input.ticket_id)
        return _answer(await notes.write_note(once(info, input), ticket_id=ticket_id, text=input.text or None))

    @strawberry.mutation(
        description="With all guardians who are told everything; of a talk apart, with its own party.",
        graphql_type=MeetingTicketPayload,
    )
    async def share_meeting_report(self, info: Info, input: ShareMeetingReportInput) -> Answer:
        ticket_id = key_of("ticket", input.ticket_id)
        return _answer(await notes.share_report(once(info, input), ticket_id=ticket_id, text=input.text))

    @strawberry.mutation(
        description="By the administration. Talks that are booked together are cancelled, and invited anew.",
        graphql_type=SeparateMeetingPartiesPayload,
    )
    async def separate_meeting_parties(self, info: Info, input: SeparateMeetingPartiesInput) -> Answer:
        key = await parties.separate_parties(
            once(info, input),
            pupil_id=key_of("pupil", input.pupil_id),
            parties=[[key_of("person", person_id) for person_id in party.guardian_ids] for party in input.parties],
            basis=input.basis,
        )
        return Answer("SeparateMeetingPartiesPayload", pupil=Ref("Pupil", key))


def _answer(key: UUID) -> Answer:
    return Answer("MeetingTicketPayload", ticket=Ref("MeetingTicket", key))
