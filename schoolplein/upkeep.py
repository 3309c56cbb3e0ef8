"""What has to be done from time to time, whoever asks for nothing: the days of the log."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import structlog

from models import retention
from models.database import is_gone

EVERY_S = 3_600.0
RETRY_S = 300.0
END_S = 1.0

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


@asynccontextmanager
async def upkeep(url: str, *, every_s: float = EVERY_S, retry_s: float = RETRY_S) -> AsyncGenerator[None, None]:
    """Keep the log's days in order meanwhile: at once, and then every hour. Never fails, and ends at once."""
    task = asyncio.create_task(_run(url, every_s, retry_s), name="upkeep")
    try:
        yield
    finally:
        task.cancel()
        # Behind a dead network even giving up takes time, which a stopping process does not have.
        await asyncio.wait([task], timeout=END_S)


async def _run(url: str, every_s: float, retry_s: float) -> None:
    while True:
        wait_s = every_s if await _keep(url) else retry_s
        # Processes that were started together need not all come at once.
        await asyncio.sleep(wait_s * random.uniform(0.8, 1.2))  # noqa: S311


async def _keep(url: str) -> bool:
    """Do what is due; say whether it could be done."""
    try:
        done = await retention.keep(url)
    except Exception as error:
        if is_gone(error):
            log.warning("retention_postponed", error=type(error).__name__)
        else:
            log.exception("retention_failed")
        return False
    for event, count in done.items():
        log.info(event, count=count)
    return True
