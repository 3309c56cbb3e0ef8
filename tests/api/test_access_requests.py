"""Asking for access: what a parent may ask, and that the answer tells nothing about who is at the school (R23-R26)."""

from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter

import pytest

import models
from models import MailKind
from models.database import Database
from resolvers.age import fourth_birthday
from resolvers.lapsing import purge_requests
from tests.api.admitting import (
    ASK,
    CONFIRM,
    REQUESTS,
    STATUS,
    address,
    asking,
    by_itself,
    kinds_to,
    letter_to,
    only_request,
    pending,
)
from tests.api.steps import at, stored
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, found_school, founding, id_of
from tests.letters import secret_of

SAM = date(2018, 3, 14)


# ------------------------------------------------------------------------------------------------ the age of four


@pytest.mark.parametrize(
    ("born", "possible_from"),
    [(date(2022, 9, 14), None), (date(2022, 9, 15), None), (date(2022, 9, 16), "2026-09-16")],
    ids=["day after the birthday", "on the birthday", "day before the birthday"],
)
async def test_a_parent_may_ask_from_the_childs_fourth_birthday_on(
    small_school: SmallSchool, clients: Clients, database: Database, born: date, possible_from: str | None
) -> None:
    answered = await clients().ask(ASK, input=asking(small_school.school, ("Sam Jansen", born)))

    assert [error["possibleFrom"] for error in answered.errors] == ([possible_from] if possible_from else [])
    assert answered.codes == (["PUPIL_UNDER_FOUR"] if possible_from else [])
    assert await stored(database, models.AccessRequest, school_id=small_school.school.id) == (not possible_from)


@pytest.mark.parametrize(
    ("moment", "codes"),
    [(at("2026-09-15", "23:59"), ["PUPIL_UNDER_FOUR"]), (at("2026-09-16", "00:00"), [])],
    ids=["a minute before midnight", "midnight"],
)
async def test_the_birthday_begins_at_the_schools_midnight_while_it_is_still_yesterday_in_utc(
    small_school: SmallSchool, clients: Clients, clock: Clock, moment: datetime, codes: list[str]
) -> None:
    clock.now = moment
    assert moment.astimezone(UTC).date() == date(2026, 9, 15)

    answered = await clients().ask(ASK, input=asking(small_school.school, ("Sam Jansen", date(2022, 9, 16))))

    assert answered.codes == codes


async def test_who_is_born_on_29_february_is_four_on_that_day_or_on_1_march_where_there_is_none(
    database: Database,
) -> None:
    days = {
        date(2020, 2, 29): date(2024, 2, 29),
        date(2096, 2, 29): date(2100, 3, 1),
        date(2021, 3, 1): date(2025, 3, 1),
    }

    for born, birthday in days.items():
        assert fourth_birthday(born) == birthday
        assert (await database.fetch("select fourth_birthday($1)", [born]))[0][0] == birthday


async def test_each_child_is_judged_alone_and_one_may_go_on_with_the_others(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    old, young = ("Sam Jansen", SAM), ("Pim Jansen", date(2024, 1, 1))

    answered = await clients().ask(ASK, input=asking(small_school.school, old, young))
    assert [error["path"] for error in answered.errors] == [["input", "children", "1", "birthDate"]]
    assert "1-1-2028" in answered.errors[0]["message"]
    assert await stored(database, models.AccessRequest, school_id=small_school.school.id) == 0

    await clients().ok(ASK, input=asking(small_school.school, old))


# ------------------------------------------------------------------------------------------------ what is asked


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"children": []}, ["REQUIRED"]),
        ({"requesterName": ""}, ["REQUIRED"]),
        ({"email": "geen adres"}, ["INVALID"]),
        ({"email": "jürgen@mensen.example"}, ["INVALID"]),
        ({"hasParentalAuthority": False}, ["REQUIRED"]),
        ({"schoolSlug": "geen-school"}, ["NOT_FOUND"]),
        ({"children": [{"name": "Sam", "birthDate": "2018-03-14"}] * 7}, ["TOO_MANY"]),
        ({"children": [{"name": "Sam", "birthDate": "2027-03-14"}]}, ["INVALID"]),
        ({"children": [{"name": "Sam", "birthDate": "1950-03-14"}]}, ["INVALID"]),
        ({"requesterName": "Femke\r\nBcc: allen@mensen.example"}, ["INVALID"]),
    ],
    ids=str,
)
async def test_what_is_missing_or_wrong_is_refused_and_not_stored(
    small_school: SmallSchool, clients: Clients, database: Database, more: dict[str, object], codes: list[str]
) -> None:
    wanted = asking(small_school.school, ("Sam Jansen", SAM))

    assert await clients().refused(ASK, input=wanted | more) == codes
    assert await stored(database, models.AccessRequest, school_id=small_school.school.id) == 0
    await clients().ok(ASK, input=wanted)


async def test_an_address_may_have_a_domain_outside_ascii(small_school: SmallSchool, clients: Clients) -> None:
    wanted = asking(small_school.school, ("Sam Jansen", SAM))

    await clients().ok(ASK, input=wanted | {"email": "femke.jansen@bücher.example"})


