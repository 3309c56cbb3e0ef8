"""Invitations: the school lets a guardian or a member of staff in, by mail (R3, R6, f1)."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, FromClause, and_, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import InformationRight, Invitation, InvitationState, Locale, MailKind, Role, table_of
from resolvers import admission, letters, policy
from resolvers.chores import HOURLY, chore
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.moments import day_in_words
from resolvers.policy import Me
from resolvers.secrets import SHORT_CODE, hashed, hashed_code, new_code, new_token
from resolvers.views import View, belongs_to
from resolvers.writing import Change, command

LIFE = timedelta(days=14)
AT_ONCE = 50
"""Drafts that are sent in one transaction."""
OPEN = (InvitationState.DRAFT, InvitationState.SENT)
RESENDABLE = (*OPEN, InvitationState.LOCKED)

_invitation = table_of(Invitation)
_ALREADY_OPEN = {
    "ix_invitation_open_guardian": Refused(Code.INVALID, "invitationId"),
    "ix_invitation_open_staff": Refused(Code.INVALID, "invitationId"),
}


def _state(me: Me, invitation: FromClause) -> ColumnElement[str]:
    """EXPIRED is what a sent invitation becomes by the passing of time."""
    expired = (invitation.c.state == InvitationState.SENT.value) & (invitation.c.expires_at <= me.now)
    return case((expired, InvitationState.EXPIRED.value), else_=invitation.c.state)


INVITATION = View(
    name="Invitation",
    node="invitation",
    table=table_of(Invitation),
    visible=policy.sees_invitation,
    computed={
        "state": _state,
        "sent_at": lambda _me, invitation: func.coalesce(invitation.c.sent_at, invitation.c.created_at),
        "expires_at": lambda _me, invitation: func.coalesce(invitation.c.expires_at, invitation.c.created_at),
        "delivery": lambda _me, invitation: letters.delivery(invitation.c.id),
    },
    relations={"pupil": belongs_to("Pupil", "pupil_id")},
)


async def _send(change: Change, invitation: Invitation) -> None:
    """Send it, or send it anew: earlier secrets are void from here on. Refuses what is wrong with the pupil."""
    now = change.context.now
    kind = MailKind.STAFF_INVITATION
    if invitation.pupil_id is not None:
        admissible = await admission.find_admissible(change.session, [invitation.pupil_id], now)
        admissible[invitation.pupil_id].check(now, "pupilId")
        kind = MailKind.INVITATION
        if await admission.has_account(change.session, invitation.email):
            kind = MailKind.CHILD_ADDED
    mark_sent(invitation, now)
    await change.flush(refusals=_ALREADY_OPEN)
    _post(change.session, invitation, kind, now)


def mark_sent(invitation: Invitation, now: datetime) -> None:
    """The state of an invitation whose mail is on its way: its secrets are made when the mail is written."""
    invitation.state = InvitationState.SENT
    invitation.sent_at, invitation.expires_at, invitation.closed_at = now, now + LIFE, None
    invitation.token_hash = invitation.code_hash = None
    invitation.wrong_codes = 0


@command
async def invite_guardian(
    change: Change,
    *,
    pupil_id: UUID,
    email: str,
    name: str,
    locale: Locale = Locale.NL,
    parental_authority: bool = True,
    information_right: InformationRight = InformationRight.FULL,
    when_started: bool = False,
) -> UUID:
    """Invite a guardian of a pupil; inviting the same address for the same pupil again voids the earlier invitation.

    `when_started`: before the first school day, or before the child is four, it waits as a draft and is sent by itself.
    Refuses: NOT_FOUND, FORBIDDEN, ALREADY_MEMBER, CONFLICT_OF_INTEREST (oneself), BIRTH_DATE_MISSING, PUPIL_UNDER_FOUR,
    ENROLMENT_NOT_STARTED.
    """
    pupil = await change.find(models.Pupil, pupil_id, policy.sees_pupil, "pupilId")  # of two at once one waits
    if not policy.may_administer(change.viewer, pupil.school_id):
        raise Refused(Code.FORBIDDEN, "pupilId")
    if await change.session.scalar(admission.is_guardian(email, pupil.id)):
        raise Refused(Code.ALREADY_MEMBER, "email")
    if await change.session.scalar(admission.is_of(change.viewer.person_id, email)):  # four eyes, as for a request
        raise Refused(Code.CONFLICT_OF_INTEREST, "email")
    invitation = await _open_one(change, email, _invitation.c.pupil_id == pupil.id)
    if invitation is None:
        invitation = _draft(change, pupil.school_id, email, Role.GUARDIAN, pupil.id)
    invitation.name, invitation.locale, invitation.created_by = name, locale, change.viewer.person_id
    invitation.parental_authority, invitation.information_right = parental_authority, information_right
    change.audit("invite_guardian", pupil.school_id, invitation.id, pupil_id=pupil.id)
    pupils = await admission.find_admissible(change.session, [pupil.id], change.context.now)
    if when_started and not pupils[pupil.id].holds(change.context.now):
        invitation.state = InvitationState.DRAFT
    else:
        await _send(change, invitation)
    return invitation.id


@command
async def invite_staff(
    change: Change, *, school_id: UUID, email: str, name: str, role: Role, locale: Locale = Locale.NL
) -> UUID:
    """Invite somebody to work at the school, as staff or as an administrator (MEM-01).

    Refuses: NOT_FOUND, FORBIDDEN, REAUTHENTICATION_REQUIRED, INVALID (a guardian's role), ALREADY_MEMBER.
    """
    school = await change.find(models.School, school_id, policy.sees_school, "schoolId")
    if not policy.may_administer(change.viewer, school.id):
        raise Refused(Code.FORBIDDEN, "schoolId")
    change.check_fresh()
    if role is Role.GUARDIAN:
        raise Refused(Code.INVALID, "role")
    if await change.session.scalar(admission.is_of(change.viewer.person_id, email)):  # nobody raises oneself (MEM-03)
        raise Refused(Code.FORBIDDEN, "email")
    if await change.session.scalar(admission.is_member(email, school.id, role, change.context.now)):
        raise Refused(Code.ALREADY_MEMBER, "email")
    staff = and_(_invitation.c.school_id == school.id, _invitation.c.pupil_id.is_(None), _invitation.c.role == role)
    invitation = await _open_one(change, email, staff)
    if invitation is None:
        invitation = _draft(change, school.id, email, role, None)
    invitation.name, invitation.locale, invitation.created_by = name, locale, change.viewer.person_id
    change.audit("invite_staff", school.id, invitation.id, reason=role.value)
    await _send(change, invitation)
    return invitation.id


async def _open_one(change: Change, email: str, about: ColumnElement[bool]) -> Invitation | None:
    same = (func.lower(_invitation.c.email) == email.lower(), _invitation.c.state.in_(OPEN), about)
    return await change.session.scalar(select(Invitation).where(*same).with_for_update())


def _draft(change: Change, school_id: UUID, email: str, role: Role, pupil_id: UUID | None) -> Invitation:
    invitation = Invitation(
        school_id=school_id,
        role=role,
        pupil_id=pupil_id,
        email=email,
        name="",
        state=InvitationState.DRAFT,
        created_by=change.viewer.person_id,
        created_at=change.context.now,
    )
    change.session.add(invitation)
    return invitation


@command
async def revoke_invitation(change: Change, *, invitation_id: UUID) -> UUID:
    """Take an invitation back: its link and code are void at once (INV-05). Refuses: NOT_FOUND, INVALID."""
    invitation = await change.find(Invitation, invitation_id, policy.sees_invitation, "invitationId")
    if invitation.state not in RESENDABLE:
        raise Refused(Code.INVALID, "invitationId")
    invitation.state, invitation.closed_at = InvitationState.REVOKED, change.context.now
    invitation.token_hash = invitation.code_hash = None
    change.audit("revoke_invitation", invitation.school_id, invitation.id, pupil_id=invitation.pupil_id)
    return invitation.id


@command
async def resend_invitation(change: Change, *, invitation_id: UUID) -> UUID:
    """Send an invitation anew, with new secrets and another 14 days: also one that has expired or is locked (INV-05).

    Refuses: NOT_FOUND, INVALID (accepted or revoked, or another one is open), and what is wrong with the pupil.
    """
    invitation = await change.find(Invitation, invitation_id, policy.sees_invitation, "invitationId")
    if invitation.state not in RESENDABLE:
        raise Refused(Code.INVALID, "invitationId")
    change.audit("resend_invitation", invitation.school_id, invitation.id, pupil_id=invitation.pupil_id)
    await _send(change, invitation)
    return invitation.id


@chore("send_due_invitations", HOURLY)
async def send_due(context: Context) -> None:
    """Send the drafts whose pupils have started and are four, by the service itself (f1, 1).

    Any number of workers may do this at once: each draft is sent by one.
    """
    now = context.now
    pupil, school, enrolment = table_of(models.Pupil), table_of(models.School), table_of(models.Enrolment)
    today = cast(func.timezone(school.c.time_zone, now), Date)
    started = policy.scan(enrolment).where(
        enrolment.c.pupil_id == pupil.c.id,
        enrolment.c.valid_from <= now,
        enrolment.c.ended_at.is_(None) | (enrolment.c.ended_at > now),
    )
    due = (
        select(Invitation)
        .join(pupil, pupil.c.id == _invitation.c.pupil_id)
        .join(school, school.c.id == pupil.c.school_id)
        .where(_invitation.c.state == InvitationState.DRAFT, func.fourth_birthday(pupil.c.birth_date) <= today)
        .where(started.exists())
        .order_by(_invitation.c.id)
        .limit(AT_ONCE)
        .with_for_update(of=_invitation, skip_locked=True)
    )
    while True:
        async with context.database.begin() as session:
            invitations = (await session.scalars(due)).all()
            for invitation in invitations:
                await _send_due(session, invitation, now)
        if len(invitations) < AT_ONCE:
            return


async def _send_due(session: AsyncSession, invitation: Invitation, now: datetime) -> None:
    assert invitation.pupil_id is not None
    action = "send_due_invitation"
    if await session.scalar(admission.is_guardian(invitation.email, invitation.pupil_id)):
        action = "drop_due_invitation"  # the other way in was quicker
        invitation.state, invitation.closed_at = InvitationState.REVOKED, now
    else:
        mark_sent(invitation, now)
        kind = MailKind.CHILD_ADDED if await admission.has_account(session, invitation.email) else MailKind.INVITATION
        _post(session, invitation, kind, now)
    session.add(
        models.AuditEntry(
            school_id=invitation.school_id,
            at=now,
            action=action,
            object_id=invitation.id,
            pupil_id=invitation.pupil_id,
        )
    )


def _post(session: AsyncSession, invitation: Invitation, kind: MailKind, now: datetime) -> None:
    letters.post(
        session,
        now,
        kind,
        invitation.id,
        to=invitation.email,
        locale=invitation.locale,
        school_id=invitation.school_id,
    )


async def _letter(session: AsyncSession, mail: models.Mail, now: datetime) -> letters.Letter | None:
    """The letter with the secrets, of which only hashes are kept. None when it was taken back, or used, meanwhile."""
    invitation = await session.get(Invitation, mail.subject_id, with_for_update=True)
    if invitation is None or invitation.state is not InvitationState.SENT or invitation.expires_at is None:
        return None
    school = await session.get_one(models.School, invitation.school_id)
    pupil = None if invitation.pupil_id is None else await session.get_one(models.Pupil, invitation.pupil_id)
    if invitation.expires_at <= now:
        return None
    token, code = new_token(), new_code(SHORT_CODE)
    invitation.token_hash, invitation.code_hash = hashed(token), hashed_code(code, salt=token)
    values = {
        "name": invitation.name,
        "school": school.name,
        "code": code,
        "until": day_in_words(invitation.expires_at, mail.locale, ZoneInfo(school.time_zone)),
        "phone": school.phone or "",
        "child": "" if pupil is None else pupil.given_name,
    }
    return letters.Letter(values, path=f"/invitation#{token}")


for _kind in (MailKind.INVITATION, MailKind.CHILD_ADDED, MailKind.STAFF_INVITATION):
    letters.letter(_kind)(_letter)
