"""Clients as people have them: GraphQL over HTTP and over WebSocket, against the real application in this process."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx
import orjson
from sqlalchemy import Engine, event

from models.database import Database
from schoolplein.app import GRAPHQL, Application

SOON_S = 5.0
"""Within this time everything has happened that is going to happen; a deadline, and never waited for in full."""
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
BEFORE_SCHOOL = datetime(2026, 9, 15, 7, 0, tzinfo=AMSTERDAM)
"""A Tuesday in the second week of September, before the cut-off of 8:15 and the first lesson at 8:30."""


class Clock:
    """The service's time, which only a test moves."""

    def __init__(self, now: datetime = BEFORE_SCHOOL) -> None:
        self.now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.now

    def stand_at(self, moment: datetime) -> None:
        """Go to a moment."""
        self.now = moment.astimezone(UTC)

    def advance(self, **duration: float) -> None:
        """Go on by so many `days`, `hours` or `minutes`."""
        self.now += timedelta(**duration)


@asynccontextmanager
async def serving(app: Application, clock: Clock | None = None) -> AsyncIterator[Application]:
    """Run the lifespan of an application in this event loop, at the time that `clock` tells."""
    inbox, outbox = asyncio.Queue[dict[str, Any]](), asyncio.Queue[Any]()
    task = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, inbox.get, outbox.put))
    inbox.put_nowait({"type": "lifespan.startup"})
    assert await outbox.get() == {"type": "lifespan.startup.complete"}
    if clock is not None:
        app.service().clock = clock
    try:
        yield app
    finally:
        inbox.put_nowait({"type": "lifespan.shutdown"})
        await task


_ADDRESSES = itertools.count(int(IPv4Address("10.0.0.1")))


class Answered:
    """A GraphQL answer: `raw` is the HTTP response as it came."""

    def __init__(self, raw: httpx.Response) -> None:
        self.raw = raw
        self.body: dict[str, Any] = orjson.loads(raw.content)
        self.data: dict[str, Any] | None = self.body.get("data")

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Everything that was refused: at the top level, or in the payloads of mutations."""
        payloads = [payload for payload in (self.data or {}).values() if isinstance(payload, dict)]
        refusals = [error for payload in payloads for error in payload.get("errors") or ()]
        return [*self.body.get("errors", ()), *refusals]

    @property
    def codes(self) -> list[str]:
        """The codes of all refusals."""
        return [error.get("code") or error["extensions"]["code"] for error in self.errors]


class Client:
    """Somebody with a token, or with the cookies that they were given, or nobody."""

    def __init__(self, http: httpx.AsyncClient, headers: Mapping[str, str]) -> None:
        self.http = http
        self._headers = headers

    async def ask(self, query: str, /, **variables: Any) -> Answered:
        """Send one operation, and answer whatever came back."""
        request = {"query": query, "variables": variables}
        return Answered(await self.http.post(GRAPHQL, json=request, headers=self._headers))

    async def ok(self, query: str, /, **variables: Any) -> Any:
        """Send one operation that must succeed: its data; for one root field, that field's."""
        answered = await self.ask(query, **variables)
        assert not answered.errors, answered.errors
        assert answered.data is not None
        return next(iter(answered.data.values())) if len(answered.data) == 1 else answered.data

    async def refused(self, query: str, /, **variables: Any) -> list[str]:
        """Send one operation that must be refused: the codes. Nothing but errors may be in the answer."""
        answered = await self.ask(query, **variables)
        assert answered.codes, f"not refused: {answered.data}"
        assert not _shown(answered.data), f"refused, and yet shown: {answered.data}"
        return answered.codes


def _shown(data: Mapping[str, Any] | None) -> list[Any]:
    """What an answer tells besides errors."""
    told: list[Any] = []
    for value in (data or {}).values():
        payload = value if isinstance(value, dict) else {"": value}
        told += [part for name, part in payload.items() if name not in {"errors", "__typename"}]
    return [part for part in told if part is not None and part is not False]


