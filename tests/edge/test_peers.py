"""Peers that stop reading or answering, on real connections to uvicorn with the service's protocols."""

import asyncio
import socket
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest
import uvicorn
from websockets.sync.client import connect

from schoolplein.graphql import Receive, Scope, Send
from schoolplein.peers import BoundedHTTP, BoundedWebSocket, Peer
from tests.cli.programs import until
from tests.clients import SOON_S

MESSAGE = "x" * 20_000
LARGE = "x" * 800_000
MOST_UNSENT = 65_536 + len(MESSAGE) + 100
QUICK_S = 0.4
HANDSHAKE = (
    b"GET /%s HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"sec-websocket-extensions: permessage-deflate\r\n\r\n"
)
FLOOD = HANDSHAKE % b"flood"
GET = b"GET /%s HTTP/1.1\r\nhost: localhost\r\n\r\n"
STREAM = GET % b"flood"
PING = b"\x89\x80\0\0\0\0"
TEXT = b"\x81\x80\0\0\0\0"
GOODBYE = b"\x88\x80\0\0\0\0"
RESTARTS = b"\x88\x02\x03\xf4"
"""A close frame with 1012."""
heard = threading.Event()
"""That the application has heard a text."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers on /flood with more than anybody wants, on /large with much at once, on /some with a few messages."""

    async def gone() -> None:
        while not (event := await receive())["type"].endswith("disconnect"):
            if event["type"] == "websocket.receive":
                heard.set()

    text = LARGE if scope["path"] == "/large" else MESSAGE
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        message = {"type": "http.response.body", "body": text.encode(), "more_body": True}
    else:
        await send({"type": "websocket.accept"})
        message = {"type": "websocket.send", "text": text}
    waiting = asyncio.create_task(gone())
    left = {"/flood": 1_000_000, "/large": 1, "/some": 3}.get(scope["path"], 0)
    while left and not waiting.done():
        await send(message)
        await asyncio.sleep(0)
        left -= 1
    await waiting


class Served:
    """A server beside the test, in an event loop like the service's."""

    def __init__(self) -> None:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=BoundedHTTP,
            ws=BoundedWebSocket,
            ws_per_message_deflate=False,
            ws_ping_interval=QUICK_S,
            ws_ping_timeout=QUICK_S,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=60,
        )
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        until(lambda: self._server.started, "serves")

    @property
    def peers(self) -> list[Any]:
        """The transports of the connections that are left."""
        return [connection.transport for connection in self._server.server_state.connections.copy()]

    def dial(self, request: bytes) -> socket.socket:
        """A client with little room for what it does not read."""
        client, number = socket.socket(), len(self.peers)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(2 * SOON_S)
        client.connect(("127.0.0.1", self.port))
        client.sendall(request)
        until(lambda: len(self.peers) > number, "is heard")
        return client

    def stop(self) -> None:
        """Stop it as a signal would, and wait for its end."""
        self._server.should_exit = True
        self._thread.join(2 * SOON_S)
        assert not self._thread.is_alive()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Generator[Served]:
    monkeypatch.setattr(Peer, "stalled_s", QUICK_S)
    monkeypatch.setattr(Peer, "closing_s", QUICK_S)
    server = Served()
    yield server
    server.stop()


def read_on(client: socket.socket, until_s: float) -> bool:
    """Read for so long; whether there was always something."""
    end = time.monotonic() + until_s
    while time.monotonic() < end:
        if not client.recv(65_536):
            return False
    return True


def read_all(client: socket.socket) -> bytes:
    """Everything until the connection ends, which it does in time."""
    got = b""
    try:
        while data := client.recv(65_536):
            got += data
    except ConnectionResetError:
        pass
    return got


def stall(served: Served, request: bytes) -> tuple[socket.socket, Any]:
    """A client that reads nothing, and what the server has of it when it has noticed."""
    client = served.dial(request)
    (peer,) = served.peers
    until(lambda: peer.get_write_buffer_size() > 65_536, "waits for the reader")
    return client, peer


@pytest.mark.parametrize("request_", [FLOOD, STREAM], ids=["websocket", "stream"])
def test_who_stops_reading_is_cut_off_and_others_read_on(served: Served, request_: bytes) -> None:
    client, peer = stall(served, request_)
    with client, served.dial(STREAM) as reader:
        assert peer.get_write_buffer_size() <= MOST_UNSENT
        assert read_on(reader, 3 * QUICK_S)
        until(lambda: peer not in served.peers, "is cut off")
        assert read_on(reader, QUICK_S)
        assert len(served.peers) == 1


@pytest.mark.parametrize("request_", [HANDSHAKE % b"large", GET % b"large"], ids=["websocket", "stream"])
def test_who_reads_slowly_is_not_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch, request_: bytes) -> None:
    monkeypatch.setattr(Peer, "stalled_s", 2.5 * QUICK_S)
    begin, got = time.monotonic(), 0
    client, _ = stall(served, request_)
    with client:
        while got < len(LARGE):
            got += (size := len(client.recv(4_096)))
            assert size, f"cut off after {got} bytes"
            time.sleep(0.01)
    assert time.monotonic() - begin > Peer.stalled_s, "this was not slow"


def test_who_does_not_answer_a_ping_is_cut_off_without_a_word(served: Served) -> None:
    with served.dial(HANDSHAKE % b"quiet") as silent:
        head, _, frames = read_all(silent).partition(b"\r\n\r\n")

    assert b" 101 " in head
    assert b"permessage-deflate" not in head, "it would be compressed once per receiver"
    assert (len(frames), frames[0]) == (6, 0x89), "a ping, and no close frame, whose 1011 would be final"


def test_who_answers_pings_stays(served: Served) -> None:
    with connect(f"ws://127.0.0.1:{served.port}/some", proxy=None) as client:
        assert [client.recv(SOON_S) for _ in range(3)] == 3 * [MESSAGE]
        with pytest.raises(TimeoutError):
            client.recv(4 * QUICK_S)
        assert len(served.peers) == 1


def test_pongs_do_not_pile_up_before_who_does_not_read(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Peer, "stalled_s", 60)
    client, peer = stall(served, FLOOD)
    with client:
        for _ in range(20):
            client.sendall(PING * 10_000)
        heard.clear()
        client.sendall(TEXT)
        assert heard.wait(2 * SOON_S)
        assert peer.get_write_buffer_size() <= MOST_UNSENT


@pytest.mark.parametrize("request_", [FLOOD, STREAM], ids=["websocket", "stream"])
def test_closing_does_not_wait_for_who_does_not_read(
    served: Served, monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    monkeypatch.setattr(Peer, "stalled_s", 60)
    client, peer = stall(served, request_)
    with client:
        peer._loop.call_soon_threadsafe(peer.close)
        until(lambda: not served.peers, "is gone", deadline_s=SOON_S)


def test_a_stop_does_not_wait_for_who_does_not_read(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Peer, "stalled_s", 60)
    client, _ = stall(served, FLOOD)
    with client:
        served.stop()


def test_a_stop_reaches_everybody_also_when_somebody_is_just_leaving(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Peer, "stalled_s", 60)
    monkeypatch.setattr(Peer, "closing_s", 2)
    leaving, peer = stall(served, FLOOD)
    with leaving, ExitStack() as open_:
        staying = [open_.enter_context(served.dial(HANDSHAKE % b"quiet")) for _ in range(4)]
        leaving.sendall(GOODBYE)
        until(peer.is_closing, "is leaving")

        served.stop()

        assert all(RESTARTS in read_all(client) for client in staying)
