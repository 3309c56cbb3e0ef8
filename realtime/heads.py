"""Reading where topics end, for all who ask at the same time."""

import asyncio

from realtime.cursor import Cursor
from realtime.log import Log


class Heads:
    """One statement at a time: who asks meanwhile shares the next one, so no answer is older than its question.

    A thousand dashboards that come back after a restart then cost two statements, not a thousand.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._wanted: set[str] = set()
        self._answer: asyncio.Future[dict[str, Cursor]] | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __call__(self, topic: str) -> Cursor:
        """Say where a topic ends, at some moment after this call. Raises what the log raises."""
        self._wanted.add(topic)
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_future()
        answer = self._answer
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(), name="heads")
        # Shielded: one who no longer wants to know must not take the answer from the others.
        return (await asyncio.shield(answer))[topic]

    async def close(self) -> None:
        """Stop reading; whoever still waits is cancelled."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._answer is not None:
            self._answer.cancel()

    async def _read(self) -> None:
        try:
            while self._answer is not None:
                answer, self._answer = self._answer, None
                wanted, self._wanted = self._wanted, set()
                await self._tell(answer, wanted)
        finally:
            self._reader = None

    async def _tell(self, answer: asyncio.Future[dict[str, Cursor]], wanted: set[str]) -> None:
        try:
            answer.set_result(await self._log.heads(wanted))
        except Exception as error:  # noqa: BLE001 - it is told to those who asked
            answer.set_exception(error)
            answer.exception()  # they may all have gone meanwhile
        finally:
            answer.cancel()  # only when this was cancelled itself
