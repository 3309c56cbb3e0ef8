"""Moments and days, as the contract says them."""

import re
from datetime import UTC, date, datetime
from typing import Any

import strawberry
from graphql import GraphQLError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(_DAY.pattern + "[Tt ]", re.ASCII)
YEARS = range(1900, 2200)
"""Nobody at a school is older, and at the ends of the calendar arithmetic with zones fails."""


def _moment(value: Any) -> datetime:
    """Read a moment as RFC 3339 writes it. Without a zone it means nothing between a school and a phone abroad."""
    try:
        moment = datetime.fromisoformat(value) if _MOMENT.match(value) else None
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None or moment.year not in YEARS:
        msg = f"DateTime must be a moment with its zone, such as 2026-09-01T08:10:00+02:00, {_RANGE}."
        raise GraphQLError(msg)
    return moment.astimezone(UTC)


def _day(value: Any) -> date:
    """Read a day. Only YYYY-MM-DD: ISO 8601 knows more forms than anybody expects."""
    try:
        day = date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except (TypeError, ValueError):
        day = None
    if day is None or day.year not in YEARS:
        msg = f"Date must be a calendar day, such as 2026-09-01, {_RANGE}."
        raise GraphQLError(msg)
    return day


_RANGE = f"from {YEARS[0]} to {YEARS[-1]}"

DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment, RFC 3339; the service answers in UTC.",
    serialize=lambda value: value,  # orjson writes moments itself, four times faster than isoformat
    parse_value=_moment,
)
DATE = strawberry.scalar(
    name="Date",
    description="A calendar day in the school's time zone, ISO 8601.",
    serialize=lambda value: value,
    parse_value=_day,
)
SCALARS: dict[object, Any] = {datetime: DATE_TIME, date: DATE}
