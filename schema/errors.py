"""How refusals and faults are told to clients.

A refusal becomes a UserError in the payload of its mutation: `tell_refusals` does that in one place, for all of them.
Whatever else goes wrong is an error of GraphQL with a code; what is our own fault says nothing but that.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, cast

import strawberry
import structlog
from graphql import GraphQLError, GraphQLField, GraphQLObjectType, get_named_type
from strawberry.exceptions import StrawberryException
from strawberry.pydantic.error import InputValidationError

from models import Locale
from models.database import DatabaseUnavailable
from resolvers.errors import BadInput, Code, Refused, Unauthenticated, message
from schema.answers import Answer, fill_with
from schema.info import Request, ResolveInfo
from schema.selection import python_name

log = structlog.get_logger()

strawberry.enum(Code, name="UserErrorCode", description="What kind of refusal it is, for programs.")


@strawberry.type(description="A refusal that the caller can act on.")
class UserError:
    code: Code = strawberry.field(description="What kind of refusal it is.")
    message: str = strawberry.field(description="For people, in the viewer's language.")
    path: list[str] = strawberry.field(
        description='The part of the input that it is about, for example ["input", "endsAt"].'
    )
    possible_from: date | None = strawberry.field(
        description="The first day on which it is possible, where the calendar is what refuses."
    )
    missing: int | None = strawberry.field(description="How many are too few, where a number is what refuses.")


_PYDANTIC = {
    "string_too_long": Code.TOO_LONG,
    "too_long": Code.TOO_MANY,
    "string_too_short": Code.REQUIRED,
    "too_short": Code.REQUIRED,
    "missing": Code.REQUIRED,
}
"""Kinds of invalid input as pydantic names them; all others are INVALID."""


def _refusals(error: Refused | InputValidationError) -> list[Refused]:
    if isinstance(error, Refused):
        return [error]
    return [
        Refused(_PYDANTIC.get(one.type, Code.INVALID), *[str(part) for part in one.location[1:]])
        for one in error.errors
    ]


def tell_refusals(mutation: GraphQLObjectType) -> None:
    """Make every mutation answer its payload: filled with what is asked, or with the refusal."""
    for definition in mutation.fields.values():
        assert definition.resolve is not None
        payload = cast("GraphQLObjectType", get_named_type(definition.type))
        definition.resolve = _telling(definition.resolve, payload)


def _telling(resolve: Callable[..., Any], payload: GraphQLObjectType) -> Callable[..., Any]:
    nothing: dict[str, Any] = {python_name(field): _nothing(field) for field in payload.fields.values()}

    async def telling(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        request: Request = info.context
        try:
            answer: Answer = await resolve(source, info, **arguments)
            answer.errors = []
        except (Refused, InputValidationError) as error:
            viewer = request.context.viewer
            locale = viewer.locale if viewer else Locale.NL
            answer = Answer(payload.name, **nothing)
            answer.errors = [
                UserError(
                    code=one.code,
                    message=message(one.code, locale, one.day, one.count),
                    path=list(one.path),
                    possible_from=one.day,
                    missing=one.count,
                )
                for one in _refusals(error)
            ]
        return await fill_with(info, request.context, answer)

    return telling


def _nothing(field: GraphQLField) -> bool | None:
    """What stands in a field of a payload that was refused."""
    kind = cast("object", field.type)
    return False if str(kind) == "Boolean!" else None


def code_of(error: GraphQLError) -> str:
    """The code of an error for programs; INTERNAL for what is our own fault."""
    cause = error.original_error
    if "code" in (error.extensions or {}):
        return str((error.extensions or {})["code"])
    if isinstance(cause, Unauthenticated):
        return "UNAUTHENTICATED"
    if isinstance(cause, DatabaseUnavailable):
        return "UNAVAILABLE"
    if cause is None or isinstance(cause, BadInput | GraphQLError | StrawberryException):
        return "BAD_USER_INPUT"
    return "INTERNAL"


_WORDS = {
    "UNAUTHENTICATED": "Sign in first.",
    "UNAVAILABLE": "The service can't reach its database right now. Try again in a moment.",
    "INTERNAL": "Something went wrong on our side.",
}


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as clients see it: never a stack trace, never a database text."""
    code = code_of(error)
    if code == "INTERNAL":
        log.error("internal_error", error=type(error.original_error).__name__, exc_info=error.original_error)
    told: dict[str, Any] = {"message": _WORDS.get(code) or error.message, "extensions": {"code": code}}
    if error.locations:
        told["locations"] = [{"line": where.line, "column": where.column} for where in error.locations]
    if error.path:
        told["path"] = error.path
    return told
