"""One's own account in the contract: sessions, the password, the address."""

import strawberry
from pydantic import BaseModel
from strawberry.pydantic import input as pydantic_input

import models
from models import ClientKind as Kind
from resolvers import accounts, sessions
from resolvers.ids import key_of
from schema.access import SignInPayload, check_client, entered
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Address, DeviceToken, NewAddress, Password, RetryKey, Secret, once
from schema.nodes import relation
from schema.people import Viewer


@pydantic_input(description="One of one's own sessions.")
class RevokeSessionInput(BaseModel):
    session_id: strawberry.ID
    client_mutation_id: RetryKey | None


@strawberry.type(description="Which session has ended, or why not.")
class RevokeSessionPayload:
    session_id: strawberry.ID | None = strawberry.field(description="Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@pydantic_input(description="Nothing needs to be said.")
class RevokeOtherSessionsInput(BaseModel):
    client_mutation_id: RetryKey | None


@strawberry.type(description="The viewer with the one session that is left, or why not.")
class RevokeOtherSessionsPayload:
    viewer: Viewer | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@pydantic_input(description="Who has forgotten the password.")
class RequestPasswordResetInput(BaseModel):
    email: Address


@strawberry.type(description="That the request was taken; not whether there is such an account.")
class RequestPasswordResetPayload:
    accepted: bool = strawberry.field(description="True for every address; false only when there were too many.")
    errors: list[UserError] = strawberry.field(description="Empty when it was taken.")


@pydantic_input(description="The secret of the mailed link, and the password from now on.")
class ResetPasswordInput(BaseModel):
    token: Secret
    new_password: Password
    client: models.ClientKind = Kind.WEB
    device_token: DeviceToken | None


@pydantic_input(description="The password until now, and from now on.")
class ChangePasswordInput(BaseModel):
    current_password: Password
    new_password: Password


@strawberry.type(description="The viewer, with no other session left; or why not.")
class ChangePasswordPayload:
    viewer: Viewer | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@pydantic_input(description="The address from now on, once it is confirmed.")
class ChangeEmailInput(BaseModel):
    email: NewAddress
    client_mutation_id: RetryKey | None


@strawberry.type(description="The viewer, still with the old address; or why not.")
class ChangeEmailPayload:
    viewer: Viewer | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when a link is on its way.")


@pydantic_input(description="The secret of the link that was mailed to the new address.")
class ConfirmEmailChangeInput(BaseModel):
    token: Secret


@strawberry.type(description="That the account has moved to the new address, or why not.")
class ConfirmEmailChangePayload:
    confirmed: bool = strawberry.field(description="False when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class AccountsMutation:
    @strawberry.mutation(
        description="End one of one's own sessions; what it follows ends with it.", graphql_type=RevokeSessionPayload
    )
    async def revoke_session(self, info: Info, input: RevokeSessionInput) -> Answer:
        await sessions.revoke_session(once(info, input), session_id=key_of("session", input.session_id))
        return Answer("RevokeSessionPayload", session_id=input.session_id)

    @strawberry.mutation(
        description="End all sessions of one's own but this one. Asks for a recent sign-in.",
        graphql_type=RevokeOtherSessionsPayload,
    )
    async def revoke_other_sessions(self, info: Info, input: RevokeOtherSessionsInput) -> Answer:
        key = await sessions.revoke_other_sessions(once(info, input))
        return Answer("RevokeOtherSessionsPayload", viewer=Ref("Viewer", key))

    @strawberry.mutation(
        description="Have a link mailed that sets another password; it works for half an hour, and once.",
        graphql_type=RequestPasswordResetPayload,
    )
    async def request_password_reset(self, info: Info, input: RequestPasswordResetInput) -> Answer:
        await accounts.request_password_reset(info.context.context, email=input.email)
        return Answer("RequestPasswordResetPayload", accepted=True)

    @strawberry.mutation(
        description="Set another password with the mailed link, end all sessions, and sign in, as with signIn.",
        graphql_type=SignInPayload,
    )
    async def reset_password(self, info: Info, input: ResetPasswordInput) -> Answer:
        check_client(info.context, input.client)
        done = await accounts.reset_password(
            info.context.from_device(input.device_token),
            token=input.token,
            new_password=input.new_password,
            client=input.client,
        )
        return await entered(info.context, done, input.client)

    @strawberry.mutation(
        description="Set another password. The one until now is asked, and all other sessions end.",
        graphql_type=ChangePasswordPayload,
    )
    async def change_password(self, info: Info, input: ChangePasswordInput) -> Answer:
        key = await accounts.change_password(
            info.context.context, current_password=input.current_password, new_password=input.new_password
        )
        return Answer("ChangePasswordPayload", viewer=Ref("Viewer", key))

    @strawberry.mutation(
        description="Have a link mailed to another address, to sign in with that from then on."
        " Asks for a recent sign-in. An address that is somebody else's is answered alike, and gets no mail.",
        graphql_type=ChangeEmailPayload,
    )
    async def change_email(self, info: Info, input: ChangeEmailInput) -> Answer:
        key = await accounts.change_email(once(info, input), email=input.email)
        return Answer("ChangeEmailPayload", viewer=Ref("Viewer", key))

    @strawberry.mutation(
        description="Move the account to the address at which the link was read.",
        graphql_type=ConfirmEmailChangePayload,
    )
    async def confirm_email_change(self, info: Info, input: ConfirmEmailChangeInput) -> Answer:
        await accounts.confirm_email_change(info.context.context, token=input.token)
        return Answer("ConfirmEmailChangePayload", confirmed=True)
