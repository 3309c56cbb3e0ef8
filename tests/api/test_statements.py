"""How often PostgreSQL is asked depends on what is asked, and never on how many rows there are."""

import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

import models
from models.database import Database
from tests.api.documents import (
    ACKNOWLEDGE_ABSENCE,
    ADD_COMMENT,
    CHANGE_ABSENCE,
    HIDE_COMMENT,
    MARK_POST_READ,
    PUBLISH_POST,
    REPORT_ABSENCE,
    node,
)
from tests.api.steps import absence_of
from tests.clients import AMSTERDAM, Client, Clients, Clock, count_statements
from tests.factories import (
    TOMORROW,
    SmallSchool,
    absence,
    comment,
    enrol,
    found_group,
    founding,
    guardian,
    holiday,
    id_of,
    post,
    sign_in_token,
    teacher,
)

PERSON = "id name label email phone"
POSTS = f"""edges {{ cursor node {{
  id title body viewerCanComment viewerHasRead commentCount readCount audienceSize
  author {{ {PERSON} }} group {{ name }}
  comments(first: 3) {{ edges {{ node {{ id body author {{ {PERSON} }} }} }} }}
}} }} pageInfo {{ hasNextPage endCursor }}"""
FEED = f"{{ viewer {{ feed {{ {POSTS} }} }} }}"
GROUPS_FEED = node("Group", f"posts {{ {POSTS} }} postCursor")
DAY_LIST = node(
    "Group",
    f'absenceCursor absenceReports(on: "{TOMORROW}") {{'
    f" id reason note state pupil {{ givenName familyName guardians {{ {PERSON} }} }} reportedBy {{ {PERSON} }} }}",
)
PUPILS = node(
    "Group", f"pupils {{ id givenName guardians {{ {PERSON} }} absenceReports {{ edges {{ node {{ id }} }} }} }}"
)
SCHOOL = node(
    "School", f"groups {{ name teachers {{ {PERSON} }} }} staff {{ {PERSON} }} posts {{ edges {{ node {{ id }} }} }}"
)
VIEWER = f"""{{
  viewer {{
    email person {{ {PERSON} }} memberships {{ role school {{ name }} }} children {{ givenName group {{ name }} }}
    groups {{ name pupils {{ givenName }} teachers {{ {PERSON} }} }} feed {{ {POSTS} }}
  }}
}}"""
NODES = """query($ids: [ID!]!) {
  nodes(ids: $ids) { id ... on Pupil { givenName } ... on Post { title } ... on Person { name } }
}"""

Asking = Callable[[], Awaitable[Any]]


@dataclass
class Town:
    """A school that grows, and those who ask."""

    small: SmallSchool
    database: Database
    teacher: Client
    parent: Client
    admin: Client
    days: Iterator[datetime]

    async def grow(self) -> None:
        """Add as many rows again, and more, of everything that an answer can hold."""
        town = self.small
        async with founding(self.database) as facts:
            teacher(facts, town.group, name="Nog een juf")
            for number in range(6):
                group = found_group(facts, town.school, name=f"Groep {number}")
                enrol(facts, group)
                child = enrol(facts, town.group, given_name=f"Kind {number}")
                parents = [guardian(facts, child, name=f"Ouder {number}"), guardian(facts, child)]
                guardian(facts, enrol(facts, group), child, somebody=town.guardian)
                message = post(facts, town.teacher, town.group, title=f"Bericht {number}")
                post(facts, town.admin, town.school)
                for parent in parents:
                    comment(facts, message, parent)
                    facts.add(
                        models.PostRead(
                            post_id=message.id,
                            person_id=parent.id,
                            school_id=town.school.id,
                            read_at=message.published_at,
                        )
                    )
                absence(facts, child, parents[0])
                day = datetime(2027, 6, 1, tzinfo=AMSTERDAM).date() + timedelta(days=number)
                holiday(facts, town.school, day, day)


@pytest.fixture
async def town(small_school: SmallSchool, clients: Clients, database: Database) -> Town:
    """The small school, and a school day for every report."""
    people = (small_school.teacher, small_school.guardian, small_school.admin)
    days = (datetime(2026, 9, 17, tzinfo=AMSTERDAM) + timedelta(weeks=week) for week in itertools.count())
    return Town(small_school, database, *(clients(small_school.token(somebody)) for somebody in people), days)


def _report(town: Town, *pupils: models.Pupil) -> dict[str, Any]:
    day = next(town.days)
    return absence_of(*pupils, starts_at=day, endsAt=day + timedelta(hours=20), reason="MEDICAL_APPOINTMENT")


