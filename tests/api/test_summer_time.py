"""Days of 23 and 25 hours, the end of the school year, and what ends as time passes."""

from datetime import date, datetime, time, timedelta

import pytest

from models.database import Database
from tests.api.documents import GROUPS_DAY, READ_ABSENCE, REPORT_ABSENCE
from tests.api.steps import (
    absence_of,
    at,
    keeps,
    of_noor,
    reported,
)
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import (
    SmallSchool,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    sign_in_token,
)

# ------------------------------------------------------------------------------------------------ the school year


async def test_an_absence_ends_with_the_school_year_at_the_latest(
    small_school: SmallSchool, parent: Client, clock: Clock, database: Database
) -> None:
    town = small_school
    clock.stand_at(at("2027-06-01", "07:00"))
    last_day, next_year = at("2027-07-30"), at("2027-08-02")

    for begin, end in ((next_year, next_year), (last_day, next_year)):
        refused = await parent.refused(REPORT_ABSENCE, input=of_noor(town, begin, end + timedelta(hours=5)))
        assert refused[0] in {"INVALID", "START_TOO_FAR", "INVALID_RANGE"}
    assert await keeps(database, town) == 0

    await parent.ok(REPORT_ABSENCE, input=of_noor(town, last_day, last_day + timedelta(hours=5)))


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("1901-01-01", "1901-01-02"),
        ("2199-12-30", "2199-12-31"),
        ("2026-09-16", "2199-12-31"),
        ("2026-09-16", "2036-09-16"),
    ],
)
async def test_a_day_far_away_is_no_school_day(
    small_school: SmallSchool, parent: Client, clients: Clients, database: Database, begin: str, end: str
) -> None:
    town = small_school
    wanted = of_noor(town, at(begin), at(end))

    for client in (parent, clients(town.token(town.admin))):
        assert await client.refused(REPORT_ABSENCE, input=wanted) == ["INVALID"]
    assert await keeps(database, town) == 0
    await parent.ok(REPORT_ABSENCE, input=of_noor(town, at("2026-09-16"), at("2026-09-17")))


# ------------------------------------------------------------------------------------------------ summer time


@pytest.mark.parametrize(
    ("friday", "monday", "begin", "end"),
    [
        ("2026-03-27", "2026-03-30", "2026-03-26T23:00:00+00:00", "2026-03-30T22:00:00+00:00"),
        ("2026-10-23", "2026-10-26", "2026-10-22T22:00:00+00:00", "2026-10-26T23:00:00+00:00"),
    ],
)
async def test_whole_days_around_a_night_when_the_clocks_change_begin_and_end_at_local_midnight(
    small_school: SmallSchool,
    parent: Client,
    clock: Clock,
    friday: str,
    monday: str,
    begin: str,
    end: str,
) -> None:
    clock.stand_at(at(friday, "07:00"))

    report = await reported(parent, of_noor(small_school, at(friday), at(monday, "14:00")))

    assert (report["startsAt"], report["endsAt"]) == (begin, end)
    assert report["afterCutoff"] is False


@pytest.mark.parametrize(
    ("friday", "monday"), [("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")], ids=["spring", "autumn"]
)
@pytest.mark.parametrize(("hour", "late"), [("08:15", False), ("08:16", True)])
async def test_the_cut_off_keeps_to_the_clock_on_the_wall_over_such_a_night(
    small_school: SmallSchool, parent: Client, clock: Clock, *, friday: str, monday: str, hour: str, late: bool
) -> None:
    clock.stand_at(at(friday, "20:00"))
    from_friday = await reported(parent, of_noor(small_school, at(monday), at(monday, "09:00"), wholeDays=False))
    assert from_friday["afterCutoff"] is False

    clock.stand_at(at(monday, hour))
    on_monday = of_noor(small_school, at(monday, "13:00"), at(monday, "14:00"), wholeDays=False)

    assert (await reported(parent, on_monday))["afterCutoff"] is late


