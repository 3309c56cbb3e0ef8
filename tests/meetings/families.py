"""Families beside those of the small school, and what they hear: for tests of what families do about their talks."""

from collections import Counter
from datetime import datetime
from typing import Any

import models
from models.database import Database
from resolvers.chores import CHORES
from resolvers.context import Context
from schoolplein.app import Application
from tests.clients import Client, Clients, Clock
from tests.factories import enrol, founding, guardian, id_of, sign_in_token
from tests.meetings.documents import MARK_TICKETS, SEPARATE

TICKETS = "query($id: ID!) { node(id: $id) { ... on MeetingRound { tickets { id state pupil { id } } } } }"


async def parent_of(
    database: Database, clients: Clients, *pupils: models.Pupil, **more: Any
) -> tuple[models.Person, Client]:
    """One more guardian of these pupils, who is signed in."""
    more = {"name": "Deniz Yilmaz"} | more
    async with founding(database) as facts:
        somebody = guardian(facts, *pupils, **more)
        token = sign_in_token(facts, somebody)
    return somebody, clients(token)


async def child_of(database: Database, group: models.Group, name: str, *guardians: models.Person) -> models.Pupil:
    """One more pupil in a group, with these guardians, or with none who has an account."""
    async with founding(database) as facts:
        pupil = enrol(facts, group, given_name=name)
        for somebody in guardians:
            guardian(facts, pupil, somebody=somebody)
    return pupil


async def anew(database: Database, clients: Clients, clock: Clock, somebody: models.Person) -> Client:
    """Somebody who has just signed in again."""
    async with founding(database) as facts:
        token = sign_in_token(facts, somebody, since=clock.now)
    return clients(token)


async def mark(school: Client, *tickets: str, **marks: bool) -> None:
    """Mark tickets, as the school does."""
    await school.ok(MARK_TICKETS, input={"ticketIds": list(tickets), **marks})


async def set_apart(head: Client, pupil: models.Pupil, *parties: list[models.Person]) -> None:
    """Have guardians of a pupil come in parties; none: all together again."""
    given = [{"guardianIds": [id_of(somebody) for somebody in party]} for party in parties]
    await head.ok(SEPARATE, input={"pupilId": id_of(pupil), "parties": given, "basis": "Op verzoek van de moeder"})


async def tickets_of(somebody: Client, round_: dict[str, Any], pupil: models.Pupil) -> dict[str, str]:
    """The tickets about a pupil that somebody sees, with their states."""
    seen = await somebody.ok(TICKETS, id=round_["id"])
    return {one["id"]: one["state"] for one in seen["tickets"] if one["pupil"]["id"] == id_of(pupil)}


async def mails(database: Database, school: models.School, kind: str) -> Counter[str]:
    """Who was sent mails of a kind, and how many."""
    statement = "select recipient from mail where school_id = $1 and kind = $2"
    return Counter(row[0] for row in await database.fetch(statement, (school.id, kind)))


async def do_chore(app: Application, clock: Clock, name: str) -> None:
    """Let the worker do what it does from time to time."""
    service = app.service()
    context = Context(
        database=service.database,
        doorbell=service.news.hub,
        door=service.door,
        viewer=None,
        now=clock.now,
        stands_at=clock.now,
    )
    await CHORES[name].do(context)


def states(seen: dict[str, Any]) -> dict[str, str]:
    """The states of a round's slots, by key."""
    return {slot["id"]: slot["state"] for slot in seen["slots"]}


def moment(told: str) -> datetime:
    """A moment, as an answer tells it."""
    return datetime.fromisoformat(told)
