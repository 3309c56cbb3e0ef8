"""Codes to be typed: of an authenticator app (RFC 6238: SHA-1, 30 s, 6 digits), and recovery codes."""

from datetime import datetime
from uuid import UUID

from pyotp import random_base32
from pyotp.exceptions import OTPVerificationError
from pyotp.totp import TOTP
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import table_of
from models.seal import Seal
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.secrets import LONG_CODE, hashed_code, new_code, plain_code

ISSUER = "Schoolplein"
RECOVERY_CODES = 8
WINDOW = 1
"""Steps that a telephone's clock may be off, either way."""

_TOTP, _CODE = table_of(models.Totp), table_of(models.RecoveryCode)
_PLACE = ("totp", "seed")


def new_seed(seal: Seal, person_id: UUID) -> tuple[str, bytes]:
    """A seed for an app: as the app takes it, and as it is stored."""
    seed = random_base32()
    return seed, seal.seal(seed.encode(), *_PLACE, person_id)


def app_address(seed: str, email: str) -> str:
    """The seed as an otpauth URI, for a QR code."""
    return TOTP(seed).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(seal: Seal, totp: models.Totp, typed: str, now: datetime) -> int | None:
    """The step of which this is the code; None for a wrong one."""
    seed = seal.open(totp.seed, *_PLACE, totp.person_id).decode()
    try:
        return TOTP(seed).verify_and_get_timecode(plain_code(typed), for_time=now, valid_window=WINDOW)
    except OTPVerificationError:
        return None


async def take(
    context: Context, session: AsyncSession, person_id: UUID, *, code: str | None, recovery_code: str | None
) -> bool:
    """Whether this is a good code of somebody; it is used up then, however many try it at once. Refuses: REQUIRED."""
    if code is not None:
        return await _take_app_code(context, session, person_id, code)
    if recovery_code is not None:
        return await _take_recovery_code(context, session, person_id, recovery_code)
    raise Refused(Code.REQUIRED, "code")


async def _take_app_code(context: Context, session: AsyncSession, person_id: UUID, typed: str) -> bool:
    confirmed = (_TOTP.c.person_id == person_id, _TOTP.c.confirmed_at.is_not(None))
    totp = await session.scalar(select(models.Totp).where(*confirmed))
    step = None if totp is None else step_of(context.door.seal(), totp, typed, context.now)
    if step is None:
        return False
    taken = update(_TOTP).where(*confirmed, _TOTP.c.last_step < step).values(last_step=step)
    return await session.scalar(taken.returning(_TOTP.c.person_id)) is not None


async def _take_recovery_code(context: Context, session: AsyncSession, person_id: UUID, typed: str) -> bool:
    unused = (
        _CODE.c.code_hash == hashed_code(typed),
        _CODE.c.person_id == person_id,
        _CODE.c.used_at.is_(None),
    )
    taken = update(_CODE).where(*unused).values(used_at=context.now).returning(_CODE.c.person_id)
    if await session.scalar(taken) is None:
        return False
    session.add(models.AuditEntry(at=context.now, actor_id=person_id, action="use_recovery_code", object_id=person_id))
    return True


async def forget_recovery_codes(session: AsyncSession, person_id: UUID) -> None:
    """Make the recovery codes of somebody worthless."""
    await session.execute(delete(_CODE).where(_CODE.c.person_id == person_id))


async def new_recovery_codes(session: AsyncSession, person_id: UUID) -> list[str]:
    """Make new recovery codes in place of those before. They are shown once; only their hashes are stored."""
    await forget_recovery_codes(session, person_id)
    made = [new_code(LONG_CODE) for _ in range(RECOVERY_CODES)]
    session.add_all(models.RecoveryCode(code_hash=hashed_code(code), person_id=person_id) for code in made)
    return made
