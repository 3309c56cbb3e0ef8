"""A school with more and more families, and rounds that get larger with it: what is asked of PostgreSQL stays."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import models
from models.database import Database
from tests.clients import Client, Clients, count_statements
from tests.factories import SmallSchool, enrol, founding, guardian, sign_in_token
from tests.meetings.documents import ANNOUNCE_ROUND
from tests.meetings.planning import DAY, booked, free, pause, plan, seen_by, ticket_of, window

Asking = Callable[[], Awaitable[Any]]


@dataclass
class Town:
    """A school with more and more families, and those who ask."""

    small: SmallSchool
    database: Database
    clients: Clients
    families: list[Client] = field(default_factory=list[Client])
    day: datetime = DAY
    """Of the talks of the last round: each has its own."""

    def of(self, somebody: models.Person) -> Client:
        return self.clients(self.small.token(somebody))

    async def grow(self) -> None:
        """Four more children in the first group, each with two guardians."""
        async with founding(self.database) as facts:
            tokens = list[str]()
            for number in range(4):
                child = enrol(facts, self.small.group, given_name=f"Kind {number}")
                parents = [guardian(facts, child, name=f"Ouder {number}"), guardian(facts, child)]
                tokens.append(sign_in_token(facts, parents[0]))
        self.families += [self.clients(token) for token in tokens]

    def window(self, host: models.Person, begin: int, hours: int = 1) -> dict[str, Any]:
        """A window of so many hours on the day, with a break in it."""
        times = {"begin": f"{begin}:00", "end": f"{begin + hours}:00", "day": self.day}
        return window(host, breaks=[pause(f"{begin}:20", f"{begin}:30", self.day)], **times)

    def windows(self, hours: int) -> list[dict[str, Any]]:
        """For each teacher one window an hour."""
        teachers = (self.small.teacher, self.small.other_teacher)
        return [self.window(host, 13 + hour) for host in teachers for hour in range(hours)]

    async def draft(self, hours: int) -> dict[str, Any]:
        """A round on a day of its own."""
        self.day += timedelta(days=1)
        return await plan(self.of(self.small.admin), self.small, windows=self.windows(hours))

    async def open_round(self, hours: int) -> dict[str, Any]:
        """One that is open, and in which nothing is booked."""
        made = await self.draft(hours)
        await self.of(self.small.admin).ok(ANNOUNCE_ROUND, input={"roundId": made["id"], "evenIfCapacityShort": True})
        return made

    async def round(self, hours: int) -> dict[str, Any]:
        """One in which every family of those that came has booked a talk."""
        made = await self.open_round(hours)
        for family in self.families:
            mine = await seen_by(family, made)
            await booked(family, mine["tickets"][0]["id"], free(mine)[0]["id"], topics="Rekenen")
        return made

    async def ticket(self, round_: dict[str, Any], pupil: models.Pupil) -> str:
        """The ticket about one of the children of the small school."""
        return ticket_of(await seen_by(self.of(self.small.admin), round_), pupil)

    async def last_slot(self, round_: dict[str, Any], number: int = 1) -> str:
        """A slot in which none of the families is, with the first group's teacher."""
        return free(await seen_by(self.of(self.small.guardian), round_))[-number]["id"]

    async def talk(self, round_: dict[str, Any], pupil: models.Pupil) -> dict[str, Any]:
        """A talk in the last slot of all."""
        ticket, slot = await self.ticket(round_, pupil), await self.last_slot(round_)
        return await booked(self.of(self.small.admin), ticket, slot)


async def counted(ask: Asking) -> tuple[list[str], Any]:
    """What is sent to PostgreSQL meanwhile, and what is answered."""
    with count_statements() as sent:
        answer = await ask()
    return sent, answer
