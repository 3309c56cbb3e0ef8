"""What is unknown, foreign or junk answers the same, to everybody and everywhere."""

from typing import Any

import pytest

import models
from models.database import Database
from tests.api.documents import (
    ACKNOWLEDGE_ABSENCE,
    ADD_COMMENT,
    ANYTHING,
    CHANGE_ABSENCE,
    EDIT_POST,
    HIDE_COMMENT,
    MARK_POST_READ,
    PUBLISH_POST,
    REPORT_ABSENCE,
    REPORT_RECOVERY,
    WITHDRAW_ABSENCE,
    WITHDRAW_POST,
)
from tests.api.steps import NOTHING, stored
from tests.clients import Client, Clients
from tests.factories import (
    SmallSchool,
    absence,
    admin,
    comment,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    post,
)

JUNK = [
    "",
    " ",
    "x",
    "post_",
    f"post_{NOTHING}0",
    f"post_{'z' * 32}",
    NOTHING,
    f"person_{NOTHING}",
    "'; drop table comment; --",
    "\u0000",
    "é" * 500,
]


async def _foreign(database: Database) -> dict[str, Any]:
    """One of everything at another school."""
    async with founding(database) as facts:
        school = found_school(facts)
        group = found_group(facts, school)
        pupil = enrol(facts, group)
        head, parent = admin(facts, school), guardian(facts, pupil)
        message = post(facts, head, group)
        return {
            "school": school,
            "group": group,
            "pupil": pupil,
            "person": parent,
            "post": message,
            "comment": comment(facts, message, parent),
            "absence": absence(facts, pupil, parent),
        }


async def test_what_is_unknown_foreign_or_junk_reads_the_same(
    small_school: SmallSchool, clients: Clients, parent: Client, database: Database
) -> None:
    foreign = [id_of(row) for row in (await _foreign(database)).values()]
    unknown = [f"{key.partition('_')[0]}_{NOTHING}" for key in foreign]
    other_kind = [id_of(small_school.noor).replace("pupil", kind) for kind in ("post", "person", "nothing")]
    wanted = [*foreign, *unknown, *other_kind, *JUNK]

    for client in (parent, clients(small_school.token(small_school.admin))):
        answers = {(await client.ask(ANYTHING, id=key)).raw.content for key in wanted}
        assert answers == {b'{"data":{"node":null}}'}
        mixed = await client.ok(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[*wanted, id_of(small_school.noor)]
        )
        assert mixed == [None] * len(wanted) + [{"id": id_of(small_school.noor)}]


def _about(input_: dict[str, Any], name: str, document: str, node: str) -> Any:
    return pytest.param(document, name, node, input_, id=document.split("(", 3)[1].rsplit("{", maxsplit=1)[-1].strip())


SAID, DAYS = {"reason": "Zomaar"}, {"reason": "ILLNESS", "startsAt": "2026-09-15T08:30:00+02:00"}

CHANGES = [
    _about({"body": "Hallo"}, "postId", ADD_COMMENT, "post"),
    _about({"title": "Anders"}, "postId", EDIT_POST, "post"),
    _about(SAID, "postId", WITHDRAW_POST, "post"),
    _about({}, "postId", MARK_POST_READ, "post"),
    _about(SAID, "commentId", HIDE_COMMENT, "comment"),
    _about({"title": "Hoi", "body": "Allemaal"}, "schoolId", PUBLISH_POST, "school"),
    _about(DAYS, "pupilIds", REPORT_ABSENCE, "pupil"),
    _about({"note": "Koorts"}, "reportId", CHANGE_ABSENCE, "absence"),
    _about({}, "reportId", WITHDRAW_ABSENCE, "absence"),
    _about({"firstDayBack": "2026-09-17"}, "reportId", REPORT_RECOVERY, "absence"),
    _about({}, "reportId", ACKNOWLEDGE_ABSENCE, "absence"),
]


@pytest.mark.parametrize(("document", "name", "node", "more"), CHANGES)
async def test_a_change_of_something_unknown_foreign_or_junk_is_refused_the_same(
    small_school: SmallSchool,
    clients: Clients,
    database: Database,
    document: str,
    name: str,
    node: str,
    more: dict[str, Any],
) -> None:
    foreign = await _foreign(database)
    keys = [id_of(foreign[node]), f"{node}_{NOTHING}", id_of(small_school.group), *JUNK]
    head = clients(small_school.token(small_school.admin))

    answers = []
    for key in keys:
        value = [key] if name.endswith("s") else key
        answers.append(await head.ask(document, input={name: value, **more}))

    assert {tuple(answer.codes) for answer in answers} == {("NOT_FOUND",)}
    assert len({answer.raw.content for answer in answers}) == 1
    assert answers[0].errors[0]["path"] == ["input", name]


async def test_a_group_that_is_unknown_foreign_or_junk_takes_no_post(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    foreign = await _foreign(database)
    head = clients(small_school.token(small_school.admin))
    wanted = {"schoolId": id_of(small_school.school), "title": "Hoi", "body": "Allemaal"}

    answers = [
        await head.ask(PUBLISH_POST, input=wanted | {"groupId": key})
        for key in (id_of(foreign["group"]), f"group_{NOTHING}", id_of(small_school.school), *JUNK)
    ]

    assert {tuple(answer.codes) for answer in answers} == {("NOT_FOUND",)}
    assert len({answer.raw.content for answer in answers}) == 1
    assert await stored(database, models.Post, school_id=small_school.school.id) == 0
    await head.ok(PUBLISH_POST, input=wanted | {"groupId": id_of(small_school.group)})
