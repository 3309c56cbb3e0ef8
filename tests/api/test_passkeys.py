"""Passkeys: both factors at once, for who has them; whatever is not right about an answer lets nobody in."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import cbor2
import pytest

import models
from models.database import Database
from schoolplein.settings import Settings
from tests.api.documents import ANYTHING
from tests.api.factors import (
    FINISH_REGISTRATION,
    SIGN_IN_WITH_PASSKEY,
    START_REGISTRATION,
    START_SIGN_IN,
    register,
)
from tests.api.steps import NOTHING, stored
from tests.authenticator import ORIGIN, PRESENT, VERIFIED, Passkey, with_broken_signature
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, id_of
from tests.facts import A_RING, YESTERDAY

JUNK: list[Any] = [
    None,
    0,
    "x",
    [],
    {},
    {"id": 1},
    {"id": "é", "rawId": "é", "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "!", "authenticatorData": "="}},
    {
        "id": "AA",
        "rawId": "AA",
        "type": "public-key",
        "response": {
            "clientDataJSON": "e30",
            "authenticatorData": "AA",
            "signature": "AA",
            "attestationObject": urlsafe_b64encode(
                cbor2.dumps({"fmt": "tpm", "authData": b"", "attStmt": {}})
            ).decode(),
        },
    },
]


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An installation where staff need a second factor."""
    return Settings(database_url=database_url, secret_keys=A_RING, staff_second_factor=True, pool_size=4)


@pytest.fixture
def client(small_school: SmallSchool, clients: Clients) -> Client:
    """The teacher, in a session that a password has opened."""
    return clients(small_school.token(small_school.teacher))


@pytest.fixture
async def passkey(client: Client) -> Passkey:
    """A passkey of the teacher."""
    return await register(client)


async def _asked(client: Client) -> dict[str, Any]:
    return await client.ok(START_SIGN_IN)


def _answer(asked: dict[str, Any], credential: Any, **more: Any) -> dict[str, Any]:
    return {"token": asked["token"], "credential": credential, "client": "APP", **more}


async def _signed_in(clients: Clients, passkey: Passkey) -> dict[str, Any]:
    asked = await _asked(clients())
    return await clients().ok(SIGN_IN_WITH_PASSKEY, input=_answer(asked, passkey.sign(asked["options"])))


# ------------------------------------------------------------------------------------------------ signing in


async def test_a_passkey_signs_in_and_is_both_factors(
    clients: Clients, small_school: SmallSchool, passkey: Passkey
) -> None:
    asked = await _asked(clients())
    assert (asked["options"]["rpId"], asked["options"]["userVerification"]) == ("localhost", "required")
    assert asked["options"]["allowCredentials"] == []

    done = await clients().ok(SIGN_IN_WITH_PASSKEY, input=_answer(asked, passkey.sign(asked["options"])))

    assert done["viewer"] == {"email": small_school.teacher.email, "needsSecondFactor": False}
    group = id_of(small_school.group)
    assert await clients(done["token"]).ok(ANYTHING, id=group) == {"id": group}


async def test_a_browser_gets_a_cookie(clients: Clients, small_school: SmallSchool, passkey: Passkey) -> None:
    browser = clients.browser()
    asked = await _asked(browser)

    answer = _answer(asked, passkey.sign(asked["options"]), client="WEB")
    assert (await browser.ok(SIGN_IN_WITH_PASSKEY, input=answer))["token"] is None

    assert await browser.ok("{ viewer { email } }") == {"email": small_school.teacher.email}


async def test_a_passkey_that_counts_grows_and_one_that_does_not_stays_at_nought(
    clients: Clients, small_school: SmallSchool, passkey: Passkey
) -> None:
    other = await register(clients(small_school.token(small_school.guardian)), Passkey(counts=False))
    for one in (passkey, other, passkey, other):
        assert await _signed_in(clients, one)

    passkey.counter -= 1  # as a copy would, that was made before the last time
    asked = await _asked(clients())
    answer = _answer(asked, passkey.sign(asked["options"]))
    assert await clients().refused(SIGN_IN_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]

    assert await _signed_in(clients, passkey)


