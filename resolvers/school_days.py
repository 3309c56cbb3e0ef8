"""When there is school: days, school times and holidays, all in the school's own time zone.

Moments are stored in UTC; a school day is a local day, which has 23 or 25 hours when the clocks change. A group
without any school times is taken to have school whenever it is no holiday: its times have not been entered yet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_LOOK_AHEAD_DAYS = 70
"""Longer than any holiday: within it a next school day is found, or there is none."""


@dataclass(frozen=True, slots=True)
class SchoolDays:
    """The calendar of one group."""

    zone: ZoneInfo
    cutoff: time
    """Until this local time a report for today needs no phone call."""
    times: Sequence[tuple[int, time, time]]
    """ISO weekday, start and end."""
    holidays: Sequence[tuple[date, date]]
    """First and last day, both included."""

    def day_of(self, moment: datetime) -> date:
        """The local day in which a moment falls."""
        return moment.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The moment in which a local day begins."""
        return datetime.combine(day, time(), self.zone)

    def lessons(self, day: date) -> list[tuple[datetime, datetime]]:
        """The school times of a day as moments, in order; empty when there is no school."""
        if any(first <= day <= last for first, last in self.holidays):
            return []
        if not self.times:
            return [(self.midnight(day), self.midnight(day + _DAY))]
        return sorted(
            (datetime.combine(day, starts, self.zone), datetime.combine(day, ends, self.zone))
            for weekday, starts, ends in self.times
            if weekday == day.isoweekday()
        )

    def _lessons_from(self, day: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        for ahead in range(days):
            yield from self.lessons(day + ahead * _DAY)

    def first_lesson(self, starts_at: datetime, ends_at: datetime | None) -> datetime | None:
        """When an absence begins to be felt: the first moment of school in it; None when there is no school in it."""
        begin = self.day_of(starts_at)
        days = _LOOK_AHEAD_DAYS if ends_at is None else min((self.day_of(ends_at) - begin).days + 1, 366)
        for starts, ends in self._lessons_from(begin, days):
            if ends > starts_at and (ends_at is None or starts < ends_at):
                return max(starts, starts_at)
        return None

    def next_school_day(self, day: date) -> date | None:
        """The first day with school after the given one."""
        return next((self.day_of(starts) for starts, _ in self._lessons_from(day + _DAY, _LOOK_AHEAD_DAYS)), None)

    def whole_days(self, starts_at: datetime, ends_at: datetime | None) -> tuple[datetime, datetime | None]:
        """The range widened to whole local days. An end at midnight is the end of the day before it."""
        begin = self.midnight(self.day_of(starts_at))
        if ends_at is None:
            return begin, None
        last = self.day_of(ends_at - timedelta(microseconds=1))
        return begin, self.midnight(last + _DAY)

    def is_after_cutoff(self, starts_at: datetime, now: datetime) -> bool:
        """Whether a report that is made now comes after the cut-off of the day on which it starts."""
        local = now.astimezone(self.zone)
        day = self.day_of(starts_at)
        return day < local.date() or (day == local.date() and local.time() > self.cutoff)


def school_year_end(day: date) -> date:
    """The last day of the school year in which a day falls: years run from 1 August to 31 July."""
    return date(day.year + (day.month >= 8), 7, 31)
