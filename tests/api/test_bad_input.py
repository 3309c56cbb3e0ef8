"""Bad input gets a clear error with a code: never a 500, never a database text, and nothing is lost."""

import base64
from typing import Any

import orjson
import pytest

import models
from models.database import Database
from tests.api.documents import (
    ACKNOWLEDGE_ABSENCE,
    ADD_COMMENT,
    CHANGE_ABSENCE,
    EDIT_POST,
    GROUPS_DAY,
    GROUPS_POSTS,
    HIDE_COMMENT,
    PUBLISH_POST,
    REPORT_ABSENCE,
    SIGN_IN,
    UPDATE_PROFILE,
    WITHDRAW_POST,
)
from tests.api.steps import (
    absence_of,
    ids,
    in_order,
    stored,
)
from tests.clients import BEFORE_SCHOOL, Client, Clients
from tests.factories import (
    SmallSchool,
    absence,
    comment,
    founding,
    id_of,
    post,
)

# ------------------------------------------------------------------------------------------------ texts

CONTROL = ["\u0000\u0000", "a\u0000b", "a\u0007b", "\u001b[31mrood", "a\u007fb", "a\u0085b"]

TOO_LONG = {"title": 201, "body": 10_001, "comment": 2_001, "note": 201, "reason": 501, "name": 121}


def _texts(
    town: SmallSchool, under: models.Post, said: models.Comment, report: models.AbsenceReport
) -> list[tuple[str, dict[str, Any], str]]:
    """Every place in the contract where something is written: the command, what else it needs, and the field."""
    of_post, of_report = {"postId": id_of(under)}, {"reportId": id_of(report)}
    to_school = {"schoolId": id_of(town.school), "title": "Hoi", "body": "Allemaal"}
    day = absence_of(town.sam, starts_at=BEFORE_SCHOOL)
    return [
        (PUBLISH_POST, to_school, "title"),
        (PUBLISH_POST, to_school, "body"),
        (PUBLISH_POST, to_school, "clientMutationId"),
        (EDIT_POST, of_post, "title"),
        (EDIT_POST, of_post, "body"),
        (WITHDRAW_POST, of_post, "reason"),
        (ADD_COMMENT, of_post, "body"),
        (ADD_COMMENT, of_post | {"body": "Hoi"}, "clientMutationId"),
        (HIDE_COMMENT, {"commentId": id_of(said)}, "reason"),
        (REPORT_ABSENCE, day, "note"),
        (REPORT_ABSENCE, day, "clientMutationId"),
        (CHANGE_ABSENCE, of_report, "note"),
        (CHANGE_ABSENCE, of_report, "correctionReason"),
        (ACKNOWLEDGE_ABSENCE, of_report, "clientMutationId"),
        (UPDATE_PROFILE, {}, "name"),
        (UPDATE_PROFILE, {}, "phone"),
    ]


@pytest.mark.parametrize("text", CONTROL)
async def test_control_characters_are_refused_wherever_something_is_written(
    small_school: SmallSchool, clients: Clients, database: Database, text: str
) -> None:
    town = small_school
    head = clients(town.token(town.admin))
    async with founding(database) as facts:
        under = post(facts, town.teacher, town.group)
        said = comment(facts, under, town.guardian)
        report = absence(facts, town.noor, town.guardian)

    for document, rest, name in _texts(town, under, said, report):
        answered = await head.ask(document, input=rest | {name: text})
        in_order(answered)
        assert answered.codes == ["INVALID"], (document, name)
        assert answered.errors[0]["path"] == ["input", name]

    assert await stored(database, models.AuditEntry, school_id=town.school.id) == 0
    signing_in = await clients().ask(SIGN_IN, input={"email": text, "password": text, "client": "APP", "device": text})
    in_order(signing_in)
    await head.ok(ADD_COMMENT, input={"postId": id_of(under), "body": "Gewoon\neen\ttekst 👋🏽 ñ"})


