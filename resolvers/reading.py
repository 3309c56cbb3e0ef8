"""Reading: a selection becomes one SQL statement, with the rule of every view in it, and its records become rows.

`plan` compiles a selection once, with nested `row(…)` and `array(…)` sub-selects, so that the number of statements
depends on what is asked and never on the number of rows. The viewer, page sizes, cursors and arguments are bound
parameters: one plan serves everybody.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql import visitors

from resolvers import policy
from resolvers.context import Context
from resolvers.policy import ME
from resolvers.records import Writer, writer
from resolvers.views import VIEWS, Branch, Connection, Many, One, Selection, View

_DIALECT = asyncpg.dialect()


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled selection: the statement, its parameters by name in order, and what makes rows of its records."""

    statement: str
    parameters: tuple[str, ...]
    write: Writer


@lru_cache(maxsize=1024)
def plan(selection: Selection) -> Plan:
    """Compile a selection that starts from ids. Costs some milliseconds, once."""
    view = VIEWS[selection.view]
    table = view.table.alias()
    # Labels by place: the same column may be asked twice, and only places are read.
    columns = [c.label(f"c{place}") for place, c in enumerate([table.c.id, *_columns(selection, table, "")])]
    chosen = table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid())))
    compiled = _with_literals(select(*columns).where(chosen, view.visible(ME, table))).compile(dialect=_DIALECT)
    names: Sequence[str] = getattr(compiled, "positiontup", None) or ()
    _check_scans(str(compiled))
    return Plan(str(compiled), tuple(names), writer(selection, offset=1))


def _check_scans(statement: str) -> None:
    """Every alias stands in one FROM. Were a row of an outer select scanned again, its rule would hold for anybody."""
    lines = re.findall(r"\nFROM (.*)", statement)
    aliases = [alias for line in lines for alias in re.findall(r" AS (\w+_\d+)", line)]
    repeated = {alias for alias in aliases if aliases.count(alias) > 1}
    if repeated:
        msg = f"scanned twice: {sorted(repeated)}"
        raise AssertionError(msg)


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"({', '.join(_literal(item) for item in cast('Sequence[Any]', value))})"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def _with_literals(statement: Select[Any]) -> Select[Any]:
    """Write the constants of rules and views into the text; only what differs per request remains a parameter."""

    def literal(element: Any, **_: Any) -> Any:
        if isinstance(element, BindParameter) and not element.required:
            return cast("Any", literal_column(_literal(cast("Any", element).value)))
        return None

    return cast("Select[Any]", visitors.replacement_traverse(statement, {}, literal))


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
        columns += [child.c[relation.order], child.c.id]
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


def _page(rows: Select[Any], relation: Connection, child: FromClause, branch: Branch, path: str) -> Select[Any]:
    keys = (child.c[relation.order], child.c.id)
    if "after" in branch.given:
        moment = bindparam(f"{path}after.0", type_=keys[0].type)
        after = tuple_(moment, bindparam(f"{path}after.1", type_=Uuid()))
        rows = rows.where(tuple_(*keys) < after if relation.newest_first else tuple_(*keys) > after)
    order = [key.desc() if relation.newest_first else key.asc() for key in keys]
    return rows.order_by(*order).limit(bindparam(f"{path}limit", type_=Integer()))


async def read(
    context: Context, compiled: Plan, ids: Collection[UUID], values: Mapping[str, Any] | None = None
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
    records = await context.database.fetch(compiled.statement, [bound[name] for name in compiled.parameters])
    write = compiled.write
    return {record[0]: write(record, bound, viewer) for record in records}
