"""Absences: a parent says that a child is away and why; the teacher of the group sees it the same second (R9, R10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, case

from models import AbsenceReason, AbsenceReport, AbsenceState, table_of
from models.absences import LIVE
from resolvers import live, policy
from resolvers.errors import Code, Refused
from resolvers.places import Place, find_places
from resolvers.policy import Me
from resolvers.school_days import school_year_end
from resolvers.views import View, belongs_to
from resolvers.writing import Change, command

GREATEST_BATCH = 20

_OVERLAP = {"absence_report_live_no_overlap": Refused(Code.ALREADY_REPORTED, "startsAt")}


def _state(me: Me, report: FromClause) -> ColumnElement[str]:
    """ENDED is what a live report becomes by the passing of time."""
    ended = and_(report.c.state.in_(LIVE), report.c.ends_at <= me.now)
    return case((ended, AbsenceState.ENDED.value), else_=report.c.state)


ABSENCE_REPORT = View(
    name="AbsenceReport",
    node="absence",
    table=table_of(AbsenceReport),
    visible=policy.sees_absence,
    computed={"state": _state},
    relations={
        "pupil": belongs_to("Pupil", "pupil_id"),
        "reported_by": belongs_to("Person", "reported_by"),
        "acknowledged_by": belongs_to("Person", "acknowledged_by"),
    },
)


def _announce(change: Change, place: Place, kind: str, report_id: UUID) -> None:
    change.append(live.GROUP_ABSENCES.topic(place.group_id), kind, report=report_id)
    change.append(live.SCHOOL_ABSENCES.topic(place.school_id), kind, report=report_id)


def _checked_range(
    place: Place, reason: AbsenceReason, starts_at: datetime, ends_at: datetime | None, *, whole_days: bool
) -> tuple[datetime, datetime | None]:
    """The range as it is kept. Refuses: REQUIRED, INVALID_RANGE, INVALID (past the school year), NO_SCHOOL_TIME."""
    if ends_at is None and reason is not AbsenceReason.ILLNESS:
        raise Refused(Code.REQUIRED, "endsAt")
    if ends_at is not None and ends_at <= starts_at:
        raise Refused(Code.INVALID_RANGE, "endsAt")
    if whole_days:
        starts_at, ends_at = place.days.whole_days(starts_at, ends_at)
    last_day = school_year_end(place.days.day_of(starts_at))
    if ends_at is not None and ends_at > place.days.midnight(last_day + timedelta(days=1)):
        raise Refused(Code.INVALID, "endsAt")
    if place.days.first_lesson(starts_at, ends_at) is None:
        raise Refused(Code.NO_SCHOOL_TIME, "startsAt")
    return starts_at, ends_at


def _check_start(change: Change, place: Place, reason: AbsenceReason, starts_at: datetime) -> None:
    """Guardians report from today on, illness at the latest from the next school day; the school also looks back.

    Refuses: INVALID (in the past, or after this school year), START_TOO_FAR.
    """
    today, start = place.days.day_of(change.context.now), place.days.day_of(starts_at)
    next_day, year_end = place.days.next_school_day(today) or today, school_year_end(today)
    by_school = policy.is_staff_of(change.viewer, place)
    if start < date(year_end.year - 1, 8, 1) or (start < today and not by_school):
        raise Refused(Code.INVALID, "startsAt")
    if reason is AbsenceReason.ILLNESS and not by_school and start > next_day:
        raise Refused(Code.START_TOO_FAR, "startsAt")
    if start > max(year_end, next_day):
        raise Refused(Code.INVALID, "startsAt")


def _distinct(pupil_ids: Sequence[UUID]) -> list[UUID]:
    """The pupils asked, each once. Refuses: REQUIRED, TOO_MANY."""
    asked = list(dict.fromkeys(pupil_ids))
    if not asked:
        raise Refused(Code.REQUIRED, "pupilIds")
    if len(asked) > GREATEST_BATCH:
        raise Refused(Code.TOO_MANY, "pupilIds")
    return asked


def _check_note(reason: AbsenceReason, note: str | None) -> None:
    """Refuses: REASON_REQUIRED (OTHER says nothing by itself)."""
    if reason is AbsenceReason.OTHER and note is None:
        raise Refused(Code.REASON_REQUIRED, "note")


@command
async def report_absence(
    change: Change,
    *,
    pupil_ids: Sequence[UUID],
    reason: AbsenceReason,
    note: str | None,
    starts_at: datetime,
    ends_at: datetime | None,
    whole_days: bool,
) -> list[UUID]:
    """Report one or more pupils absent: one report per pupil, all or none; answers their keys in the order asked.

    `whole_days` widens the range to whole days in the school's zone. After the cut-off it is accepted, and marked.
    Refuses: NOT_FOUND, REASON_REQUIRED (OTHER without a note), REQUIRED, INVALID_RANGE, INVALID, START_TOO_FAR,
    NO_SCHOOL_TIME, ALREADY_REPORTED (overlaps a live report, also one made in the same second). Source: f3, R9, R10.
    """
    asked = _distinct(pupil_ids)
    _check_note(reason, note)
    reports: dict[UUID, AbsenceReport] = {}
    for place in await find_places(change, asked, "pupilIds"):
        _check_start(change, place, reason, starts_at)
        begin, end = _checked_range(place, reason, starts_at, ends_at, whole_days=whole_days)
        report = AbsenceReport(
            school_id=place.school_id,
            pupil_id=place.pupil_id,
            reason=reason,
            note=note,
            starts_at=begin,
            ends_at=end,
            whole_days=whole_days,
            after_cutoff=place.days.is_after_cutoff(begin, change.context.now),
            reported_by=change.viewer.person_id,
            reported_at=change.context.now,
        )
        reports[place.pupil_id] = report
        change.session.add(report)
        change.audit("report_absence", place.school_id, report.id, pupil_id=place.pupil_id)
        _announce(change, place, "REPORTED", report.id)
    await change.flush(refusals=_OVERLAP)
    return [reports[pupil_id].id for pupil_id in asked]


async def _live_report(change: Change, report_id: UUID) -> tuple[AbsenceReport, Place]:
    """A report that still counts, and where its pupil is. Refuses: NOT_FOUND, INVALID (withdrawn or corrected)."""
    report = await change.find(AbsenceReport, report_id, policy.sees_absence, "reportId")
    if report.state not in LIVE:
        raise Refused(Code.INVALID, "reportId")
    (place,) = await find_places(change, [report.pupil_id], "reportId")
    return report, place


def _has_started(change: Change, report: AbsenceReport, place: Place) -> bool:
    """Whether the child has begun to be missed: from the first lesson in the range on, not from midnight."""
    first = place.days.first_lesson(report.starts_at, report.ends_at) or report.starts_at
    return first <= change.context.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a change asks; a field that is not named in `given` stays as it is."""

    given: tuple[str, ...]
    reason: AbsenceReason | None = None
    note: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    correction_reason: str | None = None


