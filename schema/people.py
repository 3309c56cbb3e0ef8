"""People in the contract: the signed-in person, and what they may know of others."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

import models
from resolvers import people
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Phone, RealName, RetryKey, once
from schema.nodes import BRANCH, Node, answer, on_day, relation
from schema.paging import Connection

if TYPE_CHECKING:
    from schema.factors import SecondFactors
    from schema.feed import Post
    from schema.meetings import MeetingRound, MeetingSlot
    from schema.school import Group, Pupil, School

strawberry.enum(models.Locale, name="Locale", description="A language that the service speaks.")
strawberry.enum(models.Role, name="Role", description="In what capacity somebody belongs to a school.")


_Round = Annotated["MeetingRound", strawberry.lazy("schema.meetings")]
_Slot = Annotated["MeetingSlot", strawberry.lazy("schema.meetings")]


@strawberry.type(description="What others may know of somebody: a real name, and in what capacity they speak.")
class Person(Node):
    name: str = strawberry.field(description="The real name.")
    label: str = strawberry.field(
        description="Such as 'leerkracht groep 5' or, inside the child's group, 'ouder van Noor'."
    )
    email: str | None = strawberry.field(description="Null unless the viewer may see it.")
    phone: str | None = strawberry.field(description="Null unless the viewer may see it.")


@strawberry.type(description="That the viewer belongs to a school, and as what.")
class Membership:
    school: Annotated["School", strawberry.lazy("schema.school")] = relation("The school.")
    role: models.Role = strawberry.field(description="In what capacity.")
    since: date = strawberry.field(description="The first day.")


@strawberry.type(description="A device on which the viewer is signed in.")
class Session(Node):
    device: str = strawberry.field(description="What it was called at the sign-in; may be empty.")
    created_at: datetime = strawberry.field(description="When it was signed in.")
    last_seen_at: datetime = strawberry.field(description="When it was used last, give or take five minutes.")
    current: bool = strawberry.field(description="Whether this is the session that asks.")


@strawberry.type(description="The signed-in person, and everything that is theirs.")
class Viewer:
    person: Person = relation("The viewer as others see them.")
    email: str = strawberry.field(description="The address to sign in with.")
    locale: models.Locale = strawberry.field(description="The language in which the service speaks to the viewer.")
    profile_complete: bool = strawberry.field(description="Until the real name is there, nothing else can be read.")
    needs_second_factor: bool = strawberry.field(
        description="Whether the viewer works at a school, and has no rights there in this session until a second"
        " factor was added or shown."
    )
    second_factors: Annotated["SecondFactors", strawberry.lazy("schema.factors")] = relation(
        "What the viewer can show besides a password."
    )
    share_contact_with_group: bool = strawberry.field(
        description="Whether guardians of the same group may see the viewer's e-mail address and phone number."
    )
    sessions: list[Session] = relation("Where the viewer is signed in, newest first.")
    memberships: list[Membership] = relation("The viewer's schools, and in what capacity.")
    children: list[Annotated["Pupil", strawberry.lazy("schema.school")]] = relation(
        "The viewer's own children, at every school."
    )
    meeting_rounds: list[_Round] = relation("Rounds in which the viewer hosts or has a ticket.")
    hosted_slots: list[_Slot] = on_day("The viewer's own slots of a day, as a host: with whom, about whom.")
    has_calendar_address: bool = strawberry.field(
        description="Whether there is an address from which a calendar reads the viewer's talks."
    )
    groups: list[Annotated["Group", strawberry.lazy("schema.school")]] = relation(
        "Groups that the viewer teaches, or in which a child of theirs is now."
    )

    @strawberry.field(
        description="One inbox: school-wide posts and posts of the viewer's groups, newest first, over all schools.",
        metadata=BRANCH,
    )
    @staticmethod
    def feed(
        viewer: strawberry.Parent[Any],
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        school_id: strawberry.ID | None = strawberry.UNSET,
        group_id: strawberry.ID | None = strawberry.UNSET,
    ) -> Connection[Annotated["Post", strawberry.lazy("schema.feed")]]:
        return answer(viewer, info)


@pydantic_input(description="What is left out stays as it is.")
class UpdateProfileInput(BaseModel):
    name: RealName | None
    phone: Phone | None
    """An empty text takes the number away."""
    locale: models.Locale | None
    share_contact_with_group: bool | None
    client_mutation_id: RetryKey | None


@strawberry.type(description="The viewer with the new profile, or why not.")
class UpdateProfilePayload:
    viewer: Viewer | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class PeopleMutation:
    @strawberry.mutation(description="Keep one's own profile clear.", graphql_type=UpdateProfilePayload)
    async def update_profile(self, info: Info, input: UpdateProfileInput) -> Answer:
        key = await people.update_profile(
            once(info, input),
            name=input.name,
            phone=input.phone,
            locale=input.locale,
            share_contact=input.share_contact_with_group,
        )
        return Answer("UpdateProfilePayload", viewer=Ref("Viewer", key))
