"""What is compiled and what never is, in a small contract made for it; and that faults in rows are told alike."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from types import SimpleNamespace as Row
from typing import Any
from uuid import UUID

import orjson
import pytest
import strawberry
from graphql import ExecutionResult, execute, parse, validate
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission

from schema.nodes import relation
from tests.execution.twins import Stock, Watched

KEY = UUID(int=7)


class Never(BasePermission):
    message = "Not for you."

    def has_permission(self, *_: Any, **_more: Any) -> bool:
        return False


class Loud(FieldExtension):
    def resolve(self, next_: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        return str(next_(source, info, **arguments)).upper()


@strawberry.enum
class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@strawberry.interface
class Named:
    name: str

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return getattr(value, "typename", None) == cls.__name__


@strawberry.type
class Leaf(Named):
    weight: int | None


@strawberry.type
class Branch(Named):
    size: Size
    leaves: list[Leaf] = relation()
    rare: list[Leaf | None] | None = relation()
    tip: Leaf = relation()
    bud: Leaf | None = relation()
    words: list[str]
    secret: str | None = strawberry.field(permission_classes=[Never])
    loud: str = strawberry.field(extensions=[Loud()])
    key: UUID

    @strawberry.field
    def shout(self) -> str:
        return f"{self.name}!"

    @strawberry.field
    async def later(self) -> str:
        return f"{self.name}, later"


@strawberry.type
class Query:
    @strawberry.field(graphql_type=Branch | None)
    def branch(self, info: strawberry.Info) -> object:
        return info.context

    @strawberry.field(graphql_type=Branch)
    def needed(self, info: strawberry.Info) -> object:
        return info.context

    @strawberry.field(graphql_type=list[Named | None])
    def all(self, info: strawberry.Info) -> object:
        return [info.context, None, leaf("Extra")]


SCHEMA = strawberry.Schema(query=Query, types=[Leaf, Branch])._schema


def leaf(name: str | None = "Blad", **more: Any) -> Row:
    return Row(typename="Leaf", name=name, **({"weight": 5} | more))


def branch(**more: Any) -> Row:
    usual = {
        "typename": "Branch", "name": "Tak", "size": "large", "r_leaves": [leaf("Een"), leaf("Twee")],
        "r_rare": [leaf(), None], "r_tip": leaf("Top"), "r_bud": None, "words": ["a", "b"],
        "secret": "hush", "loud": "hi", "key": KEY,
    }  # fmt: skip
    return Row(**(usual | more))


async def _run(document: str, row: Row, executor: type[Stock]) -> bytes:
    parsed = parse(document)
    assert validate(SCHEMA, parsed) == []
    result = execute(SCHEMA, parsed, context_value=row, executor_class=executor)
    if not isinstance(result, ExecutionResult):
        result = await result
    return orjson.dumps(
        {"data": result.data, "errors": [error.formatted for error in result.errors or ()]}, default=str
    )


async def both(document: str, row: Row) -> tuple[dict[str, Any], bool]:
    """What both executors answer, and whether a compiled writer wrote it."""
    Watched.roots = Watched.below = 0
    answer = await _run(document, row, Watched)
    is_compiled = Watched.below == 0
    assert answer == await _run(document, row, Stock)
    return orjson.loads(answer), is_compiled


PLAIN = "__typename name size words leaves { name weight } rare { name } tip { __typename name } bud { name }"


async def test_plain_attributes_and_relations_are_compiled() -> None:
    answer, is_compiled = await both(f"{{ branch {{ {PLAIN} }} needed {{ name }} all {{ name }} }}", branch())

    assert is_compiled
    assert answer["errors"] == []
    assert answer["data"]["branch"]["size"] == "LARGE"
    assert answer["data"]["branch"]["rare"] == [{"name": "Blad"}, None]
    assert answer["data"]["all"] == [{"name": "Tak"}, None, {"name": "Extra"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [("shout", "Tak!"), ("later", "Tak, later"), ("loud", "HI"), ("secret", None), ("key", str(KEY))],
)
async def test_a_field_with_code_of_its_own_is_never_compiled(field: str, value: Any) -> None:
    """A resolver, an asynchronous one, an extension, a permission, a scalar that has to be written."""
    _, is_compiled = await both("{ branch { name } }", branch())
    assert is_compiled

    for document, place in (
        (f"{{ branch {{ name {field} }} }}", ["branch"]),
        (f"{{ branch {{ ... on Branch {{ name {field} }} }} }}", ["branch"]),
        (f"{{ all {{ name ...F }} }} fragment F on Branch {{ {field} }}", ["all", 0]),
    ):
        answer, is_compiled = await both(document, branch())

        assert not is_compiled, document
        told: Any = answer["data"]
        for step in place:
            told = told[step]
        assert told[field] == value
        assert [error["message"] for error in answer["errors"]] == (["Not for you."] if field == "secret" else [])


async def test_one_root_field_that_can_not_be_compiled_leaves_the_others_compiled() -> None:
    async def completed_below(document: str) -> int:
        Watched.below = 0
        await _run(document, branch(), Watched)
        return Watched.below

    answer, is_compiled = await both(f"{{ branch {{ shout }} needed {{ {PLAIN} }} }}", branch())

    assert not is_compiled
    assert answer["data"]["branch"] == {"shout": "Tak!"}
    shout = await completed_below("{ branch { shout } }")
    assert shout == await completed_below(f"{{ branch {{ shout }} needed {{ {PLAIN} }} }}")


def faults() -> Iterator[tuple[str, Row]]:
    """Rows with something wrong in them: a null where none may be, a word that is none, nothing at all."""
    yield "a name", branch(name=None)
    yield "a size", branch(size=None)
    yield "another size", branch(size="huge")
    yield "words", branch(words=None)
    yield "a word", branch(words=["a", None])
    yield "leaves", branch(r_leaves=None)
    yield "a leaf", branch(r_leaves=[leaf(), None, leaf()])
    yield "a leaf's name", branch(r_leaves=[leaf(), leaf(None)])
    yield "a rare leaf's name", branch(r_rare=[leaf(None), leaf(), leaf(None)])
    yield "the tip", branch(r_tip=None)
    yield "the tip's name", branch(r_tip=leaf(None))
    yield "the bud's name", branch(r_bud=leaf(None))
    missing = branch()
    del missing.r_tip
    yield "no tip at all", missing
    yield "no list", branch(r_leaves=5)


@pytest.mark.parametrize(("what", "row"), list(faults()), ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("root", ["branch", "needed"])
async def test_a_fault_in_a_row_is_told_alike_and_nulls_spread_alike(what: str, row: Row, root: str) -> None:
    sound, is_compiled = await both(f"{{ {root} {{ {PLAIN} }} }}", branch())
    assert is_compiled
    assert sound["errors"] == []

    answer, is_compiled = await both(f"{{ {root} {{ {PLAIN} }} }}", row)

    assert not is_compiled, what
    assert answer["errors"], what
    for error in answer["errors"]:
        assert error["path"][0] == root
    if "rare" in what or "bud" in what:
        assert answer["data"][root]["name"] == "Tak", "a null stays where it may be"
    else:
        assert answer["data"] == ({"branch": None} if root == "branch" else None)


async def test_a_fault_beside_what_is_sound_is_told_alike() -> None:
    answer, _ = await both(f"{{ all {{ name ... on Branch {{ {PLAIN} }} }} branch {{ name }} }}", branch(r_tip=None))

    assert answer["data"] == {"all": [None, None, {"name": "Extra"}], "branch": {"name": "Tak"}}
    assert [error["path"] for error in answer["errors"]] == [["all", 0, "tip"]]


async def test_a_row_of_no_known_type_is_told_alike() -> None:
    answer, is_compiled = await both("{ all { name } }", branch(typename="Root"))

    assert not is_compiled
    assert answer["data"]["all"] == [None, None, {"name": "Extra"}]
