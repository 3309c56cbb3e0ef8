"""Second factors and step-up: rows ACC."""

from collections.abc import Mapping
from typing import Any

from pyotp.totp import TOTP
from webauthn.helpers import bytes_to_base64url

from resolvers.ids import public_id
from tests.clients import BEFORE_SCHOOL
from tests.factories import id_of
from tests.policy.factor_facts import (
    SEED,
    add_a_passkey,
    begin_with_a_passkey,
    have_apps,
    have_passkeys,
    have_seeds,
    key_of_passkey,
    nonce_of,
    passkey_of,
    recovery_code_of,
    show_a_passkey,
    token_of,
    wait_for_a_code,
)
from tests.policy.passwords import PASSWORD, have_passwords
from tests.policy.probes import Case, Change, Probe, always, mutation, viewer

FACTORS = "authenticatorApp recoveryCodesLeft passkeys { id name createdAt lastUsedAt }"
CEREMONY = "options token expiresAt"
SIGNED_IN = "viewer { person { id } } token secondFactor { token kinds expiresAt }"


def _signed(case: Case) -> dict[str, Any]:
    options = {"challenge": bytes_to_base64url(nonce_of(case.me)), "rpId": "localhost"}
    return {"token": token_of(case.me), "credential": passkey_of(case.me).sign(options)}


def _registered(case: Case) -> dict[str, Any]:
    options = {
        "challenge": bytes_to_base64url(nonce_of(case.me)),
        "rp": {"id": "localhost"},
        "user": {"id": bytes_to_base64url(case.me.id.bytes)},
    }
    return {"token": token_of(case.me), "credential": passkey_of(case.me).register(options), "name": "Telefoon"}


def _plain(name: str, asks: str) -> str:
    """A mutation without input."""
    return f"mutation {{ {name} {{ {asks} errors {{ code message path possibleFrom }} }} }}"


def _came_in(payload: Any) -> tuple[str, bool]:
    return payload["viewer"]["person"]["id"], bool(payload["token"])


def _as_oneself(case: Case) -> tuple[str, bool]:
    return id_of(case.me), True


def _has(payload: Any) -> tuple[bool, int]:
    factors = payload["secondFactors"]
    return factors["authenticatorApp"], len(factors["passkeys"])


