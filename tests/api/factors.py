"""What tests about second factors ask, and the steps that they take again and again."""

from typing import Any

from pyotp.totp import TOTP

import models
from models.database import Database
from resolvers.passwords import hash_password
from tests.api.documents import mutation
from tests.api.steps import PASSWORD, credentials
from tests.authenticator import Passkey
from tests.clients import Client, Clients, Clock
from tests.factories import amend

FACTORS = "authenticatorApp recoveryCodesLeft passkeys { id name createdAt lastUsedAt }"
MY_FACTORS = f"{{ viewer {{ needsSecondFactor secondFactors {{ {FACTORS} }} groups {{ id }} }} }}"
_SIGNED_IN = "token viewer { email needsSecondFactor } secondFactor { token kinds expiresAt }"
_CEREMONY = "options token expiresAt"
_ERRORS = "errors { code path }"

SIGN_IN = mutation("signIn", _SIGNED_IN)
COMPLETE_SIGN_IN = mutation("completeSignIn", _SIGNED_IN)
SIGN_IN_WITH_PASSKEY = mutation("signInWithPasskey", _SIGNED_IN)
START_SIGN_IN = f"mutation {{ startPasskeySignIn {{ {_CEREMONY} {_ERRORS} }} }}"

ADD_APP = f"mutation {{ addAuthenticatorApp {{ secret uri {_ERRORS} }} }}"
CONFIRM_APP = mutation("confirmAuthenticatorApp", f"recoveryCodes secondFactors {{ {FACTORS} }}")
REMOVE_APP = f"mutation {{ removeAuthenticatorApp {{ secondFactors {{ {FACTORS} }} {_ERRORS} }} }}"
RENEW_CODES = f"mutation {{ renewRecoveryCodes {{ recoveryCodes {_ERRORS} }} }}"
START_REGISTRATION = f"mutation {{ startPasskeyRegistration {{ {_CEREMONY} {_ERRORS} }} }}"
FINISH_REGISTRATION = mutation("finishPasskeyRegistration", f"recoveryCodes secondFactors {{ {FACTORS} }}")
REMOVE_PASSKEY = mutation("removePasskey", f"secondFactors {{ {FACTORS} }}")

REAUTHENTICATE = mutation("reauthenticate", "freshUntil")
START_REAUTHENTICATION = f"mutation {{ startPasskeyReauthentication {{ {_CEREMONY} {_ERRORS} }} }}"
REAUTHENTICATE_WITH_PASSKEY = mutation("reauthenticateWithPasskey", "freshUntil")


class App:
    """An authenticator app, with the recovery codes that came with it."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._totp = TOTP(secret)
        self._clock = clock
        self.recovery_codes: list[str] = []

    def code(self, *, steps: int = 0) -> str:
        """The code of now, or of so many steps later."""
        return self._totp.at(self._clock.now, counter_offset=steps)

    def wrong_code(self) -> str:
        """A code that is right at no step near to now."""
        near = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(code for code in ("000000", "111111", *map(str, range(200_000, 200_010))) if code not in near)

    def next_code(self) -> str:
        """A code that was not shown yet."""
        self._clock.advance(seconds=30)
        return self.code()


async def add_app(client: Client, clock: Clock) -> App:
    """Add and confirm an authenticator app; its next code is not used yet."""
    app = App((await client.ok(ADD_APP))["secret"], clock)
    done = await client.ok(CONFIRM_APP, input={"code": app.code()})
    app.recovery_codes = done["recoveryCodes"] or []
    clock.advance(seconds=30)
    return app


async def register(client: Client, passkey: Passkey | None = None, *, name: str = "Telefoon") -> Passkey:
    """Add a passkey."""
    made = passkey or Passkey()
    asked = await client.ok(START_REGISTRATION)
    answer = {"token": asked["token"], "credential": made.register(asked["options"]), "name": name}
    await client.ok(FINISH_REGISTRATION, input=answer)
    return made


async def with_password(database: Database, somebody: models.Person) -> models.Person:
    """Somebody who has a password now."""
    await amend(database, somebody, password_hash=await hash_password(PASSWORD))
    return somebody


async def challenged(clients: Clients, somebody: models.Person) -> str:
    """Sign in with the password: the token of the challenge for the second factor."""
    return (await clients().ok(SIGN_IN, input=credentials(somebody)))["secondFactor"]["token"]


async def refusal(client: Client, document: str, **variables: Any) -> tuple[str, list[str]]:
    """The one refusal of an operation: its code, and what it is about."""
    answered = await client.ask(document, **variables)
    (error,) = answered.errors
    return error["code"], error["path"]
