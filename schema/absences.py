"""Absences in the contract: what a parent reports and the teacher sees."""

from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

import models
from resolvers import absences
from resolvers.ids import key_of
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Note, RetryKey, once
from schema.nodes import Node, relation
from schema.people import Person
from schema.school import Pupil

strawberry.enum(models.AbsenceReason, name="AbsenceReason", description="Why a child is away, as a category.")
strawberry.enum(models.AbsenceState, name="AbsenceState", description="Where a report stands. Seeing is not approving.")


@strawberry.type(
    description="Visible to the child's guardians, the group's teachers and the administration. Never a diagnosis."
)
class AbsenceReport(Node):
    pupil: Pupil = relation("The child.")
    reason: models.AbsenceReason = strawberry.field(description="Why, as a category.")
    note: str | None = strawberry.field(description="What the guardian added.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime | None = strawberry.field(description="Null only for an illness whose end is not known yet.")
    whole_days: bool = strawberry.field(description="Whether it is about whole days.")
    state: models.AbsenceState = strawberry.field(description="Where it stands.")
    after_cutoff: bool = strawberry.field(description="Whether it came too late for that day: please phone as well.")
    reported_by: Person = relation("Who reported it.")
    reported_at: datetime = strawberry.field(description="When it was reported, by the service's clock.")
    acknowledged_by: Person | None = relation("Who of the school saw it first.")
    acknowledged_at: datetime | None = strawberry.field(description="When the school saw it.")


@pydantic_input(description="One report for each of the pupils.")
class ReportAbsenceInput(BaseModel):
    pupil_ids: list[strawberry.ID]
    reason: models.AbsenceReason
    note: Annotated[Note | None, Field(description="At most 200 characters; required for OTHER.")]
    starts_at: datetime
    ends_at: Annotated[datetime | None, Field(description="May be left out for ILLNESS only.")]
    whole_days: bool = True
    client_mutation_id: RetryKey | None


@pydantic_input(description="What is left out stays as it is; null takes a note or an end away.")
class ChangeAbsenceInput(BaseModel):
    report_id: strawberry.ID
    reason: models.AbsenceReason | None
    note: strawberry.Maybe[Note | None]
    starts_at: datetime | None
    ends_at: strawberry.Maybe[datetime | None]
    correction_reason: Annotated[Note | None, Field(description="Why the school corrects a report that has started.")]
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which report to take back.")
class WithdrawAbsenceInput(BaseModel):
    report_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="On which day the child is back.")
class ReportRecoveryInput(BaseModel):
    report_id: strawberry.ID
    first_day_back: date
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which report the school has seen.")
class AcknowledgeAbsenceInput(BaseModel):
    report_id: strawberry.ID
    client_mutation_id: RetryKey | None


@strawberry.type(description="The reports, in the order of the pupils asked, or why not.")
class ReportAbsencePayload:
    reports: list[AbsenceReport] | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The report that counts from now on, or why not.")
class ChangeAbsencePayload:
    report: AbsenceReport | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The withdrawn report, or why not.")
class WithdrawAbsencePayload:
    report: AbsenceReport | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The report with its end, or why not.")
class ReportRecoveryPayload:
    report: AbsenceReport | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The report as seen, or why not.")
class AcknowledgeAbsencePayload:
    report: AbsenceReport | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


def _wish(asked: ChangeAbsenceInput) -> absences.Wish:
    """What a change names, and what it leaves out."""
    values = {"reason": asked.reason, "starts_at": asked.starts_at}
    wished: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    wished |= {name: maybe.value for name, maybe in (("note", asked.note), ("ends_at", asked.ends_at)) if maybe}
    return absences.Wish(given=tuple(sorted(wished)), correction_reason=asked.correction_reason, **wished)


@strawberry.type
class AbsencesMutation:
    @strawberry.mutation(description="One report per child, all or nothing.", graphql_type=ReportAbsencePayload)
    async def report_absence(self, info: Info, input: ReportAbsenceInput) -> Answer:
        keys = await absences.report_absence(
            once(info, input),
            pupil_ids=[key_of("pupil", pupil_id) for pupil_id in input.pupil_ids],
            reason=input.reason,
            note=input.note,
            starts_at=input.starts_at,
            ends_at=input.ends_at,
            whole_days=input.whole_days,
        )
        return Answer("ReportAbsencePayload", reports=[Ref("AbsenceReport", key) for key in keys])

    @strawberry.mutation(
        description="Before the start: anything. After it: only the end.", graphql_type=ChangeAbsencePayload
    )
    async def change_absence(self, info: Info, input: ChangeAbsenceInput) -> Answer:
        key = await absences.change_absence(
            once(info, input), report_id=key_of("absence", input.report_id), wish=_wish(input)
        )
        return Answer("ChangeAbsencePayload", report=Ref("AbsenceReport", key))

    @strawberry.mutation(description="Take a report back before it starts.", graphql_type=WithdrawAbsencePayload)
    async def withdraw_absence(self, info: Info, input: WithdrawAbsenceInput) -> Answer:
        key = await absences.withdraw_absence(once(info, input), report_id=key_of("absence", input.report_id))
        return Answer("WithdrawAbsencePayload", report=Ref("AbsenceReport", key))

    @strawberry.mutation(description="Report a child better.", graphql_type=ReportRecoveryPayload)
    async def report_recovery(self, info: Info, input: ReportRecoveryInput) -> Answer:
        key = await absences.report_recovery(
            once(info, input),
            report_id=key_of("absence", input.report_id),
            first_day_back=input.first_day_back,
        )
        return Answer("ReportRecoveryPayload", report=Ref("AbsenceReport", key))

    @strawberry.mutation(description="Say that the school has seen it.", graphql_type=AcknowledgeAbsencePayload)
    async def acknowledge_absence(self, info: Info, input: AcknowledgeAbsenceInput) -> Answer:
        key = await absences.acknowledge_absence(once(info, input), report_id=key_of("absence", input.report_id))
        return Answer("AcknowledgeAbsencePayload", report=Ref("AbsenceReport", key))
