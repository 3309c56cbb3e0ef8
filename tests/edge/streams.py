"""One request over HTTP as the application sees it, whose answer is read as it comes: for server-sent events."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self

import orjson

from schoolplein.app import GRAPHQL, Application
from tests.clients import SOON_S

EVENTS = "text/event-stream"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
"""A client that names event-stream in each of its requests."""
OPENED = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}


class Stream:
    """A POST to /graphql: `async with Stream(app, payload, token) as stream`. Leaving it is what going away is."""

    def __init__(
        self,
        app: Application,
        payload: Any,
        token: str | None = None,
        *,
        accept: str | Sequence[str] = EVENTS,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._app = app
        self._body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
        told = {"content-type": "application/json", **(headers or {})}
        if token is not None:
            told["authorization"] = f"Bearer {token}"
        lines = [("accept", line) for line in ([accept] if isinstance(accept, str) else accept)]
        self._headers = [(name.encode(), value.encode()) for name, value in [*lines, *told.items()]]
        self._inbox = asyncio.Queue[dict[str, Any]]()
        self._outbox = asyncio.Queue[Mapping[str, Any]]()
        self._text = ""
        self._is_over = False
        self.status = 0
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        scope = {"type": "http", "method": "POST", "path": GRAPHQL, "headers": self._headers}
        self._inbox.put_nowait({"type": "http.request", "body": self._body, "more_body": False})
        self._task = asyncio.create_task(self._app(scope, self._inbox.get, self._outbox.put))
        start = await self._event()
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    async def __aexit__(self, *_: object) -> None:
        self._inbox.put_nowait({"type": "http.disconnect"})
        async with asyncio.timeout(SOON_S):
            await self._task

    async def block(self) -> str | None:
        """What comes next, up to its blank line; None at the end of the answer."""
        while "\n\n" not in self._text and not self._is_over:
            event = await self._event()
            self._text += event.get("body", b"").decode()
            self._is_over = not event.get("more_body", False)
        if not self._text:
            return None
        block, blank, self._text = self._text.partition("\n\n")
        assert blank, f"broken off in the middle: {block!r}"
        return block

    async def response(self) -> Any:
        """The GraphQL response in a `next` event, which must come now."""
        block = await self.block()
        assert block is not None, "the stream is over"
        event, data = block.split("\n")
        assert event == "event: next", block
        assert data.startswith("data: "), block
        return orjson.loads(data.removeprefix("data: "))

    async def frame(self) -> dict[str, Any]:
        """The next frame: the one root field's value in a response without errors."""
        response = await self.response()
        assert "errors" not in response, response
        return next(iter(response["data"].values()))

    async def completed(self) -> None:
        """That the operation is over, and the answer with it."""
        block = await self.block()
        assert block is not None, "the stream broke off"
        assert block.split("\n")[0] == "event: complete", block
        assert await self.block() is None

    async def refused(self) -> list[str]:
        """That the operation is refused: the codes of the one response, after which it is over."""
        response = await self.response()
        assert response.keys() == {"errors"}, response
        await self.completed()
        return [error["extensions"]["code"] for error in response["errors"]]

    async def answer(self) -> Any:
        """The JSON of an answer that is no stream."""
        assert self.headers["content-type"].split(";")[0] != EVENTS
        body = (await self._event())["body"]
        return orjson.loads(body)

    async def _event(self) -> Mapping[str, Any]:
        waiting = asyncio.create_task(self._outbox.get())
        async with asyncio.timeout(SOON_S):
            await asyncio.wait((waiting, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            await self._task
            raise AssertionError("the application left without a word")
        return waiting.result()
