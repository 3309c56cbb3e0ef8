"""One mail's way out of the outbox: written, sent, and crossed off.

The letter is written in a first transaction, which is committed before anything is sent: the hashes of its secrets
stand in the database before the secrets leave. In a second one the mail is crossed off. A worker that is killed in
between leaves the mail waiting, and it is sent once more, with new secrets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import structlog

from models import Mail, MailState
from models.database import Database, DatabaseUnavailable
from resolvers import letters
from schoolplein.post.message import BadAddress, compose
from schoolplein.post.sending import NotSent, Sender
from schoolplein.post.templates import Rendered, render

TRIED_FOR = timedelta(days=2)
LETTER = "letter"
"""The code of a mail that could not be written or sent for a fault of ours."""

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


@dataclass(frozen=True, slots=True)
class _Written:
    mail: Mail
    letter: Rendered
    link: str | None
    calendar: letters.Calendar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Sends what waits in the outbox."""

    database: Database
    sender: Sender
    mail_from: str
    address: str
    """Where people reach the service: links begin with it."""
    now: Callable[[], datetime]

    async def deliver(self, mail_id: UUID) -> str | None:
        """Send a mail that waits; answer why it has to be tried again, if it has. Raises DatabaseUnavailable."""
        try:
            written = await self._write(mail_id)
            if written is None:
                return None
            message = compose(written.mail, written.letter, self.mail_from, self.now(), written.calendar)
            await self.sender.send(message, written.mail.kind, written.link)
            await self._cross_off(mail_id)
        except DatabaseUnavailable:
            raise
        except BadAddress:
            return await self._put_off(mail_id, NotSent("address", is_final=True))
        except NotSent as refusal:
            return await self._put_off(mail_id, refusal)
        except Exception:
            log.exception("letter_failed")
            return await self._put_off(mail_id, NotSent(LETTER))
        log.info("mail_sent", kind=written.mail.kind)
        return None

    async def _write(self, mail_id: UUID) -> _Written | None:
        async with self.database.begin() as session:
            mail = await letters.waiting(session, mail_id)
            if mail is None:
                return None
            letter = await letters.write(session, mail, self.now())
            if letter is None:
                mail.state = MailState.DROPPED
                return None
            mail.attempts += 1
            link = None if letter.path is None else self.address + letter.path
            values = {**letter.values, "app": self.address}
            return _Written(mail, render(mail.kind, mail.locale, values, link), link, letter.calendar)

    async def _cross_off(self, mail_id: UUID) -> None:
        async with self.database.begin() as session:
            mail = await letters.waiting(session, mail_id)
            if mail is not None:
                mail.state, mail.sent_at = MailState.SENT, self.now()

    async def _put_off(self, mail_id: UUID, refusal: NotSent) -> str | None:
        """Keep a mail for another try, or give it up: then the office sees why."""
        async with self.database.begin() as session:
            row = await letters.seen(session, mail_id)
            if row is None:
                return None
            is_over = refusal.is_final or self.now() - row.created_at >= TRIED_FOR
            if is_over:
                await letters.give_up(session, mail_id, refusal.code)
        log.warning("mail_failed" if is_over else "mail_put_off", kind=row.kind, code=refusal.code)
        return None if is_over else refusal.code
