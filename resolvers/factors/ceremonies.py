"""WebAuthn: what a browser is asked, and whether its answer is right. User verification is always required."""

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import options_to_json_dict, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

import models
from resolvers.doorkeeper import Doorkeeper
from resolvers.factors.challenges import LIFE

NAME = "Schoolplein"
CHALLENGE_BYTES = 32
_TIMEOUT_MS = int(LIFE.total_seconds() * 1000)

Given = ParamSpec("Given")
Outcome = TypeVar("Outcome")
Options = dict[str, Any]


def registration_options(
    door: Doorkeeper, nonce: bytes, person: models.Person, known: Sequence[models.Passkey]
) -> Options:
    """For `navigator.credentials.create`."""
    return options_to_json_dict(
        generate_registration_options(
            rp_id=_rp_id(door),
            rp_name=NAME,
            user_id=person.id.bytes,
            user_name=person.email,
            user_display_name=person.name or person.email,
            challenge=nonce,
            timeout=_TIMEOUT_MS,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=_descriptors(known),
        )
    )


def authentication_options(door: Doorkeeper, nonce: bytes, known: Sequence[models.Passkey] = ()) -> Options:
    """For `navigator.credentials.get`; without `known`, of any passkey that belongs to this address."""
    return options_to_json_dict(
        generate_authentication_options(
            rp_id=_rp_id(door),
            challenge=nonce,
            timeout=_TIMEOUT_MS,
            allow_credentials=_descriptors(known),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def registered(door: Doorkeeper, nonce: bytes, credential: Any) -> VerifiedRegistration | None:
    """The new credential; None unless everything about it is right."""
    return _unless_wrong(
        verify_registration_response,
        credential=credential,
        expected_challenge=nonce,
        expected_rp_id=_rp_id(door),
        expected_origin=sorted(door.origins),
        require_user_verification=True,
    )


def parsed(credential: Any) -> AuthenticationCredential | None:
    """What a browser has answered; None when it is nothing of the kind."""
    return _unless_wrong(parse_authentication_credential_json, credential)


def verified(
    door: Doorkeeper, nonce: bytes, answered: AuthenticationCredential, passkey: models.Passkey
) -> VerifiedAuthentication | None:
    """What a passkey has signed; None unless everything about it is right, its counter included."""
    return _unless_wrong(
        verify_authentication_response,
        credential=answered,
        expected_challenge=nonce,
        expected_rp_id=_rp_id(door),
        expected_origin=sorted(door.origins),
        credential_public_key=passkey.public_key,
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=True,
    )


def _rp_id(door: Doorkeeper) -> str:
    return urlsplit(door.address).hostname or ""


def _descriptors(known: Sequence[models.Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in known]


def _unless_wrong(read: Callable[Given, Outcome], *args: Given.args, **given: Given.kwargs) -> Outcome | None:
    try:
        return read(*args, **given)
    except Exception:  # noqa: BLE001 - a stranger's bytes, in parsers of several formats: whatever they raise means no
        return None
