"""A WebSocket as the application sees it, message by message, for what a well-behaved client never does."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import orjson

from schoolplein.app import GRAPHQL, Application
from tests.clients import SOON_S
from tests.factories import SmallSchool, id_of
from tests.live.words import FOLLOW_POSTS

PROTOCOL = "graphql-transport-ws"
ASK = {"query": "{ viewer { email } }"}
"""The payload of a small question."""


class Ended(Exception):
    """The service closed the connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


def _ended(event: Mapping[str, Any]) -> Ended:
    reason = event.get("reason", "")
    assert len(reason.encode()) <= 123, "more than a close frame holds"
    return Ended(event["code"], reason)


class Socket:
    """One connection. Leaving it fails when the application has failed: that would be a 1006 for a real client."""

    def __init__(
        self,
        app: Application,
        *,
        headers: Mapping[str, str] | None = None,
        protocols: Sequence[str] = (PROTOCOL,),
        path: str = GRAPHQL,
    ) -> None:
        self._app = app
        self._scope = {
            "type": "websocket",
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
            "subprotocols": list(protocols),
        }
        self._inbox = asyncio.Queue[dict[str, Any]]()
        self._outbox = asyncio.Queue[Mapping[str, Any]]()

    async def __aenter__(self) -> Self:
        self._inbox.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._app(self._scope, self._inbox.get, self._outbox.put))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})
        async with asyncio.timeout(SOON_S):
            await self._task

    async def event(self) -> Mapping[str, Any]:
        """What the application does next, in the words of ASGI. What it raises is raised here."""
        waiting = asyncio.create_task(self._outbox.get())
        async with asyncio.timeout(SOON_S):
            await asyncio.wait((waiting, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            await self._task
            raise AssertionError("the application left without a word")
        return waiting.result()

    async def accepted(self) -> str | None:
        """That the handshake succeeds, and with which sub-protocol. Raises Ended."""
        event = await self.event()
        if event["type"] == "websocket.close":
            raise _ended(event)
        assert event["type"] == "websocket.accept", event
        return event["subprotocol"]

    async def say(self, text: str | bytes) -> None:
        """Send a frame as it is."""
        kind = "text" if isinstance(text, str) else "bytes"
        self._inbox.put_nowait({"type": "websocket.receive", kind: text})

    async def tell(self, **message: Any) -> None:
        """Send a message of the protocol."""
        await self.say(orjson.dumps(message).decode())

    async def hear(self) -> dict[str, Any]:
        """The next message. Raises Ended."""
        event = await self.event()
        if event["type"] == "websocket.close":
            raise _ended(event)
        assert event["type"] == "websocket.send", event
        assert event.get("bytes") is None, "a browser would get a Blob"
        return orjson.loads(event["text"])

    async def sign_in(self, token: str | None) -> None:
        """Shake hands and introduce oneself. Raises Ended."""
        assert await self.accepted() == PROTOCOL
        payload = {} if token is None else {"authorization": f"Bearer {token}"}
        await self.tell(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def ended(self) -> int:
        """With which code the service ends the connection; whatever it says before that is left out."""
        try:
            while True:
                await self.hear()
        except Ended as ended:
            return ended.code


@asynccontextmanager
async def signed_in(app: Application, token: str) -> AsyncIterator[Socket]:
    async with Socket(app) as socket:
        await socket.sign_in(token)
        yield socket


def following(small_school: SmallSchool) -> dict[str, Any]:
    """The payload that follows the posts of the first group."""
    return {"query": FOLLOW_POSTS, "variables": {"group": id_of(small_school.group)}}


async def start(socket: Socket, small_school: SmallSchool, id_: str) -> None:
    """Follow posts under this id, and wait for the beginning."""
    await socket.tell(type="subscribe", id=id_, payload=following(small_school))
    message = await socket.hear()
    assert (message["type"], message["id"]) == ("next", id_), message
    assert message["payload"]["data"]["postFeed"]["kind"] == "START"


def followers(app: Application) -> int:
    """How many follow a feed in this process."""
    return len(app.service().news.members)
