"""What is kept no longer than it is needed (security.md 5.2)."""

from datetime import timedelta

from sqlalchemy import delete, func, or_

from models import Challenge, Idempotency, KnownDevice, Mail, MailedLink, MailState, Session, table_of
from resolvers.chores import DAILY, HOURLY, chore
from resolvers.context import Context

SENT_MAIL = timedelta(days=30)
FAILED_MAIL = timedelta(days=90)
ENDED_SESSION = timedelta(days=30)
DEVICE = timedelta(days=365)
ANSWERED_REQUEST = timedelta(days=7)
OVER = timedelta(days=1)
"""Of what lives for minutes: who comes a moment too late still gets the right words."""


@chore("purge_mail", DAILY)
async def purge_mail(context: Context) -> None:
    """Forget which mails were sent, and later which were not."""
    mail = table_of(Mail)
    is_done = mail.c.state.in_((MailState.SENT, MailState.DROPPED))
    async with context.database.begin() as session:
        await session.execute(
            delete(mail).where(
                or_(
                    is_done & (mail.c.created_at < context.now - SENT_MAIL),
                    (mail.c.state == MailState.FAILED) & (mail.c.created_at < context.now - FAILED_MAIL),
                )
            )
        )


@chore("purge_sessions", DAILY)
async def purge_sessions(context: Context) -> None:
    """Forget sessions that ended long ago, and devices that nobody uses."""
    session_, asked, device = table_of(Session), table_of(Challenge), table_of(KnownDevice)
    ended_at = func.least(session_.c.expires_at, session_.c.idle_until, session_.c.revoked_at)
    is_over = ended_at < context.now - ENDED_SESSION
    async with context.database.begin() as session:
        await session.execute(delete(asked).where(asked.c.session_id == session_.c.id, is_over))
        await session.execute(delete(session_).where(is_over))
        await session.execute(delete(device).where(device.c.last_used_at < context.now - DEVICE))


@chore("purge_secrets", HOURLY)
async def purge_secrets(context: Context) -> None:
    """Forget questions and links whose time is over."""
    asked, link = table_of(Challenge), table_of(MailedLink)
    async with context.database.begin() as session:
        await session.execute(delete(asked).where(asked.c.expires_at < context.now - OVER))
        await session.execute(delete(link).where(link.c.expires_at < context.now - OVER))


@chore("purge_answers", DAILY)
async def purge_answers(context: Context) -> None:
    """Forget what was answered to requests that a client might have sent again."""
    answered = table_of(Idempotency)
    async with context.database.begin() as session:
        await session.execute(delete(answered).where(answered.c.at < context.now - ANSWERED_REQUEST))
