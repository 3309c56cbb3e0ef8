"""Step-up: what an open screen must not do asks who somebody is again, ten minutes after they have shown it."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models.database import Database
from schoolplein.settings import Settings
from tests.api.documents import ANYTHING, EMAIL
from tests.api.factors import (
    ADD_APP,
    COMPLETE_SIGN_IN,
    CONFIRM_APP,
    FINISH_REGISTRATION,
    MY_FACTORS,
    REAUTHENTICATE,
    REAUTHENTICATE_WITH_PASSKEY,
    REMOVE_APP,
    REMOVE_PASSKEY,
    RENEW_CODES,
    START_REAUTHENTICATION,
    START_REGISTRATION,
    App,
    add_app,
    challenged,
    refusal,
    register,
    with_password,
)
from tests.api.steps import NOTHING, PASSWORD, stored
from tests.api.test_passkeys import WRONG
from tests.authenticator import Passkey, with_broken_signature
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, founding, id_of, sign_in_token
from tests.facts import A_RING

LONG_AGO = timedelta(minutes=11)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An installation where staff need a second factor."""
    return Settings(database_url=database_url, secret_keys=A_RING, staff_second_factor=True, pool_size=4)


@pytest.fixture
def parent(small_school: SmallSchool, clients: Clients, account: models.Person) -> Client:
    """The guardian of Noor, with a password."""
    return clients(small_school.token(account))


async def _answer(client: Client, passkey: Passkey) -> dict[str, Any]:
    """Begin, and sign."""
    asked = await client.ok(START_REAUTHENTICATION)
    return {"token": asked["token"], "credential": passkey.sign(asked["options"])}


# ------------------------------------------------------------------------------------------------ ten minutes


@pytest.mark.parametrize(("seconds", "fresh"), [(600, True), (601, False)])
async def test_a_sign_in_is_fresh_for_ten_minutes(parent: Client, clock: Clock, seconds: int, *, fresh: bool) -> None:
    clock.advance(seconds=seconds)

    answered = await parent.ask(ADD_APP)

    assert answered.codes == ([] if fresh else ["REAUTHENTICATION_REQUIRED"])


async def test_the_password_makes_it_fresh_for_ten_minutes_more(parent: Client, clock: Clock) -> None:
    clock.advance(hours=3)
    assert await parent.refused(ADD_APP) == ["REAUTHENTICATION_REQUIRED"]

    until = await parent.ok(REAUTHENTICATE, input={"password": PASSWORD})

    assert until["freshUntil"] == (clock.now + timedelta(minutes=10)).isoformat()
    clock.advance(minutes=10)
    assert (await parent.ok(ADD_APP))["secret"]
    clock.advance(seconds=1)
    assert await parent.refused(ADD_APP) == ["REAUTHENTICATION_REQUIRED"]


async def test_every_change_of_factors_asks_for_it_and_reading_does_not(
    parent: Client, clock: Clock, account: models.Person, database: Database
) -> None:
    app = await add_app(parent, clock)
    passkey = await register(parent)
    started = await parent.ok(START_REGISTRATION)
    made = Passkey()
    new = {"token": started["token"], "credential": made.register(started["options"]), "name": "Laptop"}
    listed = (await parent.ok(MY_FACTORS))["secondFactors"]["passkeys"]
    await database.fetch(
        "update session set authenticated_at = $1 where person_id = $2", [clock.now - LONG_AGO, account.id]
    )
    changes: list[tuple[str, dict[str, Any]]] = [
        (ADD_APP, {}),
        (CONFIRM_APP, {"input": {"code": app.code()}}),
        (REMOVE_APP, {}),
        (RENEW_CODES, {}),
        (START_REGISTRATION, {}),
        (FINISH_REGISTRATION, {"input": new}),
        (REMOVE_PASSKEY, {"input": {"passkeyId": listed[0]["id"]}}),
    ]

    for document, variables in changes:
        assert await parent.refused(document, **variables) == ["REAUTHENTICATION_REQUIRED"], document
    unknown = {"passkeyId": f"passkey_{NOTHING}"}
    assert await parent.refused(REMOVE_PASSKEY, input=unknown) == ["NOT_FOUND"]
    assert (await parent.ok(MY_FACTORS))["secondFactors"]["passkeys"] == listed

    await parent.ok(REAUTHENTICATE_WITH_PASSKEY, input=await _answer(parent, passkey))
    await parent.ok(REMOVE_PASSKEY, input={"passkeyId": listed[0]["id"]})


