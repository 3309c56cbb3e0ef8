"""Members: who belongs to a school, found by the administration alone, shut out and let in again (R1, R2, R31)."""

import asyncio
from typing import Any

import pytest

import models
from models import Role
from models.database import Database
from tests.api.documents import ADD_COMMENT, EMAIL, READ_COMMENTS, SIGN_IN, node
from tests.api.office import (
    CORRECT_MEMBER_NAME,
    MEMBERS,
    MINE,
    REVOKE_MEMBER_SESSIONS,
    SET_MEMBER_BLOCKED,
    WHY,
    at,
    members,
    roles,
    written,
)
from tests.api.steps import credentials
from tests.clients import Client, Clients, count_statements
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
    person,
    post,
    sign_in_token,
    staff,
)

ALL = ["Amal Haddad", "Anouk Bakker", "Bram Mulder", "Esra Yilmaz", "Joke Smit", "Tom Jansen"]


async def test_the_administration_finds_everybody_page_by_page_and_nobody_else_finds_anybody(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        join(facts, town.school.id, person(facts, name="Henk Mol"), Role.STAFF, ended_at=YESTERDAY)
    assert sorted(await members(head, town)) == ALL

    found: list[str] = []
    after: str | None = None
    while True:
        page = (await head.ok(MEMBERS, id=id_of(town.school), first=4, after=after))["members"]
        found += [edge["node"]["person"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert sorted(found) == ALL
    for somebody in (town.teacher, town.guardian):
        assert await members(clients(town.token(somebody)), town) == []
        assert await members(clients(town.token(somebody)), town, search=somebody.email) == []


async def test_a_member_is_shown_in_each_capacity_with_the_children_of_a_guardian(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        guardian(facts, town.sam, enrol(facts, elsewhere.group, given_name="Bo"), somebody=town.teacher)

    page = (await head.ok(MEMBERS, id=id_of(town.school), search="joke"))["members"]

    found = [(edge["node"]["role"], edge["node"]["children"]) for edge in page["edges"]]
    assert sorted(found) == [("GUARDIAN", [{"givenName": "Sam"}]), ("STAFF", [])]
    assert await members(head, town, role="STAFF", search="joke") == ["Joke Smit"]
    assert await members(head, town, role="ADMIN", search="joke") == []


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("esra", ["Esra Yilmaz"]),
        ("YILMAZ", ["Esra Yilmaz"]),
        ("Renée", ["Renée Côté-Bos"]),
        ("renee cote", ["Renée Côté-Bos"]),
        ("renee.cote@", ["Renée Côté-Bos"]),
        ("%", []),
        ("_", []),
        ("...", []),
        ("Piet", []),
    ],
)
async def test_members_are_found_by_a_part_of_their_name_or_address(
    small_school: SmallSchool, head: Client, database: Database, searched: str, found: list[str]
) -> None:
    elsewhere = await found_small_school(database)
    async with founding(database) as facts:
        email = f"renee.cote@{small_school.school.slug}.example"
        join(facts, small_school.school.id, person(facts, name="Renée Côté-Bos", email=email), Role.STAFF)
        staff(facts, elsewhere.school, name="Esra Elders")

    assert await members(head, small_school, search=searched) == found


@pytest.mark.parametrize("searched", ["a\u0000b", "\u001b", "x" * 255])
async def test_what_can_not_be_searched_for_is_refused(small_school: SmallSchool, head: Client, searched: str) -> None:
    assert await head.refused(MEMBERS, id=id_of(small_school.school), search=searched) == ["BAD_USER_INPUT"]


async def test_the_list_takes_as_many_statements_for_many_members_as_for_few(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    with count_statements() as few:
        assert len(await members(head, small_school, first=50)) == 6
    async with founding(database) as facts:
        for number in range(20):
            guardian(facts, enrol(facts, small_school.group), name=f"Ouder {number}")
    with count_statements() as many:
        assert len(await members(head, small_school, first=50)) == 26

    assert len(few) == len(many) == 2


# ------------------------------------------------------------------------------------------------ blocking


async def _block(head: Client, town: SmallSchool, somebody: models.Person, *, blocked: bool = True) -> Any:
    return (await head.ok(SET_MEMBER_BLOCKED, input=at(town, somebody, blocked=blocked, **WHY)))["member"]


async def test_who_is_blocked_is_out_in_every_capacity_and_in_again_when_unblocked(
    small_school: SmallSchool, clients: Clients, head: Client, account: models.Person, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        join(facts, town.school.id, account, Role.STAFF)
    token = town.token(account)
    assert sorted(await roles(clients, token)) == ["GUARDIAN", "STAFF"]

    member = await _block(head, town, account)

    assert (member["role"], member["blocked"]) == ("STAFF", True)
    assert await clients(token).ok(EMAIL) is None
    assert await clients().refused(SIGN_IN, input=credentials(account)) == ["INVALID_CREDENTIALS"]
    assert "Esra Yilmaz" in await members(head, town)
    assert (await _block(head, town, account))["blocked"] is True, "twice is once"
    assert (await _block(head, town, account, blocked=False))["blocked"] is False
    assert sorted(await roles(clients, token)) == ["GUARDIAN", "STAFF"]
    await clients().ok(SIGN_IN, input=credentials(account))
    told = (town.admin.id, account.id, None, WHY["reason"])
    assert await written(database, town, "block_member") == [told]
    assert await written(database, town, "unblock_member") == [told]


async def test_who_is_blocked_at_one_school_keeps_the_account_for_the_other(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database, name="De Vlinder")
    async with founding(database) as facts:
        guardian(facts, enrol(facts, elsewhere.group, given_name="Bo"), somebody=town.guardian)

    await _block(head, town, town.guardian)

    mine = await clients(town.token(town.guardian)).ok(MINE)
    assert [membership["school"]["name"] for membership in mine["memberships"]] == ["De Vlinder"]
    assert mine["children"] == [{"givenName": "Bo"}]


async def test_nobody_blocks_themselves_or_a_person_of_another_school(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        colleague = admin(facts, town.school, name="Els Bos")
        join(facts, elsewhere.school.id, town.admin, Role.ADMIN)
    blocking = {"blocked": True, **WHY}

    assert await head.refused(SET_MEMBER_BLOCKED, input=at(town, town.admin, **blocking)) == ["FORBIDDEN"]
    assert await head.refused(SET_MEMBER_BLOCKED, input=at(town, elsewhere.teacher, **blocking)) == ["NOT_FOUND"]
    assert await head.refused(SET_MEMBER_BLOCKED, input=at(elsewhere, town.teacher, **blocking)) == ["NOT_FOUND"]
    await _block(head, elsewhere, elsewhere.teacher)
    await _block(head, town, colleague)


async def test_two_administrators_who_block_each_other_at_once_leave_one(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        other = admin(facts, town.school, name="Els Bos")
        colleague = clients(sign_in_token(facts, other))

    answers = await asyncio.gather(
        head.ask(SET_MEMBER_BLOCKED, input=at(town, other, blocked=True, **WHY)),
        colleague.ask(SET_MEMBER_BLOCKED, input=at(town, town.admin, blocked=True, **WHY)),
    )

    left = await database.fetch(
        "select count(*) from membership where school_id = $1 and role = 'ADMIN' and blocked_at is null",
        (town.school.id,),
    )
    assert left[0][0] == 1
    assert sorted(bool(answer.codes) for answer in answers) == [False, True]


async def test_a_blocked_guardian_does_not_count_among_those_whom_a_post_is_for(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        to_group, to_all = post(facts, town.teacher, town.group), post(facts, town.admin, town.school)

    async def sizes() -> list[int]:
        read = node("Post", "audienceSize")
        return [(await head.ok(read, id=id_of(message)))["audienceSize"] for message in (to_group, to_all)]

    assert await sizes() == [2, 5]
    await _block(head, town, town.guardian)
    assert await sizes() == [1, 4]


# ------------------------------------------------------------------------------------------------ sessions and names


async def test_all_sessions_of_a_member_end_at_once_and_the_password_still_opens_a_new_one(
    small_school: SmallSchool, clients: Clients, head: Client, account: models.Person, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        tokens = [town.token(account), sign_in_token(facts, account)]
    assert [bool(await clients(token).ok(EMAIL)) for token in tokens] == [True, True]

    await head.ok(REVOKE_MEMBER_SESSIONS, input=at(town, account, **WHY))

    assert [await clients(token).ok(EMAIL) for token in tokens] == [None, None]
    assert await clients(town.token(town.teacher)).ok(EMAIL)
    await clients().ok(SIGN_IN, input=credentials(account))
    assert await written(database, town, "revoke_member_sessions") == [(town.admin.id, account.id, None, WHY["reason"])]


async def test_a_corrected_name_stands_everywhere_but_under_what_was_written_before(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    parent = clients(town.token(town.guardian))
    async with founding(database) as facts:
        message = id_of(post(facts, town.teacher, town.group))
    await parent.ok(ADD_COMMENT, input={"postId": message, "body": "Hoi"})

    done = await head.ok(CORRECT_MEMBER_NAME, input=at(town, town.guardian, name="Esra Kaya"))

    assert done["member"]["person"]["name"] == "Esra Kaya"
    await parent.ok(ADD_COMMENT, input={"postId": message, "body": "Dag"})
    comments = (await parent.ok(READ_COMMENTS, id=message))["comments"]["edges"]
    assert [comment["node"]["authorName"] for comment in comments] == ["Esra Yilmaz", "Esra Kaya"]
    assert {comment["node"]["author"]["name"] for comment in comments} == {"Esra Kaya"}
    told = (town.admin.id, town.guardian.id, None, "Esra Yilmaz -> Esra Kaya")
    assert await written(database, town, "correct_member_name") == [told]