async def test_a_text_that_is_too_long_is_refused_and_one_that_just_fits_is_taken(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    head = clients(town.token(town.admin))
    async with founding(database) as facts:
        under = post(facts, town.teacher, town.group)
        said = comment(facts, under, town.guardian)
    of_post = {"postId": id_of(under)}
    day = absence_of(town.sam, starts_at=BEFORE_SCHOOL)
    attempts = [
        (EDIT_POST, of_post, "title", "title"),
        (EDIT_POST, of_post, "body", "body"),
        (ADD_COMMENT, of_post, "body", "comment"),
        (HIDE_COMMENT, {"commentId": id_of(said)}, "reason", "reason"),
        (REPORT_ABSENCE, day, "note", "note"),
        (UPDATE_PROFILE, {}, "name", "name"),
    ]

    for document, rest, name, kind in attempts:
        for length in (TOO_LONG[kind], 60_000):
            answered = await head.ask(document, input=rest | {name: "x" * length})
            in_order(answered)
            assert answered.codes == ["TOO_LONG"], (document, name)
            assert answered.errors[0]["path"] == ["input", name]
        for character in ("x", "é", "👋"):
            await head.ask(document, input=rest | {name: character * (TOO_LONG[kind] - 1)})
    assert await stored(database, models.Comment, school_id=town.school.id) == 4
    assert await stored(database, models.AbsenceReport, pupil_id=town.sam.id) == 1
    assert await stored(database, models.PostRevision, school_id=town.school.id) == 6


@pytest.mark.parametrize("text", ["", " ", "\n\t "])
async def test_an_empty_text_says_nothing(
    small_school: SmallSchool, parent: Client, database: Database, text: str
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))

    assert await parent.refused(ADD_COMMENT, input={"postId": under, "body": text}) == ["REQUIRED"]

    assert await stored(database, models.Comment, school_id=town.school.id) == 0
    await parent.ok(ADD_COMMENT, input={"postId": under, "body": f"{text}Hoi{text}"})


# ------------------------------------------------------------------------------------------------ pages


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


JUNK_CURSORS = [
    "",
    "x",
    "=",
    "é",
    "\u0000",
    "A" * 10_000,
    _cursor(),
    _cursor(1, 2),
    _cursor("2026-09-15T00:00:00Z"),
    _cursor("2026-09-15T00:00:00Z", "x"),
    _cursor("2026-09-15T00:00:00", "0" * 32),
    _cursor("gisteren", "0" * 32),
    _cursor(None, None),
    _cursor([], {}),
    _cursor("9999-12-31T23:59:59-12:00", "0" * 32),
    _cursor("0001-01-01T00:00:00+12:00", "0" * 32),
]


@pytest.mark.parametrize("first", [0, -1, 51, 10_000, 2**31 - 1])
async def test_a_page_has_from_1_to_50_items(
    small_school: SmallSchool, parent: Client, database: Database, first: int
) -> None:
    async with founding(database) as facts:
        for _ in range(3):
            post(facts, small_school.teacher, small_school.group)

    answered = await parent.ask(GROUPS_POSTS, id=id_of(small_school.group), first=first)

    in_order(answered)
    assert answered.codes == ["BAD_USER_INPUT"]
    assert answered.data in ({"node": None}, None)
    for size, items in ((1, 1), (50, 3), (None, 3)):
        page = await parent.ok(GROUPS_POSTS, id=id_of(small_school.group), first=size)
        assert len(page["posts"]["edges"]) == items


@pytest.mark.parametrize("after", JUNK_CURSORS)
async def test_a_junk_cursor_is_no_place_in_a_list(
    small_school: SmallSchool, parent: Client, database: Database, after: str
) -> None:
    async with founding(database) as facts:
        post(facts, small_school.teacher, small_school.group)

    answered = await parent.ask(GROUPS_POSTS, id=id_of(small_school.group), after=after)

    in_order(answered)
    assert answered.codes == ["BAD_USER_INPUT"]
    page = (await parent.ok(GROUPS_POSTS, id=id_of(small_school.group)))["posts"]
    assert (await parent.ok(GROUPS_POSTS, id=id_of(small_school.group), after=page["pageInfo"]["endCursor"]))["posts"][
        "edges"
    ] == []


