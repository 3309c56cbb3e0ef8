"""What a feed waits for."""

import asyncio


class Wake:
    """An event with one waiter, which is cleared by waiting.

    There is one for each of thousands of feeds, and a wave of news sets them all: `asyncio.Event` keeps a queue of
    waiters, and asks for the running loop at each wait (docs/performance.md).
    """

    __slots__ = ("_is_set", "_loop", "_waiter")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_set = False
        self._waiter: asyncio.Future[None] | None = None

    def set(self) -> None:
        """Wake who waits, or who will wait next."""
        self._is_set = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Wait until it is set, and clear it: what is told from here on wakes again."""
        if not self._is_set:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._is_set = False
