"""Passwords: how one gets another, and what ends with the old one (ACC-07, ACC-10)."""

import asyncio
from datetime import timedelta

import models
from models import MailKind
from models.database import Database
from tests.api.documents import CHANGE_PASSWORD, EMAIL, REQUEST_RESET, RESET_PASSWORD, SIGN_IN
from tests.api.steps import PASSWORD, cookies, credentials
from tests.clients import Clients, Clock
from tests.factories import SmallSchool, amend, founding, join, person
from tests.letters import letters_to, secret_of

NEW = "vier-groene-fietsen-op-zolder"


async def reset_link(clients: Clients, database: Database, clock: Clock, somebody: models.Person) -> str:
    """Ask for a link, and read it in the mail."""
    await clients().ok(REQUEST_RESET, input={"email": somebody.email})
    ((kind, letter),) = await letters_to(database, somebody.email, clock.now)
    assert kind is MailKind.PASSWORD_RESET
    return secret_of(letter)


def reset(token: str, **more: str) -> dict[str, str]:
    return {"token": token, "newPassword": NEW, "client": "APP", **more}


# ------------------------------------------------------------------------------------------------ a forgotten one


async def test_who_has_forgotten_the_password_sets_another_and_is_signed_in(
    clients: Clients, account: models.Person, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    before = small_school.token(account)
    await clients().ok(REQUEST_RESET, input={"email": f" {account.email.upper()} "})
    ((kind, letter),) = await letters_to(database, account.email, clock.now)
    assert (kind, letter.values) == (
        MailKind.PASSWORD_RESET,
        {"name": "Esra Yilmaz", "until": "15 september om 7.30 uur"},
    )
    assert letter.path is not None
    assert letter.path.startswith("/reset#")

    done = await clients().ok(RESET_PASSWORD, input=reset(secret_of(letter)))

    assert done["viewer"] == await clients(done["token"]).ok(EMAIL) == {"email": account.email}
    assert await clients(before).ok(EMAIL) is None
    await clients().ok(SIGN_IN, input=credentials(account, password=NEW))
    assert await clients().refused(SIGN_IN, input=credentials(account)) == ["INVALID_CREDENTIALS"]
    ((kind, notice),) = await letters_to(database, account.email, clock.now)
    assert (kind, notice.values, notice.path) == (MailKind.PASSWORD_CHANGED, {"name": "Esra Yilmaz"}, None)


async def test_a_reset_ends_the_session_too_in_which_it_was_done(
    clients: Clients, account: models.Person, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    mine = clients(small_school.token(account))
    link = await reset_link(clients, database, clock, account)

    done = await mine.ok(RESET_PASSWORD, input=reset(link))

    assert await mine.ok(EMAIL) is None
    assert await clients(done["token"]).ok(EMAIL) == {"email": account.email}


async def test_a_browser_gets_its_cookies_from_a_reset(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    browser = clients.browser()
    wanted = reset(await reset_link(clients, database, clock, account), client="WEB")

    answered = await browser.ask(RESET_PASSWORD, input=wanted)

    assert set(cookies(answered)) == {"sp", "sp-device"}
    assert answered.data is not None
    assert answered.data["resetPassword"]["token"] is None
    assert await browser.ok(EMAIL) == {"email": account.email}


async def test_a_link_works_once(clients: Clients, account: models.Person, database: Database, clock: Clock) -> None:
    wanted = reset(await reset_link(clients, database, clock, account))

    answers = await asyncio.gather(*[clients().ask(RESET_PASSWORD, input=wanted) for _ in range(5)])

    assert sorted(code for answer in answers for code in answer.codes) == ["INVALID_CODE"] * 4
    assert await clients().refused(RESET_PASSWORD, input=wanted) == ["INVALID_CODE"]


async def test_a_link_works_for_half_an_hour_from_the_request(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    late, intime = [reset(await reset_link(clients, database, clock, account)) for _ in range(1)] * 2
    asked = clock.now
    clock.stand_at(asked + timedelta(minutes=30))
    assert await clients().refused(RESET_PASSWORD, input=late) == ["CODE_EXPIRED"]

    clock.stand_at(asked + timedelta(minutes=29, seconds=59))
    await clients().ok(RESET_PASSWORD, input=intime)


async def test_a_new_request_makes_the_earlier_link_worthless(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    old = await reset_link(clients, database, clock, account)
    new = await reset_link(clients, database, clock, account)

    assert await clients().refused(RESET_PASSWORD, input=reset(old)) == ["INVALID_CODE"]
    await clients().ok(RESET_PASSWORD, input=reset(new))


async def test_a_weak_password_does_not_use_the_link_up(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    link = await reset_link(clients, database, clock, account)
    for weak in ("kort", "schoolplein2026", "EsraYilmaz2026", "deregenboog5"):
        assert await clients().refused(RESET_PASSWORD, input=reset(link, newPassword=weak)) == ["WEAK_PASSWORD"]

    await clients().ok(RESET_PASSWORD, input=reset(link))


async def test_a_made_up_link_opens_nothing(clients: Clients) -> None:
    for token in ("x", "A" * 43, "é" * 20):
        assert await clients().refused(RESET_PASSWORD, input=reset(token)) == ["INVALID_CODE"]


async def test_who_was_blocked_meanwhile_does_not_come_in_by_a_link(
    clients: Clients, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    async with founding(database) as facts:
        somebody = person(facts)
        member = join(facts, small_school.school.id, somebody, models.Role.STAFF)
    link = reset(await reset_link(clients, database, clock, somebody))
    await amend(database, member, blocked_at=clock.now)
    assert await clients().refused(RESET_PASSWORD, input=link) == ["INVALID_CODE"]

    await amend(database, member, blocked_at=None)
    await clients().ok(RESET_PASSWORD, input=link)


async def test_a_link_is_not_written_any_more_when_its_time_is_over(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    await clients().ok(REQUEST_RESET, input={"email": account.email})
    clock.advance(minutes=30)

    assert await letters_to(database, account.email, clock.now) == []


async def test_three_links_an_hour_are_sent_and_a_fourth_request_is_answered_alike(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    answers = [await clients().ask(REQUEST_RESET, input={"email": account.email}) for _ in range(4)]

    assert len({answer.raw.content for answer in answers}) == 1
    sent = "select count(*) from mail where recipient = $1"
    assert (await database.fetch(sent, [account.email]))[0][0] == 3


async def test_ten_requests_an_hour_are_taken_from_one_network(clients: Clients, account: models.Person) -> None:
    here = clients.at("192.0.2.1")
    for number in range(10):
        await here.ok(REQUEST_RESET, input={"email": f"niemand{number}@mensen.example"})

    answered = await here.ask(REQUEST_RESET, input={"email": account.email})

    assert answered.codes == ["RATE_LIMITED"]
    assert answered.data is not None
    assert answered.data["requestPasswordReset"]["accepted"] is False
    await clients.at("192.0.2.2").ok(REQUEST_RESET, input={"email": account.email})


# ------------------------------------------------------------------------------------------------ another one


async def test_another_password_ends_all_other_sessions_and_open_links(
    clients: Clients, account: models.Person, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    link = await reset_link(clients, database, clock, account)
    other = small_school.token(account)
    mine = clients((await clients().ok(SIGN_IN, input=credentials(account)))["token"])

    done = await mine.ok(CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": NEW})

    assert done["viewer"] == {"email": account.email, "sessions": [{"current": True}]}
    assert await clients(other).ok(EMAIL) is None
    assert await clients().refused(RESET_PASSWORD, input=reset(link)) == ["INVALID_CODE"]
    await clients().ok(SIGN_IN, input=credentials(account, password=NEW))
    assert [kind for kind, _ in await letters_to(database, account.email, clock.now)] == [MailKind.PASSWORD_CHANGED]


async def test_an_open_screen_alone_does_not_set_another_password(
    clients: Clients, account: models.Person, small_school: SmallSchool
) -> None:
    mine = clients(small_school.token(account))
    wrong = {"currentPassword": "een-ander-wachtwoord", "newPassword": NEW}
    assert await mine.refused(CHANGE_PASSWORD, input={**wrong, "newPassword": "kort"}) == ["INVALID_CREDENTIALS"]
    for _ in range(4):
        assert await mine.refused(CHANGE_PASSWORD, input=wrong) == ["INVALID_CREDENTIALS"]

    right = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert await mine.refused(CHANGE_PASSWORD, input=right) == ["RATE_LIMITED"]
    await clients().ok(SIGN_IN, input=credentials(account))


async def test_another_password_is_a_good_one_too(
    clients: Clients, account: models.Person, small_school: SmallSchool
) -> None:
    mine = clients(small_school.token(account))
    weak = {"currentPassword": PASSWORD, "newPassword": "EsraYilmaz2026"}

    assert await mine.refused(CHANGE_PASSWORD, input=weak) == ["WEAK_PASSWORD"]

    await clients().ok(SIGN_IN, input=credentials(account))


async def test_of_two_changes_at_once_one_is_done(
    clients: Clients, account: models.Person, small_school: SmallSchool
) -> None:
    mine = clients(small_school.token(account))
    wishes = [{"currentPassword": PASSWORD, "newPassword": f"{NEW} {number}"} for number in range(3)]

    answers = await asyncio.gather(*[mine.ask(CHANGE_PASSWORD, input=wish) for wish in wishes])

    assert sorted(code for answer in answers for code in answer.codes) == ["INVALID_CREDENTIALS"] * 2
