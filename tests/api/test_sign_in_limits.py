"""How often one may try to sign in, and that nobody is locked out by what others try."""

from contextlib import ExitStack
from itertools import count
from typing import Any

from pwdlib.hashers.argon2 import Argon2Hasher

import models
from models.database import Database
from resolvers.devices import KNOWN_FOR
from resolvers.passwords import MOST_WAITING, hash_password, in_line
from tests.api.documents import EMAIL, SESSIONS, SIGN_IN, SIGN_IN_AGAIN, SIGN_OUT
from tests.api.steps import PASSWORD, cookies, credentials, stored
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, amend, founding, guardian

WRONG = "een-ander-wachtwoord"


async def tried(client: Client, somebody: models.Person, times: int, **more: Any) -> list[str]:
    """Try with a wrong password: the codes."""
    return [code for _ in range(times) for code in await client.refused(SIGN_IN, input=_wrong(somebody, **more))]


def _wrong(somebody: models.Person, **more: Any) -> dict[str, Any]:
    return credentials(somebody, password=WRONG, **more)


async def test_after_five_wrong_passwords_the_right_one_is_not_taken_either(
    clients: Clients, account: models.Person
) -> None:
    assert await tried(clients(), account, 5) == ["INVALID_CREDENTIALS"] * 5

    assert await clients().refused(SIGN_IN, input=credentials(account)) == ["RATE_LIMITED"]


async def test_a_right_password_begins_anew(clients: Clients, account: models.Person) -> None:
    for _ in range(3):
        await tried(clients(), account, 4)
        await clients().ok(SIGN_IN, input=credentials(account))


async def test_too_many_attempts_answer_alike_whether_there_is_such_an_account_or_not(
    clients: Clients, account: models.Person, clock: Clock
) -> None:
    nobody = models.Person(email="niemand@mensen.example", created_at=clock.now)
    await tried(clients(), account, 5)
    await tried(clients(), nobody, 5)

    known, unknown = [await clients().ask(SIGN_IN, input=_wrong(somebody)) for somebody in (account, nobody)]

    assert known.codes == ["RATE_LIMITED"]
    assert known.raw.content == unknown.raw.content


async def test_when_too_many_wait_already_one_is_asked_to_come_back(clients: Clients, account: models.Person) -> None:
    with ExitStack() as line:
        for _ in range(MOST_WAITING + 2):  # two are in work
            line.enter_context(in_line())
        assert await clients().refused(SIGN_IN, input=credentials(account)) == ["RATE_LIMITED"]

    await clients().ok(SIGN_IN, input=credentials(account))


# ------------------------------------------------------------------------------------------------ one's own device


async def test_an_attacker_does_not_lock_the_owner_out_of_their_own_app(
    clients: Clients, account: models.Person
) -> None:
    first = await clients().ok(SIGN_IN_AGAIN, input=credentials(account))
    assert len(first["deviceToken"]) >= 43  # 256 bits
    assert (await tried(clients(), account, 8))[-1] == "RATE_LIMITED"

    again = await clients().ok(SIGN_IN_AGAIN, input=credentials(account, deviceToken=first["deviceToken"]))

    assert again["deviceToken"] == first["deviceToken"]
    assert again["token"] != first["token"]
    assert await clients().refused(SIGN_IN, input=credentials(account)) == ["RATE_LIMITED"]
    made_up = credentials(account, deviceToken="x" * 43)
    assert await clients().refused(SIGN_IN, input=made_up) == ["RATE_LIMITED"]


async def test_an_attacker_does_not_lock_the_owner_out_of_their_own_browser(
    clients: Clients, account: models.Person
) -> None:
    browser = clients.browser()
    given = cookies(await browser.ask(SIGN_IN, input=credentials(account, client="WEB")))["sp-device"]
    assert (given["path"], given["httponly"], given["samesite"]) == ("/", True, "Strict")
    assert (given["domain"], given["max-age"]) == ("", str(365 * 24 * 3600))
    await browser.ok(SIGN_OUT)
    assert browser.http.cookies["sp-device"] == given.value, "the device is known after the session"
    await tried(clients(), account, 6)

    await browser.ok(SIGN_IN, input=credentials(account, client="WEB"))

    assert await browser.ok(EMAIL) == {"email": account.email}
    stranger = clients.browser()
    assert await stranger.refused(SIGN_IN, input=credentials(account, client="WEB")) == ["RATE_LIMITED"]


async def test_a_cookie_of_a_device_counts_from_our_own_pages_alone(clients: Clients, account: models.Person) -> None:
    browser = clients.browser()
    await browser.ok(SIGN_IN, input=credentials(account, client="WEB"))
    await browser.ok(SIGN_OUT)
    await tried(clients(), account, 6)
    elsewhere = Client(browser.http, {"sec-fetch-site": "cross-site"})

    assert await elsewhere.refused(SIGN_IN, input=credentials(account)) == ["RATE_LIMITED"]
    await browser.ok(SIGN_IN, input=credentials(account))


