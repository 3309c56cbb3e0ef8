"""Days and moments in words, as people write them in a letter."""

from datetime import datetime
from zoneinfo import ZoneInfo

from models import Locale

ZONE = ZoneInfo("Europe/Amsterdam")
_MONTHS: dict[Locale, str] = {
    Locale.NL: "januari februari maart april mei juni juli augustus september oktober november december",
    Locale.EN: "January February March April May June July August September October November December",
}


def day_in_words(moment: datetime, locale: Locale, zone: ZoneInfo = ZONE) -> str:
    """'29 september 2026', by the calendar of the school."""
    day = moment.astimezone(zone).date()
    return f"{day.day} {_MONTHS[locale].split()[day.month - 1]} {day.year}"
