"""Getting in: rows SCH, INV, REQ, COD and MEM."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from models import InvitationState
from models.database import Database
from resolvers.passwords import hash_password
from tests.admissions import CODE, ask_for_access, invite, secret_of
from tests.clients import BEFORE_SCHOOL
from tests.factories import amend, founding, id_of
from tests.personas import World
from tests.policy.probes import EMPTY, Case, Change, Probe, Read, always, ids, listed, mutation, node

PASSWORD = "welkom-op-het-plein"
NEW = "iemand.anders@mensen.example"
_PAGE = "pageInfo { hasNextPage }"
_INVITATION = "id email name role state sentAt expiresAt delivery pupil { givenName }"
_CHILD = "name birthDate flags pupil { givenName }"
_REQUEST = (
    "id requesterName email status flags requestedAt expiresAt method delivery verifiedBy { name }"
    f" children {{ {_CHILD} }}"
)
_SESSION = "token viewer { person { id } }"
_YOUNG = date(2022, 9, 16)


def _invitation(world: World) -> Any:
    return world.invitation


def _request(world: World) -> Any:
    return world.request


def _invite(case: Case) -> dict[str, Any]:
    return {"pupilId": id_of(case.world.own_child), "email": NEW, "name": "Femke de Groot"}


def _invite_staff(case: Case) -> dict[str, Any]:
    return {"schoolId": id_of(case.world.school_a), "email": NEW, "name": "Femke de Groot", "role": "STAFF"}


def _accept(secret: Callable[[Case], str]) -> Callable[[Case], dict[str, Any]]:
    return lambda case: {
        "token": secret(case),
        "code": CODE,
        "name": "Femke de Groot",
        "password": PASSWORD,
        "acceptHouseRulesVersion": 0,
        "client": "APP",
    }


def _activate(case: Case) -> dict[str, Any]:
    return {
        "email": case.me.email,
        "code": secret_of(case.me),
        "password": PASSWORD,
        "acceptHouseRulesVersion": 0,
        "client": "APP",
    }


def _verify(case: Case) -> dict[str, Any]:
    return {
        "requestId": id_of(case.world.request),
        "pupilIds": [id_of(case.world.own_child)],
        "method": "IDENTITY_DOCUMENT",
    }


def _of_request(case: Case) -> dict[str, Any]:
    return {"requestId": id_of(case.world.request)}


def _signed_in(payload: Any) -> tuple[str, bool]:
    return payload["viewer"]["person"]["id"], bool(payload["token"])


def _state(field: str) -> Callable[[Any], Any]:
    return lambda payload: payload[field]["state" if field == "invitation" else "status"]


async def _young(database: Database, world: World) -> None:
    for pupil in (world.own_child, world.other_pupil):
        await amend(database, pupil, birth_date=_YOUNG)


async def _taken_back(database: Database, world: World) -> None:
    await amend(database, world.invitation, state=InvitationState.REVOKED.value, closed_at=BEFORE_SCHOOL)


async def _by_admin(database: Database, world: World) -> None:
    await amend(database, world.request, email=world.people["school_admin"].email)


async def _unconfirmed(database: Database, world: World) -> None:
    await amend(database, world.request, status="UNCONFIRMED")


async def _verified(database: Database, world: World) -> None:
    values = {"status": "VERIFIED", "method": "CALL_BACK", "verified_at": BEFORE_SCHOOL}
    await amend(database, world.request, verified_by=world.people["school_admin"].id, **values)


async def _with_passwords(database: Database, world: World) -> None:
    hashed = await hash_password(PASSWORD)
    for somebody in world.people.values():
        await amend(database, somebody, password_hash=hashed)


async def _all_invited(database: Database, world: World) -> None:
    """Everybody has an invitation for Lina, whose secret is their own."""
    await _with_passwords(database, world)
    async with founding(database) as facts:
        for somebody in world.people.values():
            invite(facts, world.other_groups_pupil, world.people["school_admin"], to=somebody)


async def _all_verified(database: Database, world: World) -> None:
    """Everybody has asked for access to Lina, and was verified."""
    await _with_passwords(database, world)
    async with founding(database) as facts:
        for somebody in world.people.values():
            ask_for_access(facts, world.other_groups_pupil, somebody, verified_by=world.people["school_admin"])


async def _all_used(database: Database, world: World) -> None:
    """Everybody's code was redeemed already."""
    await _all_verified(database, world)
    used = "update access_request set status = 'COMPLETED', closed_at = $1 where school_id = $2 and status = 'VERIFIED'"
    await database.fetch(used, [BEFORE_SCHOOL, world.school_a.id])


