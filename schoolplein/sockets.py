"""GraphQL over WebSocket, sub-protocol graphql-transport-ws: one connection, several operations, each by its id.

After the protocol of the graphql-ws project. What a client can't cure by itself closes the socket with that
protocol's code; whatever concerns one operation is told under its id and leaves the others alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any, cast

import orjson
from graphql import OperationType

from models.database import DatabaseUnavailable
from resolvers.errors import Unauthenticated
from resolvers.standing import Standing
from schema.documents import Invalid, Response, fault, follow, prepare, run
from schoolplein.callers import Caller, Headers, cookie, network_of
from schoolplein.graphql import Asked, Receive, Scope, Send, ask
from schoolplein.service import Service, TooMany

PROTOCOL = "graphql-transport-ws"
INIT_S = 5.0
MOST_OPERATIONS = 50
MOST_SOCKETS = 10_000
"""In one process. Who comes then is told to try again, and finds another process."""
MESSAGES_PER_S = 20
BURST = 100
"""So many messages may come at once; who goes on faster than `MESSAGES_PER_S` is read no faster than that."""
FAREWELL_S = 0.2
"""Between the last frame of a session that has ended and the end of its socket: the client acts on the frame first."""


class Close(Exception):
    """The connection can't go on."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


BAD_REQUEST = Close(4400, "Invalid message")
UNAUTHORIZED = Close(4401, "Unauthorized")
NOT_ACCEPTABLE = Close(4406, "Subprotocol not acceptable")
INIT_TIMEOUT = Close(4408, "Connection initialisation timeout")
TOO_MANY_INITS = Close(4429, "Too many initialisation requests")
TRY_AGAIN = Close(1013, "Try again later")
TOO_MANY_SOCKETS = Close(4403, "Too many connections")
SESSION_ENDED = Close(4403, "Session ended")


class GraphQLOverWebSocket:
    """Answers the WebSocket handshake on /graphql."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, from the handshake to its end."""
        service = self._service()
        headers: Headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and origin not in service.origins:
            await send({"type": "websocket.close", "code": 4403})  # before the handshake ends: HTTP 403
            return
        # A cookie counts only from our own pages, and only a browser says from which page it comes.
        caller = Caller(None if origin is None else cookie(headers, service.cookie), network_of(scope))
        await receive()
        offered = PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        connection = Connection(service, send, caller)
        self._open += 1
        try:
            if not offered:
                raise NOT_ACCEPTABLE
            if service.is_leaving or self._open > MOST_SOCKETS:
                raise TRY_AGAIN
            await connection.serve(receive)
        except Close as close:
            await connection.close(close)
        finally:
            self._open -= 1
            await connection.end()


