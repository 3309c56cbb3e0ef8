"""What every test may ask for: a database of its worker, Redis, a clock, the application, and clients of it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from models.database import Database
from schoolplein.app import Application, create_app
from schoolplein.settings import Settings
from tests.clients import Clients, Clock, serving
from tests.factories import SmallSchool, found_small_school
from tests.facts import A_RING
from tests.post import mailbox
from tests.services import Addresses, Keeper, create_database, drop_database

__all__ = ["mailbox"]

_KEEPER = pytest.StashKey[Keeper]()


def _addresses(config: pytest.Config) -> Addresses:
    """Where the services are: a worker is told by the controller, which starts them when first asked."""
    told = getattr(config, "workerinput", {}).get("services")
    if told is not None:
        return Addresses(*told)
    if _KEEPER not in config.stash:
        config.stash[_KEEPER] = Keeper()
    return config.stash[_KEEPER].addresses


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    addresses = _addresses(node.config)  # type: ignore[attr-defined]
    node.workerinput["services"] = (addresses.postgres, addresses.redis)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if _KEEPER in config.stash:
        config.stash[_KEEPER].end()


@pytest.fixture(scope="session")
def addresses(pytestconfig: pytest.Config) -> Addresses:
    """Where the services of this run are."""
    return _addresses(pytestconfig)


@pytest.fixture(scope="session")
def redis_url(addresses: Addresses) -> str:
    """A real Redis, shared by all tests of the run."""
    return addresses.redis


@pytest.fixture(scope="session")
def database_url(addresses: Addresses) -> Iterator[str]:
    """A migrated database, shared by the tests of one worker: each founds its own school in it."""
    name = f"tests_{os.getpid()}"
    url = asyncio.run(create_database(addresses.postgres, name))
    yield url
    asyncio.run(drop_database(addresses.postgres, name))


@pytest.fixture
async def empty_database_url(addresses: Addresses, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A migrated database of one test alone, for what concerns all rows of a table."""
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    yield await create_database(addresses.postgres, name)
    await drop_database(addresses.postgres, name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The doors to the worker's database, for laying down facts and looking at what became of them."""
    opened = await Database.connect(database_url, size=2)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    """The time at the service: a Tuesday in September, well before the first lesson, until it is moved."""
    return Clock()


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings of `app`: one process, whose news stays within it."""
    return Settings(database_url=database_url, secret_keys=A_RING, pool_size=4)


@pytest.fixture
async def app(settings: Settings, clock: Clock) -> AsyncIterator[Application]:
    """The application, serving."""
    async with serving(create_app(settings), clock) as application:
        yield application


@pytest.fixture
async def clients(app: Application) -> AsyncIterator[Clients]:
    """Makes clients of the application: `clients(token)`, and `clients()` for one who is not signed in."""
    async with Clients(app) as made:
        yield made


@pytest.fixture
async def small_school(database: Database) -> SmallSchool:
    """A school of two groups, where everybody is signed in."""
    return await found_small_school(database)