@pytest.mark.parametrize(
    ("sunday", "begin", "end"),
    [
        ("2026-03-29", "2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"),  # 23 hours
        ("2026-10-25", "2026-10-24T22:00:00+00:00", "2026-10-25T23:00:00+00:00"),  # 25 hours
    ],
)
async def test_a_day_of_23_or_25_hours_is_one_day(
    clients: Clients, clock: Clock, database: Database, sunday: str, begin: str, end: str
) -> None:
    day = date.fromisoformat(sunday)
    async with founding(database) as facts:
        school = found_school(facts)
        group = found_group(facts, school, times=[(weekday, time(0, 30), time(23, 30)) for weekday in range(1, 8)])
        pupil, early, late = (enrol(facts, group, given_name=name) for name in ("Noor", "Mila", "Sam"))
        client = clients(sign_in_token(facts, guardian(facts, pupil, early, late)))
    clock.stand_at(at(sunday, "00:01") - timedelta(days=2))

    whole = await reported(
        client,
        absence_of(pupil, starts_at=at(sunday), endsAt=at(sunday, "23:00"), reason="MEDICAL_APPOINTMENT"),
    )
    edges = [
        await reported(
            client,
            absence_of(
                child, starts_at=at(sunday, first), endsAt=at(sunday, last), reason="EARLY_PICKUP", wholeDays=False
            ),
        )
        for child, first, last in ((early, "00:30", "00:45"), (late, "23:15", "23:45"))
    ]

    assert (whole["startsAt"], whole["endsAt"]) == (begin, end)
    for days, expected in ((-1, set()), (0, {one["id"] for one in (whole, *edges)}), (1, set())):
        on = (day + timedelta(days=days)).isoformat()
        listed = (await client.ok(GROUPS_DAY, id=id_of(group), on=on))["absenceReports"]
        assert {one["id"] for one in listed} == expected


async def test_the_hour_that_comes_twice_is_two_hours(clients: Clients, clock: Clock, database: Database) -> None:
    async with founding(database) as facts:
        group = found_group(facts, found_school(facts), times=[(7, time(1, 0), time(4, 0))])
        pupil = enrol(facts, group)
        client = clients(sign_in_token(facts, guardian(facts, pupil)))
    clock.stand_at(at("2026-10-24", "12:00"))
    first_half_past_two, second = "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"
    wanted = absence_of(
        pupil,
        starts_at=datetime.fromisoformat(first_half_past_two),
        endsAt=second,
        reason="LATE_ARRIVAL",
        wholeDays=False,
    )

    report = await reported(client, wanted)

    assert (report["startsAt"], report["endsAt"]) == ("2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00")
    turned = wanted | {"startsAt": second, "endsAt": first_half_past_two}
    assert await client.refused(REPORT_ABSENCE, input=turned) == ["INVALID_RANGE"]


# ------------------------------------------------------------------------------------------------ as time passes


async def test_a_report_has_ended_when_its_end_has_come(
    small_school: SmallSchool, parent: Client, clock: Clock
) -> None:
    town = small_school
    wanted = of_noor(town, at("2026-09-15", "10:00"), at("2026-09-15", "11:00"), wholeDays=False)
    dentist = await reported(parent, wanted)
    ill = await reported(parent, of_noor(town, at("2026-09-16")))

    async def states() -> list[str]:
        return [(await parent.ok(READ_ABSENCE, id=one["id"]))["state"] for one in (dentist, ill)]

    assert clock.now == BEFORE_SCHOOL
    clock.stand_at(at("2026-09-15", "10:59:59"))
    assert await states() == ["REPORTED", "REPORTED"]
    clock.stand_at(at("2026-09-15", "11:00"))
    assert await states() == ["ENDED", "REPORTED"]
    clock.stand_at(at("2026-10-15", "11:00"))
    assert await states() == ["ENDED", "REPORTED"]
