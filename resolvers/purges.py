"""What is kept no longer than it is needed (security.md 5.2)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, or_, tuple_

from models import Challenge, Idempotency, KnownDevice, Mail, MailedLink, MailState, Session, table_of
from resolvers import policy
from resolvers.chores import DAILY, HOURLY, chore
from resolvers.context import Context

SENT_MAIL = timedelta(days=30)
FAILED_MAIL = timedelta(days=90)
ENDED_SESSION = timedelta(days=30)
DEVICE = timedelta(days=365)
ANSWERED_REQUEST = timedelta(days=7)
OVER = timedelta(days=1)
"""Of what lives for minutes: who comes a moment too late still gets the right words."""


BATCH = 2_000
"""Rows of one transaction: a statement has five seconds, however much has been left lying."""


async def forget(context: Context, table: Table, is_over: ColumnElement[bool], *parts: Column[Any]) -> None:
    """Remove rows that are over, and first what refers to them in these columns; what is in use waits for next time."""
    key = tuple(table.primary_key)
    over = policy.scan(table, columns=key).where(is_over).limit(BATCH).with_for_update(skip_locked=True)
    count = BATCH
    while count == BATCH:
        async with context.database.begin() as session:
            gone = (await session.execute(over)).all()
            for part in parts:
                await session.execute(delete(part.table).where(part.in_([row[0] for row in gone])))
            await session.execute(delete(table).where(tuple_(*key).in_(gone)))
            count = len(gone)


@chore("purge_mail", DAILY)
async def purge_mail(context: Context) -> None:
    """Forget which mails were sent, and later which were not."""
    mail = table_of(Mail)
    is_done = mail.c.state.in_((MailState.SENT, MailState.DROPPED))
    is_over = or_(
        is_done & (mail.c.created_at < context.now - SENT_MAIL),
        (mail.c.state == MailState.FAILED) & (mail.c.created_at < context.now - FAILED_MAIL),
    )
    await forget(context, mail, is_over)


@chore("purge_sessions", DAILY)
async def purge_sessions(context: Context) -> None:
    """Forget sessions that ended long ago, and devices that nobody uses."""
    session_, asked, device = table_of(Session), table_of(Challenge), table_of(KnownDevice)
    ended_at = func.least(session_.c.expires_at, session_.c.idle_until, session_.c.revoked_at)
    is_over = ended_at < context.now - ENDED_SESSION
    await forget(context, session_, is_over, asked.c.session_id)
    await forget(context, device, device.c.last_used_at < context.now - DEVICE)


@chore("purge_secrets", HOURLY)
async def purge_secrets(context: Context) -> None:
    """Forget questions and links whose time is over."""
    asked, link = table_of(Challenge), table_of(MailedLink)
    await forget(context, asked, asked.c.expires_at < context.now - OVER)
    await forget(context, link, link.c.expires_at < context.now - OVER)


@chore("purge_answers", DAILY)
async def purge_answers(context: Context) -> None:
    """Forget what was answered to requests that a client might have sent again."""
    answered = table_of(Idempotency)
    await forget(context, answered, answered.c.at < context.now - ANSWERED_REQUEST)
