"""Activating: the mailed code, once, by the address that was verified (R25, COD)."""

import asyncio
from datetime import date, timedelta

import pytest

import models
from models import Guardianship, Person
from models.database import Database
from resolvers.letters import Letter
from tests.api.admitting import (
    ACTIVATE,
    ANOTHER_CODE,
    CARD,
    READ_REQUEST,
    REJECT,
    STATUS,
    VERIFY,
    activation,
    address,
    letter_to,
    only_request,
    pending,
    verifying,
)
from tests.api.documents import GROUP
from tests.api.steps import stored
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, amend, id_of

SAM = date(2018, 3, 14)


@pytest.fixture
async def token(small_school: SmallSchool, clients: Clients, database: Database, clock: Clock) -> str:
    """The secret with which the requester asks how far it is."""
    names = [f"{pupil.given_name} {pupil.family_name}" for pupil in (small_school.sam, small_school.lina)]
    return await pending(clients, database, clock, small_school.school, *[(name, SAM) for name in names])


@pytest.fixture
async def request_id(small_school: SmallSchool, head: Client, token: str) -> str:
    """A request for Sam and Lina, verified."""
    found = await only_request(head, small_school.school)
    await head.ok(VERIFY, input=verifying(found, small_school.sam, small_school.lina))
    return found


@pytest.fixture
async def letter(small_school: SmallSchool, database: Database, clock: Clock, request_id: str) -> Letter:
    """The mail with the code."""
    return await letter_to(database, clock, address(small_school.school.id))


async def test_the_code_opens_an_account_with_the_verified_children(
    small_school: SmallSchool, clients: Clients, head: Client, letter: Letter, request_id: str, token: str
) -> None:
    assert len(letter.values["code"].replace("-", "")) == 25
    card = await clients().ok(CARD, secret=letter.values["code"])
    assert card["school"]["name"] == small_school.school.name

    signed_in = await clients().ok(ACTIVATE, input=activation(small_school.school, letter))

    viewer = signed_in["viewer"]
    assert viewer["person"] == {"name": "Femke de Groot"}
    assert sorted(child["givenName"] for child in viewer["children"]) == ["Lina", "Sam"]
    assert (await clients(signed_in["token"]).ok(GROUP, id=id_of(small_school.group)))["name"]
    assert (await head.ok(READ_REQUEST, id=request_id))["status"] == "COMPLETED"
    assert await clients().ok(STATUS, token=token) == "COMPLETED"


async def test_a_code_works_once_also_for_fifty_at_the_same_time(
    small_school: SmallSchool, clients: Clients, database: Database, letter: Letter
) -> None:
    wanted = activation(small_school.school, letter)

    answers = await asyncio.gather(*[clients().ask(ACTIVATE, input=wanted) for _ in range(50)])

    assert sum(not answer.errors for answer in answers) == 1
    assert await stored(database, Person, email=address(small_school.school.id)) == 1
    assert await stored(database, Guardianship, pupil_id=small_school.sam.id) == 2


async def test_a_used_an_unknown_and_a_foreign_code_are_one_answer(
    small_school: SmallSchool, clients: Clients, letter: Letter
) -> None:
    wanted = activation(small_school.school, letter)
    mistyped = wanted | {"code": "22222-22222-22222-22222-22222"}
    foreign = wanted | {"email": "iemand.anders@mensen.example"}
    refused = [await clients().ask(ACTIVATE, input=attempt) for attempt in (mistyped, foreign)]
    assert (await clients().ok(ACTIVATE, input=wanted | {"code": wanted["code"].lower().replace("-", " ")}))["token"]

    refused.append(await clients().ask(ACTIVATE, input=wanted))

    assert [answer.codes for answer in refused] == [["INVALID_CODE"]] * 3
    assert len({answer.raw.content for answer in refused}) == 1


