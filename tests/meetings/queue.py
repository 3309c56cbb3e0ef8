"""A round that is full, and families who wait for a slot in it."""

from dataclasses import dataclass
from typing import Any

from models.database import Database
from tests.clients import Client, Clients
from tests.factories import SmallSchool, enrol, founding, guardian, sign_in_token
from tests.meetings.documents import CANCEL, JOIN_LIST, READ_TICKET
from tests.meetings.families import states
from tests.meetings.planning import announced, at, booked, seen_by, slot_at, ticket_of, window


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family of one child: its ticket, and where it is offered something."""

    client: Client
    email: str
    ticket: str

    async def waits(self, *times: tuple[str, str]) -> None:
        """Join the waiting list, for these times of the day or for any."""
        wishes = [{"from": at(begin).isoformat(), "to": at(end).isoformat()} for begin, end in times]
        await self.client.ok(JOIN_LIST, input={"ticketId": self.ticket, "times": wishes})

    async def sees(self) -> dict[str, Any]:
        """Its ticket as it is now."""
        return await self.client.ok(READ_TICKET, id=self.ticket)

    async def offered(self) -> str | None:
        """The slot that is held for it."""
        offer = (await self.sees())["offer"]
        return offer and offer["slot"]["id"]

    async def offer(self) -> str:
        """The offer that it has."""
        return (await self.sees())["offer"]["id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A round of which all slots are booked, by Noor and Sam."""

    round_: dict[str, Any]
    noor: Family
    sam: Family
    talks: dict[str, str]
    """The bookings by the time of the slot."""
    slots: dict[str, str]

    async def frees(self, clock: str) -> str:
        """Have whoever has booked this time cancel; answers the slot."""
        family = self.noor if clock == min(self.slots) else self.sam
        await family.client.ok(CANCEL, input={"bookingId": self.talks[clock]})
        return self.slots[clock]

    async def state(self, clock: str, somebody: Client | None = None) -> str:
        """The state of a slot now."""
        return states(await seen_by(somebody or self.noor.client, self.round_))[self.slots[clock]]


async def families(
    database: Database, clients: Clients, town: SmallSchool, *names: str
) -> list[tuple[Any, Any, Client]]:
    """More children of the first group, each with a guardian."""
    async with founding(database) as facts:
        made = [(enrol(facts, town.group, given_name=name), name) for name in names]
        people = [(pupil, guardian(facts, pupil, name=f"Ouder van {name}")) for pupil, name in made]
        return [(pupil, parent, clients(sign_in_token(facts, parent))) for pupil, parent in people]


async def full(planner: Client, clients: Clients, town: SmallSchool, **more: Any) -> Full:
    """Announce a round of two slots, and have both booked."""
    slots = {"14:00", "14:10"}
    there = [window(town.teacher, begin="14:00", end="14:20")]
    round_ = await announced(planner, town, **{"groups": [town.group], "windows": there, **more})
    noor, sam = [
        await family_of(clients(town.token(parent)), parent, round_, pupil)
        for pupil, parent in ((town.noor, town.guardian), (town.sam, town.classmates_guardian))
    ]
    seen = await seen_by(noor.client, round_)
    keys = {clock: slot_at(seen, clock) for clock in sorted(slots)}
    talks = {
        clock: (await booked(family.client, family.ticket, keys[clock]))["id"]
        for clock, family in (("14:00", noor), ("14:10", sam))
    }
    return Full(round_=round_, noor=noor, sam=sam, talks=talks, slots=keys)


async def family_of(client: Client, parent: Any, round_: dict[str, Any], pupil: Any) -> Family:
    """A family with its ticket in a round."""
    ticket = ticket_of(await seen_by(client, round_), pupil)
    return Family(client=client, email=parent.email, ticket=ticket)
