"""Workers on a queue: each mail goes once, what is lost is found again, and no chore waits for a mail server."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from models import Locale, MailKind
from models.base import new_id
from models.database import Database
from models.jobs import SCHEMA
from resolvers.chores import CHORES, DAILY, Chore
from resolvers.context import Context
from resolvers.letters import post
from schoolplein.service import open_service, utc_now
from schoolplein.settings import Settings
from schoolplein.worker import GRACE_S, Worker, pause
from tests.cli.programs import ROOT
from tests.clients import BEFORE_SCHOOL
from tests.mail.posting import mail_to, posted, somebody
from tests.post import DEADLINE_S, MAIL_FROM, Mailbox

MANUAL = ROOT / "docs" / "operations.md"
PUT_OFF = f"select * from {SCHEMA}.pgqueuer where attempts = 1"
SWEPT = f"select * from {SCHEMA}.pgqueuer_schedules where entrypoint = 'overlooked_mail' and last_run is not null"
JOBS = f"select count(*) from {SCHEMA}.pgqueuer"


@pytest.fixture
async def town(empty_database_url: str) -> AsyncIterator[Database]:
    """A database in which nobody but this test posts."""
    opened = await Database.connect(empty_database_url, size=2)
    yield opened
    await opened.close()


@pytest.fixture
async def queue(empty_database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """To look at the jobs, and to lose them."""
    connection = await asyncpg.connect(empty_database_url)
    yield connection
    await connection.close()


@pytest.fixture
def settings(empty_database_url: str, mailbox: Mailbox) -> Settings:
    return Settings(database_url=empty_database_url, smtp_url=mailbox.url, mail_from=MAIL_FROM, pool_size=4)


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[Worker]:
    """A worker, which is stopped at the end."""
    async with open_service(settings) as service:
        worker = Worker(service, again_s=0.05)
        working = asyncio.create_task(worker.work())
        try:
            yield worker
        finally:
            worker.stop()
            await asyncio.wait_for(working, DEADLINE_S)


async def once_there(queue: asyncpg.Connection, statement: str) -> asyncpg.Record:
    async with asyncio.timeout(DEADLINE_S):
        while (row := await queue.fetchrow(statement)) is None:
            await queue.execute("select pg_sleep(0.05)")
    return row


async def until_there_are_no_jobs(queue: asyncpg.Connection) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while await queue.fetchval(JOBS):
            await queue.execute("select pg_sleep(0.05)")


async def test_a_mail_goes_as_soon_as_its_change_is_made(settings: Settings, town: Database, mailbox: Mailbox) -> None:
    sanne = somebody()
    async with at_work(settings):
        await posted(town, sanne)

        assert await mailbox.recipients(1) == [sanne]

    assert (await mail_to(town, sanne)).state == "SENT"


async def test_a_change_that_is_not_made_sends_nothing(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    async with town.begin() as session:
        post(session, BEFORE_SCHOOL, MailKind.PASSWORD_CHANGED, new_id(), to=somebody(), locale=Locale.NL)
        await session.flush()
        assert await session.scalar(text(JOBS)) == 1
        await session.rollback()

    assert await queue.fetchval(JOBS) == 0


async def test_of_two_workers_nobody_hears_twice(settings: Settings, town: Database, mailbox: Mailbox) -> None:
    everybody = [somebody() for _ in range(12)]
    async with AsyncExitStack() as both:
        for _ in range(2):
            await both.enter_async_context(at_work(settings))
        await posted(town, *everybody)
        heard = await mailbox.recipients(12)

    assert Counter(heard) == Counter(everybody)
    assert len(mailbox.received) == 12


async def test_chores_do_not_wait_for_the_mail_server(
    settings: Settings, town: Database, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, done = asyncio.Event(), asyncio.Event()

    async def hold(_recipient: str) -> None:
        await held.wait()

    async def sweep(context: Context) -> None:
        assert context.viewer is None
        done.set()

    mailbox.before_answer = hold
    async with at_work(settings):
        await posted(town, somebody())
        await mailbox.recipients(1)
        monkeypatch.setitem(CHORES, "sweep_the_yard", Chore("sweep_the_yard", DAILY, sweep))
        async with at_work(settings):
            await asyncio.wait_for(done.wait(), DEADLINE_S)
        held.set()


async def test_a_chore_that_fails_ends_nothing(
    settings: Settings, town: Database, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    async def fail(_context: Context) -> None:
        failed.set()
        raise RuntimeError

    monkeypatch.setitem(CHORES, "fail", Chore("fail", DAILY, fail))
    async with at_work(settings):
        await asyncio.wait_for(failed.wait(), DEADLINE_S)
        await posted(town, somebody())
        await mailbox.recipients(1)


async def test_a_worker_goes_on_when_its_connections_were_ended(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection, empty_database_url: str
) -> None:
    first, second = somebody(), somebody()
    later = await Database.connect(empty_database_url)
    async with at_work(settings):
        await posted(town, first)
        assert await mailbox.recipients(1) == [first]
        await until_there_are_no_jobs(queue)
        await queue.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await posted(later, second)
        assert await mailbox.recipients(1) == [second]
    await later.close()


async def test_a_mail_whose_job_was_lost_is_found(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    sanne = somebody()
    await posted(town, sanne)
    await queue.execute(f"delete from {SCHEMA}.pgqueuer")

    async with at_work(settings):
        assert await mailbox.recipients(1) == [sanne]


async def test_a_job_whose_mail_is_gone_is_done(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    gone, sanne = somebody(), somebody()
    await posted(town, gone, sanne)
    await queue.execute("delete from mail where recipient = $1", gone)

    async with at_work(settings):
        assert await mailbox.recipients(1) == [sanne]
        await until_there_are_no_jobs(queue)


async def test_a_mail_that_was_put_off_is_tried_later(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    await posted(town, somebody(), at=utc_now())
    mailbox.refusals = ["451 later"]

    async with at_work(settings):
        row = await once_there(queue, PUT_OFF)
    assert row["status"] == "queued"
    assert timedelta(seconds=20) < row["execute_after"] - row["updated"] < timedelta(seconds=40)


async def test_a_mail_of_a_kind_that_only_a_newer_program_knows_waits_for_it(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    sanne, ravi = somebody(), somebody()
    await queue.execute("alter table mail drop constraint ck_mail_mailkind")
    await posted(town, ravi, sanne, at=utc_now())
    await queue.execute("update mail set kind = 'NEW_KIND' where recipient = $1", ravi)

    async with at_work(settings):
        assert await mailbox.recipients(1) == [sanne]
        await once_there(queue, PUT_OFF)

    assert await queue.fetchval(f"select count(*) from {SCHEMA}.pgqueuer_log where status = 'exception'") == 0


async def test_nobody_is_named_in_the_queue_whatever_fails(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    sanne = somebody()
    await queue.execute(
        "create function refuse() returns trigger language plpgsql as"
        " $$ begin raise 'no mail to %', new.recipient; end $$;"
        "create trigger refuse before update on mail for each row when (new.state = 'SENT') execute function refuse()"
    )
    await posted(town, sanne, at=utc_now())

    async with at_work(settings):
        row = await once_there(queue, PUT_OFF)
    assert row["status"] == "queued"
    told = await queue.fetch(f"select traceback::text from {SCHEMA}.pgqueuer_log")
    assert sanne not in str(told)


async def test_failed_mails_are_put_back_and_waiting_ones_seen_as_the_manual_says(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    [again] = re.findall(r"with again as .*?;", MANUAL.read_text(), re.DOTALL)
    [workers, mails] = re.findall(r"^ +(select count.*interval.*;)$", MANUAL.read_text(), re.MULTILINE)
    sanne = somebody()
    await posted(town, sanne, at=utc_now() - timedelta(hours=2))
    assert await queue.fetchval(mails) == 1
    await queue.execute("update mail set state = 'FAILED', failure = '550'")
    await queue.execute(f"delete from {SCHEMA}.pgqueuer")

    async with at_work(settings):
        await once_there(queue, SWEPT)
        await queue.execute(again)
        assert await mailbox.recipients(1) == [sanne]

    assert [await queue.fetchval(statement) for statement in (workers, mails)] == [0, 0]
    await queue.execute(f"update {SCHEMA}.pgqueuer_schedules set last_run = last_run - interval '1 hour'")
    assert await queue.fetchval(workers) == 1


def test_the_pauses_grow_up_to_an_hour() -> None:
    minutes = [pause(attempts) / timedelta(minutes=1) for attempts in (0, 1, 2, 3, 7, 60)]

    assert minutes == [pytest.approx(usual, rel=0.2) for usual in (0.5, 1, 2, 4, 60, 60)]
    assert pause(3) != pause(3)


async def test_a_worker_that_is_stopped_finishes_the_mail_in_hand(
    settings: Settings, town: Database, mailbox: Mailbox
) -> None:
    sanne, ravi = somebody(), somebody()

    async def stop(_recipient: str) -> None:
        worker.stop()

    mailbox.before_answer = stop
    async with at_work(settings) as worker:
        await posted(town, sanne, ravi)
        await mailbox.recipients(1)

    assert [(await mail_to(town, one)).state for one in (sanne, ravi)] == ["SENT", "QUEUED"]


async def test_a_worker_that_is_stopped_waits_for_no_mail_server_and_leaves_the_mail_to_another(
    settings: Settings, town: Database, mailbox: Mailbox, queue: asyncpg.Connection
) -> None:
    sanne = somebody()
    never = asyncio.Event()

    async def hold(_recipient: str) -> None:
        await never.wait()

    mailbox.before_answer = hold
    async with at_work(settings):
        await posted(town, sanne)
        await mailbox.recipients(1)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 3 * GRACE_S
    assert (await mail_to(town, sanne)).state == "QUEUED"
    assert await queue.fetchval(f"{JOBS} where status = 'queued'") == 1, "no other worker takes it over"
