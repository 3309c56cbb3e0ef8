"""Records of a statement become rows: slotted objects, made by a function that is generated once per selection.

This is one of the few places where speed decides the form: a feed page makes a hundred rows, and a generated
function that stores into slots costs a quarter of one that looks names up (docs/performance.md). All names in the
generated source come from views and from prefixed response keys, never from a client's text as it is.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from resolvers.errors import BadInput
from resolvers.viewer import Viewer
from resolvers.views import VIEWS, Branch, Connection, Many, Selection

Writer = Callable[[Sequence[Any], Mapping[str, Any], Viewer], Any]
"""(record, bound values by parameter name, viewer) -> row."""


class PageInfo:
    """Where a page stands in its list. Cursors are written when asked: most inner pages never say where they stand."""

    __slots__ = ("_first", "_last", "has_next_page", "has_previous_page")
    typename = "PageInfo"

    def __init__(self, has_next: bool, has_previous: bool, first: Any, last: Any) -> None:  # noqa: FBT001
        self.has_next_page = has_next
        self.has_previous_page = has_previous
        self._first = first
        self._last = last

    @property
    def start_cursor(self) -> str | None:
        """Where the first item stands; None in an empty page."""
        return write_cursor(self._first[-2], self._first[-1]) if self._first else None

    @property
    def end_cursor(self) -> str | None:
        """Where the last item stands; None in an empty page."""
        return write_cursor(self._last[-2], self._last[-1]) if self._last else None


class Page:
    """One page of a connection."""

    __slots__ = ("edges", "page_info")

    def __init__(self, edges: list["Edge"], page_info: PageInfo) -> None:
        self.edges = edges
        self.page_info = page_info


class Edge:
    """A row in a page, and where it stands."""

    __slots__ = ("cursor", "node")

    def __init__(self, cursor: str | None, node: Any) -> None:
        self.cursor = cursor
        self.node = node


def write_cursor(moment: datetime, key: UUID) -> str:
    """The keyset of a row, opaque: whoever pages on continues behind exactly this row, whatever came in between."""
    return urlsafe_b64encode(orjson.dumps([moment, str(key)])).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, UUID]:
    """The keyset in a cursor. Raises BadInput for anything that is not one."""
    try:
        moment, key = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None:
            raise ValueError  # noqa: TRY301
        return parsed.astimezone(UTC), UUID(key)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        msg = "This is not a cursor of this list."
        raise BadInput(msg) from error


def _page_writer(branch: Branch, path: str) -> Callable[[list[Any], Mapping[str, Any], Viewer], Page]:
    """Make the function that turns the records of a page into a page. Their keyset stands in their last two places."""
    write = writer(branch.selection, path)
    size, has_previous, cursors = f"{path}limit", "after" in branch.given, branch.cursors

    def page(records: list[Any], values: Mapping[str, Any], viewer: Viewer) -> Page:
        # One more is fetched than asked: that there is one says that there is more.
        more = len(records) >= values[size]
        if more:
            del records[-1]
        edges = [
            Edge(write_cursor(record[-2], record[-1]) if cursors else None, write(record, values, viewer))
            for record in records
        ]
        first, last = (records[0], records[-1]) if records else (None, None)
        return Page(edges, PageInfo(more, has_previous, first, last))

    return page


def writer(selection: Selection, path: str = "", *, offset: int = 0) -> Writer:
    """Make the function that turns a record into a row. Columns start at `offset`, in the order of `reading`."""
    view = VIEWS[selection.view]
    columns = selection.columns()
    slots = (
        *columns,
        *(branch.slot for branch in selection.branches),
        *(n for n in selection.fields if n in view.finished),
    )
    row_class = type(view.name, (), {"__slots__": tuple(dict.fromkeys(slots)), "typename": view.name})
    names: dict[str, Any] = {"new": row_class.__new__, "Row": row_class}
    lines = ["def write(r, values, viewer):", " o = new(Row)"]
    for place, name in enumerate(columns, offset):
        lines.append(f" o.{name} = " + (f"'{view.node}_' + r[{place}].hex" if name == "id" else f"r[{place}]"))
    for place, branch in enumerate(selection.branches, offset + len(columns)):
        lines.append(f" o.{branch.slot} = " + _branch(view.name, branch, place, f"{path}{branch.key}.", names))
    for name in selection.fields:
        if name in view.finished:
            names[f"finish_{name}"] = view.finished[name].finish
            lines.append(f" o.{name} = finish_{name}(viewer, o)")
    lines.append(" return o")
    exec("\n".join(lines), names)  # noqa: S102 — the source is made of view names and prefixed response keys
    return names["write"]


def _branch(view: str, branch: Branch, place: int, path: str, names: dict[str, Any]) -> str:
    relation = VIEWS[view].relations[branch.relation]
    function = f"write_{place}"
    if isinstance(relation, Connection):
        names[function] = _page_writer(branch, path)
        return f"{function}(r[{place}], values, viewer)"
    names[function] = writer(branch.selection, path)
    if isinstance(relation, Many):
        return f"[{function}(x, values, viewer) for x in r[{place}]]"
    return f"None if r[{place}] is None else {function}(r[{place}], values, viewer)"
