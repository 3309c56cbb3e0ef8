"""Getting in: rows SCH, INV, REQ, COD and MEM."""

from collections.abc import Mapping

from tests.admissions import CODE, secret_of
from tests.factories import id_of
from tests.policy import admission_facts as facts
from tests.policy.probes import EMPTY, Change, Probe, Read, always, ids, listed, mutation, node

_PAGE = "pageInfo { hasNextPage }"
_INVITATION = "id email name role state sentAt expiresAt delivery pupil { givenName }"
_PUPIL = "id status namedInLabels nextGroup { id }"
_CHILD = "name birthDate flags pupil { givenName }"
_REQUEST = (
    "id requesterName email status flags requestedAt expiresAt method delivery verifiedBy { name }"
    f" children {{ {_CHILD} }}"
)
_SESSION = "token viewer { person { id } }"


INVITATIONS = (
    Change(
        row="INV-01",
        document=mutation("inviteGuardian", f"invitation {{ {_INVITATION} }}"),
        variables=facts.invite_guardian,
        target=("pupilId",),
        shows=facts.state("invitation"),
        allowed=always("SENT"),
    ),
    Change(
        row="INV-02",
        document=mutation("inviteGuardian", f"invitation {{ {_INVITATION} }}"),
        variables=facts.invite_guardian,
        target=("pupilId",),
        shows=facts.state("invitation"),
        allowed=always("SENT"),
        prepare=facts.young,
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
            shows=facts.state("invitation"),
            allowed=always(state),
        )
        for name, state in (("revoke", "REVOKED"), ("resend", "SENT"))
    ),
    Change(
        row="INV-06",
        document=mutation("acceptInvitation", _SESSION),
        generic="INVALID_CODE",
        variables=facts.accept(lambda case: secret_of(case.me)),
        shows=facts.signed_in,
        allowed=lambda case: (id_of(case.me), True),
        needs_session=False,
        prepare=facts.all_invited,
    ),
    Change(
        row="INV-06",
        name="confirm",
        document=mutation("confirmInvitation", "viewer { person { id } }"),
        variables=lambda case: {"token": secret_of(case.me), "code": CODE},
        shows=lambda payload: payload["viewer"]["person"]["id"],
        allowed=lambda case: id_of(case.me),
        prepare=facts.all_invited,
    ),
    *(
        Change(
            row=row,
            document=mutation("acceptInvitation", _SESSION),
            variables=facts.accept(lambda case: secret_of(case.world.invitation)),
            target=("token",),
            shows=facts.signed_in,
            allowed=always(None),
            generic="INVALID_CODE",
            needs_session=False,
            prepare=prepare,
        )
        for row, prepare in (("INV-07", facts.taken_back), ("INV-08", facts.young))
    ),
    Change(
        row="MEM-01",
        document=mutation("inviteStaff", f"invitation {{ {_INVITATION} }}"),
        variables=facts.invite_staff,
        target=("schoolId",),
        shows=facts.state("invitation"),
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
        prepare=facts.unconfirmed,
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
        allowed=always(("De Regenboog", 1)),
        filtered={"SELF": always(("De Regenboog", 1))},
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
            variables=facts.verify,
            target=("requestId",),
            shows=facts.state("request"),
            allowed=always("VERIFIED"),
            forbidden=forbidden,
            prepare=prepare,
        )
        for row, prepare, forbidden in (
            ("REQ-04", None, "FORBIDDEN"),
            ("REQ-05", facts.by_admin, "CONFLICT_OF_INTEREST"),
            ("REQ-06", facts.young, "PUPIL_UNDER_FOUR"),
        )
    ),
    Read(
        row="REQ-08",
        document=(
            "query($id: ID!, $search: String!) { node(id: $id) { ... on School {"
            f" pupils(search: $search) {{ edges {{ cursor node {{ {_PUPIL} }} }} {_PAGE} }} }} }} }}"
        ),
        variables=lambda case: {"id": id_of(case.world.school_a), "search": "noor YIL"},
        target=("id",),
        shows=listed("pupils.edges.node"),
        allowed=lambda case: ids(case.world.own_child),
        filtered=EMPTY,
    ),
    *(
        Change(
            row=row,
            document=mutation("rejectAccessRequest", f"request {{ {_REQUEST} }}"),
            variables=lambda case: {"requestId": id_of(case.world.request), "reason": "Geen gezag"},
            target=("requestId",),
            shows=facts.state("request"),
            allowed=always("REJECTED"),
            prepare=prepare,
        )
        for row, prepare in (("REQ-07", None), ("COD-06", facts.verified))
    ),
    *(
        Change(
            row=row,
            document=mutation("resendActivationCode", f"request {{ {_REQUEST} }}"),
            variables=lambda case: {"requestId": id_of(case.world.request)},
            target=("requestId",),
            shows=facts.state("request"),
            allowed=always("VERIFIED"),
            forbidden="INVALID",
            prepare=prepare,
        )
        for row, prepare in (("COD-01", facts.verified), ("COD-02", None))
    ),
    Change(
        row="COD-04",
        document=mutation("activateAccount", _SESSION),
        generic="INVALID_CODE",
        variables=facts.activate,
        shows=facts.signed_in,
        allowed=lambda case: (id_of(case.me), True),
        needs_session=False,
        prepare=facts.all_verified,
    ),
    Change(
        row="COD-05",
        document=mutation("activateAccount", _SESSION),
        variables=facts.activate,
        target=("code",),
        shows=facts.signed_in,
        allowed=always(None),
        generic="INVALID_CODE",
        needs_session=False,
        prepare=facts.all_used,
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
    "School": {"INV-03": {"invitations"}, "REQ-03": {"accessRequests"}, "REQ-08": {"pupils"}},
    "Pupil": {"REQ-08": {"status", "namedInLabels", "nextGroup"}},
    "PupilConnection": {"REQ-08": _EDGES},
    "PupilEdge": {"REQ-08": {"cursor", "node"}},
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
