"""Invitations in the contract: the office sends them, a mailed secret and a code redeem them."""

from datetime import datetime
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from strawberry.pydantic import input as pydantic_input

import models
from models import ClientKind as Kind
from models import InformationRight as Right
from models import Locale
from resolvers import accepting, invitations
from resolvers.ids import key_of
from resolvers.sessions import renewed
from schema.access import SignInPayload, check_client, entered
from schema.answers import Answer, Ref
from schema.errors import UserError
from schema.info import Info
from schema.inputs import Name, NewAddress, Password, RealName, RetryKey, Secret, TypedCode, once
from schema.nodes import Node, relation
from schema.people import Viewer
from schema.school import Pupil

strawberry.enum(
    models.InvitationState,
    name="InvitationState",
    description="Where an invitation stands. A DRAFT waits for the first school day.",
)
strawberry.enum(
    models.InformationRight,
    name="InformationRight",
    description="Whether a guardian is told by themselves, only when asking, or not at all.",
)
strawberry.enum(models.MailState, name="MailState", description="Whether a mail has gone out. FAILED: it was refused.")


@strawberry.type(description="That the school lets somebody in, once they accept. For the administration alone.")
class Invitation(Node):
    email: str = strawberry.field(description="Where it was sent.")
    name: str = strawberry.field(description="How the mail addresses the person.")
    pupil: Pupil | None = relation("Of whom the person is to be a guardian; null for staff.")
    role: models.Role = strawberry.field(description="As what the person is let in.")
    state: models.InvitationState = strawberry.field(description="Where it stands.")
    sent_at: datetime = strawberry.field(description="When it was sent last; of a draft, when it was made.")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted; of a draft, when it was made.")
    delivery: models.MailState | None = strawberry.field(description="Where its newest mail stands; null for a draft.")


@pydantic_input(description="Whom to invite, for which child.")
class InviteGuardianInput(BaseModel):
    pupil_id: strawberry.ID
    email: NewAddress
    name: Name
    locale: models.Locale = Locale.NL
    parental_authority: bool = True
    information_right: models.InformationRight = Right.FULL
    send_when_started: Annotated[
        bool, Field(description="Before the first school day, or the fourth birthday: keep it, and send it then.")
    ] = False
    client_mutation_id: RetryKey | None


@pydantic_input(description="Whom to invite, as STAFF or as ADMIN.")
class InviteStaffInput(BaseModel):
    school_id: strawberry.ID
    email: NewAddress
    name: Name
    role: models.Role
    locale: models.Locale = Locale.NL
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which invitation to take back.")
class RevokeInvitationInput(BaseModel):
    invitation_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(description="Which invitation to send anew.")
class ResendInvitationInput(BaseModel):
    invitation_id: strawberry.ID
    client_mutation_id: RetryKey | None


@pydantic_input(
    description="The secret of the link, the code of the same mail, and who it is. Where the address has an account "
    "already, that account's password."
)
class AcceptInvitationInput(BaseModel):
    token: Secret
    code: TypedCode
    name: RealName
    password: Password
    accept_house_rules_version: Annotated[int, Field(description="The version that was read; 0 where there is none.")]
    client: models.ClientKind = Kind.WEB


@pydantic_input(description="The secret of the link and the code of the same mail.")
class ConfirmInvitationInput(BaseModel):
    token: Secret
    code: TypedCode
    client_mutation_id: RetryKey | None


@strawberry.type(description="The invitation, or why not.")
class InviteGuardianPayload:
    invitation: Invitation | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The invitation, or why not.")
class InviteStaffPayload:
    invitation: Invitation | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The invitation as it is now, or why not.")
class RevokeInvitationPayload:
    invitation: Invitation | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The invitation as it is now, or why not.")
class ResendInvitationPayload:
    invitation: Invitation | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type(description="The viewer with the child, or why not.")
class ConfirmInvitationPayload:
    viewer: Viewer | None = relation("Null when refused.")
    errors: list[UserError] = strawberry.field(description="Empty when it was done.")


@strawberry.type
class InvitationsMutation:
    @strawberry.mutation(
        description="Invite a guardian of a pupil. The same address again voids the earlier invitation.",
        graphql_type=InviteGuardianPayload,
    )
    async def invite_guardian(self, info: Info, input: InviteGuardianInput) -> Answer:
        key = await invitations.invite_guardian(
            once(info, input),
            pupil_id=key_of("pupil", input.pupil_id),
            email=input.email,
            name=input.name,
            locale=input.locale,
            parental_authority=input.parental_authority,
            information_right=input.information_right,
            when_started=input.send_when_started,
        )
        return Answer("InviteGuardianPayload", invitation=Ref("Invitation", key))

    @strawberry.mutation(description="Invite somebody to work at the school.", graphql_type=InviteStaffPayload)
    async def invite_staff(self, info: Info, input: InviteStaffInput) -> Answer:
        key = await invitations.invite_staff(
            once(info, input),
            school_id=key_of("school", input.school_id),
            email=input.email,
            name=input.name,
            role=input.role,
            locale=input.locale,
        )
        return Answer("InviteStaffPayload", invitation=Ref("Invitation", key))

    @strawberry.mutation(
        description="Take an invitation back: its link and code are void at once.",
        graphql_type=RevokeInvitationPayload,
    )
    async def revoke_invitation(self, info: Info, input: RevokeInvitationInput) -> Answer:
        key = await invitations.revoke_invitation(
            once(info, input), invitation_id=key_of("invitation", input.invitation_id)
        )
        return Answer("RevokeInvitationPayload", invitation=Ref("Invitation", key))

    @strawberry.mutation(
        description="Send an invitation anew, also one that has expired or is locked. The earlier link is void.",
        graphql_type=ResendInvitationPayload,
    )
    async def resend_invitation(self, info: Info, input: ResendInvitationInput) -> Answer:
        key = await invitations.resend_invitation(
            once(info, input), invitation_id=key_of("invitation", input.invitation_id)
        )
        return Answer("ResendInvitationPayload", invitation=Ref("Invitation", key))

    @strawberry.mutation(description="Signs in: the answer is a session, as with signIn.", graphql_type=SignInPayload)
    async def accept_invitation(self, info: Info, input: AcceptInvitationInput) -> Answer:
        check_client(info.context, input.client)
        done = await accepting.accept_invitation(
            info.context.context,
            token=input.token,
            code=input.code,
            name=input.name,
            password=input.password,
            rules_version=input.accept_house_rules_version,
            client=input.client,
        )
        return await entered(info.context, done, input.client)

    @strawberry.mutation(
        description="Confirm that the invited child is one's own, for who has an account and is signed in.",
        graphql_type=ConfirmInvitationPayload,
    )
    async def confirm_invitation(self, info: Info, input: ConfirmInvitationInput) -> Answer:
        key = await accepting.confirm_invitation(once(info, input), token=input.token, code=input.code)
        info.context.context = await renewed(info.context.context)
        return Answer("ConfirmInvitationPayload", viewer=Ref("Viewer", key))
