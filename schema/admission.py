"""Getting in, in the contract: what is shown to somebody who is not let in yet."""

from datetime import datetime

import strawberry

import models
from resolvers import cards, requests
from schema.info import Info

strawberry.enum(models.AccessRequestStatus, name="AccessRequestStatus", description="How far a request is.")


@strawberry.type(description="What the access-request form may show to anyone: name and slug, nothing else.")
class SchoolCard:
    slug: str = strawberry.field(description="Its short name in addresses.")
    name: str = strawberry.field(description="Its name.")


@strawberry.type(description="What who holds a mailed secret reads before using it.")
class AdmissionCard:
    school: SchoolCard = strawberry.field(description="The school that lets in.")
    house_rules_version: int = strawberry.field(description="The version to accept; 0 where there are no house rules.")
    house_rules: str | None = strawberry.field(description="The house rules.")
    expires_at: datetime = strawberry.field(description="Until when the secret can be used.")


@strawberry.type
class AdmissionQuery:
    @strawberry.field(
        description="What the access-request form may show to anyone: name and slug, nothing else.",
        graphql_type=SchoolCard | None,
    )
    async def school_card(self, info: Info, slug: str) -> object:
        return await cards.school_card(info.context.context, slug)

    @strawberry.field(
        description="What stands behind the secret of an invitation's link, or an activation code. It uses nothing up; "
        "null for what can't be redeemed.",
        graphql_type=AdmissionCard | None,
    )
    async def admission_card(self, info: Info, secret: str) -> object:
        return await cards.admission_card(info.context.context, secret)

    @strawberry.field(
        description="How far a request is, for who has its mailed link; null for any other secret.",
        graphql_type=models.AccessRequestStatus | None,
    )
    async def access_request_status(self, info: Info, token: str) -> object:
        return await requests.request_status(info.context.context, token=token)
