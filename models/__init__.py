"""The facts: what is stored. One module per area; `models.Post` is the short way to name a table."""

from models.absences import AbsenceReason, AbsenceReport, AbsenceState
from models.access import ClientKind, KnownDevice, LinkPurpose, MailedLink, Session
from models.audit import AuditEntry, Idempotency
from models.base import Row, new_id, table_of
from models.factors import Challenge, ChallengePurpose, Passkey, RecoveryCode, Totp
from models.feed import Comment, Post, PostRead, PostRevision
from models.invitations import Invitation, InvitationState
from models.mail import Mail, MailKind, MailState
from models.people import Locale, Person
from models.requests import AccessRequest, AccessRequestStatus, RequestedChild, VerificationMethod
from models.rules import HouseRules, HouseRulesAcceptance
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
    "AccessRequest",
    "AccessRequestStatus",
    "AuditEntry",
    "Challenge",
    "ChallengePurpose",
    "ClientKind",
    "Comment",
    "Enrolment",
    "Group",
    "Guardianship",
    "Holiday",
    "HouseRules",
    "HouseRulesAcceptance",
    "Idempotency",
    "InformationRight",
    "Invitation",
    "InvitationState",
    "KnownDevice",
    "LinkPurpose",
    "Locale",
    "Mail",
    "MailKind",
    "MailState",
    "MailedLink",
    "Membership",
    "Passkey",
    "Person",
    "Post",
    "PostRead",
    "PostRevision",
    "Pupil",
    "RecoveryCode",
    "RequestedChild",
    "Role",
    "Row",
    "School",
    "SchoolTime",
    "Session",
    "Stream",
    "StreamEvent",
    "Teaching",
    "Totp",
    "VerificationMethod",
    "new_id",
    "table_of",
]