@command
async def change_absence(change: Change, *, report_id: UUID, wish: Wish) -> UUID:
    """Change a report: before its start anything, after it only the end (f3, "Changing").

    The school may correct more after the start, with a reason: that makes a new report in place of the old, which
    stays as CORRECTED. Answers the report that counts from now on.
    Refuses: NOT_FOUND, INVALID, ALREADY_STARTED, REASON_REQUIRED, and what `report_absence` refuses about ranges.
    """
    report, place = await _live_report(change, report_id)
    started = _has_started(change, report, place)
    only_end = set(wish.given) <= {"ends_at"}
    if started and not only_end and not policy.is_staff_of(change.viewer, place):
        raise Refused(Code.ALREADY_STARTED, "reportId")
    values = _wished(change, report, place, wish)
    if not started or only_end:
        for name, value in values.items():
            setattr(report, name, value)
        return await _changed(change, report, place, "change_absence", "CHANGED")
    if wish.correction_reason is None:
        raise Refused(Code.REASON_REQUIRED, "correctionReason")
    return await _correct(change, report, place, values, wish.correction_reason)


def _wished(change: Change, report: AbsenceReport, place: Place, wish: Wish) -> dict[str, Any]:
    """The checked values of a changed report."""
    reason = wish.reason or report.reason
    note = wish.note if "note" in wish.given else report.note
    starts_at = wish.starts_at or report.starts_at
    ends_at = wish.ends_at if "ends_at" in wish.given else report.ends_at
    _check_note(reason, note)
    if wish.starts_at is not None or wish.reason is not None:
        _check_start(change, place, reason, starts_at)
    begin, end = _checked_range(place, reason, starts_at, ends_at, whole_days=report.whole_days)
    return {"reason": reason, "note": note, "starts_at": begin, "ends_at": end}


