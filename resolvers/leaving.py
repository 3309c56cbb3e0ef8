"""Out again: what the school has given ends, at once and for good; what somebody has written stays (R2, R17)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, not_, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import AccessRequest, AccessRequestStatus, InvitationState, MailKind, Role, table_of
from resolvers import letters, policy
from resolvers.errors import Code, Refused
from resolvers.letters import Letter, letter
from resolvers.meetings.parties import leave_parties, leave_rounds
from resolvers.writing import Change, command

_GUARDIANSHIP = table_of(models.Guardianship)
_MEMBERSHIP = table_of(models.Membership)
_INVITATION = table_of(models.Invitation)


async def end_guardianships(change: Change, reason: str, *which: ColumnElement[bool]) -> Sequence[Any]:
    """End guardianships at one school, and where it was somebody's last there, the membership too; write it down.

    Answers the school, pupil and person of each; none when there was nothing to end.
    """
    now = change.context.now
    await _close_ways_in(change, which)
    ending = update(_GUARDIANSHIP).where(policy.lasting(_GUARDIANSHIP, now), *which)
    keys = (_GUARDIANSHIP.c.school_id, _GUARDIANSHIP.c.pupil_id, _GUARDIANSHIP.c.person_id)
    ended = (
        await change.session.execute(ending.values(ended_at=now, ended_reason=reason[:200]).returning(*keys))
    ).all()
    for school_id, pupil_id, person_id in ended:
        change.audit("end_guardianship", school_id, person_id, pupil_id=pupil_id, reason=reason)
    remaining = _GUARDIANSHIP.alias()
    remains = policy.scan(remaining).where(
        remaining.c.school_id == _MEMBERSHIP.c.school_id,
        remaining.c.person_id == _MEMBERSHIP.c.person_id,
        policy.lasting(remaining, now),
    )
    if ended:
        await leave_parties(change, [(pupil_id, person_id) for _, pupil_id, person_id in ended])
        people = {person_id for _, _, person_id in ended}
        await end_memberships(change, ended[0].school_id, people, Role.GUARDIAN, not_(remains.exists()))
    return ended


async def _close_ways_in(change: Change, which: Sequence[ColumnElement[bool]]) -> None:
    """Void what is still on its way to those whose guardianships end: access asks for a new verification (GUA-06)."""
    person, asked, child = table_of(models.Person), table_of(AccessRequest), table_of(models.RequestedChild)
    ending = policy.scan(_GUARDIANSHIP, person, columns=[_GUARDIANSHIP.c.pupil_id, person.c.email]).where(
        person.c.id == _GUARDIANSHIP.c.person_id, policy.lasting(_GUARDIANSHIP, change.context.now), *which
    )
    # Who is let in by one child while the last other one ends would else be left without a membership.
    held = ending.order_by(person.c.id).with_for_update(of=person, key_share=True)
    rows: Sequence[Any] = (await change.session.execute(held)).all()
    theirs = [(pupil_id, email.lower()) for pupil_id, email in rows]
    await _revoke_invitations(change, tuple_(_INVITATION.c.pupil_id, func.lower(_INVITATION.c.email)).in_(theirs))
    named = policy.scan(child).where(
        child.c.request_id == asked.c.id, tuple_(child.c.pupil_id, func.lower(asked.c.email)).in_(theirs)
    )
    voided = update(asked).where(asked.c.status == AccessRequestStatus.VERIFIED.value, named.exists())
    rejected = {"status": AccessRequestStatus.REJECTED, "closed_at": change.context.now, "code_hash": None}
    keys = (asked.c.id, asked.c.school_id)
    for request_id, school_id in await change.session.execute(voided.values(rejected).returning(*keys)):
        change.audit("reject_access_request", school_id, request_id, reason="access ended")


async def revoke_staff_invitations(change: Change, school_id: UUID, email: str) -> None:
    """Void what is still on its way to somebody who stops working at a school."""
    theirs = func.lower(_INVITATION.c.email) == email.lower()
    await _revoke_invitations(change, theirs, _INVITATION.c.school_id == school_id, _INVITATION.c.pupil_id.is_(None))


async def _revoke_invitations(change: Change, *which: ColumnElement[bool]) -> None:
    opened = _INVITATION.c.state.in_((InvitationState.DRAFT.value, InvitationState.SENT.value))
    voided = update(_INVITATION).where(opened, *which)
    values = {"state": InvitationState.REVOKED, "closed_at": change.context.now, "token_hash": None}
    keys = (_INVITATION.c.id, _INVITATION.c.school_id, _INVITATION.c.pupil_id)
    for key, school_id, pupil_id in await change.session.execute(voided.values(values).returning(*keys)):
        change.audit("revoke_invitation", school_id, key, pupil_id=pupil_id, reason="access ended")


async def end_memberships(
    change: Change, school_id: UUID, people: Collection[UUID], role: Role, *which: ColumnElement[bool]
) -> None:
    """End a capacity of people at a school, and let those know for whom nothing remains there."""
    now = change.context.now
    ending = update(_MEMBERSHIP).where(
        _MEMBERSHIP.c.school_id == school_id,
        _MEMBERSHIP.c.person_id.in_(people),
        _MEMBERSHIP.c.role == role.value,
        policy.lasting(_MEMBERSHIP, now),
        *which,
    )
    change.tell_rights(school_id)
    gone = (await change.session.scalars(ending.values(ended_at=now).returning(_MEMBERSHIP.c.person_id))).all()
    person, here = table_of(models.Person), _MEMBERSHIP.alias()
    remains = policy.scan(here).where(
        here.c.school_id == school_id, here.c.person_id == person.c.id, policy.lasting(here, now)
    )
    # Who goes by themselves knows it.
    outside = policy.scan(person, columns=[person.c.id, person.c.email, person.c.locale]).where(
        person.c.id.in_(gone), person.c.id != change.viewer.person_id, not_(remains.exists())
    )
    for row in await change.session.execute(outside):
        letters.post(
            change.session, now, MailKind.ACCESS_ENDED, row.id, to=row.email, locale=row.locale, school_id=school_id
        )


@letter(MailKind.ACCESS_ENDED)
async def _access_ended(session: AsyncSession, mail: models.Mail, now: datetime) -> Letter | None:
    """Needless when the school has let the person in again meanwhile."""
    again = policy.scan(_MEMBERSHIP).where(
        _MEMBERSHIP.c.school_id == mail.school_id,
        _MEMBERSHIP.c.person_id == mail.subject_id,
        policy.lasting(_MEMBERSHIP, now),
    )
    person, school = await session.get(models.Person, mail.subject_id), await session.get(models.School, mail.school_id)
    if person is None or school is None or (await session.execute(again)).first() is not None:
        return None
    return Letter({"name": person.name, "school": school.name})


async def _administered_pupil(change: Change, pupil_id: UUID) -> models.Pupil:
    """A pupil of a school that the viewer administers, for what needs a fresh session.

    Refuses: NOT_FOUND, FORBIDDEN, REAUTHENTICATION_REQUIRED.
    """
    pupil = await change.find(models.Pupil, pupil_id, policy.sees_pupil, "pupilId")
    if not policy.may_administer(change.viewer, pupil.school_id):
        raise Refused(Code.FORBIDDEN)
    change.check_fresh()
    return pupil


@command
async def end_guardianship(change: Change, *, pupil_id: UUID, person_id: UUID, reason: str) -> UUID:
    """End what a guardian may know of a pupil, such as when authority was withdrawn. Other children stay.

    Refuses: NOT_FOUND (not the pupil's guardian), FORBIDDEN (not the administration), REAUTHENTICATION_REQUIRED.
    """
    pupil = await _administered_pupil(change, pupil_id)
    this = and_(_GUARDIANSHIP.c.pupil_id == pupil.id, _GUARDIANSHIP.c.person_id == person_id)
    if not await end_guardianships(change, reason, this):
        raise Refused(Code.NOT_FOUND, "personId")
    return pupil.id


@command
async def leave_guardianship(change: Change, *, pupil_id: UUID) -> UUID:
    """Give up one's own access to a pupil: always possible (GUA-07). Refuses: NOT_FOUND (not one's own)."""
    own = and_(_GUARDIANSHIP.c.pupil_id == pupil_id, _GUARDIANSHIP.c.person_id == change.viewer.person_id)
    begun = _GUARDIANSHIP.c.valid_from <= change.context.now
    if not await end_guardianships(change, "left", own, begun):
        raise Refused(Code.NOT_FOUND, "pupilId")
    return pupil_id


@command
async def deregister_pupil(change: Change, *, pupil_id: UUID, reason: str) -> UUID:
    """A child leaves the school: its place and all guardianships end at once, and nobody is invited any more (PUP-08).

    Refuses: NOT_FOUND, FORBIDDEN (not the administration), REAUTHENTICATION_REQUIRED.
    """
    pupil = await _administered_pupil(change, pupil_id)
    await end_enrolments(change, pupil.id, change.context.now)
    await leave_rounds(change, pupil.id)
    await end_guardianships(change, reason, _GUARDIANSHIP.c.pupil_id == pupil.id)
    invitation = table_of(models.Invitation)
    opened = (InvitationState.DRAFT.value, InvitationState.SENT.value)
    await change.session.execute(
        update(invitation)
        .where(invitation.c.pupil_id == pupil.id, invitation.c.state.in_(opened))
        .values(state=InvitationState.REVOKED, closed_at=change.context.now)
    )
    change.audit("deregister_pupil", pupil.school_id, pupil.id, pupil_id=pupil.id, reason=reason)
    change.tell_rights(pupil.school_id)
    return pupil.id


async def end_enrolments(change: Change, pupil_id: UUID, moment: datetime) -> None:
    """End a pupil's place in a group from a moment on. What was planned after it never was, and leaves no trace."""
    enrolment = table_of(models.Enrolment)
    own = enrolment.c.pupil_id == pupil_id
    await change.session.execute(delete(enrolment).where(own, enrolment.c.valid_from >= moment))
    await change.session.execute(
        update(enrolment).where(own, policy.lasting(enrolment, moment)).values(ended_at=moment)
    )
