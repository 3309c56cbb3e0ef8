"""Days of a school in statements: a local day has 23 or 25 hours when the clocks change."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, cast, func, or_
from sqlalchemy.dialects.postgresql import TIMESTAMP

import models
from models import table_of
from resolvers import policy


def zone_of(school_id: ColumnElement[Any]) -> ColumnElement[str]:
    """The time zone of a school."""
    school = table_of(models.School).alias()
    return policy.scan(school, columns=[school.c.time_zone]).where(school.c.id == school_id).scalar_subquery()


def touches_day(school_id: ColumnElement[Any], row: FromClause, day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether what has a start, and an end or none yet, touches a calendar day of the school."""
    begin = func.timezone(zone_of(school_id), cast(day, TIMESTAMP))
    end = func.timezone(zone_of(school_id), cast(day, TIMESTAMP) + func.make_interval(0, 0, 0, 1))
    return and_(row.c.starts_at < end, or_(row.c.ends_at.is_(None), row.c.ends_at > begin))