# ------------------------------------------------------------------------------------------------ days, and how many


@pytest.mark.parametrize(
    "on", ["", "x", "2026-13-01", "2026-02-30", "20260915", "2026-W38-2", "0001-01-01", "9999-12-31"]
)
async def test_a_day_is_a_day_of_the_calendar(small_school: SmallSchool, parent: Client, on: str) -> None:
    in_order(await parent.ask(GROUPS_DAY, id=id_of(small_school.group), on=on))

    for day in ("2026-09-15", "1900-01-01", "2199-12-31"):
        assert await parent.ok(GROUPS_DAY, id=id_of(small_school.group), on=day) == {"absenceReports": []}


MOMENTS = [
    "",
    "nu",
    "2026-09-15",
    "2026-09-15T08:30:00",
    "2026-09-15T25:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "2026-W38-2T08:00:00+02:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "10000-01-01T00:00:00Z",
    "-2026-09-15T00:00:00Z",
]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_moment_far_away_or_without_a_zone_is_refused_as_what_it_is(
    small_school: SmallSchool, parent: Client, database: Database, moment: str
) -> None:
    town = small_school
    async with founding(database) as facts:
        report = id_of(absence(facts, town.noor, town.guardian))
    day = absence_of(town.noor, starts_at=BEFORE_SCHOOL, endsAt=BEFORE_SCHOOL.replace(hour=12))

    for wanted in (day | {"startsAt": moment}, day | {"endsAt": moment}):
        in_order(await parent.ask(REPORT_ABSENCE, input=wanted))
    for name in ("startsAt", "endsAt"):
        in_order(await parent.ask(CHANGE_ABSENCE, input={"reportId": report, name: moment}))

    assert await stored(database, models.AbsenceReport, school_id=town.school.id) == 1
    await parent.ok(REPORT_ABSENCE, input=day)


@pytest.mark.parametrize(("many", "codes"), [(0, ["REQUIRED"]), (1_000, ["TOO_MANY"])])
async def test_no_pupils_and_a_thousand_pupils_are_not_reported(
    small_school: SmallSchool, parent: Client, database: Database, many: int, codes: list[str]
) -> None:
    day = absence_of(small_school.noor, starts_at=BEFORE_SCHOOL)

    answered = await parent.ask(REPORT_ABSENCE, input=day | {"pupilIds": [f"pupil_{key:032x}" for key in range(many)]})

    in_order(answered)
    assert answered.codes == codes
    assert answered.errors[0]["path"] == ["input", "pupilIds"]
    assert await stored(database, models.AbsenceReport, school_id=small_school.school.id) == 0
    await parent.ok(REPORT_ABSENCE, input=day)


async def test_at_most_50_things_are_asked_by_id_at_once(small_school: SmallSchool, parent: Client) -> None:
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    noor = id_of(small_school.noor)

    answered = await parent.ask(document, ids=[noor] * 51)

    in_order(answered)
    assert answered.codes == ["BAD_USER_INPUT"]
    assert await parent.ok(document, ids=[noor] * 50) == [{"id": noor}] * 50
    assert await parent.ok(document, ids=[]) == []


async def test_a_page_never_grows_with_bad_luck(small_school: SmallSchool, parent: Client, database: Database) -> None:
    """A page size in the wrong kind of number is told as such, and the list itself stays whole."""
    town = small_school
    async with founding(database) as facts:
        made = {id_of(post(facts, town.teacher, town.group)) for _ in range(2)}

    for first in ("²", "9" * 5_000, "٣", 1.5, "3", True, [1], {"a": 1}, 10**30, -(10**30), 2**31):
        answered = await parent.ask(GROUPS_POSTS, id=id_of(town.group), first=first)
        in_order(answered)
    page = f"posts(first: {'9' * 5_000}) {{ edges {{ cursor }} }}"
    in_order(await parent.ask(f'{{ node(id: "{id_of(town.group)}") {{ ... on Group {{ {page} }} }} }}'))

    assert set(ids((await parent.ok(GROUPS_POSTS, id=id_of(town.group)))["posts"])) == made
