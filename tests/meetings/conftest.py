"""Those who plan and come in most of these tests."""

from typing import Any

import pytest

from tests.clients import Client, Clients
from tests.factories import SmallSchool
from tests.meetings.planning import announced


@pytest.fixture
def head(small_school: SmallSchool, clients: Clients) -> Client:
    """The administrator."""
    return clients(small_school.token(small_school.admin))


@pytest.fixture
def teacher(small_school: SmallSchool, clients: Clients) -> Client:
    """Who teaches the group of Noor and Sam."""
    return clients(small_school.token(small_school.teacher))


@pytest.fixture
def other_teacher(small_school: SmallSchool, clients: Clients) -> Client:
    """Who teaches the group of Lina."""
    return clients(small_school.token(small_school.other_teacher))


@pytest.fixture
def parent(small_school: SmallSchool, clients: Clients) -> Client:
    """The guardian of Noor."""
    return clients(small_school.token(small_school.guardian))


@pytest.fixture
def classmates_parent(small_school: SmallSchool, clients: Clients) -> Client:
    """The guardian of Sam."""
    return clients(small_school.token(small_school.classmates_guardian))


@pytest.fixture
def other_parent(small_school: SmallSchool, clients: Clients) -> Client:
    """The guardian of Lina, who is in the other group."""
    return clients(small_school.token(small_school.other_groups_guardian))


@pytest.fixture
async def round_(small_school: SmallSchool, head: Client) -> dict[str, Any]:
    """A round of both groups that is open for booking, as the administrator sees it."""
    return await announced(head, small_school)
