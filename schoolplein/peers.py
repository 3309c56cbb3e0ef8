"""Peers that stop reading, answering or leaving: they are cut off, where uvicorn would keep them for ever.

`transport.close()` waits until everything is sent; only `transport.abort()` is sure to end a connection. A client that
is cut off sees 1006 and comes back, while the 1011 that uvicorn has for a missed ping makes graphql-ws give up.

Written against uvicorn 0.54, which is pinned: that its protocols act on what `connection_made` gives them, and their
`writable`, `conn`, `shutdown`, `handle_ping`, `schedule_ping` and `keepalive_timeout`.
"""

import asyncio
import socket
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

UNSENT_BYTES = 65_536


class Peer:
    """A transport that is aborted when its peer takes nothing for a while, or when closing it takes too long."""

    stalled_s = 15.0
    closing_s = 3.0

    def __init__(self, transport: asyncio.Transport) -> None:
        # The kernel keeps little beyond what is on its way, and so notices when a slow peer takes something.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._stalled: asyncio.TimerHandle | None = None
        self._closing: asyncio.TimerHandle | None = None
        self.write = transport.write  # what is called most needs no looking up

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Close when all is sent, or soon in any case."""
        self._transport.close()
        if self._closing is None:
            self._closing = self._loop.call_later(self.closing_s, self._transport.abort)

    def watch(self) -> None:
        """Abort, unless something of what is unsent now is taken in time."""
        self.trust()
        self._stalled = self._loop.call_later(self.stalled_s, self._judge, self._transport.get_write_buffer_size())

    def trust(self) -> None:
        """Watch no more: the peer reads."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def forget(self) -> None:
        """Nothing is left to do: the connection has ended."""
        self.trust()
        if self._closing is not None:
            self._closing.cancel()

    def _judge(self, unsent: int) -> None:
        if self._transport.get_write_buffer_size() < unsent:
            self.watch()  # slow, and alive
        else:
            self._transport.abort()


class _Bounded(asyncio.Protocol):
    """What both protocols do about their peer. One that is upgraded to a WebSocket stays the same peer."""

    _peer: Peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._peer = transport if isinstance(transport, Peer) else Peer(cast("asyncio.Transport", transport))
        super().connection_made(cast("asyncio.Transport", self._peer))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._peer.forget()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._peer.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._peer.trust()


class BoundedHTTP(_Bounded, HttpToolsProtocol):
    """HTTP, also with long responses such as event streams."""


class BoundedWebSocket(_Bounded, WebSocketsSansIOProtocol):
    """WebSockets, whose peers are pinged too."""

    def shutdown(self) -> None:
        """Say that the service restarts, unless the peer has said goodbye already: uvicorn would stumble over that."""
        try:
            super().shutdown()
        except InvalidState:
            self.transport.close()

    def keepalive_timeout(self) -> None:
        """Cut off a peer that did not answer, unless the ping may still be waiting behind what it is reading."""
        self.pong_timer = None
        self.pending_ping_payload = None
        if self.writable.is_set():
            self._peer.abort()
        else:
            self.schedule_ping()

    def handle_ping(self) -> None:
        """Answer, except to a peer that does not read: it could make the pongs pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()
