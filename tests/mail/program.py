"""`python -m tests.mail.program work`: the real program, with letters that need nothing but their mail."""

import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import Mail, MailKind
from resolvers.letters import WRITERS, Letter
from schoolplein.cli import main


async def reset(_session: AsyncSession, _mail: Mail, _now: datetime) -> Letter:
    """A letter with a link whose secret is new each time."""
    return Letter({"name": "Sanne de Vries", "until": "9:00"}, f"/reset#{secrets.token_urlsafe(8)}")


WRITERS[MailKind.PASSWORD_RESET] = reset

if __name__ == "__main__":
    main()
