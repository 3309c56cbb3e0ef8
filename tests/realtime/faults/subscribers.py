"""Those who follow: each a feed on a socket of its own, with its cursor, as the rules of the contract say.

They come back after a pause with jitter, `after` the last cursor; after RESYNC they fetch the snapshot first; on BYE
they wait as long as they were told; and they give up on a socket that stays silent.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from tests.realtime.faults.history import Entry, Followed, Frame, Said
from tests.realtime.faults.processes import Api
from tests.realtime.faults.school import Feed

PROTOCOL = Subprotocol("graphql-transport-ws")
OPEN_S = 5.0
START_S = 10.0
SILENCE_S = 3.0
"""After so long a silence it pings, and gives up when so long nothing comes again."""
LEAST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 0.8


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody follows."""

    name: str = "steady"
    reading_s: float = 0.0
    """How long a frame is looked at before the next one is taken."""
    stays_s: float | None = None
    """How long it stays at most before it goes away for a while."""
    leaves_s: float = 2.0


STEADY = Manner()
SLOW = Manner("slow", reading_s=0.4)
WANDERING = Manner("wandering", stays_s=5.0)


class Over(Exception):
    """This socket has said its last."""

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__()
        self.wait_s = wait_s


class Follower:
    """One who follows a feed at one process."""

    def __init__(self, name: str, feed: Feed, api: Api, manner: Manner, rng: random.Random) -> None:
        self.followed = Followed(f"{name} ({manner.name}, {feed.name}, {api.name})", feed.topic)
        self.followed.is_slow = manner.reading_s > 0
        self.manner = manner
        self.cursor: str | None = None
        self.started = asyncio.Event()
        self.is_there = True
        self._feed = feed
        self._api = api
        self._rng = rng
        self._hurries = asyncio.Event()

    @property
    def place(self) -> int:
        """The number up to which it has received everything; before the first START it is nowhere."""
        return -1 if self.cursor is None else int(self.cursor.partition(".")[0])

    def hurry(self) -> None:
        """Read on without a pause, and stay."""
        self._hurries.set()

    async def run(self) -> None:
        """Follow until cancelled, or until the right to is lost."""
        while True:
            pause = self._rng.uniform(LEAST_PAUSE_S, LONGEST_PAUSE_S)
            try:
                await self._visit()
            except Over as over:
                pause += over.wait_s
            except TimeoutError:
                self.followed.give_ups += 1
            except (OSError, WebSocketException, httpx.HTTPError):
                pass
            if self.followed.frames and self.followed.frames[-1].said is Said.REVOKED:
                return
            await asyncio.sleep(pause)

    async def _visit(self) -> None:
        """Stay on one socket; a wanderer leaves by itself."""
        stays, leaves = self.manner.stays_s, self.manner.leaves_s
        if stays is None or self._hurries.is_set():
            await self._follow()
            return
        visit = asyncio.create_task(self._follow())
        try:
            await asyncio.wait({visit}, timeout=self._rng.uniform(stays / 3, stays))
        finally:
            visit.cancel()
            await asyncio.gather(visit, return_exceptions=True)
        if not visit.cancelled():
            visit.result()
        left = time.time()
        self.is_there = False
        await self._rest(self._rng.uniform(leaves / 4, leaves))
        self.followed.away.append((left, time.time()))
        self.is_there = True

    async def _follow(self) -> None:
        async with self._socket() as socket:
            while True:
                frame = await self._next(socket)
                if frame is not None:
                    await self._take(frame)
                    if self.manner.reading_s:
                        await self._rest(self._rng.uniform(0, 2 * self.manner.reading_s))

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurries.wait()

    # ---------------------------------------------------------------------------------------- the protocol

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[ClientConnection]:
        """A socket that has said START."""
        options: dict[str, Any] = {"proxy": None, "compression": None, "ping_interval": None, "close_timeout": 0.5}
        address = f"ws://127.0.0.1:{self._api.door.port}/graphql"
        async with connect(address, subprotocols=[PROTOCOL], open_timeout=OPEN_S, **options) as socket:
            async with asyncio.timeout(START_S):
                await _say(socket, type="connection_init", payload={"authorization": f"Bearer {self._feed.token}"})
                variables = self._feed.variables | {"after": self.cursor}
                payload = {"query": self._feed.document, "variables": variables}
                if orjson.loads(await socket.recv())["type"] != "connection_ack":
                    raise Over
                await _say(socket, type="subscribe", id="1", payload=payload)
                frame = self._read(await socket.recv())
            if frame is not None:
                await self._take(frame)
            yield socket

    async def _next(self, socket: ClientConnection) -> dict[str, Any] | None:
        """The next frame, or None for a word that is none."""
        try:
            async with asyncio.timeout(SILENCE_S):
                return self._read(await socket.recv())
        except TimeoutError:
            await _say(socket, type="ping")
        async with asyncio.timeout(SILENCE_S):
            return self._read(await socket.recv())

    def _read(self, text: str | bytes) -> dict[str, Any] | None:
        message = orjson.loads(text)
        if message["type"] == "pong":
            return None
        if message["type"] != "next" or message["payload"].get("errors"):
            raise Over
        (frame,) = message["payload"]["data"].values()
        return frame

    async def _take(self, frame: dict[str, Any]) -> None:
        said = Said(frame["kind"])
        entries = tuple(_entry(event) for event in frame["events"])
        self._note(said, frame["cursor"], entries)
        match said:
            case Said.START | Said.EVENTS:
                self.cursor = frame["cursor"]
                self.started.set()
            case Said.BYE:
                raise Over((frame["retryAfterMs"] or 0) / 1000)
            case Said.RESYNC:
                await self._take_snapshot()
                raise Over
            case _:
                raise Over

    async def _take_snapshot(self) -> None:
        body = {"query": self._feed.snapshot, "variables": {"id": self._feed.about}}
        headers = {"authorization": f"Bearer {self._feed.token}"}
        async with httpx.AsyncClient(trust_env=False, timeout=START_S) as http:
            answered = await http.post(f"http://127.0.0.1:{self._api.door.port}/graphql", json=body, headers=headers)
        told = answered.json()
        if "errors" not in told:
            self.cursor = told["data"]["node"]["cursor"]
            self._note(Said.SNAPSHOT, self.cursor)

    def _note(self, said: Said, cursor: str | None, entries: tuple[Entry, ...] = ()) -> None:
        self.followed.frames.append(Frame(time.time(), said, cursor, entries))


def _entry(event: dict[str, Any]) -> Entry:
    """One event of either feed."""
    if "report" in event:
        return Entry(event["kind"], event["report"]["id"], event["report"]["note"] or "")
    if event["comment"] is not None:
        return Entry(event["kind"], event["comment"]["id"], event["comment"]["body"])
    return Entry(event["kind"], event["postId"], event["post"]["title"])


async def _say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())
