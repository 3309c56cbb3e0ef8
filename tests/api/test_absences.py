"""Absences: who reports whom, who knows why, and that nothing is ever half reported (R9, R10, R27, R28, R30)."""

from datetime import date, timedelta

import models
from models import InformationRight
from models.database import Database
from tests.api.documents import ACKNOWLEDGE_ABSENCE, GROUPS_DAY, READ_ABSENCE, REPORT_ABSENCE, WITHDRAW_ABSENCE, node
from tests.api.steps import THURSDAY, absence_of, appointment, ids, stored
from tests.clients import BEFORE_SCHOOL, Clients, Clock
from tests.factories import (
    TOMORROW,
    YESTERDAY,
    SmallSchool,
    absence,
    admin,
    amend,
    enrol,
    found_school,
    founding,
    guardian,
    id_of,
    person,
    sign_in_token,
    staff,
    teach,
    teacher,
)

SCHOOLS_DAY = "query($id: ID!, $on: Date!) { node(id: $id) { ... on School { absenceReports(on: $on) { id } } } }"

PUPILS_REPORTS = node("Pupil", "absenceReports { edges { node { id reason note } } }")


async def test_guardians_report_their_own_child_and_no_other(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    parent = clients(town.token(town.guardian))

    made = await parent.ok(REPORT_ABSENCE, input=absence_of(town.noor, starts_at=BEFORE_SCHOOL, note="Koorts"))

    assert made["reports"] == [
        {
            "id": made["reports"][0]["id"],
            "state": "REPORTED",
            "reason": "ILLNESS",
            "note": "Koorts",
            "startsAt": "2026-09-14T22:00:00+00:00",
            "endsAt": None,
            "wholeDays": True,
            "afterCutoff": False,
            "pupil": {"givenName": "Noor"},
        }
    ]
    for foreign in (town.sam, town.lina):
        assert await parent.refused(REPORT_ABSENCE, input=absence_of(foreign, starts_at=BEFORE_SCHOOL)) == ["NOT_FOUND"]
    assert await stored(database, models.AbsenceReport, school_id=town.school.id) == 1


async def test_the_groups_teachers_and_the_administration_report_a_child_too_and_other_staff_do_not(
    small_school: SmallSchool, clients: Clients
) -> None:
    town = small_school
    await clients(town.token(town.teacher)).ok(REPORT_ABSENCE, input=appointment(town.noor))
    await clients(town.token(town.admin)).ok(REPORT_ABSENCE, input=appointment(town.sam))

    wanted = appointment(town.noor, day=THURSDAY + timedelta(days=1))
    assert await clients(town.token(town.other_teacher)).refused(REPORT_ABSENCE, input=wanted) == ["NOT_FOUND"]


async def _people(database: Database, town: SmallSchool) -> dict[str, str]:
    """Everybody who might want to know why Noor is away: their tokens."""
    tomorrow = BEFORE_SCHOOL + timedelta(days=1)
    async with founding(database) as facts:
        duo = teacher(facts, town.group, name="Ilse Dekker")
        substitute, former = staff(facts, town.school), staff(facts, town.school)
        teach(facts, town.group, substitute, since=YESTERDAY, ended_at=tomorrow)
        teach(facts, town.group, former, ended_at=YESTERDAY)
        announced = staff(facts, town.school)
        teach(facts, town.group, announced, since=tomorrow)
        people = {
            "guardian": town.guardian,
            "other guardian": guardian(facts, town.noor, name="Deniz Yilmaz"),
            "teacher": town.teacher,
            "duo teacher": duo,
            "substitute": substitute,
            "administrator": town.admin,
            "guardian on request": guardian(facts, town.noor, information_right=InformationRight.ON_REQUEST),
            "guardian without the right": guardian(facts, town.noor, information_right=InformationRight.NONE),
            "guardian not confirmed": guardian(facts, town.noor, information_right=InformationRight.PENDING),
            "former guardian": guardian(facts, town.noor, ended_at=YESTERDAY),
            "classmate's guardian": town.classmates_guardian,
            "guardian elsewhere": town.other_groups_guardian,
            "teacher elsewhere": town.other_teacher,
            "former substitute": former,
            "next week's substitute": announced,
            "librarian": staff(facts, town.school),
            "another school's administrator": admin(facts, found_school(facts)),
            "nobody's": person(facts),
        }
        return {name: sign_in_token(facts, somebody) for name, somebody in people.items()}


async def test_the_reason_is_told_to_guardians_the_groups_teachers_and_the_administration_alone(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    tokens = await _people(database, town)
    async with founding(database) as facts:
        report = id_of(absence(facts, town.noor, town.guardian, note="Koorts"))
    on = TOMORROW.isoformat()

    informed = set()
    for name, token in tokens.items():
        client = clients(token)
        group = await client.ok(GROUPS_DAY, id=id_of(town.group), on=on)
        school = await client.ok(SCHOOLS_DAY, id=id_of(town.school), on=on)
        pupil = await client.ok(PUPILS_REPORTS, id=id_of(town.noor))
        ways = [
            await client.ok(READ_ABSENCE, id=report) is not None,
            report in [one["id"] for one in (group or {"absenceReports": []})["absenceReports"]],
            report in [one["id"] for one in (school or {"absenceReports": []})["absenceReports"]],
            report in (ids(pupil["absenceReports"]) if pupil else []),
        ]
        assert len(set(ways)) == 1, f"{name} sees it one way and not another: {ways}"
        if ways[0]:
            informed.add(name)
            assert (await client.ok(READ_ABSENCE, id=report))["note"] == "Koorts"

    assert informed == {"guardian", "other guardian", "teacher", "duo teacher", "substitute", "administrator"}


async def test_nobody_but_the_informed_says_or_changes_anything_about_a_child(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    tokens = await _people(database, town)
    async with founding(database) as facts:
        report = id_of(absence(facts, town.noor, town.guardian))
    informed = {"guardian", "other guardian", "teacher", "duo teacher", "substitute", "administrator"}

    for name in sorted(set(tokens) - informed):
        client = clients(tokens[name])
        assert await client.refused(REPORT_ABSENCE, input=appointment(town.noor)) == ["NOT_FOUND"], name
        assert await client.refused(WITHDRAW_ABSENCE, input={"reportId": report}) == ["NOT_FOUND"], name
        assert await client.refused(ACKNOWLEDGE_ABSENCE, input={"reportId": report}) == ["NOT_FOUND"], name

    assert await stored(database, models.AbsenceReport, school_id=town.school.id, state="REPORTED") == 1
    for weeks, name in enumerate(sorted(informed)):
        wanted = appointment(town.noor, day=THURSDAY + timedelta(weeks=weeks))
        await clients(tokens[name]).ok(REPORT_ABSENCE, input=wanted)


async def test_a_substitute_knows_why_until_the_assignment_ends(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        substitute = staff(facts, town.school)
        teach(facts, town.group, substitute, since=YESTERDAY, ended_at=clock.now + timedelta(hours=9))
        token = sign_in_token(facts, substitute)
        report = id_of(absence(facts, town.noor, town.guardian, day=date(2026, 9, 15)))
    assert (await clients(token).ok(READ_ABSENCE, id=report))["reason"] == "ILLNESS"

    clock.advance(hours=9)

    assert await clients(token).ok(READ_ABSENCE, id=report) is None
    assert await clients(token).refused(ACKNOWLEDGE_ABSENCE, input={"reportId": report}) == ["NOT_FOUND"]


async def test_a_guardianship_that_ended_this_morning_reports_nothing_any_more(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        leaver = guardian(facts, town.sam, ended_at=clock.now + timedelta(minutes=5))
        token = sign_in_token(facts, leaver)
    await clients(token).ok(REPORT_ABSENCE, input=appointment(town.sam))

    clock.advance(minutes=5)

    next_day = appointment(town.sam, day=THURSDAY + timedelta(days=1))
    assert await clients(token).refused(REPORT_ABSENCE, input=next_day) == ["NOT_FOUND"]


async def test_the_group_of_today_is_told_and_the_group_that_a_child_left_is_not(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    moved = clock.now - timedelta(hours=1)
    async with founding(database) as facts:
        mila = enrol(facts, town.group, given_name="Mila", ended_at=moved)
        enrol(facts, town.other_group, mila, since=moved)
        parent = sign_in_token(facts, guardian(facts, mila))
    made = await clients(parent).ok(REPORT_ABSENCE, input=appointment(mila))
    report = made["reports"][0]["id"]

    assert (await clients(town.token(town.other_teacher)).ok(READ_ABSENCE, id=report))["reason"] == (
        "MEDICAL_APPOINTMENT"
    )
    assert await clients(town.token(town.teacher)).ok(READ_ABSENCE, id=report) is None


# ------------------------------------------------------------------------------------------------ the day list


async def test_the_days_list_of_a_group_holds_what_touches_the_day_live_reports_first(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        finn = enrol(facts, town.group, given_name="Finn")
        withdrawn = absence(facts, town.noor, town.guardian, state=models.AbsenceState.WITHDRAWN, reported_at=YESTERDAY)
        later = absence(facts, finn, town.guardian, reported_at=YESTERDAY + timedelta(hours=1), days=2)
        earlier = absence(facts, town.noor, town.guardian, reported_at=YESTERDAY + timedelta(minutes=1))
        absence(facts, town.lina, town.guardian)
        absence(facts, town.sam, town.guardian, day=date(2026, 9, 15))
        friday = absence(facts, town.sam, town.guardian, day=date(2026, 9, 18))
    eyes = clients(town.token(town.teacher))

    async def listed(day: date) -> list[str]:
        found = await eyes.ok(GROUPS_DAY, id=id_of(town.group), on=day.isoformat())
        return [one["id"] for one in found["absenceReports"]]

    assert await listed(TOMORROW) == [id_of(earlier), id_of(later), id_of(withdrawn)]
    assert await listed(date(2026, 9, 17)) == [id_of(later)]
    assert await listed(date(2026, 9, 18)) == [id_of(friday)]
    assert await listed(date(2026, 9, 19)) == []


# ------------------------------------------------------------------------------------------------ acknowledging


async def test_the_school_says_that_it_has_seen_a_report_and_the_first_to_say_so_stays(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        report = {"reportId": id_of(absence(facts, town.noor, town.guardian))}
    parent = clients(town.token(town.guardian))
    assert await parent.refused(ACKNOWLEDGE_ABSENCE, input=report) == ["FORBIDDEN"]
    assert (await parent.ok(READ_ABSENCE, id=report["reportId"]))["state"] == "REPORTED"

    seen = await clients(town.token(town.teacher)).ok(ACKNOWLEDGE_ABSENCE, input=report)
    clock.advance(minutes=1)
    again = await clients(town.token(town.admin)).ok(ACKNOWLEDGE_ABSENCE, input=report)

    assert seen["report"]["state"] == "ACKNOWLEDGED"
    assert seen["report"]["acknowledgedAt"] == "2026-09-15T05:00:00+00:00"
    assert seen["report"]["acknowledgedBy"] == {"name": "Joke Smit"}
    assert again == seen
    told = await parent.ok(node("AbsenceReport", "state acknowledgedBy { name }"), id=report["reportId"])
    assert told == {"state": "ACKNOWLEDGED", "acknowledgedBy": {"name": "Joke Smit"}}


async def test_an_acknowledged_report_still_stands_in_the_way_of_another(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    parent = clients(town.token(town.guardian))
    made = (await parent.ok(REPORT_ABSENCE, input=appointment(town.noor)))["reports"][0]

    await clients(town.token(town.teacher)).ok(ACKNOWLEDGE_ABSENCE, input={"reportId": made["id"]})

    assert await parent.refused(REPORT_ABSENCE, input=appointment(town.noor)) == ["ALREADY_REPORTED"]


async def test_somebody_whose_profile_is_incomplete_reports_nobody(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    parent = clients(town.token(town.guardian))
    await parent.ok(REPORT_ABSENCE, input=appointment(town.noor))

    await amend(database, town.guardian, name="")

    wanted = appointment(town.noor, day=THURSDAY + timedelta(days=1))
    assert await parent.refused(REPORT_ABSENCE, input=wanted) == ["PROFILE_INCOMPLETE"]
