"""The facts: what is stored. One module per area; `models.Post` is the short way to name a table."""

from models.absences import AbsenceReason, AbsenceReport, AbsenceState
from models.access import ClientKind, Session
from models.audit import AuditEntry, Idempotency
from models.base import Row, new_id, table_of
from models.feed import Comment, Post, PostRead, PostRevision
from models.people import Locale, Person
from models.school import (
    Enrolment,
    Group,
    Guardianship,
    Holiday,
    InformationRight,
    Membership,
    Pupil,
    Role,
    School,
    SchoolTime,
    Teaching,
)
from models.stream import Stream, StreamEvent

__all__ = [
    "AbsenceReason",
    "AbsenceReport",
    "AbsenceState",
    "AuditEntry",
    "ClientKind",
    "Comment",
    "Enrolment",
    "Group",
    "Guardianship",
    "Holiday",
    "Idempotency",
    "InformationRight",
    "Locale",
    "Membership",
    "Person",
    "Post",
    "PostRead",
    "PostRevision",
    "Pupil",
    "Role",
    "Row",
    "School",
    "SchoolTime",
    "Session",
    "Stream",
    "StreamEvent",
    "Teaching",
    "new_id",
    "table_of",
]
