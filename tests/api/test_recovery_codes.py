"""Recovery codes: for who has lost the second factor. Each lets in once."""

import models
from tests.api.factors import (
    COMPLETE_SIGN_IN,
    MY_FACTORS,
    RENEW_CODES,
    add_app,
    challenged,
    refusal,
)
from tests.clients import Clients, Clock
from tests.factories import SmallSchool


async def test_a_recovery_code_lets_in_once_however_it_is_typed(
    small_school: SmallSchool, clients: Clients, clock: Clock, account: models.Person
) -> None:
    app = await add_app(clients(small_school.token(account)), clock)
    first, second, *_ = app.recovery_codes

    typed = {"challenge": await challenged(clients, account), "recoveryCode": f" {first.lower().replace('-', ' ')} "}
    token = (await clients().ok(COMPLETE_SIGN_IN, input=typed))["token"]
    again = {"challenge": await challenged(clients, account), "recoveryCode": first}
    answer = await refusal(clients(), COMPLETE_SIGN_IN, input=again)

    assert answer == ("INVALID_CODE", ["input", "recoveryCode"])
    assert await clients().ok(COMPLETE_SIGN_IN, input=again | {"recoveryCode": second})
    assert (await clients(token).ok(MY_FACTORS))["secondFactors"]["recoveryCodesLeft"] == 6


async def test_somebody_elses_recovery_code_is_of_no_use(
    small_school: SmallSchool, clients: Clients, clock: Clock, account: models.Person
) -> None:
    other = await add_app(clients(small_school.token(small_school.classmates_guardian)), clock)
    own = await add_app(clients(small_school.token(account)), clock)
    attempt = {"challenge": await challenged(clients, account), "recoveryCode": other.recovery_codes[0]}

    assert await clients().refused(COMPLETE_SIGN_IN, input=attempt) == ["INVALID_CODE"]
    assert await clients().ok(COMPLETE_SIGN_IN, input=attempt | {"recoveryCode": own.recovery_codes[0]})


async def test_new_recovery_codes_make_those_before_worthless(
    small_school: SmallSchool, clients: Clients, clock: Clock, account: models.Person
) -> None:
    client = clients(small_school.token(account))
    assert await client.refused(RENEW_CODES) == ["INVALID"]  # there is nothing to recover yet
    app = await add_app(client, clock)

    new = (await client.ok(RENEW_CODES))["recoveryCodes"]

    assert len(new) == 8
    attempt = {"challenge": await challenged(clients, account), "recoveryCode": app.recovery_codes[0]}
    assert await clients().refused(COMPLETE_SIGN_IN, input=attempt) == ["INVALID_CODE"]
    assert await clients().ok(COMPLETE_SIGN_IN, input=attempt | {"recoveryCode": new[0]})
