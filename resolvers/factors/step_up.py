"""Step-up: who is signed in shows again who they are, for what an open screen must not do (security.md 1.1)."""

from datetime import datetime
from typing import Any

import models
from models import ChallengePurpose
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import ceremonies, challenges, changing, codes, passkeys
from resolvers.factors.kinds import required
from resolvers.factors.passkeys import Ceremony
from resolvers.limits import STEP_UP
from resolvers.passwords import verify_password
from resolvers.writing import FRESH, Change, change


async def reauthenticate(context: Context, *, password: str, code: str | None, recovery_code: str | None) -> datetime:
    """Show the password again, and the second factor of who has one. Answers until when that is fresh.

    Refuses: INVALID_CREDENTIALS, REQUIRED, INVALID_CODE, RATE_LIMITED.
    """
    viewer = context.signed_in()
    await context.door.limits.take(STEP_UP, viewer.session_id)
    async with change(context) as under_way:
        person = await under_way.find(models.Person, viewer.person_id, policy.is_me, lock=False)
    if not await verify_password(password, person.password_hash):
        raise Refused(Code.INVALID_CREDENTIALS, "password")
    async with change(context) as under_way:
        await under_way.find(models.Person, viewer.person_id, policy.is_me)
        kinds = await required(under_way.session, viewer.person_id)
        given = {"code": code, "recovery_code": recovery_code}
        if kinds and not await codes.take(context, under_way.session, viewer.person_id, **given):
            raise Refused(Code.INVALID_CODE, "code" if recovery_code is None else "recoveryCode")
        until = await _shown(under_way, second_factor=bool(kinds))
    await context.door.limits.forget(STEP_UP, viewer.session_id)
    return until


async def start_passkey(context: Context) -> Ceremony:
    """Ask for a passkey of the viewer, in this session. Refuses: INVALID (there is none)."""
    async with change(context) as under_way:
        known = await passkeys.passkeys_of(under_way.session, under_way.viewer.person_id)
        if not known:
            raise Refused(Code.INVALID)
        nonce = passkeys.new_nonce()
        asked = passkeys.ask_in_session(under_way, ChallengePurpose.PASSKEY_STEP_UP, nonce)
        return Ceremony(asked, ceremonies.authentication_options(context.door, nonce, known))


async def reauthenticate_with_passkey(context: Context, *, token: str, credential: Any) -> datetime:
    """Show a passkey, which is both factors. Answers until when that is fresh.

    Refuses: INVALID_CREDENTIALS, RATE_LIMITED.
    """
    viewer = context.signed_in()
    await context.door.limits.take(STEP_UP, viewer.session_id)
    nonce = await challenges.claim(context, ChallengePurpose.PASSKEY_STEP_UP, token, session_id=viewer.session_id)
    async with change(context) as under_way:
        if not await passkeys.shown(context, under_way.session, nonce, credential, by=viewer.person_id):
            raise Refused(Code.INVALID_CREDENTIALS)
        until = await _shown(under_way, second_factor=True)
    await context.door.limits.forget(STEP_UP, viewer.session_id)
    return until


async def _shown(change: Change, *, second_factor: bool) -> datetime:
    await changing.show(change, second_factor=second_factor)
    change.audit("reauthenticate", None, change.viewer.person_id)
    return change.context.now + FRESH