async def test_wrong_codes_of_others_do_not_keep_the_right_one_out(
    small_school: SmallSchool, clients: Clients, letter: Letter
) -> None:
    wanted = activation(small_school.school, letter)
    guesses = [(await clients().ask(ACTIVATE, input=wanted | {"code": f"2222{n}"})).codes for n in range(7)]

    assert guesses == [["INVALID_CODE"]] * 5 + [["RATE_LIMITED"]] * 2
    assert (await clients().ok(ACTIVATE, input=wanted))["token"]


@pytest.mark.parametrize(("days", "codes"), [(7, ["CODE_EXPIRED"]), (6, [])])
async def test_a_code_holds_for_a_week_and_the_office_can_send_another(
    small_school: SmallSchool,
    clients: Clients,
    head: Client,
    database: Database,
    clock: Clock,
    letter: Letter,
    request_id: str,
    days: int,
    codes: list[str],
) -> None:
    clock.now += timedelta(days=days)
    assert (await clients().ask(ACTIVATE, input=activation(small_school.school, letter))).codes == codes
    if not codes:
        return

    await head.ok(ANOTHER_CODE, input={"requestId": request_id})
    another = await letter_to(database, clock, address(small_school.school.id))

    assert await clients().refused(ACTIVATE, input=activation(small_school.school, letter)) == ["INVALID_CODE"]
    assert (await clients().ok(ACTIVATE, input=activation(small_school.school, another)))["token"]


async def test_no_step_can_be_skipped(small_school: SmallSchool, clients: Clients, head: Client, token: str) -> None:
    unverified = await only_request(head, small_school.school)

    assert await head.refused(ANOTHER_CODE, input={"requestId": unverified}) == ["INVALID"]
    await head.ok(VERIFY, input=verifying(unverified, small_school.sam))
    await head.ok(ANOTHER_CODE, input={"requestId": unverified})


async def test_a_code_that_the_office_takes_back_is_void(
    small_school: SmallSchool, clients: Clients, head: Client, letter: Letter, request_id: str
) -> None:
    await head.ok(REJECT, input={"requestId": request_id, "reason": "Toch geen gezag"})

    assert await clients().refused(ACTIVATE, input=activation(small_school.school, letter)) == ["INVALID_CODE"]
    assert await clients().ok(CARD, secret=letter.values["code"]) is None


async def test_each_child_is_judged_again_and_alone(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock, letter: Letter
) -> None:
    wanted = activation(small_school.school, letter)
    left = "update enrolment set ended_at = $1 where pupil_id = $2"
    await database.fetch(left, [clock.now, small_school.sam.id])
    await amend(database, small_school.lina, birth_date=date(2022, 9, 16))
    assert await clients().refused(ACTIVATE, input=wanted) == ["INVALID_CODE"]

    await amend(database, small_school.lina, birth_date=date(2022, 9, 15))
    signed_in = await clients().ok(ACTIVATE, input=wanted)

    assert [child["givenName"] for child in signed_in["viewer"]["children"]] == ["Lina"]
    assert await stored(database, models.Guardianship, pupil_id=small_school.sam.id) == 1


async def test_the_typed_birth_date_is_deleted_when_the_request_ends(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, letter: Letter, request_id: str
) -> None:
    await clients().ok(ACTIVATE, input=activation(small_school.school, letter))

    kept = await database.fetch("select birth_date from requested_child where school_id = $1", [small_school.school.id])
    assert [row[0] for row in kept] == [None, None]
    children = (await head.ok(READ_REQUEST, id=request_id))["children"]
    assert [child["birthDate"] for child in children] == ["2018-03-14", "2018-03-14"]


async def test_a_weak_password_uses_nothing_up(small_school: SmallSchool, clients: Clients, letter: Letter) -> None:
    wanted = activation(small_school.school, letter)

    assert await clients().refused(ACTIVATE, input=wanted | {"password": "welkom"}) == ["WEAK_PASSWORD"]
    assert await clients().refused(ACTIVATE, input=wanted | {"acceptHouseRulesVersion": 1}) == ["RULES_NOT_ACCEPTED"]
    assert (await clients().ok(ACTIVATE, input=wanted))["token"]
