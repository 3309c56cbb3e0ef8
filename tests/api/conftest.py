"""Those who ask in most of these tests."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models.database import Database
from resolvers.passwords import hash_password
from tests.api.documents import REPORT_ABSENCE
from tests.api.steps import LESSON, PASSWORD, absence_of
from tests.api.wire import Wire
from tests.clients import Client, Clients
from tests.factories import SmallSchool, amend, founding, guardian, sign_in_token


@pytest.fixture
def parent(small_school: SmallSchool, clients: Clients) -> Client:
    """The guardian of Noor."""
    return clients(small_school.token(small_school.guardian))


@pytest.fixture
async def other_parent(small_school: SmallSchool, clients: Clients, database: Database) -> Client:
    """The other guardian of Noor."""
    async with founding(database) as facts:
        token = sign_in_token(facts, guardian(facts, small_school.noor, name="Deniz Yilmaz"))
    return clients(token)


@pytest.fixture
def head(small_school: SmallSchool, clients: Clients) -> Client:
    """The administrator, who may read most."""
    return clients(small_school.token(small_school.admin))


@pytest.fixture
async def account(small_school: SmallSchool, database: Database) -> models.Person:
    """The guardian of Noor, with a password."""
    await amend(database, small_school.guardian, password_hash=await hash_password(PASSWORD))
    return small_school.guardian


@pytest.fixture
async def report(small_school: SmallSchool, parent: Client) -> dict[str, Any]:
    """Noor is ill on Wednesday and Thursday; it is Tuesday, before school."""
    begin, end = LESSON - timedelta(days=1), LESSON + timedelta(hours=5)
    wanted = absence_of(small_school.noor, starts_at=begin, endsAt=end, note="Koorts")
    (made,) = (await parent.ok(REPORT_ABSENCE, input=wanted))["reports"]
    return made


@pytest.fixture
def wire(small_school: SmallSchool, clients: Clients) -> Wire:
    """A client of the guardian that follows no rules."""
    return Wire(clients, small_school.token(small_school.guardian))
