"""What these tests do again and again: inputs, moments of one school week, and looks at what became of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from http.cookies import Morsel, SimpleCookie
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel

import models
from models import table_of
from models.database import Database
from tests.api.documents import ANYTHING, READ_COMMENTS, REPORT_ABSENCE
from tests.clients import AMSTERDAM, Answered, Client, Clients
from tests.factories import SmallSchool, id_of

PASSWORD = "welkom-op-het-plein"
NOTHING = "0" * 32
"""The key of nothing."""
TELLING = ("asyncpg", "sqlalchemy", "Traceback", "select ", "SELECT", "constraint", "relation", 'File "', "uuid")
"""Words of a database or of a program, which nobody outside should read."""
BEFORE = datetime(2026, 9, 15, 7, 0, tzinfo=AMSTERDAM)
THURSDAY = datetime(2026, 9, 17, 0, 0, tzinfo=AMSTERDAM)
LESSON = datetime(2026, 9, 17, 8, 30, tzinfo=AMSTERDAM)
DURING = LESSON + timedelta(hours=1)
THURSDAYS_END = "2026-09-17T22:00:00+00:00"


def at(day: str, hour: str = "08:30", zone: ZoneInfo = AMSTERDAM) -> datetime:
    """A moment by the clock on the wall."""
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=zone)


def absence_of(*pupils: models.Pupil, starts_at: datetime, **more: Any) -> dict[str, Any]:
    """The input of a report: illness, of whole days and without an end, unless more is said."""
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in more.items()}
    return {
        "pupilIds": [id_of(pupil) for pupil in pupils],
        "reason": "ILLNESS",
        "startsAt": starts_at.isoformat(),
        **told,
    }


def ids(answer: dict[str, Any]) -> list[str]:
    """The ids in a page."""
    return [edge["node"]["id"] for edge in answer["edges"]]


async def found(client: Client, rows: Iterable[SQLModel]) -> list[str]:
    """The ids of those rows that somebody finds when they ask for each by its id."""
    answers = [await client.ok(ANYTHING, id=id_of(row)) for row in rows]
    return [answer["id"] for answer in answers if answer is not None]


async def stored(database: Database, kind: type[SQLModel], **where: Any) -> int:
    """How many rows there are of a kind, with these values."""
    table = table_of(kind).name
    tests = " and ".join(f"{name} = ${place}" for place, name in enumerate(where, 1)) or "true"
    return (await database.fetch(f"select count(*) from {table} where {tests}", list(where.values())))[0][0]


def appointment(*pupils: models.Pupil, day: datetime = THURSDAY, **more: Any) -> dict[str, Any]:
    """A whole day at the dentist's."""
    return absence_of(
        *pupils, starts_at=day, endsAt=day + timedelta(hours=23), **{"reason": "MEDICAL_APPOINTMENT"} | more
    )


def of_noor(town: SmallSchool, begin: datetime, end: datetime | None = None, **more: Any) -> dict[str, Any]:
    """A report about Noor: illness without an end, or an appointment with one."""
    ending = {} if end is None else {"endsAt": end, "reason": "MEDICAL_APPOINTMENT"}
    return absence_of(town.noor, starts_at=begin, **ending | more)


def to(report: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The input of a change."""
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
    return {"reportId": report["id"], **told}


async def reported(client: Client, wanted: dict[str, Any]) -> dict[str, Any]:
    """Report, and answer the one report that was made."""
    (report,) = (await client.ok(REPORT_ABSENCE, input=wanted))["reports"]
    return report


async def keeps(database: Database, town: SmallSchool) -> int:
    """How many reports there are."""
    return await stored(database, models.AbsenceReport, school_id=town.school.id)


def credentials(somebody: models.Person, **more: Any) -> dict[str, Any]:
    return {"email": somebody.email, "password": PASSWORD, "client": "APP", **more}


def to_group(town: SmallSchool, **more: object) -> dict[str, object]:
    return {
        "schoolId": id_of(town.school),
        "groupId": id_of(town.group),
        "title": "Gymles",
        "body": "Neem gymschoenen mee.",
        **more,
    }


def to_school(town: SmallSchool, **more: object) -> dict[str, object]:
    return {"schoolId": id_of(town.school), "title": "Studiedag", "body": "Vrijdag is er geen school.", **more}


async def bodies(clients: Clients, town: SmallSchool, somebody: models.Person, under: str) -> list[str] | None:
    """What somebody reads under a post; None when they do not find the post."""
    found = await clients(town.token(somebody)).ok(READ_COMMENTS, id=under)
    if found is None:
        return None
    assert found["commentCount"] == len(found["comments"]["edges"])
    return [edge["node"]["body"] for edge in found["comments"]["edges"]]


def cookies(answered: Answered) -> dict[str, Morsel[str]]:
    """The cookies that an answer sets."""
    told = [SimpleCookie(header) for header in answered.raw.headers.get_list("set-cookie")]
    return {name: morsel for jar in told for name, morsel in jar.items()}


def in_order(answered: Answered) -> None:
    """Whatever was refused, it was refused as a service should."""
    assert answered.raw.status_code < 500
    assert answered.codes
    for error in answered.body.get("errors", []):
        assert error["message"]
        assert error["extensions"]["code"] in {
            "BAD_USER_INPUT",
            "QUERY_TOO_COMPLEX",
            "UNAUTHENTICATED",
            "FORBIDDEN",
            "NOT_FOUND",
        }
        assert set(error) <= {"message", "extensions", "locations", "path"}
        assert set(error["extensions"]) == {"code"}
    assert not [word for word in TELLING if word in answered.raw.text]
