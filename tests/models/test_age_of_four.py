"""The age of four in the database itself: who writes past the service is refused as well (R26, INV-02)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from models import Pupil
from models.database import Database
from tests.admissions import ask_for_access, invite
from tests.clients import BEFORE_SCHOOL
from tests.factories import SmallSchool, amend, enrol, founding, guardian

UNDER_FOUR = {"birth_date": date(2022, 9, 16)}
FOUR = {"birth_date": date(2022, 9, 14)}


async def _grant(database: Database, town: SmallSchool, pupil: Pupil) -> None:
    async with founding(database) as facts:
        guardian(facts, pupil, since=BEFORE_SCHOOL)


async def _invite(database: Database, town: SmallSchool, pupil: Pupil) -> None:
    async with founding(database) as facts:
        invite(facts, pupil, town.admin)


async def _verify(database: Database, town: SmallSchool, pupil: Pupil) -> None:
    async with founding(database) as facts:
        ask_for_access(facts, pupil, town.guardian, verified_by=town.admin)


@pytest.mark.parametrize(
    ("act", "unless"),
    [
        (_grant, [UNDER_FOUR]),
        (_invite, [UNDER_FOUR, {"birth_date": None}]),
        (_verify, [UNDER_FOUR, {"birth_date": None}]),
    ],
)
async def test_no_row_lets_in_the_family_of_a_child_that_is_not_four(
    small_school: SmallSchool, database: Database, act: Any, unless: list[dict[str, Any]]
) -> None:
    async with founding(database) as facts:
        pupil = enrol(facts, small_school.group, given_name="Pim", **FOUR)
    for record in unless:
        await amend(database, pupil, **record)
        with pytest.raises(IntegrityError, match="not known to be four"):
            await act(database, small_school, pupil)

    await amend(database, pupil, **FOUR)
    await act(database, small_school, pupil)


@pytest.mark.parametrize("act", [_invite, _verify])
async def test_nor_of_one_that_is_not_at_school(small_school: SmallSchool, database: Database, act: Any) -> None:
    async with founding(database) as facts:
        later = enrol(facts, small_school.group, given_name="Pim", since=BEFORE_SCHOOL + timedelta(days=1))
        now = enrol(facts, small_school.group, given_name="Job")

    with pytest.raises(IntegrityError, match="not at school"):
        await act(database, small_school, later)
    await act(database, small_school, now)