class Connection:
    """One socket: who it is, and the operations that run on it."""

    __slots__ = ("_caller", "_is_closed", "_operations", "_pace", "_send", "_service", "_standing", "_tasks")

    def __init__(self, service: Service, send: Send, caller: Caller) -> None:
        self._service = service
        self._send = send
        self._caller = caller
        self._standing: Standing | None = None
        self._is_closed = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._pace = Pace(MESSAGES_PER_S, BURST)

    async def serve(self, receive: Receive) -> None:
        """Take messages until the client goes. Raises Close."""
        try:
            async with asyncio.timeout(INIT_S):
                while self._standing is None:
                    if not await self._take(receive):
                        return
        except TimeoutError:
            raise INIT_TIMEOUT from None
        while await self._take(receive):
            pass

    async def _take(self, receive: Receive) -> bool:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return False
        await self._pace.keep()
        message = _decode(event.get("text"))
        match message.get("type"):
            case "connection_init":
                await self._init(message)
            case "ping":
                await self._pong(_payload(message))
            case "pong":
                _payload(message)
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                self._complete(message)
            case _:
                raise BAD_REQUEST
        return True

    async def _pong(self, payload: dict[str, Any]) -> None:
        """Give the payload back, however odd; nested deeper than can be written it is no message of anybody's."""
        try:
            await self._tell({"type": "pong", **payload})
        except orjson.JSONEncodeError:
            raise BAD_REQUEST from None

    async def _init(self, message: dict[str, Any]) -> None:
        if self._standing is not None:
            raise TOO_MANY_INITS
        authorization = _payload(message).get("payload", {}).get("authorization")
        if authorization is not None:
            scheme, _, token = str(authorization).partition(" ")
            if scheme.lower() != "bearer":
                raise UNAUTHORIZED
            self._caller = replace(self._caller, token=token.strip())
        if self._caller.token is None:
            raise UNAUTHORIZED
        standing = self._service.standing(self._caller.token)
        try:
            await self._service.following(standing)
        except DatabaseUnavailable:
            raise TRY_AGAIN from None
        except Unauthenticated:
            raise UNAUTHORIZED from None
        try:
            self._service.admit(standing)
        except TooMany:
            raise TOO_MANY_SOCKETS from None
        self._standing = standing
        await self._tell({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        id_, asked = message.get("id"), ask(message.get("payload"))
        if not isinstance(id_, str) or not id_ or asked is None:
            raise BAD_REQUEST
        if self._standing is None:
            raise UNAUTHORIZED
        if id_ in self._operations:
            # A close frame has room for 123 bytes, and an id may be of any length and script.
            raise Close(4409, f"Subscriber for {id_.encode()[:80].decode(errors='ignore')} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            told = f"At most {MOST_OPERATIONS} operations at once on a connection."
            await self._error(id_, {"errors": [{"message": told, "extensions": {"code": "RATE_LIMITED"}}]})
            return
        task = self._operations[id_] = asyncio.create_task(self._run(self._standing, id_, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, standing: Standing, id_: str, asked: Asked) -> None:
        """Run one operation to its end; the client hears of the end unless it asked for it, or is gone."""
        refused: Response | None = None
        try:
            await self._stream(standing, id_, asked)
        except Invalid as invalid:
            refused = invalid.response()
        except OSError:
            pass  # the peer is gone; its reader will see it too
        except Exception as error:  # noqa: BLE001 — the other operations go on
            refused = Invalid([fault(error)]).response()
        self._operations.pop(id_, None)  # before the client hears of it: it may use the id again
        with suppress(OSError):
            await (self._tell({"type": "complete", "id": id_}) if refused is None else self._error(id_, refused))
        if standing.has_ended and not self._operations:
            await asyncio.sleep(FAREWELL_S)
            await self.close(SESSION_ENDED)

    async def _stream(self, standing: Standing, id_: str, asked: Asked) -> None:
        operation = prepare(asked.query, asked.operation_name)
        if operation.kind is not OperationType.SUBSCRIPTION:
            request = await self._service.request(self._caller)
            await self._tell({"type": "next", "id": id_, "payload": await run(operation, asked.variables, request)})
            return
        before = '{"type":"next","id":' + orjson.dumps(id_).decode() + ',"payload":'
        following = await follow(operation, asked.variables, await self._service.following(standing))
        del asked  # it may stay for a day
        with closing(following):
            async for response in following:
                await self._say(before + response + "}")

    def _complete(self, message: dict[str, Any]) -> None:
        id_ = message.get("id")
        if not isinstance(id_, str):
            raise BAD_REQUEST
        task = self._operations.pop(id_, None)
        if task is not None:
            task.cancel()

    async def _error(self, id_: str, response: Response) -> None:
        await self._tell({"type": "error", "id": id_, "payload": response["errors"]})

    async def _tell(self, message: dict[str, Any]) -> None:
        await self._say(orjson.dumps(message).decode())

    async def _say(self, text: str) -> None:
        if self._is_closed:
            raise ConnectionError
        # Text, not bytes: browsers would get a Blob.
        await self._send({"type": "websocket.send", "text": text})

    async def close(self, close: Close) -> None:
        """Close the socket from our side, once."""
        if not self._is_closed:
            self._is_closed = True
            await self._send({"type": "websocket.close", "code": close.code, "reason": close.reason})

    async def end(self) -> None:
        """Stop all operations and wait until they have let go."""
        if self._standing is not None:
            self._service.dismiss(self._standing)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Pace:
    """How fast messages may come on average; who is faster waits, and is not read meanwhile."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left = float(burst)
        self._at = asyncio.get_running_loop().time()

    async def keep(self) -> None:
        """Take one message's place, when there is one."""
        now = asyncio.get_running_loop().time()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s) - 1
        self._at = now
        if self._left < 0:
            await asyncio.sleep(-self._left / self._per_s)


def _decode(text: str | None) -> dict[str, Any]:
    if text is None:
        raise BAD_REQUEST
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BAD_REQUEST from None
    if not isinstance(message, dict):
        raise BAD_REQUEST
    return cast("dict[str, Any]", message)


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    """The optional payload of a message, as a part of the answer. Null is as good as none."""
    payload = message.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise BAD_REQUEST
    return {"payload": payload}
