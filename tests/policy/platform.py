"""What belongs to no area: rows NOD and OPS."""

from typing import Any
from uuid import uuid4

from resolvers.ids import public_id
from tests.factories import id_of
from tests.policy.probes import Case, Get, Read, always


def _rows_in_a1(case: Case) -> list[str]:
    """One of everything in A1 that has an id."""
    world = case.world
    rows = (
        world.a1,
        world.own_child,
        world.posts["group"],
        world.comments["own"],
        world.absences["own"],
        world.people["guardian_in_group"],
    )
    return [id_of(row) for row in rows]


def _without_nodes(case: Case) -> list[str]:
    """Ids as they would be if these had any: keys that exist, under names that are no kind of node."""
    world = case.world
    kinds = {"session": uuid4(), "audit": uuid4(), "guardianship": world.own_child.id, "membership": case.me.id}
    return [public_id(kind, key) for kind, key in kinds.items()]


def _found(answers: Any) -> list[str | None]:
    return [answer and answer["id"] for answer in answers]


NODES = (
    Read(
        row="NOD-01",
        document="query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
        variables=lambda case: {"ids": _rows_in_a1(case)},
        target=("ids",),
        shows=_found,
        allowed=_rows_in_a1,
    ),
    Read(
        row="NOD-02",
        document="query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
        variables=lambda case: {"ids": _without_nodes(case)},
        target=("ids",),
        shows=_found,
        allowed=_without_nodes,
    ),
)

PLATFORM = (
    Read(
        row="OPS-01",
        document="{ __schema { queryType { name } } }",
        variables=always({}),
        shows=lambda schema: schema["queryType"]["name"],
        allowed=always("Query"),
        in_production=True,
    ),
)

PAGES = (Get(row="OPS-02", path="/health/live"), Get(row="OPS-03", path="/metrics"))
