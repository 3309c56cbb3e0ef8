"""Pupils: entered, corrected, moved; with each move the family sees another group, from that moment on (PUP, R27)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

import models
from models import Role
from models.database import Database
from tests.api.documents import ADD_COMMENT, READ_COMMENTS, READ_POST
from tests.api.office import MINE, MOVE_PUPIL, REGISTER_PUPIL, UPDATE_PUPIL, written
from tests.api.steps import stored
from tests.clients import AMSTERDAM, Client, Clients, Clock
from tests.factories import SmallSchool, enrol, found_small_school, founding, guardian, id_of, join, post, sign_in_token


def _new(town: SmallSchool, **more: Any) -> dict[str, Any]:
    return {
        "schoolId": id_of(town.school),
        "groupId": id_of(town.group),
        "givenName": "Fien",
        "familyName": "Kok",
        "birthDate": "2022-09-20",
        "firstDay": "2026-09-21",
        **more,
    }


def _move(pupil: models.Pupil, group: models.Group, **more: Any) -> dict[str, Any]:
    return {"pupilId": id_of(pupil), "groupId": id_of(group), **more}


async def _groups(client: Client) -> list[str]:
    return [group["name"] for group in (await client.ok(MINE))["groups"]]


async def test_a_child_is_entered_and_is_in_the_group_from_its_first_day(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school

    pupil = (await head.ok(REGISTER_PUPIL, input=_new(town)))["pupil"]

    assert (pupil["givenName"], pupil["familyName"], pupil["birthDate"]) == ("Fien", "Kok", "2022-09-20")
    assert (pupil["group"], pupil["guardians"]) == (None, [])
    read = "query($id: ID!) { node(id: $id) { ... on Pupil { group { name } } } }"
    clock.stand_at(datetime(2026, 9, 20, 23, 59, 59, tzinfo=AMSTERDAM))
    assert await head.ok(read, id=pupil["id"]) == {"group": None}
    clock.stand_at(datetime(2026, 9, 21, 0, 0, tzinfo=AMSTERDAM))
    assert await head.ok(read, id=pupil["id"]) == {"group": {"name": "Groep 5"}}
    ((actor, about, of, _),) = await written(database, town, "register_pupil")
    assert (actor, about) == (town.admin.id, of)


async def test_a_child_is_entered_into_a_group_of_its_own_school_and_is_born(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        join(facts, elsewhere.school.id, town.admin, Role.ADMIN)

    assert await head.refused(REGISTER_PUPIL, input=_new(town, groupId=id_of(elsewhere.group))) == ["NOT_FOUND"]
    assert await head.refused(REGISTER_PUPIL, input=_new(elsewhere, groupId=id_of(town.group))) == ["NOT_FOUND"]
    assert await head.refused(REGISTER_PUPIL, input=_new(town, birthDate="2026-09-16")) == ["INVALID"]
    assert await stored(database, models.Pupil, school_id=town.school.id) == 3
    assert await head.refused(MOVE_PUPIL, input=_move(town.noor, elsewhere.group)) == ["NOT_FOUND"]
    await head.ok(REGISTER_PUPIL, input=_new(town, birthDate=None))
    await head.ok(REGISTER_PUPIL, input=_new(elsewhere, groupId=id_of(elsewhere.group)))


async def test_what_is_written_down_about_a_pupil_is_corrected_and_the_rest_stays(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients
) -> None:
    town = small_school
    noor, classmates = {"pupilId": id_of(town.noor)}, clients(town.token(town.classmates_guardian))
    async with founding(database) as facts:
        message = {"postId": id_of(post(facts, town.teacher, town.group)), "body": "Hoi"}
    await parent.ok(ADD_COMMENT, input=message)

    async def label() -> str:
        (comment,) = (await classmates.ok(READ_COMMENTS, id=message["postId"]))["comments"]["edges"]
        return comment["node"]["author"]["label"]

    assert await label() == "ouder van Noor"
    done = await head.ok(UPDATE_PUPIL, input=noor | {"givenName": "Nour"})
    assert (done["pupil"]["givenName"], done["pupil"]["familyName"]) == ("Nour", "Yilmaz")
    done = await head.ok(UPDATE_PUPIL, input=noor | {"birthDate": "2018-03-15"})
    assert (done["pupil"]["givenName"], done["pupil"]["birthDate"]) == ("Nour", "2018-03-15")
    assert await label() == "ouder van Nour"
    await head.ok(UPDATE_PUPIL, input=noor | {"namedInLabels": False})
    assert await label() == "ouder"
    assert await head.refused(UPDATE_PUPIL, input=noor | {"birthDate": "2027-01-01"}) == ["INVALID"]
    trail = [(town.admin.id, town.noor.id, town.noor.id, None)] * 3
    assert await written(database, town, "update_pupil") == trail


async def test_a_move_today_changes_at_once_what_the_family_sees_and_keeps_what_was(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        before = post(facts, town.teacher, town.group)
    assert await _groups(parent) == ["Groep 5"]

    done = await head.ok(MOVE_PUPIL, input=_move(town.noor, town.other_group))

    assert done["pupil"]["group"] == {"name": "Groep 6"}
    assert await _groups(parent) == ["Groep 6"]
    clock.advance(minutes=1)
    async with founding(database) as facts:
        after = post(facts, town.teacher, town.group, published_at=clock.now)
        new = post(facts, town.other_teacher, town.other_group, published_at=clock.now)
    assert (await parent.ok(READ_POST, id=id_of(before)))["viewerCanComment"] is False
    assert await parent.refused(ADD_COMMENT, input={"postId": id_of(before), "body": "Hoi"}) == ["COMMENTS_CLOSED"]
    assert await parent.ok(READ_POST, id=id_of(after)) is None
    assert (await parent.ok(READ_POST, id=id_of(new)))["viewerCanComment"] is True
    trail = [(town.admin.id, town.noor.id, town.noor.id, None)]
    assert await written(database, town, "move_pupil") == trail


async def test_a_move_on_a_later_day_waits_for_midnight_at_the_school(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock
) -> None:
    town = small_school

    await head.ok(MOVE_PUPIL, input=_move(town.noor, town.other_group, **{"from": "2026-10-26"}))

    assert await _groups(parent) == ["Groep 5"]
    clock.stand_at(datetime(2026, 10, 25, 23, 59, 59, tzinfo=AMSTERDAM))
    assert await _groups(parent) == ["Groep 5"]
    clock.stand_at(datetime(2026, 10, 26, 0, 0, tzinfo=AMSTERDAM))
    assert await _groups(parent) == ["Groep 6"]


async def test_a_later_decision_takes_the_place_of_a_planned_move_and_leaves_no_right_behind(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        elsewhere = post(facts, town.other_teacher, town.other_group)
    await head.ok(MOVE_PUPIL, input=_move(town.noor, town.other_group, **{"from": "2026-10-01"}))

    await head.ok(MOVE_PUPIL, input=_move(town.noor, town.group, **{"from": "2026-09-20"}))

    clock.stand_at(datetime(2026, 10, 2, 12, 0, tzinfo=AMSTERDAM))
    assert await _groups(parent) == ["Groep 5"]
    assert await parent.ok(READ_POST, id=id_of(elsewhere)) is None


async def test_a_child_whose_first_day_is_to_come_begins_in_the_new_group_on_that_day(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock, clients: Clients
) -> None:
    town = small_school
    first_day = datetime(2026, 9, 21, tzinfo=AMSTERDAM)
    async with founding(database) as facts:
        fien = enrol(facts, town.group, given_name="Fien", since=first_day)
        parent = clients(sign_in_token(facts, guardian(facts, fien)))

    await head.ok(MOVE_PUPIL, input=_move(fien, town.other_group))

    assert await _groups(parent) == []
    clock.stand_at(first_day)
    assert await _groups(parent) == ["Groep 6"]


@pytest.mark.parametrize("day", ["2026-09-14", "2026-08-01"])
async def test_nobody_moves_in_the_past(small_school: SmallSchool, head: Client, parent: Client, day: str) -> None:
    town = small_school

    refused = await head.ask(MOVE_PUPIL, input=_move(town.noor, town.other_group, **{"from": day}))

    assert [(error["code"], error["path"]) for error in refused.errors] == [("INVALID", ["input", "from"])]
    assert await _groups(parent) == ["Groep 5"]
    await head.ok(MOVE_PUPIL, input=_move(town.noor, town.other_group, **{"from": "2026-09-15"}))
    assert await _groups(parent) == ["Groep 6"]


async def test_a_child_that_has_left_can_not_be_moved(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        gone = enrol(facts, town.group, given_name="Daan", ended_at=clock.now - timedelta(days=1))

    assert await head.refused(MOVE_PUPIL, input=_move(gone, town.other_group)) == ["INVALID"]
