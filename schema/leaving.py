"""Out again in the contract: guardianships that end, and children that leave the school."""

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

from resolvers import leaving
from resolvers.ids import key_of, public_id
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Because, RetryKey, once
from schema.nodes import relation
from schema.school import Pupil


@pydantic_input(description="Whose access to which pupil ends, and why.")
class EndGuardianshipInput(BaseModel):
    pupil_id: strawberry.ID
    person_id: strawberry.ID
    reason: Because
    client_mutation_id: RetryKey | None


@pydantic_input(description="To which pupil one gives up one's own access.")
class LeaveGuardianshipInput(BaseModel):
    pupil_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which pupil leaves the school, and why.")
class DeregisterPupilInput(BaseModel):
    pupil_id: strawberry.ID
    reason: Because
    client_mutation_id: RetryKey | None


@strawberry.type(description="The pupil with the guardians that remain, or why not.")
class EndGuardianshipPayload:
    pupil: Pupil | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="Which pupil was left, or why not.")
class LeaveGuardianshipPayload:
    pupil_id: strawberry.ID | None = strawberry.field(description="Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The pupil that has left, or why not.")
class DeregisterPupilPayload:
    pupil: Pupil | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class LeavingMutation:
    @strawberry.mutation(
        description="End what a guardian may know of a pupil, at once. Administrators only, after a fresh sign-in.",
        graphql_type=EndGuardianshipPayload,
    )
    async def end_guardianship(self, info: Info, input: EndGuardianshipInput) -> Answer:
        key = await leaving.end_guardianship(
            once(info, input),
            pupil_id=key_of("pupil", input.pupil_id),
            person_id=key_of("person", input.person_id),
            reason=input.reason,
        )
        return Answer("EndGuardianshipPayload", pupil=Ref("Pupil", key))

    @strawberry.mutation(
        description="Give up one's own access to a pupil.",
        graphql_type=LeaveGuardianshipPayload,
    )
    async def leave_guardianship(self, info: Info, input: LeaveGuardianshipInput) -> Answer:
        key = await leaving.leave_guardianship(
            once(info, input),
            pupil_id=key_of("pupil", input.pupil_id),
        )
        return Answer("LeaveGuardianshipPayload", pupil_id=public_id("pupil", key))

    @strawberry.mutation(
        description="Let a pupil leave the school: all access to it ends at once."
        " Administrators only, after a fresh sign-in.",
        graphql_type=DeregisterPupilPayload,
    )
    async def deregister_pupil(self, info: Info, input: DeregisterPupilInput) -> Answer:
        key = await leaving.deregister_pupil(
            once(info, input),
            pupil_id=key_of("pupil", input.pupil_id),
            reason=input.reason,
        )
        return Answer("DeregisterPupilPayload", pupil=Ref("Pupil", key))
