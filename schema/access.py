"""Access in the contract: signing in and out."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

import models
from models import ClientKind as Kind
from resolvers import access, factors, sessions
from resolvers.errors import Code, Refused
from resolvers.factors import ChallengeGiven, FactorKind
from resolvers.sessions import Opened
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info, Request
from schema.inputs import Address, Device, DeviceToken, Password, Secret, TypedCode
from schema.nodes import relation
from schema.people import Viewer

strawberry.enum(models.ClientKind, name="ClientKind", description="WEB keeps its session in a cookie, APP in a token.")
strawberry.enum(FactorKind, name="SecondFactorKind", description="With what a second factor can be shown.")


@pydantic_input(description="Who, and with what kind of client.")
class SignInInput(BaseModel):
    email: Address
    password: Password
    client: models.ClientKind = Kind.WEB
    device: Device | None
    """What the owner calls it, to know its session again."""
    device_token: DeviceToken | None
    """Of an APP that has signed in before: then nobody else can use up its attempts."""


@pydantic_input(description="The second factor that signIn has asked for: a code, or a recovery code.")
class CompleteSignInInput(BaseModel):
    challenge: Annotated[Secret, Field(description="The token of the challenge.")]
    code: Annotated[TypedCode | None, Field(description="Of the authenticator app.")]
    recovery_code: TypedCode | None


@strawberry.type(
    description="The password was right. For PASSKEY use startPasskeySignIn, for the others completeSignIn."
)
class SecondFactorChallenge:
    token: str = strawberry.field(description="For completeSignIn. Of no use after five wrong codes.")
    kinds: list[FactorKind] = strawberry.field(description="Any one of these will do.")
    expires_at: datetime = strawberry.field(description="Until when it can be answered.")


@strawberry.type(description="The signed-in viewer, or the question for a second factor, or why not.")
class SignInPayload:
    viewer: Viewer | None = relation("Null when refused, and while a second factor is asked.")
    token: str | None = strawberry.field(description="The bearer token of an APP; null for WEB, which gets a cookie.")
    second_factor: SecondFactorChallenge | None = strawberry.field(
        description="What is still to be shown; null for who has no second factor, and once it was shown."
    )
    device_token: str | None = strawberry.field(
        description="For an APP to keep, also after signing out, and to show when it signs in again; null for WEB."
    )
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="That the session has ended.")
class SignOutPayload:
    signed_out: bool = strawberry.field(description="Always true: without a session there is nothing left to end.")


def check_client(request: Request, client: Kind) -> None:
    """That this client can be given a session here. Refuses: INVALID."""
    if client is Kind.WEB and not request.takes_cookies:
        raise Refused(Code.INVALID, "client")


async def entered(request: Request, done: Opened | ChallengeGiven, client: Kind) -> Answer:
    """The SignInPayload of somebody who has come in, with the cookie of a WEB; or the question for a second factor.

    What comes after it in the request is read as the new viewer. Refuses: INVALID_CREDENTIALS.
    """
    if isinstance(done, ChallengeGiven):
        asked = SecondFactorChallenge(token=done.asked.token, kinds=list(done.kinds), expires_at=done.asked.expires_at)
        return Answer("SignInPayload", viewer=None, token=None, device_token=None, second_factor=asked)
    signed_in = await sessions.signed_in(request.context, done)
    request.context = replace(request.context, viewer=signed_in.viewer)
    if client is Kind.WEB:
        request.signed_in = signed_in
    return Answer(
        "SignInPayload",
        viewer=Ref("Viewer", signed_in.viewer.person_id),
        token=signed_in.token if client is Kind.APP else None,
        device_token=signed_in.device_token if client is Kind.APP else None,
        second_factor=None,
    )


@strawberry.type
class AccessMutation:
    @strawberry.mutation(
        description="WEB sets the session cookie and returns no token; APP returns a bearer token and sets no cookie.",
        graphql_type=SignInPayload,
    )
    async def sign_in(self, info: Info, input: SignInInput) -> Answer:
        request = info.context
        check_client(request, input.client)
        done = await access.sign_in(
            request.from_device(input.device_token),
            email=input.email,
            password=input.password,
            client=input.client,
            device=input.device or "",
        )
        return await entered(request, done, input.client)

    @strawberry.mutation(description="Show the second factor that was asked.", graphql_type=SignInPayload)
    async def complete_sign_in(self, info: Info, input: CompleteSignInInput) -> Answer:
        request = info.context
        opened, client = await factors.complete_sign_in(
            request.context,
            challenge=input.challenge,
            code=input.code,
            recovery_code=input.recovery_code,
            clients=Kind if request.takes_cookies else (Kind.APP,),
        )
        return await entered(request, opened, client)

    @strawberry.mutation(description="End the session in use.", graphql_type=SignOutPayload)
    async def sign_out(self, info: Info) -> Answer:
        await sessions.sign_out(info.context.context)
        info.context.signed_out = True
        return Answer("SignOutPayload", signed_out=True)
