"""Verifying: the office looks at a request beside its own records; nobody verifies for their own family (R25, REQ)."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

import models
from models import MailKind
from models.database import Database
from tests.api.admitting import (
    READ_REQUEST,
    REJECT,
    STATUS,
    VERIFY,
    address,
    kinds_to,
    only_request,
    pending,
    verifying,
)
from tests.api.steps import stored
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, admin, amend, enrol, founding, guardian, id_of, sign_in_token

SAM = date(2018, 3, 14)


@pytest.fixture
async def request_id(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> str:
    """A request for Sam, confirmed."""
    name = f"{small_school.sam.given_name} {small_school.sam.family_name}"
    await pending(clients, database, clock, small_school.school, (name, SAM))
    return await only_request(head, small_school.school)


async def _flags(head: Client, request_id: str) -> list[str]:
    read = await head.ok(READ_REQUEST, id=request_id)
    assert sorted(read["flags"]) == sorted({flag for child in read["children"] for flag in child["flags"]})
    return sorted(read["flags"])


async def test_the_office_sees_which_pupil_it_may_be(small_school: SmallSchool, head: Client, request_id: str) -> None:
    read = await head.ok(READ_REQUEST, id=request_id)

    assert (read["status"], read["flags"]) == ("PENDING", [])
    name = f"{small_school.sam.given_name} {small_school.sam.family_name}"
    assert read["children"] == [{"name": name, "birthDate": "2018-03-14", "flags": [], "pupil": {"givenName": "Sam"}}]


@pytest.mark.parametrize(
    ("typed", "flags", "pupil"),
    [
        (("SAM  jánsen", SAM), [], "Sam"),
        (("Sam", SAM), [], "Sam"),
        (("Sam-Jansen", date(2017, 3, 14)), ["BIRTHDATE_DIFFERS"], "Sam"),
        (("Sam", date(2017, 3, 14)), ["NO_MATCH"], None),
        (("Niemand Nergens", SAM), ["NO_MATCH"], None),
    ],
    ids=str,
)
async def test_names_are_compared_as_people_type_them(
    small_school: SmallSchool,
    clients: Clients,
    head: Client,
    database: Database,
    clock: Clock,
    typed: tuple[str, date],
    flags: list[str],
    pupil: str | None,
) -> None:
    await amend(database, small_school.sam, family_name="Jansen")
    await pending(clients, database, clock, small_school.school, typed)
    read = await head.ok(READ_REQUEST, id=await only_request(head, small_school.school))

    assert read["flags"] == flags
    assert [child["pupil"] and child["pupil"]["givenName"] for child in read["children"]] == [pupil]


@pytest.mark.parametrize(
    ("record", "flags", "refused"),
    [
        ({"birth_date": None}, ["BIRTHDATE_MISSING"], "BIRTH_DATE_MISSING"),
        ({"birth_date": date(2022, 9, 16)}, ["BIRTHDATE_DIFFERS", "UNDER_FOUR"], "PUPIL_UNDER_FOUR"),
        ({"birth_date": date(2022, 9, 15)}, ["BIRTHDATE_DIFFERS"], None),
    ],
    ids=str,
)
async def test_the_recorded_birth_date_decides_and_not_the_typed_one(
    small_school: SmallSchool,
    head: Client,
    database: Database,
    request_id: str,
    record: dict[str, Any],
    flags: list[str],
    refused: str | None,
) -> None:
    await amend(database, small_school.sam, **record)

    assert await _flags(head, request_id) == flags
    answered = await head.ask(VERIFY, input=verifying(request_id, small_school.sam))
    assert answered.codes == ([refused] if refused else [])


async def test_a_child_that_has_not_started_waits(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        first_day = clock.now + timedelta(days=7)
        pim = enrol(facts, small_school.group, given_name="Pim", family_name="Bos", since=first_day)
    await pending(clients, database, clock, small_school.school, ("Pim Bos", SAM))
    request_id = await only_request(head, small_school.school)

    assert await _flags(head, request_id) == ["NOT_STARTED"]
    assert await head.refused(VERIFY, input=verifying(request_id, pim)) == ["ENROLMENT_NOT_STARTED"]
    assert await stored(database, models.AccessRequest, school_id=small_school.school.id, status="PENDING") == 1


async def test_who_has_access_already_is_not_verified_again(
    small_school: SmallSchool, head: Client, database: Database, request_id: str
) -> None:
    await amend(database, small_school.classmates_guardian, email=address(small_school.school.id))

    assert await _flags(head, request_id) == ["ALREADY_HAS_ACCESS"]
    assert await head.refused(VERIFY, input=verifying(request_id, small_school.sam)) == ["ALREADY_MEMBER"]


async def test_an_administrator_who_is_family_leaves_it_to_a_colleague(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, request_id: str
) -> None:
    async with founding(database) as facts:
        father = admin(facts, small_school.school, name="Rik Jansen")
        guardian(facts, small_school.sam, somebody=father)
        relative = clients(sign_in_token(facts, father))
    wanted = verifying(request_id, small_school.sam)

    assert await relative.refused(VERIFY, input=wanted) == ["CONFLICT_OF_INTEREST"]
    assert (await head.ok(VERIFY, input=wanted))["request"]["status"] == "VERIFIED"


async def test_nobody_verifies_their_own_request(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, request_id: str
) -> None:
    async with founding(database) as facts:
        requester = admin(facts, small_school.school, email=address(small_school.school.id))
        token = sign_in_token(facts, requester)

    wanted = verifying(request_id, small_school.sam)
    assert await clients(token).refused(VERIFY, input=wanted) == ["CONFLICT_OF_INTEREST"]
    await head.ok(VERIFY, input=wanted)


async def test_verifying_asks_who_one_is_after_ten_minutes(
    small_school: SmallSchool, head: Client, clock: Clock, request_id: str
) -> None:
    begin = clock.now
    clock.now = begin + timedelta(minutes=10, seconds=1)
    assert await head.refused(VERIFY, input=verifying(request_id, small_school.sam)) == ["REAUTHENTICATION_REQUIRED"]

    clock.now = begin + timedelta(minutes=10)
    await head.ok(VERIFY, input=verifying(request_id, small_school.sam))


async def test_a_request_is_verified_once_also_by_two_at_the_same_time(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock, request_id: str
) -> None:
    wanted = verifying(request_id, small_school.sam)

    answers = await asyncio.gather(*[head.ask(VERIFY, input=wanted) for _ in range(4)])

    assert sorted(answer.codes for answer in answers) == [[], ["INVALID"], ["INVALID"], ["INVALID"]]
    assert await kinds_to(database, address(small_school.school.id), clock.now) == [MailKind.ACTIVATION_CODE]
    rows = await database.fetch(
        "select reason, pupil_id from audit_entry where action = 'verify_access_request' and school_id = $1",
        [small_school.school.id],
    )
    assert [tuple(row) for row in rows] == [("IDENTITY_DOCUMENT", small_school.sam.id)]


async def test_a_pupil_of_another_school_or_none_or_too_many_are_refused(
    small_school: SmallSchool, head: Client, request_id: str
) -> None:
    assert await head.refused(VERIFY, input=verifying(request_id)) == ["REQUIRED"]
    both = verifying(request_id, small_school.sam, small_school.lina)
    assert await head.refused(VERIFY, input=both) == ["TOO_MANY"]
    nothing = verifying(request_id) | {"pupilIds": ["pupil_" + "0" * 32]}
    assert await head.refused(VERIFY, input=nothing) == ["NOT_FOUND"]


async def test_who_is_turned_down_hears_where_to_ask_and_never_why(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    token = await pending(clients, database, clock, small_school.school, ("Sam Jansen", SAM))
    request_id = await only_request(head, small_school.school)
    reason = "Geen gezag volgens het register"

    rejected = (await head.ok(REJECT, input={"requestId": request_id, "reason": reason}))["request"]

    assert rejected["status"] == "REJECTED"
    assert await clients().ok(STATUS, token=token) == "REJECTED"
    assert await kinds_to(database, address(small_school.school.id), clock.now) == [MailKind.REQUEST_REJECTED]
    assert await head.refused(REJECT, input={"requestId": request_id, "reason": reason}) == ["INVALID"]
    assert await head.refused(VERIFY, input=verifying(request_id, small_school.sam)) == ["INVALID"]
    kept = await database.fetch("select birth_date from requested_child where school_id = $1", [small_school.school.id])
    assert [row[0] for row in kept] == [None]


async def test_what_nobody_answered_for_three_months_has_lapsed(
    small_school: SmallSchool, head: Client, clock: Clock, database: Database, request_id: str
) -> None:
    clock.now += timedelta(days=90)
    async with founding(database) as facts:
        token = sign_in_token(facts, small_school.admin, since=clock.now)
    assert id_of(small_school.school)
    assert token

    assert (await head.ok(READ_REQUEST, id=request_id))["status"] == "EXPIRED"
