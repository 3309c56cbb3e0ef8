"""What the school corrects after the start of an absence, and the child that is better again (f3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.database import Database
from tests.api.documents import (
    ACKNOWLEDGE_ABSENCE,
    CHANGE_ABSENCE,
    GROUPS_DAY,
    READ_ABSENCE,
    REPORT_ABSENCE,
    REPORT_RECOVERY,
)
from tests.api.steps import (
    BEFORE,
    DURING,
    LESSON,
    absence_of,
    to,
)
from tests.clients import AMSTERDAM, Client, Clients, Clock
from tests.factories import SmallSchool, id_of

# ------------------------------------------------------------------------------------------------ by the school


@pytest.mark.parametrize("who", ["teacher", "admin"])
async def test_the_school_corrects_with_a_reason_and_the_old_report_stays(
    small_school: SmallSchool,
    parent: Client,
    report: dict[str, Any],
    clients: Clients,
    clock: Clock,
    database: Database,
    who: str,
) -> None:
    town = small_school
    school = clients(town.token(getattr(town, who)))
    await school.ok(ACKNOWLEDGE_ABSENCE, input=to(report))
    clock.stand_at(DURING)
    wanted = to(report, reason="FAMILY_EMERGENCY", note="Begrafenis")
    assert await school.refused(CHANGE_ABSENCE, input=wanted) == ["REASON_REQUIRED"]

    corrected = await school.ok(CHANGE_ABSENCE, input=wanted | {"correctionReason": "Verkeerd gekozen"})

    fresh = corrected["report"]
    assert fresh == report | {"id": fresh["id"], "reason": "FAMILY_EMERGENCY", "note": "Begrafenis"}
    assert fresh["id"] != report["id"]
    assert await parent.ok(READ_ABSENCE, id=fresh["id"]) == fresh
    assert await parent.ok(READ_ABSENCE, id=report["id"]) == report | {"state": "CORRECTED"}
    listed = await parent.ok(GROUPS_DAY, id=id_of(town.group), on="2026-09-17")
    assert [(one["id"], one["state"]) for one in listed["absenceReports"]] == [
        (fresh["id"], "REPORTED"),
        (report["id"], "CORRECTED"),
    ]
    rows = await database.fetch(
        "select n.correction_reason, n.reported_by, n.acknowledged_by, o.note from absence_report n"
        " join absence_report o on o.id = n.supersedes_id where n.school_id = $1",
        [town.school.id],
    )
    assert [tuple(row) for row in rows] == [("Verkeerd gekozen", getattr(town, who).id, None, "Koorts")]


async def test_corrections_make_a_chain_of_which_only_the_last_counts(
    small_school: SmallSchool, report: dict[str, Any], clients: Clients, clock: Clock, database: Database
) -> None:
    school = clients(small_school.token(small_school.teacher))
    clock.stand_at(DURING)

    first = await school.ok(CHANGE_ABSENCE, input=to(report, note="Een", correctionReason="Gebeld"))
    assert await school.refused(CHANGE_ABSENCE, input=to(report, note="Twee", correctionReason="Gebeld")) == ["INVALID"]
    last = await school.ok(CHANGE_ABSENCE, input=to(first["report"], note="Twee", correctionReason="Gebeld"))

    rows = await database.fetch(
        "select state, note, id from absence_report where school_id = $1 order by id", [small_school.school.id]
    )
    assert [(row[0], row[1]) for row in rows] == [("CORRECTED", "Koorts"), ("CORRECTED", "Een"), ("REPORTED", "Twee")]
    assert last["report"]["id"] == f"absence_{rows[-1][2].hex}"


async def test_a_correction_does_not_run_into_another_report(
    small_school: SmallSchool, parent: Client, report: dict[str, Any], clients: Clients, clock: Clock
) -> None:
    friday = absence_of(
        small_school.noor,
        starts_at=LESSON + timedelta(days=1),
        endsAt=LESSON + timedelta(days=1, hours=1),
        reason="MEDICAL_APPOINTMENT",
    )
    await parent.ok(REPORT_ABSENCE, input=friday)
    school = clients(small_school.token(small_school.teacher))
    clock.stand_at(DURING)
    wanted = to(report, reason="OTHER", note="Anders", correctionReason="Gebeld")

    longer = wanted | {"endsAt": (LESSON + timedelta(days=1, hours=5)).isoformat()}
    assert await school.refused(CHANGE_ABSENCE, input=longer) == ["ALREADY_REPORTED"]

    assert (await parent.ok(READ_ABSENCE, id=report["id"]))["state"] == "REPORTED"
    await school.ok(CHANGE_ABSENCE, input=wanted)


# ------------------------------------------------------------------------------------------------ better again


async def test_a_child_that_is_better_is_back_as_its_day_begins(
    small_school: SmallSchool, parent: Client, clock: Clock
) -> None:
    (ill,) = (await parent.ok(REPORT_ABSENCE, input=absence_of(small_school.noor, starts_at=BEFORE)))["reports"]
    clock.stand_at(BEFORE + timedelta(days=1))

    better = await parent.ok(REPORT_RECOVERY, input=to(ill, firstDayBack="2026-09-17"))

    assert better["report"] == ill | {"endsAt": "2026-09-16T22:00:00+00:00"}
    clock.stand_at(datetime(2026, 9, 16, 23, 59, tzinfo=AMSTERDAM))
    assert (await parent.ok(READ_ABSENCE, id=ill["id"]))["state"] == "REPORTED"
    clock.stand_at(datetime(2026, 9, 17, tzinfo=AMSTERDAM))
    assert (await parent.ok(READ_ABSENCE, id=ill["id"]))["state"] == "ENDED"


async def test_the_other_guardian_and_the_teacher_report_a_child_better_and_strangers_do_not(
    small_school: SmallSchool, other_parent: Client, report: dict[str, Any], clients: Clients, clock: Clock
) -> None:
    town = small_school
    clock.stand_at(LESSON - timedelta(hours=2))
    back = to(report, firstDayBack="2026-09-17")

    for stranger in (town.classmates_guardian, town.other_groups_guardian, town.other_teacher):
        assert await clients(town.token(stranger)).refused(REPORT_RECOVERY, input=back) == ["NOT_FOUND"]

    assert (await other_parent.ok(REPORT_RECOVERY, input=back))["report"]["endsAt"] == "2026-09-16T22:00:00+00:00"
    await clients(town.token(town.teacher)).ok(REPORT_RECOVERY, input=back)


@pytest.mark.parametrize("day", ["2026-09-15", "2026-09-16", "2026-09-19", "2027-08-01", "2199-01-01", "1900-01-01"])
async def test_nobody_is_back_before_being_away_nor_after_the_known_end(
    parent: Client, report: dict[str, Any], day: str
) -> None:
    assert await parent.refused(REPORT_RECOVERY, input=to(report, firstDayBack=day)) == ["INVALID_RANGE"]

    assert await parent.ok(READ_ABSENCE, id=report["id"]) == report
    await parent.ok(REPORT_RECOVERY, input=to(report, firstDayBack="2026-09-17"))


async def test_the_first_day_back_after_a_night_when_the_clocks_change_begins_at_local_midnight(
    small_school: SmallSchool, parent: Client, clock: Clock
) -> None:
    clock.stand_at(datetime(2026, 10, 22, 7, 0, tzinfo=AMSTERDAM))
    ill = absence_of(small_school.noor, starts_at=datetime(2026, 10, 22, 8, 30, tzinfo=AMSTERDAM))
    (made,) = (await parent.ok(REPORT_ABSENCE, input=ill))["reports"]

    better = await parent.ok(REPORT_RECOVERY, input=to(made, firstDayBack="2026-10-26"))

    assert better["report"]["endsAt"] == "2026-10-25T23:00:00+00:00"


async def test_every_change_is_told_once_to_the_group_and_to_the_school(
    small_school: SmallSchool,
    parent: Client,
    report: dict[str, Any],
    clients: Clients,
    clock: Clock,
    database: Database,
) -> None:
    town = small_school
    school = clients(town.token(town.teacher))

    await parent.ok(CHANGE_ABSENCE, input=to(report, note="Griep"))
    await school.ok(ACKNOWLEDGE_ABSENCE, input=to(report))
    clock.stand_at(DURING)
    await school.ok(CHANGE_ABSENCE, input=to(report, note="Buikgriep", correctionReason="Gebeld"))

    for topic in (f"absences:group:{town.group.id}", f"absences:school:{town.school.id}"):
        rows = await database.fetch("select seq, type from stream_event where topic = $1 order by seq", [topic])
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        kinds = [row["type"] for row in rows]
        assert kinds[:3] == ["REPORTED", "CHANGED", "ACKNOWLEDGED"]
        assert set(kinds[3:]) == {"CORRECTED"}
