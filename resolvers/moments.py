"""Moments in words, as letters say them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from models import Locale

_ZONE = ZoneInfo("Europe/Amsterdam")
_DUTCH = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_ENGLISH = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_words(moment: datetime, locale: Locale) -> str:
    """A moment as '15 september om 7.30 uur', or '15 September at 7:30'."""
    there = moment.astimezone(_ZONE)
    if locale is Locale.NL:
        return f"{there.day} {_DUTCH[there.month - 1]} om {there.hour}.{there.minute:02} uur"
    return f"{there.day} {_ENGLISH[there.month - 1]} at {there.hour}:{there.minute:02}"
