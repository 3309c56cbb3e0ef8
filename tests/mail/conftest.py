"""Letters for the tests of the post: one that says a name, and one with a link whose secret is new each time."""

import secrets
from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from models import Mail, MailKind
from resolvers.letters import WRITERS, Letter

NAME = "Sanne de Vries"


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> dict[MailKind, Letter | None]:
    """What the letters of two kinds say: to be changed by a test. None: the letter has become needless."""
    said: dict[MailKind, Letter | None] = {MailKind.PASSWORD_CHANGED: Letter({"name": NAME})}

    async def changed(_session: AsyncSession, mail: Mail, _now: datetime) -> Letter | None:
        return said[mail.kind]

    async def reset(_session: AsyncSession, _mail: Mail, _now: datetime) -> Letter:
        return Letter({"name": NAME, "until": "9:00"}, f"/reset#{secrets.token_urlsafe(8)}")

    for kind in (MailKind.PASSWORD_CHANGED, MailKind.ACCESS_ENDED):
        monkeypatch.setitem(WRITERS, kind, changed)
    monkeypatch.setitem(WRITERS, MailKind.PASSWORD_RESET, reset)
    return said
