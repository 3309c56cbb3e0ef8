"""That nothing of the contract is without a rule, and no rule is forgotten."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    visit,
)

import schema
from tests.personas import PERSONAS
from tests.policy.coverage import DONE_IN_PART, FIELDS, WITHOUT_OPERATION
from tests.policy.decisions import DECISIONS
from tests.policy.matrix import MATRIX, expected
from tests.policy.probes import Probe
from tests.policy.requests import PROBES

CONTRACT = build_schema(Path(schema.__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
TESTED = {probe.row for probe in PROBES}
IDS = [probe.id for probe in PROBES]
NAMED = {
    (f"{type_}.{field}", row) for type_, rows in FIELDS.items() for row, fields in rows.items() for field in fields
}
LATER = [row for rows in WITHOUT_OPERATION.values() for row in rows.split()]


def _offered(contract: GraphQLSchema) -> set[str]:
    """Every field of every object type."""
    types = [type_ for type_ in contract.type_map.values() if isinstance(type_, GraphQLObjectType)]
    return {f"{type_.name}.{field}" for type_ in types if not type_.name.startswith("__") for field in type_.fields}


class _Asked(Visitor):
    """Collects the fields of object types that a document asks for, and of those that an interface may be."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self._types = types

    def enter_field(self, node: object, *_: object) -> None:
        parent, field = self._types.get_parent_type(), self._types.get_field_def()
        if isinstance(parent, GraphQLObjectType) and field is not None:
            self.fields.add(f"{parent.name}.{node.name.value}")  # type: ignore[attr-defined]


def _asked() -> set[tuple[str, str]]:
    asked: set[tuple[str, str]] = set()
    for probe in PROBES:
        if isinstance(probe, Probe):
            types = TypeInfo(CONTRACT)
            fields = _Asked(types)
            visit(parse(probe.document), TypeInfoVisitor(types, fields))
            asked |= {(field, probe.row) for field in fields.fields}
    return asked


def test_every_field_of_the_contract_names_its_rows_and_every_name_is_a_field() -> None:
    assert sorted({field for field, _ in NAMED} ^ _offered(CONTRACT)) == []


def test_every_field_is_asked_by_a_request_of_the_rows_that_it_names() -> None:
    assert sorted(NAMED - _asked()) == []


def test_every_row_is_either_tested_or_listed_with_a_reason() -> None:
    assert sorted(TESTED & set(LATER)) == []
    assert sorted(set(MATRIX) ^ (TESTED | set(LATER))) == []
    assert len(LATER) == len(set(LATER))
    assert set(DONE_IN_PART) <= TESTED


def test_every_probe_has_a_name_of_its_own() -> None:
    assert sorted(IDS) == sorted(set(IDS))


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_differs_from_each_cell_that_it_replaces(name: str) -> None:
    decision = DECISIONS[name]

    for probe in decision.probes:
        assert probe in IDS
        for persona, cell in decision.cells.items():
            assert persona in PERSONAS
            assert expected(probe, persona) == cell, "another decision is about the same cell"
            assert MATRIX[probe.partition(".")[0]].cells[persona] != cell
