"""For how long an offer holds a slot (f4, waiting list 2): the clock pauses in the night."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

OFFERED_FOR = timedelta(hours=12)
OFFERED_SOON_FOR = timedelta(minutes=30)
SOON = timedelta(hours=24)
WAKES, SLEEPS = time(7), time(21)


def offer_until(now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when a slot that begins at a moment is held: twelve hours of daytime, half an hour when the talk is near.

    Never longer than until the talk itself.
    """
    left = OFFERED_SOON_FOR if starts_at - now <= SOON else OFFERED_FOR
    until = now
    for begin, end in _daytimes(now, zone):
        until = min(begin + left, end)
        left -= until - begin
        if not left or until >= starts_at:
            break
    return min(until, starts_at)


def _daytimes(now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """What is left of this day, and the days after it, in UTC: a night in which the clocks change counts as it is."""
    day = now.astimezone(zone).date()
    while True:
        begin, end = (datetime.combine(day, hour, zone).astimezone(now.tzinfo) for hour in (WAKES, SLEEPS))
        if now < end:
            yield max(begin, now), end
        day += timedelta(days=1)


def is_night(now: datetime, zone: ZoneInfo) -> bool:
    """Whether people are left in peace."""
    return not WAKES <= now.astimezone(zone).time() < SLEEPS
