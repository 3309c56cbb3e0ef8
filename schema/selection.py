"""From a GraphQL selection to plain data: what is asked of which view, and with which arguments.

The walk over the document happens once per field node and set of given arguments; after that a request only
evaluates its arguments.
"""

# graphql-core's wrapping types and functions are generic without parameters:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLID,
    GraphQLObjectType,
    get_named_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import get_argument_values

from resolvers.errors import BadInput
from resolvers.ids import key_of
from resolvers.reading import Plan, plan
from resolvers.records import read_cursor
from resolvers.views import VIEWS, Branch, Connection, Selection
from schema.info import ResolveInfo
from schema.inputs import searched
from schema.limits import DEFAULT_PAGE, GREATEST_PAGE
from schema.recent import Recent

Subfields = Mapping[str, list[FieldDetails]]


class Place(NamedTuple):
    """A relation with arguments somewhere in the selection."""

    path: str
    paged: bool
    definition: GraphQLField
    node: FieldNode


@dataclass(slots=True)
class _Asked:
    """A selection before its arguments are known. Holds its nodes, so that their identity stays their own."""

    nodes: list[FieldNode]
    places: list[Place] = field(default_factory=list[Place])
    plans: dict[tuple[tuple[str, ...], ...], Plan] = field(default_factory=dict[tuple[tuple[str, ...], ...], Plan])


_known = Recent[_Asked](2048)


def python_name(definition: GraphQLField) -> str:
    """The name of a field in the views."""
    return cast("str", definition.extensions["strawberry-definition"].python_name)


def switches(info: ResolveInfo) -> tuple[tuple[str, bool], ...]:
    """The values that @skip and @include can depend on."""
    coerced = info.variable_values.coerced
    return tuple((name, value) for name, value in coerced.items() if value is True or value is False) if coerced else ()


def subfields(info: ResolveInfo, type_: GraphQLObjectType, details: list[FieldDetails]) -> Subfields:
    """The fields asked of an object, by response key, with fragments and @skip and @include applied."""
    fragments = {name: FragmentDetails(definition) for name, definition in info.fragments.items()}
    return collect_subfields(
        info.schema, fragments, info.variable_values, info.operation, type_, details
    ).grouped_field_set


def plan_for(info: ResolveInfo, type_: GraphQLObjectType, details: list[FieldDetails]) -> tuple[Plan, dict[str, Any]]:
    """The plan that reads what is asked of rows of a type, and the values of its arguments. Raises BadInput."""
    key = (*[id(detail.node) for detail in details], type_.name, switches(info))
    asked = _known.get(key)
    if asked is None:
        asked = _Asked([detail.node for detail in details])
        _find_places(info, type_, details, "", asked.places)
        _known.keep(key, asked)
    values: dict[str, Any] = {}
    pattern = tuple([_evaluate(place, info, values) for place in asked.places])
    compiled = asked.plans.get(pattern)
    if compiled is None:
        given = {place.path: names for place, names in zip(asked.places, pattern, strict=True)}
        compiled = asked.plans[pattern] = plan(_select(info, type_, details, "", given))
    return compiled, values


def _evaluate(place: Place, info: ResolveInfo, values: dict[str, Any]) -> tuple[str, ...]:
    """Bind the arguments of one place; answers the names of those that are given."""
    arguments = get_argument_values(place.definition, place.node, info.variable_values)
    given: list[str] = []
    if place.paged:
        values[f"{place.path}limit"] = _page_size(arguments.pop("first", None)) + 1
    for name, value in arguments.items():
        if value is None:
            continue
        argument = place.definition.args[name]
        own_name = cast("str", argument.extensions["strawberry-definition"].python_name)
        given.append(own_name)
        if own_name == "after":
            values[f"{place.path}after.0"], values[f"{place.path}after.1"] = read_cursor(value)
        elif get_named_type(argument.type) is GraphQLID:
            values[f"{place.path}{own_name}"] = key_of(own_name.removesuffix("_id"), value)
        else:
            values[f"{place.path}{own_name}"] = _words(value) if isinstance(value, str) else value
    return tuple(given)


