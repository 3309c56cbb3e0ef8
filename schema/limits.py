"""Limits of a document: what may be asked at once. One pass, each fragment once: no document is slow to judge.

Stock limiters walk fragments without memory, and a document of 700 bytes then takes seconds (security.md 3.1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
)

MAX_SOURCE_LENGTH = 16_384
MAX_TOKENS = 2_000
MAX_FRAGMENTS = 20
MAX_DEPTH = 14
MAX_FIELDS = 400
MAX_COST = 5_000
MAX_ROOT_FIELDS = {OperationType.QUERY: 12, OperationType.MUTATION: 1, OperationType.SUBSCRIPTION: 1}
DEFAULT_PAGE = 20
GREATEST_PAGE = 50

PARSE_OPTIONS: dict[str, Any] = {
    "max_tokens": MAX_TOKENS,
    "max_lexical_tokens": 4_000,
    "max_comments": 50,
    "max_source_length": MAX_SOURCE_LENGTH,
    "allow_empty_selection_sets": False,
}


class TooComplex(GraphQLError):
    """The document asks too much at once."""

    def __init__(self, message: str) -> None:
        super().__init__(message, extensions={"code": "QUERY_TOO_COMPLEX"})


@dataclass(frozen=True, slots=True)
class Tally:
    """What a selection set amounts to, its fragments spread out."""

    fields: int = 0
    depth: int = 0
    cost: int = 0


class _Weighing:
    """One pass over one operation. Fragments are weighed once; a fragment inside itself is refused."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self.fragments = fragments
        self.variables = variables
        self.known: dict[str, Tally | None] = {}

    def selections(self, node: SelectionSetNode | None) -> Tally:
        fields = depth = cost = 0
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                tally = self._field(selection)
            elif isinstance(selection, FragmentSpreadNode):
                tally = self._fragment(selection.name.value)
            else:
                tally = self.selections(getattr(selection, "selection_set", None))
            fields, depth, cost = fields + tally.fields, max(depth, tally.depth), cost + tally.cost
        return Tally(fields, depth, cost)

    def _field(self, node: FieldNode) -> Tally:
        if node.name.value.startswith("__"):  # introspection has a depth rule of its own in graphql-core
            return Tally(1, 1, 1)
        inner = self.selections(node.selection_set)
        return Tally(inner.fields + 1, inner.depth + 1, 1 + self._page(node) * inner.cost)

    def _page(self, node: FieldNode) -> int:
        """How many rows a field can bring: its page size, so far as it has one."""
        if node.name.value in {"edges", "node", "pageInfo"}:
            return 1
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value = argument.value
                size = value.value if isinstance(value, IntValueNode) else None
                if isinstance(value, VariableNode):
                    size = self.variables.get(value.name.value)
                return min(int(size), GREATEST_PAGE) if size is not None and str(size).isdigit() else DEFAULT_PAGE
        return DEFAULT_PAGE if self._is_page(node) else 1

    @staticmethod
    def _is_page(node: FieldNode) -> bool:
        return any(
            isinstance(selection, FieldNode) and selection.name.value == "edges"
            for selection in (node.selection_set.selections if node.selection_set else ())
        )

    def _fragment(self, name: str) -> Tally:
        if name not in self.known:
            self.known[name] = None
            fragment = self.fragments.get(name)
            self.known[name] = self.selections(fragment.selection_set) if fragment else Tally()
        tally = self.known[name]
        if tally is None:
            msg = f"Fragment {name} contains itself."
            raise TooComplex(msg)
        return tally


def check(document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
    """Refuse an operation that asks too much. Raises TooComplex."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    if len(fragments) > MAX_FRAGMENTS:
        msg = f"At most {MAX_FRAGMENTS} fragments."
        raise TooComplex(msg)
    _check_roots(operation)
    tally = _Weighing(fragments, variables).selections(operation.selection_set)
    for what, measured, limit in (
        ("deep", tally.depth, MAX_DEPTH),
        ("large", tally.fields, MAX_FIELDS),
        ("costly", tally.cost, MAX_COST),
    ):
        if measured > limit:
            msg = f"The operation is too {what}: {measured}, and {limit} is the most."
            raise TooComplex(msg)


def _check_roots(operation: OperationDefinitionNode) -> None:
    most = MAX_ROOT_FIELDS[operation.operation]
    selections: Sequence[Any] = operation.selection_set.selections
    if len(selections) > most:
        msg = f"At most {most} root fields in a {operation.operation.value}."
        raise TooComplex(msg)