class Clients:
    """Makes clients: by the token of an app, or as a browser, which keeps cookies and says where its page came from."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self._opened: list[httpx.AsyncClient] = []
        self._shared = self._open()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for http in self._opened:
            await http.aclose()

    def __call__(self, token: str | None = None) -> Client:
        """Whoever holds the token; nobody without one."""
        return Client(self._shared, {} if token is None else {"authorization": f"Bearer {token}"})

    def browser(self) -> Client:
        """A browser that shows a page of ours."""
        return Client(self._open(), {"sec-fetch-site": "same-origin"})

    def live(self, token: str | None) -> "Live":
        """A WebSocket of whoever holds the token: `async with clients.live(token) as live`."""
        return Live(self.app, token)

    def at(self, address: str) -> Client:
        """Somebody without a session at an address of the network."""
        return Client(self._open(address), {})

    def _open(self, address: str | None = None) -> httpx.AsyncClient:
        app = self.app if address else self._from_anywhere
        transport = httpx.ASGITransport(app, raise_app_exceptions=True, client=(address or "", 1))  # type: ignore[arg-type]
        http = httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", trust_env=False)
        self._opened.append(http)
        return http

    async def _from_anywhere(self, scope: Any, receive: Any, send: Any) -> None:
        """Let each request come from another address: attempts that are counted by network do not meet."""
        scope["client"] = (str(IPv4Address(next(_ADDRESSES))), 1)
        await self.app(scope, receive, send)


class Closed(Exception):
    """The service closed the socket, with a code of the protocol."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Feed:
    """One operation on a socket, and what came for it."""

    def __init__(self, live: "Live", id_: str) -> None:
        self.id = id_
        self.inbox = asyncio.Queue[dict[str, Any] | Closed]()
        self._live = live

    async def message(self) -> dict[str, Any]:
        """The next message for this operation: `next`, `error` or `complete`."""
        async with asyncio.timeout(SOON_S):
            got = await self.inbox.get()
        if isinstance(got, Closed):
            raise got
        return got

    async def frame(self) -> dict[str, Any]:
        """The next frame: the one root field's value in a `next` message without errors."""
        got = await self.message()
        assert got["type"] == "next", got
        assert "errors" not in got["payload"], got
        return next(iter(got["payload"]["data"].values()))

    async def refused(self) -> list[str]:
        """That the operation was refused, and with which codes; the `error` message holds no data."""
        got = await self.message()
        assert got["type"] == "error", got
        return [error["extensions"]["code"] for error in got["payload"]]

    async def complete(self) -> None:
        """Let the service know that it is enough."""
        await self._live.tell({"type": "complete", "id": self.id})


class Live:
    """A WebSocket that speaks graphql-transport-ws, driven through the application's own ASGI interface."""

    def __init__(self, app: Application, token: str | None, *, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self._app = app
        self._token = token
        self._headers = list(headers)
        self._inbox = asyncio.Queue[dict[str, Any]]()
        self._feeds: dict[str, Feed] = {}
        self._numbers = itertools.count(1)
        self.connection = Feed(self, "")
        """What came for no operation: `connection_ack`, `pong`, or the end of the connection."""

    async def __aenter__(self) -> Self:
        scope = {
            "type": "websocket",
            "path": GRAPHQL,
            "headers": self._headers,
            "subprotocols": ["graphql-transport-ws"],
        }
        self._task = asyncio.create_task(self._app(scope, self._inbox.get, self._hear))
        self._inbox.put_nowait({"type": "websocket.connect"})
        payload = {} if self._token is None else {"authorization": f"Bearer {self._token}"}
        await self.tell({"type": "connection_init", "payload": payload})
        return self

    async def __aexit__(self, *_: object) -> None:
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(SOON_S):
            await self._task

    async def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message of the protocol."""
        self._inbox.put_nowait({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    async def acknowledged(self) -> None:
        """Wait until the service has taken the connection. Raises Closed when it refuses."""
        assert (await self.connection.message())["type"] == "connection_ack"

    async def subscribe(self, query: str, /, **variables: Any) -> Feed:
        """Start an operation."""
        feed = Feed(self, str(next(self._numbers)))
        self._feeds[feed.id] = feed
        payload = {"query": query, "variables": variables}
        await self.tell({"type": "subscribe", "id": feed.id, "payload": payload})
        return feed

    async def _hear(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "websocket.close":
            for feed in (self.connection, *self._feeds.values()):
                feed.inbox.put_nowait(Closed(event["code"]))
        elif event["type"] == "websocket.send":
            message = orjson.loads(event["text"])
            self._feeds.get(message.get("id"), self.connection).inbox.put_nowait(message)


@contextmanager
def count_statements() -> Iterator[list[str]]:
    """The statements that are sent to PostgreSQL meanwhile, through either door of any `Database`."""
    sent: list[str] = []
    fetch = Database.fetch

    async def counted(self: Database, statement: str, parameters: Sequence[Any]) -> Any:
        sent.append(statement)
        return await fetch(self, statement, parameters)

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    Database.fetch = counted
    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        Database.fetch = fetch
