"""An afternoon of talks in plain Python: who is where, what may be booked, and who sees what of it (f4).

It knows no SQL and nothing of the service. People are names, times are minutes after two, a slot lasts ten minutes.
"""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

GAP = 15
DONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to a talk: about whom, in which group, and who comes."""

    name: str
    pupil: str
    group: str
    people: frozenset[str]


@dataclass(slots=True)
class Window:
    """Who is there from when on, for which groups."""

    hosts: set[str]
    groups: set[str]
    begin: int
    slots: int
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody does: `book`, `move`, `cancel` with a ticket; `keep free`, `reopen` a slot; `withdraw` a host."""

    deed: str
    about: str
    slot: str = ""


@dataclass(slots=True)
class Afternoon:
    """Everything that is so."""

    windows: list[Window]
    tickets: dict[str, Ticket]
    teaches: dict[str, set[str]]
    head: str
    talks: dict[str, str] = field(default_factory=dict)
    """The slot of each ticket that is booked."""
    kept_free: set[str] = field(default_factory=set)

    # -------------------------------------------------------------------------------------------- who is where

    def slots(self) -> Iterator[str]:
        """The slots that are in lists."""
        for number, window in enumerate(self.windows):
            if not window.is_removed:
                yield from (f"{number}/{window.begin + 10 * place}" for place in range(window.slots))

    def window(self, slot: str) -> Window:
        return self.windows[int(slot.split("/", maxsplit=1)[0])]

    @staticmethod
    def at(slot: str) -> int:
        return int(slot.split("/")[1])

    def _there(self, ticket: str) -> set[str]:
        return self.window(self.talks[ticket]).hosts | self.tickets[ticket].people

    def _engaged(self, people: Iterable[str], slot: str, *, but: str = "") -> bool:
        """Whether one of these people is in another talk then."""
        return any(
            abs(self.at(other) - self.at(slot)) < 10 and self._there(ticket) & set(people)
            for ticket, other in self.talks.items()
            if ticket != but
        )

    def _is_near(self, ticket: Ticket, slot: str) -> bool:
        """Whether another party of the pupil would meet this one."""
        return any(
            abs(self.at(other) - self.at(slot)) < 10 + GAP
            for name, other in self.talks.items()
            if name != ticket.name and self.tickets[name].pupil == ticket.pupil
        )

    # -------------------------------------------------------------------------------------------- what is done

    def refusals(self, step: Step) -> frozenset[str]:
        """Why a step is refused, each reason that there is; none when it is done."""
        if step.deed in {"keep free", "reopen"}:
            return frozenset({"NOT_FOUND"} if self.window(step.slot).is_removed else ())
        if step.deed == "withdraw":
            hosts = any(step.about in window.hosts and not window.is_removed for window in self.windows)
            return frozenset(() if hosts else {"INVALID"})
        booked = self.talks.get(step.about)
        if step.deed == "book":
            reasons = self._why_not(step) | ({"TICKET_ALREADY_BOOKED"} if booked else set())
            return frozenset(reasons)
        if booked is None:
            return frozenset({"INVALID"})
        if step.deed == "cancel" or booked == step.slot:
            return DONE
        return frozenset(self._why_not(step))

    def _why_not(self, step: Step) -> set[str]:
        ticket, window = self.tickets[step.about], self.window(step.slot)
        taken = window.is_removed or step.slot in self.kept_free or self._is_near(ticket, step.slot)
        reasons = {
            "NOT_FOUND": not any(self._is_for(step.slot, other) for other in self._mine(ticket)),
            "FORBIDDEN": ticket.group not in window.groups,
            "SLOT_TAKEN": taken or self._engaged(window.hosts, step.slot, but=ticket.name),
            "GUARDIAN_BUSY": self._engaged(ticket.people, step.slot, but=ticket.name),
        }
        return {code for code, is_so in reasons.items() if is_so}

    def _mine(self, ticket: Ticket) -> list[Ticket]:
        return [other for other in self.tickets.values() if other.people & ticket.people]

    def _is_for(self, slot: str, ticket: Ticket) -> bool:
        return ticket.group in self.window(slot).groups

    def after(self, step: Step) -> "Afternoon":
        """The afternoon when a step is done."""
        later = deepcopy(self)
        if step.deed in {"book", "move"}:
            later.talks[step.about] = step.slot
        elif step.deed == "cancel":
            del later.talks[step.about]
        elif step.deed == "keep free":
            later.kept_free.add(step.slot)
            later._drop(slot for slot in [step.slot])
        elif step.deed == "reopen":
            later.kept_free.discard(step.slot)
        else:
            later._withdraw(step.about)
        return later

    def _drop(self, slots: Iterable[str]) -> None:
        gone = set(slots)
        self.talks = {ticket: slot for ticket, slot in self.talks.items() if slot not in gone}

    def _withdraw(self, host: str) -> None:
        for number, window in enumerate(self.windows):
            if window.hosts == {host} and not window.is_removed:
                window.is_removed = True
                self._drop(slot for slot in list(self.talks.values()) if slot.startswith(f"{number}/"))
            elif not window.is_removed:
                window.hosts.discard(host)

    # -------------------------------------------------------------------------------------------- who sees what

    def shown(self, somebody: str) -> dict[str, Any]:
        """What somebody sees: the state of slots, with the ticket of the talk in it; and tickets, with their slots."""
        own = [ticket for ticket in self.tickets.values() if somebody in ticket.people]
        hosts = any(somebody in window.hosts for window in self.windows)  # also who is ill, and would have been there
        slots = {
            slot: (self._state(slot, own), self._talk_in(slot, somebody))
            for slot in self.slots()
            if somebody == self.head
            or hosts
            or self.window(slot).groups & self.teaches.get(somebody, set())
            or any(self._is_for(slot, ticket) for ticket in own)
        }
        tickets = {name: self.talks.get(name) for name in self.tickets if self._sees(somebody, name)}
        return {"slots": slots, "tickets": tickets}

    def _state(self, slot: str, own: list[Ticket]) -> str:
        if slot in self.kept_free:
            return "BLOCKED"
        hides = any(self._is_for(slot, ticket) and self._is_near(ticket, slot) for ticket in own)
        return "BOOKED" if hides or self._engaged(self.window(slot).hosts, slot) else "FREE"

    def _talk_in(self, slot: str, somebody: str) -> str | None:
        found = [ticket for ticket, at in self.talks.items() if at == slot and self._sees(somebody, ticket)]
        return found[0] if found else None

    def _sees(self, somebody: str, name: str) -> bool:
        """Its party, the head, who teaches the child, and who is there for the school."""
        ticket, slot = self.tickets[name], self.talks.get(name)
        is_host = slot is not None and somebody in self.window(slot).hosts
        return (
            somebody in ticket.people
            or somebody == self.head
            or ticket.group in self.teaches.get(somebody, set())
            or is_host
        )
