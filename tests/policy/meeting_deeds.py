"""Words for probes of what is done about meetings: rows of them by name, and mutations of a ticket."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.factories import id_of
from tests.personas import World
from tests.policy.deeds import becomes, does
from tests.policy.probes import Case, Change

Given = Callable[[Case], Mapping[str, Any]]


def meant(**places: tuple[Any, ...]) -> Given:
    """Ids by variable: each of something in the meetings of the world, such as ('tickets', 'open', 'own')."""

    def given(case: Case) -> Mapping[str, Any]:
        return {variable: key(case.world, *place) for variable, place in places.items()}

    return given


def key(world: World, kind: str, *place: Any) -> str:
    """The id of one of the meetings: a kind of rows, and the name of one; for a slot its window and number."""
    found = getattr(world.meetings, kind)
    if kind == "slots":
        window, number = place
        return id_of(found[window][number])
    return id_of(found[place if len(place) > 1 else place[0]] if place else found)


def and_(given: Given, **more: Any) -> Given:
    return lambda case: {**given(case), **more}


def about_ticket(row: str, operation: str, place: tuple[str, str], shows: Any, made: Any, **more: Any) -> Change:
    """A mutation that names one ticket, and answers it."""
    given = and_(meant(ticketId=("tickets", *place)), **more.pop("given", {}))
    asks = f"ticket {{ id state {more.pop('asks', '')} }}"
    return does(
        row, operation, asks, given, "ticketId", lambda payload: shows(payload["ticket"]), becomes(made), **more
    )


def state(ticket: Any) -> str:
    return ticket["state"]
