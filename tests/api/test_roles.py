"""Roles: given by an administrator to somebody else, ended with all that hangs on them, and one always left (MEM)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

import models
from models import ClientKind, MailKind, Role
from models.database import Database
from tests.api.documents import EMAIL
from tests.api.office import ASSIGN_TEACHER, END_MEMBERSHIP, GRANT_ROLE, MINE, WHY, at, members, roles, written
from tests.api.steps import stored
from tests.clients import Client, Clients, Clock
from tests.factories import (
    YESTERDAY,
    SmallSchool,
    admin,
    enrol,
    found_small_school,
    founding,
    guardian,
    id_of,
    join,
    sign_in_token,
    staff,
)
from tests.letters import letters_to


async def _end(client: Client, town: SmallSchool, somebody: models.Person, role: str) -> Any:
    return await client.ok(END_MEMBERSHIP, input=at(town, somebody, role=role, **WHY))


async def test_a_member_of_staff_becomes_administrator_and_all_administrators_hear_of_it(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        other = admin(facts, town.school, name="Els Bos")
        former = staff(facts, town.school)
        join(facts, town.school.id, former, Role.ADMIN, ended_at=YESTERDAY)

    done = await head.ok(GRANT_ROLE, input=at(town, town.teacher, role="ADMIN"))

    assert (done["member"]["role"], done["member"]["person"]["name"]) == ("ADMIN", "Joke Smit")
    assert sorted(await roles(clients, town.token(town.teacher))) == ["ADMIN", "STAFF"]
    assert sorted(await members(clients(town.token(town.teacher)), town, role="ADMIN")) == sorted(
        ["Anouk Bakker", "Els Bos", "Joke Smit"]
    )
    for told in (town.admin, other, town.teacher):
        ((kind, letter),) = await letters_to(database, told.email, clock.now)
        assert kind is MailKind.NEW_ADMINISTRATOR
        assert letter.values == {"name": told.name, "school": "De Regenboog", "member": "Joke Smit"}
        assert letter.path is None
    for untold in (town.guardian, town.other_teacher, former):
        assert await letters_to(database, untold.email, clock.now) == []
    assert await written(database, town, "grant_role") == [(town.admin.id, town.teacher.id, None, "ADMIN")]


async def test_an_administrator_who_will_teach_becomes_staff_and_nobody_is_written_to(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        other = admin(facts, town.school, name="Els Bos")

    await head.ok(GRANT_ROLE, input=at(town, other, role="STAFF"))

    await head.ok(ASSIGN_TEACHER, input={"groupId": id_of(town.group), "personId": id_of(other)})
    assert await letters_to(database, town.admin.email, clock.now) == []


async def test_a_role_is_given_to_who_works_here_once_and_never_to_oneself(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        blocked = staff(facts, elsewhere.school)
        join(facts, town.school.id, blocked, Role.STAFF, blocked_at=YESTERDAY)

    async def attempt(somebody: models.Person, role: str) -> list[str]:
        return await head.refused(GRANT_ROLE, input=at(town, somebody, role=role))

    assert await attempt(town.admin, "STAFF") == ["FORBIDDEN"]
    assert await attempt(town.admin, "ADMIN") == ["FORBIDDEN"]
    assert await attempt(town.guardian, "STAFF") == ["INVALID"]
    assert await attempt(town.teacher, "GUARDIAN") == ["INVALID"]
    assert await attempt(blocked, "ADMIN") == ["INVALID"]
    assert await attempt(town.teacher, "STAFF") == ["ALREADY_MEMBER"]
    assert await attempt(elsewhere.teacher, "ADMIN") == ["NOT_FOUND"]
    await head.ok(GRANT_ROLE, input=at(town, town.teacher, role="ADMIN"))
    assert await attempt(town.teacher, "ADMIN") == ["ALREADY_MEMBER"]


async def test_who_no_longer_works_here_teaches_nobody_from_the_next_request_and_is_told_by_mail(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    token = town.token(town.teacher)
    assert (await clients(token).ok(MINE))["groups"] == [{"name": "Groep 5"}]

    done = await _end(head, town, town.teacher, "STAFF")

    assert done["personId"] == id_of(town.teacher)
    assert await clients(token).ok(MINE) == {"memberships": [], "children": [], "groups": []}
    assert "Joke Smit" not in await members(head, town)
    assert (
        await database.fetch("select 1 from teaching where person_id = $1 and ended_at is null", [town.teacher.id])
        == []
    )
    ((kind, letter),) = await letters_to(database, town.teacher.email, clock.now)
    assert (kind, letter.values) == (MailKind.ACCESS_ENDED, {"name": "Joke Smit", "school": "De Regenboog"})
    told = (town.admin.id, town.teacher.id, None, f"STAFF: {WHY['reason']}")
    assert await written(database, town, "end_membership") == [told]
    assert await head.refused(END_MEMBERSHIP, input=at(town, town.teacher, role="STAFF", **WHY)) == ["NOT_FOUND"]


async def test_the_longest_reason_is_cut_for_the_role_before_it(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school

    await head.ok(END_MEMBERSHIP, input=at(town, town.guardian, role="GUARDIAN", reason="x" * 500))

    ((*_, reason),) = await written(database, town, "end_membership")
    assert reason == "GUARDIAN: " + "x" * 490


async def test_who_stays_in_another_capacity_keeps_that_one_and_gets_no_mail(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.sam, somebody=town.teacher)

    await _end(head, town, town.teacher, "STAFF")

    mine = await clients(town.token(town.teacher)).ok(MINE)
    assert [membership["role"] for membership in mine["memberships"]] == ["GUARDIAN"]
    assert mine["children"] == [{"givenName": "Sam"}]
    assert await stored(database, models.Mail, recipient=town.teacher.email) == 0


async def test_a_guardians_membership_ends_with_all_guardianships_at_this_school_alone(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town, elsewhere = small_school, await found_small_school(database, name="De Vlinder")
    async with founding(database) as facts:
        guardian(facts, town.lina, enrol(facts, elsewhere.group, given_name="Bo"), somebody=town.guardian)

    await _end(head, town, town.guardian, "GUARDIAN")

    assert (await clients(town.token(town.guardian)).ok(MINE))["children"] == [{"givenName": "Bo"}]
    ((kind, _),) = await letters_to(database, town.guardian.email, clock.now)
    assert kind is MailKind.ACCESS_ENDED
    assert len(await written(database, town, "end_guardianship")) == 2


async def test_a_role_that_ended_can_be_given_again_and_a_waiting_mail_is_needless_then(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    await head.ok(GRANT_ROLE, input=at(town, town.teacher, role="ADMIN"))
    await _end(head, town, town.teacher, "ADMIN")
    assert await roles(clients, town.token(town.teacher)) == ["STAFF"]

    await head.ok(GRANT_ROLE, input=at(town, town.teacher, role="ADMIN"))

    assert sorted(await roles(clients, town.token(town.teacher))) == ["ADMIN", "STAFF"]
    await _end(head, town, town.other_teacher, "STAFF")
    async with founding(database) as facts:
        guardian(facts, town.sam, somebody=town.other_teacher)
    assert await letters_to(database, town.other_teacher.email, clock.now) == []


async def test_the_last_administrator_stays_and_the_last_but_one_may_go(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, ending = small_school, at(small_school, small_school.admin, role="ADMIN", **WHY)
    async with founding(database) as facts:
        join(facts, town.school.id, staff(facts, town.school), Role.ADMIN, blocked_at=YESTERDAY)
        join(facts, town.school.id, staff(facts, town.school), Role.ADMIN, ended_at=YESTERDAY)
    assert await head.refused(END_MEMBERSHIP, input=ending) == ["LAST_ADMINISTRATOR"]

    await head.ok(GRANT_ROLE, input=at(town, town.teacher, role="ADMIN"))
    await head.ok(END_MEMBERSHIP, input=ending)


async def test_of_three_administrators_who_all_go_at_once_one_stays(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        others = [admin(facts, town.school, name=name) for name in ("Els Bos", "Piet Kok")]
        going = [head, *(clients(sign_in_token(facts, other)) for other in others)]

    answers = await asyncio.gather(
        *(
            client.ask(END_MEMBERSHIP, input=at(town, somebody, role="ADMIN", **WHY))
            for client, somebody in zip(going, (town.admin, *others), strict=True)
        )
    )

    assert sorted(answer.codes for answer in answers) == [[], [], ["LAST_ADMINISTRATOR"]]
    left = "select count(*) from membership where school_id = $1 and role = 'ADMIN' and ended_at is null"
    assert (await database.fetch(left, [town.school.id]))[0][0] == 1


@pytest.mark.parametrize(
    ("kind", "idle", "absolute"),
    [
        (ClientKind.WEB, timedelta(hours=1), timedelta(hours=12)),
        (ClientKind.APP, timedelta(days=30), timedelta(days=30)),
    ],
)
async def test_with_a_role_at_school_a_session_of_before_lasts_no_longer_than_one_of_staff(
    small_school: SmallSchool,
    clients: Clients,
    head: Client,
    database: Database,
    clock: Clock,
    kind: ClientKind,
    idle: timedelta,
    absolute: timedelta,
) -> None:
    async with founding(database) as facts:
        long, unused = [clients(sign_in_token(facts, small_school.teacher, kind=kind)) for _ in range(2)]
        parent = clients(sign_in_token(facts, small_school.guardian, kind=kind))
    await head.ok(GRANT_ROLE, input=at(small_school, small_school.teacher, role="ADMIN"))
    begin = clock.now

    clock.stand_at(begin + idle - timedelta(seconds=1))
    assert await long.ok(EMAIL) == {"email": small_school.teacher.email}
    clock.stand_at(begin + idle)
    assert await unused.ok(EMAIL) is None
    while clock.now + idle / 2 < begin + absolute:
        clock.stand_at(clock.now + idle / 2)
        assert await long.ok(EMAIL) == {"email": small_school.teacher.email}
    clock.stand_at(begin + absolute)
    assert await long.ok(EMAIL) is None
    assert await parent.ok(EMAIL) == {"email": small_school.guardian.email}
