"""What families do about their invitations, in the contract: find times, book, move, cancel, wait, decline."""

from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

from resolvers.ids import key_of
from resolvers.meetings import bookings, calendar, wishes
from resolvers.meetings.bundles import Bundle
from resolvers.meetings.slots import Span
from resolvers.meetings.suggesting import suggest_bundles
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Because, RetryKey, once
from schema.meetings import MeetingBooking, MeetingBundle, MeetingTicket
from schema.nodes import relation

_TIMES = Field(description="When one could come; none: at any time.")


@pydantic_input(description="For which talks times are looked for: of several children at the most six.")
class SuggestMeetingBundlesInput(BaseModel):
    ticket_ids: list[strawberry.ID]


@pydantic_input(description="That a ticket's talk be at a slot.")
class TicketSlotInput(BaseModel):
    ticket_id: strawberry.ID
    slot_id: strawberry.ID


@pydantic_input(description="All of these talks, or none.")
class BookMeetingsInput(BaseModel):
    bookings: list[TicketSlotInput]
    topics: Annotated[Because | None, Field(description="What to talk about, at most 500 characters.")]
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which talk, and where to.")
class MoveMeetingInput(BaseModel):
    booking_id: strawberry.ID
    slot_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which talk to cancel.")
class CancelMeetingInput(BaseModel):
    booking_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which invitation.")
class DeclineMeetingInput(BaseModel):
    ticket_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="From when until when.")
class TimesInput(BaseModel):
    since: Annotated[datetime, strawberry.field(name="from")]
    to: datetime


@pydantic_input(description="For which ticket to wait.")
class JoinMeetingWaitingListInput(BaseModel):
    ticket_id: strawberry.ID
    times: Annotated[list[TimesInput] | None, _TIMES]
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which ticket waits no longer.")
class LeaveMeetingWaitingListInput(BaseModel):
    ticket_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which offer to book.")
class AcceptMeetingOfferInput(BaseModel):
    offer_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which offer to leave to others.")
class DeclineMeetingOfferInput(BaseModel):
    offer_id: strawberry.ID
    client_mutation_id: RetryKey | None


@strawberry.type(description="Up to five sets of slots, best first, or why not. Nothing is held.")
class SuggestMeetingBundlesPayload:
    bundles: list[MeetingBundle] | None = relation("All talks on one day. Null when refused.")
    nearest: list[MeetingBundle] | None = relation(
        "When nothing fits: what comes nearest, with more waiting, on more days, or with talks left out."
    )
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The talks, in the order asked, or why not.")
class BookMeetingsPayload:
    bookings: list[MeetingBooking] | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The talk where it is now, or why not.")
class MoveMeetingPayload:
    booking: MeetingBooking | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The ticket, invited again, or why not.")
class CancelMeetingPayload:
    ticket: MeetingTicket | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The ticket, or why not.")
class MeetingTicketPayload:
    ticket: MeetingTicket | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The talk that is booked now, or why not.")
class AcceptMeetingOfferPayload:
    booking: MeetingBooking | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="A new address, shown only now, or why not.")
