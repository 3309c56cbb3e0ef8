"""The second factor and running feeds: what it brings is told to them at once."""

import pytest

import models
from models.database import Database
from schoolplein.settings import Settings
from tests.api.documents import PUBLISH_POST
from tests.api.factors import REAUTHENTICATE, add_app, with_password
from tests.api.steps import PASSWORD, to_group
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, founding, guardian, id_of, sign_in_token
from tests.facts import A_RING

READERS = "subscription($id: ID!) { postFeed(groupId: $id) { kind events { post { readCount } } } }"


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An installation where staff need a second factor."""
    return Settings(database_url=database_url, secret_keys=A_RING, staff_second_factor=True, pool_size=4)


@pytest.fixture
async def head(small_school: SmallSchool, database: Database) -> models.Person:
    """The administrator, who is a guardian of Noor too; with a password."""
    async with founding(database) as facts:
        guardian(facts, small_school.noor, somebody=small_school.admin)
    return await with_password(database, small_school.admin)


@pytest.fixture
async def juf(small_school: SmallSchool, database: Database, clients: Clients) -> Client:
    """The teacher, who has shown her factor."""
    async with founding(database) as facts:
        token = sign_in_token(facts, small_school.teacher, second_factor=True)
    return clients(token)


async def test_a_running_feed_shows_what_staff_may_see_as_soon_as_the_factor_is_there(
    small_school: SmallSchool, clients: Clients, clock: Clock, head: models.Person, juf: Client
) -> None:
    town = small_school
    async with clients.live(town.token(head)) as live:
        feed = await live.subscribe(READERS, id=id_of(town.group))
        assert (await feed.frame())["kind"] == "START"
        await juf.ok(PUBLISH_POST, input=to_group(town))
        assert (await feed.frame())["events"] == [{"post": {"readCount": None}}]

        await add_app(clients(town.token(head)), clock)
        await juf.ok(PUBLISH_POST, input=to_group(town))

        assert (await feed.frame())["events"] == [{"post": {"readCount": 0}}]


async def test_so_it_does_when_the_factor_is_shown_at_a_step_up(
    small_school: SmallSchool, clients: Clients, clock: Clock, head: models.Person, juf: Client, database: Database
) -> None:
    town = small_school
    app = await add_app(clients(town.token(head)), clock)
    async with founding(database) as facts:
        token = sign_in_token(facts, head, second_factor=False)
    async with clients.live(token) as live:
        feed = await live.subscribe(READERS, id=id_of(town.group))
        assert (await feed.frame())["kind"] == "START"

        await clients(token).ok(REAUTHENTICATE, input={"password": PASSWORD, "code": app.code()})
        await juf.ok(PUBLISH_POST, input=to_group(town))

        assert (await feed.frame())["events"] == [{"post": {"readCount": 0}}]
