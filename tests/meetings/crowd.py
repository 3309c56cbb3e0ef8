"""Many families at once, each with an own guardian who is signed in: for races."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import asyncpg

import models
from models.database import Database
from tests.api.documents import node
from tests.clients import SOON_S, Answered, Client, Clients
from tests.factories import enrol, founding, guardian, id_of, sign_in_token
from tests.meetings.documents import BOOK
from tests.meetings.planning import wish

AGAIN = 10
"""How often a client asks. A machine that is full of other work takes longer than anybody waits for a connection."""

TICKETS = node("MeetingRound", "tickets { id pupil { id } }")
GLANCE = node("MeetingRound", "state slots { id state } tickets { id state booking { slot { id } } }")
CHOICE = node("MeetingRound", "tickets { id state freeSlots { id startsAt endsAt } }")


@dataclass(frozen=True, slots=True)
class Family:
    """A guardian and the tickets of their children, in the order of the children's groups."""

    client: Client
    children: Sequence[models.Pupil]
    tickets: Sequence[str] = ()

    async def books(self, *slots: str, **more: Any) -> Answered:
        """Ask for a slot for each child, as clients do: again, when the service had no connection for it in time.

        A deadlock would be answered in the same way: these are counted apart.
        """
        asked = wish(*zip(self.tickets, slots, strict=True), **{"clientMutationId": token_hex(8)} | more)
        for _ in range(AGAIN):
            answer = await self.client.ask(BOOK, input=asked)
            if answer.codes != ["UNAVAILABLE"]:
                break
        return answer

    async def sees(self, round_: dict[str, Any]) -> dict[str, Any]:
        """What the family sees of the round: the state of its slots, and its own tickets."""
        return await self.client.ok(GLANCE, id=round_["id"])


async def families(database: Database, clients: Clients, children: Sequence[Sequence[models.Group]]) -> list[Family]:
    """A family for each of these: with a child in each of the groups."""
    found: list[tuple[str, list[models.Pupil]]] = []
    async with founding(database) as facts:
        for number, groups in enumerate(children):
            pupils = [enrol(facts, group, given_name=f"Kind {number}") for group in groups]
            found.append((sign_in_token(facts, guardian(facts, *pupils, name=f"Ouder {number}")), pupils))
    return [Family(clients(token), pupils) for token, pupils in found]


async def invited(head: Client, round_: dict[str, Any], crowd: Sequence[Family]) -> list[Family]:
    """The families with their tickets for a round."""
    seen = await head.ok(TICKETS, id=round_["id"])
    tickets = {ticket["pupil"]["id"]: ticket["id"] for ticket in seen["tickets"]}
    return [
        Family(family.client, family.children, [tickets[id_of(child)] for child in family.children]) for family in crowd
    ]


async def choices(family: Family, round_: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The slots that are free for each child, as the family sees it now."""
    seen = await family.client.ok(CHOICE, id=round_["id"])
    free = {ticket["id"]: ticket["freeSlots"] for ticket in seen["tickets"]}
    return [free[ticket] for ticket in family.tickets]


def pick(free: Sequence[Sequence[dict[str, Any]]], chance: random.Random) -> list[str] | None:
    """A slot for each child, one after another in time; None when there are none."""
    chosen: list[dict[str, Any]] = []
    for slots in free:
        fitting = [
            slot
            for slot in slots
            if all(slot["endsAt"] <= taken["startsAt"] or taken["endsAt"] <= slot["startsAt"] for taken in chosen)
        ]
        if not fitting:
            return None
        chosen.append(chance.choice(fitting))
    return [slot["id"] for slot in chosen]


async def live_talks(books: asyncpg.Connection, round_: dict[str, Any]) -> Counter[str]:
    """How many live bookings each ticket of a round has."""
    rows = await books.fetch(
        "select 'ticket_' || replace(ticket_id::text, '-', '') as ticket from meeting_booking"
        " where 'round_' || replace(round_id::text, '-', '') = $1 and cancelled_at is null",
        round_["id"],
    )
    return Counter(row["ticket"] for row in rows)


async def until_both_wait(database: Database) -> None:
    """Until two sessions wait for a lock."""
    waiting = (
        "select count(distinct pid) = 2 from pg_locks join pg_stat_activity using (pid)"
        " where not granted and datname = current_database()"
    )
    async with asyncio.timeout(SOON_S):
        while not (await database.fetch(waiting, ()))[0][0]:  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)


async def deadlocks(database_url: str) -> int:
    """How many deadlocks there were so far, when nobody is connected any more: each session tells as it ends."""
    connection = await asyncpg.connect(database_url)
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    async with asyncio.timeout(SOON_S):
        while await connection.fetchval(others):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)
    found = await connection.fetchval("select deadlocks from pg_stat_database where datname = current_database()")
    await connection.close()
    return found
