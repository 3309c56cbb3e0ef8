"""Letters as the worker writes them, for tests that are not about the post itself."""

from datetime import datetime

from sqlalchemy import func, select

from models import Mail, MailKind, MailState, table_of
from models.database import Database
from resolvers.letters import Letter, write


async def letters_to(database: Database, recipient: str, now: datetime) -> list[tuple[MailKind, Letter]]:
    """Write what waits for somebody, oldest first, and mark it sent; needless ones are left out."""
    table = table_of(Mail)
    waiting = (
        select(Mail)
        .where(func.lower(table.c.recipient) == recipient.lower(), table.c.state == MailState.QUEUED)
        .order_by(table.c.created_at, table.c.id)
    )
    written: list[tuple[MailKind, Letter]] = []
    async with database.begin() as session:
        for mail in (await session.scalars(waiting)).all():
            letter = await write(session, mail, now)
            mail.state = MailState.DROPPED if letter is None else MailState.SENT
            mail.sent_at = now
            if letter is not None:
                written.append((mail.kind, letter))
    return written


def secret_of(letter: Letter) -> str:
    """The secret in the link of a letter."""
    assert letter.path is not None
    return letter.path.partition("#")[2]
