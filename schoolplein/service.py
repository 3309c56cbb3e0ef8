"""What one process holds while it serves: the database, the news, the settings; and who a request comes from."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from models.database import Database
from realtime.bus import Bus
from realtime.hub import Hub
from resolvers import sessions
from resolvers.context import Context
from resolvers.doorkeeper import Doorkeeper
from resolvers.errors import Unauthenticated
from resolvers.limits import Limits
from resolvers.rights import Rights
from resolvers.standing import Standing
from resolvers.viewer import find_by_token
from schema.audience import News
from schema.info import Request
from schoolplein import keys
from schoolplein.callers import Caller
from schoolplein.settings import Settings

LEAVE_S = 2.0
MOST_OF_A_PERSON = 20
"""Connections of one person on which feeds are followed, in one process: every tab and device has one."""


class TooMany(Exception):
    """The person has as many connections as one may have."""


def utc_now() -> datetime:
    """The service's clock."""
    return datetime.now(UTC)


class Service:
    """One serving process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        hub: Hub,
        door: Doorkeeper,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings = settings
        self.door = door
        self.database = database
        self.clock = clock
        self.news = News(hub, Rights(hub), self.now)
        self.is_leaving = False
        """Whether the process is about to stop: followers are asked to go elsewhere, and no new ones are taken."""
        self._standings: dict[Standing, UUID | None] = {}
        self._connections: Counter[UUID | None] = Counter()
        self.origins = frozenset(origin.encode() for origin in settings.allowed_origins)
        """Pages from here may use the session cookie."""
        self.is_secure = settings.address.startswith("https://")
        self.cookie = "__Host-sp" if self.is_secure else "sp"
        """The name of the session cookie. `__Host-` binds it to this host and to https."""
        self.device_cookie = f"{self.cookie}-device"
        """Of the cookie by which a browser is known again after its session."""

    def now(self) -> datetime:
        """This moment, by the clock that the service has now."""
        return self.clock()

    def stands_at(self, now: datetime) -> datetime | None:
        """The moment instead of the database's clock; None when this service has the clock of the machine itself."""
        return None if self.clock is utc_now else now

    async def request(self, caller: Caller, *, takes_cookies: bool = False) -> Request:
        """One operation of whoever holds the token; of nobody without one, or when its session has ended."""
        now = self.now()
        viewer = None
        if caller.token is not None:
            lenient = not self.door.staff_need_second_factor
            viewer = await find_by_token(self.database, caller.token, now, lenient=lenient)
        context = Context(
            database=self.database,
            doorbell=self.news.hub,
            door=self.door,
            viewer=viewer,
            now=now,
            stands_at=self.stands_at(now),
            network=caller.network,
            device=caller.device,
        )
        if viewer is not None:
            await sessions.touch(context)
        return Request(
            context,
            self.news,
            may_introspect=viewer is not None or not self.settings.is_production,
            takes_cookies=takes_cookies,
        )

    def standing(self, token: str) -> Standing:
        """Who holds the token, as time goes on: for a connection on which feeds are followed."""
        return Standing(self.database, self.news.hub, self.door, token, self.now)

    async def following(self, standing: Standing) -> Request:
        """A subscription of whoever a connection is. Raises Unauthenticated when the session is over."""
        standing.doubt()  # what happened since, with no feed to listen for it, was heard by nobody
        context = await standing.renew()
        if context is None:
            raise Unauthenticated
        await sessions.touch(context)
        return Request(context, self.news, standing)

    def admit(self, standing: Standing) -> None:
        """Count a connection as this person's, until `dismiss`. Raises TooMany."""
        if self._connections[standing.person_id] >= MOST_OF_A_PERSON:
            raise TooMany
        self._connections[standing.person_id] += 1
        self._standings[standing] = standing.person_id
        standing.is_leaving = self.is_leaving  # who comes now is sent on as well

    def dismiss(self, standing: Standing) -> None:
        """Count it no more."""
        if standing in self._standings:
            person_id = self._standings.pop(standing)
            self._connections[person_id] -= 1
            if not self._connections[person_id]:
                del self._connections[person_id]

    @asynccontextmanager
    async def following_alone(self, token: str | None) -> AsyncGenerator[Request]:
        """A subscription on a connection of its own. Raises Unauthenticated, TooMany."""
        if token is None:
            raise Unauthenticated
        standing = self.standing(token)
        request = await self.following(standing)
        self.admit(standing)
        try:
            yield request
        finally:
            self.dismiss(standing)

    async def leave(self) -> None:
        """Ask all followers to go elsewhere, and wait until they have been told, a few seconds at most."""
        self.is_leaving = True
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await asyncio.gather(*[standing.leave() for standing in self._standings])


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncGenerator[Service, None]:
    """Open what a process needs. Nothing of it has to be reachable at once: the service starts and says so."""
    assert settings.database_url is not None, "a process that serves needs a database"
    async with AsyncExitStack() as opened:
        database = await Database.connect(settings.database_url, size=settings.pool_size)
        opened.push_async_callback(database.close)
        hub = Hub(database.fetch, Bus.from_url(settings.redis_url))
        opened.push_async_callback(hub.close)
        await hub.start()
        door = _doorkeeper(settings)
        opened.push_async_callback(door.limits.close)
        service = Service(settings, database, hub, door)
        opened.push_async_callback(service.news.rights.close)
        yield service


def _doorkeeper(settings: Settings) -> Doorkeeper:
    return Doorkeeper(
        limits=Limits(settings.redis_url),
        seal=cache(lambda: keys.seal(settings)),
        staff_need_second_factor=settings.staff_need_second_factor,
        address=settings.address,
        origins=settings.allowed_origins,
    )
