"""Groups and who teaches them: made, named, and given to staff of the same school for a time or for good (GRP, R28)."""

from datetime import datetime

import pytest

import models
from models import Role
from models.database import Database
from tests.api.office import (
    ASSIGN_TEACHER,
    CREATE_GROUP,
    END_TEACHING,
    MINE,
    RENAME_GROUP,
    UPDATE_SCHOOL,
    written,
)
from tests.api.steps import absence_of, reported, stored
from tests.clients import AMSTERDAM, Client, Clients, Clock
from tests.factories import YESTERDAY, SmallSchool, found_small_school, founding, id_of, join, sign_in_token, staff


def _to(group: models.Group, somebody: models.Person, **more: object) -> dict[str, object]:
    return {"groupId": id_of(group), "personId": id_of(somebody), **more}


async def _groups(clients: Clients, token: str) -> list[str]:
    return [group["name"] for group in (await clients(token).ok(MINE))["groups"]]


async def test_a_substitute_teaches_up_to_and_including_the_day_that_was_said(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        token = sign_in_token(facts, substitute := staff(facts, town.school, name="Inge Vos"))
    assert await _groups(clients, token) == []

    done = await head.ok(ASSIGN_TEACHER, input=_to(town.group, substitute, until="2026-09-17"))

    assert done["group"]["teachers"] == [{"name": "Inge Vos"}, {"name": "Joke Smit"}]
    assert await _groups(clients, token) == ["Groep 5"]
    clock.stand_at(datetime(2026, 9, 17, 23, 59, tzinfo=AMSTERDAM))
    assert await _groups(clients, token) == ["Groep 5"]
    clock.stand_at(datetime(2026, 9, 18, 0, 0, tzinfo=AMSTERDAM))
    assert await _groups(clients, token) == []
    told = f"teacher {id_of(substitute)} until 2026-09-17"
    assert await written(database, town, "assign_teacher") == [(town.admin.id, town.group.id, None, told)]


async def test_who_teaches_a_group_already_does_so_until_another_day_and_not_twice(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school

    for until in ("2026-09-17", None, "2026-09-15"):
        await head.ok(ASSIGN_TEACHER, input=_to(town.group, town.teacher, until=until))

    assert await stored(database, models.Teaching, person_id=town.teacher.id) == 1
    clock.advance(days=1)
    assert await _groups(clients, town.token(town.teacher)) == []


async def test_a_day_that_is_over_can_not_be_the_last(small_school: SmallSchool, head: Client) -> None:
    town = small_school
    gone = _to(town.group, town.other_teacher, until="2026-09-14")

    assert await head.refused(ASSIGN_TEACHER, input=gone) == ["INVALID_RANGE"]
    await head.ok(ASSIGN_TEACHER, input=gone | {"until": "2026-09-15"})


async def test_only_staff_of_the_same_school_can_be_given_a_group(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        join(facts, town.school.id, former := staff(facts, elsewhere.school), Role.STAFF, ended_at=YESTERDAY)
        join(facts, town.school.id, blocked := staff(facts, elsewhere.school), Role.STAFF, blocked_at=YESTERDAY)

    for stranger in (elsewhere.teacher, former, blocked, town.guardian, town.admin):
        assert await head.refused(ASSIGN_TEACHER, input=_to(town.group, stranger)) == ["NOT_FOUND"], stranger.name
    assert await head.refused(ASSIGN_TEACHER, input=_to(elsewhere.group, town.teacher)) == ["NOT_FOUND"]
    await head.ok(ASSIGN_TEACHER, input=_to(town.group, town.other_teacher))


async def test_an_assignment_ends_at_once_and_can_not_end_twice(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        colleague = staff(facts, town.school)
    await head.ok(ASSIGN_TEACHER, input=_to(town.group, colleague))

    done = await head.ok(END_TEACHING, input=_to(town.group, town.teacher))

    assert done["group"]["teachers"] == [{"name": colleague.name}]
    assert await _groups(clients, town.token(town.teacher)) == []
    assert await head.refused(END_TEACHING, input=_to(town.group, town.teacher)) == ["NOT_FOUND"]
    told = (town.admin.id, town.group.id, None)
    assert await written(database, town, "assign_teacher") == [(*told, f"teacher {id_of(colleague)}")]
    assert await written(database, town, "end_teaching") == [(*told, f"teacher {id_of(town.teacher)}")]
    await head.ok(ASSIGN_TEACHER, input=_to(town.group, town.teacher))
    assert await _groups(clients, town.token(town.teacher)) == ["Groep 5"]


async def test_a_group_is_made_and_named_and_what_is_not_given_stays(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    new = {"schoolId": id_of(town.school), "name": "Groep 7", "schoolYear": "2026-2027"}

    made = (await head.ok(CREATE_GROUP, input=new))["group"]
    named = (await head.ok(RENAME_GROUP, input={"groupId": made["id"], "name": "Groep 7a"}))["group"]
    moved = (await head.ok(RENAME_GROUP, input={"groupId": made["id"], "schoolYear": "2027-2028"}))["group"]

    assert (made["name"], made["schoolYear"], made["teachers"]) == ("Groep 7", "2026-2027", [])
    assert (named["name"], named["schoolYear"]) == ("Groep 7a", "2026-2027")
    assert (moved["name"], moved["schoolYear"]) == ("Groep 7a", "2027-2028")
    assert len(await written(database, town, "create_group")) == 1
    assert len(await written(database, town, "rename_group")) == 2


@pytest.mark.parametrize("school_year", ["2026", "2026-2026", "2026-2028", "2027-2026", "26-27", "1999-2000", ""])
async def test_a_school_year_is_two_years_that_follow_each_other(
    small_school: SmallSchool, head: Client, school_year: str
) -> None:
    new = {"schoolId": id_of(small_school.school), "name": "Groep 7", "schoolYear": school_year}

    assert await head.refused(CREATE_GROUP, input=new) == ["INVALID"]


async def test_the_schools_page_is_changed_and_what_is_not_given_stays(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, school = small_school, {"schoolId": id_of(small_school.school)}
    before = {
        "name": "De Regenboog", "contactEmail": town.school.contact_email, "phone": None, "reportCutoff": "08:15"
    }  # fmt: skip

    named = await head.ok(UPDATE_SCHOOL, input=school | {"name": "De Boog", "phone": "050 1234567"})
    moved = await head.ok(UPDATE_SCHOOL, input=school | {"reportCutoff": "08:25", "phone": ""})

    assert named["school"] == before | {"name": "De Boog", "phone": "050 1234567"}
    assert moved["school"] == before | {"name": "De Boog", "reportCutoff": "08:25"}
    assert await written(database, town, "update_school") == [(town.admin.id, town.school.id, None, None)] * 2


@pytest.mark.parametrize(
    "wrong",
    [{"reportCutoff": "8:15"}, {"reportCutoff": "24:00"}, {"contactEmail": "info"}, {"contactEmail": "a@b.example\nx"}],
)
async def test_a_time_is_a_time_and_an_address_is_an_address(
    small_school: SmallSchool, head: Client, wrong: dict[str, str]
) -> None:
    assert await head.refused(UPDATE_SCHOOL, input={"schoolId": id_of(small_school.school), **wrong}) == ["INVALID"]


async def test_a_new_cut_off_holds_for_the_next_report(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock
) -> None:
    clock.stand_at(datetime(2026, 9, 15, 8, 20, tzinfo=AMSTERDAM))
    late = await reported(parent, absence_of(small_school.noor, starts_at=clock.now))
    await head.ok(UPDATE_SCHOOL, input={"schoolId": id_of(small_school.school), "reportCutoff": "08:25"})
    in_time = await reported(head, absence_of(small_school.sam, starts_at=clock.now))

    assert (late["afterCutoff"], in_time["afterCutoff"]) == (True, False)