class CreateCalendarAddressPayload:
    url: str | None = strawberry.field(description="To give to a calendar. Whoever has it reads it. Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="Whether there is no address any more.")
class RevokeCalendarAddressPayload:
    revoked: bool = strawberry.field(description="True when it was done.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


def _bundle(bundle: Bundle, tickets: list[Ref]) -> Answer:
    options = sorted(bundle.options)
    placed = {option.ticket for option in options}
    return Answer(
        "MeetingBundle",
        slots=[Ref("MeetingSlot", option.slot_id) for option in options],
        tickets=[tickets[option.ticket] for option in options],
        missing=[ticket for place, ticket in enumerate(tickets) if place not in placed],
        waiting_minutes=bundle.waiting,
        days=bundle.days,
    )


def _ticket(ticket_id: str) -> Ref:
    return Ref("MeetingTicket", key_of("ticket", ticket_id))


@strawberry.type
class BookingsMutation:
    @strawberry.mutation(
        description="Up to five sets of slots for several tickets, best first.",
        graphql_type=SuggestMeetingBundlesPayload,
    )
    async def suggest_meeting_bundles(self, info: Info, input: SuggestMeetingBundlesInput) -> Answer:
        tickets = list(dict.fromkeys(_ticket(ticket_id) for ticket_id in input.ticket_ids))
        found = await suggest_bundles(info.context.context, [ticket.key for ticket in tickets])
        return Answer(
            "SuggestMeetingBundlesPayload",
            bundles=[_bundle(bundle, tickets) for bundle in found.fitting],
            nearest=[_bundle(bundle, tickets) for bundle in found.nearest],
        )

    @strawberry.mutation(description="All of the bookings, or none.", graphql_type=BookMeetingsPayload)
    async def book_meetings(self, info: Info, input: BookMeetingsInput) -> Answer:
        wished = [
            bookings.Wish(key_of("ticket", one.ticket_id), key_of("slot", one.slot_id), ("bookings", str(place)))
            for place, one in enumerate(input.bookings)
        ]
        keys = await bookings.book_meetings(once(info, input), wishes=wished, topics=input.topics)
        return Answer("BookMeetingsPayload", bookings=[Ref("MeetingBooking", key) for key in keys])

    @strawberry.mutation(
        description="The old slot is freed only if the new one is gained.", graphql_type=MoveMeetingPayload
    )
    async def move_meeting(self, info: Info, input: MoveMeetingInput) -> Answer:
        booking_id, slot_id = key_of("booking", input.booking_id), key_of("slot", input.slot_id)
        key = await bookings.move_meeting(once(info, input), booking_id=booking_id, slot_id=slot_id)
        return Answer("MoveMeetingPayload", booking=Ref("MeetingBooking", key))

    @strawberry.mutation(description="The slot goes to who waits for one.", graphql_type=CancelMeetingPayload)
    async def cancel_meeting(self, info: Info, input: CancelMeetingInput) -> Answer:
        key = await bookings.cancel_meeting(once(info, input), booking_id=key_of("booking", input.booking_id))
        return Answer("CancelMeetingPayload", ticket=Ref("MeetingTicket", key))

    @strawberry.mutation(description="Say that no talk is wanted.", graphql_type=MeetingTicketPayload)
    async def decline_meeting(self, info: Info, input: DeclineMeetingInput) -> Answer:
        key = await wishes.decline_meeting(once(info, input), ticket_id=key_of("ticket", input.ticket_id))
        return Answer("MeetingTicketPayload", ticket=Ref("MeetingTicket", key))

    @strawberry.mutation(
        description="Wait for a slot: who is first is offered what is freed.", graphql_type=MeetingTicketPayload
    )
    async def join_meeting_waiting_list(self, info: Info, input: JoinMeetingWaitingListInput) -> Answer:
        key = await wishes.join_waiting_list(
            once(info, input),
            ticket_id=key_of("ticket", input.ticket_id),
            wishes=[Span(one.since, one.to) for one in input.times or ()],
        )
        return Answer("MeetingTicketPayload", ticket=Ref("MeetingTicket", key))

    @strawberry.mutation(description="Wait no longer.", graphql_type=MeetingTicketPayload)
    async def leave_meeting_waiting_list(self, info: Info, input: LeaveMeetingWaitingListInput) -> Answer:
        key = await wishes.leave_waiting_list(once(info, input), ticket_id=key_of("ticket", input.ticket_id))
        return Answer("MeetingTicketPayload", ticket=Ref("MeetingTicket", key))

    @strawberry.mutation(
        description="Book what is offered, also after the round has closed.", graphql_type=AcceptMeetingOfferPayload
    )
    async def accept_meeting_offer(self, info: Info, input: AcceptMeetingOfferInput) -> Answer:
        key = await wishes.accept_offer(once(info, input), offer_id=key_of("offer", input.offer_id))
        return Answer("AcceptMeetingOfferPayload", booking=Ref("MeetingBooking", key))

    @strawberry.mutation(description="Leave an offer to others, and wait on.", graphql_type=MeetingTicketPayload)
    async def decline_meeting_offer(self, info: Info, input: DeclineMeetingOfferInput) -> Answer:
        key = await wishes.decline_offer(once(info, input), offer_id=key_of("offer", input.offer_id))
        return Answer("MeetingTicketPayload", ticket=Ref("MeetingTicket", key))

    @strawberry.mutation(
        description="An address for a calendar, with all talks of the viewer. An earlier one is worthless then.",
        graphql_type=CreateCalendarAddressPayload,
    )
    async def create_calendar_address(self, info: Info) -> Answer:
        return Answer("CreateCalendarAddressPayload", url=await calendar.make_address(info.context.context))

    @strawberry.mutation(
        description="Make the viewer's calendar address worthless.", graphql_type=RevokeCalendarAddressPayload
    )
    async def revoke_calendar_address(self, info: Info) -> Answer:
        await calendar.revoke_address(info.context.context)
        return Answer("RevokeCalendarAddressPayload", revoked=True)
