"""Whose group is whose: children that move, shared groups, and several capacities in one person (R4, R27 to R30)."""

from datetime import timedelta

import pytest

import models
from models import InformationRight
from models.database import Database
from tests.api.documents import ANYTHING, CONTACT, GROUP, READ_POST, VIEWER, mutation, node
from tests.api.steps import (
    found,
    ids,
)
from tests.clients import Clients, Clock
from tests.factories import (
    YESTERDAY,
    SmallSchool,
    admin,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    join,
    person,
    post,
    sign_in_token,
    staff,
    teacher,
)

GUARDIANS = node("Pupil", "guardians { id name }")


async def test_when_a_child_moves_its_guardian_follows_the_new_group_and_keeps_what_was(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    moved = clock.now - timedelta(hours=1)
    async with founding(database) as facts:
        mila = enrol(facts, town.group, given_name="Mila", ended_at=moved)
        enrol(facts, town.other_group, mila, since=moved)
        reader = clients(sign_in_token(facts, guardian(facts, mila)))
        before = post(facts, town.teacher, town.group, published_at=moved - timedelta(seconds=1))
        after = post(facts, town.teacher, town.group, published_at=moved)
        new = post(facts, town.other_teacher, town.other_group)

    assert (await reader.ok(VIEWER))["groups"] == [{"id": id_of(town.other_group)}]
    assert set(ids((await reader.ok(VIEWER))["feed"])) == {id_of(before), id_of(new)}
    assert (await reader.ok(READ_POST, id=id_of(before)))["viewerCanComment"] is False
    assert (await reader.ok(READ_POST, id=id_of(new)))["viewerCanComment"] is True
    assert await reader.ok(READ_POST, id=id_of(after)) is None
    assert await reader.ok(GROUP, id=id_of(town.group)) == {
        "name": "Groep 5",
        "teachers": [{"name": "Joke Smit"}],
        "pupils": [],
        "posts": {"edges": [{"node": {"id": id_of(before)}}]},
    }
    classmate = clients(town.token(town.classmates_guardian))
    assert (await classmate.ok(READ_POST, id=id_of(after)))["viewerCanComment"] is True


async def test_a_child_that_has_not_come_yet_opens_no_group(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    tomorrow = clock.now + timedelta(days=1)
    async with founding(database) as facts:
        reader = clients(sign_in_token(facts, guardian(facts, enrol(facts, town.group, since=tomorrow))))
    assert await reader.ok(GROUP, id=id_of(town.group)) is None

    clock.stand_at(tomorrow)

    assert (await reader.ok(GROUP, id=id_of(town.group)))["name"] == "Groep 5"


async def test_two_teachers_share_a_group_and_one_teaches_two(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        duo = clients(sign_in_token(facts, teacher(facts, town.group, town.other_group, name="Ilse Dekker")))
    only = clients(town.token(town.teacher))

    assert {group["id"] for group in (await duo.ok(VIEWER))["groups"]} == {id_of(town.group), id_of(town.other_group)}
    assert (await only.ok(VIEWER))["groups"] == [{"id": id_of(town.group)}]
    shared = await only.ok(GROUP, id=id_of(town.group))
    assert shared == await duo.ok(GROUP, id=id_of(town.group))
    assert shared["teachers"] == [{"name": "Ilse Dekker"}, {"name": "Joke Smit"}]
    assert {pupil["id"] for pupil in shared["pupils"]} == {id_of(town.noor), id_of(town.sam)}
    assert await only.ok(GROUP, id=id_of(town.other_group)) is None


async def test_a_teacher_who_is_a_guardian_elsewhere_reads_that_group_as_a_guardian(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.lina, somebody=town.teacher)
        theirs = enrol(facts, town.other_group, given_name="Tess")
        in_own, in_other = (post(facts, town.teacher, town.group), post(facts, town.other_teacher, town.other_group))
    both = clients(town.token(town.teacher))
    counts = node("Post", "readCount audienceSize")

    own, other = await both.ok(GROUP, id=id_of(town.group)), await both.ok(GROUP, id=id_of(town.other_group))
    assert {pupil["id"] for pupil in own["pupils"]} == {id_of(town.noor), id_of(town.sam)}
    assert other["pupils"] == [{"id": id_of(town.lina)}]
    assert await both.ok(counts, id=id_of(in_own)) == {"readCount": 0, "audienceSize": 2}
    assert await both.ok(counts, id=id_of(in_other)) == {"readCount": None, "audienceSize": None}
    assert await both.ok(ANYTHING, id=id_of(theirs)) is None
    masked = await both.ok(CONTACT, id=id_of(town.other_groups_guardian))
    assert masked == {"name": "Amal Haddad", "email": None, "phone": None}
    publish = mutation("publishPost", "post { id }")
    wanted = {"schoolId": id_of(town.school), "title": "Hoi", "body": "Allemaal"}
    await both.ok(publish, input=wanted | {"groupId": id_of(town.group)})
    assert await both.refused(publish, input=wanted | {"groupId": id_of(town.other_group)}) == ["FORBIDDEN"]


async def test_two_guardians_of_a_child_have_their_own_accounts_and_the_same_rights(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        other = guardian(facts, town.noor, name="Deniz Yilmaz")
        token = sign_in_token(facts, other)
    both = [clients(town.token(town.guardian)), clients(token)]

    for client in both:
        seen = await client.ok(VIEWER)
        assert (seen["children"], seen["groups"]) == ([{"id": id_of(town.noor)}], [{"id": id_of(town.group)}])
        assert await client.ok(GUARDIANS, id=id_of(town.noor)) == {
            "guardians": [
                {"id": id_of(other), "name": "Deniz Yilmaz"},
                {"id": id_of(town.guardian), "name": "Esra Yilmaz"},
            ]
        }
    masked = await both[0].ok(CONTACT, id=id_of(other))
    assert masked == {"name": "Deniz Yilmaz", "email": None, "phone": None}


@pytest.mark.parametrize("right", [InformationRight.ON_REQUEST, InformationRight.NONE, InformationRight.PENDING])
async def test_without_the_full_right_to_information_a_guardian_finds_nothing(
    small_school: SmallSchool, clients: Clients, database: Database, right: InformationRight
) -> None:
    town = small_school
    async with founding(database) as facts:
        limited = guardian(facts, town.noor, information_right=right)
        reader = clients(sign_in_token(facts, limited))
        everything = [town.school, town.group, town.noor, town.guardian, post(facts, town.teacher, town.group)]

    seen = await reader.ok(VIEWER)
    assert [seen[name] for name in ("memberships", "children", "groups")] == [[], [], []]
    assert await found(reader, everything) == []
    full = clients(town.token(town.guardian))
    assert await found(full, everything) == [id_of(row) for row in everything]


async def test_the_right_to_information_is_per_child(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.lina, somebody=town.guardian, information_right=InformationRight.NONE)
    reader = clients(town.token(town.guardian))

    assert (await reader.ok(VIEWER))["children"] == [{"id": id_of(town.noor)}]
    assert await reader.ok(ANYTHING, id=id_of(town.noor)) == {"id": id_of(town.noor)}
    for row in (town.lina, town.other_group):
        assert await reader.ok(ANYTHING, id=id_of(row)) is None


async def test_guardians_find_no_classmates_and_no_lists_of_people(small_school: SmallSchool, clients: Clients) -> None:
    town = small_school
    document = node("School", "groups { pupils { id } } staff { name }")

    told = await clients(town.token(town.guardian)).ok(document, id=id_of(town.school))

    assert told["groups"] == [{"pupils": [{"id": id_of(town.noor)}]}]
    assert {one["name"] for one in told["staff"]} == {"Joke Smit", "Bram Mulder", "Anouk Bakker"}
    everybody = await clients(town.token(town.admin)).ok(document, id=id_of(town.school))
    assert len([pupil for group in everybody["groups"] for pupil in group["pupils"]]) == 3


async def test_who_belongs_to_two_schools_has_rights_at_each_and_joins_none_of_them_to_the_other(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    """An administrator here who is a guardian there is no administrator there."""
    town = small_school
    async with founding(database) as facts:
        elsewhere = found_school(facts, name="De Klimop")
        group = found_group(facts, elsewhere)
        own, foreign = enrol(facts, group, given_name="Ali"), enrol(facts, group, given_name="Bo")
        guardian(facts, own, somebody=town.admin)
        head = admin(facts, elsewhere)
    both = clients(town.token(town.admin))

    seen = await both.ok(VIEWER)
    assert {(one["role"], one["school"]["id"]) for one in seen["memberships"]} == {
        ("ADMIN", id_of(town.school)),
        ("GUARDIAN", id_of(elsewhere)),
    }
    assert await both.ok(ANYTHING, id=id_of(own)) == {"id": id_of(own)}
    assert await both.ok(ANYTHING, id=id_of(foreign)) is None
    masked = await both.ok(CONTACT, id=id_of(head))
    assert (masked["name"], masked["email"]) == (head.name, None)


async def test_a_former_member_of_staff_is_not_shown_as_staff(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        left, here = person(facts, name="Wim Visser"), staff(facts, town.school, name="Ria Post")
        join(facts, town.school.id, left, models.Role.STAFF, ended_at=YESTERDAY)
    reader = clients(town.token(town.guardian))

    told = await reader.ok(node("School", "staff { name }"), id=id_of(town.school))

    assert {one["name"] for one in told["staff"]} == {"Joke Smit", "Bram Mulder", "Anouk Bakker", "Ria Post"}
    assert await reader.ok(ANYTHING, id=id_of(left)) is None
    assert await reader.ok(ANYTHING, id=id_of(here)) == {"id": id_of(here)}
