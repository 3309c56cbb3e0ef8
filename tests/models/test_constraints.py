"""Rules that stand in the database itself, whoever writes to it and with whatever program (R13, R17, R31)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

import models
from models import AbsenceReason, AbsenceState, Role
from models.base import new_id
from models.database import Database
from tests.factories import (
    LONG_AGO,
    YESTERDAY,
    Facts,
    SmallSchool,
    absence,
    comment,
    found_school,
    founding,
    join,
    person,
    post,
    staff,
    teach,
)
from tests.models.rows import guardianship, refused, refuses, stores

MONDAY = datetime(2026, 9, 21, tzinfo=UTC)


# ------------------------------------------------------------------------------------------------ posts and comments


async def test_a_school_wide_post_can_have_no_comment(small_school: SmallSchool, sql: asyncpg.Connection) -> None:
    town, facts = small_school, Facts()
    school_wide, in_group = post(facts, town.admin, town.school), post(facts, town.teacher, town.group)
    for row in (school_wide, in_group):
        await stores(sql, row)
    fine = comment(facts, in_group, town.guardian)
    wrong = fine.model_dump() | {"post_id": school_wide.id}

    await stores(sql, fine)

    for group in (town.group.id, town.other_group.id, town.school.id):
        await refuses(
            sql, asyncpg.ForeignKeyViolationError, models.Comment(**wrong | {"id": new_id(), "group_id": group})
        )
    await refuses(sql, asyncpg.NotNullViolationError, models.Comment(**wrong | {"id": new_id(), "group_id": None}))
    assert await sql.fetchval("select count(*) from comment where post_id = $1", school_wide.id) == 0


async def test_a_school_wide_post_is_closed(small_school: SmallSchool, sql: asyncpg.Connection) -> None:
    town, facts = small_school, Facts()
    closed = post(facts, town.admin, town.school)
    await stores(sql, closed)

    await refuses(sql, asyncpg.CheckViolationError, post(facts, town.admin, town.school, comments_open=True))
    await refused(sql, asyncpg.CheckViolationError, "update post set comments_open = true where id = $1", closed.id)
    await stores(sql, post(facts, town.teacher, town.group, comments_open=True))


CHANGES_OF_A_COMMENT: dict[str, Callable[[SmallSchool], Any]] = {
    "body": lambda _: "Iets anders",
    "author_name": lambda _: "Iemand anders",
    "author_id": lambda town: town.classmates_guardian.id,
    "created_at": lambda _: LONG_AGO,
    "post_id": lambda _: new_id(),
    "group_id": lambda town: town.other_group.id,
    "school_id": lambda _: new_id(),
    "id": lambda _: new_id(),
}


@pytest.mark.parametrize("column", CHANGES_OF_A_COMMENT)
async def test_what_was_said_can_not_be_changed(
    small_school: SmallSchool, sql: asyncpg.Connection, column: str
) -> None:
    town, facts = small_school, Facts()
    under = post(facts, town.teacher, town.group)
    said = comment(facts, under, town.guardian)
    for row in (under, said):
        await stores(sql, row)

    value = CHANGES_OF_A_COMMENT[column](town)
    await refused(
        sql, asyncpg.RestrictViolationError, f"update comment set {column} = $1 where id = $2", value, said.id
    )

    hide = "update comment set hidden_at = $1, hidden_by = $2, hidden_reason = 'Onaardig' where id = $3"
    await sql.execute(hide, YESTERDAY, town.teacher.id, said.id)
    await refused(
        sql, asyncpg.RestrictViolationError, f"update comment set {column} = $1 where id = $2", value, said.id
    )


@pytest.mark.parametrize("column", ["group_id", "school_id", "author_id", "author_name", "published_at", "id"])
async def test_for_whom_a_post_is_and_whose_can_not_be_changed(
    small_school: SmallSchool, sql: asyncpg.Connection, column: str
) -> None:
    town, facts = small_school, Facts()
    values = {"group_id": town.other_group.id, "author_id": town.admin.id, "author_name": "x", "published_at": LONG_AGO}
    in_group, school_wide = post(facts, town.teacher, town.group), post(facts, town.admin, town.school)
    for row in (in_group, school_wide):
        await stores(sql, row)

    for made in (in_group, school_wide):
        value = values.get(column, new_id())
        if column == "author_id" and made is school_wide:
            value = town.teacher.id
        await refused(
            sql, asyncpg.RestrictViolationError, f"update post set {column} = $1 where id = $2", value, made.id
        )
    await refused(sql, asyncpg.RestrictViolationError, "update post set group_id = null where id = $1", in_group.id)

    correct = "update post set title = 'Anders', body = 'Anders', edited_at = now(), withdrawn_at = now() where id = $1"
    assert await sql.execute(correct, in_group.id) == "UPDATE 1"


# ------------------------------------------------------------------------------------------------ absences


@pytest.fixture
def away(small_school: SmallSchool) -> Callable[..., models.AbsenceReport]:
    """Makes reports about Noor: from one day of a week to another."""

    def make(first: int, last: int | None, **more: Any) -> models.AbsenceReport:
        row = absence(Facts(), small_school.noor, small_school.guardian, **more)
        row.starts_at = MONDAY + timedelta(days=first)
        row.ends_at = None if last is None else MONDAY + timedelta(days=last)
        return row

    return make


@pytest.mark.parametrize("state", [AbsenceState.REPORTED, AbsenceState.ACKNOWLEDGED])
async def test_live_absences_of_a_child_do_not_overlap(
    small_school: SmallSchool, sql: asyncpg.Connection, away: Callable[..., models.AbsenceReport], state: AbsenceState
) -> None:
    await stores(sql, away(1, 3, state=state))

    for first, last in ((1, 3), (2, 4), (0, 2), (0, 4), (2, None), (0, None)):
        for other in (AbsenceState.REPORTED, AbsenceState.ACKNOWLEDGED):
            await refuses(sql, asyncpg.ExclusionViolationError, away(first, last, state=other))

    await stores(sql, away(0, 1))
    await stores(sql, away(3, 4))
    await stores(sql, away(5, None))
    await refuses(sql, asyncpg.ExclusionViolationError, away(100, 101))
    await stores(sql, absence(Facts(), small_school.sam, small_school.guardian, day=MONDAY.date(), days=9))


@pytest.mark.parametrize("state", [AbsenceState.WITHDRAWN, AbsenceState.CORRECTED])
async def test_what_does_not_count_any_more_stands_in_nobodys_way_and_does_not_come_back(
    sql: asyncpg.Connection, away: Callable[..., models.AbsenceReport], state: AbsenceState
) -> None:
    gone = away(1, 3, state=state)
    await stores(sql, gone)
    await stores(sql, away(1, 3, state=state))
    await stores(sql, away(1, 3))

    revive = "update absence_report set state = 'REPORTED' where id = $1"
    await refused(sql, asyncpg.ExclusionViolationError, revive, gone.id)


async def test_a_live_absence_is_not_stretched_over_another(
    sql: asyncpg.Connection, away: Callable[..., models.AbsenceReport]
) -> None:
    first, second = away(0, 1), away(2, 3)
    for row in (first, second):
        await stores(sql, row)
    stretch = "update absence_report set ends_at = $1 where id = $2"

    await refused(sql, asyncpg.ExclusionViolationError, stretch, second.ends_at, first.id)
    await refused(sql, asyncpg.ExclusionViolationError, stretch, None, first.id)

    assert await sql.execute(stretch, second.starts_at, first.id) == "UPDATE 1"


async def test_an_absence_says_until_when_and_why(
    sql: asyncpg.Connection, away: Callable[..., models.AbsenceReport]
) -> None:
    for reason in AbsenceReason:
        if reason is not AbsenceReason.ILLNESS:
            await refuses(sql, asyncpg.CheckViolationError, away(0, None, reason=reason))
    await refuses(sql, asyncpg.CheckViolationError, away(0, 1, reason=AbsenceReason.OTHER, note=None))
    await refuses(sql, asyncpg.CheckViolationError, away(1, 1))
    await refuses(sql, asyncpg.CheckViolationError, away(1, 0))
    await refuses(sql, asyncpg.CheckViolationError, away(0, 1, state=AbsenceState.ENDED))
    made = away(0, None)
    await stores(sql, made)
    for wrong in ("state = 'GONE'", "reason = 'HOLIDAY'", "reason = null", "starts_at = null"):
        kind = asyncpg.NotNullViolationError if "null" in wrong else asyncpg.CheckViolationError
        await refused(sql, kind, f"update absence_report set {wrong} where id = $1", made.id)
    await stores(sql, away(-1, 0, reason=AbsenceReason.OTHER, note="Verhuizing"))


# ------------------------------------------------------------------------------------------------ the school


async def test_a_child_is_in_one_group_at_a_time(small_school: SmallSchool, sql: asyncpg.Connection) -> None:
    town = small_school

    def enrolment(group: models.Group, first: int, last: int | None) -> models.Enrolment:
        return models.Enrolment(
            school_id=town.school.id,
            group_id=group.id,
            pupil_id=town.noor.id,
            valid_from=MONDAY + timedelta(days=first),
            ended_at=None if last is None else MONDAY + timedelta(days=last),
        )

    await refuses(sql, asyncpg.ExclusionViolationError, enrolment(town.other_group, 1, 2))
    await sql.execute("update enrolment set ended_at = $1 where pupil_id = $2", MONDAY, town.noor.id)
    await refuses(sql, asyncpg.ExclusionViolationError, enrolment(town.group, -1, 1))

    await stores(sql, enrolment(town.other_group, 0, 5))
    await refuses(sql, asyncpg.ExclusionViolationError, enrolment(town.group, 4, None))
    await stores(sql, enrolment(town.group, 5, None))


async def test_only_staff_of_the_school_teach_and_only_its_guardians_are_guardians(
    small_school: SmallSchool, sql: asyncpg.Connection, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        stranger, colleague, elsewhere = person(facts), staff(facts, town.school), found_school(facts)
        far = staff(facts, elsewhere)
    unwanted = Facts()

    for somebody in (stranger, town.guardian, town.admin, far):
        await refuses(sql, asyncpg.ForeignKeyViolationError, teach(unwanted, town.group, somebody))
    await stores(sql, teach(unwanted, town.group, colleague))
    for somebody in (stranger, town.teacher):
        await refuses(sql, asyncpg.ForeignKeyViolationError, guardianship(town.noor, somebody))
    await stores(sql, join(unwanted, town.school.id, stranger, Role.GUARDIAN))
    await stores(sql, guardianship(town.noor, stranger))
    await refused(
        sql,
        asyncpg.CheckViolationError,
        "update teaching set member_role = 'GUARDIAN' where person_id = $1",
        colleague.id,
    )


async def test_an_address_belongs_to_one_account(small_school: SmallSchool, sql: asyncpg.Connection) -> None:
    address = small_school.guardian.email

    await refuses(sql, asyncpg.UniqueViolationError, person(Facts(), email=address))
    await refuses(sql, asyncpg.UniqueViolationError, person(Facts(), email=address.upper()))
    await stores(sql, person(Facts(), email=f"anders.{address}"))


async def test_the_trail_of_what_was_done_can_only_grow(small_school: SmallSchool, sql: asyncpg.Connection) -> None:
    town = small_school
    entry = models.AuditEntry(
        school_id=town.school.id, at=YESTERDAY, actor_id=town.admin.id, action="hide_comment", object_id=new_id()
    )
    await stores(sql, entry)

    for change in ("action = 'nothing'", "actor_id = null", "reason = 'x'", "at = now()"):
        await refused(sql, asyncpg.RestrictViolationError, f"update audit_entry set {change} where id = $1", entry.id)
    await refused(sql, asyncpg.RestrictViolationError, "delete from audit_entry where id = $1", entry.id)
    await refused(sql, asyncpg.RestrictViolationError, "truncate audit_entry")

    assert await sql.fetchval("select action from audit_entry where id = $1", entry.id) == "hide_comment"
    await stores(sql, models.AuditEntry(**entry.model_dump() | {"id": new_id()}))
