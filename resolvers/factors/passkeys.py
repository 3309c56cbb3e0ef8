"""Passkeys: added, shown and removed. One that has verified its user is both factors at once."""

import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from limits import RateLimitItemPerMinute
from sqlalchemy import not_, select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import ChallengePurpose, ClientKind, table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import ceremonies, challenges, changing
from resolvers.factors.ceremonies import Options
from resolvers.factors.challenges import Asked
from resolvers.limits import SIGN_IN_NETWORK, Limit
from resolvers.sessions import Opened, open_session
from resolvers.writing import Change, change, command_before_profile

LONGEST_ID = 1023
"""Bytes of the id of a credential (WebAuthn, 4.1.3)."""
START = Limit("passkey_start", (RateLimitItemPerMinute(150, 15),))
"""Questions to one network, answered or not: each is a row, and who asks is nobody yet. A staff room is one network."""

_PASSKEY, _PERSON = table_of(models.Passkey), table_of(models.Person)


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A challenge, and what a browser is to do with it."""

    asked: Asked
    options: Options


def new_nonce() -> bytes:
    """What a passkey must sign."""
    return os.urandom(ceremonies.CHALLENGE_BYTES)


async def passkeys_of(session: AsyncSession, person_id: UUID) -> list[models.Passkey]:
    """All passkeys of somebody, oldest first."""
    own = select(models.Passkey).where(_PASSKEY.c.person_id == person_id)
    return list(await session.scalars(own.order_by(_PASSKEY.c.created_at, _PASSKEY.c.id)))


async def shown(
    context: Context, session: AsyncSession, nonce: bytes | None, credential: Any, *, by: UUID | None = None
) -> models.Passkey | None:
    """The passkey that has signed this, of anybody who is not blocked, or of one person; None unless all is right."""
    answered = ceremonies.parsed(credential)
    if nonce is None or answered is None:
        return None
    known = (
        select(models.Passkey)
        .join(_PERSON, _PERSON.c.id == _PASSKEY.c.person_id)
        .where(_PASSKEY.c.credential_id == answered.raw_id, not_(policy.is_blocked(_PERSON)))
        .with_for_update(of=[_PASSKEY, _PERSON])  # of two answers with one counter, the second is refused
    )
    passkey = await session.scalar(known)
    if passkey is None or by not in {None, passkey.person_id}:
        return None
    if answered.response.user_handle not in {None, passkey.person_id.bytes}:
        return None
    signed = ceremonies.verified(context.door, nonce, answered, passkey)
    if signed is None:
        return None
    passkey.sign_count, passkey.last_used_at = signed.new_sign_count, context.now
    return passkey


async def start_registration(context: Context) -> Ceremony:
    """Ask a browser to make a passkey, in this session. Refuses: REAUTHENTICATION_REQUIRED."""
    async with change(context) as under_way:
        person, _ = await changing.begin(under_way)
        nonce, session = new_nonce(), under_way.session
        known = await passkeys_of(session, person.id)
        options = ceremonies.registration_options(context.door, nonce, person, known)
        return Ceremony(ask_in_session(under_way, ChallengePurpose.PASSKEY_REGISTRATION, nonce), options)


def ask_in_session(change: Change, purpose: ChallengePurpose, nonce: bytes) -> Asked:
    """Make a challenge that can be answered in the viewer's session alone."""
    about = {"nonce": nonce, "person_id": change.viewer.person_id, "session_id": change.viewer.session_id}
    return challenges.ask(change.session, change.context.now, purpose, **about)


async def finish_registration(context: Context, *, token: str, credential: Any, name: str) -> list[str] | None:
    """Keep the passkey that a browser has made. Answers recovery codes when it is the first factor.

    Refuses: REAUTHENTICATION_REQUIRED, INVALID_CODE, INVALID (it is known already).
    """
    in_session = context.signed_in().session_id
    nonce = await challenges.claim(context, ChallengePurpose.PASSKEY_REGISTRATION, token, session_id=in_session)
    async with change(context) as under_way:
        person, before = await changing.begin(under_way)
        if nonce is None:
            raise Refused(Code.INVALID_CODE, "token")
        made = ceremonies.registered(context.door, nonce, credential)
        if made is None or len(made.credential_id) > LONGEST_ID:
            raise Refused(Code.INVALID_CODE, "credential")
        passkey = models.Passkey(
            person_id=person.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            created_at=context.now,
        )
        under_way.session.add(passkey)
        await under_way.flush(refusals={"uq_passkey_credential_id": Refused(Code.INVALID, "credential")})
        return await changing.added(under_way, person, before, "add_passkey", passkey.id)


@command_before_profile
async def remove_passkey(change: Change, *, passkey_id: UUID) -> UUID:
    """Take a passkey away. Refuses: NOT_FOUND, REAUTHENTICATION_REQUIRED, LAST_SECOND_FACTOR."""
    passkey = await change.find(models.Passkey, passkey_id, policy.is_mine, "passkeyId")
    person, _ = await changing.begin(change)
    await change.session.delete(passkey)
    await change.flush()
    await changing.removed(change, person, "remove_passkey", passkey_id)
    return person.id


async def start_sign_in(context: Context) -> Ceremony:
    """Ask a browser for any passkey of this address. Refuses: RATE_LIMITED."""
    await context.door.limits.take(START, context.network)
    nonce = new_nonce()
    async with context.database.begin() as session:
        asked = challenges.ask(session, context.now, ChallengePurpose.PASSKEY_SIGN_IN, nonce=nonce)
    return Ceremony(asked, ceremonies.authentication_options(context.door, nonce))


async def sign_in(context: Context, *, token: str, credential: Any, client: ClientKind, device: str) -> Opened:
    """Open a session with a passkey. Refuses: INVALID_CREDENTIALS, whatever is wrong; RATE_LIMITED."""
    limits = context.door.limits
    await limits.check(SIGN_IN_NETWORK, context.network)
    nonce = await challenges.claim(context, ChallengePurpose.PASSKEY_SIGN_IN, token)
    async with context.database.begin() as session:
        passkey = await shown(context, session, nonce, credential)
        if passkey is not None:
            return await open_session(
                session,
                context.now,
                passkey.person_id,
                client=client,
                device=device,
                device_token=context.device,
                second_factor=True,
            )
    await limits.count(SIGN_IN_NETWORK, context.network)
    raise Refused(Code.INVALID_CREDENTIALS)
