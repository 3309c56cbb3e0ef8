"""GraphQL over WebSocket, sub-protocol graphql-transport-ws: one connection, several operations, each by its id.

After the protocol of the graphql-ws project. What a client can't cure by itself closes the socket with that
protocol's code; whatever concerns one operation is told under its id and leaves the others alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import orjson
from graphql import OperationType

from models.database import DatabaseUnavailable
from schema.documents import Invalid, Response, fault, follow, prepare, run
from schoolplein.graphql import Asked, Receive, Scope, Send, ask
from schoolplein.service import Headers, Service

PROTOCOL = "graphql-transport-ws"
INIT_S = 5.0
MOST_OPERATIONS = 50


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


class GraphQLOverWebSocket:
    """Answers the WebSocket handshake on /graphql."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, from the handshake to its end."""
        service = self._service()
        headers: Headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and origin not in service.origins:
            await send({"type": "websocket.close", "code": 4403})  # before the handshake ends: HTTP 403
            return
        # A cookie counts only from our own pages, and only a browser says from which page it comes.
        cookie = None if origin is None else service.cookie_token(headers)
        await receive()
        offered = PROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        connection = Connection(service, send, cookie)
        try:
            if not offered:
                raise NOT_ACCEPTABLE
            await connection.serve(receive)
        except Close as close:
            await send({"type": "websocket.close", "code": close.code, "reason": close.reason})
        finally:
            await connection.end()


class Connection:
    """One socket: who it is, and the operations that run on it."""

    def __init__(self, service: Service, send: Send, token: str | None) -> None:
        self._service = service
        self._send = send
        self._token = token
        self._is_acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}

    async def serve(self, receive: Receive) -> None:
        """Take messages until the client goes. Raises Close."""
        try:
            async with asyncio.timeout(INIT_S):
                while not self._is_acknowledged:
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
        if self._is_acknowledged:
            raise TOO_MANY_INITS
        authorization = _payload(message).get("payload", {}).get("authorization")
        if authorization is not None:
            scheme, _, token = str(authorization).partition(" ")
            if scheme.lower() != "bearer":
                raise UNAUTHORIZED
            self._token = token.strip()
        try:
            request = await self._service.request(self._token)
        except DatabaseUnavailable:
            raise TRY_AGAIN from None
        if request.context.viewer is None:
            raise UNAUTHORIZED
        self._is_acknowledged = True
        await self._tell({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        id_, asked = message.get("id"), ask(message.get("payload"))
        if not isinstance(id_, str) or not id_ or asked is None:
            raise BAD_REQUEST
        if not self._is_acknowledged:
            raise UNAUTHORIZED
        if id_ in self._operations:
            # A close frame has room for 123 bytes, and an id may be of any length and script.
            raise Close(4409, f"Subscriber for {id_.encode()[:80].decode(errors='ignore')} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            told = f"At most {MOST_OPERATIONS} operations at once on a connection."
            await self._error(id_, {"errors": [{"message": told, "extensions": {"code": "RATE_LIMITED"}}]})
            return
        task = asyncio.create_task(self._run(id_, asked))
        self._operations[id_] = task

    async def _run(self, id_: str, asked: Asked) -> None:
        """Run one operation to its end; the client hears of the end unless it asked for it, or is gone."""
        refused: Response | None = None
        try:
            await self._stream(id_, asked)
        except Invalid as invalid:
            refused = invalid.response()
        except OSError:
            pass  # the peer is gone; its reader will see it too
        except Exception as error:  # noqa: BLE001 — the other operations go on
            refused = Invalid([fault(error)]).response()
        self._operations.pop(id_, None)  # before the client hears of it: it may use the id again
        with suppress(OSError):
            await (self._tell({"type": "complete", "id": id_}) if refused is None else self._error(id_, refused))

    async def _stream(self, id_: str, asked: Asked) -> None:
        operation = prepare(asked.query, asked.operation_name)
        request = await self._service.request(self._token)
        if operation.kind is not OperationType.SUBSCRIPTION:
            await self._next(id_, await run(operation, asked.variables, request))
            return
        responses = follow(operation, asked.variables, request)
        try:
            async for response in responses:
                await self._next(id_, response)
        finally:
            await responses.aclose()

    def _complete(self, message: dict[str, Any]) -> None:
        id_ = message.get("id")
        if not isinstance(id_, str):
            raise BAD_REQUEST
        task = self._operations.pop(id_, None)
        if task is not None:
            task.cancel()

    async def _next(self, id_: str, response: Response) -> None:
        await self._tell({"type": "next", "id": id_, "payload": response})

    async def _error(self, id_: str, response: Response) -> None:
        await self._tell({"type": "error", "id": id_, "payload": response["errors"]})

    async def _tell(self, message: dict[str, Any]) -> None:
        # Text, not bytes: browsers would get a Blob.
        await self._send({"type": "websocket.send", "text": orjson.dumps(message).decode()})

    async def end(self) -> None:
        """Stop all operations and wait until they have let go."""
        tasks = list(self._operations.values())
        self._operations.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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
