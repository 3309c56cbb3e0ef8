"""Comments: at once for the whole group, and for good (R16, R17)."""

import asyncio

import models
from models.database import Database
from schema import graphql_schema
from tests.api.documents import (
    ADD_COMMENT,
    COMMENTS_PAGE,
    READ_COMMENT,
    UPDATE_PROFILE,
)
from tests.api.steps import (
    bodies,
    ids,
    stored,
)
from tests.clients import Clients, Clock
from tests.factories import (
    SmallSchool,
    comment,
    founding,
    guardian,
    id_of,
    join,
    person,
    post,
)


async def test_a_guardians_comment_is_visible_at_once_to_everybody_who_sees_the_post(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))

    made = await clients(town.token(town.guardian)).ok(ADD_COMMENT, input={"postId": under, "body": "Dank u wel!"})

    assert made["comment"] == {
        "id": made["comment"]["id"],
        "body": "Dank u wel!",
        "createdAt": clock.now.isoformat(),
        "hiddenAt": None,
        "authorName": "Esra Yilmaz",
        "author": {"name": "Esra Yilmaz", "label": "ouder van Noor"},
    }
    for somebody in (town.guardian, town.classmates_guardian, town.teacher, town.admin):
        assert await bodies(clients, town, somebody, under) == ["Dank u wel!"]
    for somebody in (town.other_groups_guardian, town.other_teacher):
        assert await bodies(clients, town, somebody, under) is None
        assert await clients(town.token(somebody)).ok(READ_COMMENT, id=made["comment"]["id"]) is None


def test_the_contract_has_no_way_to_change_or_delete_a_comment() -> None:
    assert graphql_schema.mutation_type is not None
    about_comments = {
        name
        for name, field in graphql_schema.mutation_type.fields.items()
        if any("commentId" in str(argument.type.of_type.fields) for argument in field.args.values())
    }

    assert about_comments == {"hideComment"}
    assert not [name for name in graphql_schema.mutation_type.fields if name.lower().startswith("delete")]


async def test_a_retry_answers_the_first_comment_and_writes_no_second_one(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))
    author = clients(town.token(town.guardian))
    wanted = {"postId": under, "body": "Ik help mee.", "clientMutationId": "tik-1"}

    first = await author.ok(ADD_COMMENT, input=wanted)
    clock.advance(minutes=5)
    again = await author.ok(ADD_COMMENT, input=wanted)
    at_once = await asyncio.gather(
        *(author.ok(ADD_COMMENT, input=wanted | {"clientMutationId": "tik-2"}) for _ in range(5))
    )

    assert again == first
    assert len({answer["comment"]["id"] for answer in at_once}) == 1
    assert await stored(database, models.Comment, school_id=town.school.id) == 2


async def test_a_retry_can_not_change_what_was_said(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under, other = (id_of(post(facts, town.teacher, town.group)) for _ in range(2))
    author = clients(town.token(town.guardian))
    wanted = {"postId": under, "body": "Ik help mee.", "clientMutationId": "tik-1"}
    await author.ok(ADD_COMMENT, input=wanted)

    assert await author.refused(ADD_COMMENT, input=wanted | {"body": "Ik help niet mee."}) == ["INVALID"]
    assert await author.refused(ADD_COMMENT, input=wanted | {"postId": other}) == ["INVALID"]
    elsewhere = {"name": "Esra", "clientMutationId": "tik-1"}
    assert await author.refused(UPDATE_PROFILE, input=elsewhere) == ["INVALID"]

    assert await bodies(clients, town, town.teacher, under) == ["Ik help mee."]
    assert await bodies(clients, town, town.teacher, other) == []
    somebody_else = clients(town.token(town.classmates_guardian))
    await somebody_else.ok(ADD_COMMENT, input=wanted | {"body": "Wij ook."})
    assert await bodies(clients, town, town.teacher, under) == ["Ik help mee.", "Wij ook."]


async def test_comments_are_read_oldest_first_and_page_on_to_those_that_came_since(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))
    author, reader = clients(town.token(town.guardian)), clients(town.token(town.classmates_guardian))

    async def say(*texts: str) -> None:
        for text in texts:
            clock.advance(seconds=1)
            await author.ok(ADD_COMMENT, input={"postId": under, "body": text})

    await say("een", "twee", "drie")
    first = (await reader.ok(COMMENTS_PAGE, id=under, first=2))["comments"]
    await say("vier", "vijf")
    rest = (await reader.ok(COMMENTS_PAGE, id=under, first=10, after=first["pageInfo"]["endCursor"]))["comments"]

    read = [edge["node"]["body"] for page in (first, rest) for edge in page["edges"]]
    assert read == ["een", "twee", "drie", "vier", "vijf"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert len(set(ids(first) + ids(rest))) == 5


async def test_a_comment_keeps_the_name_under_which_it_was_written(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))
    author = clients(town.token(town.guardian))
    made = (await author.ok(ADD_COMMENT, input={"postId": under, "body": "Dank u"}))["comment"]

    await author.ok(UPDATE_PROFILE, input={"name": "Esra de Boer"})

    read = await clients(town.token(town.teacher)).ok(READ_COMMENT, id=made["id"])
    assert (read["authorName"], read["author"]["name"]) == ("Esra Yilmaz", "Esra de Boer")


async def test_who_is_no_member_any_more_leaves_their_comments_under_their_name(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        leaver = person(facts, name="Karim Aziz")
        join(facts, town.school.id, leaver, models.Role.GUARDIAN)
        guardian(facts, town.sam, somebody=leaver, ended_at=clock.now)
        under = post(facts, town.teacher, town.group)
        said = comment(facts, under, leaver, body="Tot ziens!")

    read = await clients(town.token(town.classmates_guardian)).ok(READ_COMMENT, id=id_of(said))

    assert (read["body"], read["authorName"], read["author"]) == (
        "Tot ziens!",
        "Karim Aziz",
        {"name": "Karim Aziz", "label": "ouder"},
    )
