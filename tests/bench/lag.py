"""How late the event loop of a serving process wakes up: kept inside that process, told at `/lag`."""

import asyncio
import time

from starlette.responses import JSONResponse

from schoolplein.app import Application
from schoolplein.graphql import Receive, Scope, Send
from schoolplein.settings import Settings

EACH_S = 0.005


class Watched(Application):
    """The service with one more task, which sleeps a moment again and again and keeps how late it woke."""

    def __init__(self, settings: Settings, *, has_worker: bool = False) -> None:
        super().__init__(settings, has_worker=has_worker)
        self._late_ms: list[float] = []
        self._keeping: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the service does, and at `/lag` what was kept since it was asked last."""
        if scope["type"] != "http" or scope["path"] != "/lag":
            await super().__call__(scope, receive, send)
            return
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        answer, self._late_ms = JSONResponse(self._late_ms), []
        await answer(scope, receive, send)

    async def _keep(self) -> None:
        while True:
            due = time.perf_counter() + EACH_S
            await asyncio.sleep(EACH_S)
            late = time.perf_counter() - due
            # A long halt would swallow the wake-ups within it. It counts once for each: requests come all the time.
            self._late_ms += [(late - EACH_S * number) * 1000 for number in range(int(late / EACH_S) + 1)]
