"""Who is blocked everywhere is told alike by the rule for signing in and by the statement that finds a session."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

import models
from models import Role, table_of
from models.database import Database
from resolvers import policy
from resolvers.viewer import find_by_token
from tests.clients import Clock
from tests.factories import YESTERDAY, SmallSchool, found_school, founding, join, person, sign_in_token

BLOCKED, ENDED = {"blocked_at": YESTERDAY}, {"ended_at": YESTERDAY}
LASTS: Mapping[str, datetime] = {}
HISTORIES: dict[str, tuple[list[Mapping[str, Any]], bool]] = {
    "nowhere": ([], False),
    "at a school": ([LASTS], False),
    "no longer at a school": ([ENDED], False),
    "blocked": ([BLOCKED], True),
    "blocked, and no longer there": ([BLOCKED | ENDED], True),
    "blocked at both schools": ([BLOCKED, BLOCKED], True),
    "blocked at one of two": ([BLOCKED, LASTS], False),
    "blocked at one, no longer at the other": ([BLOCKED, ENDED], False),
}
"""How somebody stands at one school and at another, and whether that is blocked everywhere."""


async def test_signing_in_and_being_signed_in_take_the_same_people_as_blocked(
    small_school: SmallSchool, database: Database, clock: Clock
) -> None:
    ids: dict[str, UUID] = {}
    tokens: dict[str, str] = {}
    async with founding(database) as facts:
        schools = (small_school.school, found_school(facts))
        for name, (memberships, _) in HISTORIES.items():
            somebody = person(facts)
            for school, more in zip(schools, memberships, strict=False):
                join(facts, school.id, somebody, Role.GUARDIAN, **more)
            ids[name], tokens[name] = somebody.id, sign_in_token(facts, somebody)

    table = table_of(models.Person)
    async with database.begin() as session:
        blocked = set(await session.scalars(select(table.c.id).where(policy.is_blocked(table))))
    by_rule = {name: id_ in blocked for name, id_ in ids.items()}
    by_session = {name: await find_by_token(database, token, clock.now) is None for name, token in tokens.items()}

    assert by_rule == {name: expected for name, (_, expected) in HISTORIES.items()}
    assert by_session == by_rule
