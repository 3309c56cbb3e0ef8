"""Every cell of the access matrix, through the doors that people use.

A cell that is allowed shows what the row is about, or changes it. One that is denied shows nothing and changes nothing,
and NOT_FOUND is byte for byte the answer about something that does not exist.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from models.database import Database
from schoolplein.app import create_app
from schoolplein.settings import Settings
from tests.clients import Answered, Client, Clients, Clock, Closed, serving
from tests.facts import A_RING
from tests.personas import PERSONAS, World, found_world
from tests.policy.decisions import NULL, UNCHANGED
from tests.policy.matrix import expected
from tests.policy.probes import Case, Change, Follow, Get, Probe, Read
from tests.policy.requests import PROBES
from tests.policy.stage import Stage, fingerprint

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _cells(kind: type[Probe] | type[Get]) -> pytest.MarkDecorator:
    """One test for each persona and each probe of a kind."""
    cells = [(probe, persona) for probe in PROBES if isinstance(probe, kind) for persona in PERSONAS]
    return pytest.mark.parametrize(("probe", "persona"), cells, ids=[f"{p.id}-{persona}" for p, persona in cells])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(database_url: str) -> AsyncIterator[Stage]:
    development = Settings(database_url=database_url, secret_keys=A_RING, pool_size=4)
    production = Settings(
        environment="production",
        database_url=database_url,
        redis_url="redis://127.0.0.1:1/0",
        public_url="https://plein.example",
        secret_keys=A_RING,
        smtp_url="smtp+plain://127.0.0.1:1",
        mail_from="post@school.example",
        pool_size=2,
    )
    database = await Database.connect(database_url, size=2)
    async with (
        serving(create_app(development), Clock()) as app,
        serving(create_app(production), Clock()) as app_in_production,
        Clients(app) as clients,
        Clients(app_in_production) as clients_in_production,
    ):
        yield Stage(database, clients, clients_in_production)
    await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unchanged_world(stage: Stage) -> World:
    """One world for all that only look."""
    return await found_world(stage.database)


@pytest_asyncio.fixture(loop_scope="module")
async def world(stage: Stage) -> World:
    """A world of one's own, to be changed."""
    return await found_world(stage.database)


@_cells(Read)
async def test_a_query_shows_what_its_cell_allows(
    stage: Stage, unchanged_world: World, probe: Read, persona: str
) -> None:
    case, cell = Case(unchanged_world, persona), expected(probe.id, persona)
    client = (stage.production if probe.in_production else stage.clients)(case.token)
    variables = dict(probe.variables(case))
    before = await fingerprint(stage.database, unchanged_world)

    answered = await client.ask(probe.document, **variables)
    if cell == "deny:NOT_FOUND":
        assert not answered.errors
        await _is_as_for_nothing(answered, client, probe.document, probe.random(variables))
    elif cell == NULL:
        assert answered.body == {"data": dict.fromkeys(answered.data or ("none",))}
    elif cell.startswith("deny"):
        assert answered.codes == [cell.removeprefix("deny:")]
        _shows_nothing(answered)
    else:
        assert not answered.errors
        assert probe.shows(_root(answered)) == _shown(probe, case, cell)

    assert await fingerprint(stage.database, unchanged_world) == before


@_cells(Change)
async def test_a_mutation_changes_what_its_cell_allows(stage: Stage, world: World, probe: Change, persona: str) -> None:
    case, cell = Case(world, persona), expected(probe.id, persona)
    client = stage.clients(case.token if probe.needs_session else None)
    given = dict(probe.variables(case))
    if probe.prepare is not None:
        await probe.prepare(stage.database, world)
    before = await fingerprint(stage.database, world)

    answered = await client.ask(probe.document, input=given)
    changed = await fingerprint(stage.database, world) != before

    assert changed is (cell == "allow")
    if cell in {"allow", UNCHANGED}:
        assert not answered.errors
        assert probe.shows(_root(answered)) == probe.allowed(case)
        return
    reason = cell.removeprefix("deny:")
    assert answered.codes == [{"FORBIDDEN": probe.forbidden, "GENERIC": probe.generic}.get(reason, reason)]
    _shows_nothing(answered)
    if reason in {"NOT_FOUND", "GENERIC"}:
        await _is_as_for_nothing(answered, client, probe.document, {"input": probe.random(given)})


@_cells(Follow)
async def test_a_feed_brings_what_its_cell_allows(stage: Stage, world: World, probe: Follow, persona: str) -> None:
    case, cell = Case(world, persona), expected(probe.id, persona)
    variables = dict(probe.variables(case))
    async with stage.clients.live(case.token) as live:
        if cell == "deny:UNAUTHENTICATED":
            with pytest.raises(Closed) as closed:
                await live.acknowledged()
            assert closed.value.code == 4401
            return
        feed = await live.subscribe(probe.document, **variables)
        await live.acknowledged()
        if cell == "deny:NOT_FOUND" or (cell == "deny:FORBIDDEN" and probe.lose is None):
            refused = await feed.message()
            assert [error["extensions"]["code"] for error in refused["payload"]] == [cell.removeprefix("deny:")]
            nothing = await live.subscribe(probe.document, **probe.random(variables))
            same = await nothing.message() == {**refused, "id": nothing.id}
            assert same is (cell == "deny:NOT_FOUND")
            return
        start = await feed.frame()
        assert (start["kind"], start["events"]) == ("START", [])
        if probe.lose is not None:
            await probe.lose(stage.database, world)
        await probe.cause(stage.clients, world)
        frame = await feed.frame()
        if cell == "allow":
            assert (frame["kind"], probe.shows(frame["events"])) == ("EVENTS", probe.allowed(case))
        else:
            assert (frame["kind"], frame["events"]) == ("REVOKED", [])
            assert (await feed.message())["type"] == "complete"


@_cells(Get)
async def test_a_page_is_there_as_its_cell_says(stage: Stage, unchanged_world: World, probe: Get, persona: str) -> None:
    case, cell = Case(unchanged_world, persona), expected(probe.id, persona)
    headers = {} if case.token is None else {"authorization": f"Bearer {case.token}"}
    http = stage.production().http

    page = await http.get(probe.path, headers=headers)

    if cell == "allow":
        assert (page.status_code, page.json()) == (200, {"status": "ok"})
    else:
        nothing = await http.get("/there-is-no-such-page", headers=headers)
        assert page.status_code == 404
        assert (page.content, page.headers) == (nothing.content, nothing.headers)


def _root(answered: Answered) -> object:
    assert answered.data is not None
    (root,) = answered.data.values()
    return root


def _shown(probe: Probe, case: Case, cell: str) -> object:
    return probe.allowed(case) if cell == "allow" else probe.filtered[cell.removeprefix("filter:")](case)


def _shows_nothing(answered: Answered) -> None:
    """Nothing but errors is in an answer."""
    payload = next(iter((answered.data or {}).values()), None)
    told = {name: value for name, value in (payload or {}).items() if name != "errors"}
    assert not any(told.values())


async def _is_as_for_nothing(answered: Answered, client: Client, document: str, random: dict[str, object]) -> None:
    """The same bytes come for ids that do not exist; and they show nothing."""
    nothing = await client.ask(document, **random)
    assert answered.raw.content == nothing.raw.content
    assert answered.raw.status_code == nothing.raw.status_code
    root = _root(answered)
    assert not any(root) if isinstance(root, list) else root is None or root.get("errors")