def _words(text: str) -> str:
    try:
        return searched(text)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _page_size(first: int | None) -> int:
    if first is None:
        return DEFAULT_PAGE
    if not 1 <= first <= GREATEST_PAGE:
        msg = f"first must be from 1 to {GREATEST_PAGE}."
        raise BadInput(msg)
    return first


def _find_places(
    info: ResolveInfo, type_: GraphQLObjectType, details: list[FieldDetails], path: str, places: list[Place]
) -> None:
    view = VIEWS[type_.name]
    for key, fields in subfields(info, type_, details).items():
        definition = type_.fields.get(fields[0].node.name.value)
        relation = None if definition is None else view.relations.get(python_name(definition))
        if definition is None or relation is None:
            continue
        paged = isinstance(relation, Connection)
        if definition.args:
            places.append(Place(f"{path}{key}.", paged, definition, fields[0].node))
        for target, inner in _targets(info, definition, fields, paged=paged):
            _find_places(info, target, inner, f"{path}{key}.", places)


def _targets(
    info: ResolveInfo, definition: GraphQLField, fields: list[FieldDetails], *, paged: bool
) -> list[tuple[GraphQLObjectType, list[FieldDetails]]]:
    """The type that a relation leads to, and the nodes that say what is asked of it: through edges, when paged."""
    target = cast("GraphQLObjectType", get_named_type(definition.type))
    if not paged:
        return [(target, fields)]
    edges = _named(info, target, fields, "edges")
    edge = cast("GraphQLObjectType", get_named_type(target.fields["edges"].type))
    node = cast("GraphQLObjectType", get_named_type(edge.fields["node"].type))
    nodes = _named(info, edge, edges, "node") if edges else []
    return [(node, nodes)] if nodes else []


def _named(info: ResolveInfo, type_: GraphQLObjectType, details: list[FieldDetails], name: str) -> list[FieldDetails]:
    """The nodes of a field that may be asked once. Raises BadInput when it is asked under two names.

    A page is read once: two views of the same edges could ask the same relation with different arguments.
    """
    found = [f for f in subfields(info, type_, details).values() if f[0].node.name.value == name]
    if len(found) > 1:
        msg = f"Ask {name} once in a connection."
        raise BadInput(msg)
    return found[0] if found else []


def _select(
    info: ResolveInfo,
    type_: GraphQLObjectType,
    details: list[FieldDetails],
    path: str,
    given: Mapping[str, tuple[str, ...]],
) -> Selection:
    view = VIEWS[type_.name]
    plain: list[str] = []
    branches: list[Branch] = []
    for key, fields in subfields(info, type_, details).items():
        definition = type_.fields.get(fields[0].node.name.value)
        if definition is None:  # __typename
            continue
        name = python_name(definition)
        relation = view.relations.get(name)
        if relation is None:
            plain.append(name)
            continue
        paged = isinstance(relation, Connection)
        inner = _targets(info, definition, fields, paged=paged)
        selection = _select(info, *inner[0], f"{path}{key}.", given) if inner else Selection(relation.to)
        cursors = paged and _asks_cursors(info, definition, fields)
        branches.append(Branch(key, name, given.get(f"{path}{key}.", ()), selection, cursors))
    return Selection(view.name, tuple(dict.fromkeys(plain)), tuple(branches))


def _asks_cursors(info: ResolveInfo, definition: GraphQLField, fields: list[FieldDetails]) -> bool:
    page = cast("GraphQLObjectType", get_named_type(definition.type))
    edge = cast("GraphQLObjectType", get_named_type(page.fields["edges"].type))
    edges = _named(info, page, fields, "edges")
    return bool(edges) and bool(_named(info, edge, edges, "cursor"))
