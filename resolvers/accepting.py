"""Accepting an invitation: who has the mailed secret and types the code is let in (f1, 3 and 4).

A link alone gives nothing, and opening it uses nothing up. Wrong codes are counted although they are refused.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AuditEntry, ClientKind, Invitation, InvitationState, Locale, Role, table_of
from resolvers import administrators, admission, factors, limits
from resolvers.admission import Grant, Newcomer
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.factors import ChallengeGiven
from resolvers.secrets import hashed, is_code
from resolvers.sessions import Opened, lock_person
from resolvers.writing import Change, command_before_profile

WRONG_CODES = 5


async def accept_invitation(
    context: Context,
    *,
    token: str,
    code: str,
    name: str,
    password: str,
    rules_version: int,
    client: ClientKind,
    locale: Locale | None = None,
) -> Opened | ChallengeGiven:
    """Let somebody in by invitation: into a new account, or into the one that the address has already.

    The account that is there keeps its name, and is opened with its own password.
    Refuses: INVALID_CODE (unknown, used, taken back, or the child has left), CODE_EXPIRED, CODE_LOCKED (after five
    wrong codes), INVALID_CREDENTIALS (the account's password is another), WEAK_PASSWORD, RULES_NOT_ACCEPTED.
    """
    invitation = await _look(context, token, code)
    who = Newcomer(email=invitation.email, name=name, password=password, locale=locale or invitation.locale)
    account = await admission.prepare_account(context, who, "password")
    async with context.database.begin() as session:
        pupil = await _lock_rows(session, invitation.pupil_id, account.person_id, context.now)
        invitation = await _lock(session, token, code, context.now)
        person_id = await admission.take_account(session, account, who, context.now)
        await admission.accept_rules(session, invitation.school_id, person_id, rules_version, context.now)
        await _redeem(session, invitation, pupil, person_id, context.now)
        return await factors.finish_sign_in(
            context, session, person_id, client=client, device="", verified=account.password_hash
        )


async def confirm_invitation(context: Context, *, token: str, code: str) -> UUID:
    """Say that an invited child is one's own, into the account one is signed in to (f1, 4). Answers the viewer.

    Refuses: INVALID_CODE, CODE_EXPIRED, CODE_LOCKED.
    """
    context.signed_in()
    try:
        await _look(context, token, code)
    except Refused:
        if context.key is None:  # with one, it may be the retry of what was done already
            raise
    return await _confirm(context, token=token, code=code)


@command_before_profile
async def _confirm(change: Change, *, token: str, code: str) -> UUID:
    now, me = change.context.now, change.viewer.person_id
    row = table_of(Invitation)
    pupil_id = await change.session.scalar(select(row.c.pupil_id).where(row.c.token_hash == hashed(token)))
    pupil = await _lock_rows(change.session, pupil_id, me, now)
    invitation = await _lock(change.session, token, code, now)
    await _redeem(change.session, invitation, pupil, me, now)
    change.tell_rights(invitation.school_id)
    return me


async def _look(context: Context, token: str, code: str) -> Invitation:
    """Look at the code that is typed, and count it when it is wrong: that stays, whatever is refused afterwards.

    Only what is wrong counts for the network: nobody else's mistakes keep the right code out.
    """
    async with context.database.begin() as session:
        invitation = await _find(session, token)
        refused = _refusal(invitation, context.now)
        is_wrong = invitation is None
        if invitation is not None and refused is None and not is_code(code, invitation.code_hash, salt=token):
            refused, is_wrong = Code.INVALID_CODE, True
            invitation.wrong_codes += 1
            if invitation.wrong_codes >= WRONG_CODES:
                refused = Code.CODE_LOCKED
                invitation.state, invitation.closed_at = InvitationState.LOCKED, context.now
                session.add(_audit(invitation, context.now, None, "lock_invitation"))
    if is_wrong:
        await context.door.limits.take(limits.CODE_NETWORK, context.network)
    if refused is not None or invitation is None:
        raise Refused(refused or Code.INVALID_CODE)
    return invitation


async def _lock_rows(
    session: AsyncSession, pupil_id: UUID | None, person_id: UUID | None, now: datetime
) -> admission.Admissible | None:
    """Lock what else is changed by those who end access, in their order: the pupil, the person, and then the paper."""
    pupils = {} if pupil_id is None else await admission.find_admissible(session, [pupil_id], now, lock=True)
    if person_id is not None:
        await lock_person(session, person_id)
    return None if pupil_id is None else pupils[pupil_id]


async def _find(session: AsyncSession, token: str) -> Invitation | None:
    by_token = table_of(Invitation).c.token_hash == hashed(token)
    return await session.scalar(select(Invitation).where(by_token).with_for_update())


def _refusal(invitation: Invitation | None, now: datetime) -> Code | None:
    """Why an invitation can't be used; used, taken back and unknown are one answer."""
    if invitation is not None and invitation.state is InvitationState.LOCKED:
        return Code.CODE_LOCKED
    if invitation is None or invitation.state is not InvitationState.SENT or invitation.expires_at is None:
        return Code.INVALID_CODE
    return Code.CODE_EXPIRED if invitation.expires_at <= now else None


async def _lock(session: AsyncSession, token: str, code: str, now: datetime) -> Invitation:
    """The invitation for the one who uses it: of many at once the first finds it, and the others what it became."""
    invitation = await _find(session, token)
    refused = _refusal(invitation, now)
    if invitation is None or refused is not None or not is_code(code, invitation.code_hash, salt=token):
        raise Refused(refused or Code.INVALID_CODE)
    return invitation


async def _redeem(
    session: AsyncSession, invitation: Invitation, pupil: admission.Admissible | None, person_id: UUID, now: datetime
) -> None:
    """Give what the invitation says, once. The rules about the child are looked at again (INV-08)."""
    if invitation.pupil_id is not None and (pupil is None or not pupil.holds(now)):
        raise Refused(Code.INVALID_CODE)
    if person_id == invitation.created_by:  # nobody raises oneself, or lets oneself in (MEM-03, REQ-05)
        raise Refused(Code.INVALID_CODE)
    await admission.join(session, invitation.school_id, person_id, invitation.role, now)
    invitation.state, invitation.closed_at = InvitationState.ACCEPTED, now
    invitation.accepted_by = person_id
    session.add(_audit(invitation, now, person_id, "accept_invitation"))
    if invitation.role is Role.ADMIN:
        await administrators.tell_administrators(session, invitation.school_id, person_id, now)
    if invitation.pupil_id is not None and invitation.role is Role.GUARDIAN:
        given = Grant(
            school_id=invitation.school_id,
            pupil_id=invitation.pupil_id,
            parental_authority=invitation.parental_authority,
            information_right=invitation.information_right,
            granted_by=invitation.created_by,
        )
        await admission.grant(session, person_id, given, now)
    await session.flush()


def _audit(invitation: Invitation, now: datetime, actor_id: UUID | None, action: str) -> AuditEntry:
    return AuditEntry(
        school_id=invitation.school_id,
        at=now,
        actor_id=actor_id,
        action=action,
        object_id=invitation.id,
        pupil_id=invitation.pupil_id,
    )
