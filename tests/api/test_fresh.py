"""What needs somebody who has just signed in: an open screen that was left alone can't shut people out or in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.database import Database
from tests.api.office import (
    ASSIGN_TEACHER,
    CORRECT_MEMBER_NAME,
    CREATE_GROUP,
    DEREGISTER_PUPIL,
    END_GUARDIANSHIP,
    END_MEMBERSHIP,
    END_TEACHING,
    GRANT_ROLE,
    LEAVE_GUARDIANSHIP,
    MOVE_PUPIL,
    PUBLISH_HOUSE_RULES,
    REGISTER_PUPIL,
    RENAME_GROUP,
    REVOKE_MEMBER_SESSIONS,
    SET_MEMBER_BLOCKED,
    UPDATE_PUPIL,
    UPDATE_SCHOOL,
    WHY,
    at,
)
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, found_small_school, founding, id_of, sign_in_token

About = Callable[[SmallSchool], dict[str, Any]]


def _school(town: SmallSchool) -> dict[str, Any]:
    return {"schoolId": id_of(town.school)}


def _noor(town: SmallSchool) -> dict[str, Any]:
    return {"pupilId": id_of(town.noor)}


def _group(town: SmallSchool) -> dict[str, Any]:
    return {"groupId": id_of(town.group)}


FRESH: dict[str, tuple[str, About]] = {
    "setMemberBlocked": (SET_MEMBER_BLOCKED, lambda town: at(town, town.guardian, blocked=True, **WHY)),
    "unblocking": (SET_MEMBER_BLOCKED, lambda town: at(town, town.guardian, blocked=False, **WHY)),
    "revokeMemberSessions": (REVOKE_MEMBER_SESSIONS, lambda town: at(town, town.guardian, **WHY)),
    "grantRole": (GRANT_ROLE, lambda town: at(town, town.teacher, role="ADMIN")),
    "endMembership": (END_MEMBERSHIP, lambda town: at(town, town.teacher, role="STAFF", **WHY)),
    "endGuardianship": (END_GUARDIANSHIP, lambda t: {**_noor(t), "personId": id_of(t.guardian), **WHY}),
    "deregisterPupil": (DEREGISTER_PUPIL, lambda town: {**_noor(town), **WHY}),
}
ANY_TIME: dict[str, tuple[str, About]] = {
    "correctMemberName": (CORRECT_MEMBER_NAME, lambda town: at(town, town.guardian, name="Esra Kaya")),
    "publishHouseRules": (PUBLISH_HOUSE_RULES, lambda town: {**_school(town), "text": "Wees aardig."}),
    "updateSchool": (UPDATE_SCHOOL, lambda town: {**_school(town), "name": "De Boog"}),
    "createGroup": (CREATE_GROUP, lambda town: {**_school(town), "name": "Groep 7", "schoolYear": "2026-2027"}),
    "renameGroup": (RENAME_GROUP, lambda town: {**_group(town), "name": "Groep 5a"}),
    "assignTeacher": (ASSIGN_TEACHER, lambda town: {**_group(town), "personId": id_of(town.other_teacher)}),
    "endTeaching": (END_TEACHING, lambda town: {**_group(town), "personId": id_of(town.teacher)}),
    "registerPupil": (
        REGISTER_PUPIL,
        lambda town: {
            **_school(town), **_group(town), "givenName": "Fien", "familyName": "Kok", "firstDay": "2026-09-15"
        },
    ),
    "updatePupil": (UPDATE_PUPIL, lambda town: {**_noor(town), "givenName": "Nour"}),
    "movePupil": (MOVE_PUPIL, lambda town: {**_noor(town), "groupId": id_of(town.other_group)}),
}  # fmt: skip


async def _entries(database: Database, town: SmallSchool) -> int:
    rows = await database.fetch("select count(*) from audit_entry where school_id = $1", [town.school.id])
    return rows[0][0]


@pytest.mark.parametrize("name", FRESH)
async def test_what_is_marked_needs_a_sign_in_of_the_last_ten_minutes_and_is_written_down(
    name: str, small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    document, about = FRESH[name]
    if name == "unblocking":
        await head.ok(SET_MEMBER_BLOCKED, input=at(town, town.guardian, blocked=True, **WHY))
    before = await _entries(database, town)
    clock.advance(minutes=10, seconds=1)

    assert await head.refused(document, input=about(town)) == ["REAUTHENTICATION_REQUIRED"]
    assert await _entries(database, town) == before

    async with founding(database) as facts:
        again = clients(sign_in_token(facts, town.admin, since=clock.now - timedelta(minutes=10)))
    await again.ok(document, input=about(town))
    assert await _entries(database, town) > before


@pytest.mark.parametrize("name", FRESH)
async def test_who_may_not_do_it_at_all_is_told_that_however_long_ago_they_signed_in(
    name: str, small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    document, about = FRESH[name]
    teacher, parent = clients(town.token(town.teacher)), clients(town.token(town.guardian))
    clock.advance(hours=2)

    assert await teacher.refused(document, input=about(town)) == ["FORBIDDEN"]
    assert await parent.refused(document, input=about(town)) == ["FORBIDDEN"]
    stranger = clients(elsewhere.token(elsewhere.admin))
    assert await stranger.refused(document, input=about(town)) == ["NOT_FOUND"]
    assert await _entries(database, town) == 0


@pytest.mark.parametrize("name", ANY_TIME)
async def test_all_else_is_done_at_any_time_and_written_down(
    name: str, small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    document, about = ANY_TIME[name]
    clock.advance(hours=2)

    await head.ok(document, input=about(town))

    (entry,) = await database.fetch("select actor_id, at from audit_entry where school_id = $1", [town.school.id])
    assert tuple(entry) == (town.admin.id, clock.now)


async def test_giving_up_ones_own_access_needs_no_fresh_sign_in(
    small_school: SmallSchool, parent: Client, clock: Clock
) -> None:
    clock.advance(hours=2)

    await parent.ok(LEAVE_GUARDIANSHIP, input=_noor(small_school))


@pytest.mark.parametrize("name", [*FRESH, *ANY_TIME])
async def test_a_retry_does_nothing_twice(
    name: str, small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    document, about = (FRESH | ANY_TIME)[name]
    if name == "unblocking":
        await head.ok(SET_MEMBER_BLOCKED, input=at(town, town.guardian, blocked=True, **WHY))

    first = await head.ok(document, input=about(town) | {"clientMutationId": "een"})
    before = await _entries(database, town)
    second = await head.ok(document, input=about(town) | {"clientMutationId": "een"})

    assert second == first
    assert await _entries(database, town) == before
