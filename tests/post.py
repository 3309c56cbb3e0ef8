"""A real mail server for tests, and the way out of the outbox to it.

async def test_…(mailbox):
    …
    [invitation] = await mailbox.deliver("ouder@mensen.example")
    assert code in text_of(invitation)
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import func, select

from models import Mail, MailState, table_of
from models.database import Database
from schoolplein.post.outbox import Outbox
from schoolplein.post.sending import MailServer, Sender, Smtp
from tests.clients import Clock

ADDRESS = "https://school.example"
MAIL_FROM = "Schoolplein <post@school.example>"
ACCEPTED = "250 OK"
DEADLINE_S = 60.0


async def _nothing(_recipient: str) -> None:
    pass


class Mailbox:
    """What was received, and how the server behaves meanwhile."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.refusals: list[str] = []
        """Answers to the next recipients that are named; after them all are taken."""
        self.verdict = ACCEPTED
        """What is answered to a mail that has been received."""
        self.arrived = asyncio.Queue[str]()
        """The recipients of what was received, for a test that waits for it."""
        self.before_answer: Callable[[str], Awaitable[None]] = _nothing
        """Waited for when a mail is received and its sender does not know it yet."""
        self.port = 0
        self._server: asyncio.Server | None = None
        self.outbox: Outbox | None = None

    async def open(self, port: int = 0, **options: Any) -> None:
        """Listen on a free port, or on one that was had before."""
        loop = asyncio.get_running_loop()
        # A test may wait as long as it likes.
        options = {"enable_SMTPUTF8": True, "timeout": 60, **options}
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop, **options), "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Its address, as a setting."""
        return f"smtp+plain://127.0.0.1:{self.port}"

    async def close(self) -> None:
        """Be away."""
        if self._server is not None:
            self._server.close()

    def use(self, sender: Sender) -> None:
        """Have mails sent in another way."""
        assert self.outbox is not None
        self.outbox = replace(self.outbox, sender=sender)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return ACCEPTED

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.original_content or b"", policy=POLICY)
        assert isinstance(message, EmailMessage)
        message["X-Envelope"] = " ".join(envelope.rcpt_tos)
        self.received.append(message)
        self.arrived.put_nowait(envelope.rcpt_tos[0])
        await self.before_answer(envelope.rcpt_tos[0])
        return self.verdict

    async def recipients(self, count: int) -> list[str]:
        """Wait for so many mails; answer whom they went to."""
        async with asyncio.timeout(DEADLINE_S):
            return [await self.arrived.get() for _ in range(count)]

    async def deliver(self, *recipients: str) -> list[EmailMessage]:
        """Send what waits for somebody, or for everybody, oldest first; answer what was received."""
        assert self.outbox is not None
        table, before = table_of(Mail), len(self.received)
        waiting = select(table.c.id).where(table.c.state == MailState.QUEUED)
        if recipients:
            waiting = waiting.where(func.lower(table.c.recipient).in_([one.lower() for one in recipients]))
        async with self.outbox.database.begin() as session:
            ids = (await session.scalars(waiting.order_by(table.c.created_at, table.c.id))).all()
        for mail_id in ids:
            await self.outbox.deliver(mail_id)
        return self.received[before:]


def text_of(message: EmailMessage) -> str:
    """The text of a mail, without its line breaks."""
    part = message.get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())


def html_of(message: EmailMessage) -> str:
    """The other form of a mail."""
    part = message.get_body(("html",))
    assert part is not None
    return part.get_content()


def link_of(message: EmailMessage) -> str:
    """The link in a mail."""
    return next(word for word in text_of(message).split() if word.startswith(ADDRESS) and "#" in word)


@pytest.fixture
async def mailbox(database: Database, clock: Clock) -> AsyncIterator[Mailbox]:
    """A mail server that takes everything."""
    box = Mailbox()
    await box.open()
    sender = Smtp(MailServer.from_url(box.url), answer_s=5)
    box.outbox = Outbox(database=database, sender=sender, mail_from=MAIL_FROM, address=ADDRESS, now=clock)
    yield box
    await box.close()
