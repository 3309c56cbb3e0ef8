"""Words for probes of what the administration does: mutations about rows of the world."""

from collections.abc import Callable, Mapping
from typing import Any

import models
from tests.factories import id_of
from tests.personas import World
from tests.policy.probes import Case, Change, mutation

WHY = {"reason": "Op verzoek van de ouders"}


def does(
    row: str,
    operation: str,
    asks: str,
    given: Callable[[Case], Mapping[str, Any]],
    target: str,
    shows: Callable[[Any], Any],
    made: Callable[[World], Any],
    **more: Any,
) -> Change:
    """A mutation: with which input, which variable of it names what the row is about, and what comes of it."""
    return Change(
        row=row,
        document=mutation(operation, asks),
        variables=given,
        target=(target,),
        shows=shows,
        allowed=lambda case: made(case.world),
        **more,
    )


def of_member(school: str, person: str, **more: Any) -> Callable[[Case], Mapping[str, Any]]:
    return lambda case: {
        "schoolId": id_of(getattr(case.world, school)),
        "personId": id_of(case.world.people[person]),
        **more,
    }


def of(rows: Mapping[str, str], person: str = "", **more: Any) -> Callable[[Case], Mapping[str, Any]]:
    """Ids of rows of the world, by variable; and of somebody beside them."""

    def given(case: Case) -> Mapping[str, Any]:
        beside = {"personId": id_of(case.world.people[person])} if person else {}
        return {name: id_of(getattr(case.world, row)) for name, row in rows.items()} | beside | more

    return given


def becomes(value: Any) -> Callable[[World], Any]:
    return lambda _world: value


def school_a(world: World) -> models.School:
    return world.school_a
