"""Evenings at school: a round that is open, those who have to do with it, and what is done in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import models
from models.database import Database
from tests.api.documents import node
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, id_of
from tests.meetings.documents import JOIN_LIST, MARK_TICKETS, OFFER, READ_TICKET
from tests.meetings.planning import DAY, announced, booked, slot_at, ticket_of, window

NEXT_DAY = DAY + timedelta(days=1)
_WHAT_IS_THERE = node("MeetingRound", "tickets { id pupil { id } } slots { id startsAt hosts { name } }")

Act = Callable[[], Awaitable[Any]]


@dataclass(slots=True)
class Evening:
    """The first group talks with its teacher, and after that with the head; the second one with its own teacher."""

    school: SmallSchool
    clock: Clock
    database: Database
    clients: Clients
    parent: Client
    """Of Noor."""
    classmates: Client
    """Of Sam."""
    teacher: Client
    admin: Client
    round: str
    others: list[str] = field(default_factory=list[str])
    """More rounds that are followed."""

    async def ticket(self, pupil: models.Pupil, *, of: str | None = None) -> str:
        """The ticket about a pupil: in the round, or in another one."""
        return ticket_of(await self.admin.ok(_WHAT_IS_THERE, id=of or self.round), pupil)

    async def slot(
        self, clock: str, host: models.Person | None = None, *, of: str | None = None, day: datetime = DAY
    ) -> str:
        """The slot at a time, with the teacher of the first group or with somebody else."""
        seen = await self.admin.ok(_WHAT_IS_THERE, id=of or self.round)
        return slot_at(seen, clock, host or self.school.teacher, day)

    async def talk(
        self,
        pupil: models.Pupil,
        clock: str = "14:00",
        host: models.Person | None = None,
        *,
        of: str | None = None,
        day: datetime = DAY,
    ) -> str:
        """A talk that the office has booked."""
        ticket, slot = await self.ticket(pupil, of=of), await self.slot(clock, host, of=of, day=day)
        return (await booked(self.admin, ticket, slot))["id"]

    async def marked(self, pupil: models.Pupil, **marks: bool) -> str:
        """A ticket that the school has marked."""
        ticket = await self.ticket(pupil)
        await self.admin.ok(MARK_TICKETS, input={"ticketIds": [ticket], **marks})
        return ticket

    async def waiting(self, pupil: models.Pupil) -> str:
        """A ticket on the waiting list."""
        ticket = await self.ticket(pupil)
        await self.admin.ok(JOIN_LIST, input={"ticketId": ticket})
        return ticket

    async def offered(self, pupil: models.Pupil, clock: str = "14:00") -> tuple[str, str]:
        """A ticket that waits, and what it is offered."""
        ticket = await self.waiting(pupil)
        await self.admin.ok(OFFER, input={"ticketId": ticket, "slotId": await self.slot(clock)})
        return ticket, (await self.admin.ok(READ_TICKET, id=ticket))["offer"]["id"]

    async def another_round(self, *windows: dict[str, Any]) -> str:
        """A second round at the same time, which is followed as well."""
        made = await announced(self.admin, self.school, windows=list(windows))
        self.others.append(made["id"])
        return made["id"]

    async def anew(self, *windows: dict[str, Any]) -> None:
        """Go on with a round that is made now: for the guardians of now, and with other windows."""
        made = await announced(self.admin, self.school, windows=list(windows))
        self.others.append(self.round)
        self.round = made["id"]


Arrange = Callable[[Evening], Awaitable[Act]]


async def evening_of(school: SmallSchool, clock: Clock, database: Database, clients: Clients) -> Evening:
    """An evening on which nothing is booked yet."""
    parent, classmates, teacher, admin = (
        clients(school.token(who))
        for who in (school.guardian, school.classmates_guardian, school.teacher, school.admin)
    )
    of_head = window(school.admin, begin="16:00", end="17:00", groupIds=[id_of(school.group)])
    windows = [window(school.teacher, room="A"), window(school.other_teacher, room="B"), of_head]
    round_ = await announced(admin, school, windows=windows)
    return Evening(school, clock, database, clients, parent, classmates, teacher, admin, round_["id"])


class Law:
    """Cases, each about what one mutation does. A case arranges an evening, and answers what is then done."""

    def __init__(self) -> None:
        self.cases: list[tuple[str, Arrange]] = []

    def __call__(self, mutation: str) -> Callable[[Arrange], Arrange]:
        """The mutation which a case is about."""

        def register(case: Arrange) -> Arrange:
            self.cases.append((mutation, case))
            return case

        return register

    @property
    def mutations(self) -> set[str]:
        """What there are cases about."""
        return {mutation for mutation, _ in self.cases}
