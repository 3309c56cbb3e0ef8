"""Mails in the outbox, put there as use cases do."""

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from models import Locale, Mail, MailKind, table_of
from models.base import new_id
from models.database import Database
from resolvers.letters import post
from tests.clients import BEFORE_SCHOOL
from tests.post import Mailbox


def somebody() -> str:
    """An address that nobody else has."""
    return f"{secrets.token_hex(6)}@mensen.example"


async def posted(
    database: Database,
    *recipients: str,
    kind: MailKind = MailKind.PASSWORD_CHANGED,
    at: datetime = BEFORE_SCHOOL,
    locale: Locale = Locale.NL,
) -> None:
    """Put a mail to each of these into the outbox."""
    async with database.begin() as session:
        for recipient in recipients:
            post(session, at, kind, new_id(), to=recipient, locale=locale)


async def mail_to(database: Database, recipient: str) -> Any:
    """The row of the only mail to somebody."""
    table = table_of(Mail)
    async with database.begin() as session:
        return (await session.execute(table.select().where(table.c.recipient == recipient))).one()


class Turned(NamedTuple):
    """What came of a try: why there must be another one, and how the mail stands."""

    code: str | None
    state: str
    failure: str | None


async def turned(mailbox: Mailbox, recipient: str) -> Turned:
    """Try to send the only mail to somebody."""
    assert mailbox.outbox is not None
    row = await mail_to(mailbox.outbox.database, recipient)
    code = await mailbox.outbox.deliver(row.id)
    row = await mail_to(mailbox.outbox.database, recipient)
    return Turned(code, row.state, row.failure)
