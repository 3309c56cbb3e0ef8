"""Facts for tests: rows that are collected, and stored together; and the moments at which tests take place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

import models
from models import table_of
from models.database import Database
from resolvers.ids import public_id
from tests.clients import BEFORE_SCHOOL

LONG_AGO = datetime(2025, 8, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2099, 8, 1, tzinfo=UTC)
YESTERDAY = BEFORE_SCHOOL - timedelta(days=1)
TOMORROW = date(2026, 9, 16)
A_RING = "1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
"""Keys that seal nothing but what tests make."""

_NODES = {
    models.Person: "person",
    models.School: "school",
    models.Group: "group",
    models.Pupil: "pupil",
    models.Post: "post",
    models.Comment: "comment",
    models.AbsenceReport: "absence",
    models.Invitation: "invitation",
    models.AccessRequest: "request",
    models.Session: "session",
    models.Passkey: "passkey",
    models.MeetingRound: "round",
    models.HostWindow: "window",
    models.MeetingSlot: "slot",
    models.MeetingTicket: "ticket",
    models.MeetingBooking: "booking",
    models.MeetingOffer: "offer",
    models.MeetingReport: "report",
}
Fact = TypeVar("Fact", bound=SQLModel)


@dataclass(slots=True)
class Facts:
    """Rows to be stored."""

    rows: list[SQLModel] = field(default_factory=list)

    def add(self, row: Fact) -> Fact:
        """Have a row stored."""
        self.rows.append(row)
        return row

    def newest(self, kind: type[Fact]) -> Fact:
        """The row of a kind that was added last."""
        return next(row for row in reversed(self.rows) if isinstance(row, kind))

    async def store(self, database: Database) -> None:
        """Store everything in one transaction, one statement per table."""
        by_table: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            by_table.setdefault(table_of(type(row)).name, []).append(row.model_dump())
        async with database.begin() as session:
            for table in SQLModel.metadata.sorted_tables:
                if rows := by_table.get(table.name):
                    statement = insert(table)
                    if table is table_of(models.Membership):  # somebody may already be a member in this capacity
                        statement = statement.on_conflict_do_nothing()
                    await session.execute(statement, rows)


@asynccontextmanager
async def founding(database: Database) -> AsyncIterator[Facts]:
    """Collect facts, and store them when the block has ended well."""
    facts = Facts()
    yield facts
    await facts.store(database)


async def amend(database: Database, row: SQLModel, **values: Any) -> None:
    """Change columns of a stored row."""
    table = table_of(type(row))
    key = [column == getattr(row, column.name) for column in table.primary_key]
    async with database.begin() as session:
        await session.execute(update(table).where(*key).values(values))


def id_of(row: SQLModel) -> str:
    """The public id of a row."""
    return public_id(_NODES[type(row)], row.id)  # type: ignore[attr-defined]
