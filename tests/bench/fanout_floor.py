"""The floor of W4: a bare ASGI application that sends ready bytes to every socket, one after the other."""

import orjson

from schoolplein.graphql import Receive, Scope, Send

_EVENT = {
    "kind": "PUBLISHED",
    "postId": "post_" + "0" * 32,
    "post": {
        "id": "post_" + "0" * 32,
        "title": "Gymles 1",
        "body": "Morgen hebben we gym in de grote zaal. " * 4,
        "publishedAt": "2026-11-23T10:00:00.000000+00:00",
        "commentCount": 0,
        "author": {"name": "Mens van 1", "label": "leerkracht Groep 1"},
    },
}
_ANSWER = orjson.dumps({"data": {"publishPost": {"post": {"id": "post_1"}, "errors": []}}})


class FanoutFloor:
    """Sends to all who are connected whenever somebody posts."""

    def __init__(self) -> None:
        self._sends: list[Send] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "websocket":
            await self._hold(receive, send)
        else:
            await self._emit(receive, send)

    async def leave(self) -> None:
        """Nobody is asked to go."""

    async def _hold(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        await receive()
        await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
        await receive()
        await send({"type": "websocket.send", "text": self._frame("START", [])})
        self._sends.append(send)
        try:
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self._sends.remove(send)

    async def _emit(self, receive: Receive, send: Send) -> None:
        await receive()
        text = self._frame("EVENTS", [_EVENT])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_ANSWER)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": _ANSWER})
        for each in list(self._sends):
            await each({"type": "websocket.send", "text": text})

    @staticmethod
    def _frame(kind: str, events: list[object]) -> str:
        feed = {"kind": kind, "cursor": "1.1234567890", "events": events}
        return orjson.dumps({"type": "next", "id": "1", "payload": {"data": {"postFeed": feed}}}).decode()
