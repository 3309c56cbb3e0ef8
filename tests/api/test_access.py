"""The closed door: what somebody finds without a session, a complete profile or a school (R1, R2, R4)."""

from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import models
from models import Role
from models.database import Database
from resolvers.passwords import hash_password
from schoolplein.app import create_app
from schoolplein.settings import Settings
from tests.api.documents import ADD_COMMENT, ANYTHING, EMAIL, READ_POST, REPORT_ABSENCE, SIGN_IN, UPDATE_PROFILE, VIEWER
from tests.api.steps import PASSWORD, absence_of, cookies, credentials, found
from tests.clients import BEFORE_SCHOOL, Clients, Clock, serving
from tests.factories import (
    SmallSchool,
    admin,
    found_school,
    founding,
    guardian,
    id_of,
    join,
    person,
    post,
    sign_in_token,
    teach,
)

TOO_LONG_AGO = BEFORE_SCHOOL - timedelta(days=1)


# ------------------------------------------------------------------------------------------------ signing in


async def test_an_app_signs_in_with_a_token_and_gets_no_cookie(clients: Clients, account: models.Person) -> None:
    answered = await clients().ask(SIGN_IN, input=credentials(account))

    assert not answered.errors
    assert answered.data is not None
    told = answered.data["signIn"]
    assert told["viewer"] == {"person": {"name": "Esra Yilmaz"}}
    assert "set-cookie" not in answered.raw.headers
    assert await clients(told["token"]).ok(EMAIL) == {"email": account.email}


async def test_a_browser_signs_in_with_a_cookie_that_no_script_reads_and_gets_no_token(
    clients: Clients, account: models.Person
) -> None:
    browser = clients.browser()

    answered = await browser.ask(SIGN_IN, input=credentials(account, client="WEB"))

    assert answered.data is not None
    assert answered.data["signIn"] == {"token": None, "viewer": {"person": {"name": "Esra Yilmaz"}}, "errors": []}
    cookie = cookies(answered)["sp"]
    assert len(cookie.value) >= 43  # 256 bits
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/", True, "Strict")
    assert (cookie["domain"], cookie["max-age"]) == ("", str(30 * 24 * 3600))
    assert answered.raw.headers["cache-control"] == "no-store"
    assert cookie.value not in answered.raw.text
    assert await browser.ok(EMAIL) == {"email": account.email}


async def test_behind_https_the_cookie_is_bound_to_this_host_and_to_https(
    account: models.Person, database_url: str, clock: Clock
) -> None:
    settings = Settings(database_url=database_url, public_url="https://plein.example", pool_size=2)
    async with serving(create_app(settings), clock) as app, Clients(app) as clients:
        answered = await clients.browser().ask(SIGN_IN, input=credentials(account, client="WEB"))

    assert set(cookies(answered)) == {"__Host-sp", "__Host-sp-device"}
    for cookie in cookies(answered).values():
        assert (cookie["secure"], cookie["path"], cookie["httponly"], cookie["samesite"]) == (True, "/", True, "Strict")
        assert cookie["domain"] == ""


async def test_an_address_is_the_same_however_it_is_written(clients: Clients, account: models.Person) -> None:
    wanted = credentials(account, email=f" {account.email.upper()} ")

    assert (await clients().ok(SIGN_IN, input=wanted))["viewer"] == {"person": {"name": "Esra Yilmaz"}}
    wrong_case = credentials(account, password=PASSWORD.upper())
    assert await clients().refused(SIGN_IN, input=wrong_case) == ["INVALID_CREDENTIALS"]


async def _refusable(database: Database, town: SmallSchool, clock: Clock) -> dict[str, dict[str, Any]]:
    """Attempts that must be refused alike, and one that must not."""
    hashed = await hash_password(PASSWORD)
    async with founding(database) as facts:
        known = person(facts, password_hash=hashed)
        join(facts, town.school.id, known, Role.STAFF)
        blocked = person(facts, password_hash=hashed)
        join(facts, town.school.id, blocked, Role.STAFF, blocked_at=clock.now - timedelta(days=1))
        without_password = person(facts)
        join(facts, town.school.id, without_password, Role.STAFF)
    nobody = models.Person(email="niemand@mensen.example", created_at=clock.now)
    return {
        "right": credentials(known),
        "wrong password": credentials(known, password="een-ander-wachtwoord"),
        "unknown account": credentials(nobody),
        "blocked": credentials(blocked),
        "blocked, wrong password": credentials(blocked, password="een-ander-wachtwoord"),
        "no password yet": credentials(without_password),
        "empty address": credentials(nobody, email="x"),
    }


