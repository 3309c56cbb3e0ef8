"""Schools stay apart in the database itself: every row has its school, and every reference stays within it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from sqlmodel import SQLModel

import models
from models import Role
from models.database import Database
from tests.factories import (
    LONG_AGO,
    YESTERDAY,
    Facts,
    SmallSchool,
    absence,
    admin,
    comment,
    enrol,
    found_group,
    found_school,
    founding,
    join,
    post,
)
from tests.models.rows import guardianship, refuses, stores

MONDAY = datetime(2026, 9, 21, tzinfo=UTC)


async def _two_schools(database: Database, town: SmallSchool) -> tuple[list[SQLModel], dict[UUID, UUID]]:
    """One row of every kind here, not stored yet; and for each thing here its like at another school, stored."""
    async with founding(database) as facts:
        here, there = post(facts, town.teacher, town.group), found_school(facts)
        group = found_group(facts, there)
        pupil = enrol(facts, group, ended_at=YESTERDAY)
        head = admin(facts, there)
        for somebody, role in ((town.teacher, Role.STAFF), (town.guardian, Role.GUARDIAN)):
            join(facts, there.id, somebody, role)
        message, reported = post(facts, head, group), absence(facts, pupil, head)
        fresh = enrol(facts, town.group, given_name="Mila", ended_at=YESTERDAY)
        known = absence(facts, town.sam, town.guardian)
    school_id = town.school.id
    rows = [
        models.Teaching(
            school_id=school_id, group_id=town.other_group.id, person_id=town.teacher.id, valid_from=LONG_AGO
        ),
        models.Enrolment(school_id=school_id, group_id=town.group.id, pupil_id=fresh.id, valid_from=YESTERDAY),
        guardianship(town.sam, town.guardian),
        models.SchoolTime(
            school_id=school_id,
            group_id=town.group.id,
            weekday=6,
            starts=MONDAY.time(),
            ends=(MONDAY + timedelta(hours=1)).time(),
        ),
        post(Facts(), town.teacher, town.group),
        models.PostRevision(
            school_id=school_id, post_id=here.id, title="x", body="x", replaced_at=MONDAY, replaced_by=town.teacher.id
        ),
        models.PostRead(school_id=school_id, post_id=here.id, person_id=town.guardian.id, read_at=MONDAY),
        comment(Facts(), here, town.guardian),
        absence(Facts(), town.noor, town.guardian, day=MONDAY.date(), supersedes_id=known.id),
    ]
    like = {
        town.school.id: there.id,
        town.group.id: group.id,
        town.other_group.id: group.id,
        here.id: message.id,
        known.id: reported.id,
        **dict.fromkeys((town.noor.id, town.sam.id, fresh.id), pupil.id),
    }
    return rows, like


async def test_no_row_joins_one_school_with_another(
    small_school: SmallSchool, sql: asyncpg.Connection, database: Database
) -> None:
    rows, like = await _two_schools(database, small_school)
    crossed = set()

    for row in rows:
        for name, value in row.model_dump().items():
            if value in like:
                astray = type(row)(**row.model_dump() | {name: like[value]})
                await refuses(sql, asyncpg.ForeignKeyViolationError, astray)
                crossed.add((models.table_of(type(row)).name, name))
        await stores(sql, row)

    tenants = {"school", "school_group", "pupil", "post", "comment", "absence_report"}
    expected = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name in tenants and len(constraint.elements) > 1
        for column in constraint.columns
    }
    assert crossed == expected


# What belongs to no school, or is written before it is known which: everything else has its school in every row.
OUTSIDE = {"person", "school", "session", "idempotency", "stream", "stream_event", "alembic_version"}
MAYBE = {"audit_entry"}


async def test_every_table_of_a_school_says_which_school(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch(
        "select c.relname, a.attnotnull from pg_class c left join pg_attribute a"
        " on a.attrelid = c.oid and a.attname = 'school_id' and not a.attisdropped"
        " where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not relispartition"
    )
    found = {row["relname"]: row["attnotnull"] for row in rows}

    assert {name for name, required in found.items() if required is None} == OUTSIDE
    assert {name for name, required in found.items() if required is False} == MAYBE
    assert {table.name for table in SQLModel.metadata.tables.values()} <= set(found)


async def test_every_reference_between_rows_of_schools_holds_the_school(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch(
        """
        select k.conname, k.conrelid::regclass::text as source, k.confrelid::regclass::text as target,
          array(select a.attname::text from unnest(k.conkey) with ordinality as n(number, place)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.number order by place) as from_columns,
          array(select a.attname::text from unnest(k.confkey) with ordinality as n(number, place)
                join pg_attribute a on a.attrelid = k.confrelid and a.attnum = n.number order by place) as to_columns
        from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace
        """
    )
    tables = await sql.fetch("select attrelid::regclass::text from pg_attribute where attname = 'school_id'")
    of_schools = {row[0] for row in tables}

    between = [row for row in rows if row["source"] in of_schools and row["target"] in of_schools]
    assert len(between) >= 11
    for row in between:
        pairs = list(zip(row["from_columns"], row["to_columns"], strict=True))
        assert ("school_id", "school_id") in pairs, row["conname"]
    names = {
        (table.name, constraint.referred_table.name, tuple(constraint.column_keys))
        for table in SQLModel.metadata.tables.values()
        for constraint in table.foreign_key_constraints
    }
    assert names == {(row["source"], row["target"], tuple(row["from_columns"])) for row in rows}
