"""The contract: what clients may ask. Types and operations only; no SQL, no rule."""

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from graphql.execution.collect_fields import FieldDetails
from strawberry.schema.config import StrawberryConfig

from resolvers.absences import ABSENCE_REPORT
from resolvers.errors import BadInput
from resolvers.factors.kinds import PASSKEY
from resolvers.feed import COMMENT, POST
from resolvers.ids import parse_id
from resolvers.invitations import INVITATION
from resolvers.meetings.ticket_views import MEETING_BOOKING, MEETING_OFFER, MEETING_REPORT, MEETING_TICKET
from resolvers.meetings.views import HOST_WINDOW, MEETING_ROUND, MEETING_SLOT
from resolvers.people import PERSON
from resolvers.school import GROUP, PUPIL, SCHOOL
from resolvers.sessions import SESSION
from resolvers.verifying import ACCESS_REQUEST
from schema.absences import AbsenceReport, AbsencesMutation
from schema.access import AccessMutation
from schema.accounts import AccountsMutation
from schema.administration import AdministrationMutation
from schema.admission import AdmissionQuery
from schema.answers import Ref, row, rows
from schema.bookings import BookingsMutation
from schema.errors import tell_refusals
from schema.factors import FactorsMutation, Passkey
from schema.feed import Comment, FeedMutation, Post
from schema.hosting import HostingMutation
from schema.info import Info, resolve_info
from schema.invitations import Invitation, InvitationsMutation
from schema.leaving import LeavingMutation
from schema.live import Subscription
from schema.meetings import (
    HostWindow,
    MeetingBooking,
    MeetingOffer,
    MeetingReport,
    MeetingRound,
    MeetingSlot,
    MeetingTicket,
)
from schema.members import MembersMutation
from schema.nodes import Node
from schema.people import PeopleMutation, Person, Session, Viewer
from schema.requests import AccessRequest, RequestsMutation
from schema.rounds import RoundsMutation
from schema.rules import RulesMutation
from schema.scalars import SCALARS
from schema.school import Group, Pupil, School
from schema.tickets import TicketsMutation

__all__ = ["graphql_schema", "sdl"]

GREATEST_NODES = 50


def _ref(id_: str) -> Ref | None:
    kind, key = parse_id(id_)
    view = _NODES.get(kind)
    return None if view is None else Ref(view, key)


_NODES = {
    view.node: view.name
    for view in (
        PERSON,
        SCHOOL,
        GROUP,
        PUPIL,
        POST,
        COMMENT,
        ABSENCE_REPORT,
        INVITATION,
        ACCESS_REQUEST,
        PASSKEY,
        SESSION,
        MEETING_ROUND,
        HOST_WINDOW,
        MEETING_SLOT,
        MEETING_TICKET,
        MEETING_BOOKING,
        MEETING_OFFER,
        MEETING_REPORT,
    )
}
"""What can be fetched by id: the first part of the id, and the type."""


@strawberry.type(description="What can be read.")
class Query(AdmissionQuery):
    @strawberry.field(description="Null when nobody is signed in.", graphql_type=Viewer | None)
    async def viewer(self, info: Info) -> object:
        viewer = info.context.context.viewer
        return None if viewer is None else await row(info, Ref("Viewer", viewer.person_id))

    @strawberry.field(
        description="Anything that has an id. What the viewer may not see is null, exactly like what does not exist.",
        graphql_type=Node | None,
    )
    async def node(self, info: Info, id: strawberry.ID) -> object:
        info.context.viewer()
        ref = _ref(id)
        return None if ref is None else await row(info, ref)

    @strawberry.field(
        description="As node, for at most 50 ids; the answers stand in their order.", graphql_type=list[Node | None]
    )
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[object]:
        info.context.viewer()
        if len(ids) > GREATEST_NODES:
            msg = f"At most {GREATEST_NODES} ids."
            raise BadInput(msg)
        raw = resolve_info(info)
        details = [FieldDetails(node, None) for node in raw.field_nodes]
        return await rows(raw, info.context.context, details, [_ref(id_) for id_ in ids])


@strawberry.type(description="What can be done. Each answers with its result, or with why not.")
class Mutation(
    AccessMutation,
    AccountsMutation,
    FactorsMutation,
    InvitationsMutation,
    RequestsMutation,
    PeopleMutation,
    FeedMutation,
    AbsencesMutation,
    RulesMutation,
    MembersMutation,
    LeavingMutation,
    AdministrationMutation,
    RoundsMutation,
    HostingMutation,
    TicketsMutation,
    BookingsMutation,
):
    pass


_schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        *(Person, School, Group, Pupil, Post, Comment, AbsenceReport, Invitation, AccessRequest, Passkey, Session),
        *(MeetingRound, HostWindow, MeetingSlot, MeetingTicket, MeetingBooking, MeetingOffer, MeetingReport),
    ],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
graphql_schema: GraphQLSchema = _schema._schema  # pyright: ignore[reportPrivateUsage] — the executor needs graphql-core's
assert isinstance(graphql_schema.mutation_type, GraphQLObjectType)
tell_refusals(graphql_schema.mutation_type)


def sdl() -> str:
    """The contract as text, as it is checked in."""
    return _schema.as_str() + "\n"
