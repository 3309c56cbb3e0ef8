"""The administration in the contract: the school, its groups and who teaches them, its pupils and where they are."""

from datetime import date, time
from typing import Annotated

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

from resolvers import administration
from resolvers.administration import Details
from resolvers.ids import key_of
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import (
    FamilyName,
    GivenName,
    GroupName,
    Name,
    NewAddress,
    Phone,
    RetryKey,
    SchoolYear,
    TimeOfDay,
    once,
)
from schema.nodes import relation
from schema.school import Group, Pupil, School


@pydantic_input(description="What is left out stays as it is. An empty phone number takes it away.")
class UpdateSchoolInput(BaseModel):
    school_id: strawberry.ID
    name: Name | None
    contact_email: NewAddress | None
    phone: Phone | None
    report_cutoff: TimeOfDay | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="A new group.")
class CreateGroupInput(BaseModel):
    school_id: strawberry.ID
    name: GroupName
    school_year: SchoolYear
    client_mutation_id: RetryKey | None


@pydantic_input(description="What is left out stays as it is.")
class RenameGroupInput(BaseModel):
    group_id: strawberry.ID
    name: GroupName | None
    school_year: SchoolYear | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="Who teaches a group; a substitute up to and including a day.")
class AssignTeacherInput(BaseModel):
    group_id: strawberry.ID
    person_id: strawberry.ID
    until: date | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="Who teaches a group no longer.")
class EndTeachingInput(BaseModel):
    group_id: strawberry.ID
    person_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="A child, and from which day it is in a group.")
class RegisterPupilInput(BaseModel):
    school_id: strawberry.ID
    group_id: strawberry.ID
    given_name: GivenName
    family_name: FamilyName
    birth_date: date | None
    first_day: date
    client_mutation_id: RetryKey | None


@pydantic_input(description="What is left out stays as it is. `namedInLabels`: whether comments may say 'ouder van …'.")
class UpdatePupilInput(BaseModel):
    pupil_id: strawberry.ID
    given_name: GivenName | None
    family_name: FamilyName | None
    birth_date: date | None
    named_in_labels: bool | None
    client_mutation_id: RetryKey | None


@pydantic_input(description="Where a pupil goes, and from which day; at once when it is left out, or today.")
class MovePupilInput(BaseModel):
    pupil_id: strawberry.ID
    group_id: strawberry.ID
    since: Annotated[date | None, strawberry.field(name="from")]
    client_mutation_id: RetryKey | None


@strawberry.type(description="The changed school, or why not.")
class UpdateSchoolPayload:
    school: School | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The new group, or why not.")
class CreateGroupPayload:
    group: Group | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The changed group, or why not.")
class RenameGroupPayload:
    group: Group | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The group with its teachers, or why not.")
class AssignTeacherPayload:
    group: Group | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The group with its teachers, or why not.")
class EndTeachingPayload:
    group: Group | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The new pupil, or why not.")
class RegisterPupilPayload:
    pupil: Pupil | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The changed pupil, or why not.")
class UpdatePupilPayload:
    pupil: Pupil | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The pupil, or why not.")
class MovePupilPayload:
    pupil: Pupil | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class AdministrationMutation:
    @strawberry.mutation(
        description="Change the school's page and its cut-off. Administrators only.",
        graphql_type=UpdateSchoolPayload,
    )
    async def update_school(self, info: Info, input: UpdateSchoolInput) -> Answer:
        key = await administration.update_school(
            once(info, input),
            school_id=key_of("school", input.school_id),
            name=input.name,
            contact_email=input.contact_email,
            phone=input.phone,
            report_cutoff=None if input.report_cutoff is None else time.fromisoformat(input.report_cutoff),
        )
        return Answer("UpdateSchoolPayload", school=Ref("School", key))

    @strawberry.mutation(
        description="Make a group. Administrators only.",
        graphql_type=CreateGroupPayload,
    )
    async def create_group(self, info: Info, input: CreateGroupInput) -> Answer:
        key = await administration.create_group(
            once(info, input),
            school_id=key_of("school", input.school_id),
            name=input.name,
            school_year=input.school_year,
        )
        return Answer("CreateGroupPayload", group=Ref("Group", key))

    @strawberry.mutation(
        description="Give a group another name or school year. Administrators only.",
        graphql_type=RenameGroupPayload,
    )
    async def rename_group(self, info: Info, input: RenameGroupInput) -> Answer:
        key = await administration.rename_group(
            once(info, input),
            group_id=key_of("group", input.group_id),
            name=input.name,
            school_year=input.school_year,
        )
        return Answer("RenameGroupPayload", group=Ref("Group", key))

    @strawberry.mutation(
        description="Let a member of staff teach a group, which gives access to its children's data."
        " Administrators only.",
        graphql_type=AssignTeacherPayload,
    )
    async def assign_teacher(self, info: Info, input: AssignTeacherInput) -> Answer:
        key = await administration.assign_teacher(
            once(info, input),
            group_id=key_of("group", input.group_id),
            person_id=key_of("person", input.person_id),
            until=input.until,
        )
        return Answer("AssignTeacherPayload", group=Ref("Group", key))

    @strawberry.mutation(
        description="End that somebody teaches a group, at once. Administrators only.",
        graphql_type=EndTeachingPayload,
    )
    async def end_teaching(self, info: Info, input: EndTeachingInput) -> Answer:
        key = await administration.end_teaching(
            once(info, input),
            group_id=key_of("group", input.group_id),
            person_id=key_of("person", input.person_id),
        )
        return Answer("EndTeachingPayload", group=Ref("Group", key))

    @strawberry.mutation(
        description="Enter a child. Guardians are invited, never entered. Administrators only.",
        graphql_type=RegisterPupilPayload,
    )
    async def register_pupil(self, info: Info, input: RegisterPupilInput) -> Answer:
        key = await administration.register_pupil(
            once(info, input),
            school_id=key_of("school", input.school_id),
            group_id=key_of("group", input.group_id),
            details=Details(given_name=input.given_name, family_name=input.family_name, birth_date=input.birth_date),
            first_day=input.first_day,
        )
        return Answer("RegisterPupilPayload", pupil=Ref("Pupil", key))

    @strawberry.mutation(
        description="Correct what is written down about a pupil. Administrators only.",
        graphql_type=UpdatePupilPayload,
    )
    async def update_pupil(self, info: Info, input: UpdatePupilInput) -> Answer:
        key = await administration.update_pupil(
            once(info, input),
            pupil_id=key_of("pupil", input.pupil_id),
            details=Details(
                given_name=input.given_name,
                family_name=input.family_name,
                birth_date=input.birth_date,
                named_in_labels=input.named_in_labels,
            ),
        )
        return Answer("UpdatePupilPayload", pupil=Ref("Pupil", key))

    @strawberry.mutation(
        description="Move a pupil to another group, now or from a day on. It changes at once who may see what."
        " Administrators only.",
        graphql_type=MovePupilPayload,
    )
    async def move_pupil(self, info: Info, input: MovePupilInput) -> Answer:
        key = await administration.move_pupil(
            once(info, input),
            pupil_id=key_of("pupil", input.pupil_id),
            group_id=key_of("group", input.group_id),
            since=input.since,
        )
        return Answer("MovePupilPayload", pupil=Ref("Pupil", key))
