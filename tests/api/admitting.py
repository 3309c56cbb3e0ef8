"""Getting in, as these tests do it again and again: what is asked, and the mails that are read in between."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import models
from models import MailKind
from models.database import Database
from resolvers.context import Context
from resolvers.letters import Letter
from tests.api.documents import mutation, node
from tests.clients import Answered, Client, Clients, Clock
from tests.factories import id_of
from tests.letters import letters_to, secret_of

PASSWORD = "vier gewone woorden samen"

INVITATION = "id email name state sentAt expiresAt delivery role pupil { givenName }"
INVITE = mutation("inviteGuardian", f"invitation {{ {INVITATION} }}")
INVITE_STAFF = mutation("inviteStaff", f"invitation {{ {INVITATION} }}")
REVOKE = mutation("revokeInvitation", f"invitation {{ {INVITATION} }}")
RESEND = mutation("resendInvitation", f"invitation {{ {INVITATION} }}")
READ_INVITATION = node("Invitation", INVITATION)
CHILDREN = "viewer { email person { name } children { givenName } memberships { role } }"
ACCEPT = mutation("acceptInvitation", f"token {CHILDREN}")
CONFIRM_CHILD = mutation("confirmInvitation", CHILDREN)
CARD = (
    "query($secret: String!) { admissionCard(secret: $secret) { school { slug name } houseRulesVersion houseRules } }"
)

REQUEST = "id requesterName email status flags method delivery children { name birthDate flags pupil { givenName } }"
ASK = mutation("requestAccess", "accepted").replace("code path", "code path message possibleFrom")
CONFIRM = mutation("confirmAccessRequest", "confirmed")
VERIFY = mutation("verifyAccessRequest", f"request {{ {REQUEST} }}")
REJECT = mutation("rejectAccessRequest", f"request {{ {REQUEST} }}")
ANOTHER_CODE = mutation("resendActivationCode", f"request {{ {REQUEST} }}")
ACTIVATE = mutation("activateAccount", f"token {CHILDREN}")
READ_REQUEST = node("AccessRequest", REQUEST)
STATUS = "query($token: String!) { accessRequestStatus(token: $token) }"
REQUESTS = """query($id: ID!, $status: AccessRequestStatus) {
  node(id: $id) { ... on School { accessRequests(status: $status) { edges { node { id status } } } } }
}"""


def address(school_id: UUID) -> str:
    """The address of who comes new to a school; each test has a school of its own."""
    return f"nieuw-{school_id.hex}@mensen.example"


def invitation_for(pupil: models.Pupil, **more: Any) -> dict[str, Any]:
    """The input of an invitation for a guardian."""
    return {"pupilId": id_of(pupil), "email": address(pupil.school_id), "name": "Femke de Groot", **more}


async def letter_to(database: Database, clock: Clock, recipient: str) -> Letter:
    """The one letter that waits for somebody."""
    ((_, letter),) = await letters_to(database, recipient, clock.now)
    return letter


async def invited(head: Client, database: Database, clock: Clock, pupil: models.Pupil, **more: Any) -> dict[str, Any]:
    """Invite a guardian, read the mail, and answer what they will send to accept."""
    wanted = invitation_for(pupil, **more)
    await head.ok(INVITE, input=wanted)
    return acceptance(await letter_to(database, clock, wanted["email"]))


def acceptance(letter: Letter, **more: Any) -> dict[str, Any]:
    """The input with which a letter is answered."""
    return {
        "token": secret_of(letter),
        "code": letter.values["code"],
        "name": "Femke de Groot",
        "password": PASSWORD,
        "acceptHouseRulesVersion": 0,
        "client": "APP",
        **more,
    }


def asking(school: models.School, *children: tuple[str, date | str], **more: Any) -> dict[str, Any]:
    """The input of a request for access."""
    return {
        "schoolSlug": school.slug,
        "requesterName": "Femke de Groot",
        "email": address(school.id),
        "children": [{"name": name, "birthDate": str(born)} for name, born in children],
        "hasParentalAuthority": True,
        **more,
    }


async def pending(
    clients: Clients, database: Database, clock: Clock, school: models.School, *children: tuple[str, date | str]
) -> str:
    """Ask for access and confirm the address: the secret of the mailed link."""
    assert await clients().ok(ASK, input=asking(school, *children)) == {"accepted": True, "errors": []}
    token = secret_of(await letter_to(database, clock, address(school.id)))
    await clients().ok(CONFIRM, input={"token": token})
    return token


async def only_request(head: Client, school: models.School) -> str:
    """The id of the one request that the office sees."""
    page = await head.ok(REQUESTS, id=id_of(school))
    (edge,) = page["accessRequests"]["edges"]
    return edge["node"]["id"]


def verifying(request_id: str, *pupils: models.Pupil, **more: Any) -> dict[str, Any]:
    """The input of a verification."""
    return {
        "requestId": request_id,
        "pupilIds": [id_of(pupil) for pupil in pupils],
        "method": "IDENTITY_DOCUMENT",
        **more,
    }


def activation(school: models.School, letter: Letter, **more: Any) -> dict[str, Any]:
    """The input with which a code is redeemed."""
    return {
        "email": address(school.id),
        "code": letter.values["code"],
        "password": PASSWORD,
        "acceptHouseRulesVersion": 0,
        "client": "APP",
        **more,
    }


def by_itself(clients: Clients, now: datetime) -> Context:
    """The context in which the worker does its chores."""
    service = clients.app.service()
    return Context(database=service.database, doorbell=service.news.hub, door=service.door, viewer=None, now=now)


async def kinds_to(database: Database, recipient: str, now: datetime) -> list[MailKind]:
    """Which letters wait for somebody."""
    return [kind for kind, _ in await letters_to(database, recipient, now)]


def told(answered: Answered) -> dict[str, Any]:
    """What an answer holds besides the secret token of a session."""
    assert answered.data is not None
    return next(iter(answered.data.values()))
