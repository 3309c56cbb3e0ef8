"""Members in the contract: who belongs to a school, and what the administration changes about it."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

import models
from resolvers import members
from resolvers.ids import key_of, public_id
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Because, RealName, RetryKey, once
from schema.nodes import relation
from schema.people import Person

if TYPE_CHECKING:
    from schema.school import Pupil


@strawberry.type(description="Somebody who belongs to a school, in one capacity. For the administration.")
class Member:
    person: Person = relation("Who.")
    role: models.Role = strawberry.field(description="In what capacity.")
    blocked: bool = strawberry.field(description="Whether the school has shut this person out.")
    children: list[Annotated["Pupil", strawberry.lazy("schema.school")]] = relation(
        "Of a guardian: the pupils at this school."
    )


@pydantic_input(description="Whom to shut out of a school, or to let in again, and why.")
class SetMemberBlockedInput(BaseModel):
    school_id: strawberry.ID
    person_id: strawberry.ID
    blocked: bool
    reason: Because
    client_mutation_id: RetryKey | None


@pydantic_input(description="Whose sessions to end, and why.")
class RevokeMemberSessionsInput(BaseModel):
    school_id: strawberry.ID
    person_id: strawberry.ID
    reason: Because
    client_mutation_id: RetryKey | None


@pydantic_input(description="The real name of a member.")
class CorrectMemberNameInput(BaseModel):
    school_id: strawberry.ID
    person_id: strawberry.ID
    name: RealName
    client_mutation_id: RetryKey | None


@pydantic_input(description="Who becomes staff or an administrator as well.")
class GrantRoleInput(BaseModel):
    school_id: strawberry.ID
    person_id: strawberry.ID
    role: models.Role
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which capacity of somebody ends, and why.")
class EndMembershipInput(BaseModel):
    school_id: strawberry.ID
    person_id: strawberry.ID
    role: models.Role
    reason: Because
    client_mutation_id: RetryKey | None


@strawberry.type(description="The member, or why not.")
class SetMemberBlockedPayload:
    member: Member | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The member who is signed out everywhere, or why not.")
class RevokeMemberSessionsPayload:
    member: Member | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The member with the corrected name, or why not.")
class CorrectMemberNamePayload:
    member: Member | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The member in the new capacity, or why not.")
class GrantRolePayload:
    member: Member | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="Whose capacity has ended, or why not.")
class EndMembershipPayload:
    person_id: strawberry.ID | None = strawberry.field(description="Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class MembersMutation:
    @strawberry.mutation(
        description="Shut somebody out of a school in every capacity, or let them in again."
        " Administrators only, after a fresh sign-in.",
        graphql_type=SetMemberBlockedPayload,
    )
    async def set_member_blocked(self, info: Info, input: SetMemberBlockedInput) -> Answer:
        key = await members.set_member_blocked(
            once(info, input),
            school_id=key_of("school", input.school_id),
            person_id=key_of("person", input.person_id),
            blocked=input.blocked,
            reason=input.reason,
        )
        return Answer("SetMemberBlockedPayload", member=Ref("Member", key))

    @strawberry.mutation(
        description="Sign a member out everywhere. Administrators only, after a fresh sign-in.",
        graphql_type=RevokeMemberSessionsPayload,
    )
    async def revoke_member_sessions(self, info: Info, input: RevokeMemberSessionsInput) -> Answer:
        key = await members.revoke_member_sessions(
            once(info, input),
            school_id=key_of("school", input.school_id),
            person_id=key_of("person", input.person_id),
            reason=input.reason,
        )
        return Answer("RevokeMemberSessionsPayload", member=Ref("Member", key))

    @strawberry.mutation(
        description="Correct the name of a member; what was written keeps the name as posted. Administrators only.",
        graphql_type=CorrectMemberNamePayload,
    )
    async def correct_member_name(self, info: Info, input: CorrectMemberNameInput) -> Answer:
        key = await members.correct_member_name(
            once(info, input),
            school_id=key_of("school", input.school_id),
            person_id=key_of("person", input.person_id),
            name=input.name,
        )
        return Answer("CorrectMemberNamePayload", member=Ref("Member", key))

    @strawberry.mutation(
        description="Let somebody who works at the school also be staff, or administrator. Never oneself."
        " Administrators only, after a fresh sign-in.",
        graphql_type=GrantRolePayload,
    )
    async def grant_role(self, info: Info, input: GrantRoleInput) -> Answer:
        key = await members.grant_role(
            once(info, input),
            school_id=key_of("school", input.school_id),
            person_id=key_of("person", input.person_id),
            role=input.role,
        )
        return Answer("GrantRolePayload", member=Ref("Member", key))

    @strawberry.mutation(
        description="End a capacity of somebody, with teaching or guardianships. A school keeps an administrator."
        " Administrators only, after a fresh sign-in.",
        graphql_type=EndMembershipPayload,
    )
    async def end_membership(self, info: Info, input: EndMembershipInput) -> Answer:
        key = await members.end_membership(
            once(info, input),
            school_id=key_of("school", input.school_id),
            person_id=key_of("person", input.person_id),
            role=input.role,
            reason=input.reason,
        )
        return Answer("EndMembershipPayload", person_id=public_id("person", key))
