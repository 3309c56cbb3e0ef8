"""The authenticator app of somebody, and their recovery codes."""

from dataclasses import dataclass

import models
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import changing, codes
from resolvers.limits import STEP_UP
from resolvers.writing import Change, change


@dataclass(frozen=True, slots=True)
class Seed:
    """What an app needs to make codes. It is shown once."""

    secret: str
    address: str
    """As an otpauth URI."""


async def _app(change: Change) -> models.Totp | None:
    return await change.session.get(models.Totp, change.viewer.person_id)


async def add_authenticator_app(context: Context) -> Seed:
    """Make the seed for an app, which counts once a code of it has come. One at a time: remove an earlier one first.

    Refuses: REAUTHENTICATION_REQUIRED, INVALID.
    """
    async with change(context) as under_way:
        person, _ = await changing.begin(under_way)
        earlier = await _app(under_way)
        if earlier is not None and earlier.confirmed_at is not None:
            raise Refused(Code.INVALID)
        secret, sealed = codes.new_seed(context.door.seal(), person.id)
        await under_way.session.merge(models.Totp(person_id=person.id, seed=sealed, created_at=context.now))
    return Seed(secret, codes.app_address(secret, person.email))


async def confirm_authenticator_app(context: Context, *, code: str) -> list[str] | None:
    """Take the first code of an app. Answers recovery codes when it is the first factor.

    Refuses: REAUTHENTICATION_REQUIRED, INVALID_CODE, RATE_LIMITED.
    """
    viewer = context.signed_in()
    await context.door.limits.take(STEP_UP, viewer.session_id)
    async with change(context) as under_way:
        person, before = await changing.begin(under_way)
        app = await _app(under_way)
        waits = app is not None and app.confirmed_at is None
        step = codes.step_of(context.door.seal(), app, code, context.now) if app is not None and waits else None
        if app is None or step is None:
            raise Refused(Code.INVALID_CODE, "code")
        app.confirmed_at, app.last_step = context.now, step
        made = await changing.added(under_way, person, before, "add_authenticator_app", person.id)
    await context.door.limits.forget(STEP_UP, viewer.session_id)
    return made


async def remove_authenticator_app(context: Context) -> None:
    """Take the app away, also one that was never confirmed. Refuses as `changing.removed` does, and NOT_FOUND."""
    async with change(context) as under_way:
        person, _ = await changing.begin(under_way)
        app = await _app(under_way)
        if app is None:
            raise Refused(Code.NOT_FOUND)
        await under_way.session.delete(app)
        await under_way.flush()
        if app.confirmed_at is not None:
            await changing.removed(under_way, person, "remove_authenticator_app", person.id)


async def renew_recovery_codes(context: Context) -> list[str]:
    """Make new recovery codes; those before are worthless.

    Refuses: REAUTHENTICATION_REQUIRED, INVALID (without a second factor there is nothing to recover).
    """
    async with change(context) as under_way:
        person, kinds = await changing.begin(under_way)
        if not kinds:
            raise Refused(Code.INVALID)
        made = await codes.new_recovery_codes(under_way.session, person.id)
        await changing.tell(under_way, person, "renew_recovery_codes", person.id)
    return made