WRONG: dict[str, Callable[[Passkey], None]] = {
    "another page": lambda passkey: setattr(passkey, "origin", "http://localhost:8001"),
    "a page whose address begins alike": lambda passkey: setattr(passkey, "origin", f"{ORIGIN}.example"),
    "another address": lambda passkey: setattr(passkey, "rp_id", "plein.example"),
    "nobody verified": lambda passkey: setattr(passkey, "flags", PRESENT),
    "nobody there": lambda passkey: setattr(passkey, "flags", VERIFIED),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_answer_from_elsewhere_or_without_its_user_is_refused(
    clients: Clients, passkey: Passkey, wrong: str
) -> None:
    asked = await _asked(clients())
    as_it_was = (passkey.origin, passkey.rp_id, passkey.flags)
    WRONG[wrong](passkey)

    answer = _answer(asked, passkey.sign(asked["options"]))
    assert await clients().refused(SIGN_IN_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]

    passkey.origin, passkey.rp_id, passkey.flags = as_it_was
    assert await _signed_in(clients, passkey)


async def test_a_broken_signature_a_stranger_and_another_owner_are_refused_alike(
    clients: Clients, small_school: SmallSchool, passkey: Passkey
) -> None:
    parents = await register(clients(small_school.token(small_school.guardian)))
    impostor = Passkey(id=passkey.id, owner=passkey.owner, counter=passkey.counter)
    mistaken = Passkey(id=passkey.id, key=passkey.key, owner=parents.owner, counter=passkey.counter)
    answers = []
    for signs in (passkey, Passkey(), impostor, mistaken):
        asked = await _asked(clients())
        credential = signs.sign(asked["options"])
        credential = with_broken_signature(credential) if signs is passkey else credential
        answers.append(await clients().ask(SIGN_IN_WITH_PASSKEY, input=_answer(asked, credential)))

    assert [answer.codes for answer in answers] == [["INVALID_CREDENTIALS"]] * 4
    assert len({answer.raw.content for answer in answers}) == 1
    passkey.counter = max(passkey.counter, mistaken.counter)
    assert await _signed_in(clients, passkey)


async def test_a_challenge_is_answered_once_and_only_what_it_asked(
    clients: Clients, passkey: Passkey, clock: Clock
) -> None:
    first, second, late = [await _asked(clients()) for _ in range(3)]
    good = _answer(first, passkey.sign(first["options"]))
    await clients().ok(SIGN_IN_WITH_PASSKEY, input=good)

    crossed = _answer(second, passkey.sign(first["options"]))
    for answer in (good, crossed, _answer(second, passkey.sign(second["options"])), good | {"token": NOTHING}):
        assert await clients().refused(SIGN_IN_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]
    clock.advance(minutes=5)
    answer = _answer(late, passkey.sign(late["options"]))
    assert await clients().refused(SIGN_IN_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]


async def test_of_the_same_answer_many_times_at_once_one_gets_in(
    clients: Clients, small_school: SmallSchool, passkey: Passkey, database: Database
) -> None:
    before = await stored(database, models.Session, person_id=small_school.teacher.id)
    asked = await _asked(clients())
    answer = _answer(asked, passkey.sign(asked["options"]))

    answers = await asyncio.gather(*(clients().ask(SIGN_IN_WITH_PASSKEY, input=answer) for _ in range(4)))

    assert sorted(answer.codes for answer in answers) == [[], *[["INVALID_CREDENTIALS"]] * 3]
    assert await stored(database, models.Session, person_id=small_school.teacher.id) == before + 1


async def test_a_challenge_for_another_purpose_is_of_no_use(clients: Clients, client: Client, passkey: Passkey) -> None:
    registering = await client.ok(START_REGISTRATION)
    options = {"challenge": registering["options"]["challenge"], "rpId": "localhost"}

    answer = _answer(registering, passkey.sign(options))
    assert await clients().refused(SIGN_IN_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]


async def test_who_is_blocked_is_told_what_a_stranger_is_told(
    clients: Clients, small_school: SmallSchool, passkey: Passkey, database: Database
) -> None:
    assert await _signed_in(clients, passkey)
    await database.fetch(
        "update membership set blocked_at = $1 where person_id = $2", [YESTERDAY, small_school.teacher.id]
    )

    sessions = await stored(database, models.Session, person_id=small_school.teacher.id)
    answers = []
    for one in (passkey, Passkey()):
        asked = await _asked(clients())
        answer = _answer(asked, one.sign(asked["options"]))
        answers.append(await clients().ask(SIGN_IN_WITH_PASSKEY, input=answer))

    assert [answer.codes for answer in answers] == [["INVALID_CREDENTIALS"]] * 2
    assert answers[0].raw.content == answers[1].raw.content
    assert await stored(database, models.Session, person_id=small_school.teacher.id) == sessions


@pytest.mark.parametrize("junk", JUNK)
async def test_junk_in_place_of_a_credential_is_refused(clients: Clients, client: Client, junk: Any) -> None:
    if junk is not None:
        asked = await _asked(clients())
        assert await clients().refused(SIGN_IN_WITH_PASSKEY, input=_answer(asked, junk)) == ["INVALID_CREDENTIALS"]
    registering = await client.ok(START_REGISTRATION)
    given = {"token": registering["token"], "credential": junk, "name": "Telefoon"}
    answered = await client.ask(FINISH_REGISTRATION, input=given)
    assert answered.raw.status_code < 500
    assert answered.codes in (["INVALID_CODE"], ["BAD_USER_INPUT"])


async def test_nobody_may_ask_without_end(clients: Clients) -> None:
    answers = [await clients.at("192.0.2.7").ask(START_SIGN_IN) for _ in range(151)]

    assert [answer.codes for answer in answers[:150]] == [[]] * 150
    assert answers[150].codes == ["RATE_LIMITED"]
    assert await clients.at("192.0.2.8").ok(START_SIGN_IN)
