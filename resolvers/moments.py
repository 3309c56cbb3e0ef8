"""Days and moments in words, as letters say them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from models import Locale

ZONE = ZoneInfo("Europe/Amsterdam")
_MONTHS: dict[Locale, str] = {
    Locale.NL: "januari februari maart april mei juni juli augustus september oktober november december",
    Locale.EN: "January February March April May June July August September October November December",
}
_WEEKDAYS: dict[Locale, str] = {
    Locale.NL: "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    Locale.EN: "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}


def day_in_words(moment: datetime, locale: Locale, zone: ZoneInfo = ZONE) -> str:
    """A day as '29 september 2026'."""
    there = moment.astimezone(zone)
    return f"{there.day} {_month(there, locale)} {there.year}"


def in_words(moment: datetime, locale: Locale, zone: ZoneInfo = ZONE) -> str:
    """A moment as '15 september om 7.30 uur', or '15 September at 7:30'."""
    there = moment.astimezone(zone)
    if locale is Locale.NL:
        return f"{there.day} {_month(there, locale)} om {there.hour}.{there.minute:02} uur"
    return f"{there.day} {_month(there, locale)} at {there.hour}:{there.minute:02}"


def appointment(moment: datetime, locale: Locale, zone: ZoneInfo) -> str:
    """A moment to be there as 'dinsdag 22 september om 14.30 uur', or 'Tuesday 22 September at 14:30'."""
    weekday = _WEEKDAYS[locale].split()[moment.astimezone(zone).weekday()]
    return f"{weekday} {in_words(moment, locale, zone)}"


def _month(moment: datetime, locale: Locale) -> str:
    return _MONTHS[locale].split()[moment.month - 1]
