"""Sessions: the only key to a closed platform (R1). The token itself is nowhere stored."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

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
    last_seen_at: datetime = instant()
    idle_until: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
