"""Meetings in the contract: rounds, the windows and slots of hosts, and the tickets and bookings of families."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

import models
from schema.info import Info
from schema.nodes import BRANCH, Node, answer, relation
from schema.people import Person

if TYPE_CHECKING:
    from schema.school import Group, Pupil, School

strawberry.enum(models.MeetingKind, name="MeetingKind", description="What the talks of a round are about.")
strawberry.enum(
    models.MeetingRoundState,
    name="MeetingRoundState",
    description="Where a round stands. Announced, it opens, closes and is done as time passes.",
)
strawberry.enum(
    models.MeetingSlotState,
    name="MeetingSlotState",
    description="Whether a slot can be booked. HELD: offered to somebody for a while. WITHDRAWN: in no list any more,"
    " so this stands in feeds only.",
)
strawberry.enum(models.MeetingTicketState, name="MeetingTicketState", description="What has become of an invitation.")

_Group = Annotated["Group", strawberry.lazy("schema.school")]
_Pupil = Annotated["Pupil", strawberry.lazy("schema.school")]


def _slots() -> Any:
    def read(
        row: strawberry.Parent[Any],
        info: Info,
        host_id: strawberry.ID | None = strawberry.UNSET,
        free_only: bool | None = strawberry.UNSET,  # noqa: FBT001 - an argument of the contract
    ) -> Any:
        return answer(row, info)

    description = (
        "In order of time. Guardians see the slots of their children's groups, free or taken, and never by whom;"
        " who teaches sees those of the own groups, hosts and administrators all."
    )
    return strawberry.field(resolver=read, description=description, metadata=BRANCH)


@strawberry.type(description="A round of conversations of one or more groups.")
class MeetingRound(Node):
    school: Annotated["School", strawberry.lazy("schema.school")] = relation("The school.")
    kind: models.MeetingKind = strawberry.field(description="What the talks are about.")
    title: str = strawberry.field(description="What the round is called.")
    text: str | None = strawberry.field(description="What the invitation says besides.")
    groups: list[_Group] = relation("Of the groups whose families are invited, those that the viewer sees.")
    state: models.MeetingRoundState = strawberry.field(description="Where it stands now.")
    priority_opens_at: datetime | None = strawberry.field(
        description="Families with several tickets, and those with a need that the school has confirmed, may book from"
        " here."
    )
    opens_at: datetime = strawberry.field(description="Everybody may book from here, by the clock of the service.")
    closes_at: datetime = strawberry.field(description="Until when may be booked.")
    ends_at: datetime = strawberry.field(description="When the last host window ends.")
    change_until_hours: int = strawberry.field(
        description="How many hours before a talk its family may still move or cancel it; after that the school does."
    )
    duration_minutes: int = strawberry.field(description="How long a talk is.")
    buffer_minutes: int = strawberry.field(description="What is kept free between two talks of a host.")
    walk_minutes: int = strawberry.field(description="What is reckoned for the way from one room to another.")
    viewer_may_book: bool = strawberry.field(description="Whether the viewer may book a ticket of their own now.")
    viewer_may_plan: bool = strawberry.field(
        description="Whether the viewer may announce, change and cancel the round."
    )
    slots: list["MeetingSlot"] = _slots()
    tickets: list["MeetingTicket"] = relation(
        "The viewer's own; for who teaches those of the own groups, for hosts those that they talk with, for"
        " administrators all."
    )
    windows: list["HostWindow"] = relation("When hosts are there. For the school's side; empty for guardians.")
    pupils_without_ticket: list[_Pupil] = relation(
        "Who came into the groups after the tickets were made, of the pupils whom the viewer sees."
    )
    slot_cursor: str = strawberry.field(
        description="Where meetingSlotFeed stands as this answer is read; it stands still for who may not follow it."
    )


@strawberry.type(description="A pause within a host window.")
class WindowBreak:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")


@strawberry.type(description="When one or more hosts are there, in one room. For the school's side.")
class HostWindow(Node):
    round: MeetingRound = relation("The round.")
    hosts: list[Person] = relation("Who hosts: all of them at each talk.")
    groups: list[_Group] = relation("For whose families it is, of the groups that the viewer sees.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    room: str | None = strawberry.field(description="Where.")
    breaks: list[WindowBreak] = relation("The pauses in it.")
    misfits: list["MeetingBooking"] = relation("Talks that do not fit any more since it was changed: to be solved.")


@strawberry.type(description="A time that can be booked.")
class MeetingSlot(Node):
    round: MeetingRound = relation("The round.")
    hosts: list[Person] = relation("Who is there for the school.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    room: str | None = strawberry.field(description="Where.")
    state: models.MeetingSlotState = strawberry.field(description="Whether it can be booked.")
    booking: "MeetingBooking | None" = relation("Null unless it is the viewer's own, or of the viewer's side of it.")


@strawberry.type(description="The right to one talk: a round, a pupil, and the guardians who come together.")
class MeetingTicket(Node):
    round: MeetingRound = relation("The round.")
    pupil: _Pupil = relation("The child.")
    guardians: list[Person] = relation("Who comes together. Empty where nobody has an account: then the office books.")
    state: models.MeetingTicketState = strawberry.field(description="What has become of it.")
    double_length: bool = strawberry.field(description="Whether the talk takes two slots, one after another.")
    asked_to_come: bool = strawberry.field(description="Whether the teacher asks to come.")
    needs_interpreter: bool = strawberry.field(description="Whether an interpreter is needed.")
    needs_access: bool = strawberry.field(
        description="Whether the room must be reachable, for a wheelchair or the like."
    )
    has_priority: bool = strawberry.field(description="Whether it may be booked before the round opens for everybody.")
    waiting_since: datetime | None = strawberry.field(description="Since when it is on the waiting list.")
    booking: "MeetingBooking | None" = relation("The talk, when one is booked.")
    offer: "MeetingOffer | None" = relation("A slot that is held for it now.")
    free_slots: list[MeetingSlot] = relation(
        "Where its talk can be, as of now: for its length, its party and its hosts."
    )
    private_note: str | None = strawberry.field(
        description="What the viewer has written down for themselves, and nobody else reads."
    )
    report: "MeetingReport | None" = relation("What the school has shared of the talk.")


@strawberry.type(description="One talk.")
class MeetingBooking(Node):
    ticket: MeetingTicket = relation("Whose talk it is.")
    slot: MeetingSlot = relation("Its slot; of a double talk the first one.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when; of a double talk the end of its second slot.")
    booked_by: Person = relation("Who booked it.")
    booked_at: datetime = strawberry.field(description="When it was booked.")
    topics: str | None = strawberry.field(description="What the guardians want to talk about.")
    cancelled_at: datetime | None = strawberry.field(description="Since when it is off; null while it stands.")
    clashes_elsewhere: bool = strawberry.field(
        description="Whether the viewer has a talk at another school then. It hinders nothing."
    )


@strawberry.type(description="A slot that is held for a ticket until a moment.")
class MeetingOffer(Node):
    ticket: MeetingTicket = relation("For whom.")
    slot: MeetingSlot = relation("Which slot.")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted. The clock pauses in the night.")


@strawberry.type(description="What was said, as the school shares it. It belongs to the pupil's file.")
class MeetingReport(Node):
    ticket: MeetingTicket | None = relation("The talk; null for who was not in its party.")
    author: Person = relation("Who wrote it.")
    text: str = strawberry.field(description="The report.")
    shared_at: datetime = strawberry.field(description="When it was shared first.")
    edited_at: datetime | None = strawberry.field(description="When it was changed last.")


@strawberry.type(description="That a guardian comes in a party apart from others. For the administration.")
class SeparateParty:
    party: int = strawberry.field(description="The number of the party: who has the same comes together.")
    guardian: Person = relation("The guardian.")
    basis: str = strawberry.field(description="On what the decision rests.")
    set_by: Person = relation("Who decided it.")
    set_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="Slots for several tickets of one family that can be visited one after the other.")
class MeetingBundle:
    slots: list[MeetingSlot] = relation("The slots, in order of time.")
    tickets: list[MeetingTicket] = relation("For each slot, in the same order, the ticket whose talk it is for.")
    missing: list[MeetingTicket] = relation("Tickets for which there is no slot in it; empty in one that fits.")
    waiting_minutes: int = strawberry.field(description="Minutes between the talks, the ways between rooms included.")
    days: int = strawberry.field(description="On how many days the talks are.")
