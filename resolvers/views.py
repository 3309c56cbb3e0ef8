"""Views: what each published type shows of a table, to whom, and how it leads on; and what can be asked of them.

A `View` can't be declared without its may-see rule, and there is no other way to read an entity (`resolvers.reading`).
Every relation applies the rule of the view it leads to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from resolvers.policy import Me, Rule, shown_with_parent

Arguments = Mapping[str, Any]
"""In a `where`: the bound parameters of the arguments that are given, by name."""
Computed = Callable[[Me, FromClause], ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A way from a row to rows of another view.

    `where` joins parent and child, and narrows by the arguments that are given. `rule` replaces the rule of the
    target for rows that belong to their parent (`policy.shown_with_parent`). `arguments` are their SQL types.
    """

    to: str
    where: Callable[[Me, FromClause, FromClause, Arguments], ColumnElement[bool]]
    rule: Rule | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class One(Relation):
    """At most one row: null when there is none that the viewer may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many(Relation):
    """A short list, whole, in the order of `order`."""

    order: Callable[[Me, FromClause], Sequence[ColumnElement[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection(Relation):
    """A list that grows: pages by keyset on one moment and the id, newest or oldest first."""

    order: str | Computed
    """A column, or what is computed of a row: a moment that never changes."""
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class Finished:
    """A field that SQL can't decide: a function of the viewer and the loaded row, and the columns that it needs.

    `parts` of the viewer's scope are all that it may look at: who is equal in them gets an equal answer.
    """

    needs: tuple[str, ...]
    finish: Callable[[Any, Any], Any]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One published type. Its fields are columns, unless they are named here as something else."""

    name: str
    table: FromClause
    visible: Rule
    node: str | None = None
    """The first part of its ids, such as `post` in `post_…`; None for a type that can't be fetched by id."""
    relations: Mapping[str, Relation] = field(default_factory=dict[str, Relation])
    computed: Mapping[str, Computed] = field(default_factory=dict[str, Computed])
    finished: Mapping[str, Finished] = field(default_factory=dict[str, Finished])

    def __post_init__(self) -> None:
        VIEWS[self.name] = self


VIEWS: dict[str, View] = {}


def belongs_to(view: str, column: str) -> One:
    """The row of another view that a row names in a column: who sees the one sees the other (R22)."""
    return One(
        to=view,
        where=lambda _me, row, other, _given: other.c.id == row.c[column],
        rule=shown_with_parent,
    )


@dataclass(frozen=True, slots=True)
class Branch:
    """A relation that is asked: where its answer goes, which arguments are given, and what of its rows."""

    key: str
    """The response key: two branches of one relation differ in it."""
    relation: str
    given: tuple[str, ...]
    selection: "Selection"
    cursors: bool = False
    """Whether the cursor of each edge is asked."""

    @property
    def slot(self) -> str:
        """The attribute of the row. The prefix keeps any alias of a client harmless."""
        return f"r_{self.key}"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of the rows of a view: names of plain fields, and branches."""

    view: str
    fields: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """The columns and computed fields to select, with those that the finished fields need."""
        finished = VIEWS[self.view].finished
        asked = dict.fromkeys(name for name in self.fields if name not in finished)
        for name in self.fields:
            if name in finished:
                asked |= dict.fromkeys(finished[name].needs)
        return tuple(asked)