async def test_a_device_of_somebody_else_is_an_unknown_one(
    small_school: SmallSchool, clients: Clients, account: models.Person, database: Database
) -> None:
    attacker = small_school.classmates_guardian
    await amend(database, attacker, password_hash=await hash_password(PASSWORD))
    own = (await clients().ok(SIGN_IN_AGAIN, input=credentials(attacker)))["deviceToken"]

    codes = await tried(clients(), account, 6, deviceToken=own)

    assert codes == [*["INVALID_CREDENTIALS"] * 5, "RATE_LIMITED"]


async def test_a_device_has_its_own_count_and_a_thief_of_it_does_not_try_for_ever(
    clients: Clients, account: models.Person
) -> None:
    device = (await clients().ok(SIGN_IN_AGAIN, input=credentials(account)))["deviceToken"]

    codes = await tried(clients(), account, 11, deviceToken=device)

    assert codes == [*["INVALID_CREDENTIALS"] * 10, "RATE_LIMITED"]
    await clients().ok(SIGN_IN, input=credentials(account))


async def test_a_tablet_knows_everybody_of_the_family_who_signs_in_there(
    small_school: SmallSchool, clients: Clients, account: models.Person, database: Database
) -> None:
    async with founding(database) as facts:
        other = guardian(facts, small_school.noor, name="Deniz Yilmaz", password_hash=await hash_password(PASSWORD))
    tablet = clients.browser()
    for somebody in (account, other):
        await tablet.ok(SIGN_IN, input=credentials(somebody, client="WEB"))
        await tablet.ok(SIGN_OUT)
        await tried(clients(), somebody, 6)

    for somebody in (account, other):
        await tablet.ok(SIGN_IN, input=credentials(somebody, client="WEB"))
        await tablet.ok(SIGN_OUT)


async def test_a_device_is_forgotten_a_year_after_its_last_sign_in(
    clients: Clients, account: models.Person, clock: Clock
) -> None:
    device = (await clients().ok(SIGN_IN_AGAIN, input=credentials(account)))["deviceToken"]
    await tried(clients(), account, 6)
    clock.advance(days=KNOWN_FOR.days - 1)
    await clients().ok(SIGN_IN_AGAIN, input=credentials(account, deviceToken=device))

    clock.advance(days=KNOWN_FOR.days)

    again = credentials(account, deviceToken=device)
    assert await clients().refused(SIGN_IN, input=again) == ["RATE_LIMITED"]


# ------------------------------------------------------------------------------------------------ one network


async def test_thirty_failures_stop_a_network_and_no_other_one(
    clients: Clients, account: models.Person, clock: Clock
) -> None:
    here, there = clients.at("192.0.2.1"), clients.at("192.0.2.2")
    device = (await here.ok(SIGN_IN_AGAIN, input=credentials(account)))["deviceToken"]
    numbers = count()
    for _ in range(30):
        nobody = models.Person(email=f"niemand{next(numbers)}@mensen.example", created_at=clock.now)
        assert await tried(here, nobody, 1) == ["INVALID_CREDENTIALS"]

    assert await here.refused(SIGN_IN, input=credentials(account)) == ["RATE_LIMITED"]
    await there.ok(SIGN_IN, input=credentials(account))
    await here.ok(SIGN_IN, input=credentials(account, deviceToken=device))


async def test_a_staff_room_signs_in_from_one_address(clients: Clients, account: models.Person) -> None:
    for _ in range(31):
        await clients.at("192.0.2.1").ok(SIGN_IN, input=credentials(account))


# ------------------------------------------------------------------------------------------------ sessions


async def test_of_more_than_ten_sessions_the_oldest_ends(
    clients: Clients, account: models.Person, clock: Clock, database: Database, small_school: SmallSchool
) -> None:
    first = small_school.token(account)
    tokens: list[str] = []
    for _ in range(10):
        assert await clients(first).ok(EMAIL) == {"email": account.email}
        clock.advance(minutes=1)
        tokens.append((await clients().ok(SIGN_IN, input=credentials(account)))["token"])

    assert await clients(first).ok(EMAIL) is None
    assert [await clients(token).ok(EMAIL) for token in tokens] == [{"email": account.email}] * 10
    assert len((await clients(tokens[0]).ok(SESSIONS))["sessions"]) == 10
    assert await stored(database, models.Session, person_id=account.id, revoked_at=clock.now) == 1


async def test_a_password_kept_by_older_parameters_is_kept_by_those_of_today_after_a_sign_in(
    clients: Clients, account: models.Person, database: Database
) -> None:
    before = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await amend(database, account, password_hash=before)

    async def kept() -> str:
        return (await database.fetch("select password_hash from person where id = $1", [account.id]))[0][0]

    await tried(clients(), account, 1)
    assert await kept() == before
    await clients().ok(SIGN_IN, input=credentials(account))
    assert await kept() != before
    assert "m=19456,t=2,p=1" in await kept()
    await clients().ok(SIGN_IN, input=credentials(account))


async def test_sessions_are_counted_by_person(
    small_school: SmallSchool, clients: Clients, account: models.Person
) -> None:
    for _ in range(11):
        await clients().ok(SIGN_IN, input=credentials(account))

    other = small_school.classmates_guardian
    assert await clients(small_school.token(other)).ok(EMAIL) == {"email": other.email}
