"""GraphQL over server-sent events, distinct connections: one operation a request, its responses as events.

After the protocol of the graphql-sse project: `next` with a response each, then `complete`. A stream that the service
ends because it stops has no `complete`, so that clients come back.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from typing import Any

import orjson

from schema.documents import Invalid

KEEP_ALIVE_S = 12.0
"""A comment now and then: what lies between us and the client must not take silence for the end."""
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),  # a proxy must hand on each event as it comes
]
NEXT, COMPLETE, COMMENT = b"event: next\ndata: ", b"event: complete\ndata:\n\n", b":\n\n"

Message = MutableMapping[str, Any]


async def stream(
    responses: AsyncGenerator[str],
    headers: list[tuple[bytes, bytes]],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
    is_leaving: Callable[[], bool],
) -> None:
    """Send responses as they come, until there are no more or the client is gone."""
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *headers]})
    tasks = [
        asyncio.create_task(_tell(responses, send, is_leaving)),
        asyncio.create_task(_keep_alive(send)),
        asyncio.create_task(_gone(receive)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if tasks[0].done() and not tasks[0].cancelled():
        await send({"type": "http.response.body", "body": b""})


async def _tell(
    responses: AsyncGenerator[str], send: Callable[[Message], Awaitable[None]], is_leaving: Callable[[], bool]
) -> None:
    async with aclosing(responses):
        try:
            async for response in responses:
                await _send(send, NEXT + response.encode() + b"\n\n")
        except Invalid as invalid:
            await _send(send, NEXT + orjson.dumps(invalid.response()) + b"\n\n")
    if not is_leaving():
        await _send(send, COMPLETE)


async def _keep_alive(send: Callable[[Message], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(KEEP_ALIVE_S)
        await _send(send, COMMENT)


async def _gone(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Callable[[Message], Awaitable[None]], body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
