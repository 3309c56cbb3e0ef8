"""Adding and removing second factors: freshly shown, told by mail, other sessions ended, and staff keep one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

import models
from models import Locale, MailKind
from models.database import Database
from schoolplein.app import create_app
from schoolplein.settings import Settings
from tests.api.documents import EMAIL
from tests.api.factors import (
    ADD_APP,
    COMPLETE_SIGN_IN,
    CONFIRM_APP,
    MY_FACTORS,
    REMOVE_APP,
    REMOVE_PASSKEY,
    RENEW_CODES,
    SIGN_IN,
    START_REGISTRATION,
    App,
    add_app,
    challenged,
    refusal,
    register,
    with_password,
)
from tests.api.steps import credentials, stored
from tests.clients import Client, Clients, Clock, serving
from tests.factories import SmallSchool, amend, founding, join, sign_in_token
from tests.facts import A_RING
from tests.letters import letters_to


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An installation where staff need a second factor."""
    return Settings(database_url=database_url, secret_keys=A_RING, staff_second_factor=True, pool_size=4)


async def _factors(client: Client) -> dict[str, object]:
    return (await client.ok(MY_FACTORS))["secondFactors"]


async def _remove_passkey(client: Client) -> None:
    (passkey, *_) = (await client.ok(MY_FACTORS))["secondFactors"]["passkeys"]
    await client.ok(REMOVE_PASSKEY, input={"passkeyId": passkey["id"]})


# ------------------------------------------------------------------------------------------------ what each brings


@dataclass(frozen=True, slots=True)
class Act:
    """One change of somebody's factors, and how it is told."""

    do: Callable[[Client, Clock], Awaitable[object]]
    audited: str
    in_dutch: str
    in_english: str
    needs_passkey: bool = False
    needs_app: bool = False


ACTS = {
    "adding an app": Act(
        add_app, "add_authenticator_app", "een app met codes is toegevoegd", "an authenticator app was added"
    ),
    "removing the app": Act(
        lambda client, _: client.ok(REMOVE_APP),
        "remove_authenticator_app",
        "de app met codes is weggehaald",
        "the authenticator app was removed",
        needs_app=True,
    ),
    "adding a passkey": Act(
        lambda client, _: register(client), "add_passkey", "een passkey is toegevoegd", "a passkey was added"
    ),
    "removing a passkey": Act(
        lambda client, _: _remove_passkey(client),
        "remove_passkey",
        "een passkey is weggehaald",
        "a passkey was removed",
        needs_passkey=True,
    ),
    "renewing the codes": Act(
        lambda client, _: client.ok(RENEW_CODES),
        "renew_recovery_codes",
        "er zijn nieuwe herstelcodes gemaakt",
        "new recovery codes were made",
        needs_app=True,
    ),
}


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("locale", Locale)
async def test_every_change_is_audited_and_mailed_and_ends_all_other_sessions(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database, name: str, locale: Locale
) -> None:
    act, somebody = ACTS[name], small_school.guardian
    await amend(database, somebody, locale=locale)
    client = clients(small_school.token(somebody))
    if act.needs_app:
        await add_app(client, clock)
    if act.needs_passkey:
        await register(client)
    await letters_to(database, somebody.email, clock.now)
    async with founding(database) as facts:
        other = clients(sign_in_token(facts, somebody, second_factor=True))
    assert await other.ok(EMAIL) == {"email": somebody.email}

    await act.do(client, clock)

    assert await client.ok(EMAIL) == {"email": somebody.email}
    assert await other.ok(EMAIL) is None
    assert await clients(small_school.token(small_school.classmates_guardian)).ok(EMAIL)
    assert await stored(database, models.AuditEntry, actor_id=somebody.id, action=act.audited) == 1
    ((kind, letter),) = await letters_to(database, somebody.email, clock.now)
    assert (kind, letter.path) == (MailKind.FACTOR_CHANGED, None)
    what = act.in_dutch if locale is Locale.NL else act.in_english
    assert letter.values == {"name": "Esra Yilmaz", "what": what}


