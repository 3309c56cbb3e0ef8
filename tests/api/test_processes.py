"""A retry may arrive at another process than the first attempt, and is still the same request."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

import models
from models.database import Database
from tests.api.documents import CHANGE_ABSENCE, REPORT_ABSENCE
from tests.api.steps import LESSON, absence_of, stored, to
from tests.factories import SmallSchool

ROOT = Path(__file__).parents[2]


def ask_another_process(url: str, token: str, number: int, query: str, **variables: Any) -> dict[str, Any]:
    """Ask a process whose sets and dictionaries are in an order of their own, as every process's are."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.asker", url, token],
        input=orjson.dumps({"query": query, "variables": variables}),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(number)},
    )
    return orjson.loads(done.stdout)


async def test_a_change_that_is_sent_again_to_another_process_is_made_once(
    small_school: SmallSchool, database_url: str, database: Database
) -> None:
    town = small_school
    token, key = town.token(town.guardian), {"clientMutationId": "tik"}
    begin, end = LESSON - timedelta(days=1), LESSON + timedelta(hours=5)
    wanted = absence_of(town.noor, starts_at=begin, endsAt=end, note="Koorts", **key)
    reports = [ask_another_process(database_url, token, number, REPORT_ABSENCE, input=wanted) for number in (1, 2)]
    (made,) = reports[0]["data"]["reportAbsence"]["reports"]
    wish = {"startsAt": begin, "endsAt": None, "note": "Griep", "clientMutationId": "tak"}

    changes = [
        ask_another_process(database_url, token, number, CHANGE_ABSENCE, input=to(made, **wish)) for number in (1, 2, 4)
    ]

    assert reports[0] == reports[1]
    assert changes[0]["data"]["changeAbsence"]["report"]["note"] == "Griep"
    assert changes == [changes[0]] * 3
    assert await stored(database, models.AuditEntry, school_id=town.school.id) == 2
