"""`work` as a process: killed in the middle, stopped in order, told of what is wrong, and without a mail server."""

import asyncio
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import asyncpg
import pytest

from models import MailKind
from models.database import Database
from models.jobs import SCHEMA
from schoolplein.service import utc_now
from tests.cli.programs import Program
from tests.mail.posting import mail_to, posted, somebody
from tests.post import ADDRESS, DEADLINE_S, MAIL_FROM, Mailbox, link_of


@pytest.fixture
async def town(empty_database_url: str) -> AsyncIterator[Database]:
    """A database in which nobody but this test posts."""
    opened = await Database.connect(empty_database_url, size=2)
    yield opened
    await opened.close()


@pytest.fixture
def settings(empty_database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": empty_database_url,
        "DATA_DIR": str(tmp_path),
        "PUBLIC_URL": ADDRESS,
        "MAIL_FROM": MAIL_FROM,
    }


@contextmanager
def working(settings: dict[str, str]) -> Iterator[Program]:
    with Program("work", settings=settings, module="tests.mail.program") as program:
        yield program


async def resets(town: Database, *recipients: str) -> None:
    await posted(town, *recipients, kind=MailKind.PASSWORD_RESET, at=utc_now())


async def says(program: Program, text: str) -> str:
    """Wait for a line, while this loop receives mails."""
    return await asyncio.to_thread(program.says, text)


async def until_all_is_sent(town: Database) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while (await town.fetch("select count(*) from mail where state <> 'SENT'", ()))[0][0]:
            await town.fetch("select pg_sleep(0.05)", ())


async def test_of_a_batch_whose_worker_was_killed_nothing_is_lost_and_one_at_most_repeated(
    settings: dict[str, str], town: Database, mailbox: Mailbox
) -> None:
    settings |= {"SMTP_URL": mailbox.url}
    everybody = [somebody() for _ in range(20)]
    released = asyncio.Event()

    async def hold_the_fifth(_recipient: str) -> None:
        if len(mailbox.received) == 5:
            await released.wait()

    mailbox.before_answer = hold_the_fifth
    with working(settings) as first:
        await says(first, "worker_started")
        await resets(town, *everybody)
        heard = await mailbox.recipients(5)
        first.hears(signal.SIGKILL)
        assert await asyncio.to_thread(first.ends) == -signal.SIGKILL
    released.set()

    with working(settings) as second:
        await until_all_is_sent(town)
        second.hears(signal.SIGTERM)
        assert await asyncio.to_thread(second.ends) == 0

    times = Counter(str(mail["To"]) for mail in mailbox.received)
    assert set(times) == set(everybody)
    assert {one for one, count in times.items() if count > 1} <= {heard[4]}
    assert len(mailbox.received) <= 21
    assert len({link_of(mail) for mail in mailbox.received}) == len(mailbox.received)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_it_in_order(settings: dict[str, str], town: Database, number: signal.Signals) -> None:
    with working(settings) as program:
        await says(program, "worker_started")
        program.hears(number)

        assert await asyncio.to_thread(program.ends) == 0
    assert program.said.endswith("Stopped.\n")


async def test_without_a_mail_server_mails_are_files_and_their_links_are_told(
    settings: dict[str, str], town: Database, tmp_path: Path
) -> None:
    recipient = "/etc/o'brien|&$x@mensen.example"
    plain = somebody()
    with working(settings) as program:
        await resets(town, plain, recipient)
        line = await says(program, f"Mail to {plain}: ")
        await until_all_is_sent(town)

    mails = kept(tmp_path / "mail")
    own = next(mail for mail in mails.values() if mail["To"] == plain)
    assert line == f"Mail to {plain}: {link_of(own)}"
    assert {str(mail["To"]) for mail in mails.values()} == {plain, recipient}
    assert all(re.fullmatch(r"\d{8}T\d{12}-password_reset-[\w@.+-]+\.eml", name) for name in mails), mails


def kept(folder: Path) -> dict[str, EmailMessage]:
    return {file.name: read(file) for file in folder.iterdir()}


def read(file: Path) -> EmailMessage:
    mail = message_from_bytes(file.read_bytes(), policy=SMTP)
    assert isinstance(mail, EmailMessage)
    return mail


async def test_a_crash_is_told_and_the_work_goes_on(settings: dict[str, str], town: Database) -> None:
    sanne = somebody()
    connection = await asyncpg.connect(settings["DATABASE_URL"])
    await connection.execute(f"alter table {SCHEMA}.pgqueuer_log rename to lost")
    with working(settings) as program:
        await says(program, "worker_failed")
        await connection.execute(f"alter table {SCHEMA}.lost rename to pgqueuer_log")
        await resets(town, sanne)

        await says(program, f"Mail to {sanne}")
    await connection.close()


async def test_neither_an_address_nor_a_password_is_logged(
    settings: dict[str, str], town: Database, mailbox: Mailbox
) -> None:
    url = f"smtp://school:hush@127.0.0.1:{mailbox.port}"
    sanne = somebody()
    with working({**settings, "SMTP_URL": url, "LOG_LEVEL": "debug"}) as program:
        await resets(town, sanne)
        await says(program, "mail_put_off")

    assert (await mail_to(town, sanne)).state == "QUEUED"
    assert "hush" not in program.said
    assert sanne not in program.said
