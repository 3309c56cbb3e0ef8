"""Sessions: the only key to a closed platform (R1). No token, code or secret is stored, only their hashes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field

from models.base import Row, choice, instant, key


class ClientKind(StrEnum):
    WEB = "WEB"
    APP = "APP"


class Session(Row, table=True):
    """A signed-in device. Found by the SHA-256 of its 256-bit token; ended, never deleted."""

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    kind: ClientKind = choice(ClientKind)
    token_hash: bytes = Field(unique=True)
    device: str = Field(default="", max_length=120)
    created_at: datetime = instant()
    authenticated_at: datetime = instant(sa_column_kwargs={"server_default": text("now()")})
    """When the person last showed who they are: at the sign-in, or for a step-up."""
    second_factor: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether a second factor, or a passkey, was shown in this session."""
    last_seen_at: datetime = instant()
    idle_until: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)


class KnownDevice(Row, table=True):
    """A device from which somebody has signed in: what others try cannot lock it out. Kept for a year after its use."""

    __tablename__ = "known_device"  # pyright: ignore[reportAssignmentType]

    token_hash: bytes = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)
    last_used_at: datetime = instant()


class LinkPurpose(StrEnum):
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105
    EMAIL_CHANGE = "EMAIL_CHANGE"


class MailedLink(Row, table=True):
    """A link of short life, mailed to somebody with an account. The hash is there once the mail is written."""

    __tablename__ = "mailed_link"  # pyright: ignore[reportAssignmentType]

    id: UUID = key()
    person_id: UUID = Field(foreign_key="person.id", index=True)
    purpose: LinkPurpose = choice(LinkPurpose)
    email: str = Field(max_length=254)
    """Where it goes: for a change, the new address."""
    token_hash: bytes | None = Field(default=None, unique=True)
    created_at: datetime = instant()
    expires_at: datetime = instant()
    used_at: datetime | None = instant(default=None)
    """Set when it was used, and when another made it worthless."""
