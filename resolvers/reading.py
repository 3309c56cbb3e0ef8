"""Reading: a selection becomes one SQL statement, with the rule of every view in it, and its records become rows.

`plan` compiles a selection once, with nested `row(…)` and `array(…)` sub-selects, so that the number of statements
depends on what is asked and never on the number of rows. The viewer, page sizes, cursors and arguments are bound
parameters: one plan serves everybody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    select,
    tuple_,
)

from resolvers import policy
from resolvers.context import Context
from resolvers.policy import ME, SCOPE
from resolvers.records import Writer, writer
from resolvers.statements import Statement, compiled
from resolvers.views import VIEWS, Branch, Connection, Many, One, Selection, View


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled selection: its statement, what makes rows of its records, and what it looks at in a viewer."""

    statement: Statement
    write: Writer
    parts: frozenset[str]
    """The parts of the scope on which the answer depends: all that the statement binds, and all that is finished by."""


@lru_cache(maxsize=1024)
def plan(selection: Selection) -> Plan:
    """Compile a selection that starts from ids. Costs some milliseconds, once."""
    view = VIEWS[selection.view]
    table = view.table.alias()
    # Labels by place: the same column may be asked twice, and only places are read.
    columns = [c.label(f"c{place}") for place, c in enumerate([table.c.id, *_columns(selection, table, "")])]
    chosen = table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    statement = compiled(select(*columns).where(chosen, view.visible(ME, table)))
    bound = {name.removeprefix("me.") for name in statement.names if name.startswith("me.")}
    return Plan(statement, writer(selection, offset=1), frozenset(bound & {*SCOPE}).union(_finished_by(selection)))


def _finished_by(selection: Selection) -> set[str]:
    """The parts of the scope that the finished fields of a selection look at."""
    finished = VIEWS[selection.view].finished
    parts = {part for name in selection.fields if name in finished for part in finished[name].parts}
    return parts.union(*(_finished_by(branch.selection) for branch in selection.branches))


def _columns(selection: Selection, table: FromClause, path: str) -> list[ColumnElement[Any]]:
    """What `records.writer` reads, in its order: plain fields, then branches."""
    view = VIEWS[selection.view]
    plain = [_plain(view, name, table) for name in selection.columns()]
    return plain + [_branch(view, branch, table, f"{path}{branch.key}.") for branch in selection.branches]


def _plain(view: View, name: str, table: FromClause) -> ColumnElement[Any]:
    computed = view.computed.get(name)
    return table.c[name] if computed is None else computed(ME, table)


def _branch(view: View, branch: Branch, parent: FromClause, path: str) -> ColumnElement[Any]:
    relation = view.relations[branch.relation]
    target = VIEWS[relation.to]
    child = target.table.alias()
    given = {
        name: bindparam(f"{path}{name}", type_=kind)
        for name, kind in relation.arguments.items()
        if name in branch.given
    }
    columns = _columns(branch.selection, child, path)
    if isinstance(relation, Connection):
        columns += _keyset(relation, child)
    rows = policy.scan(child, columns=[func.row(*columns)]).where(
        relation.where(ME, parent, child, given), (relation.rule or target.visible)(ME, child)
    )
    match relation:
        case Connection():
            return func.array(_page(rows, relation, child, branch, path).scalar_subquery())
        case Many():
            return func.array(rows.order_by(*relation.order(ME, child)).scalar_subquery())
        case _:
            assert isinstance(relation, One)
            return rows.limit(1).scalar_subquery()


def _keyset(relation: Connection, child: FromClause) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    order = relation.order
    return child.c[order] if isinstance(order, str) else order(ME, child), child.c.id


def _page(rows: Select[Any], relation: Connection, child: FromClause, branch: Branch, path: str) -> Select[Any]:
    keys = _keyset(relation, child)
    if "after" in branch.given:
        moment = bindparam(f"{path}after.0", type_=keys[0].type)
        after = tuple_(moment, bindparam(f"{path}after.1", type_=Uuid()))
        rows = rows.where(tuple_(*keys) < after if relation.newest_first else tuple_(*keys) > after)
    order = [key.desc() if relation.newest_first else key.asc() for key in keys]
    return rows.order_by(*order).limit(bindparam(f"{path}limit", type_=Integer()))


async def read(
    context: Context, wanted: Plan, ids: Collection[UUID], values: Mapping[str, Any] | None = None
) -> dict[UUID, Any]:
    """Read the rows that a plan is about and the viewer may see, by key. One statement, whatever the number of rows.

    What may not be seen is missing from the answer, exactly like what does not exist. Nobody sees anything without
    a viewer. `values` are the bound arguments of the branches, by path.
    """
    viewer = context.viewer
    if viewer is None or not ids:
        return {}
    bound = policy.parameters(viewer, context.now)
    bound["ids"] = list(ids)
    if values:
        bound.update(values)
    records = await context.database.fetch(wanted.statement.text, wanted.statement.values(bound))
    write = wanted.write
    return {record[0]: write(record, bound, viewer) for record in records}
