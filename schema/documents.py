"""Documents and operations: parsed, validated and judged once, then run.

Strawberry makes the schema; its runner of extensions is left out, since nothing of it is used and it costs as much as
a small query (docs/decisions/0003). HTTP and WebSocket run operations through the same two functions.
"""

# graphql-core's wrapping types and functions are generic without parameters:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    execute,
    parse,
    validate,
    visit,
)
from graphql.execution.execute import create_source_event_stream, execute_subscription_event
from graphql.execution.executor import Executor

from schema import graphql_schema
from schema.answers import Answer
from schema.errors import formatted
from schema.execution import CompiledExecutor
from schema.following import Following
from schema.info import Request
from schema.limits import PARSE_OPTIONS, check
from schema.recent import Recent

Response = dict[str, Any]

_GREATEST_KNOWN = 512
_known: Recent["Operation"] = Recent(_GREATEST_KNOWN)


class Invalid(Exception):
    """The document can't be run; the errors say why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("invalid document")
        self.errors = errors

    def response(self) -> Response:
        """Errors and no data: nothing was executed."""
        return {"errors": [formatted(error) for error in self.errors]}


def fault(error: Exception) -> GraphQLError:
    """An error as GraphQL's: with the code that it has, or as our own fault, of which nothing is told."""
    return error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)


@dataclass(slots=True)
class Operation:
    """One operation of a valid document, and the page sizes under which it was found modest enough."""

    document: DocumentNode
    definition: OperationDefinitionNode
    sizes: tuple[str, ...]
    introspects: bool = False
    judged: set[tuple[Any, ...]] = field(default_factory=set[tuple[Any, ...]])

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.definition.operation

    def judge(self, variables: Mapping[str, Any]) -> None:
        """Refuse what asks too much with these variables. Raises Invalid."""
        given = [variables.get(name) for name in self.sizes]
        sizes = tuple([len(value) if isinstance(value, list) else value for value in given])
        try:
            if sizes in self.judged:
                return
            check(self.document, self.definition, graphql_schema, variables)
        except TypeError as error:  # a list or an object in place of a number: execution will say so
            raise Invalid([GraphQLError("Variables of the wrong kind.")]) from error
        except GraphQLError as error:
            raise Invalid([error]) from error
        if len(self.judged) < _GREATEST_KNOWN:
            self.judged.add(sizes)


class _Looking(Visitor):
    """Finds the variables that say how many rows are asked, and questions about the schema itself."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}
        self.introspects = False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """Look at one field."""
        self.introspects = self.introspects or node.name.value in {"__schema", "__type"}
        for argument in node.arguments or ():
            if argument.name.value in {"first", "ids"} and isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None


def prepare(text: str, name: str | None = None) -> Operation:
    """Parse and validate a document, once. Raises Invalid."""
    known = _known.get((text, name))
    if known is not None:
        return known
    try:
        document = parse(text, **PARSE_OPTIONS)
    except GraphQLError as error:
        raise Invalid([error]) from error
    definition = _choose(document, name)
    for node in document.definitions:  # before the rules run: they look at all operations, some of them slowly
        if isinstance(node, OperationDefinitionNode):
            Operation(document, node, ()).judge({})
    errors = validate(graphql_schema, document, hide_suggestions=True)
    if errors:
        raise Invalid([_of_document(error) for error in errors])
    looking = _Looking()
    visit(document, looking)
    operation = Operation(document, definition, tuple(looking.names), looking.introspects)
    _known.keep((text, name), operation)
    return operation


def _of_document(error: GraphQLError) -> GraphQLError:
    """An error of validation. A literal on which Python itself stumbled is the document's fault as well."""
    if error.original_error is None:
        return error
    return GraphQLError("A value can't be understood.", error.nodes)


def _choose(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    for node in operations:
        if (name is None and len(operations) == 1) or (name is not None and node.name and node.name.value == name):
            return node
    told = "Say which operation to run." if name is None else "There is no operation of that name."
    raise Invalid([GraphQLError(told)])


def _how(operation: Operation, variables: Mapping[str, Any], request: Request) -> dict[str, Any]:
    name = operation.definition.name
    return {
        "context_value": request,
        "variable_values": dict(variables),
        "operation_name": name.value if name else None,
        "hide_suggestions": True,
    }


async def run(operation: Operation, variables: Mapping[str, Any], request: Request) -> Response:
    """Run a query or a mutation. Raises Invalid for variables that do not fit, or a schema that is not told."""
    operation.judge(variables)
    if operation.introspects and not request.may_introspect:
        raise Invalid([GraphQLError("The schema is told to members.", extensions={"code": "FORBIDDEN"})])
    how = _how(operation, variables, request)
    result = execute(graphql_schema, operation.document, executor_class=CompiledExecutor, **how)
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    return _response(result)


async def follow(operation: Operation, variables: Mapping[str, Any], request: Request) -> Following:
    """Begin a subscription: an iterator of its responses as JSON, to be ended by whoever takes them.

    Its events are mapped to responses as graphql-core would, but once for an audience (docs/decisions/0012).
    Raises Invalid for what is refused and for variables that do not fit.
    """
    operation.judge(variables)
    how = _how(operation, variables, request)
    given = how.pop("variable_values")
    executor = CompiledExecutor.build(graphql_schema, operation.document, raw_variable_values=given, **how)
    if isinstance(executor, list):
        raise Invalid(executor)
    source = create_source_event_stream(executor)
    if isawaitable(source):
        source = await source
    if isinstance(source, ExecutionResult):
        raise Invalid(source.errors or [])
    following = cast("Following", source)
    executor.context_value = None  # frames are for all of an audience: whatever asks who this was must fail
    following.telling.write = partial(_write, executor)
    try:
        await following.begin()
    except BaseException:
        following.close()
        raise
    return following


async def _write(executor: Executor[Any], answer: Answer) -> str:
    """The response to one event of a subscription."""
    result = execute_subscription_event(executor.build_per_event_executor(answer))
    if isawaitable(result):
        result = await result
    return orjson.dumps(_response(result)).decode()


def _response(result: ExecutionResult) -> Response:
    """A result for clients. Errors without data and without a path come from before the execution: no data then."""
    errors = result.errors
    if not errors:
        return {"data": result.data}
    if result.data is None and not any(error.path for error in errors):
        raise Invalid(errors)
    return {"data": result.data, "errors": [formatted(error) for error in errors]}
