"""The viewer in a statement, and the sub-selects from which rules are made."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    or_,
    select,
    true,
)

from resolvers.viewer import Viewer

Rule = Callable[["Me", FromClause], ColumnElement[bool]]

_TYPES: dict[str, Any] = {
    "person_id": Uuid(),
    "locale": Text(),
    "past_until": ARRAY(DateTime(timezone=True)),
    "now": DateTime(timezone=True),
}


class Me:
    """The viewer in a statement: one bound parameter for each part of the scope, and the moment."""

    person_id: BindParameter[UUID]
    locale: BindParameter[str]
    admin_schools: BindParameter[list[UUID]]
    staff_schools: BindParameter[list[UUID]]
    schools: BindParameter[list[UUID]]
    taught_groups: BindParameter[list[UUID]]
    children: BindParameter[list[UUID]]
    child_groups: BindParameter[list[UUID]]
    past_groups: BindParameter[list[UUID]]
    past_until: BindParameter[list[datetime]]
    now: BindParameter[datetime]

    def __init__(self) -> None:
        for name in self.__annotations__:
            setattr(self, name, bindparam(f"me.{name}", type_=_TYPES.get(name, ARRAY(Uuid()))))


ME = Me()
SCOPE = tuple(field.name for field in fields(Viewer) if field.name in Me.__annotations__)


def parameters(viewer: Viewer, now: datetime) -> dict[str, Any]:
    """The values of `Me` for one viewer."""
    values: dict[str, Any] = {f"me.{name}": getattr(viewer, name) for name in SCOPE}
    values["me.now"] = now
    return values


def scan(*tables: FromClause, columns: Sequence[ColumnElement[Any]] = (true(),)) -> Select[Any]:
    """A sub-select over these tables and no others: all else that it mentions is a row of the statement around it.

    Every sub-select of a rule or view is made here. SQLAlchemy by itself finds such rows one level out only, and
    further in would silently scan their table again: a rule would then hold for anybody. `statements` checks it.
    """
    return select(*columns).select_from(*tables).correlate_except(*tables)


def live(me: Me, period: FromClause) -> ColumnElement[bool]:
    """Whether a dated relation holds now."""
    return and_(period.c.valid_from <= me.now, or_(period.c.ended_at.is_(None), period.c.ended_at > me.now))


def lasting(period: FromClause, moment: datetime) -> ColumnElement[bool]:
    """Whether a dated relation goes on after a moment, or has not begun yet."""
    return or_(period.c.ended_at.is_(None), period.c.ended_at > moment)
