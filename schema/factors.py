"""Second factors in the contract: authenticator app, passkeys, recovery codes; and showing again who one is."""

from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input
from strawberry.scalars import JSON

import models
from models import ClientKind as Kind
from resolvers.factors import apps, passkeys, step_up
from resolvers.factors.passkeys import Ceremony
from resolvers.ids import key_of
from schema.access import SignInPayload, check_client, entered
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Device, Name, Password, RetryKey, Secret, TypedCode, once
from schema.nodes import Node, relation

_OPTIONS = "What the browser is asked, as JSON: for parseCreationOptionsFromJSON or parseRequestOptionsFromJSON."
_TOKEN = Field(description="The token that came with the options. It works once.")
_CREDENTIAL = Field(description="What the browser has answered: PublicKeyCredential.toJSON().")
_CODES = "New recovery codes, shown only now: with the first second factor. Null otherwise."


@strawberry.type(description="A passkey of the viewer. Only its public half is known to the service.")
class Passkey(Node):
    name: str = strawberry.field(description="As its owner calls it.")
    created_at: datetime = strawberry.field(description="When it was added.")
    last_used_at: datetime | None = strawberry.field(description="When it was shown last; null when never.")


@strawberry.type(description="What the viewer can show besides a password, or in place of one.")
class SecondFactors:
    authenticator_app: bool = strawberry.field(description="Whether there is an app that makes codes.")
    passkeys: list[Passkey] = relation("The passkeys, oldest first.")
    recovery_codes_left: int = strawberry.field(description="How many recovery codes were not used yet.")


@pydantic_input(description="The first code that the app shows.")
class ConfirmAuthenticatorAppInput(BaseModel):
    code: TypedCode


@pydantic_input(description="What the browser has made of the options, and a name to know it by.")
class FinishPasskeyRegistrationInput(BaseModel):
    token: Annotated[Secret, _TOKEN]
    credential: Annotated[JSON, _CREDENTIAL]
    name: Name


@pydantic_input(description="Which passkey.")
class RemovePasskeyInput(BaseModel):
    passkey_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="What the browser has signed, and with what kind of client.")
class SignInWithPasskeyInput(BaseModel):
    token: Annotated[Secret, _TOKEN]
    credential: Annotated[JSON, _CREDENTIAL]
    client: models.ClientKind = Kind.WEB
    device: Device | None


@pydantic_input(description="The password, and for who has a second factor also a code or a recovery code.")
class ReauthenticateInput(BaseModel):
    password: Password
    code: Annotated[TypedCode | None, Field(description="Of the authenticator app.")]
    recovery_code: TypedCode | None


@pydantic_input(description="What the browser has signed.")
class ReauthenticateWithPasskeyInput(BaseModel):
    token: Annotated[Secret, _TOKEN]
    credential: Annotated[JSON, _CREDENTIAL]


@strawberry.type(description="What an app needs to make codes, or why not. It counts once a code has confirmed it.")
class AddAuthenticatorAppPayload:
    secret: str | None = strawberry.field(description="To be typed into the app; shown only now.")
    uri: str | None = strawberry.field(description="The same as an otpauth URI, for a QR code.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The factors with the new one, or why not.")
class FactorAddedPayload:
    second_factors: SecondFactors | None = relation("Null when refused.")
    recovery_codes: list[str] | None = strawberry.field(description=_CODES)
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The factors that are left, or why not.")
class FactorRemovedPayload:
    second_factors: SecondFactors | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The new recovery codes, or why not.")
