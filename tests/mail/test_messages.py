"""A mail as it arrives: two forms, honest headers, and no header that somebody's name has made."""

import re
from email.utils import parsedate_to_datetime

import pytest

from models import Locale, MailKind
from models.database import Database
from resolvers.letters import Letter
from tests.clients import Clock
from tests.mail.conftest import NAME
from tests.mail.posting import mail_to, posted, somebody
from tests.post import Mailbox, html_of, link_of, text_of

HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
    *("MIME-Version", "Content-Type", "X-Envelope"),
}


async def test_a_mail_has_a_text_and_a_page_that_say_the_same(
    mailbox: Mailbox, database: Database, clock: Clock
) -> None:
    sanne = somebody()
    await posted(database, sanne, kind=MailKind.PASSWORD_RESET)

    [mail] = await mailbox.deliver(sanne)

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert f"Beste {NAME}," in text_of(mail)
    assert f"Beste {NAME}," in html_of(mail)
    assert f'href="{link_of(mail)}"' in html_of(mail)
    assert re.fullmatch(r"https://school\.example/reset#[\w-]{11}", link_of(mail))
    assert "<img" not in html_of(mail)


async def test_a_mail_says_who_sends_it_when_and_that_nobody_need_answer(
    mailbox: Mailbox, database: Database, clock: Clock
) -> None:
    sanne = somebody()
    await posted(database, sanne, locale=Locale.EN)

    [mail] = await mailbox.deliver(sanne)

    row = await mail_to(database, sanne)
    assert (mail["From"], mail["To"]) == ("Schoolplein <post@school.example>", sanne)
    assert mail["Subject"] == "Your password has changed"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "en")
    assert parsedate_to_datetime(mail["Date"]) == clock()
    assert mail["Message-ID"] == f"<{row.id}.1@school.example>"


@pytest.mark.parametrize(
    "name",
    ["Sanne\r\nBcc: x@y.example", "Sanne\nBcc: x@y.example\n\nAnother body", '"Bcc: x@y.example', "Sanne\rBcc: x"],
)
async def test_nobodys_name_makes_a_header(
    mailbox: Mailbox, database: Database, written: dict[MailKind, Letter | None], name: str
) -> None:
    sanne = somebody()
    written[MailKind.ACCESS_ENDED] = Letter({"name": name, "school": name})
    await posted(database, sanne, kind=MailKind.ACCESS_ENDED)

    [mail] = await mailbox.deliver(sanne)

    assert (mail["Bcc"], mail["X-Envelope"]) == (None, sanne)
    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS)
    assert " ".join(name.split()) in mail["Subject"]
    assert "Met vriendelijke groet" in text_of(mail)


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ("nobody", "address"),
        ("a@b@c.example", "address"),
        ("x@y.example\r\nBcc: z@y.example", "address"),
        ("a@y.example, b@y.example", "address"),
        ("..@y.example", "address"),
        ("jürgen@y.example", "address"),
    ],
)
async def test_an_address_that_is_none_is_not_written_to(
    mailbox: Mailbox, database: Database, recipient: str, code: str
) -> None:
    await posted(database, recipient)

    assert await mailbox.deliver(recipient) == []

    row = await mail_to(database, recipient)
    assert (row.state, row.failure, row.sent_at) == ("FAILED", code, None)


async def test_an_address_whose_domain_is_outside_ascii_is_written_to(mailbox: Mailbox, database: Database) -> None:
    recipient = f"{somebody().split('@')[0]}@bücher.example"
    await posted(database, recipient)

    [mail] = await mailbox.deliver(recipient)

    assert mail["X-Envelope"].endswith("@xn--bcher-kva.example")
