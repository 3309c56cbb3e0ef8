"""Who a connection is, for as long as it is open: renewed when there is reason to doubt it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import Database
from resolvers.context import Context, Doorbell
from resolvers.doorkeeper import Doorkeeper
from resolvers.policy import SCOPE
from resolvers.viewer import Viewer, find_until
from resolvers.wake import Wake

RECHECK_S = 30.0
"""How often a scope is doubted without any reason: a net under what the database tells."""

Scope = tuple[Any, ...]


def scope_of(viewer: Viewer) -> Scope:
    """All that rules look at in a viewer."""
    return tuple(getattr(viewer, part) for part in SCOPE)


class Standing:
    """A person's scope, held until somebody doubts it or its time is over.

    All feeds of a connection share one. Whoever shows something first renews it and shows it, and then looks
    whether it was doubted meanwhile (docs/decisions/0012).
    """

    __slots__ = (
        "_clock",
        "_context",
        "_database",
        "_door",
        "_doorbell",
        "_is_doubted",
        "_is_quiet",
        "_lock",
        "_timer",
        "_token",
        "_until",
        "_wakes",
        "has_ended",
        "is_leaving",
        "readings",
    )

    def __init__(
        self, database: Database, doorbell: Doorbell, door: Doorkeeper, token: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._doorbell = doorbell
        self._door = door
        self._token = token
        self._clock = clock
        self._lock = asyncio.Lock()
        self._wakes: set[Wake] = set()
        self._is_quiet: asyncio.Event | None = None
        self._context: Context | None = None
        self._until: datetime | None = None
        self._is_doubted = True
        self.readings = 0
        """How often the scope was read: what else a right hangs on may have changed in between."""
        self._timer: asyncio.TimerHandle | None = None
        self.has_ended = False
        """Whether the session is over: that never changes back."""
        self.is_leaving = False
        """Whether the process asks its followers to go elsewhere."""

    @property
    def is_certain(self) -> bool:
        """Whether the scope, as last read, holds now. It may be another one than a feed has: see `holds`."""
        return not self._is_doubted and self._until is not None and self._clock() < self._until

    def holds(self, context: Context) -> bool:
        """Whether the scope of this context, which `renew` has given, holds now."""
        return self.is_certain and self._viewer is context.viewer

    @property
    def person_id(self) -> UUID | None:
        """Whose it is; None before it was read, and when the session has ended."""
        return None if self._viewer is None else self._viewer.person_id

    @property
    def _viewer(self) -> Viewer | None:
        return None if self._context is None else self._context.viewer

    async def renew(self) -> Context | None:
        """The context of this moment, read again if need be; None when the session is over.

        Raises DatabaseUnavailable. Many may ask at once: the scope is read once for all.
        """
        async with self._lock:
            while not self.is_certain and not self.has_ended:
                await self._read()
        return None if self._context is None else replace(self._context, now=self.now())

    def now(self) -> datetime:
        """This moment, by the service's clock."""
        return self._clock()

    def doubt(self) -> None:
        """Say that the scope may be another one. All feeds look at once, silent ones too."""
        self._is_doubted = True
        self.wake()

    async def leave(self) -> None:
        """Ask all feeds to say goodbye, and wait until they have."""
        self.is_leaving = True
        if self._wakes:
            self._is_quiet = asyncio.Event()
            self.wake()
            await self._is_quiet.wait()

    def wake(self) -> None:
        """Let all feeds look at this standing."""
        for wake in self._wakes:
            wake.set()

    def watch(self, wake: Wake) -> None:
        """Wake a feed whenever there is something to look at; without any feed nothing is looked at."""
        self._wakes.add(wake)
        if self._timer is None:
            self._wait()

    def unwatch(self, wake: Wake) -> None:
        """Look no more."""
        self._wakes.discard(wake)
        if not self._wakes:
            if self._is_quiet is not None:
                self._is_quiet.set()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    async def _read(self) -> None:
        # Taken before it is read: a doubt that comes meanwhile is one about what is being read. Nothing is certain
        # until it has been, or another feed of the connection would go on with the scope of before.
        self._is_doubted, self._until = False, None
        self.readings += 1
        now = self._clock()
        try:
            found = await find_until(self._database, self._token, now, lenient=not self._door.staff_need_second_factor)
        except BaseException:
            self._is_doubted = True
            raise
        if found is None:
            self._context, self.has_ended = None, True
            return
        viewer, self._until = found
        if self._viewer is not None and scope_of(viewer) == scope_of(self._viewer):
            viewer = self._viewer  # the same scope is the same object: that is how a feed knows its own
        self._context = Context(
            database=self._database, doorbell=self._doorbell, door=self._door, viewer=viewer, now=now
        )
        self._wait()

    def _wait(self) -> None:
        """Doubt again after a while, or when the scope's own time is over."""
        if self._timer is not None:
            self._timer.cancel()
        left = RECHECK_S if self._until is None else (self._until - self._clock()).total_seconds()
        if self._wakes:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, min(RECHECK_S, left)), self.doubt)