INVITATIONS = (
    Change(
        row="INV-01",
        document=mutation("inviteGuardian", f"invitation {{ {_INVITATION} }}"),
        variables=_invite,
        target=("pupilId",),
        shows=_state("invitation"),
        allowed=always("SENT"),
    ),
    Change(
        row="INV-02",
        document=mutation("inviteGuardian", f"invitation {{ {_INVITATION} }}"),
        variables=_invite,
        target=("pupilId",),
        shows=_state("invitation"),
        allowed=always("SENT"),
        prepare=_young,
    ),
    node(
        "INV-03",
        "School",
        f"invitations {{ edges {{ cursor node {{ {_INVITATION} }} }} {_PAGE} }}",
        lambda world: world.school_a,
        shows=listed("invitations.edges.node"),
        allowed=lambda case: ids(case.world.invitation),
        filtered=EMPTY,
    ),
    *(
        Change(
            row="INV-05",
            name=name,
            document=mutation(f"{name}Invitation", f"invitation {{ {_INVITATION} }}"),
            variables=lambda case: {"invitationId": id_of(case.world.invitation)},
            target=("invitationId",),
            shows=_state("invitation"),
            allowed=always(state),
        )
        for name, state in (("revoke", "REVOKED"), ("resend", "SENT"))
    ),
    Change(
        row="INV-06",
        document=mutation("acceptInvitation", _SESSION),
        variables=_accept(lambda case: secret_of(case.me)),
        shows=_signed_in,
        allowed=lambda case: (id_of(case.me), True),
        needs_session=False,
        prepare=_all_invited,
    ),
    Change(
        row="INV-06",
        name="confirm",
        document=mutation("confirmInvitation", "viewer { person { id } }"),
        variables=lambda case: {"token": secret_of(case.me), "code": CODE},
        shows=lambda payload: payload["viewer"]["person"]["id"],
        allowed=lambda case: id_of(case.me),
        prepare=_all_invited,
    ),
    *(
        Change(
            row=row,
            document=mutation("acceptInvitation", _SESSION),
            variables=_accept(lambda case: secret_of(case.world.invitation)),
            target=("token",),
            shows=_signed_in,
            allowed=always(None),
            generic="INVALID_CODE",
            needs_session=False,
            prepare=prepare,
        )
        for row, prepare in (("INV-07", _taken_back), ("INV-08", _young))
    ),
    Change(
        row="MEM-01",
        document=mutation("inviteStaff", f"invitation {{ {_INVITATION} }}"),
        variables=_invite_staff,
        target=("schoolId",),
        shows=_state("invitation"),
        allowed=always("SENT"),
    ),
)

REQUESTS = (
    Read(
        row="SCH-01",
        document="query($slug: String!) { schoolCard(slug: $slug) { slug name } }",
        variables=lambda case: {"slug": case.world.school_a.slug},
        shows=lambda card: (card["slug"], card["name"]),
        allowed=lambda case: (case.world.school_a.slug, "De Regenboog"),
    ),
    Change(
        row="REQ-01",
        document=mutation("requestAccess", "accepted"),
        variables=lambda case: {
            "schoolSlug": case.world.school_a.slug,
            "requesterName": "Femke de Groot",
            "email": case.me.email,
            "children": [{"name": "Noor Yilmaz", "birthDate": "2018-03-14"}],
            "hasParentalAuthority": True,
        },
        shows=lambda payload: payload["accepted"],
        allowed=always(True),
    ),
    Change(
        row="REQ-01",
        name="confirm",
        document=mutation("confirmAccessRequest", "confirmed"),
        variables=lambda case: {"token": secret_of(case.world.request)},
        shows=lambda payload: payload["confirmed"],
        allowed=always(True),
        prepare=_unconfirmed,
    ),
    Read(
        row="REQ-02",
        document="query($token: String!) { accessRequestStatus(token: $token) }",
        variables=lambda case: {"token": secret_of(case.world.request)},
        shows=lambda status: status,
        allowed=always("PENDING"),
        filtered={"SELF": always("PENDING")},
    ),
    Read(
        row="REQ-02",
        name="card",
        document="query($secret: String!) { admissionCard(secret: $secret)"
        " { school { slug name } houseRulesVersion houseRules expiresAt } }",
        variables=lambda case: {"secret": secret_of(case.world.invitation)},
        shows=lambda card: (card["school"]["name"], card["houseRulesVersion"]),
        allowed=always(("De Regenboog", 0)),
        filtered={"SELF": always(("De Regenboog", 0))},
    ),
    node(
        "REQ-03",
        "School",
        f"accessRequests {{ edges {{ cursor node {{ {_REQUEST} }} }} {_PAGE} }}",
        lambda world: world.school_a,
        shows=listed("accessRequests.edges.node"),
        allowed=lambda case: ids(case.world.request),
        filtered=EMPTY,
    ),
    *(
        Change(
            row=row,
            document=mutation("verifyAccessRequest", f"request {{ {_REQUEST} }}"),
            variables=_verify,
            target=("requestId",),
            shows=_state("request"),
            allowed=always("VERIFIED"),
            forbidden=forbidden,
            prepare=prepare,
        )
        for row, prepare, forbidden in (
            ("REQ-04", None, "FORBIDDEN"),
            ("REQ-05", _by_admin, "CONFLICT_OF_INTEREST"),
            ("REQ-06", _young, "PUPIL_UNDER_FOUR"),
        )
    ),
    *(
        Change(
            row=row,
            document=mutation("rejectAccessRequest", f"request {{ {_REQUEST} }}"),
            variables=lambda case: {"requestId": id_of(case.world.request), "reason": "Geen gezag"},
            target=("requestId",),
            shows=_state("request"),
            allowed=always("REJECTED"),
            prepare=prepare,
        )
        for row, prepare in (("REQ-07", None), ("COD-06", _verified))
    ),
    *(
        Change(
            row=row,
            document=mutation("resendActivationCode", f"request {{ {_REQUEST} }}"),
            variables=lambda case: {"requestId": id_of(case.world.request)},
            target=("requestId",),
            shows=_state("request"),
            allowed=always("VERIFIED"),
            forbidden="INVALID",
            prepare=prepare,
        )
        for row, prepare in (("COD-01", _verified), ("COD-02", None))
    ),
    Change(
        row="COD-04",
        document=mutation("activateAccount", _SESSION),
        variables=_activate,
        shows=_signed_in,
        allowed=lambda case: (id_of(case.me), True),
        needs_session=False,
        prepare=_all_verified,
    ),
    Change(
        row="COD-05",
        document=mutation("activateAccount", _SESSION),
        variables=_activate,
        target=("code",),
        shows=_signed_in,
        allowed=always(None),
        generic="INVALID_CODE",
        needs_session=False,
        prepare=_all_used,
    ),
)

