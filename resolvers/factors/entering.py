"""The last step of every way in: a session, or first the question for a second factor."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import ChallengePurpose, ClientKind
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import challenges, codes
from resolvers.factors.challenges import Asked
from resolvers.factors.kinds import FactorKind, required
from resolvers.limits import FACTOR
from resolvers.sessions import Opened, lock_person, open_session


@dataclass(frozen=True, slots=True)
class ChallengeGiven:
    """The first step was right. With one of these kinds the person can show the second."""

    asked: Asked
    kinds: tuple[FactorKind, ...]


async def finish_sign_in(
    context: Context,
    session: AsyncSession,
    person_id: UUID,
    *,
    client: ClientKind,
    device: str,
    verified: str | None = None,
) -> Opened | ChallengeGiven:
    """Let in who has just shown a password, a mailed link or a code; in the transaction that is under way.

    Who has no second factor gets a session, in which they can add one. Who has one is asked for it, whatever their
    role and the settings: `complete_sign_in` then opens the session. `schema.access.entered` tells clients of either.
    `verified` is the hash of the password that was shown. Refuses: INVALID_CREDENTIALS (it is another by now).
    """
    stored = await lock_person(session, person_id)  # before looking: a password or factor may be on its way
    if verified is not None and verified != stored:
        raise Refused(Code.INVALID_CREDENTIALS)
    kinds = await required(session, person_id)
    if not kinds:
        return await open_session(
            session, context.now, person_id, client=client, device=device, device_token=context.device
        )
    about = {"person_id": person_id, "client": client, "device": device}
    return ChallengeGiven(challenges.ask(session, context.now, ChallengePurpose.SIGN_IN, **about), kinds)


async def complete_sign_in(
    context: Context, *, challenge: str, code: str | None, recovery_code: str | None, clients: Collection[ClientKind]
) -> tuple[Opened, ClientKind]:
    """Open the session for which a second factor was asked; `clients` are the kinds that can be given one here.

    Refuses: INVALID_CODE (about the challenge: begin again with the password), REQUIRED, RATE_LIMITED.
    """
    if code is None and recovery_code is None:
        raise Refused(Code.REQUIRED, "code")
    async with context.database.begin() as session:
        person_id = await challenges.whose_attempt(session, context.now, challenge)
    if person_id is None:
        raise Refused(Code.INVALID_CODE, "challenge")
    await context.door.limits.take(FACTOR, person_id)  # nothing is locked meanwhile
    opened = None
    async with context.database.begin() as session:
        asked = await challenges.open_attempt(session, context.now, challenge)
        if asked is None or asked.person_id is None or asked.client is None or asked.client not in clients:
            raise Refused(Code.INVALID_CODE, "challenge")
        asked.attempts += 1  # counted in this transaction, which ends well also when the code is wrong
        if await codes.take(context, session, asked.person_id, code=code, recovery_code=recovery_code):
            asked.used_at = context.now
            opened = await open_session(
                session,
                context.now,
                asked.person_id,
                client=asked.client,
                device=asked.device,
                device_token=context.device,
                second_factor=True,
            )
    if opened is None:
        raise Refused(Code.INVALID_CODE, "code" if recovery_code is None else "recoveryCode")
    await context.door.limits.forget(FACTOR, person_id)
    return opened, asked.client
