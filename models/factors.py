"""Second factors: what somebody shows besides a password, or in place of one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.access import ClientKind
from models.base import Row, choice, instant, key


class Totp(Row, table=True):
    """An authenticator application (RFC 6238). It counts once it is confirmed by a first code."""

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    seed: bytes
    """Sealed (`models.seal`): who has the seed has the factor."""
    created_at: datetime = instant()
    confirmed_at: datetime | None = instant(default=None)
    last_step: int = Field(default=0, sa_type=BigInteger)
    """The step of the newest code that was taken: none is taken twice."""


class Passkey(Row, table=True):
    """A WebAuthn credential. Only the public half is known here."""

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    credential_id: bytes = Field(unique=True)
    public_key: bytes
    sign_count: int = Field(default=0, sa_type=BigInteger)
    name: str = Field(max_length=120)
    created_at: datetime = instant()
    last_used_at: datetime | None = instant(default=None)


class RecoveryCode(Row, table=True):
    """For who has lost the second factor: each works once."""

    __tablename__ = "recovery_code"  # pyright: ignore[reportAssignmentType]

    code_hash: bytes = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    used_at: datetime | None = instant(default=None)


class ChallengePurpose(StrEnum):
    SIGN_IN = "SIGN_IN"
    """The password was right; the second factor is still to be shown."""
    PASSKEY_SIGN_IN = "PASSKEY_SIGN_IN"
    PASSKEY_REGISTRATION = "PASSKEY_REGISTRATION"
    PASSKEY_STEP_UP = "PASSKEY_STEP_UP"


class Challenge(Row, table=True):
    """A question that a client has five minutes to answer, once."""

    id: UUID = key()
    purpose: ChallengePurpose = choice(ChallengePurpose)
    token_hash: bytes = Field(unique=True)
    nonce: bytes | None = None
    """What a passkey must sign."""
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    session_id: UUID | None = Field(default=None, foreign_key="session.id")
    """For a registration and a step-up: the session in which it was asked."""
    client: ClientKind | None = choice(ClientKind, default=None, nullable=True)
    device: str = Field(default="", max_length=120)
    attempts: int = 0
    expires_at: datetime = instant()
    used_at: datetime | None = instant(default=None)
