"""Adding passkeys to one's account, and taking them away."""

from secrets import token_bytes
from typing import Any

import pytest

import models
from models.database import Database
from tests.api.documents import ANYTHING
from tests.api.factors import (
    FINISH_REGISTRATION,
    MY_FACTORS,
    REMOVE_PASSKEY,
    SIGN_IN_WITH_PASSKEY,
    START_REGISTRATION,
    START_SIGN_IN,
    challenged,
    refusal,
    register,
)
from tests.api.steps import NOTHING
from tests.api.test_passkeys import WRONG
from tests.authenticator import Passkey
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, founding, sign_in_token


@pytest.fixture
def client(small_school: SmallSchool, clients: Clients, account: models.Person) -> Client:
    """The guardian of Noor."""
    return clients(small_school.token(account))


def _made(asked: dict[str, Any], passkey: Passkey, **more: Any) -> dict[str, Any]:
    return {"token": asked["token"], "credential": passkey.register(asked["options"]), "name": "Telefoon", **more}


async def test_a_browser_is_asked_for_a_passkey_that_verifies_its_user(
    client: Client, account: models.Person, clock: Clock
) -> None:
    known = await register(client)

    asked = await client.ok(START_REGISTRATION)

    options = asked["options"]
    assert options["rp"] == {"name": "Schoolplein", "id": "localhost"}
    assert (options["user"]["name"], options["user"]["displayName"]) == (account.email, "Esra Yilmaz")
    assert (options["attestation"], options["timeout"]) == ("none", 300_000)
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("preferred", "required")
    assert len(options["challenge"]) == 43  # 32 bytes
    assert [one["id"] for one in options["excludeCredentials"]] == [known.register(options)["id"]]


async def test_passkeys_are_listed_with_their_names_and_last_use(
    client: Client, clients: Clients, clock: Clock
) -> None:
    added_at = clock.now
    phone = await register(client, name="Telefoon")
    clock.advance(minutes=1)
    await register(client, name="Laptop")
    asked = await clients().ok(START_SIGN_IN)
    answer = {"token": asked["token"], "credential": phone.sign(asked["options"]), "client": "APP"}
    await clients().ok(SIGN_IN_WITH_PASSKEY, input=answer)

    listed = (await client.ok(MY_FACTORS))["secondFactors"]["passkeys"]

    assert [(one["name"], one["lastUsedAt"]) for one in listed] == [
        ("Telefoon", clock.now.isoformat()),
        ("Laptop", None),
    ]
    assert listed[0]["createdAt"] == added_at.isoformat()


async def test_the_first_passkey_brings_recovery_codes_and_the_next_none(
    client: Client, clients: Clients, account: models.Person
) -> None:
    codes = []
    for _ in range(2):
        asked = await client.ok(START_REGISTRATION)
        codes.append((await client.ok(FINISH_REGISTRATION, input=_made(asked, Passkey())))["recoveryCodes"])

    assert len(codes[0]) == 8
    assert codes[1] is None
    assert await challenged(clients, account)  # the password alone is no longer enough


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_passkey_from_elsewhere_or_without_its_user_is_not_kept(client: Client, wrong: str) -> None:
    passkey = Passkey()
    WRONG[wrong](passkey)
    asked = await client.ok(START_REGISTRATION)

    answer = await refusal(client, FINISH_REGISTRATION, input=_made(asked, passkey))

    assert answer == ("INVALID_CODE", ["input", "credential"])
    assert (await client.ok(MY_FACTORS))["secondFactors"]["passkeys"] == []
    # What was asked once is not asked again, also when the answer was wrong.
    answer = await refusal(client, FINISH_REGISTRATION, input=_made(asked, Passkey()))
    assert answer == ("INVALID_CODE", ["input", "token"])
    await register(client)


async def test_a_registration_belongs_to_its_session_and_its_moment(
    client: Client, clients: Clients, small_school: SmallSchool, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        elsewhere = clients(sign_in_token(facts, small_school.guardian))
    stranger = clients(small_school.token(small_school.classmates_guardian))
    asked, late = [await client.ok(START_REGISTRATION) for _ in range(2)]
    made = _made(asked, Passkey())

    for other in (elsewhere, stranger):
        assert await refusal(other, FINISH_REGISTRATION, input=made) == ("INVALID_CODE", ["input", "token"])
    unknown = made | {"token": NOTHING}
    assert await refusal(client, FINISH_REGISTRATION, input=unknown) == ("INVALID_CODE", ["input", "token"])

    assert (await client.ok(FINISH_REGISTRATION, input=made))["recoveryCodes"]
    clock.advance(minutes=5)
    answer = await refusal(client, FINISH_REGISTRATION, input=_made(late, Passkey()))
    assert answer == ("INVALID_CODE", ["input", "token"])


async def test_a_passkey_that_is_known_is_not_added_again_by_anybody(
    client: Client, clients: Clients, small_school: SmallSchool
) -> None:
    passkey = await register(client)
    stranger = clients(small_school.token(small_school.classmates_guardian))

    for somebody in (client, stranger):
        asked = await somebody.ok(START_REGISTRATION)
        copied = Passkey(id=passkey.id)
        answer = await refusal(somebody, FINISH_REGISTRATION, input=_made(asked, copied))
        assert answer == ("INVALID", ["input", "credential"])

    assert len((await client.ok(MY_FACTORS))["secondFactors"]["passkeys"]) == 1


async def test_only_its_owner_removes_a_passkey_and_then_it_lets_nobody_in(
    client: Client, clients: Clients, small_school: SmallSchool
) -> None:
    passkey = await register(client)
    ((own,),) = [(await client.ok(MY_FACTORS))["secondFactors"]["passkeys"]]
    stranger = clients(small_school.token(small_school.admin))

    assert await stranger.ok(ANYTHING, id=own["id"]) is None
    assert await client.ok(ANYTHING, id=own["id"]) == {"id": own["id"]}

    theirs = await stranger.ask(REMOVE_PASSKEY, input={"passkeyId": own["id"]})
    nothing = await stranger.ask(REMOVE_PASSKEY, input={"passkeyId": f"passkey_{NOTHING}"})
    assert theirs.codes == ["NOT_FOUND"]
    assert theirs.raw.content == nothing.raw.content

    left = await client.ok(REMOVE_PASSKEY, input={"passkeyId": own["id"]})
    assert left["secondFactors"]["passkeys"] == []
    asked = await clients().ok(START_SIGN_IN)
    answer = {"token": asked["token"], "credential": passkey.sign(asked["options"]), "client": "APP"}
    assert await clients().refused(SIGN_IN_WITH_PASSKEY, input=answer) == ["INVALID_CREDENTIALS"]


@pytest.mark.parametrize("size", [1024, 8000])
async def test_the_id_of_a_passkey_has_at_most_1023_bytes(client: Client, size: int) -> None:
    asked = await client.ok(START_REGISTRATION)
    answer = await refusal(client, FINISH_REGISTRATION, input=_made(asked, Passkey(id=token_bytes(size))))
    assert answer == ("INVALID_CODE", ["input", "credential"])

    await register(client, Passkey(id=token_bytes(1023)))