PROBES: tuple[Probe, ...] = (
    Change(
        row="ACC-01",
        name="code",
        document=mutation("completeSignIn", SIGNED_IN),
        variables=lambda case: {"challenge": token_of(case.me), "recoveryCode": recovery_code_of(case.me)},
        target=("challenge",),
        shows=_came_in,
        allowed=_as_oneself,
        generic="INVALID_CODE",
        needs_session=False,
        prepare=wait_for_a_code,
    ),
    Change(
        row="ACC-01",
        name="start",
        document=_plain("startPasskeySignIn", CEREMONY),
        variables=always({}),
        shows=lambda payload: payload["options"]["rpId"],
        allowed=always("localhost"),
        needs_session=False,
    ),
    Change(
        row="ACC-01",
        name="passkey",
        document=mutation("signInWithPasskey", SIGNED_IN),
        variables=lambda case: {**_signed(case), "client": "APP"},
        target=("token",),
        shows=_came_in,
        allowed=_as_oneself,
        needs_session=False,
        prepare=begin_with_a_passkey,
    ),
    viewer(
        "ACC-02",
        f"needsSecondFactor secondFactors {{ {FACTORS} }}",
        name="factors",
        shows=lambda me: (me["needsSecondFactor"], me["secondFactors"]["passkeys"]),
        allowed=always((False, [])),
        filtered={"SELF": always((False, []))},
    ),
    Change(
        row="ACC-09",
        name="addApp",
        document=_plain("addAuthenticatorApp", "secret uri"),
        variables=always({}),
        shows=lambda payload: payload["uri"].startswith("otpauth://totp/") and payload["secret"] in payload["uri"],
        allowed=always(True),
    ),
    Change(
        row="ACC-09",
        name="confirmApp",
        document=mutation("confirmAuthenticatorApp", f"secondFactors {{ {FACTORS} }} recoveryCodes"),
        variables=always({"code": TOTP(SEED).at(BEFORE_SCHOOL)}),
        shows=lambda payload: (*_has(payload), len(payload["recoveryCodes"])),
        allowed=always((True, 0, 8)),
        prepare=have_seeds,
    ),
    Change(
        row="ACC-09",
        name="removeApp",
        document=_plain("removeAuthenticatorApp", f"secondFactors {{ {FACTORS} }}"),
        variables=always({}),
        shows=_has,
        allowed=always((False, 0)),
        prepare=have_apps,
    ),
    Change(
        row="ACC-09",
        name="renew",
        document=_plain("renewRecoveryCodes", "recoveryCodes"),
        variables=always({}),
        shows=lambda payload: len(payload["recoveryCodes"]),
        allowed=always(8),
        prepare=have_passkeys,
    ),
    Change(
        row="ACC-09",
        name="startPasskey",
        document=_plain("startPasskeyRegistration", CEREMONY),
        variables=always({}),
        shows=lambda payload: payload["options"]["user"]["id"],
        allowed=lambda case: bytes_to_base64url(case.me.id.bytes),
    ),
    Change(
        row="ACC-09",
        name="addPasskey",
        document=mutation("finishPasskeyRegistration", f"secondFactors {{ {FACTORS} }} recoveryCodes"),
        variables=_registered,
        shows=lambda payload: (*_has(payload), len(payload["recoveryCodes"])),
        allowed=always((False, 1, 8)),
        prepare=add_a_passkey,
    ),
    Change(
        row="ACC-09",
        name="removePasskey",
        document=mutation("removePasskey", f"secondFactors {{ {FACTORS} }}"),
        variables=lambda case: {"passkeyId": public_id("passkey", key_of_passkey(case.me))},
        shows=_has,
        allowed=always((False, 0)),
        prepare=have_passkeys,
    ),
    Change(
        row="ACC-09",
        name="reauthenticate",
        document=mutation("reauthenticate", "freshUntil"),
        variables=always({"password": PASSWORD}),
        shows=lambda payload: bool(payload["freshUntil"]),
        allowed=always(True),
        prepare=have_passwords,
    ),
    Change(
        row="ACC-09",
        name="startReauthentication",
        document=_plain("startPasskeyReauthentication", CEREMONY),
        variables=always({}),
        shows=lambda payload: [one["id"] for one in payload["options"]["allowCredentials"]],
        allowed=lambda case: [bytes_to_base64url(passkey_of(case.me).id)],
        prepare=have_passkeys,
    ),
    Change(
        row="ACC-09",
        name="reauthenticateWithPasskey",
        document=mutation("reauthenticateWithPasskey", "freshUntil"),
        variables=_signed,
        shows=lambda payload: bool(payload["freshUntil"]),
        allowed=always(True),
        prepare=show_a_passkey,
    ),
)

_ADDED = {"secondFactors", "recoveryCodes", "errors"}
_CEREMONY = {"options", "token", "expiresAt", "errors"}

FIELDS: Mapping[str, Mapping[str, set[str]]] = {
    "Mutation": {
        "ACC-01": {"completeSignIn", "startPasskeySignIn", "signInWithPasskey"},
        "ACC-09": {
            "addAuthenticatorApp",
            "confirmAuthenticatorApp",
            "removeAuthenticatorApp",
            "renewRecoveryCodes",
            "startPasskeyRegistration",
            "finishPasskeyRegistration",
            "removePasskey",
            "reauthenticate",
            "startPasskeyReauthentication",
            "reauthenticateWithPasskey",
        },
    },
    "Viewer": {"ACC-02": {"needsSecondFactor", "secondFactors"}},
    "SecondFactors": {"ACC-02": {"authenticatorApp", "passkeys", "recoveryCodesLeft"}},
    "Passkey": {"ACC-02": {"id", "name", "createdAt", "lastUsedAt"}},
    "SignInPayload": {"ACC-01": {"secondFactor"}},
    "SecondFactorChallenge": {"ACC-01": {"token", "kinds", "expiresAt"}},
    "AddAuthenticatorAppPayload": {"ACC-09": {"secret", "uri", "errors"}},
    "FactorAddedPayload": {"ACC-09": _ADDED},
    "FactorRemovedPayload": {"ACC-09": _ADDED - {"recoveryCodes"}},
    "RenewRecoveryCodesPayload": {"ACC-09": {"recoveryCodes", "errors"}},
    "PasskeyCeremonyPayload": {"ACC-01": _CEREMONY, "ACC-09": _CEREMONY},
    "ReauthenticatePayload": {"ACC-09": {"freshUntil", "errors"}},
}
"""Which rows hold for which fields, as in `coverage.FIELDS`."""
