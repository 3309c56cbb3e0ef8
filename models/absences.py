"""Absence reports: that a child is away, from when until when, and why, as a category and never as a diagnosis."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from models.base import Row, choice, instant, key, school_key, within_school


class AbsenceReason(StrEnum):
    ILLNESS = "ILLNESS"
    MEDICAL_APPOINTMENT = "MEDICAL_APPOINTMENT"
    LATE_ARRIVAL = "LATE_ARRIVAL"
    EARLY_PICKUP = "EARLY_PICKUP"
    RELIGIOUS_DAY = "RELIGIOUS_DAY"
    FAMILY_EMERGENCY = "FAMILY_EMERGENCY"
    OTHER = "OTHER"


class AbsenceState(StrEnum):
    """ENDED is not stored: a live report is ended when its end has passed."""

    REPORTED = "REPORTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ENDED = "ENDED"
    WITHDRAWN = "WITHDRAWN"
    CORRECTED = "CORRECTED"


LIVE = (AbsenceState.REPORTED, AbsenceState.ACKNOWLEDGED)
"""States in which a report counts."""


class AbsenceReport(Row, table=True):
    """One absence of one pupil. Live reports of a pupil never overlap; a correction is a new row and keeps the old."""

    __tablename__ = "absence_report"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        within_school("pupil_id", "pupil"),
        within_school("supersedes_id", "absence_report"),
        school_key(),
        CheckConstraint("state <> 'ENDED'", name="ended_is_derived"),
        CheckConstraint("ends_at is null or ends_at > starts_at", name="order"),
        CheckConstraint("ends_at is not null or reason = 'ILLNESS'", name="only_illness_is_open"),
        CheckConstraint("reason <> 'OTHER' or note is not null", name="other_is_explained"),
        ExcludeConstraint(
            ("pupil_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("state in ('REPORTED', 'ACKNOWLEDGED')"),
            name="absence_report_live_no_overlap",
        ),
        Index("ix_absence_report_pupil_newest", "pupil_id", text("starts_at desc"), text("id desc")),
    )

    id: UUID = key()
    school_id: UUID
    pupil_id: UUID
    reason: AbsenceReason = choice(AbsenceReason)
    note: str | None = Field(default=None, max_length=200)
    starts_at: datetime = instant()
    ends_at: datetime | None = instant(default=None)
    whole_days: bool = True
    state: AbsenceState = choice(AbsenceState, default=AbsenceState.REPORTED)
    after_cutoff: bool = False
    reported_by: UUID = Field(foreign_key="person.id")
    reported_at: datetime = instant()
    acknowledged_by: UUID | None = Field(default=None, foreign_key="person.id")
    acknowledged_at: datetime | None = instant(default=None)
    supersedes_id: UUID | None = None
    correction_reason: str | None = Field(default=None, max_length=200)
