"""When an absence may begin and end: school days, the cut-off, weekends, holidays (f3)."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

import models
from models.database import Database
from tests.api.documents import REPORT_ABSENCE
from tests.api.steps import absence_of, at, keeps, of_noor, reported, stored
from tests.clients import Client, Clients, Clock
from tests.factories import (
    SCHOOL_TIMES,
    SmallSchool,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    holiday,
    sign_in_token,
)

REASONS = [reason.value for reason in models.AbsenceReason]

AUTUMN = (date(2026, 10, 17), date(2026, 10, 25))
"""A Saturday and a Sunday: the holiday of one week, with the weekends around it."""


# ------------------------------------------------------------------------------------------------ the cut-off


@pytest.mark.parametrize(
    ("now", "start", "late"),
    [
        (at("2026-09-15", "08:14:59"), at("2026-09-15"), False),
        (at("2026-09-15", "08:15:00"), at("2026-09-15"), False),
        (at("2026-09-15", "08:15:01"), at("2026-09-15"), True),
        (at("2026-09-15", "23:59"), at("2026-09-16"), False),
        (at("2026-09-16", "00:00"), at("2026-09-16"), False),
        (at("2026-09-18", "20:00"), at("2026-09-21"), False),
    ],
)
async def test_a_report_after_the_cut_off_of_its_day_is_taken_and_marked(
    small_school: SmallSchool, parent: Client, clock: Clock, *, now: datetime, start: datetime, late: bool
) -> None:
    clock.stand_at(now)

    assert (await reported(parent, of_noor(small_school, start)))["afterCutoff"] is late


async def test_the_cut_off_is_the_schools_own_and_by_the_schools_clock(
    clients: Clients, clock: Clock, database: Database
) -> None:
    curacao = ZoneInfo("America/Curacao")
    async with founding(database) as facts:
        school = found_school(facts, time_zone=curacao.key, report_cutoff=time(7, 30))
        pupils = [enrol(facts, found_group(facts, school)) for _ in range(2)]
        client = clients(sign_in_token(facts, guardian(facts, *pupils)))

    for pupil, hour, late in zip(pupils, ("07:29", "07:31"), (False, True), strict=True):
        clock.stand_at(at("2026-09-15", hour, curacao))
        report = await reported(client, absence_of(pupil, starts_at=at("2026-09-15", "08:00", curacao)))
        assert (report["startsAt"], report["afterCutoff"]) == ("2026-09-15T04:00:00+00:00", late)


# ------------------------------------------------------------------------------------------------ from when


@pytest.mark.parametrize(
    ("now", "first", "too_far"),
    [
        ("2026-09-15", "2026-09-16", "2026-09-17"),  # Tuesday: Wednesday, and not Thursday
        ("2026-09-18", "2026-09-21", "2026-09-22"),  # Friday: Monday
        ("2026-09-19", "2026-09-21", "2026-09-22"),  # Saturday: Monday
        ("2026-10-16", "2026-10-26", "2026-10-27"),  # the Friday before the holiday: the first day after it
        ("2026-10-20", "2026-10-26", "2026-10-27"),  # in the holiday
    ],
)
async def test_an_illness_starts_at_the_latest_on_the_next_school_day(
    small_school: SmallSchool,
    parent: Client,
    clock: Clock,
    database: Database,
    now: str,
    first: str,
    too_far: str,
) -> None:
    town = small_school
    async with founding(database) as facts:
        holiday(facts, town.school, *AUTUMN)
    clock.stand_at(at(now, "16:00"))

    assert await parent.refused(REPORT_ABSENCE, input=of_noor(town, at(too_far))) == ["START_TOO_FAR"]
    assert await keeps(database, town) == 0
    await parent.ok(REPORT_ABSENCE, input=of_noor(town, at(first)))


async def test_an_illness_starts_after_the_summer_at_the_latest_on_the_first_day_of_school(
    small_school: SmallSchool, parent: Client, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        holiday(facts, town.school, date(2027, 7, 17), date(2027, 8, 29), name="Zomervakantie")
    clock.stand_at(at("2027-07-16", "16:00"))  # the last day of school, a Friday

    refused = await parent.refused(REPORT_ABSENCE, input=of_noor(town, at("2027-08-31")))
    assert refused == ["START_TOO_FAR"]
    await parent.ok(REPORT_ABSENCE, input=of_noor(town, at("2027-08-30")))


async def test_midnight_is_that_of_the_school_and_not_of_utc(
    small_school: SmallSchool, parent: Client, clock: Clock
) -> None:
    town = small_school
    wednesday = of_noor(town, at("2026-09-16"))

    clock.stand_at(at("2026-09-14", "23:59"))  # a minute later it is Tuesday at school, and still Monday in UTC
    assert await parent.refused(REPORT_ABSENCE, input=wednesday) == ["START_TOO_FAR"]

    clock.stand_at(at("2026-09-15", "00:00"))
    assert (await reported(parent, wednesday))["startsAt"] == "2026-09-15T22:00:00+00:00"


async def test_at_one_minute_to_midnight_today_is_still_today_and_then_it_is_past(
    small_school: SmallSchool, parent: Client, clock: Clock, database: Database
) -> None:
    town = small_school
    today = of_noor(town, at("2026-09-15"), at("2026-09-15", "14:00"))

    clock.stand_at(at("2026-09-16", "00:00"))  # in UTC it is still the 15th
    assert await parent.refused(REPORT_ABSENCE, input=today) == ["INVALID"]
    assert await keeps(database, town) == 0

    clock.stand_at(at("2026-09-15", "23:59"))
    assert (await reported(parent, today))["afterCutoff"] is True


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason != "ILLNESS"])
async def test_other_reasons_may_lie_ahead(small_school: SmallSchool, parent: Client, reason: str) -> None:
    wanted = of_noor(small_school, at("2027-03-09"), at("2027-03-09", "14:00"), reason=reason, note="Afspraak")

    assert (await reported(parent, wanted))["reason"] == reason


async def test_only_the_school_looks_back(small_school: SmallSchool, parent: Client, clients: Clients) -> None:
    town = small_school
    yesterday = of_noor(town, at("2026-09-14"), at("2026-09-14", "14:00"))

    assert await parent.refused(REPORT_ABSENCE, input=yesterday) == ["INVALID"]

    seen = await reported(clients(town.token(town.teacher)), yesterday)
    assert seen["state"] == "ENDED"


# ------------------------------------------------------------------------------------------------ until when


@pytest.mark.parametrize(("start", "end"), [("09:00", "09:00"), ("09:00", "08:59")])
@pytest.mark.parametrize("whole_days", [True, False])
async def test_an_end_that_is_not_after_the_start_is_refused(
    small_school: SmallSchool, parent: Client, database: Database, *, start: str, end: str, whole_days: bool
) -> None:
    town = small_school
    wanted = of_noor(town, at("2026-09-16", start), at("2026-09-16", end), wholeDays=whole_days)

    assert await parent.refused(REPORT_ABSENCE, input=wanted) == ["INVALID_RANGE"]
    assert await keeps(database, town) == 0
    await parent.ok(REPORT_ABSENCE, input=wanted | {"endsAt": at("2026-09-16", "10:00").isoformat()})


@pytest.mark.parametrize("reason", REASONS)
async def test_only_an_illness_may_be_without_an_end(
    small_school: SmallSchool, parent: Client, database: Database, reason: str
) -> None:
    town = small_school
    wanted = of_noor(town, at("2026-09-16"), reason=reason, note="Wij bellen nog.")

    if reason == "ILLNESS":
        assert (await reported(parent, wanted))["endsAt"] is None
    else:
        assert await parent.refused(REPORT_ABSENCE, input=wanted) == ["REQUIRED"]
        assert await keeps(database, town) == 0


async def test_another_reason_is_explained(small_school: SmallSchool, parent: Client, database: Database) -> None:
    town = small_school
    wanted = of_noor(town, at("2026-09-16"), at("2026-09-16", "14:00"), reason="OTHER")

    assert await parent.refused(REPORT_ABSENCE, input=wanted) == ["REASON_REQUIRED"]
    blank = await parent.refused(REPORT_ABSENCE, input=wanted | {"note": " \n "})
    assert blank[0] in {"REASON_REQUIRED", "REQUIRED"}
    assert await keeps(database, town) == 0

    assert (await reported(parent, wanted | {"note": "Verhuizing"}))["note"] == "Verhuizing"


async def test_whole_days_are_kept_from_midnight_to_midnight(small_school: SmallSchool, parent: Client) -> None:
    town = small_school

    report = await reported(parent, of_noor(town, at("2026-09-16", "10:00"), at("2026-09-17", "11:00")))
    hours = await reported(parent, of_noor(town, at("2026-09-18", "10:00"), at("2026-09-18", "11:00"), wholeDays=False))

    assert (report["startsAt"], report["endsAt"]) == ("2026-09-15T22:00:00+00:00", "2026-09-17T22:00:00+00:00")
    assert (hours["startsAt"], hours["endsAt"]) == ("2026-09-18T08:00:00+00:00", "2026-09-18T09:00:00+00:00")


async def test_an_end_at_midnight_belongs_to_the_day_before(small_school: SmallSchool, parent: Client) -> None:
    report = await reported(parent, of_noor(small_school, at("2026-09-16"), at("2026-09-17", "00:00")))

    assert report["endsAt"] == "2026-09-16T22:00:00+00:00"


@pytest.mark.parametrize(
    ("day", "begin", "end", "fits"),
    [
        ("2026-09-16", "07:00", "08:30", False),
        ("2026-09-16", "07:00", "08:31", True),
        ("2026-09-16", "12:30", "14:00", False),  # Wednesday ends at half past twelve
        ("2026-09-16", "12:29", "14:00", True),
        ("2026-09-17", "12:30", "14:00", True),
        ("2026-09-17", "14:00", "16:00", False),
        ("2026-09-19", "09:00", "12:00", False),  # Saturday
    ],
)
async def test_there_must_be_school_in_an_absence(
    clients: Clients, database: Database, *, day: str, begin: str, end: str, fits: bool
) -> None:
    wednesday = (3, time(8, 30), time(12, 30))
    async with founding(database) as facts:
        times = [wednesday if one[0] == 3 else one for one in SCHOOL_TIMES]
        pupil = enrol(facts, found_group(facts, found_school(facts), times=times))
        client = clients(sign_in_token(facts, guardian(facts, pupil)))
    wanted = absence_of(
        pupil, starts_at=at(day, begin), endsAt=at(day, end), reason="MEDICAL_APPOINTMENT", wholeDays=False
    )

    answered = await client.ask(REPORT_ABSENCE, input=wanted)

    assert answered.codes == ([] if fits else ["NO_SCHOOL_TIME"])
    assert await stored(database, models.AbsenceReport, pupil_id=pupil.id) == int(fits)


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        ("2026-09-19", "2026-09-20", False),  # a weekend
        ("2026-09-18", "2026-09-20", True),  # with its Friday
        ("2026-09-19", "2026-09-21", True),  # with its Monday
        ("2026-10-19", "2026-10-23", False),  # the holiday
        ("2026-10-17", "2026-10-25", False),  # with its weekends
        ("2026-10-16", "2026-10-25", True),
        ("2026-10-19", "2026-10-26", True),
    ],
)
async def test_weekends_and_holidays_alone_are_no_absence_and_within_one_they_are_skipped(
    small_school: SmallSchool, parent: Client, database: Database, *, first: str, last: str, fits: bool
) -> None:
    town = small_school
    async with founding(database) as facts:
        holiday(facts, town.school, *AUTUMN)

    answered = await parent.ask(REPORT_ABSENCE, input=of_noor(town, at(first), at(last, "14:00")))

    assert answered.codes == ([] if fits else ["NO_SCHOOL_TIME"])
    assert await keeps(database, town) == int(fits)


async def test_a_holiday_of_another_school_changes_nothing_here(
    small_school: SmallSchool, parent: Client, database: Database
) -> None:
    async with founding(database) as facts:
        holiday(facts, found_school(facts), *AUTUMN)

    await parent.ok(REPORT_ABSENCE, input=of_noor(small_school, at("2026-10-19"), at("2026-10-19", "14:00")))