READING: dict[str, Callable[[Town], Asking]] = {
    "feed of a teacher": lambda town: lambda: town.teacher.ok(FEED),
    "feed of a guardian": lambda town: lambda: town.parent.ok(FEED),
    "feed of the administration": lambda town: lambda: town.admin.ok(FEED),
    "posts of a group": lambda town: lambda: town.teacher.ok(GROUPS_FEED, id=id_of(town.small.group)),
    "day list of a group": lambda town: lambda: town.teacher.ok(DAY_LIST, id=id_of(town.small.group)),
    "pupils of a group": lambda town: lambda: town.teacher.ok(PUPILS, id=id_of(town.small.group)),
    "a school": lambda town: lambda: town.admin.ok(SCHOOL, id=id_of(town.small.school)),
    "viewer with everything": lambda town: lambda: town.parent.ok(VIEWER),
}


@pytest.mark.parametrize("what", READING)
async def test_an_answer_takes_two_statements_however_many_rows_it_holds(town: Town, what: str) -> None:
    ask = READING[what](town)
    await town.grow()

    with count_statements() as few:
        small = await ask()
    await town.grow()
    with count_statements() as many:
        large = await ask()

    assert len(str(large)) > len(str(small)) * 1.2
    assert few == many
    assert len(few) == 2  # who is asking, and the answer


async def test_many_things_by_id_take_one_statement_for_each_kind(town: Town) -> None:
    small = town.small
    async with founding(town.database) as facts:
        messages = [post(facts, small.teacher, small.group) for _ in range(20)]
    rows = [small.noor, small.guardian, messages[0]]

    with count_statements() as few:
        await town.teacher.ok(NODES, ids=[id_of(row) for row in rows])
    with count_statements() as many:
        found = await town.teacher.ok(NODES, ids=[id_of(row) for row in [*rows, *messages, small.sam, small.admin]])

    assert None not in found
    assert few == many
    assert len(few) == 1 + 3


def _changes(town: Town, message: models.Post, said: models.Comment, report: models.AbsenceReport) -> dict[str, Asking]:
    small, to_group = town.small, {"schoolId": id_of(town.small.school), "groupId": id_of(town.small.group)}
    return {
        "publishPost": lambda: town.teacher.ok(PUBLISH_POST, input={**to_group, "title": "Hoi", "body": "Allemaal"}),
        "markPostRead": lambda: town.parent.ok(MARK_POST_READ, input={"postId": id_of(message)}),
        "addComment": lambda: town.parent.ok(ADD_COMMENT, input={"postId": id_of(message), "body": "Hoi"}),
        "hideComment": lambda: town.teacher.ok(HIDE_COMMENT, input={"commentId": id_of(said), "reason": "Zomaar"}),
        "reportAbsence": lambda: town.parent.ok(REPORT_ABSENCE, input=_report(town, small.noor)),
        "changeAbsence": lambda: town.parent.ok(CHANGE_ABSENCE, input={"reportId": id_of(report), "note": "Griep"}),
        "acknowledgeAbsence": lambda: town.teacher.ok(ACKNOWLEDGE_ABSENCE, input={"reportId": id_of(report)}),
    }


@pytest.mark.parametrize(
    "what",
    [
        "publishPost",
        "markPostRead",
        "addComment",
        "hideComment",
        "reportAbsence",
        "changeAbsence",
        "acknowledgeAbsence",
    ],
)
async def test_a_change_takes_as_many_statements_in_a_large_school_as_in_a_small_one(
    town: Town, clock: Clock, what: str
) -> None:
    small = town.small
    counts = []
    for _ in range(2):
        await town.grow()
        async with founding(town.database) as facts:
            message = post(facts, small.teacher, small.group)
            said = comment(facts, message, small.guardian)
            child = enrol(facts, small.group)
            guardian(facts, child, somebody=small.guardian)
            report = absence(facts, child, small.guardian)
        change = _changes(town, message, said, report)[what]
        with count_statements() as sent:
            await change()
        counts.append(len(sent))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


async def test_a_report_of_many_children_takes_no_more_statements_than_of_two(town: Town) -> None:
    small = town.small
    async with founding(town.database) as facts:
        children = [enrol(facts, small.group, given_name=f"Kind {number}") for number in range(12)]
        guardian(facts, *children, somebody=small.guardian)

    with count_statements() as few:
        await town.parent.ok(REPORT_ABSENCE, input=_report(town, *children[:2]))
    with count_statements() as many:
        await town.parent.ok(REPORT_ABSENCE, input=_report(town, *children))

    assert len(few) == len(many)


async def test_a_statement_more_is_noticed(town: Town, clients: Clients) -> None:
    """The count counts: two root fields take a statement more than one."""
    with count_statements() as one:
        await town.parent.ok("{ viewer { email } }")
    with count_statements() as two:
        await town.parent.ok("{ a: viewer { email } b: viewer { email } }")
    async with founding(town.database) as facts:
        nobody = sign_in_token(facts, town.small.guardian)
    with count_statements() as none:
        await clients().ok("{ viewer { email } }")

    assert (len(one), len(two), len(none), bool(nobody)) == (2, 3, 0, True)
