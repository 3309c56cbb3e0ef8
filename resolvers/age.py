"""The age of four: from the birthday itself, by the calendar of the school (R26)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

AGE = 4


def fourth_birthday(born: date) -> date:
    """The first day on which a child is four. A birthday on 29 February is on 1 March in a year without it.

    `fourth_birthday` in migration 0004 is the same rule for the database.
    """
    try:
        return born.replace(year=born.year + AGE)
    except ValueError:
        return date(born.year + AGE, 3, 1)


def is_four(born: date, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a child is four on the school's calendar at this moment."""
    return fourth_birthday(born) <= now.astimezone(zone).date()
