"""Access in the contract: signing in and out."""

from dataclasses import replace

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

import models
from models import ClientKind as Kind
from resolvers import access, sessions
from resolvers.errors import Code, Refused
from resolvers.sessions import SignedIn
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Address, Device, Password
from schema.nodes import relation
from schema.people import Viewer

strawberry.enum(models.ClientKind, name="ClientKind", description="WEB keeps its session in a cookie, APP in a token.")


@pydantic_input(description="Who, and with what kind of client.")
class SignInInput(BaseModel):
    email: Address
    password: Password
    client: models.ClientKind = Kind.WEB
    device: Device | None


@strawberry.type(description="The signed-in viewer, or why not.")
class SignInPayload:
    viewer: Viewer | None = relation("Null when refused.")
    token: str | None = strawberry.field(description="The bearer token of an APP; null for WEB, which gets a cookie.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="That the session has ended.")
class SignOutPayload:
    signed_out: bool = strawberry.field(description="Always true: without a session there is nothing left to end.")


def check_client(info: Info, client: Kind) -> None:
    """Refuses: INVALID (a session in a cookie, where none can be given)."""
    if client is Kind.WEB and not info.context.takes_cookies:
        raise Refused(Code.INVALID, "client")


def signed_in_answer(info: Info, signed_in: SignedIn, client: Kind) -> Answer:
    """The answer to who has just signed in: an app gets the token, a browser the cookie."""
    request = info.context
    request.context = replace(request.context, viewer=signed_in.viewer)
    if client is Kind.WEB:
        request.signed_in = signed_in
    token = signed_in.token if client is Kind.APP else None
    return Answer("SignInPayload", viewer=Ref("Viewer", signed_in.viewer.person_id), token=token)


@strawberry.type
class AccessMutation:
    @strawberry.mutation(
        description="WEB sets the session cookie and returns no token; APP returns a bearer token and sets no cookie.",
        graphql_type=SignInPayload,
    )
    async def sign_in(self, info: Info, input: SignInInput) -> Answer:
        check_client(info, input.client)
        signed_in = await access.sign_in(
            info.context.context,
            email=input.email,
            password=input.password,
            client=input.client,
            device=input.device or "",
        )
        return signed_in_answer(info, signed_in, input.client)

    @strawberry.mutation(description="End the session in use.", graphql_type=SignOutPayload)
    async def sign_out(self, info: Info) -> Answer:
        await sessions.sign_out(info.context.context)
        info.context.signed_out = True
        return Answer("SignOutPayload", signed_out=True)
