"""The second factor of who has an account already and is let in for another child: no way in goes around it."""

import pytest

import models
from models.database import Database
from tests.api.admitting import (
    VERIFY,
    activation,
    address,
    invited,
    letter_to,
    only_request,
    pending,
    verifying,
)
from tests.api.documents import mutation
from tests.api.factors import COMPLETE_SIGN_IN, App, add_app, with_password
from tests.api.steps import PASSWORD
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, amend

_TOLD = "token viewer { email } secondFactor { token kinds }"
ACCEPT = mutation("acceptInvitation", _TOLD)
ACTIVATE = mutation("activateAccount", _TOLD)
CHILDREN = "{ viewer { children { givenName } } }"


@pytest.fixture
async def known(small_school: SmallSchool, database: Database) -> models.Person:
    """The guardian of Lina, under the address to which the school writes."""
    somebody = small_school.other_groups_guardian
    await amend(database, somebody, email=address(small_school.school.id))
    return await with_password(database, somebody)


@pytest.fixture
async def phone(known: models.Person, small_school: SmallSchool, clients: Clients, clock: Clock) -> App:
    """Their authenticator app."""
    return await add_app(clients(small_school.token(known)), clock)


async def _completes(clients: Clients, app: App, told: dict[str, dict[str, str]]) -> list[str]:
    """Show the code that was asked, and answer the names of the children."""
    assert (told["token"], told["viewer"]) == (None, None)
    attempt = {"challenge": told["secondFactor"]["token"], "code": app.code()}
    token = (await clients().ok(COMPLETE_SIGN_IN, input=attempt))["token"]
    return sorted(one["givenName"] for one in (await clients(token).ok(CHILDREN))["children"])


async def test_an_invitation_asks_for_the_factor(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, phone: App
) -> None:
    await letter_to(database, clock, address(small_school.school.id))  # about the app
    wanted = await invited(head, database, clock, small_school.sam)

    told = await clients().ok(ACCEPT, input=wanted | {"password": PASSWORD})

    assert await _completes(clients, phone, told) == ["Lina", "Sam"]


async def test_an_activation_asks_for_the_factor(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, phone: App
) -> None:
    town = small_school
    await letter_to(database, clock, address(town.school.id))  # about the app
    await pending(clients, database, clock, town.school, ("Sam Jansen", "2018-03-14"))
    await head.ok(VERIFY, input=verifying(await only_request(head, town.school), town.sam))
    letter = await letter_to(database, clock, address(town.school.id))

    told = await clients().ok(ACTIVATE, input=activation(town.school, letter, password=PASSWORD))

    assert await _completes(clients, phone, told) == ["Lina", "Sam"]