async def _changed(change: Change, report: AbsenceReport, place: Place, action: str, kind: str) -> UUID:
    change.audit(action, report.school_id, report.id, pupil_id=report.pupil_id)
    _announce(change, place, kind, report.id)
    await change.flush(refusals=_OVERLAP)
    return report.id


async def _correct(
    change: Change, report: AbsenceReport, place: Place, values: dict[str, Any], correction_reason: str
) -> UUID:
    report.state = AbsenceState.CORRECTED
    await change.flush()  # the old report makes room before the new one comes
    kept = report.model_dump(exclude={"id", *values})
    anew: dict[str, Any] = {
        "state": AbsenceState.REPORTED,
        "supersedes_id": report.id,
        "correction_reason": correction_reason,
        "reported_by": change.viewer.person_id,
        "reported_at": change.context.now,
        "acknowledged_by": None,
        "acknowledged_at": None,
    }
    replacement = AbsenceReport(**(kept | values | anew))
    change.session.add(replacement)
    _announce(change, place, "CORRECTED", report.id)
    return await _changed(change, replacement, place, "correct_absence", "CORRECTED")


@command
async def withdraw_absence(change: Change, *, report_id: UUID) -> UUID:
    """Take a report back before it has started; who reported it, or the school (ABS-09, ABS-10).

    Refuses: NOT_FOUND, FORBIDDEN (another guardian's report), INVALID, ALREADY_STARTED (to guardians).
    """
    report, place = await _live_report(change, report_id)
    if not policy.may_withdraw_absence(change.viewer, report.reported_by, place):
        raise Refused(Code.FORBIDDEN, "reportId")
    if _has_started(change, report, place) and not policy.is_staff_of(change.viewer, place):
        raise Refused(Code.ALREADY_STARTED, "reportId")
    report.state = AbsenceState.WITHDRAWN
    return await _changed(change, report, place, "withdraw_absence", "WITHDRAWN")


@command
async def report_recovery(change: Change, *, report_id: UUID, first_day_back: date) -> UUID:
    """Report a child better: the absence ends as the first day back begins, in the school's zone (f3).

    Refuses: NOT_FOUND, INVALID, INVALID_RANGE (not after the first day of the absence, or after its known end).
    """
    report, place = await _live_report(change, report_id)
    first_day = place.days.day_of(report.starts_at)
    if not first_day < first_day_back <= school_year_end(first_day):
        raise Refused(Code.INVALID_RANGE, "firstDayBack")
    back = place.days.midnight(first_day_back)
    if report.ends_at is not None and back > report.ends_at:
        raise Refused(Code.INVALID_RANGE, "firstDayBack")
    report.ends_at = back
    return await _changed(change, report, place, "report_recovery", "RECOVERED")


@command
async def acknowledge_absence(change: Change, *, report_id: UUID) -> UUID:
    """Say that the school has seen a report; seeing is not approving. The first to say so stays.

    Refuses: NOT_FOUND, FORBIDDEN (not who teaches the pupil, nor the administration), INVALID.
    """
    report, place = await _live_report(change, report_id)
    if not policy.is_staff_of(change.viewer, place):
        raise Refused(Code.FORBIDDEN, "reportId")
    if report.state is AbsenceState.ACKNOWLEDGED:
        return report.id
    report.state = AbsenceState.ACKNOWLEDGED
    report.acknowledged_by, report.acknowledged_at = change.viewer.person_id, change.context.now
    return await _changed(change, report, place, "acknowledge_absence", "ACKNOWLEDGED")
