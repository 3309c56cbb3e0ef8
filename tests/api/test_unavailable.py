"""When PostgreSQL goes away: a clear error with a code, and service again as soon as it is back, without a restart."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import models
from models.database import Database
from models.migrations import upgrade
from schoolplein.app import create_app
from schoolplein.embedded import EmbeddedPostgres
from schoolplein.settings import Settings
from tests.api.documents import ADD_COMMENT, READ_COMMENTS, SIGN_IN
from tests.api.steps import stored
from tests.clients import SOON_S, Client, Clients, Clock, serving
from tests.factories import SmallSchool, found_small_school, founding, id_of, post
from tests.services import HASTY

EMAIL = "{ viewer { email } }"


class Server:
    """A PostgreSQL that goes away and comes back."""

    def __init__(self, postgres: EmbeddedPostgres, url: str) -> None:
        self._postgres = postgres
        self.url = url
        self._is_away = False

    async def stop(self) -> None:
        """Stop it, as for an update of the machine."""
        self._is_away = True
        await asyncio.to_thread(self._postgres.stop)

    async def start(self) -> None:
        """Start it again, where it was."""
        if self._is_away:
            assert await asyncio.to_thread(self._postgres.start) == self.url
            self._is_away = False

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Be without it for a while."""
        await self.stop()
        try:
            yield
        finally:
            await self.start()


@pytest.fixture(scope="module")
def postgres() -> Iterator[tuple[EmbeddedPostgres, str]]:
    """A PostgreSQL for these tests alone."""
    with TemporaryDirectory(prefix="schoolplein-away-") as name:
        Path(name).chmod(0o711)
        server = EmbeddedPostgres(Path(name) / "postgres", options=HASTY | {"max_connections": "40"})
        url = server.start()
        upgrade(url)
        yield server, url
        server.stop()


@pytest.fixture
def server(postgres: tuple[EmbeddedPostgres, str]) -> Server:
    """The server, there as each test begins."""
    return Server(*postgres)


@pytest.fixture
async def town(server: Server) -> SmallSchool:
    """A school on that server."""
    database = await Database.connect(server.url, size=1)
    try:
        return await found_small_school(database)
    finally:
        await database.close()


@pytest.fixture
async def clients(server: Server, clock: Clock) -> AsyncIterator[Clients]:
    """Clients of an application on that server."""
    app = create_app(Settings(database_url=server.url, pool_size=3))
    async with serving(app, clock), Clients(app) as made:
        yield made


async def health(clients: Clients) -> tuple[int, int]:
    """Whether the process lives, and whether it is ready for work."""
    http = clients().http
    return (await http.get("/health/live")).status_code, (await http.get("/health/ready")).status_code


async def _unavailable(client: Client, document: str, **variables: Any) -> int:
    answered = await client.ask(document, **variables)
    assert answered.codes == ["UNAVAILABLE"]
    assert (answered.data or {}).get("viewer") is None
    for word in ("asyncpg", "Connect", "sqlalchemy", "127.0.0.1", "Traceback"):
        assert word not in answered.raw.text
    return answered.raw.status_code


async def test_the_process_lives_throughout_and_is_ready_while_postgresql_is_there(
    server: Server, clients: Clients
) -> None:
    assert await health(clients) == (200, 200)

    async with server.away():
        assert await health(clients) == (200, 503)
        assert await health(clients) == (200, 503)

    assert await health(clients) == (200, 200)


async def test_whoever_asks_meanwhile_is_told_to_come_back_and_is_served_when_it_is_there_again(
    server: Server, clients: Clients, town: SmallSchool
) -> None:
    parent, nobody = clients(town.token(town.guardian)), clients()
    credentials = {"email": "x@mensen.example", "password": "x", "client": "APP"}
    assert await parent.ok(EMAIL) == {"email": town.guardian.email}
    assert await nobody.refused(SIGN_IN, input=credentials) == ["INVALID_CREDENTIALS"]

    async with server.away():
        answered = await parent.ask(EMAIL)
        assert (answered.raw.status_code, answered.codes) == (503, ["UNAVAILABLE"])
        assert int(answered.raw.headers["retry-after"]) > 0
        assert await _unavailable(nobody, SIGN_IN, input=credentials) in {200, 503}
        assert await nobody.ok(EMAIL) is None  # nobody needs no database

    assert await parent.ok(EMAIL) == {"email": town.guardian.email}
    assert await nobody.refused(SIGN_IN, input=credentials) == ["INVALID_CREDENTIALS"]


async def test_a_change_is_made_or_refused_and_after_the_return_made_at_the_first_attempt(
    server: Server, clients: Clients, town: SmallSchool
) -> None:
    database = await Database.connect(server.url, size=1)
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))
    await database.close()
    parent = clients(town.token(town.guardian))

    async def say(text: str) -> dict[str, str]:
        return {"postId": under, "body": text, "clientMutationId": text}

    await asyncio.gather(*[parent.ok(ADD_COMMENT, input=await say(f"vooraf {number}")) for number in range(3)])
    async with server.away():
        assert await _unavailable(parent, ADD_COMMENT, input=await say("tijdens")) == 503
    after = await asyncio.gather(*[parent.ok(ADD_COMMENT, input=await say(f"daarna {number}")) for number in range(3)])
    await parent.ok(ADD_COMMENT, input=await say("tijdens"))

    assert len({answer["comment"]["id"] for answer in after}) == 3
    read = await parent.ok(READ_COMMENTS, id=under)
    assert read["commentCount"] == 7


async def test_after_an_interruption_that_nobody_noticed_every_door_opens_at_the_first_attempt(
    server: Server, clients: Clients, town: SmallSchool
) -> None:
    """PostgreSQL is restarted between two requests, and the connections that were kept are dead."""
    database = await Database.connect(server.url, size=1)
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))
    await database.close()
    parent = clients(town.token(town.guardian))
    await asyncio.gather(*(parent.ok(ADD_COMMENT, input={"postId": under, "body": f"{n}"}) for n in range(3)))

    async with server.away():
        pass

    for _ in range(4):
        await parent.ok(ADD_COMMENT, input={"postId": under, "body": "daarna"})
    assert (await parent.ok(READ_COMMENTS, id=under))["commentCount"] == 7


async def test_an_application_may_start_before_its_database(server: Server, town: SmallSchool, clock: Clock) -> None:
    app = create_app(Settings(database_url=server.url, pool_size=2))
    async with server.away(), asyncio.timeout(SOON_S * 4), serving(app, clock), Clients(app) as clients:
        parent = clients(town.token(town.guardian))
        assert await health(clients) == (200, 503)
        assert await _unavailable(parent, EMAIL) == 503
        await server.start()
        assert await health(clients) == (200, 200)
        assert await parent.ok(EMAIL) == {"email": town.guardian.email}


async def test_what_was_stored_before_is_there_afterwards(server: Server, town: SmallSchool) -> None:
    async with server.away():
        pass

    database = await Database.connect(server.url, size=1)
    assert await stored(database, models.School, id=town.school.id) == 1
    await database.close()
