"""The worker: sends the mails of the outbox, and does the chores. Any number of these may run beside each other.

The queue is pgqueuer's, in the same database. A job is there as soon as the change that posted its mail is committed
(migration 0005). A worker beats for the job that it has in hand; when the beats stop, another takes the job over. One
mail at a time is under way, whatever the number of workers: so one at most is sent twice when a worker is killed.
"""

# asyncpg's connection has no types of its own:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import UUID

import asyncpg
import structlog
import typer
from pgqueuer import PgQueuer
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.settings import DBSettings
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule
from pgqueuer.queries import Queries

from models.database import SETTINGS, DatabaseUnavailable, is_gone
from models.jobs import ENQUEUE_WAITING, GIVE_BACK, SCHEMA
from resolvers.chores import Chore
from resolvers.context import Context
from schoolplein.post.outbox import LETTER, Outbox
from schoolplein.post.sending import Folder, MailServer, Sender, Smtp
from schoolplein.service import Service, open_service
from schoolplein.settings import Settings
from schoolplein.upkeep import chores, do

BEAT = timedelta(seconds=15)
"""A job whose worker has not beaten for so long is taken over."""
LOOK = timedelta(seconds=10)
CONNECT_S = 5
STATEMENT_S = 8.0
AGAIN_S = 5.0
GRACE_S = 3.0
"""For the mail that is under way when a worker is stopped. What is not done then is done by the next worker."""
END_S = 1.0
FIRST_PAUSE_S = 30.0
LONGEST_PAUSE_S = 3_600.0

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


class Worker:
    """One worker, with what a process holds."""

    def __init__(self, service: Service, *, sender: Sender | None = None, again_s: float = AGAIN_S) -> None:
        settings = service.settings
        assert settings.database_url is not None, "a worker needs a database"
        self._url = settings.database_url
        self._service = service
        self._again_s = again_s
        self._stopping = asyncio.Event()
        self._outbox = Outbox(
            database=service.database,
            sender=sender or sender_of(settings),
            mail_from=settings.mail_from,
            address=settings.address,
            now=service.now,
        )

    def stop(self) -> None:
        """Take no more jobs; `work` ends within seconds."""
        self._stopping.set()

    async def work(self) -> None:
        """Work until asked to stop, and begin anew after whatever happens."""
        while not self._stopping.is_set():
            try:
                await self._shift()
            except Exception as error:
                if is_gone(error):
                    log.warning("worker_interrupted", error=type(error).__name__)
                else:
                    log.exception("worker_failed")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._again_s)

    async def _shift(self) -> None:
        """Work as long as one connection holds."""
        connection = await asyncpg.connect(
            self._url, timeout=CONNECT_S, command_timeout=STATEMENT_S, server_settings=SETTINGS
        )
        lost = asyncio.Event()
        connection.add_termination_listener(partial(_set, lost))
        try:
            queue = self._queue(connection)
            # What is new is done at once, and then at its times.
            await queue.sm.queries.insert_schedule(dict.fromkeys(queue.sm.registry, timedelta()))
            await connection.execute(ENQUEUE_WAITING)
            log.info("worker_started")
            await self._run(queue, lost)
            await _give_back(queue)
        finally:
            connection.terminate()

    async def _run(self, queue: PgQueuer, lost: asyncio.Event) -> None:
        running = asyncio.create_task(
            queue.run(dequeue_timeout=LOOK, heartbeat_timeout=BEAT, shutdown_on_listener_failure=True)
        )
        ends = [asyncio.create_task(event.wait()) for event in (lost, self._stopping)]
        try:
            await asyncio.wait([running, *ends], return_when=asyncio.FIRST_COMPLETED)
            queue.shutdown.set()
            await asyncio.wait([running], timeout=GRACE_S)
        finally:
            for task in (running, *ends):
                task.cancel()
            await asyncio.wait([running], timeout=END_S)
        if running.done() and not running.cancelled():
            running.result()
        if lost.is_set() and not self._stopping.is_set():
            raise ConnectionResetError

    def _queue(self, connection: asyncpg.Connection) -> PgQueuer:
        settings = DBSettings(db_schema=SCHEMA)
        driver = AsyncpgDriver(connection)
        queries = Queries(
            driver,
            QueryBuilderEnvironment(settings),
            QueryQueueBuilder(settings),
            QuerySchedulerBuilder(settings),
        )
        queue = PgQueuer(driver, queries=queries)
        queue.entrypoint("mail", concurrency_limit=1)(self._send)
        for chore in chores(self._url):
            queue.schedule(chore.name, chore.when)(partial(self._do, chore))
        return queue

    async def _send(self, job: Job) -> None:
        assert job.payload is not None, "the job of a mail names it"
        try:
            code = await self._outbox.deliver(UUID(job.payload.decode()))
        except DatabaseUnavailable:
            code = "database"
        except Exception:
            # To the queue it would be the end of the job; and it writes down what an exception says, names and all.
            log.exception("letter_failed")
            code = LETTER
        if code is not None:
            raise RetryRequested(pause(job.attempts), code)

    async def _do(self, chore: Chore, _schedule: Schedule) -> None:
        service, now = self._service, self._service.now()
        context = Context(
            database=service.database,
            doorbell=service.news.hub,
            door=service.door,
            viewer=None,
            now=now,
            stands_at=service.stands_at(now),
        )
        await do(chore, context)


async def _give_back(queue: PgQueuer) -> None:
    """Leave the mail that is in hand to another worker, which need not find out by itself that this one has ended."""
    async with asyncio.timeout(END_S):
        await queue.connection.execute(GIVE_BACK, queue.qm.queue_manager_id)
        await queue.connection.execute(ENQUEUE_WAITING)


def _set(event: asyncio.Event, _connection: object) -> None:
    event.set()


def sender_of(settings: Settings) -> Sender:
    """Where this installation's mails go."""
    if settings.smtp_url is None:
        return Folder(settings.data_dir / "mail", typer.echo)
    return Smtp(MailServer.from_url(settings.smtp_url))


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failures before: half a minute, one, two, … an hour, never exactly."""
    seconds = min(FIRST_PAUSE_S * 2 ** min(attempts, 20), LONGEST_PAUSE_S)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


@asynccontextmanager
async def working(service: Service) -> AsyncGenerator[None, None]:
    """Have a worker in the same process meanwhile."""
    worker = Worker(service)
    task = asyncio.create_task(worker.work(), name="worker")
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait([task], timeout=GRACE_S + 2 * END_S)
        task.cancel()


async def work(settings: Settings) -> None:
    """Be a worker until a signal asks to stop."""
    async with open_service(settings) as service:
        worker = Worker(service)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, worker.stop)
        await worker.work()
