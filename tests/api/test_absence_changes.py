"""What becomes of a report: changed, taken back, corrected by the school, and the child that is better again (f3)."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models.database import Database
from tests.api.documents import (
    ACKNOWLEDGE_ABSENCE,
    CHANGE_ABSENCE,
    READ_ABSENCE,
    REPORT_ABSENCE,
    REPORT_RECOVERY,
    WITHDRAW_ABSENCE,
)
from tests.api.steps import BEFORE, DURING, LESSON, THURSDAYS_END, absence_of, stored, to
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool

# ------------------------------------------------------------------------------------------------ before it starts


async def test_before_the_start_a_guardian_changes_anything(
    parent: Client, report: dict[str, Any], database: Database, small_school: SmallSchool
) -> None:
    wanted = to(
        report,
        reason="MEDICAL_APPOINTMENT",
        note="Tandarts",
        startsAt=LESSON,
        endsAt=LESSON + timedelta(hours=2),
    )

    changed = await parent.ok(CHANGE_ABSENCE, input=wanted)

    assert changed["report"] == report | {
        "reason": "MEDICAL_APPOINTMENT",
        "note": "Tandarts",
        "startsAt": "2026-09-16T22:00:00+00:00",
        "endsAt": THURSDAYS_END,
    }
    assert await stored(database, models.AbsenceReport, school_id=small_school.school.id) == 1


async def test_what_is_left_out_stays_and_null_takes_away(parent: Client, report: dict[str, Any]) -> None:
    assert (await parent.ok(CHANGE_ABSENCE, input=to(report)))["report"] == report

    without_note = await parent.ok(CHANGE_ABSENCE, input=to(report, note=None))
    assert without_note["report"] == report | {"note": None}

    open_ended = await parent.ok(CHANGE_ABSENCE, input=to(report, endsAt=None))
    assert open_ended["report"] == report | {"note": None, "endsAt": None}


async def test_another_guardian_of_the_child_changes_a_report_too(
    parent: Client, other_parent: Client, report: dict[str, Any], clients: Clients, small_school: SmallSchool
) -> None:
    changed = await other_parent.ok(CHANGE_ABSENCE, input=to(report, note="Koorts en hoesten"))

    assert changed["report"]["note"] == "Koorts en hoesten"
    for stranger in (small_school.classmates_guardian, small_school.other_teacher):
        client = clients(small_school.token(stranger))
        assert await client.refused(CHANGE_ABSENCE, input=to(report, note="Anders")) == ["NOT_FOUND"]
    assert (await parent.ok(READ_ABSENCE, id=report["id"]))["note"] == "Koorts en hoesten"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"endsAt": LESSON - timedelta(days=2)}, "INVALID_RANGE"),
        ({"startsAt": LESSON + timedelta(days=2), "endsAt": LESSON + timedelta(days=2, hours=5)}, "START_TOO_FAR"),
        ({"reason": "MEDICAL_APPOINTMENT", "endsAt": None}, "REQUIRED"),
        ({"reason": "OTHER", "note": None}, "REASON_REQUIRED"),
        (
            {
                "reason": "MEDICAL_APPOINTMENT",
                "startsAt": LESSON + timedelta(days=2),
                "endsAt": LESSON + timedelta(days=3),
            },
            "NO_SCHOOL_TIME",
        ),
        ({"startsAt": BEFORE - timedelta(days=1)}, "INVALID"),
        ({"endsAt": LESSON + timedelta(days=7)}, "ALREADY_REPORTED"),
    ],
)
async def test_a_changed_report_keeps_to_the_same_rules(
    small_school: SmallSchool, parent: Client, report: dict[str, Any], wish: dict[str, Any], code: str
) -> None:
    next_week = absence_of(
        small_school.noor,
        starts_at=LESSON + timedelta(days=7),
        endsAt=LESSON + timedelta(days=7, hours=2),
        reason="MEDICAL_APPOINTMENT",
    )
    await parent.ok(REPORT_ABSENCE, input=next_week)

    assert await parent.refused(CHANGE_ABSENCE, input=to(report, **wish)) == [code]

    assert await parent.ok(READ_ABSENCE, id=report["id"]) == report
    await parent.ok(CHANGE_ABSENCE, input=to(report, endsAt=LESSON + timedelta(days=1, hours=5)))


async def test_before_the_start_the_reporter_takes_a_report_back(
    small_school: SmallSchool, parent: Client, report: dict[str, Any], clients: Clients
) -> None:
    taken = await parent.ok(WITHDRAW_ABSENCE, input=to(report))

    assert taken["report"] == report | {"state": "WITHDRAWN"}
    for client in (parent, clients(small_school.token(small_school.teacher))):
        assert (await client.ok(READ_ABSENCE, id=report["id"]))["state"] == "WITHDRAWN"


async def test_only_the_reporter_and_the_school_take_a_report_back(
    small_school: SmallSchool, parent: Client, other_parent: Client, report: dict[str, Any], clients: Clients
) -> None:
    refusals = {
        other_parent: "FORBIDDEN",
        clients(small_school.token(small_school.classmates_guardian)): "NOT_FOUND",
        clients(small_school.token(small_school.other_teacher)): "NOT_FOUND",
    }

    for client, code in refusals.items():
        assert await client.refused(WITHDRAW_ABSENCE, input=to(report)) == [code]
    assert (await parent.ok(READ_ABSENCE, id=report["id"]))["state"] == "REPORTED"

    school = clients(small_school.token(small_school.teacher))
    assert (await school.ok(WITHDRAW_ABSENCE, input=to(report)))["report"]["state"] == "WITHDRAWN"


async def test_a_withdrawn_report_is_the_end_of_it(
    small_school: SmallSchool, parent: Client, report: dict[str, Any], clients: Clients, clock: Clock
) -> None:
    school = clients(small_school.token(small_school.teacher))
    await parent.ok(CHANGE_ABSENCE, input=to(report, note="Nog niet ingetrokken"))
    await parent.ok(WITHDRAW_ABSENCE, input=to(report))

    for client in (parent, school):
        assert await client.refused(CHANGE_ABSENCE, input=to(report, note="Toch")) == ["INVALID"]
        assert await client.refused(WITHDRAW_ABSENCE, input=to(report)) == ["INVALID"]
        assert await client.refused(REPORT_RECOVERY, input=to(report, firstDayBack="2026-09-17")) == ["INVALID"]
    assert await school.refused(ACKNOWLEDGE_ABSENCE, input=to(report)) == ["INVALID"]
    clock.stand_at(LESSON + timedelta(days=30))
    assert (await parent.ok(READ_ABSENCE, id=report["id"]))["state"] == "WITHDRAWN"


async def test_a_retried_change_is_made_once(
    parent: Client, report: dict[str, Any], clock: Clock, database: Database, small_school: SmallSchool
) -> None:
    wanted = to(report, note="Griep", endsAt=LESSON + timedelta(days=1, hours=5), clientMutationId="tik-1")

    first = await parent.ok(CHANGE_ABSENCE, input=wanted)
    clock.advance(minutes=1)

    assert await parent.ok(CHANGE_ABSENCE, input=wanted) == first
    audited = await stored(database, models.AuditEntry, school_id=small_school.school.id, action="change_absence")
    assert audited == 1
    assert await parent.refused(CHANGE_ABSENCE, input=wanted | {"note": "Anders"}) == ["INVALID"]


# ------------------------------------------------------------------------------------------------ after it has started


async def test_after_the_start_a_guardian_changes_only_the_end(
    parent: Client, other_parent: Client, report: dict[str, Any], clock: Clock
) -> None:
    clock.stand_at(DURING)

    for wish in (
        {"reason": "FAMILY_EMERGENCY"},
        {"note": "Anders"},
        {"note": None},
        {"startsAt": LESSON},
        {"note": "Anders", "endsAt": LESSON + timedelta(days=1)},
    ):
        assert await parent.refused(CHANGE_ABSENCE, input=to(report, **wish)) == ["ALREADY_STARTED"], wish
    assert await parent.ok(READ_ABSENCE, id=report["id"]) == report

    longer = await other_parent.ok(CHANGE_ABSENCE, input=to(report, endsAt=LESSON + timedelta(days=1, hours=5)))
    assert longer["report"] == report | {"endsAt": "2026-09-18T22:00:00+00:00"}
    open_ended = await parent.ok(CHANGE_ABSENCE, input=to(report, endsAt=None))
    assert open_ended["report"] == report | {"endsAt": None}


async def test_a_guardian_can_not_correct_as_the_school_does(
    parent: Client, report: dict[str, Any], clock: Clock, clients: Clients, small_school: SmallSchool
) -> None:
    clock.stand_at(DURING)
    wanted = to(report, reason="FAMILY_EMERGENCY", correctionReason="Verkeerd gekozen")

    assert await parent.refused(CHANGE_ABSENCE, input=wanted) == ["ALREADY_STARTED"]
    await clients(small_school.token(small_school.teacher)).ok(CHANGE_ABSENCE, input=wanted)


async def test_after_the_start_a_guardian_takes_nothing_back(
    parent: Client, report: dict[str, Any], clock: Clock
) -> None:
    clock.stand_at(DURING)

    assert await parent.refused(WITHDRAW_ABSENCE, input=to(report)) == ["ALREADY_STARTED"]

    assert (await parent.ok(READ_ABSENCE, id=report["id"]))["state"] == "REPORTED"


@pytest.mark.parametrize("hour", [7, 8])
async def test_in_the_morning_before_the_first_lesson_it_has_not_started_yet(
    parent: Client, report: dict[str, Any], clock: Clock, hour: int
) -> None:
    clock.stand_at(LESSON.replace(hour=hour, minute=29) - timedelta(days=1))

    await parent.ok(CHANGE_ABSENCE, input=to(report, note="Toch geen koorts"))
    await parent.ok(WITHDRAW_ABSENCE, input=to(report))
