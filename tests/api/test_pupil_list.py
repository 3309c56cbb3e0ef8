"""The register of pupils: who is there, who is coming and who has left, for the administration alone (REQ-08)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

import models
from models import Role
from models.database import Database
from tests.api.documents import node
from tests.api.office import DEREGISTER_PUPIL, MOVE_PUPIL, REGISTER_PUPIL, UPDATE_PUPIL, WHY
from tests.clients import AMSTERDAM, Client, Clients, Clock, count_statements
from tests.factories import SmallSchool, enrol, found_small_school, founding, guardian, id_of, join, sign_in_token

PUPILS = """query($id: ID!, $first: Int, $after: String, $search: String, $status: PupilStatus) {
  node(id: $id) { ... on School { pupils(first: $first, after: $after, search: $search, status: $status) {
    edges { cursor node { id givenName familyName status enrolledFrom group { name } nextGroup { name } } }
    pageInfo { hasNextPage endCursor }
  } } }
}"""
PUPIL = node("Pupil", "status enrolledFrom namedInLabels group { name } nextGroup { name }")
FIRST_DAY = datetime(2026, 9, 21, tzinfo=AMSTERDAM)


async def _pupils(client: Client, town: SmallSchool, **asked: Any) -> list[dict[str, Any]]:
    page = (await client.ok(PUPILS, id=id_of(town.school), **asked))["pupils"]
    return [edge["node"] for edge in page["edges"]]


async def _names(client: Client, town: SmallSchool, **asked: Any) -> list[str]:
    return sorted(pupil["givenName"] for pupil in await _pupils(client, town, **asked))


async def _register(head: Client, town: SmallSchool, **more: Any) -> str:
    new = {"schoolId": id_of(town.school), "groupId": id_of(town.group), "givenName": "Fien", "familyName": "Kok"}
    return (await head.ok(REGISTER_PUPIL, input={**new, "firstDay": "2026-09-21", **more}))["pupil"]["id"]


async def test_a_child_is_found_from_the_moment_it_is_entered_and_comes_on_its_first_day(
    small_school: SmallSchool, head: Client, clock: Clock
) -> None:
    town = small_school

    fien = await _register(head, town)

    coming = {"status": "COMING", "enrolledFrom": "2026-09-21", "group": None, "nextGroup": {"name": "Groep 5"}}
    assert await _pupils(head, town, status="COMING") == [
        {"id": fien, "givenName": "Fien", "familyName": "Kok", **coming}
    ]
    assert await _names(head, town, status="ENROLLED") == ["Lina", "Noor", "Sam"]
    assert await _names(head, town) == ["Fien", "Lina", "Noor", "Sam"]
    clock.stand_at(FIRST_DAY - timedelta(seconds=1))
    assert await _names(head, town, status="COMING") == ["Fien"]
    clock.stand_at(FIRST_DAY)
    assert await _names(head, town, status="COMING") == []
    (here,) = await _pupils(head, town, status="ENROLLED", search="fien")
    assert (here["enrolledFrom"], here["group"], here["nextGroup"]) == ("2026-09-21", {"name": "Groep 5"}, None)


async def test_a_child_that_was_deregistered_is_found_among_those_who_left(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        nowhere = models.Pupil(school_id=town.school.id, given_name="Niels", family_name="Nergens")
        facts.add(nowhere)
    fien = await _register(head, town)

    for gone in (id_of(town.noor), fien):
        await head.ok(DEREGISTER_PUPIL, input={"pupilId": gone, **WHY})

    assert await _names(head, town, status="LEFT") == ["Fien", "Niels", "Noor"]
    assert await _names(head, town, status="ENROLLED") == ["Lina", "Sam"]
    assert await _names(head, town, status="COMING") == []
    nothing = {"enrolledFrom": None, "group": None, "nextGroup": None}
    left = await head.ok(PUPIL, id=id_of(town.noor))
    assert left == {"status": "LEFT", "namedInLabels": True, **nothing}


async def test_a_child_that_comes_back_is_coming_and_one_that_will_move_is_enrolled(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        back = enrol(facts, town.group, given_name="Daan", ended_at=FIRST_DAY - timedelta(days=90))
        enrol(facts, town.other_group, back, since=FIRST_DAY)
        guardian(facts, town.lina, somebody=town.guardian)  # who sees the group to which Noor goes

    assert await _names(head, town, status="COMING") == ["Daan"]
    move = {"pupilId": id_of(town.noor), "groupId": id_of(town.other_group), "from": "2026-09-21"}
    await head.ok(MOVE_PUPIL, input=move)

    moving = await head.ok(PUPIL, id=id_of(town.noor))
    assert (moving["status"], moving["group"], moving["nextGroup"]) == (
        "ENROLLED",
        {"name": "Groep 5"},
        {"name": "Groep 6"},
    )
    assert (await parent.ok(PUPIL, id=id_of(town.noor)))["nextGroup"] is None


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("zoe", ["Zoë"]),
        ("ZOË", ["Zoë"]),
        ("cote bos", ["Zoë"]),
        ("zoë côté-b", ["Zoë"]),
        ("jans", ["Sam"]),
        ("m j", ["Sam"]),
        ("jansen sam", []),
        ("%", []),
        ("_", []),
        ("-", []),
        ("Bo", ["Zoë"]),
    ],
)
async def test_pupils_are_found_by_a_part_of_their_name_as_people_type_it(
    small_school: SmallSchool, head: Client, database: Database, searched: str, found: list[str]
) -> None:
    elsewhere = await found_small_school(database)
    async with founding(database) as facts:
        enrol(facts, small_school.group, given_name="Zoë", family_name="Côté-Bos")
        enrol(facts, elsewhere.group, given_name="Bo", family_name="Côté")

    assert await _names(head, small_school, search=searched) == found
    assert await _names(head, small_school, search=searched, status="LEFT") == []


async def test_pages_hold_everybody_once_newest_first_whoever_comes_meanwhile(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        pupils = [town.noor, town.sam, town.lina, *(enrol(facts, town.group) for _ in range(8))]
    newest, found = await _register(head, town), []

    page: dict[str, Any] = {"endCursor": None, "hasNextPage": True}
    while page["hasNextPage"]:
        read = (await head.ok(PUPILS, id=id_of(town.school), first=3, after=page["endCursor"]))["pupils"]
        found += [edge["node"]["id"] for edge in read["edges"]]
        page = read["pageInfo"]
        await _register(head, town)

    assert found == [newest, *sorted((id_of(pupil) for pupil in pupils), reverse=True)]


async def test_nobody_but_the_administration_of_the_school_sees_anything_of_it(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        join(facts, town.school.id, elsewhere.admin, Role.STAFF)
        stranger = sign_in_token(facts, elsewhere.admin)

    assert await _names(head, town) == ["Lina", "Noor", "Sam"]
    for token in (town.token(town.teacher), town.token(town.guardian), stranger):
        assert await _names(clients(token), town) == []
        assert await _names(clients(token), town, search="noor", status="ENROLLED") == []
    assert await _names(clients(stranger), elsewhere) == ["Lina", "Noor", "Sam"]
    assert await head.ok(PUPILS, id=id_of(elsewhere.school)) is None


async def test_only_the_administration_reads_whether_labels_may_name_a_child(
    small_school: SmallSchool, head: Client, parent: Client, clients: Clients
) -> None:
    town = small_school
    noor = id_of(town.noor)

    async def shown() -> list[bool | None]:
        askers = (head, parent, clients(town.token(town.teacher)))
        return [(await client.ok(PUPIL, id=noor))["namedInLabels"] for client in askers]

    assert await shown() == [True, None, None]
    await head.ok(UPDATE_PUPIL, input={"pupilId": noor, "namedInLabels": False})
    assert await shown() == [False, None, None]


async def test_the_list_takes_as_many_statements_for_many_pupils_as_for_few(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    with count_statements() as few:
        assert len(await _names(head, small_school, first=50, search="yilmaz")) == 1
    async with founding(database) as facts:
        for _ in range(20):
            enrol(facts, small_school.group)
    with count_statements() as many:
        assert len(await _names(head, small_school, first=50, search="yilmaz")) == 21

    assert len(few) == len(many) == 2
