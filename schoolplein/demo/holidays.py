"""The days without school of any school year, for a school in the middle of the Netherlands.

The rules give the dates that the ministry has fixed for 2025-2026 and 2026-2027, and likely ones for later years.
"""

from datetime import date, timedelta
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from resolvers.school_days import school_year_end

ZONE: Final = ZoneInfo("Europe/Amsterdam")

Days = tuple[str, date, date]
"""A name, the first day and the last."""

_MONDAY: Final = 1


def school_year(day: date) -> int:
    """The year in which the school year of a day began."""
    return school_year_end(day).year - 1


def holidays(year: int) -> list[Days]:
    """What is free from the summer before a school year up to the summer after it, in order."""
    spring = year + 1
    easter = _easter(spring)
    whitsun, ascension = easter + timedelta(49), easter + timedelta(39)
    return [
        _summer(year),
        _weeks("Herfstvakantie", date.fromisocalendar(year, 43, _MONDAY), 1),
        _weeks("Kerstvakantie", date.fromisocalendar(year, 52, _MONDAY), 2),
        _weeks("Voorjaarsvakantie", date.fromisocalendar(spring, 8, _MONDAY), 1),
        ("Goede Vrijdag en Pasen", easter - timedelta(2), easter + timedelta(1)),
        _weeks("Meivakantie", _monday_of(date(spring, 4, 27)), 2),
        ("Hemelvaart", ascension, ascension + timedelta(1)),
        ("Tweede Pinksterdag", whitsun + timedelta(1), whitsun + timedelta(1)),
        _summer(spring),
    ]


def holidays_around(year: int) -> list[Days]:
    """What is free in a school year, in the one before it and in the one after it, in order."""
    years = (holidays(each) for each in (year - 1, year, year + 1))
    return sorted(set(chain.from_iterable(years)), key=lambda days: days[1:])


def _monday_of(day: date) -> date:
    return day - timedelta(day.weekday())


def _summer(year: int) -> Days:
    """Six weeks, the first of which is the third whole one of July."""
    return _weeks("Zomervakantie", _monday_of(date(year, 7, 21)), 6)


def _weeks(name: str, monday: date, number: int) -> Days:
    """Whole weeks, with the weekends around them."""
    return name, monday - timedelta(2), monday + timedelta(7 * number - 1)


def _easter(year: int) -> date:
    """Easter Sunday (the Gregorian rule of Meeus, Jones and Butcher)."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
