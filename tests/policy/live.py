"""Live feeds: rows SUB."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

import models
from models import table_of
from models.database import Database
from tests.clients import BEFORE_SCHOOL, Clients
from tests.factories import id_of
from tests.personas import World
from tests.policy.absences import CHANGE_ABSENCES, REPORT
from tests.policy.feed import COMMENT, POST
from tests.policy.probes import Case, Follow, always, mutation

FRAME = "kind cursor retryAfterMs"
POSTS = f"{FRAME} events {{ kind postId post {{ {POST} }} comment {{ {COMMENT} }} }}"
ABSENCES = f"{FRAME} events {{ kind report {{ {REPORT} }} }}"


def _follow(feed: str, argument: str, asks: str) -> str:
    return f"subscription($id: ID!) {{ {feed}({argument}: $id) {{ {asks} }} }}"


def _publish(*, to_group: bool) -> Any:
    async def cause(clients: Clients, world: World) -> None:
        audience = {"groupId": id_of(world.a1)} if to_group else {}
        written = {"schoolId": id_of(world.school_a), "title": "Nieuws", "body": "Hallo!", **audience}
        await clients(world.tokens["school_admin"]).ok(mutation("publishPost", "post { id }"), input=written)

    return cause


async def _comment(clients: Clients, world: World) -> None:
    written = {"postId": id_of(world.posts["group"]), "body": "Leuk!"}
    parent = clients(world.tokens["classmates_guardian"])
    await parent.ok(mutation("addComment", "comment { id }"), input=written)


async def _report(clients: Clients, world: World) -> None:
    report = next(probe for probe in CHANGE_ABSENCES if probe.row == "ABS-02")
    parent = clients(world.tokens["classmates_guardian"])
    await parent.ok(report.document, input=report.variables(Case(world, "classmates_guardian")))


async def _end_rights(database: Database, world: World) -> None:
    """The school ends what gave the guardian and the teacher a place in A1."""
    moment = BEFORE_SCHOOL - timedelta(seconds=1)
    async with database.begin() as session:
        for model, name in ((models.Guardianship, "guardian_in_group"), (models.Teaching, "teacher_of_group")):
            table = table_of(model)
            of_person = table.c.person_id == world.people[name].id
            await session.execute(update(table).where(of_person).values(ended_at=moment))


def _titles(events: Any) -> list[tuple[str, str]]:
    return [(event["kind"], event["post"]["title"]) for event in events]


def _pupils(events: Any) -> list[tuple[str, str]]:
    return [(event["kind"], event["report"]["pupil"]["id"]) for event in events]


def _absences(name: str, argument: str, place: str) -> Follow:
    return Follow(
        row="SUB-04",
        name=name,
        document=_follow("absenceFeed", argument, ABSENCES),
        variables=lambda case: {"id": id_of(getattr(case.world, place))},
        target=("id",),
        cause=_report,
        shows=_pupils,
        allowed=lambda case: [("REPORTED", id_of(case.world.other_pupil))],
    )


LIVE = (
    Follow(
        row="SUB-01",
        document=_follow("postFeed", "groupId", POSTS),
        variables=lambda case: {"id": id_of(case.world.a1)},
        target=("id",),
        cause=_publish(to_group=True),
        shows=_titles,
        allowed=always([("PUBLISHED", "Nieuws")]),
    ),
    Follow(
        row="SUB-02",
        document=_follow("postFeed", "schoolId", POSTS),
        variables=lambda case: {"id": id_of(case.world.school_a)},
        target=("id",),
        cause=_publish(to_group=False),
        shows=_titles,
        allowed=always([("PUBLISHED", "Nieuws")]),
    ),
    Follow(
        row="SUB-03",
        document=_follow("postFeed", "groupId", POSTS),
        variables=lambda case: {"id": id_of(case.world.a1)},
        target=("id",),
        cause=_comment,
        shows=lambda events: [(event["kind"], event["comment"]["body"]) for event in events],
        allowed=always([("COMMENTED", "Leuk!")]),
    ),
    _absences("", "groupId", "a1"),
    _absences("school", "schoolId", "school_a"),
    Follow(
        row="SUB-08",
        document=_follow("postFeed", "groupId", POSTS),
        variables=lambda case: {"id": id_of(case.world.a1)},
        target=("id",),
        cause=_publish(to_group=True),
        lose=_end_rights,
        shows=_titles,
        allowed=always([("PUBLISHED", "Nieuws")]),
    ),
)
