"""The holidays of the demo school, which its story goes around."""

from datetime import date, timedelta

from schoolplein.demo.holidays import holidays


def test_the_holidays_are_those_that_the_ministry_has_fixed() -> None:
    free = {name: (first, last) for name, first, last in holidays(2026)[1:]}

    assert free == {
        "Herfstvakantie": (date(2026, 10, 17), date(2026, 10, 25)),
        "Kerstvakantie": (date(2026, 12, 19), date(2027, 1, 3)),
        "Voorjaarsvakantie": (date(2027, 2, 20), date(2027, 2, 28)),
        "Goede Vrijdag en Pasen": (date(2027, 3, 26), date(2027, 3, 29)),
        "Meivakantie": (date(2027, 4, 24), date(2027, 5, 9)),
        "Hemelvaart": (date(2027, 5, 6), date(2027, 5, 7)),
        "Tweede Pinksterdag": (date(2027, 5, 17), date(2027, 5, 17)),
        "Zomervakantie": (date(2027, 7, 17), date(2027, 8, 29)),
    }


def test_the_holidays_of_later_years_are_in_order_and_leave_a_school_year_of_forty_weeks() -> None:
    for year in range(2025, 2060):
        free = holidays(year)

        assert [days[1] for days in free] == sorted(days[1] for days in free)
        taught = sum(
            not any(first <= day <= last for _, first, last in free)
            for day in (free[0][2] + timedelta(days) for days in range((free[-1][1] - free[0][2]).days))
            if day.isoweekday() <= 5
        )
        assert 190 <= taught <= 210
