"""Access: showing who one is. The platform is closed; a session is the only key to it (R1)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, func, not_, select, update

import models
from models import ClientKind, table_of
from resolvers import factors, policy
from resolvers.context import Context
from resolvers.devices import is_known
from resolvers.errors import Code, Refused
from resolvers.factors import ChallengeGiven
from resolvers.limits import SIGN_IN, SIGN_IN_KNOWN, SIGN_IN_NETWORK
from resolvers.passwords import in_line, verify_and_renew
from resolvers.secrets import hashed
from resolvers.sessions import Opened

_PERSON = table_of(models.Person)
_ACCOUNT = select(_PERSON.c.id, _PERSON.c.password_hash, is_known(_PERSON.c.id)).where(
    func.lower(_PERSON.c.email) == bindparam("email"), not_(policy.is_blocked(_PERSON))
)
"""Made once: when a class signs in, all their accounts are looked up in one breath of the event loop."""


@dataclass(frozen=True, slots=True)
class _Account:
    """What is looked up of an account, the same for one that there is not."""

    person_id: UUID | None = None
    stored: str | None = None
    knows_device: bool = False


async def sign_in(
    context: Context, *, email: str, password: str, client: ClientKind, device: str
) -> Opened | ChallengeGiven:
    """Open a session with e-mail address and password, or ask for the second factor.

    An unknown address, a wrong password and a blocked account get the same answer after the same work.
    Refuses: INVALID_CREDENTIALS, RATE_LIMITED.
    """
    with in_line():
        async with context.door.entrance:
            person_id, verified = await _by_password(context, email, password)
            return await enter(context, person_id, verified, client=client, device=device)


async def enter(
    context: Context, person_id: UUID, verified: str, *, client: ClientKind, device: str = ""
) -> Opened | ChallengeGiven:
    """Open a session for somebody who has just shown who they are, or ask for the second factor.

    `verified` is the hash of their password. Refuses: INVALID_CREDENTIALS (it is another by now).
    """
    async with context.database.begin() as session:
        return await factors.finish_sign_in(
            context, session, person_id, client=client, device=device, verified=verified
        )


async def _by_password(context: Context, email: str, password: str) -> tuple[UUID, str]:
    """Whose address and password these are, and its hash. Refuses: INVALID_CREDENTIALS, RATE_LIMITED."""
    account = await _account(context, email)
    await _count(context, email, knows_device=account.knows_device)
    fits, renewed = await verify_and_renew(password, account.stored)
    if not fits or account.person_id is None or account.stored is None:
        await context.door.limits.count(SIGN_IN_NETWORK, context.network)
        raise Refused(Code.INVALID_CREDENTIALS)
    await _forget(context, email, knows_device=account.knows_device)
    if renewed is not None:
        await _renew(context, account.person_id, account.stored, renewed)
    return account.person_id, renewed or account.stored


async def _account(context: Context, email: str) -> _Account:
    shown = {"email": email.lower(), "device": hashed(context.device or ""), "now": context.now}
    async with context.database.begin() as session:
        row = (await session.execute(_ACCOUNT, shown)).one_or_none()
    return _Account() if row is None else _Account(*row)


async def _count(context: Context, email: str, *, knows_device: bool) -> None:
    """Count an attempt before its work is done: of the account, or of the device that it knows. Refuses: RATE_LIMITED.

    Nobody else has the device, so nobody uses its attempts up, and no neighbour's failures concern it.
    """
    limits = context.door.limits
    if knows_device:
        await limits.take(SIGN_IN_KNOWN, email, context.device)
        return
    await limits.check(SIGN_IN_NETWORK, context.network)
    await limits.take(SIGN_IN, email)


async def _forget(context: Context, email: str, *, knows_device: bool) -> None:
    if knows_device:
        await context.door.limits.forget(SIGN_IN_KNOWN, email, context.device)
    else:
        await context.door.limits.forget(SIGN_IN, email)


async def _renew(context: Context, person_id: UUID, stored: str, renewed: str) -> None:
    """Keep the password by the parameters of today, unless it was changed in this very moment."""
    person = table_of(models.Person)
    old = person.c.id == person_id, person.c.password_hash == stored
    async with context.database.begin() as session:
        await session.execute(update(person).where(*old).values(password_hash=renewed))
