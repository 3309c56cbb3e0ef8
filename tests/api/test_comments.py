"""Comments: at once for the whole group, for good, and never on a school-wide post (R13, R16, R17)."""

import asyncio
from datetime import timedelta

import pytest

import models
from models.database import Database
from schema import graphql_schema
from tests.api.documents import (
    ADD_COMMENT,
    COMMENTS_PAGE,
    EDIT_POST,
    PUBLISH_POST,
    READ_COMMENT,
    READ_POST,
    UPDATE_PROFILE,
    WITHDRAW_POST,
)
from tests.api.steps import (
    bodies,
    ids,
    stored,
)
from tests.clients import Clients, Clock
from tests.factories import (
    YESTERDAY,
    SmallSchool,
    comment,
    enrol,
    founding,
    guardian,
    id_of,
    join,
    person,
    post,
    sign_in_token,
    staff,
    teach,
    teacher,
)

CLOSED = "COMMENTS_CLOSED"

SCHOOL_WIDE = "COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST"


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


@pytest.mark.parametrize("who", ["guardian", "teacher", "admin"])
async def test_nobody_comments_on_a_school_wide_post(
    small_school: SmallSchool, clients: Clients, database: Database, who: str
) -> None:
    town = small_school
    async with founding(database) as facts:
        in_group, school_wide = post(facts, town.teacher, town.group), post(facts, town.admin, town.school)
    client = clients(town.token(getattr(town, who)))

    await client.ok(ADD_COMMENT, input={"postId": id_of(in_group), "body": "Wij komen."})

    assert await client.refused(ADD_COMMENT, input={"postId": id_of(school_wide), "body": "Wij komen."}) == [
        SCHOOL_WIDE
    ]
    assert await bodies(clients, town, town.admin, id_of(school_wide)) == []
    assert await stored(database, models.Comment, school_id=town.school.id) == 1


async def test_a_school_wide_post_can_not_be_opened_for_comments(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    head = clients(town.token(town.admin))
    wanted = {"schoolId": id_of(town.school), "title": "Feest", "body": "Kom allemaal.", "commentsOpen": True}

    made = (await head.ok(PUBLISH_POST, input=wanted))["post"]

    assert (made["commentsOpen"], made["viewerCanComment"]) == (False, False)
    assert await head.refused(EDIT_POST, input={"postId": made["id"], "commentsOpen": True}) == [SCHOOL_WIDE]
    in_group = wanted | {"groupId": id_of(town.group), "commentsOpen": False}
    opened = (await head.ok(PUBLISH_POST, input=in_group))["post"]
    assert opened["commentsOpen"] is False
    edited = await head.ok(EDIT_POST, input={"postId": opened["id"], "commentsOpen": True})
    assert edited["post"]["commentsOpen"] is True
    assert await stored(database, models.Post, school_id=town.school.id, comments_open=True) == 1


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


async def test_a_post_that_is_closed_takes_no_comments_from_anybody(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))
    wanted = {"postId": under, "body": "Nog een vraag"}
    people = [clients(town.token(somebody)) for somebody in (town.guardian, town.teacher, town.admin)]
    for client in people:
        await client.ok(ADD_COMMENT, input=wanted)

    await clients(town.token(town.teacher)).ok(EDIT_POST, input={"postId": under, "commentsOpen": False})

    for client in people:
        assert await client.refused(ADD_COMMENT, input=wanted) == [CLOSED]
    assert await bodies(clients, town, town.guardian, under) == ["Nog een vraag"] * 3


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


async def test_what_a_post_says_of_commenting_is_what_happens(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        substitute, gone = staff(facts, town.school), staff(facts, town.school)
        teach(facts, town.group, substitute, ended_at=clock.now + timedelta(days=1))
        teach(facts, town.group, gone, ended_at=YESTERDAY)
        mover = enrol(facts, town.group, given_name="Mila", ended_at=clock.now - timedelta(hours=1))
        enrol(facts, town.other_group, mover, since=clock.now - timedelta(hours=1))
        both = teacher(facts, town.other_group)
        people = {
            "guardian": town.guardian,
            "teacher": town.teacher,
            "admin": town.admin,
            "substitute": substitute,
            "teacher elsewhere, guardian here": guardian(facts, town.sam, somebody=both),
            "guardian of a child that moved": guardian(facts, mover),
            "former substitute": gone,
            "librarian": staff(facts, town.school),
            "guardian elsewhere": town.other_groups_guardian,
            "nobody's": person(facts),
        }
        tokens = {name: sign_in_token(facts, somebody) for name, somebody in people.items()}
        posts = {
            "open": post(facts, town.teacher, town.group),
            "closed": post(facts, town.teacher, town.group, comments_open=False),
            "school": post(facts, town.admin, town.school),
            "withdrawn": post(facts, town.teacher, town.group),
        }
    withdraw = {"postId": id_of(posts["withdrawn"]), "reason": "Dubbel"}
    await clients(town.token(town.admin)).ok(WITHDRAW_POST, input=withdraw)

    outcome: dict[str, dict[str, str]] = {}
    for name, token in tokens.items():
        outcome[name] = {}
        for title, under in posts.items():
            shown = await clients(token).ok(READ_POST, id=id_of(under))
            answered = await clients(token).ask(ADD_COMMENT, input={"postId": id_of(under), "body": name})
            outcome[name][title] = answered.codes[0] if answered.codes else "yes"
            said = None if shown is None else shown["viewerCanComment"]
            assert said == (None if answered.codes == ["NOT_FOUND"] else not answered.codes), (name, title)

    closed = {"closed": CLOSED, "school": SCHOOL_WIDE, "withdrawn": "NOT_FOUND"}
    unseen = {"open": "NOT_FOUND", "closed": "NOT_FOUND", "withdrawn": "NOT_FOUND"}
    assert outcome == {
        "guardian": {"open": "yes", **closed},
        "teacher": {"open": "yes", **closed},
        "admin": {"open": "yes", **closed, "withdrawn": CLOSED},
        "substitute": {"open": "yes", **closed},
        "teacher elsewhere, guardian here": {"open": "yes", **closed},
        "guardian of a child that moved": {"open": CLOSED, **closed},
        "former substitute": {**unseen, "school": SCHOOL_WIDE},
        "librarian": {**unseen, "school": SCHOOL_WIDE},
        "guardian elsewhere": {**unseen, "school": SCHOOL_WIDE},
        "nobody's": {**unseen, "school": "NOT_FOUND"},
    }


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
