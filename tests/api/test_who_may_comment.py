"""Who may comment, and where: never on a school-wide post, and as the post itself says (R13)."""

from datetime import datetime, timedelta

import pytest

import models
from models.database import Database
from tests.api.documents import (
    ADD_COMMENT,
    EDIT_POST,
    PUBLISH_POST,
    READ_POST,
    WITHDRAW_POST,
)
from tests.api.steps import (
    bodies,
    stored,
)
from tests.clients import Clients, Clock
from tests.factories import (
    YESTERDAY,
    Facts,
    SmallSchool,
    enrol,
    founding,
    guardian,
    id_of,
    person,
    post,
    sign_in_token,
    staff,
    teach,
    teacher,
)

CLOSED = "COMMENTS_CLOSED"
SCHOOL_WIDE = "COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST"


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


def _would_be_commenters(facts: Facts, town: SmallSchool, now: datetime) -> dict[str, models.Person]:
    """People in every relation to the group that there is."""
    substitute, gone = staff(facts, town.school), staff(facts, town.school)
    teach(facts, town.group, substitute, ended_at=now + timedelta(days=1))
    teach(facts, town.group, gone, ended_at=YESTERDAY)
    mover = enrol(facts, town.group, given_name="Mila", ended_at=now - timedelta(hours=1))
    enrol(facts, town.other_group, mover, since=now - timedelta(hours=1))
    both = teacher(facts, town.other_group)
    return {
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


async def test_what_a_post_says_of_commenting_is_what_happens(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        people = _would_be_commenters(facts, town, clock.now)
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