async def test_who_has_a_factor_must_have_shown_it_to_change_any(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    client = clients(small_school.token(small_school.guardian))
    await add_app(client, clock)
    async with founding(database) as facts:
        unshown = clients(sign_in_token(facts, small_school.guardian, second_factor=False))

    for document in (ADD_APP, REMOVE_APP, RENEW_CODES, START_REGISTRATION):
        assert await unshown.refused(document) == ["REAUTHENTICATION_REQUIRED"]

    await client.ok(REMOVE_APP)


# ------------------------------------------------------------------------------------------------ the app


async def test_an_app_counts_once_it_is_confirmed(
    small_school: SmallSchool, clients: Clients, clock: Clock, account: models.Person
) -> None:
    client = clients(small_school.token(account))
    given_up, kept = [App((await client.ok(ADD_APP))["secret"], clock) for _ in range(2)]
    assert (await client.ok(MY_FACTORS))["secondFactors"]["authenticatorApp"] is False
    assert (await clients().ok(SIGN_IN, input=credentials(account)))["viewer"] == {
        "email": account.email,
        "needsSecondFactor": False,
    }

    for wrong in (given_up.code(), kept.wrong_code()):
        assert await refusal(client, CONFIRM_APP, input={"code": wrong}) == ("INVALID_CODE", ["input", "code"])
    done = await client.ok(CONFIRM_APP, input={"code": kept.code()})

    assert len(set(done["recoveryCodes"])) == 8
    assert done["secondFactors"] == {"authenticatorApp": True, "recoveryCodesLeft": 8, "passkeys": []}
    assert await challenged(clients, account)


async def test_the_code_that_confirmed_the_app_signs_nobody_in(
    small_school: SmallSchool, clients: Clients, clock: Clock, account: models.Person
) -> None:
    client = clients(small_school.token(account))
    app = App((await client.ok(ADD_APP))["secret"], clock)
    await client.ok(CONFIRM_APP, input={"code": app.code()})

    token = await challenged(clients, account)

    seen = {"challenge": token, "code": app.code()}
    assert await clients().refused(COMPLETE_SIGN_IN, input=seen) == ["INVALID_CODE"]
    assert await clients().ok(COMPLETE_SIGN_IN, input={"challenge": token, "code": app.next_code()})


async def test_the_seed_goes_into_any_app(small_school: SmallSchool, clients: Clients, clock: Clock) -> None:
    somebody = small_school.guardian

    made = await clients(small_school.token(somebody)).ok(ADD_APP)

    address = somebody.email.replace("@", "%40")
    assert made["uri"] == f"otpauth://totp/Schoolplein:{address}?secret={made['secret']}&issuer=Schoolplein"
    assert len(made["secret"]) * 5 == 160  # bits


async def test_there_is_one_app_at_a_time(small_school: SmallSchool, clients: Clients, clock: Clock) -> None:
    client = clients(small_school.token(small_school.guardian))
    app = await add_app(client, clock)

    assert await client.refused(ADD_APP) == ["INVALID"]
    assert await client.refused(CONFIRM_APP, input={"code": app.code()}) == ["INVALID_CODE"]

    await client.ok(REMOVE_APP)
    assert await client.refused(REMOVE_APP) == ["NOT_FOUND"]
    await add_app(client, clock)


async def test_no_seed_and_no_code_can_be_read_in_the_database(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database, account: models.Person
) -> None:
    client = clients(small_school.token(account))
    seed = (await client.ok(ADD_APP))["secret"]
    codes = (await client.ok(CONFIRM_APP, input={"code": App(seed, clock).code()}))["recoveryCodes"]
    secrets = [seed, await challenged(clients, account), *codes, *(code.replace("-", "") for code in codes)]

    for table in ("totp", "recovery_code", "challenge", "audit_entry", "mail", "idempotency"):
        rows = [row[0] for row in await database.fetch(f"select t::text from {table} t", [])]
        assert rows or table == "idempotency"
        assert not [row for row in rows for secret in secrets if secret in row or secret.encode().hex() in row]


# ------------------------------------------------------------------------------------------------ the last one


async def test_staff_keep_their_last_factor_and_may_remove_another(
    small_school: SmallSchool, clients: Clients, clock: Clock
) -> None:
    client = clients(small_school.token(small_school.teacher))
    await add_app(client, clock)
    assert await client.refused(REMOVE_APP) == ["LAST_SECOND_FACTOR"]
    await register(client)

    left = (await client.ok(REMOVE_APP))["secondFactors"]

    assert (left["authenticatorApp"], left["recoveryCodesLeft"], len(left["passkeys"])) == (False, 8, 1)
    answer = await refusal(client, REMOVE_PASSKEY, input={"passkeyId": left["passkeys"][0]["id"]})
    assert answer == ("LAST_SECOND_FACTOR", [])
    assert await _factors(client) == left


async def test_a_guardian_may_remove_the_last_one_and_the_recovery_codes_go_with_it(
    small_school: SmallSchool, clients: Clients, clock: Clock, account: models.Person
) -> None:
    client = clients(small_school.token(account))
    app = await add_app(client, clock)
    waiting = {"challenge": await challenged(clients, account), "recoveryCode": app.recovery_codes[0]}

    left = (await client.ok(REMOVE_APP))["secondFactors"]

    assert left == {"authenticatorApp": False, "recoveryCodesLeft": 0, "passkeys": []}
    assert await clients().refused(COMPLETE_SIGN_IN, input=waiting) == ["INVALID_CODE"]
    assert (await clients().ok(SIGN_IN, input=credentials(account)))["viewer"]["email"] == account.email


async def test_where_staff_need_none_they_may_remove_the_last_one(
    small_school: SmallSchool, clock: Clock, database: Database, database_url: str
) -> None:
    await with_password(database, small_school.teacher)
    settings = Settings(database_url=database_url, secret_keys=A_RING, staff_second_factor=False, pool_size=2)
    async with serving(create_app(settings), clock) as app, Clients(app) as clients:
        client = clients(small_school.token(small_school.teacher))
        await add_app(client, clock)

        assert (await client.ok(REMOVE_APP))["secondFactors"]["authenticatorApp"] is False


async def test_who_has_removed_the_last_one_and_then_works_here_has_shown_none(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database, account: models.Person
) -> None:
    client = clients(small_school.token(account))
    await add_app(client, clock)
    await client.ok(REMOVE_APP)

    async with founding(database) as facts:
        join(facts, small_school.school.id, account, models.Role.ADMIN)

    assert (await client.ok(MY_FACTORS))["needsSecondFactor"] is True