async def test_a_wrong_password_an_unknown_account_and_a_blocked_one_answer_alike(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    attempts = await _refusable(database, small_school, clock)
    await clients().ok(SIGN_IN, input=attempts.pop("right"))

    answers = {name: await clients().ask(SIGN_IN, input=attempt) for name, attempt in attempts.items()}

    assert {name: answer.codes for name, answer in answers.items()} == {
        name: ["INVALID_CREDENTIALS"] for name in attempts
    }
    assert len({answer.raw.content for answer in answers.values()}) == 1
    assert len({tuple(sorted(answer.raw.headers.items())) for answer in answers.values()}) == 1


async def test_they_take_about_the_same_time_too(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    attempts = await _refusable(database, small_school, clock)
    await clients().ok(SIGN_IN, input=attempts.pop("right"))
    kinds = ("wrong password", "unknown account", "blocked", "no password yet")
    took: dict[str, list[float]] = {name: [] for name in kinds}

    for _ in range(5):  # by turns, so that a busy machine is busy for all of them
        for name in kinds:
            began = perf_counter()
            await clients().refused(SIGN_IN, input=attempts[name])
            took[name].append(perf_counter() - began)

    usual = median(took["wrong password"])
    assert {name for name, times in took.items() if not usual / 2.5 < median(times) < usual * 2.5} == set()


async def test_the_token_itself_and_the_password_are_nowhere_stored(
    clients: Clients, account: models.Person, database: Database
) -> None:
    token = (await clients().ok(SIGN_IN, input=credentials(account)))["token"]

    for table in ("session", "audit_entry", "person"):
        rows = await database.fetch(f"select t::text from {table} t", [])
        assert rows
        assert not [row[0] for row in rows if token in row[0] or token.encode().hex() in row[0] or PASSWORD in row[0]]


# ------------------------------------------------------------------------------------------------ who may come in


async def test_nobody_without_a_session_learns_anything(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        message = post(facts, town.admin, town.school)
    everything = [id_of(row) for row in (town.school, town.group, town.noor, town.teacher, message)]

    refused = [await clients().ask(ANYTHING, id=key) for key in (*everything, "post_" + "0" * 32, "junk")]

    assert {tuple(answer.codes) for answer in refused} == {("UNAUTHENTICATED",)}
    assert len({answer.raw.content for answer in refused}) == 1
    for key in everything:
        assert await clients(town.token(town.admin)).ok(ANYTHING, id=key) == {"id": key}


async def test_until_the_profile_is_complete_nothing_is_read_and_nothing_done(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        nameless = guardian(facts, town.noor, name="")
        client = clients(sign_in_token(facts, nameless))
        under = post(facts, town.teacher, town.group)
        everything = [town.school, town.group, town.noor, town.teacher, under, post(facts, town.admin, town.school)]
    wanted = absence_of(town.noor, starts_at=BEFORE_SCHOOL)

    seen = await client.ok(VIEWER)
    assert seen["profileComplete"] is False
    assert (seen["email"], seen["person"]["name"]) == (nameless.email, "")
    assert [seen[name] for name in ("memberships", "children", "groups")] == [[], [], []]
    assert seen["feed"]["edges"] == []
    assert await found(client, everything) == []
    assert await client.refused(REPORT_ABSENCE, input=wanted) == ["PROFILE_INCOMPLETE"]
    said = {"postId": id_of(under), "body": "Hallo"}
    assert await client.refused(ADD_COMMENT, input=said) == ["PROFILE_INCOMPLETE"]
    unknown = {"postId": "post_" + "0" * 32, "body": "Hallo"}
    assert await client.refused(ADD_COMMENT, input=unknown) == ["PROFILE_INCOMPLETE"]

    done = await client.ok(UPDATE_PROFILE, input={"name": "Deniz Yilmaz"})
    assert done["viewer"]["profileComplete"] is True
    assert await found(client, everything) == [id_of(row) for row in everything]
    await client.ok(REPORT_ABSENCE, input=wanted)
    await client.ok(ADD_COMMENT, input=said)


async def test_who_belongs_to_no_school_finds_only_themselves(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        alone = person(facts)
        former = guardian(facts, town.noor, ended_at=TOO_LONG_AGO)
        left = person(facts)
        join(facts, town.school.id, left, Role.STAFF, ended_at=TOO_LONG_AGO)
        teach(facts, town.group, left)
        tokens = [sign_in_token(facts, somebody) for somebody in (alone, former, left)]
        under = post(facts, town.teacher, town.group)
    everything = [town.school, town.group, town.noor, town.teacher, under]

    for token in tokens:
        seen = await clients(token).ok(VIEWER)
        assert [seen[name] for name in ("memberships", "children", "groups")] == [[], [], []]
        assert await found(clients(token), everything) == []
        assert await clients(token).ok(ANYTHING, id=seen["person"]["id"]) == {"id": seen["person"]["id"]}
    reader = clients(town.token(town.guardian))
    assert await found(reader, everything) == [id_of(row) for row in everything]


async def test_an_administrator_of_another_school_finds_nothing_here(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        stranger = clients(sign_in_token(facts, admin(facts, found_school(facts))))
        under = post(facts, town.teacher, town.group)
    everything = [town.school, town.group, town.noor, town.teacher, town.guardian, under]

    assert await found(stranger, everything) == []
    assert await stranger.ok(READ_POST, id=id_of(under)) is None
    own = clients(town.token(town.admin))
    assert await found(own, everything) == [id_of(row) for row in everything]
