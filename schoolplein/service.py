"""What one process holds while it serves: the database, the hub, the settings; and who a request comes from."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from models.database import Database
from realtime.bus import Bus
from realtime.hub import Hub
from resolvers import access
from resolvers.context import Context
from resolvers.viewer import find_by_token
from schema.info import Request, utc_now
from schoolplein.settings import Settings

Headers = dict[bytes, bytes]


class Service:
    """One serving process."""

    def __init__(
        self, settings: Settings, database: Database, hub: Hub, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self.settings = settings
        self.database = database
        self.hub = hub
        self.clock = clock
        self.origins = frozenset(origin.encode() for origin in settings.allowed_origins)
        """Pages from here may use the session cookie."""
        self.is_secure = settings.address.startswith("https://")
        self.cookie = "__Host-sp" if self.is_secure else "sp"
        """The name of the session cookie. `__Host-` binds it to this host and to https."""

    def cookie_token(self, headers: Headers) -> str | None:
        """The session token in the cookie header."""
        for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.cookie and value:
                return value
        return None

    async def request(self, token: str | None, *, takes_cookies: bool = False) -> Request:
        """One operation of whoever holds the token; of nobody without one, or when its session has ended."""
        now = self.clock()
        viewer = None if token is None else await find_by_token(self.database, token, now)
        context = Context(database=self.database, doorbell=self.hub, viewer=viewer, now=now)
        if viewer is not None:
            await access.touch(context)
        return Request(
            context,
            self.hub,
            token=token,
            clock=self.clock,
            may_introspect=viewer is not None or not self.settings.is_production,
            takes_cookies=takes_cookies,
        )


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncGenerator[Service, None]:
    """Open what a process needs. Nothing of it has to be reachable at once: the service starts and says so."""
    assert settings.database_url is not None, "a process that serves needs a database"
    database = await Database.connect(settings.database_url, size=settings.pool_size)
    hub = Hub(database.fetch, Bus.from_url(settings.redis_url))
    await hub.start()
    try:
        yield Service(settings, database, hub)
    finally:
        await hub.close()
        await database.close()
