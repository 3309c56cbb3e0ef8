"""All or nothing, and nothing twice: several children at once, and reports that meet (f3)."""

import asyncio
from datetime import datetime, time, timedelta

import pytest

import models
from models.database import Database
from tests.api.documents import REPORT_ABSENCE, WITHDRAW_ABSENCE
from tests.api.steps import (
    THURSDAY,
    absence_of,
    appointment,
    stored,
)
from tests.clients import AMSTERDAM, Clients, Clock
from tests.factories import (
    YESTERDAY,
    SmallSchool,
    absence,
    enrol,
    found_group,
    founding,
    guardian,
    sign_in_token,
)

# ------------------------------------------------------------------------------------------------ all or nothing


async def _family(database: Database, town: SmallSchool) -> tuple[str, list[models.Pupil]]:
    """Three children of one guardian, in two groups."""
    async with founding(database) as facts:
        others = [
            enrol(facts, town.other_group, given_name="Tess"),
            enrol(facts, town.group, given_name="Finn"),
        ]
        guardian(facts, *others, somebody=town.guardian)
    return town.token(town.guardian), [others[1], town.noor, others[0]]


async def test_several_children_are_reported_at_once_in_the_order_asked(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    token, children = await _family(database, town)

    made = await clients(token).ok(REPORT_ABSENCE, input=appointment(*children))

    assert [report["pupil"]["givenName"] for report in made["reports"]] == ["Finn", "Noor", "Tess"]
    assert await stored(database, models.AbsenceReport, school_id=town.school.id) == 3


@pytest.mark.parametrize("problem", ["another family's", "already reported", "not enrolled", "no school that day"])
@pytest.mark.parametrize("place", [0, 2])
async def test_when_one_of_three_children_can_not_be_reported_none_is(
    small_school: SmallSchool, clients: Clients, database: Database, problem: str, place: int
) -> None:
    town = small_school
    token, children = await _family(database, town)
    before = 0
    async with founding(database) as facts:
        if problem == "another family's":
            child, code = town.sam, "NOT_FOUND"
        elif problem == "already reported":
            child, code, before = enrol(facts, town.group), "ALREADY_REPORTED", 1
            absence(facts, child, town.teacher, day=THURSDAY.date())
        elif problem == "not enrolled":
            child, code = enrol(facts, town.group, ended_at=YESTERDAY), "NO_SCHOOL_TIME"
        else:
            mondays = found_group(facts, town.school, times=[(1, time(8, 30), time(14, 0))])
            child, code = enrol(facts, mondays), "NO_SCHOOL_TIME"
        if child is not town.sam:
            guardian(facts, child, somebody=town.guardian)
    asked = [*children[:2]]
    asked.insert(place, child)

    assert await clients(token).refused(REPORT_ABSENCE, input=appointment(*asked)) == [code]

    assert await stored(database, models.AbsenceReport, school_id=town.school.id) == before
    audited = await stored(database, models.AuditEntry, school_id=town.school.id, action="report_absence")
    assert audited == 0
    await clients(token).ok(REPORT_ABSENCE, input=appointment(*children))


async def test_a_child_named_twice_is_reported_once(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school

    await clients(town.token(town.guardian)).ok(REPORT_ABSENCE, input=appointment(town.noor, town.noor))

    assert await stored(database, models.AbsenceReport, school_id=town.school.id) == 1


async def test_a_report_that_is_refused_does_not_reach_the_log_of_events(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    topic = f"absences:group:{town.group.id}"
    parent = clients(town.token(town.guardian))

    assert await parent.refused(REPORT_ABSENCE, input=appointment(town.noor, town.sam)) == ["NOT_FOUND"]
    assert await stored(database, models.StreamEvent, topic=topic) == 0

    await parent.ok(REPORT_ABSENCE, input=appointment(town.noor))
    assert await stored(database, models.StreamEvent, topic=topic) == 1


# ------------------------------------------------------------------------------------------------ reported before


async def test_reports_of_one_child_do_not_overlap_whoever_makes_them(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        other = sign_in_token(facts, guardian(facts, town.noor, name="Deniz Yilmaz"))
    first, second = clients(town.token(town.guardian)), clients(other)
    await first.ok(REPORT_ABSENCE, input=appointment(town.noor))

    hour = absence_of(
        town.noor,
        starts_at=THURSDAY + timedelta(hours=9),
        endsAt=THURSDAY + timedelta(hours=10),
        reason="EARLY_PICKUP",
        wholeDays=False,
    )
    for client in (first, second, clients(town.token(town.teacher))):
        assert await client.refused(REPORT_ABSENCE, input=appointment(town.noor)) == ["ALREADY_REPORTED"]
        assert await client.refused(REPORT_ABSENCE, input=hour) == ["ALREADY_REPORTED"]

    for days in (-1, 1):
        await second.ok(REPORT_ABSENCE, input=appointment(town.noor, day=THURSDAY + timedelta(days=days)))
    assert await stored(database, models.AbsenceReport, pupil_id=town.noor.id) == 3


async def test_what_was_withdrawn_can_be_reported_again(small_school: SmallSchool, clients: Clients) -> None:
    town = small_school
    parent = clients(town.token(town.guardian))
    made = (await parent.ok(REPORT_ABSENCE, input=appointment(town.noor)))["reports"][0]
    assert await parent.refused(REPORT_ABSENCE, input=appointment(town.noor)) == ["ALREADY_REPORTED"]

    await parent.ok(WITHDRAW_ABSENCE, input={"reportId": made["id"]})

    await parent.ok(REPORT_ABSENCE, input=appointment(town.noor))


async def test_of_two_guardians_at_the_same_second_exactly_one_reports(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        other = sign_in_token(facts, guardian(facts, town.noor, name="Deniz Yilmaz"))
    both = [clients(town.token(town.guardian)), clients(other)]

    for week in range(8):
        wanted = appointment(town.noor, day=datetime(2026, 9, 17, tzinfo=AMSTERDAM) + timedelta(weeks=week))
        answers = await asyncio.gather(*(client.ask(REPORT_ABSENCE, input=wanted) for client in both))
        assert sorted(answer.codes for answer in answers) == [[], ["ALREADY_REPORTED"]]

    assert await stored(database, models.AbsenceReport, pupil_id=town.noor.id) == 8


async def test_of_a_crowd_at_the_same_second_one_reports_and_all_others_are_told_so(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        children = [enrol(facts, town.group, given_name=f"Kind {number}") for number in range(40)]
        crowd = [clients(sign_in_token(facts, guardian(facts, *children))) for _ in range(8)]

    for child in children:
        answers = await asyncio.gather(*(client.ask(REPORT_ABSENCE, input=appointment(child)) for client in crowd))
        assert sorted(answer.codes for answer in answers) == [[]] + [["ALREADY_REPORTED"]] * 7

    assert await stored(database, models.AbsenceReport, school_id=town.school.id) == 40


async def test_of_two_guardians_who_name_their_children_in_another_order_exactly_one_reports(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    _, children = await _family(database, town)
    async with founding(database) as facts:
        other = sign_in_token(facts, guardian(facts, *children, name="Deniz Yilmaz"))
    first, second = clients(town.token(town.guardian)), clients(other)

    for week in range(6):
        day = datetime(2026, 9, 17, tzinfo=AMSTERDAM) + timedelta(weeks=week)
        answers = await asyncio.gather(
            first.ask(REPORT_ABSENCE, input=appointment(*children, day=day)),
            second.ask(REPORT_ABSENCE, input=appointment(*reversed(children), day=day)),
        )
        assert sorted(answer.codes for answer in answers) == [[], ["ALREADY_REPORTED"]]

    assert await stored(database, models.AbsenceReport, school_id=town.school.id) == 18


async def test_a_retry_answers_the_first_report_and_makes_no_second(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    parent = clients(town.token(town.guardian))
    wanted = appointment(town.noor, clientMutationId="tik-1")

    first = await parent.ok(REPORT_ABSENCE, input=wanted)
    clock.advance(minutes=1)
    answers = await asyncio.gather(*(parent.ok(REPORT_ABSENCE, input=wanted) for _ in range(4)))

    assert answers == [first] * 4
    assert await parent.refused(REPORT_ABSENCE, input=wanted | {"note": "Tandarts"}) == ["INVALID"]
    assert await stored(database, models.AbsenceReport, pupil_id=town.noor.id) == 1


async def test_every_report_leaves_a_trace_of_who_made_it(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school

    await clients(town.token(town.guardian)).ok(REPORT_ABSENCE, input=appointment(town.noor))

    rows = await database.fetch(
        "select actor_id, at, action, e.pupil_id, object_id = r.id as about"
        " from audit_entry e join absence_report r on r.pupil_id = $2 where e.school_id = $1",
        [town.school.id, town.noor.id],
    )
    assert [tuple(row) for row in rows] == [(town.guardian.id, clock.now, "report_absence", town.noor.id, True)]
