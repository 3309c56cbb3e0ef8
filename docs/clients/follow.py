"""Follow a live feed of Schoolplein: every event once and in order, whatever happens (docs/realtime.md). Copy it."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable

from websockets import ClientConnection, ConnectionClosed, WebSocketException, connect

FINAL = {4400, 4401, 4406, 4409, 4429}  # who comes back is told the same again
PASSING = {"INTERNAL", "RATE_LIMITED", "UNAUTHENTICATED", "UNAVAILABLE"}
OPTIONS = {"subprotocols": ["graphql-transport-ws"], "ping_interval": 12, "ping_timeout": 5, "max_size": None}
Token = str | Callable[[], Awaitable[str]]  # a function answers a fresh one, for each connection
Snapshot = Callable[[], Awaitable[str]]  # takes the whole again, answers its cursor; tried again after an OSError
Apply = Callable[[list], None]  # takes in events in order: all of them or, if it raises, none; may be empty


class Refused(Exception):
    """The service said no, and would say so again."""


async def follow(address: str, token: Token, document: str, variables: dict, snapshot: Snapshot, apply: Apply) -> None:
    """Return when one may no longer follow. Raises Refused, and what the callbacks raise."""
    cursor, tries = None, 0
    while True:
        wait, tries = random.uniform(0.5, min(30, 2**tries)), min(tries + 1, 5)
        try:
            cursor = cursor or await snapshot()
            init = {"authorization": f"Bearer {token if isinstance(token, str) else await token()}"}
            asked = {"query": document, "variables": variables | {"after": cursor}}
            async with asyncio.timeout(10) as start, connect(address, close_timeout=1, **OPTIONS) as ws:
                async for frame in _frames(ws, init, asked):
                    start.reschedule(None)
                    if frame["kind"] == "REVOKED":
                        return
                    if frame["kind"] == "BYE":
                        wait = frame["retryAfterMs"] / 1000
                        break
                    apply(frame["events"])
                    cursor, tries = None if frame["kind"] == "RESYNC" else frame["cursor"], 0
        except (OSError, WebSocketException) as error:
            if isinstance(error, ConnectionClosed) and error.rcvd and error.rcvd.code in FINAL:
                raise Refused(error.rcvd.reason) from error
        await asyncio.sleep(wait)


async def _frames(socket: ClientConnection, init: dict, asked: dict) -> AsyncIterator[dict]:
    await socket.send(json.dumps({"type": "connection_init", "payload": init}))
    async for text in socket:
        match json.loads(text):
            case {"type": "connection_ack"}:
                await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
            case {"type": "ping"}:
                await socket.send('{"type": "pong"}')
            case {"type": "next", "payload": {"data": {**fields}}}:
                yield next(iter(fields.values()))
            case {"type": "error", "payload": [error, *_]} if error["extensions"]["code"] not in PASSING:
                raise Refused(error["message"])
            case {"type": "complete" | "error" | "next"}:
                return
