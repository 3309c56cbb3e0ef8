"""For how long a slot is held for an answer: twelve hours of daytime, half an hour when the talk is near (f4)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.meetings.offering import offer_until
from tests.clients import AMSTERDAM

FAR = "2026-12-24T12:00"


def at(told: str) -> datetime:
    """A moment by the clock on the wall of the school, in UTC."""
    return datetime.fromisoformat(told).replace(tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.mark.parametrize(
    ("offered", "begins", "until"),
    [
        # Twelve hours of the day, from seven to nine.
        ("2026-09-15T07:00", FAR, "2026-09-15T19:00"),
        ("2026-09-15T09:00", FAR, "2026-09-15T21:00"),
        ("2026-09-15T09:01", FAR, "2026-09-16T07:01"),
        ("2026-09-15T12:00", FAR, "2026-09-16T10:00"),
        ("2026-09-15T20:59:59", FAR, "2026-09-16T18:59:59"),
        # In the night it does not begin.
        ("2026-09-15T21:00", FAR, "2026-09-16T19:00"),
        ("2026-09-15T23:30", FAR, "2026-09-16T19:00"),
        ("2026-09-16T00:00", FAR, "2026-09-16T19:00"),
        ("2026-09-16T06:59:59", FAR, "2026-09-16T19:00"),
        # Half an hour when the talk is within a day.
        ("2026-09-15T12:00", "2026-09-16T12:00:01", "2026-09-16T10:00"),
        ("2026-09-15T12:00", "2026-09-16T12:00", "2026-09-15T12:30"),
        ("2026-09-15T20:30", "2026-09-16T14:00", "2026-09-15T21:00"),
        ("2026-09-15T20:45", "2026-09-16T14:00", "2026-09-16T07:15"),
        ("2026-09-15T22:00", "2026-09-16T14:00", "2026-09-16T07:30"),
        # Never longer than until the talk.
        ("2026-09-15T13:45", "2026-09-15T14:00", "2026-09-15T14:00"),
        ("2026-09-15T22:00", "2026-09-16T07:10", "2026-09-16T07:10"),
        ("2026-09-15T20:55", "2026-09-16T06:00", "2026-09-16T06:00"),
        # Nights in which the clocks change: one hour less, and one more.
        ("2026-03-28T20:00", FAR, "2026-03-29T18:00"),
        ("2026-10-24T20:00", FAR, "2026-10-25T18:00"),
        ("2026-10-24T22:00", FAR, "2026-10-25T19:00"),
    ],
)
def test_until_when_a_slot_is_held(offered: str, begins: str, until: str) -> None:
    assert offer_until(at(offered), at(begins), AMSTERDAM) == at(until)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_a_night_in_which_the_clocks_change_costs_nobody_an_hour(day: str) -> None:
    offered = at(f"{day}T20:00")
    night = at(f"{(offered + timedelta(days=1)).date()}T07:00") - at(f"{day}T21:00")
    assert offer_until(offered, at(FAR), AMSTERDAM) - offered == timedelta(hours=12) + night


_MINUTES = st.integers(min_value=0, max_value=3 * 365 * 24 * 60)


@given(_MINUTES, _MINUTES)
def test_every_minute_of_the_day_is_counted_once(since: int, ahead: int) -> None:
    offered = at("2026-01-01T00:00") + timedelta(minutes=since)
    begins = offered + timedelta(minutes=ahead + 1)
    until = offer_until(offered, begins, AMSTERDAM)

    assert offered < until <= begins
    left = 30 if ahead + 1 <= 24 * 60 else 12 * 60
    minute, counted = offered, 0
    while minute < until:  # by hand, a minute at a time
        counted += 7 <= minute.astimezone(AMSTERDAM).hour < 21
        minute += timedelta(minutes=1)
    assert counted == left or (until == begins and counted <= left)
    is_by_day = 7 <= (until - timedelta(microseconds=1)).astimezone(AMSTERDAM).hour < 21
    assert is_by_day or until == begins
