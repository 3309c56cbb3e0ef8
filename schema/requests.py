"""Access requests in the contract: a parent asks and redeems a code, the office verifies in between."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

import models
from models import ClientKind as Kind
from models import Locale
from resolvers import activating, requests, verifying
from resolvers.ids import key_of
from schema.access import SignInPayload, check_client, entered
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Because, Name, NewAddress, Password, RealName, RetryKey, Secret, Slug, TypedCode, once
from schema.nodes import Node, relation
from schema.people import Person
from schema.school import Pupil

strawberry.enum(models.VerificationMethod, name="VerificationMethod", description="How authority was established.")
strawberry.enum(
    verifying.AccessRequestFlag,
    name="AccessRequestFlag",
    description="What the office should look at: from the school's own records, as they are now.",
)


@strawberry.type(description="A child as the requester typed it, and which pupil it may be.")
class RequestedChild:
    name: str = strawberry.field(description="As it was typed.")
    birth_date: date = strawberry.field(description="As it was typed; once the request has ended, the recorded one.")
    pupil: Pupil | None = relation("The pupil whom it was verified to be, or whom it may be.")
    flags: list[verifying.AccessRequestFlag] = strawberry.field(description="What to look at.")


@strawberry.type(description="Somebody asks to be let in. For the administration, once the address is confirmed.")
class AccessRequest(Node):
    requester_name: str = strawberry.field(description="Who asks.")
    email: str = strawberry.field(description="The address, confirmed by a mailed link.")
    children: list[RequestedChild] = relation("The children named.")
    status: models.AccessRequestStatus = strawberry.field(description="How far it is.")
    flags: list[verifying.AccessRequestFlag] = strawberry.field(description="Those of all children, each once.")
    requested_at: datetime = strawberry.field(description="When it was sent in.")
    expires_at: datetime = strawberry.field(description="Until when it, or its code, can be used.")
    verified_by: Person | None = relation("Who established the authority.")
    method: models.VerificationMethod | None = strawberry.field(description="How.")
    delivery: models.MailState | None = strawberry.field(description="Where its newest mail stands.")


@pydantic_input(description="A child, as the parent writes it.")
class RequestedChildInput(BaseModel):
    name: Name
    birth_date: date


@pydantic_input(description="What a parent with authority tells the school.")
class RequestAccessInput(BaseModel):
    school_slug: Slug
    requester_name: RealName
    email: NewAddress
    children: list[RequestedChildInput]
    has_parental_authority: bool
    locale: models.Locale = Locale.NL


@pydantic_input(description="The secret of the mailed link.")
class ConfirmAccessRequestInput(BaseModel):
    token: Secret


@pydantic_input(description="Which pupils the requester has authority over, and how that was established.")
class VerifyAccessRequestInput(BaseModel):
    request_id: strawberry.ID
    pupil_ids: list[strawberry.ID]
    method: models.VerificationMethod
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which request to turn down, and why: the reason stays with the school.")
class RejectAccessRequestInput(BaseModel):
    request_id: strawberry.ID
    reason: Because
    client_mutation_id: RetryKey | None


@pydantic_input(description="For which verified request to mail another code.")
class ResendActivationCodeInput(BaseModel):
    request_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(
    description="The address and the mailed code. Where the address has an account already, that account's password."
)
class ActivateAccountInput(BaseModel):
    email: NewAddress
    code: TypedCode
    password: Password
    accept_house_rules_version: Annotated[int, Field(description="The version that was read; 0 where there is none.")]
    client: models.ClientKind = Kind.WEB


@strawberry.type(description="That it was taken: the same words, whatever the school knows.")
class RequestAccessPayload:
    accepted: bool = strawberry.field(description="Whether it was taken. If the details are right, the school answers.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="That the address is confirmed, or why not.")
class ConfirmAccessRequestPayload:
    confirmed: bool = strawberry.field(description="Whether the school sees the request now.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The request as it is now, or why not.")
class VerifyAccessRequestPayload:
    request: AccessRequest | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The request as it is now, or why not.")
class RejectAccessRequestPayload:
    request: AccessRequest | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The request as it is now, or why not.")
class ResendActivationCodePayload:
    request: AccessRequest | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class RequestsMutation:
    @strawberry.mutation(
        description="Always the same answer, whatever the school knows; only the typed birth date can refuse.",
        graphql_type=RequestAccessPayload,
    )
    async def request_access(self, info: Info, input: RequestAccessInput) -> Answer:
        await requests.request_access(
            info.context.context,
            school_slug=input.school_slug,
            requester_name=input.requester_name,
            email=input.email,
            children=[requests.Asked(child.name, child.birth_date) for child in input.children],
            has_parental_authority=input.has_parental_authority,
            locale=input.locale,
        )
        return Answer("RequestAccessPayload", accepted=True)

    @strawberry.mutation(
        description="Confirm the address of a request by its mailed link.", graphql_type=ConfirmAccessRequestPayload
    )
    async def confirm_access_request(self, info: Info, input: ConfirmAccessRequestInput) -> Answer:
        await requests.confirm_access_request(info.context.context, token=input.token)
        return Answer("ConfirmAccessRequestPayload", confirmed=True)

    @strawberry.mutation(
        description="Say that the requester has authority over these pupils; the code is mailed.",
        graphql_type=VerifyAccessRequestPayload,
    )
    async def verify_access_request(self, info: Info, input: VerifyAccessRequestInput) -> Answer:
        key = await verifying.verify_access_request(
            once(info, input),
            request_id=key_of("request", input.request_id),
            pupil_ids=[key_of("pupil", pupil_id) for pupil_id in input.pupil_ids],
            method=input.method,
        )
        return Answer("VerifyAccessRequestPayload", request=Ref("AccessRequest", key))

    @strawberry.mutation(
        description="Turn a request down, or take back a code that was not used. The requester never hears the reason.",
        graphql_type=RejectAccessRequestPayload,
    )
    async def reject_access_request(self, info: Info, input: RejectAccessRequestInput) -> Answer:
        key = await verifying.reject_access_request(
            once(info, input), request_id=key_of("request", input.request_id), reason=input.reason
        )
        return Answer("RejectAccessRequestPayload", request=Ref("AccessRequest", key))

    @strawberry.mutation(
        description="Mail another activation code; the earlier one is void.", graphql_type=ResendActivationCodePayload
    )
    async def resend_activation_code(self, info: Info, input: ResendActivationCodeInput) -> Answer:
        key = await verifying.resend_activation_code(once(info, input), request_id=key_of("request", input.request_id))
        return Answer("ResendActivationCodePayload", request=Ref("AccessRequest", key))

    @strawberry.mutation(
        description="Redeems the activation code that was mailed after verification.", graphql_type=SignInPayload
    )
    async def activate_account(self, info: Info, input: ActivateAccountInput) -> Answer:
        check_client(info.context, input.client)
        done = await activating.activate_account(
            info.context.context,
            email=input.email,
            code=input.code,
            password=input.password,
            rules_version=input.accept_house_rules_version,
            client=input.client,
        )
        return await entered(info.context, done, input.client)
