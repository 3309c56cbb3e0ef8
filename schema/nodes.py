"""Types over rows: fields that are read from the row as they are, and relations that were read with it."""

from datetime import date
from typing import Any

import strawberry

from schema.info import Info, ResolveInfo

BRANCH = {"branch": True}
"""Marks a field whose answer stands in the row under its response key (`resolvers.views.Branch.slot`)."""


def answer(row: Any, info: Info) -> Any:
    """The answer of a relation: read for this response key, with these arguments, before its row was made."""
    return getattr(row, f"r_{info.path.key}")


def relation(description: str | None = None) -> Any:
    """A field that leads to other rows and takes no arguments."""

    def read(row: strawberry.Parent[Any], info: Info) -> Any:
        return answer(row, info)

    return strawberry.field(resolver=read, description=description, metadata=BRANCH)


def on_day(description: str) -> Any:
    """A field that leads to what there is on a calendar day."""

    def read(row: strawberry.Parent[Any], info: Info, on: date) -> Any:
        return answer(row, info)

    return strawberry.field(resolver=read, description=description, metadata=BRANCH)


@strawberry.interface(description="Anything that can be fetched again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, and unique over all types.")

    @classmethod
    def is_type_of(cls, value: Any, _info: ResolveInfo) -> bool:
        """Rows say themselves of which type they are."""
        return getattr(value, "typename", None) == cls.__name__
