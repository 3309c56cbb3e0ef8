"""Rows, written past every rule of the service."""

from typing import Any

import asyncpg
import pytest
from sqlmodel import SQLModel

import models
from tests.factories import LONG_AGO


def guardianship(pupil: models.Pupil, somebody: models.Person) -> models.Guardianship:
    """That somebody is a guardian of a pupil."""
    return models.Guardianship(
        school_id=pupil.school_id,
        pupil_id=pupil.id,
        person_id=somebody.id,
        parental_authority=True,
        information_right=models.InformationRight.FULL,
        valid_from=LONG_AGO,
    )


async def refused(sql: asyncpg.Connection, kind: type[Exception], statement: str, *values: Any) -> None:
    """That the database does not do this; what was done before stays."""
    with pytest.raises(kind):
        async with sql.transaction():
            await sql.execute(statement, *values)


async def stores(sql: asyncpg.Connection, row: SQLModel) -> None:
    """Store a row, by its columns and nothing else."""
    table = models.table_of(type(row))
    values = {column.name: getattr(row, column.name) for column in table.columns}
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    async with sql.transaction():
        await sql.execute(f"insert into {table.name} ({', '.join(values)}) values ({places})", *values.values())


async def refuses(sql: asyncpg.Connection, kind: type[Exception], row: SQLModel) -> None:
    """That the database does not store a row."""
    with pytest.raises(kind):
        await stores(sql, row)
