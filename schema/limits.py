"""Limits of a document: what may be asked at once. One pass, each fragment once: no document is slow to judge.

Stock limiters walk fragments without memory, and a document of 700 bytes then takes seconds (security.md 3.1).
"""

# graphql-core's wrapping types have no types of their own:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

MAX_SOURCE_LENGTH = 16_384
MAX_TOKENS = 2_000
MAX_FRAGMENTS = 20
MAX_DEPTH = 14
MAX_FIELDS = 400
MAX_COST = 5_000
MAX_REPEATS = MAX_FRAGMENTS
"""How often the same response key may stand in one place: merging them is quadratic work for validation."""
MAX_ROOT_FIELDS = {OperationType.QUERY: 12, OperationType.MUTATION: 1, OperationType.SUBSCRIPTION: 1}
DEFAULT_PAGE = 20
GREATEST_PAGE = 50
LIST = 10
"""For how many rows a list without pages counts, such as the pupils of a group."""

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
    """What a selection set amounts to, its fragments spread out. `keys`: how often each response key stands in it."""

    fields: int = 0
    depth: int = 0
    cost: int = 0
    keys: Mapping[str, int] = field(default_factory=dict[str, int])


class _Weighing:
    """One pass over one operation. A fragment is weighed once per page size around it; one inside itself is refused."""

    def __init__(self, document: DocumentNode, schema: GraphQLSchema, variables: Mapping[str, Any]) -> None:
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.schema = schema
        self.variables = variables
        self.known: dict[tuple[str, int], Tally | None] = {}

    def selections(self, node: SelectionSetNode | None, type_: Any, page: int) -> Tally:
        """Weigh what is asked of a type, on a page of this size. Raises TooComplex as soon as it is too much."""
        fields = depth = cost = 0
        keys: dict[str, int] = {}
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                tally = self._field(selection, type_, page)
            elif isinstance(selection, FragmentSpreadNode):
                tally = self._fragment(selection.name.value, page)
            else:
                assert isinstance(selection, InlineFragmentNode)
                tally = self.selections(selection.selection_set, self._condition(selection) or type_, page)
            fields, depth, cost = fields + tally.fields, max(depth, tally.depth), cost + tally.cost
            for key, times in tally.keys.items():
                keys[key] = keys.get(key, 0) + times
            _check("large", fields, MAX_FIELDS)
            _check("costly", cost, MAX_COST)
        _check("repetitive", max(keys.values(), default=0), MAX_REPEATS)
        return Tally(fields, depth, cost, keys)

    def _condition(self, node: InlineFragmentNode | FragmentDefinitionNode) -> Any:
        return self.schema.type_map.get(node.type_condition.name.value) if node.type_condition else None

    def _field(self, node: FieldNode, type_: Any, page: int) -> Tally:
        name = node.name.value
        definition = getattr(type_, "fields", {}).get(name)  # unknown before validation: then it counts as it stands
        inner_type = None if definition is None else get_named_type(definition.type)
        inner = self.selections(node.selection_set, inner_type, self._page(node))
        keys = {(node.alias or node.name).value: 1}
        if name.startswith("__"):  # introspection has a depth rule of its own in graphql-core
            return Tally(inner.fields + 1, 1, inner.cost + 1, keys)
        times = page if name == "edges" else self._length(node, definition)
        return Tally(inner.fields + 1, inner.depth + 1, 1 + times * inner.cost, keys)

    def _length(self, node: FieldNode, definition: Any) -> int:
        """How many rows a field that is no page can bring."""
        if definition is None or not is_list_type(get_nullable_type(definition.type)):
            return 1
        ids = _argument(node, "ids")
        if ids is None:
            return LIST
        told = self.variables.get(ids.name.value) if isinstance(ids, VariableNode) else getattr(ids, "values", None)
        return len(cast("list[Any]", told)) if isinstance(told, list | tuple) else 1

    def _page(self, node: FieldNode) -> int:
        """How many rows the edges under a field can be."""
        first = _argument(node, "first")
        if isinstance(first, VariableNode):
            return _size(self.variables.get(first.name.value))
        return _size(getattr(first, "value", None))

    def _fragment(self, name: str, page: int) -> Tally:
        if (name, page) not in self.known:
            self.known[name, page] = None
            fragment = self.fragments.get(name)
            tally = self.selections(fragment.selection_set, self._condition(fragment), page) if fragment else Tally()
            self.known[name, page] = tally
        tally = self.known[name, page]
        if tally is None:
            msg = f"Fragment {name} contains itself."
            raise TooComplex(msg)
        return tally


def _argument(node: FieldNode, name: str) -> Any:
    return next((argument.value for argument in node.arguments or () if argument.name.value == name), None)


def _size(value: Any) -> int:
    """A page size as it will be understood; the greatest for what will be refused anyway."""
    if value is None:
        return DEFAULT_PAGE
    text = str(value).removesuffix(".0")
    return min(int(text), GREATEST_PAGE) if len(text) < 4 and text.isascii() and text.isdigit() else GREATEST_PAGE


def _check(what: str, measured: int, limit: int) -> None:
    if measured > limit:
        msg = f"The operation is too {what}: {limit} is the most."
        raise TooComplex(msg)


def check(
    document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema, variables: Mapping[str, Any]
) -> None:
    """Refuse an operation that asks too much. Raises TooComplex."""
    defaults = {
        node.variable.name.value: getattr(node.default_value, "value", None)
        for node in operation.variable_definitions or ()
    }
    weighing = _Weighing(document, schema, defaults | dict(variables))
    if len(weighing.fragments) > MAX_FRAGMENTS:
        msg = f"At most {MAX_FRAGMENTS} fragments."
        raise TooComplex(msg)
    tally = weighing.selections(operation.selection_set, schema.get_root_type(operation.operation), DEFAULT_PAGE)
    _check("deep", tally.depth, MAX_DEPTH)
    most = MAX_ROOT_FIELDS[operation.operation]
    if sum(tally.keys.values()) > most:
        msg = f"At most {most} root fields in a {operation.operation.value}."
        raise TooComplex(msg)
