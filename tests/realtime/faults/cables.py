"""Cables between clients, processes, Redis and PostgreSQL: TCP relays to be cut, darkened, slowed and led elsewhere.

A dark cable keeps what is on its way, as TCP does: connections stay open, no byte passes, and nothing is lost when the
light comes back.
"""

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

HOST = "127.0.0.1"
CHUNK = 16_384
TICK_S = 0.1
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a closing socket say RST, as a firewall or a dead host would."""


class Link:
    """One connection through a cable."""

    def __init__(self, cable: "Cable", near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._cable = cable
        self._ends = (near, far)

    def cut(self) -> None:
        """Reset both ends."""
        for end in self._ends:
            _reset(end)

    async def carry(self, asked: asyncio.StreamReader, answered: asyncio.StreamReader) -> None:
        """Relay both ways until one end is gone."""
        near, far = self._ends
        ways = {
            asyncio.create_task(self._pump(asked, far, is_answer=False)),
            asyncio.create_task(self._pump(answered, near, is_answer=True)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in self._ends:
                end.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        cable = self._cable
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await cable.lit.wait()
                if is_answer and cable.swallows_answers:
                    self.cut()
                    return
                if cable.latency_s:
                    await asyncio.sleep(cable.latency_s)
                await self._write(data, sink)
            await cable.lit.wait()

    async def _write(self, data: bytes, sink: asyncio.StreamWriter) -> None:
        """Write at the cable's rate, which may change meanwhile."""
        while data:
            part = len(data)
            if rate := self._cable.rate:
                await asyncio.sleep(TICK_S)
                part = max(1, int(rate * TICK_S))
            sink.write(data[:part])
            await sink.drain()
            data = data[part:]


class Cable:
    """A relay from a port of its own, which never changes, to another one, which may."""

    def __init__(self) -> None:
        self.port = 0
        self.target = 0
        """The port at the far end; who connects while there is none is reset."""
        self.lit = asyncio.Event()
        self.lit.set()
        self.refuses = False
        self.swallows_answers = False
        """What is asked arrives; the answer is thrown away, and the connection with it."""
        self.latency_s = 0.0
        self.rate = 0.0
        """Bytes per second of each connection and direction; 0 is as fast as it goes."""
        self.links: set[Link] = set()

    def cut(self, share: float = 1.0, rng: random.Random | None = None) -> int:
        """Reset this share of the connections; answers how many."""
        links = sorted(self.links, key=id)
        chosen = links if rng is None else rng.sample(links, round(len(links) * share))
        for link in chosen:
            link.cut()
        return len(chosen)

    def darken(self) -> None:
        """Let no byte pass."""
        self.lit.clear()

    def mend(self) -> None:
        """Be a good cable again."""
        self.refuses = self.swallows_answers = False
        self.latency_s = self.rate = 0.0
        self.lit.set()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one who connects."""
        try:
            await self.lit.wait()
            if self.refuses or not self.target:
                raise ConnectionRefusedError
            answered, far = await asyncio.open_connection(HOST, self.target)
        except OSError:
            _reset(writer)
            return
        link = Link(self, writer, far)
        self.links.add(link)
        try:
            await link.carry(reader, answered)
        finally:
            self.links.discard(link)


@asynccontextmanager
async def cable(target: int = 0) -> AsyncIterator[Cable]:
    """A cable that is open for as long as the block lasts."""
    opened = Cable()
    opened.target = target
    relays: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.create_task(opened.relay(reader, writer))
        relays.add(relay)
        relay.add_done_callback(relays.discard)

    server = await asyncio.start_server(accept, HOST, 0, backlog=1024)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()
        opened.cut()
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)


def _reset(end: asyncio.StreamWriter) -> None:
    wire = end.get_extra_info("socket")
    if wire is not None and not end.is_closing():
        with suppress(OSError):
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        end.transport.abort()
