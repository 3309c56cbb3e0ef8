"""House rules in the contract: read, accepted, and published anew."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

from resolvers import rules
from resolvers.ids import key_of
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import RetryKey, RulesText, once
from schema.nodes import relation

if TYPE_CHECKING:
    from schema.school import School


@strawberry.type(description="What a school asks of everybody who writes there.")
class HouseRules:
    version: int = strawberry.field(description="Grows by one with each new text.")
    text: str = strawberry.field(description="The rules.")
    accepted_at: datetime | None = strawberry.field(
        description="When the viewer accepted this version; until then nothing can be written at this school."
    )


@pydantic_input(description="Which rules are accepted: the version that was read.")
class AcceptHouseRulesInput(BaseModel):
    school_id: strawberry.ID
    version: int
    client_mutation_id: RetryKey | None


@pydantic_input(description="The new text of a school's rules.")
class PublishHouseRulesInput(BaseModel):
    school_id: strawberry.ID
    text: RulesText
    client_mutation_id: RetryKey | None


@strawberry.type(description="The school with the rules that were accepted, or why not.")
class AcceptHouseRulesPayload:
    school: Annotated["School", strawberry.lazy("schema.school")] | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The school with its new rules, or why not.")
class PublishHouseRulesPayload:
    school: Annotated["School", strawberry.lazy("schema.school")] | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class RulesMutation:
    @strawberry.mutation(
        description="Accept the house rules of a school, in the version that counts now.",
        graphql_type=AcceptHouseRulesPayload,
    )
    async def accept_house_rules(self, info: Info, input: AcceptHouseRulesInput) -> Answer:
        key = await rules.accept_house_rules(
            once(info, input), school_id=key_of("school", input.school_id), version=input.version
        )
        return Answer("AcceptHouseRulesPayload", school=Ref("School", key))

    @strawberry.mutation(
        description="Publish house rules in a new version; everybody is asked to accept them. Administrators only.",
        graphql_type=PublishHouseRulesPayload,
    )
    async def publish_house_rules(self, info: Info, input: PublishHouseRulesInput) -> Answer:
        key = await rules.publish_house_rules(
            once(info, input), school_id=key_of("school", input.school_id), text=input.text
        )
        return Answer("PublishHouseRulesPayload", school=Ref("School", key))
