"""People: one row per human being, whatever the number of schools and capacities."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Row, choice, instant, key


class Locale(StrEnum):
    NL = "NL"
    EN = "EN"


class Person(Row, table=True):
    """Somebody with an account. The profile is complete when the real name is there (R4, R21)."""

    __table_args__ = (Index("ix_person_email", text("lower(email)"), unique=True),)

    id: UUID = key()
    name: str = Field(default="", max_length=120)
    email: str = Field(max_length=254)
    phone: str | None = Field(default=None, max_length=30)
    locale: Locale = choice(Locale, default=Locale.NL)
    share_contact: bool = False
    """Whether guardians of the same group may see the e-mail address and phone number (R19)."""
    password_hash: str | None = Field(default=None, max_length=200)
    created_at: datetime = instant()
