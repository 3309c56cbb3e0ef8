"""Absence reports: rows ABS."""

from collections.abc import Callable
from typing import Any

from tests.factories import id_of
from tests.personas import TODAY, World
from tests.policy.probes import Case, Change, Read, always, ids, mutation, node

REPORT = (
    "id pupil { id } reason note startsAt endsAt wholeDays state afterCutoff reportedBy { id name label } reportedAt"
    " acknowledgedBy { id name } acknowledgedAt"
)
ON = f'absenceReports(on: "{TODAY}") {{ {REPORT} }} absenceCursor'
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


def _own(world: World) -> Any:
    return world.absences["own"]


def _other(world: World) -> Any:
    return world.absences["other"]


def _state(report: Any) -> str:
    return report["state"]


def _why(report: Any) -> tuple[str, str]:
    return report["reason"], report["note"]


def _day(row: Any) -> tuple[list[str], bool]:
    """What a day list shows, and whether its feed may be followed."""
    if row is None:
        return [], False
    return sorted(report["id"] for report in row["absenceReports"]), row["absenceCursor"] is not None


def _reports(*names: str, followed: bool = False) -> Callable[[Case], tuple[list[str], bool]]:
    return lambda case: (ids(*(case.world.absences[name] for name in names)), followed)


def _own_child(case: Case) -> tuple[list[str], bool]:
    return _reports("other_group" if case.persona == "guardian_other_group" else "own")(case)


def _own_groups(case: Case) -> tuple[list[str], bool]:
    return _reports("other_group")(case) if case.persona == "other_staff" else _reports("own", "other")(case)


READ_ABSENCES: tuple[Read, ...] = (
    node("ABS-03", "AbsenceReport", REPORT, _own, shows=_state, allowed=always("REPORTED")),
    node(
        "ABS-03",
        "Pupil",
        f"absenceReports {{ edges {{ cursor node {{ id }} }} {PAGE} }}",
        lambda world: world.own_child,
        name="list",
        shows=lambda pupil: sorted(edge["node"]["id"] for edge in pupil["absenceReports"]["edges"]),
        allowed=lambda case: ids(case.world.absences["own"], case.world.absences["co_guardian"]),
    ),
    node("ABS-04", "AbsenceReport", REPORT, _other, shows=_state, allowed=always("REPORTED")),
    node("ABS-05", "AbsenceReport", REPORT, _own, shows=_why, allowed=always(("ILLNESS", "Koorts"))),
    node("ABS-06", "AbsenceReport", REPORT, _other, shows=_why, allowed=always(("ILLNESS", "Koorts"))),
    node(
        "ABS-07",
        "Group",
        ON,
        lambda world: world.a1,
        shows=_day,
        allowed=_reports("own", "other", followed=True),
        filtered={"EMPTY": always(([], False)), "OWN_CHILD": _own_child},
    ),
    node(
        "ABS-08",
        "School",
        ON,
        lambda world: world.school_a,
        shows=_day,
        allowed=_reports("own", "other", "other_group", followed=True),
        filtered={"EMPTY": always(([], False)), "OWN_CHILD": _own_child, "OWN_GROUPS": _own_groups},
    ),
)


def _report(row: str, pupil: str) -> Change:
    def variables(case: Case) -> dict[str, Any]:
        return {
            "pupilIds": [id_of(getattr(case.world, pupil))],
            "reason": "MEDICAL_APPOINTMENT",
            "startsAt": "2026-09-21T08:00:00+02:00",
            "endsAt": "2026-09-21T12:00:00+02:00",
        }

    return Change(
        row=row,
        document=mutation("reportAbsence", f"reports {{ {REPORT} }}"),
        variables=variables,
        target=("pupilIds",),
        shows=lambda payload: [(report["pupil"]["id"], report["state"]) for report in payload["reports"]],
        allowed=lambda case: [(id_of(getattr(case.world, pupil)), "REPORTED")],
    )


def _about_report(row: str, operation: str, report: str, becomes: Any, name: str = "", **more: Any) -> Change:
    return Change(
        row=row,
        name=name,
        document=mutation(operation, f"report {{ {REPORT} }}"),
        variables=lambda case: {"reportId": id_of(case.world.absences[report]), **more},
        target=("reportId",),
        shows=lambda payload: [payload["report"][field] for field in becomes],
        allowed=always(list(becomes.values())),
    )


CHANGE_ABSENCES = (
    _report("ABS-01", "own_child"),
    _report("ABS-02", "other_pupil"),
    _about_report("ABS-09", "withdrawAbsence", "own", {"state": "WITHDRAWN"}),
    _about_report("ABS-09", "changeAbsence", "own", {"note": "Buikpijn"}, "change", note="Buikpijn"),
    _about_report(
        "ABS-09",
        "reportRecovery",
        "own",
        {"endsAt": "2026-09-15T22:00:00+00:00"},
        "recovery",
        firstDayBack="2026-09-16",
    ),
    _about_report("ABS-10", "withdrawAbsence", "co_guardian", {"state": "WITHDRAWN"}),
    _about_report("ABS-13", "acknowledgeAbsence", "own", {"state": "ACKNOWLEDGED"}),
)
