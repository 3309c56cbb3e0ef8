"""What every table shares: keys, instants, closed sets of words, and foreign keys that stay inside one school."""

import os
import time
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import DateTime, Enum, ForeignKeyConstraint, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """A version 7 UUID: grows with time, so that new rows stand together in an index (RFC 9562, 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


class Row(SQLModel):
    """A table row. Rows carry no behaviour and never fetch: there are no relationships."""


def key() -> Any:
    """The primary key of an entity."""
    return Field(default_factory=new_id, primary_key=True)


def instant(**options: Any) -> Any:
    """A moment, stored with its zone; nullable when a default of None is given."""
    return Field(sa_type=cast("Any", DateTime(timezone=True)), **options)


def _values(words: type[StrEnum]) -> list[str]:
    return [word.value for word in words]


def choice(words: type[StrEnum], **options: Any) -> Any:
    """One word of a closed set, stored as text with a CHECK: native enums are painful to migrate."""
    kind = Enum(
        words,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=words.__name__.lower(),
        values_callable=_values,
    )
    return Field(sa_type=cast("Any", kind), **options)


def within_school(column: str, table: str) -> ForeignKeyConstraint:
    """A reference that can't leave the school: the school is part of the key on both sides."""
    return ForeignKeyConstraint(["school_id", column], [f"{table}.school_id", f"{table}.id"])


def school_key() -> UniqueConstraint:
    """The target of `within_school`."""
    return UniqueConstraint("school_id", "id")


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model, for statements that are not about whole rows."""
    return cast("Table", model.__table__)  # pyright: ignore[reportAttributeAccessIssue]


class Period(SQLModel):
    """A relation that begins and may end. It is never deleted: what was so stays known (R2, R27)."""

    valid_from: datetime = instant()
    ended_at: datetime | None = instant(default=None)
