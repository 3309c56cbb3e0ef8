"""Connections: pages of lists that grow, after the Relay specification, by keyset."""

from typing import Any, Generic, TypeVar

import strawberry

from schema.info import Info
from schema.nodes import BRANCH, answer

Item = TypeVar("Item")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether this page was asked after another.")
    start_cursor: str | None = strawberry.field(description="Where the first item stands; null in an empty page.")
    end_cursor: str | None = strawberry.field(description="Where the last item stands: the next `after`.")


@strawberry.type(description="An item of a list, and where it stands.")
class Edge(Generic[Item]):
    cursor: str = strawberry.field(description="Where the item stands in its list.")
    node: Item = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[Item]):
    edges: list[Edge[Item]] = strawberry.field(description="The items, in the order of the list.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


def connection(description: str | None = None) -> Any:
    """A field that leads to a page of rows. `first`: 1 to 50, 20 when left out; `after`: a cursor of this list."""

    def read(
        row: strawberry.Parent[Any],
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
    ) -> Any:
        return answer(row, info)

    return strawberry.field(resolver=read, description=description, metadata=BRANCH)
