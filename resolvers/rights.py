"""Whether those who follow feeds still may: changes of rights are told by the database, in a topic of each school.

Triggers append to `rights:school:ID` whenever a membership, guardianship, enrolment, assignment or session changes,
whoever changes it. A feed reads its events, then asks whether that topic has moved since (`settle`), and only then
shows them: so nothing that was committed after the end of a right is ever shown by it (docs/decisions/0012).
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import cast
from uuid import UUID

import structlog

from models.database import DatabaseUnavailable
from realtime.cursor import Cursor
from realtime.hub import Event, Events, Hub, Resync
from resolvers.standing import Standing

RETRY_S = 0.5

log = cast("structlog.stdlib.BoundLogger", structlog.get_logger(__name__))


def rights_topic(school_id: UUID) -> str:
    """Where changes of rights at a school are told. The triggers write the same name (migration 0003)."""
    return f"rights:school:{school_id}"


class _School:
    """One school's changes of rights, as far as this process has heard of them, and whom they may concern."""

    def __init__(self, hub: Hub, topic: str) -> None:
        self._hub = hub
        self._topic = topic
        self._cursor: Cursor | None = None
        self._moved = asyncio.Event()
        self.standings: Counter[Standing] = Counter()
        self.task = asyncio.create_task(self._run(), name=topic)
        self.task.add_done_callback(lambda _: self._announce())  # who waits must not wait for nobody

    @property
    def is_heard(self) -> bool:
        """Whether changes are heard yet."""
        return self._cursor is not None

    async def follow(self) -> None:
        """Wait until changes are heard."""
        while not self.is_heard and not self.task.done():
            await self._moved.wait()

    async def settle(self) -> None:
        """Wait until every change that is committed now has been told to those whom it concerns."""
        before = self._cursor
        head = await self._hub.head(self._topic)
        if before is not None and (head.seq < before.seq or (head.seq == before.seq and head != before)):
            # Another history, after a failover: what ended there was not heard here.
            self._doubt(self.standings)
            return
        while self._cursor is None or self._cursor.seq < head.seq:
            if self.task.done():
                raise DatabaseUnavailable  # nobody listens any more: nothing may be shown
            moved = self._moved
            self._hub.ring({self._topic: head.seq})
            await moved.wait()

    async def close(self) -> None:
        """Listen no more, and let go who waits."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except Exception:
                log.exception("rights_unheard", topic=self._topic)
            # The hub has closed, or something went wrong: what was missed may concern everybody.
            self._doubt(self.standings)
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        after: Cursor | None = self._cursor
        is_open = True
        while is_open:
            is_open = False
            async for frame in self._hub.follow(self._topic, after):
                if isinstance(frame, Events):
                    self._tell(frame.events)
                elif isinstance(frame, Resync):
                    self._doubt(self.standings)
                    is_open = True
                after = self._cursor = frame.cursor
                self._announce()

    def _tell(self, events: Iterable[Event]) -> None:
        persons: set[str] = set()
        for event in events:
            concerned = event.payload.get("persons")
            if concerned is None:  # too many to name
                self._doubt(self.standings)
                return
            persons.update(concerned)
        self._doubt(standing for standing in self.standings if str(standing.person_id) in persons)

    @staticmethod
    def _doubt(standings: Iterable[Standing]) -> None:
        for standing in list(standings):
            standing.doubt()

    def _announce(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


class Rights:
    """The changes of rights in one process: each school is listened to once, for all who follow its feeds."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._schools: dict[UUID, _School] = {}

    async def watch(self, school_id: UUID, standing: Standing) -> None:
        """Doubt a standing whenever a right of this person at the school may have changed, until `unwatch`."""
        school = self._schools.get(school_id)
        if school is None:
            school = self._schools[school_id] = _School(self._hub, rights_topic(school_id))
        is_new = standing not in school.standings or not school.is_heard
        school.standings[standing] += 1
        await school.follow()
        if is_new:
            # What changed between reading the scope and listening was heard by nobody.
            standing.doubt()

    def unwatch(self, school_id: UUID, standing: Standing) -> None:
        """Listen for this feed no more."""
        school = self._schools.get(school_id)
        if school is None or standing not in school.standings:
            return
        school.standings[standing] -= 1
        if not school.standings[standing]:
            del school.standings[standing]
        if not school.standings:
            del self._schools[school_id]
            school.task.cancel()

    async def settle(self, school_id: UUID) -> None:
        """Wait until every change of rights that is committed now has been told. Raises DatabaseUnavailable."""
        school = self._schools.get(school_id)
        if school is None:
            raise DatabaseUnavailable
        await school.settle()

    async def close(self) -> None:
        """Listen to no school any more."""
        for school in list(self._schools.values()):
            await school.close()
