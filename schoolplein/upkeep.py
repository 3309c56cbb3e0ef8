"""What has to be done from time to time, whoever asks for nothing: the worker's chores."""

from functools import partial
from typing import cast

import structlog
from sqlalchemy import text

from models import retention
from models.database import is_gone
from models.jobs import ENQUEUE_WAITING, FORGET_JOBS
from resolvers import invitations, lapsing, purges  # noqa: F401 - they have chores  # pyright: ignore[reportUnusedImport]
from resolvers.chores import CHORES, DAILY, Chore
from resolvers.context import Context
from resolvers.meetings import purging, reminders, waiting  # noqa: F401 - so have these  # pyright: ignore[reportUnusedImport]

OFTEN = "*/5 * * * *"

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


def chores(url: str) -> list[Chore]:
    """Everything that a worker does from time to time, on the database at this address."""
    return [
        *CHORES.values(),
        Chore("log_days", OFTEN, partial(_keep_log, url)),
        Chore("overlooked_mail", OFTEN, _enqueue_waiting),
        Chore("old_jobs", DAILY, _forget_jobs),
    ]


async def do(chore: Chore, context: Context) -> None:
    """Do a chore. Never fails: what could not be done is done at its next time."""
    try:
        await chore.do(context)
    except Exception as error:
        if is_gone(error):
            log.warning("chore_postponed", chore=chore.name, error=type(error).__name__)
        else:
            log.exception("chore_failed", chore=chore.name)


async def _keep_log(url: str, _context: Context) -> None:
    """Keep the days of the log in order, over a connection of its own."""
    for event, count in (await retention.keep(url)).items():
        log.info(event, count=count)


async def _enqueue_waiting(context: Context) -> None:
    """Find mails whose job was lost, as with a worker that was stopped in the middle."""
    async with context.database.begin() as session:
        await session.execute(text(ENQUEUE_WAITING))


async def _forget_jobs(context: Context) -> None:
    async with context.database.begin() as session:
        for statement in FORGET_JOBS:
            await session.execute(text(statement))