async def test_a_fourth_request_of_a_day_is_answered_alike_and_not_sent(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    wanted = asking(small_school.school, ("Sam Jansen", SAM))

    answers = [await clients().ask(ASK, input=wanted) for _ in range(4)]

    assert len({answer.raw.content for answer in answers}) == 1
    assert await stored(database, models.AccessRequest, school_id=small_school.school.id) == 3
    await clients().ok(ASK, input=wanted | {"email": f"b.{address(small_school.school.id)}"})
    assert await stored(database, models.AccessRequest, school_id=small_school.school.id) == 4


async def test_ten_requests_an_hour_are_taken_from_one_network(small_school: SmallSchool, clients: Clients) -> None:
    here, wanted = clients.at("192.0.2.9"), asking(small_school.school, ("Sam Jansen", SAM))
    tries = [wanted | {"email": f"{number}.{address(small_school.school.id)}"} for number in range(11)]

    codes = [(await here.ask(ASK, input=one)).codes for one in tries]

    assert codes == [[]] * 10 + [["RATE_LIMITED"]]
    await clients().ok(ASK, input=tries[-1])


# ------------------------------------------------------------------------------------------------ what it tells


async def test_a_child_of_the_school_and_a_made_up_one_get_the_same_answer_in_the_same_time(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    real = f"{small_school.sam.given_name} {small_school.sam.family_name}"
    seconds: dict[str, list[float]] = {real: [], "Niemand Nergens": []}
    answers = set()
    for number in range(15):
        for name, spent in seconds.items():
            wanted = asking(small_school.school, (name, SAM), email=f"{len(spent)}.{name[0]}@mensen.example")
            before = perf_counter()
            answered = await clients().ask(ASK, input=wanted | {"requesterName": f"Femke de Groot {'i' * number}"[:60]})
            spent.append(perf_counter() - before)
            answers.add((answered.raw.status_code, answered.raw.content))

    assert len(answers) == 1
    existing, made_up = (median(spent) for spent in seconds.values())
    assert 0.4 < existing / made_up < 2.5
    assert await stored(database, models.AccessRequest, school_id=small_school.school.id) == 30


async def test_the_mail_to_the_requester_names_no_child(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    await clients().ok(ASK, input=asking(small_school.school, ("Sam Jansen", SAM)))

    letter = await letter_to(database, clock, address(small_school.school.id))

    assert "Sam" not in str(letter)
    assert letter.values["school"] == small_school.school.name


# ------------------------------------------------------------------------------------------------ the address


async def test_the_office_sees_a_request_once_its_address_is_confirmed(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    await clients().ok(ASK, input=asking(small_school.school, ("Sam Jansen", SAM)))
    page = await head.ok(REQUESTS, id=id_of(small_school.school))
    assert page["accessRequests"]["edges"] == []
    token = secret_of(await letter_to(database, clock, address(small_school.school.id)))
    assert await clients().ok(STATUS, token=token) == "UNCONFIRMED"

    for _ in range(2):  # a second tap changes nothing
        assert await clients().ok(CONFIRM, input={"token": token}) == {"confirmed": True, "errors": []}

    assert await only_request(head, small_school.school)
    assert await clients().ok(STATUS, token=token) == "PENDING"
    teacher = clients(small_school.token(small_school.teacher))
    page = await teacher.ok(REQUESTS, id=id_of(small_school.school))
    assert page["accessRequests"]["edges"] == []


async def test_an_unknown_and_a_late_confirmation_are_refused(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    await clients().ok(ASK, input=asking(small_school.school, ("Sam Jansen", SAM)))
    token = secret_of(await letter_to(database, clock, address(small_school.school.id)))

    assert await clients().refused(CONFIRM, input={"token": "x" * 43}) == ["INVALID_CODE"]
    assert await clients().ok(STATUS, token="x" * 43) is None
    clock.now += timedelta(hours=48)
    assert await clients().refused(CONFIRM, input={"token": token}) == ["CODE_EXPIRED"]
    assert await clients().ok(STATUS, token=token) == "EXPIRED"


async def test_what_was_never_confirmed_is_gone_after_two_days(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    await clients().ok(ASK, input=asking(small_school.school, ("Sam Jansen", SAM)))
    asked = {"school_id": small_school.school.id}

    await purge_requests(by_itself(clients, clock.now + timedelta(hours=47)))
    assert await stored(database, models.AccessRequest, **asked) == 1
    await purge_requests(by_itself(clients, clock.now + timedelta(hours=48)))

    assert await stored(database, models.AccessRequest, **asked) == 0
    assert await stored(database, models.RequestedChild, **asked) == 0
    assert await kinds_to(database, address(small_school.school.id), clock.now) == []


async def test_a_request_at_one_school_is_nothing_to_another(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        other = found_school(facts, name="De Vlinder")
    await pending(clients, database, clock, other, ("Sam Jansen", SAM))

    page = await head.ok(REQUESTS, id=id_of(small_school.school))
    assert page["accessRequests"]["edges"] == []
    assert await head.ok("query($id: ID!) { node(id: $id) { id } }", id=id_of(other)) is None
    assert MailKind.CONFIRM_REQUEST not in await kinds_to(database, address(other.id), clock.now)
