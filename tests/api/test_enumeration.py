"""Nobody learns from an answer, or from how long it takes, who has an account here."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any

import pytest

import models
from models import Role
from models.database import Database
from resolvers.passwords import hash_password
from tests.api.documents import CHANGE_EMAIL, REQUEST_RESET, SIGN_IN
from tests.api.steps import PASSWORD, stored
from tests.clients import Answered, Clients, Clock
from tests.factories import SmallSchool, founding, join, person

KINDS = ("known", "blocked", "without password", "unknown")
ROUNDS = 7
Ask = Callable[[str], Awaitable[Answered]]


class People:
    """People of each kind, as many as are asked about: what is counted by address does not stop anybody."""

    def __init__(self, database: Database, town: SmallSchool, clock: Clock) -> None:
        self._database = database
        self._town = town
        self._clock = clock
        self._numbers = count()

    async def address(self, kind: str) -> str:
        """The address of one who was never asked about before."""
        if kind == "unknown":
            return f"niemand{next(self._numbers)}@mensen.example"
        hashed = None if kind == "without password" else await hash_password(PASSWORD)
        blocked_at = self._clock.now - timedelta(days=1) if kind == "blocked" else None
        async with founding(self._database) as facts:
            somebody = person(facts, password_hash=hashed)
            join(facts, self._town.school.id, somebody, Role.STAFF, blocked_at=blocked_at)
        return somebody.email


@pytest.fixture
def people(database: Database, small_school: SmallSchool, clock: Clock) -> People:
    return People(database, small_school, clock)


@pytest.fixture(params=["signIn", "requestPasswordReset"])
def ask(request: pytest.FixtureRequest, clients: Clients) -> Ask:
    """What may be asked about an address by anybody."""

    async def sign_in(address: str) -> Answered:
        wanted: dict[str, Any] = {"email": address, "password": "een-ander-wachtwoord", "client": "APP"}
        return await clients().ask(SIGN_IN, input=wanted)

    async def reset(address: str) -> Answered:
        return await clients().ask(REQUEST_RESET, input={"email": address})

    return {"signIn": sign_in, "requestPasswordReset": reset}[request.param]


async def test_the_answer_is_the_same_about_everybody(ask: Ask, people: People) -> None:
    answers = [await ask(await people.address(kind)) for kind in KINDS]

    assert len({answer.raw.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.raw.headers.items())) for answer in answers}) == 1


async def test_the_answer_is_the_same_when_there_were_too_many(ask: Ask, people: People) -> None:
    addresses = [await people.address(kind) for kind in KINDS]
    for _ in range(6):
        answers = [await ask(address) for address in addresses]

    assert len({answer.raw.content for answer in answers}) == 1


async def test_the_answer_takes_as_long_about_everybody(ask: Ask, people: People) -> None:
    await ask(await people.address("known"))
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}

    for _ in range(ROUNDS):  # by turns, so that a busy machine is busy for all of them
        for kind in KINDS:
            address = await people.address(kind)
            began = perf_counter()
            await ask(address)
            took[kind].append(perf_counter() - began)

    usual = median(took["unknown"])
    assert {kind: times for kind, times in took.items() if not usual / 2.5 < median(times) < usual * 2.5} == {}


async def test_only_somebody_who_may_come_in_gets_a_link(clients: Clients, people: People, database: Database) -> None:
    addresses = {kind: await people.address(kind) for kind in KINDS}

    for address in addresses.values():
        await clients().ok(REQUEST_RESET, input={"email": address})

    sent = {kind: await stored(database, models.Mail, recipient=address) for kind, address in addresses.items()}
    assert sent == {"known": 1, "without password": 1, "blocked": 0, "unknown": 0}


async def test_somebody_signed_in_does_not_learn_whose_addresses_are_known(
    clients: Clients, people: People, small_school: SmallSchool
) -> None:
    mine = clients(small_school.token(small_school.guardian))

    answers = [
        await mine.ask(CHANGE_EMAIL, input={"email": await people.address(kind)}) for kind in ("known", "unknown")
    ]

    assert not answers[0].errors
    assert answers[0].raw.content == answers[1].raw.content
