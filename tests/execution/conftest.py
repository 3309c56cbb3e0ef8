"""A busy school, and both executors to ask it of."""

from collections.abc import Callable

import pytest

from models.database import Database
from schema.info import Request
from schoolplein.app import Application
from schoolplein.callers import Caller
from tests.execution.schools import BusySchool, found_busy_school
from tests.execution.twins import Twins


@pytest.fixture
async def busy(database: Database) -> BusySchool:
    """A school in which everything that can be asked has been said."""
    return await found_busy_school(database)


@pytest.fixture
def twins(app: Application, busy: BusySchool) -> Callable[[str | None], Twins]:
    """Both executors, as one of the people of the school; None is somebody who is not signed in."""

    def made(who: str | None) -> Twins:
        async def request() -> Request:
            return await app.service().request(Caller(None if who is None else busy.tokens[who]))

        async def following() -> Request:
            assert who is not None
            return await app.service().following(app.service().standing(busy.tokens[who]))

        return Twins(request, following)

    return made