class RenewRecoveryCodesPayload:
    recovery_codes: list[str] | None = strawberry.field(description="Shown only now; those before are worthless.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="What to do with a passkey, or why not.")
class PasskeyCeremonyPayload:
    options: JSON | None = strawberry.field(description=_OPTIONS)
    token: str | None = strawberry.field(description="To be sent back with what the browser answers.")
    expires_at: datetime | None = strawberry.field(description="Until when it can be answered.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="How long what needs a fresh proof can be done now, or why not.")
class ReauthenticatePayload:
    fresh_until: datetime | None = strawberry.field(description="Until then no new proof is asked.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


def _added(info: Info, codes: list[str] | None) -> Answer:
    return Answer("FactorAddedPayload", second_factors=_mine(info), recovery_codes=codes)


def _mine(info: Info) -> Ref:
    return Ref("SecondFactors", info.context.viewer().person_id)


def _asked(ceremony: Ceremony) -> Answer:
    asked = ceremony.asked
    return Answer("PasskeyCeremonyPayload", options=ceremony.options, token=asked.token, expires_at=asked.expires_at)


@strawberry.type
class FactorsMutation:
    @strawberry.mutation(
        description="Begin with an authenticator app. It needs a fresh proof, as all changes of factors do.",
        graphql_type=AddAuthenticatorAppPayload,
    )
    async def add_authenticator_app(self, info: Info) -> Answer:
        seed = await apps.add_authenticator_app(info.context.context)
        return Answer("AddAuthenticatorAppPayload", secret=seed.secret, uri=seed.address)

    @strawberry.mutation(
        description="Confirm the app with its first code. All other sessions of the viewer end.",
        graphql_type=FactorAddedPayload,
    )
    async def confirm_authenticator_app(self, info: Info, input: ConfirmAuthenticatorAppInput) -> Answer:
        return _added(info, await apps.confirm_authenticator_app(info.context.context, code=input.code))

    @strawberry.mutation(
        description="Take the app away. All other sessions of the viewer end.", graphql_type=FactorRemovedPayload
    )
    async def remove_authenticator_app(self, info: Info) -> Answer:
        await apps.remove_authenticator_app(info.context.context)
        return Answer("FactorRemovedPayload", second_factors=_mine(info))

    @strawberry.mutation(
        description="Make new recovery codes. All other sessions of the viewer end.",
        graphql_type=RenewRecoveryCodesPayload,
    )
    async def renew_recovery_codes(self, info: Info) -> Answer:
        codes = await apps.renew_recovery_codes(info.context.context)
        return Answer("RenewRecoveryCodesPayload", recovery_codes=codes)

    @strawberry.mutation(description="Begin with a new passkey.", graphql_type=PasskeyCeremonyPayload)
    async def start_passkey_registration(self, info: Info) -> Answer:
        return _asked(await passkeys.start_registration(info.context.context))

    @strawberry.mutation(
        description="Keep the passkey that the browser has made. All other sessions of the viewer end.",
        graphql_type=FactorAddedPayload,
    )
    async def finish_passkey_registration(self, info: Info, input: FinishPasskeyRegistrationInput) -> Answer:
        codes = await passkeys.finish_registration(
            info.context.context, token=input.token, credential=input.credential, name=input.name
        )
        return _added(info, codes)

    @strawberry.mutation(
        description="Take a passkey away. All other sessions of the viewer end.", graphql_type=FactorRemovedPayload
    )
    async def remove_passkey(self, info: Info, input: RemovePasskeyInput) -> Answer:
        await passkeys.remove_passkey(once(info, input), passkey_id=key_of("passkey", input.passkey_id))
        return Answer("FactorRemovedPayload", second_factors=_mine(info))

    @strawberry.mutation(description="Begin to sign in with a passkey.", graphql_type=PasskeyCeremonyPayload)
    async def start_passkey_sign_in(self, info: Info) -> Answer:
        return _asked(await passkeys.start_sign_in(info.context.context))

    @strawberry.mutation(description="Sign in with a passkey, which is both factors.", graphql_type=SignInPayload)
    async def sign_in_with_passkey(self, info: Info, input: SignInWithPasskeyInput) -> Answer:
        request = info.context
        check_client(request, input.client)
        opened = await passkeys.sign_in(
            request.context,
            token=input.token,
            credential=input.credential,
            client=input.client,
            device=input.device or "",
        )
        return await entered(request, opened, input.client)

    @strawberry.mutation(
        description="Show again who one is, for what asks REAUTHENTICATION_REQUIRED.",
        graphql_type=ReauthenticatePayload,
    )
    async def reauthenticate(self, info: Info, input: ReauthenticateInput) -> Answer:
        until = await step_up.reauthenticate(
            info.context.context, password=input.password, code=input.code, recovery_code=input.recovery_code
        )
        return Answer("ReauthenticatePayload", fresh_until=until)

    @strawberry.mutation(
        description="Begin to show again who one is, with a passkey.", graphql_type=PasskeyCeremonyPayload
    )
    async def start_passkey_reauthentication(self, info: Info) -> Answer:
        return _asked(await step_up.start_passkey(info.context.context))

    @strawberry.mutation(description="Show again who one is, with a passkey.", graphql_type=ReauthenticatePayload)
    async def reauthenticate_with_passkey(self, info: Info, input: ReauthenticateWithPasskeyInput) -> Answer:
        until = await step_up.reauthenticate_with_passkey(
            info.context.context, token=input.token, credential=input.credential
        )
        return Answer("ReauthenticatePayload", fresh_until=until)
