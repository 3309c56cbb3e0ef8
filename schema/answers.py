"""Answers: objects that name rows by key, filled in by reading what the client asks of those rows.

A root field, a payload and a frame of a feed all answer the same way: `Ref("Post", key)` stands for a row, and `fill`
reads all rows of one kind that are asked alike in one statement, through the viewer's rights. What the viewer may
not see becomes null.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from graphql import GraphQLObjectType, get_named_type
from graphql.execution.collect_fields import FieldDetails

from resolvers.context import Context
from resolvers.reading import Plan, read
from resolvers.views import VIEWS
from schema.info import Info, ResolveInfo, resolve_info
from schema.selection import plan_for, python_name, subfields


@dataclass(frozen=True, slots=True)
class Ref:
    """A row, by its view and key."""

    view: str
    key: UUID


class Answer:
    """An object of the given type. Relations among its values are filled in per response key, others stay as given."""

    errors: Sequence[object]
    """Of a payload: why not."""

    def __init__(self, typename: str, *, needs: str | None = None, **values: Any) -> None:
        """`needs` names a relation without which the answer is nothing: it is left out of its list then."""
        self.typename = typename
        self.needs = needs
        self.is_nothing = False
        self.values = values
        self.__dict__.update(values)


async def row(info: Info, ref: Ref) -> Any:
    """Read the row of a root field; None when the viewer does not see it."""
    raw = resolve_info(info)
    return (await rows(raw, info.context.context, [FieldDetails(node, None) for node in raw.field_nodes], [ref]))[0]


async def rows(
    info: ResolveInfo, context: Context, details: list[FieldDetails], refs: Sequence[Ref | None]
) -> list[Any]:
    """Read rows for one response key, in the order of the refs: one statement per view among them."""
    keys: dict[str, list[UUID]] = {}
    for ref in refs:
        if ref is not None:
            keys.setdefault(ref.view, []).append(ref.key)
    found: dict[tuple[str, UUID], Any] = {}
    for view, wanted in keys.items():
        plan, values = plan_for(info, cast("GraphQLObjectType", info.schema.type_map[view]), details)
        read_rows = await read(context, plan, list(dict.fromkeys(wanted)), values)
        found |= {(view, key): value for key, value in read_rows.items()}
    return [None if ref is None else found.get((ref.view, ref.key)) for ref in refs]


def plans(info: ResolveInfo, typename: str) -> list[tuple[Plan, dict[str, Any]]]:
    """All plans by which an answer of this type may be filled, whatever it holds, with the values of their arguments.

    What such an answer shows depends on these, on the rows that it names, and on nothing else.
    """
    return list(_plans(info, typename, [FieldDetails(node, None) for node in info.field_nodes]))


def _plans(info: ResolveInfo, typename: str, details: list[FieldDetails]) -> Iterator[tuple[Plan, dict[str, Any]]]:
    type_ = cast("GraphQLObjectType", info.schema.type_map[typename])
    if typename in VIEWS:
        yield plan_for(info, type_, details)
        return
    for fields in subfields(info, type_, details).values():
        definition = type_.fields.get(fields[0].node.name.value)
        if definition is not None and definition.extensions["strawberry-definition"].metadata.get("branch"):
            target = cast("GraphQLObjectType", get_named_type(definition.type))
            yield from _plans(info, target.name, fields)


async def fill_with(info: ResolveInfo, context: Context, answer: Answer) -> Answer:
    """Read all that is asked of the answer of a root field, with the rights of this context."""
    await _fill(info, context, [FieldDetails(node, None) for node in info.field_nodes], [answer])
    return answer


async def _fill(info: ResolveInfo, context: Context, details: list[FieldDetails], answers: Sequence[Answer]) -> None:
    """Fill answers of one type, which are asked alike."""
    if not answers:
        return
    type_ = cast("GraphQLObjectType", info.schema.type_map[answers[0].typename])
    for key, fields in subfields(info, type_, details).items():
        definition = type_.fields.get(fields[0].node.name.value)
        if definition is None:
            continue
        if definition.extensions["strawberry-definition"].metadata.get("branch"):
            await _fill_branch(info, context, fields, f"r_{key}", python_name(definition), answers)


async def _fill_branch(
    info: ResolveInfo,
    context: Context,
    fields: list[FieldDetails],
    slot: str,
    name: str,
    answers: Sequence[Answer],
) -> None:
    """Fill one relation of several answers, whether it is one or a list of refs or of further answers."""
    values = [answer.values.get(name) for answer in answers]
    lists: list[list[Any]] = [value if isinstance(value, list) else [value] for value in values]
    flat = [item for items in lists for item in items]
    if any(isinstance(item, Answer) for item in flat):
        filled = [copy(item) for item in flat]  # the same answer may be asked twice, differently
        await _fill(info, context, fields, [item for item in filled if item is not None])
    else:
        filled = await rows(info, context, fields, flat)
    remaining = iter(filled)
    for answer, value, items in zip(answers, values, lists, strict=True):
        own = [next(remaining) for _ in items]
        answer.is_nothing = answer.is_nothing or (answer.needs == name and own == [None])
        shown = [item for item in own if not getattr(item, "is_nothing", False)]
        setattr(answer, slot, shown if isinstance(value, list) else own[0])
