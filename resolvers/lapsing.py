"""Lapsing: what is kept of invitations and requests whose time is over, and for how long (security.md 5.2).

What was done, by whom and when, stays in the audit trail.
"""

from datetime import timedelta

from sqlalchemy import and_, or_, select, update

from models import AccessRequest, AccessRequestStatus, Invitation, InvitationState, RequestedChild, table_of
from resolvers.chores import DAILY, HOURLY, chore
from resolvers.context import Context
from resolvers.purges import forget
from resolvers.requests import WAITING

KEPT_UNUSED = timedelta(days=30)
KEPT_USED = timedelta(days=90)
KEPT_DRAFT = timedelta(days=365)
"""For a first school day that never came."""

_request, _child = table_of(AccessRequest), table_of(RequestedChild)
_invitation = table_of(Invitation)


@chore("purge_requests", HOURLY)
async def purge_requests(context: Context) -> None:
    """Remove requests: unconfirmed ones after 48 hours, unused ones after 30 days, used ones after 90.

    When a request lapses, what was typed about birth dates goes at once.
    """
    now, status = context.now, _request.c.status
    unused = now - KEPT_UNUSED
    over = or_(
        and_(status == AccessRequestStatus.UNCONFIRMED, _request.c.expires_at <= now),
        and_(status.in_(WAITING), _request.c.expires_at <= unused),
        and_(status == AccessRequestStatus.REJECTED, _request.c.closed_at <= unused),
        and_(status == AccessRequestStatus.COMPLETED, _request.c.closed_at <= now - KEPT_USED),
    )
    lapsed = select(_request.c.id).where(status.in_(WAITING), _request.c.expires_at <= now)
    is_known = _child.c.birth_date.is_not(None)
    await forget(context, _request, over, _child.c.request_id)
    async with context.database.begin() as session:
        await session.execute(update(_child).where(_child.c.request_id.in_(lapsed), is_known).values(birth_date=None))


@chore("purge_invitations", DAILY)
async def purge_invitations(context: Context) -> None:
    """Remove invitations: unused ones 30 days after they have ended, accepted ones after 90."""
    now = context.now
    state, unused = _invitation.c.state, now - KEPT_UNUSED
    over = or_(
        and_(state == InvitationState.DRAFT, _invitation.c.created_at <= now - KEPT_DRAFT),
        and_(state == InvitationState.SENT, _invitation.c.expires_at <= unused),
        and_(state.in_((InvitationState.REVOKED, InvitationState.LOCKED)), _invitation.c.closed_at <= unused),
        and_(state == InvitationState.ACCEPTED, _invitation.c.closed_at <= now - KEPT_USED),
    )
    await forget(context, _invitation, over)