async def test_only_the_session_in_which_it_was_shown_is_fresh(
    parent: Client, clients: Clients, small_school: SmallSchool, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        other = clients(sign_in_token(facts, small_school.guardian))
    clock.advance(minutes=11)

    await parent.ok(REAUTHENTICATE, input={"password": PASSWORD})

    assert await other.refused(ADD_APP) == ["REAUTHENTICATION_REQUIRED"]
    assert (await parent.ok(ADD_APP))["secret"]


async def test_nobody_is_asked_who_they_are_without_a_session(clients: Clients) -> None:
    assert await clients().refused(REAUTHENTICATE, input={"password": PASSWORD}) == ["UNAUTHENTICATED"]
    assert await clients().refused(START_REAUTHENTICATION) == ["UNAUTHENTICATED"]


# ------------------------------------------------------------------------------------------------ with a password


async def test_a_wrong_password_makes_nothing_fresh(parent: Client, clock: Clock) -> None:
    clock.advance(minutes=11)

    wrong = {"password": "een-ander-wachtwoord"}
    assert await refusal(parent, REAUTHENTICATE, input=wrong) == ("INVALID_CREDENTIALS", ["input", "password"])

    assert await parent.refused(ADD_APP) == ["REAUTHENTICATION_REQUIRED"]


@pytest.mark.parametrize(("wrong", "taken"), [(4, True), (5, False)])
async def test_after_five_wrong_passwords_the_right_one_is_of_no_use_either(
    parent: Client, wrong: int, *, taken: bool
) -> None:
    for _ in range(wrong):
        assert await parent.refused(REAUTHENTICATE, input={"password": "verkeerd"}) == ["INVALID_CREDENTIALS"]

    answered = await parent.ask(REAUTHENTICATE, input={"password": PASSWORD})

    assert answered.codes == ([] if taken else ["RATE_LIMITED"])
    assert (await parent.ok(EMAIL))["email"]  # and the session stays


async def test_who_has_a_second_factor_shows_it_too(parent: Client, clock: Clock) -> None:
    app = await add_app(parent, clock)
    used = app.code()
    await parent.ok(REAUTHENTICATE, input={"password": PASSWORD, "code": used})
    clock.advance(minutes=1)
    both = {"password": PASSWORD, "code": app.code()}
    first, second, *_ = app.recovery_codes

    for more, answer in [
        ({}, ("REQUIRED", ["input", "code"])),
        ({"code": used}, ("INVALID_CODE", ["input", "code"])),
        ({"recoveryCode": second[::-1]}, ("INVALID_CODE", ["input", "recoveryCode"])),
    ]:
        assert await refusal(parent, REAUTHENTICATE, input={"password": PASSWORD, **more}) == answer
    wrong = {**both, "password": "verkeerd"}
    assert await parent.refused(REAUTHENTICATE, input=wrong) == ["INVALID_CREDENTIALS"]

    await parent.ok(REAUTHENTICATE, input=both)
    await parent.ok(REAUTHENTICATE, input={"password": PASSWORD, "recoveryCode": first})
    again = {"password": PASSWORD, "recoveryCode": first}
    assert await parent.refused(REAUTHENTICATE, input=again) == ["INVALID_CODE"]


async def test_a_code_shown_for_a_step_up_signs_nobody_in(
    parent: Client, clients: Clients, account: models.Person, clock: Clock
) -> None:
    app = await add_app(parent, clock)
    waiting = await challenged(clients, account)
    await parent.ok(REAUTHENTICATE, input={"password": PASSWORD, "code": app.code()})

    seen = {"challenge": waiting, "code": app.code()}
    assert await clients().refused(COMPLETE_SIGN_IN, input=seen) == ["INVALID_CODE"]
    assert await clients().ok(COMPLETE_SIGN_IN, input={**seen, "code": app.next_code()})


async def test_the_factor_makes_staff_of_a_session_that_had_not_shown_it(
    clients: Clients, small_school: SmallSchool, database: Database, clock: Clock
) -> None:
    town = small_school
    juf = await with_password(database, town.teacher)
    app: App = await add_app(clients(town.token(juf)), clock)
    async with founding(database) as facts:
        client = clients(sign_in_token(facts, juf, second_factor=False))
    assert await client.ok(ANYTHING, id=id_of(town.noor)) is None

    await client.ok(REAUTHENTICATE, input={"password": PASSWORD, "code": app.code()})

    assert await client.ok(ANYTHING, id=id_of(town.noor)) == {"id": id_of(town.noor)}
    assert (await client.ok(MY_FACTORS))["needsSecondFactor"] is False


# ------------------------------------------------------------------------------------------------ with a passkey


async def test_a_passkey_shows_both_factors_at_once(
    parent: Client, clock: Clock, account: models.Person, database: Database
) -> None:
    passkey = await register(parent)
    clock.advance(hours=1)
    asked = await parent.ok(START_REAUTHENTICATION)
    assert [one["id"] for one in asked["options"]["allowCredentials"]] == [passkey.sign(asked["options"])["id"]]

    answer = {"token": asked["token"], "credential": passkey.sign(asked["options"])}
    until = await parent.ok(REAUTHENTICATE_WITH_PASSKEY, input=answer)

    assert until["freshUntil"] == (clock.now + timedelta(minutes=10)).isoformat()
    await parent.ok(RENEW_CODES)
    assert await stored(database, models.AuditEntry, actor_id=account.id, action="reauthenticate") == 1


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_passkey_from_elsewhere_or_without_its_user_makes_nothing_fresh(
    parent: Client, clock: Clock, wrong: str
) -> None:
    passkey = await register(parent)
    clock.advance(minutes=11)
    WRONG[wrong](passkey)

    answer = await _answer(parent, passkey)

    assert await parent.refused(REAUTHENTICATE_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]
    assert await parent.refused(RENEW_CODES) == ["REAUTHENTICATION_REQUIRED"]


async def test_the_passkey_is_ones_own_and_the_question_that_of_this_session(
    parent: Client, clients: Clients, small_school: SmallSchool, database: Database
) -> None:
    passkey = await register(parent)
    stranger = clients(small_school.token(small_school.classmates_guardian))
    theirs = await register(stranger)
    async with founding(database) as facts:
        elsewhere = clients(sign_in_token(facts, small_school.guardian, second_factor=True))
    asked = await parent.ok(START_REAUTHENTICATION)
    good = {"token": asked["token"], "credential": passkey.sign(asked["options"])}

    for other in (elsewhere, stranger):
        assert await other.refused(REAUTHENTICATE_WITH_PASSKEY, input=good) == ["INVALID_CREDENTIALS"]
    await parent.ok(REAUTHENTICATE_WITH_PASSKEY, input=good)
    broken = await _answer(parent, passkey)
    broken = {**broken, "credential": with_broken_signature(broken["credential"])}
    for answer in (good, broken, await _answer(parent, theirs), {**good, "token": NOTHING}):
        assert await parent.refused(REAUTHENTICATE_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]


async def test_without_a_passkey_there_is_none_to_ask_for(parent: Client) -> None:
    assert await parent.refused(START_REAUTHENTICATION) == ["INVALID"]
    await register(parent)
    assert (await parent.ok(START_REAUTHENTICATION))["options"]


async def test_who_knows_the_password_does_not_use_up_the_attempts_of_who_is_signed_in(
    clients: Clients, parent: Client, account: models.Person, clock: Clock
) -> None:
    app = await add_app(parent, clock)
    for _ in range(5):
        attempt = {"challenge": await challenged(clients, account), "code": app.wrong_code()}
        assert await clients().refused(COMPLETE_SIGN_IN, input=attempt) == ["INVALID_CODE"]
    attempt = {"challenge": await challenged(clients, account), "code": app.code()}
    assert await clients().refused(COMPLETE_SIGN_IN, input=attempt) == ["RATE_LIMITED"]

    assert (await parent.ok(REAUTHENTICATE, input={"password": PASSWORD, "code": app.code()}))["freshUntil"]