PROBES: tuple[Probe, ...] = (*INVITATIONS, *REQUESTS)

_EDGES = {"edges", "pageInfo"}

FIELDS: Mapping[str, Mapping[str, set[str]]] = {
    "Query": {"SCH-01": {"schoolCard"}, "REQ-02": {"accessRequestStatus", "admissionCard"}},
    "Mutation": {
        "INV-01": {"inviteGuardian"},
        "INV-05": {"revokeInvitation", "resendInvitation"},
        "INV-06": {"acceptInvitation", "confirmInvitation"},
        "MEM-01": {"inviteStaff"},
        "REQ-01": {"requestAccess", "confirmAccessRequest"},
        "REQ-04": {"verifyAccessRequest"},
        "REQ-07": {"rejectAccessRequest"},
        "COD-01": {"resendActivationCode"},
        "COD-04": {"activateAccount"},
    },
    "School": {"INV-03": {"invitations"}, "REQ-03": {"accessRequests"}},
    "SchoolCard": {"SCH-01": {"slug", "name"}},
    "AdmissionCard": {"REQ-02": {"school", "houseRulesVersion", "houseRules", "expiresAt"}},
    "Invitation": {
        "INV-03": {"id", "email", "name", "role", "state", "sentAt", "expiresAt", "delivery", "pupil"},
    },
    "AccessRequest": {
        "REQ-03": {
            "id",
            "requesterName",
            "email",
            "status",
            "flags",
            "requestedAt",
            "expiresAt",
            "method",
            "delivery",
            "verifiedBy",
            "children",
        },
    },
    "RequestedChild": {"REQ-03": {"name", "birthDate", "flags", "pupil"}},
    "InvitationConnection": {"INV-03": _EDGES},
    "InvitationEdge": {"INV-03": {"cursor", "node"}},
    "AccessRequestConnection": {"REQ-03": _EDGES},
    "AccessRequestEdge": {"REQ-03": {"cursor", "node"}},
    "InviteGuardianPayload": {"INV-01": {"invitation", "errors"}},
    "InviteStaffPayload": {"MEM-01": {"invitation", "errors"}},
    "RevokeInvitationPayload": {"INV-05": {"invitation", "errors"}},
    "ResendInvitationPayload": {"INV-05": {"invitation", "errors"}},
    "ConfirmInvitationPayload": {"INV-06": {"viewer", "errors"}},
    "RequestAccessPayload": {"REQ-01": {"accepted", "errors"}},
    "ConfirmAccessRequestPayload": {"REQ-01": {"confirmed", "errors"}},
    "VerifyAccessRequestPayload": {"REQ-04": {"request", "errors"}},
    "RejectAccessRequestPayload": {"REQ-07": {"request", "errors"}},
    "ResendActivationCodePayload": {"COD-01": {"request", "errors"}},
}
"""Which rows hold for which fields, as in `coverage.FIELDS`."""
