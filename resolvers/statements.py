"""Statements with may-see rules in them, compiled once to text: for asyncpg, without SQLAlchemy on the way."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Select, literal_column
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql import visitors

_DIALECT = asyncpg.dialect()


@dataclass(frozen=True, slots=True)
class Statement:
    """A text, and its parameters by name in their order."""

    text: str
    names: tuple[str, ...]

    def values(self, bound: Mapping[str, Any]) -> list[Any]:
        """The parameters in their order."""
        return [bound[name] for name in self.names]


def compiled(select: Select[Any]) -> Statement:
    """Compile a statement; only what differs per request is a parameter. Costs milliseconds: keep what it answers."""
    statement = _with_literals(select).compile(dialect=_DIALECT)
    names: Sequence[str] = getattr(statement, "positiontup", None) or ()
    _check_scans(str(statement))
    return Statement(str(statement), tuple(names))


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
