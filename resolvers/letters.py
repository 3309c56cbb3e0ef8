"""Letters: what a mail says, written at the moment when it is sent.

The outbox holds a kind and an id. A kind's `letter` function looks up what the mail needs, mints its secret and stores
the secret's hash, so that no secret ever stands in the database; it answers None when the mail has become needless.
A letter that is sent twice, after a worker was killed in between, carries a new secret, and the old one is void.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, String, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import Locale, Mail, MailKind, MailState, table_of
from resolvers import policy


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCalendar object (RFC 5545), and what it asks of a calendar: PUBLISH or CANCEL (RFC 5546)."""

    text: str
    method: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What the template of a kind is filled with. `path` is where its link leads, with the secret in the fragment.

    `calendar` goes with it as an attachment.
    """

    values: Mapping[str, str] = field(default_factory=dict[str, str])
    path: str | None = None
    calendar: Calendar | None = None


Write = Callable[[AsyncSession, Mail, datetime], Awaitable[Letter | None]]

WRITERS: dict[MailKind, Write] = {}


def letter(kind: MailKind) -> Callable[[Write], Write]:
    """Make a function the writer of a kind of letter."""

    def register(write: Write) -> Write:
        assert kind not in WRITERS, f"two writers of {kind}"
        WRITERS[kind] = write
        return write

    return register


def post(
    session: AsyncSession,
    now: datetime,
    kind: MailKind,
    subject_id: UUID,
    *,
    to: str,
    locale: Locale,
    school_id: UUID | None = None,
) -> None:
    """Put a mail into the outbox: it is sent if, and only if, the transaction commits."""
    session.add(
        Mail(kind=kind, subject_id=subject_id, school_id=school_id, recipient=to, locale=locale, created_at=now)
    )


def delivery(subject_id: ColumnElement[UUID]) -> ColumnElement[str | None]:
    """Where the newest mail about something stands: whether it went out, or the address was refused."""
    mail = table_of(Mail).alias()
    newest = policy.scan(mail, columns=[mail.c.state]).where(mail.c.subject_id == subject_id)
    return newest.order_by(mail.c.created_at.desc(), mail.c.id.desc()).limit(1).scalar_subquery()


async def waiting(session: AsyncSession, mail_id: UUID) -> Mail | None:
    """A mail that is not sent yet, locked: of two who come with the same one, one finds it done."""
    table = table_of(Mail)
    mails = select(Mail).where(table.c.id == mail_id, table.c.state == MailState.QUEUED)
    return await session.scalar(mails.with_for_update())


async def seen(session: AsyncSession, mail_id: UUID) -> Row[str, datetime] | None:
    """A waiting mail's kind and age, locked. The kind is a mere word: it may be one that only a newer program knows."""
    table = table_of(Mail)
    mails = select(type_coerce(table.c.kind, String).label("kind"), table.c.created_at)
    mails = mails.where(table.c.id == mail_id, table.c.state == MailState.QUEUED)
    return (await session.execute(mails.with_for_update())).one_or_none()


async def give_up(session: AsyncSession, mail_id: UUID, code: str) -> None:
    """Let the office see that a mail was not sent, and why."""
    table = table_of(Mail)
    await session.execute(update(table).where(table.c.id == mail_id).values(state=MailState.FAILED, failure=code))


async def write(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
    """Write the letter of a mail; its hashes stand in the transaction under way, to be committed before it is sent."""
    return await WRITERS[mail.kind](session, mail, now)
