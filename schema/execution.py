"""Running operations: documents are parsed, judged and validated once; loaded data is written by a compiled function.

The executor is graphql-core's own. When a root field has its value, and all that is asked of it are plain attributes
of rows, one function that was compiled for this selection writes the answer. Anything it does not know, and any
error, goes to the stock code, so messages, paths and the propagation of nulls are graphql-core's. A differential test
holds both against each other, byte by byte (tests/execution). It relies on private parts of graphql-core, whose
version is pinned.
"""

# graphql-core's wrapping types and functions are generic without parameters:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Callable
from typing import Any, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental

from schema.info import ResolveInfo
from schema.recent import Recent
from schema.selection import python_name, subfields, switches

Write = Callable[[Any], Any]


class NotCompilable(Exception):
    """The selection holds something that only the stock executor knows."""


class CompiledExecutor(ExecutorThrowingOnIncremental):
    """Completes root fields with compiled writers where it can."""

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: list[FieldDetails],
        info: ResolveInfo,
        path: Any,
        result: Any,
        position_context: Any,
    ) -> Any:
        if path.prev is None and result is not None and not isinstance(result, Exception):
            write = writer_for(info, return_type, field_details_list)
            if write is not None:
                try:
                    return write(result)
                except Exception:  # noqa: BLE001, S110 — the stock code meets the same thing, and says it properly
                    pass
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


_known = Recent[tuple[Any, Write | None]](1024)


def writer_for(info: ResolveInfo, return_type: GraphQLOutputType, details: list[FieldDetails]) -> Write | None:
    """The compiled writer of a root field, None when it can't be. Kept with its nodes: their ids stay apart."""
    key = (*[id(detail.node) for detail in details], switches(info))
    known = _known.get(key)
    if known is not None:
        return known[1]
    try:
        write = Compiler(info).value(return_type, details)
    except NotCompilable:
        write = None
    _known.keep(key, ([detail.node for detail in details], write))
    return write


class Compiler:
    """Compiles what is asked of a value into a function that writes it as dicts, lists and leaves.

    All names in the generated source come from the schema or are numbered; response keys appear through `repr` alone
    or behind a prefix.
    """

    def __init__(self, info: ResolveInfo) -> None:
        self.info = info
        self.names: dict[str, Any] = {"missing": _missing}

    def value(self, type_: GraphQLOutputType, details: list[FieldDetails]) -> Write:
        """A function that completes one value of the type."""
        expression = self._expression(type_, details, "v")
        return self._function(f"return {expression}", "v")

    def _function(self, body: str, argument: str) -> Write:
        scope = self.names
        name = f"write_{len(scope)}"
        exec(f"def {name}({argument}):\n {body}", scope)  # noqa: S102 — see the class
        return cast("Write", scope[name])

    def _name(self, value: Any) -> str:
        name = f"n{len(self.names)}"
        self.names[name] = value
        return name

    def _expression(self, type_: GraphQLOutputType, details: list[FieldDetails], source: str) -> str:
        """Source that completes `source`, which is evaluated once."""
        if is_non_null_type(type_):
            inner = self._present(type_.of_type, details, "x")
            return f"({inner} if (x := {source}) is not None else missing())"
        inner = self._present(type_, details, "x")
        return source if inner == "x" else f"({inner} if (x := {source}) is not None else None)"

    def _present(self, type_: GraphQLOutputType, details: list[FieldDetails], source: str) -> str:
        """Source that completes a value known not to be None."""
        if is_list_type(type_):
            return f"[{self._name(self._item(type_.of_type, details))}(i) for i in {source}]"
        if is_leaf_type(type_):
            return self._leaf(type_, source)
        if is_abstract_type(type_):
            possible = self.info.schema.get_possible_types(type_)
            writers = self._name({one.name: self._object(one, details) for one in possible})
            return f"{writers}[{source}.typename]({source})"
        return f"{self._name(self._object(cast('GraphQLObjectType', type_), details))}({source})"

    def _item(self, type_: GraphQLOutputType, details: list[FieldDetails]) -> Write:
        """A function for the items of a list. For objects that can't be null it is their own: a None fails in it."""
        if is_non_null_type(type_) and is_object_type(type_.of_type):
            return self._object(type_.of_type, details)
        return self.value(type_, details)

    def _leaf(self, type_: Any, source: str) -> str:
        """Rows hold what the columns hold; text, numbers and truth values are written as they are."""
        if isinstance(type_, GraphQLEnumType):
            words = {getattr(word.value, "value", word.value): name for name, word in type_.values.items()}
            return f"{self._name(words)}[{source}]"
        if type_ in _AS_THEY_ARE or type_.name in {"DateTime", "Date"}:
            return source
        raise NotCompilable

    def _object(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Write:
        entries: list[str] = []
        for key, fields in subfields(self.info, type_, details).items():
            name = fields[0].node.name.value
            if name == "__typename":
                entries.append(f"{key!r}: {type_.name!r}")
                continue
            definition = type_.fields.get(name)
            if definition is None:
                raise NotCompilable
            source = f"v.{_attribute(definition, key)}"
            entries.append(f"{key!r}: {self._expression(definition.type, fields, source)}")
        return self._function(f"return {{{', '.join(entries)}}}", "v")


_AS_THEY_ARE = frozenset({GraphQLString, GraphQLID, GraphQLInt, GraphQLBoolean, GraphQLFloat})


def _attribute(definition: GraphQLField, key: str) -> str:
    """Where the value of a field stands in its row."""
    own = definition.extensions.get("strawberry-definition")
    if own is None or own.extensions or own.permission_classes:
        raise NotCompilable
    if own.metadata.get("branch"):
        return f"r_{key}"
    if getattr(definition.resolve, "_is_default", False):
        return python_name(definition)
    raise NotCompilable


def _missing() -> Any:
    """A null where none may be: the stock executor says where."""
    raise NotCompilable
