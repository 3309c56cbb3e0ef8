"""Invitations and requests as facts, with secrets that a test can work out."""

from datetime import timedelta
from typing import Any

import models
from models import AccessRequestStatus, InvitationState, Role, VerificationMethod
from resolvers.secrets import hashed, hashed_code
from tests.clients import BEFORE_SCHOOL
from tests.facts import YESTERDAY, Facts

CODE = "2345-6789"


def secret_of(row: Any) -> str:
    """The secret of an invitation's link, of a request's, or in a mail to a person."""
    return f"secret-{row.id.hex}"


def invite(
    facts: Facts, pupil: models.Pupil, by: models.Person, *, to: models.Person | None = None
) -> models.Invitation:
    """An invitation whose mail has gone out: to somebody new, or to somebody whose secret it then holds."""
    invitation = models.Invitation(
        school_id=pupil.school_id,
        role=Role.GUARDIAN,
        pupil_id=pupil.id,
        email=to.email if to else f"nieuw-{pupil.id.hex}@mensen.example",
        name="Femke de Groot",
        state=InvitationState.SENT,
        created_by=by.id,
        created_at=YESTERDAY,
        sent_at=YESTERDAY,
        expires_at=BEFORE_SCHOOL + timedelta(days=13),
    )
    secret = secret_of(to or invitation)
    invitation.token_hash, invitation.code_hash = hashed(secret), hashed_code(CODE, salt=secret)
    return facts.add(invitation)


def ask_for_access(
    facts: Facts, pupil: models.Pupil, by: models.Person, *, verified_by: models.Person | None = None
) -> models.AccessRequest:
    """A request that is confirmed; or verified by somebody, and a code mailed that is the requester's secret."""
    request = models.AccessRequest(
        school_id=pupil.school_id,
        requester_name=by.name,
        email=by.email,
        status=AccessRequestStatus.PENDING,
        requested_at=YESTERDAY,
        expires_at=BEFORE_SCHOOL + timedelta(days=6),
        confirmed_at=YESTERDAY,
    )
    request.confirm_hash = hashed(secret_of(request))
    if verified_by is not None:
        request.status, request.method = AccessRequestStatus.VERIFIED, VerificationMethod.CALL_BACK
        request.verified_by, request.verified_at = verified_by.id, YESTERDAY
        request.code_hash = hashed_code(secret_of(by))
    facts.add(request)
    facts.add(
        models.RequestedChild(
            school_id=pupil.school_id,
            request_id=request.id,
            place=0,
            name=f"{pupil.given_name} {pupil.family_name}",
            birth_date=pupil.birth_date,
            pupil_id=None if verified_by is None else pupil.id,
        )
    )
    return request
