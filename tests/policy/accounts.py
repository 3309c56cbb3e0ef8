"""Accounts: passwords, addresses and sessions of one's own: rows ACC."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import models
from models import ClientKind, LinkPurpose
from models.database import Database
from resolvers.ids import public_id
from resolvers.secrets import hashed
from tests.clients import BEFORE_SCHOOL
from tests.factories import FAR_AHEAD, founding
from tests.personas import World
from tests.policy.passwords import PASSWORD, have_passwords
from tests.policy.probes import Case, Change, Probe, always, mutation, viewer

NEW_PASSWORD = "vier-groene-fietsen-op-zolder"
SESSION = "id device createdAt lastSeenAt current"


def _key(somebody: models.Person) -> UUID:
    """The key of somebody's second session."""
    return uuid5(NAMESPACE_OID, somebody.id.hex)


def _session_of(somebody: models.Person) -> str:
    return public_id("session", _key(somebody))


async def _open_second_sessions(database: Database, world: World) -> None:
    """Let everybody be signed in on a second device."""
    async with founding(database) as facts:
        for somebody in world.people.values():
            facts.add(
                models.Session(
                    id=_key(somebody),
                    person_id=somebody.id,
                    kind=ClientKind.APP,
                    token_hash=hashed(_session_of(somebody)),
                    created_at=BEFORE_SCHOOL,
                    authenticated_at=BEFORE_SCHOOL,
                    last_seen_at=BEFORE_SCHOOL,
                    idle_until=FAR_AHEAD,
                    expires_at=FAR_AHEAD,
                )
            )


def _link_of(somebody: models.Person) -> str:
    return f"link-{somebody.id.hex}"


async def _mail_links(database: Database, world: World, purpose: LinkPurpose) -> None:
    """Let everybody have a link of theirs."""
    async with founding(database) as facts:
        for somebody in world.people.values():
            facts.add(
                models.MailedLink(
                    person_id=somebody.id,
                    purpose=purpose,
                    email=f"{somebody.id.hex}@nieuw.example",
                    token_hash=hashed(_link_of(somebody)),
                    created_at=BEFORE_SCHOOL,
                    expires_at=FAR_AHEAD,
                )
            )


def _other(case: Case) -> models.Person:
    """Somebody who is none of the personas."""
    return case.world.people["co_guardian"]


def _current(payload: Any) -> list[bool]:
    return [session["current"] for session in payload["sessions"]]


_REVOKE = mutation("revokeSession", "sessionId")

PROBES: tuple[Probe, ...] = (
    viewer(
        "ACC-02",
        "shareContactWithGroup",
        name="sharing",
        shows=lambda me: me["shareContactWithGroup"],
        allowed=always(False),
        filtered={"SELF": always(False)},
    ),
    viewer(
        "ACC-03",
        f"sessions {{ {SESSION} }}",
        shows=_current,
        allowed=always([True]),
        filtered={"SELF": always([True])},
    ),
    Change(
        row="ACC-04",
        name="one",
        document=_REVOKE,
        variables=lambda case: {"sessionId": _session_of(case.me)},
        shows=lambda payload: payload["sessionId"],
        allowed=lambda case: _session_of(case.me),
        prepare=_open_second_sessions,
    ),
    Change(
        row="ACC-04",
        name="others",
        document=mutation("revokeOtherSessions", "viewer { sessions { current } }"),
        variables=always({}),
        shows=lambda payload: _current(payload["viewer"]),
        allowed=always([True]),
        prepare=_open_second_sessions,
    ),
    Change(
        row="ACC-05",
        document=_REVOKE,
        variables=lambda case: {"sessionId": _session_of(_other(case))},
        target=("sessionId",),
        shows=lambda payload: payload["sessionId"],
        allowed=lambda case: _session_of(_other(case)),
        prepare=_open_second_sessions,
    ),
    Change(
        row="ACC-07",
        document=mutation("changePassword", "viewer { person { id } }"),
        variables=always({"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}),
        shows=lambda payload: bool(payload["viewer"]["person"]["id"]),
        allowed=always(True),
        prepare=have_passwords,
    ),
    Change(
        row="ACC-07",
        name="forgotten",
        document=mutation("resetPassword", "viewer { person { id } } token deviceToken"),
        variables=lambda case: {"token": _link_of(case.me), "newPassword": NEW_PASSWORD, "client": "APP"},
        target=("token",),
        shows=lambda payload: bool(payload["token"]),
        allowed=always(True),
        generic="INVALID_CODE",
        needs_session=False,
        prepare=lambda database, world: _mail_links(database, world, LinkPurpose.PASSWORD_RESET),
    ),
    Change(
        row="ACC-08",
        document=mutation("changeEmail", "viewer { email }"),
        variables=always({"email": "iemand@nieuw.example"}),
        shows=lambda payload: payload["viewer"]["email"],
        allowed=lambda case: case.me.email,
    ),
    Change(
        row="ACC-08",
        name="confirmed",
        document=mutation("confirmEmailChange", "confirmed"),
        variables=lambda case: {"token": _link_of(case.me)},
        target=("token",),
        shows=lambda payload: payload["confirmed"],
        allowed=always(True),
        generic="INVALID_CODE",
        needs_session=False,
        prepare=lambda database, world: _mail_links(database, world, LinkPurpose.EMAIL_CHANGE),
    ),
    Change(
        row="ACC-10",
        document=mutation("requestPasswordReset", "accepted"),
        variables=lambda case: {"email": _other(case).email},
        shows=lambda payload: payload["accepted"],
        allowed=always(True),
    ),
)

FIELDS: Mapping[str, Mapping[str, set[str]]] = {
    "Mutation": {
        "ACC-04": {"revokeSession", "revokeOtherSessions"},
        "ACC-05": {"revokeSession"},
        "ACC-07": {"changePassword", "resetPassword"},
        "ACC-08": {"changeEmail", "confirmEmailChange"},
        "ACC-10": {"requestPasswordReset"},
    },
    "Viewer": {"ACC-02": {"shareContactWithGroup"}, "ACC-03": {"sessions"}},
    "Session": {"ACC-03": {"id", "device", "createdAt", "lastSeenAt", "current"}},
    "SignInPayload": {"ACC-07": {"deviceToken"}},
    "RevokeSessionPayload": {"ACC-04": {"sessionId", "errors"}},
    "RevokeOtherSessionsPayload": {"ACC-04": {"viewer", "errors"}},
    "RequestPasswordResetPayload": {"ACC-10": {"accepted", "errors"}},
    "ChangePasswordPayload": {"ACC-07": {"viewer", "errors"}},
    "ChangeEmailPayload": {"ACC-08": {"viewer", "errors"}},
    "ConfirmEmailChangePayload": {"ACC-08": {"confirmed", "errors"}},
}
"""Which rows hold for which fields, as in `coverage.FIELDS`."""
