"""Another address to sign in with: confirmed where it leads, told where it led (ACC-08)."""

import asyncio
from secrets import token_hex

import pytest

import models
from models import Locale, MailKind
from models.database import Database
from resolvers.writing import FRESH
from tests.api.documents import CHANGE_EMAIL, CONFIRM_EMAIL, EMAIL, REQUEST_RESET, RESET_PASSWORD, SIGN_IN
from tests.api.steps import credentials
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, amend
from tests.letters import letters_to, secret_of


@pytest.fixture
def mine(clients: Clients, account: models.Person, small_school: SmallSchool) -> Client:
    """Somebody with a password, signed in just now."""
    return clients(small_school.token(account))


@pytest.fixture
def other() -> str:
    """An address that nobody has yet."""
    return f"esra-{token_hex(6)}@post.example"


async def link_to(database: Database, clock: Clock, address: str) -> dict[str, str]:
    """The secret that was mailed to an address."""
    ((kind, letter),) = await letters_to(database, address, clock.now)
    assert kind is MailKind.EMAIL_CHANGE
    return {"token": secret_of(letter)}


async def test_the_account_moves_when_the_new_address_confirms_and_the_old_one_is_told(
    clients: Clients, mine: Client, account: models.Person, other: str, database: Database, clock: Clock
) -> None:
    await amend(database, account, locale=Locale.EN)
    asked = await mine.ok(CHANGE_EMAIL, input={"email": other})
    assert asked["viewer"] == {"email": account.email}
    ((_, letter),) = await letters_to(database, other, clock.now)
    assert letter.values == {"name": "Esra Yilmaz", "until": "15 September at 8:00"}
    assert letter.path is not None
    assert letter.path.startswith("/confirm-email#")

    assert (await clients().ok(CONFIRM_EMAIL, input={"token": secret_of(letter)}))["confirmed"] is True

    assert await mine.ok(EMAIL) == {"email": other}
    await clients().ok(SIGN_IN, input=credentials(account, email=other))
    assert await clients().refused(SIGN_IN, input=credentials(account)) == ["INVALID_CREDENTIALS"]
    ((kind, notice),) = await letters_to(database, account.email, clock.now)
    assert (kind, notice.values) == (MailKind.EMAIL_CHANGED, {"name": "Esra Yilmaz", "email": "e…@post.example"})


async def test_the_link_works_once_for_an_hour_and_only_the_newest(
    clients: Clients, mine: Client, other: str, database: Database, clock: Clock
) -> None:
    await mine.ok(CHANGE_EMAIL, input={"email": f"first-{other}"})
    old = await link_to(database, clock, f"first-{other}")
    await mine.ok(CHANGE_EMAIL, input={"email": other})
    new = await link_to(database, clock, other)
    assert await clients().refused(CONFIRM_EMAIL, input=old) == ["INVALID_CODE"]
    assert await clients().refused(CONFIRM_EMAIL, input={"token": "made-up"}) == ["INVALID_CODE"]

    clock.advance(hours=1)
    assert await clients().refused(CONFIRM_EMAIL, input=new) == ["CODE_EXPIRED"]
    clock.advance(seconds=-1)
    answers = await asyncio.gather(*[clients().ask(CONFIRM_EMAIL, input=new) for _ in range(5)])

    assert sorted(code for answer in answers for code in answer.codes) == ["INVALID_CODE"] * 4


async def test_an_address_of_somebody_else_is_answered_alike_and_gets_no_mail(
    mine: Client, account: models.Person, other: str, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    taken = small_school.classmates_guardian.email

    free, refused = [await mine.ask(CHANGE_EMAIL, input={"email": wanted}) for wanted in (other, taken.upper())]

    assert not refused.errors
    assert free.raw.content == refused.raw.content
    assert await letters_to(database, taken, clock.now) == []
    assert await mine.ok(EMAIL) == {"email": account.email}


async def test_an_address_that_was_taken_meanwhile_stays_where_it_is(
    clients: Clients,
    mine: Client,
    account: models.Person,
    other: str,
    database: Database,
    clock: Clock,
    small_school: SmallSchool,
) -> None:
    await mine.ok(CHANGE_EMAIL, input={"email": other})
    link = await link_to(database, clock, other)
    await amend(database, small_school.classmates_guardian, email=other.upper())

    assert await clients().refused(CONFIRM_EMAIL, input=link) == ["INVALID_CODE"]

    assert await mine.ok(EMAIL) == {"email": account.email}


async def test_somebody_may_write_their_own_address_otherwise(
    clients: Clients, mine: Client, account: models.Person, database: Database, clock: Clock
) -> None:
    capitals = account.email.partition("@")[0].upper() + "@mensen.example"
    await mine.ok(CHANGE_EMAIL, input={"email": capitals})

    await clients().ok(CONFIRM_EMAIL, input=await link_to(database, clock, capitals))

    assert await mine.ok(EMAIL) == {"email": capitals}


async def test_a_move_makes_links_to_the_old_address_worthless(
    clients: Clients, mine: Client, account: models.Person, other: str, database: Database, clock: Clock
) -> None:
    await clients().ok(REQUEST_RESET, input={"email": account.email})
    ((_, letter),) = await letters_to(database, account.email, clock.now)
    await mine.ok(CHANGE_EMAIL, input={"email": other})
    await clients().ok(CONFIRM_EMAIL, input=await link_to(database, clock, other))

    wanted = {"token": secret_of(letter), "newPassword": "vier-groene-fietsen-op-zolder", "client": "APP"}

    assert await clients().refused(RESET_PASSWORD, input=wanted) == ["INVALID_CODE"]


async def test_one_kind_of_link_does_not_do_for_another(
    clients: Clients, mine: Client, account: models.Person, other: str, database: Database, clock: Clock
) -> None:
    await clients().ok(REQUEST_RESET, input={"email": account.email})
    ((_, letter),) = await letters_to(database, account.email, clock.now)

    assert await clients().refused(CONFIRM_EMAIL, input={"token": secret_of(letter)}) == ["INVALID_CODE"]


async def test_to_change_the_address_one_shows_again_who_one_is(mine: Client, other: str, clock: Clock) -> None:
    clock.advance(seconds=FRESH.total_seconds() + 1)
    assert await mine.refused(CHANGE_EMAIL, input={"email": other}) == ["REAUTHENTICATION_REQUIRED"]

    clock.advance(seconds=-1)
    await mine.ok(CHANGE_EMAIL, input={"email": other})


async def test_nobody_has_mails_sent_all_over_the_world(mine: Client, other: str) -> None:
    for number in range(3):
        await mine.ok(CHANGE_EMAIL, input={"email": f"{number}-{other}"})

    assert await mine.refused(CHANGE_EMAIL, input={"email": other}) == ["RATE_LIMITED"]


async def test_who_was_blocked_meanwhile_does_not_move(
    clients: Clients,
    mine: Client,
    account: models.Person,
    other: str,
    database: Database,
    clock: Clock,
    small_school: SmallSchool,
) -> None:
    await mine.ok(CHANGE_EMAIL, input={"email": other})
    link = await link_to(database, clock, other)
    member = models.Membership(
        school_id=small_school.school.id, person_id=account.id, role=models.Role.GUARDIAN, valid_from=clock.now
    )
    await amend(database, member, blocked_at=clock.now)

    assert await clients().refused(CONFIRM_EMAIL, input=link) == ["INVALID_CODE"]


@pytest.mark.parametrize(
    "wrong", ["esra", "esra@", "@post.example", "esra@post", "esra @post.example", "e@p.example\r\nBcc: x@y.example"]
)
async def test_an_address_is_an_address(mine: Client, wrong: str) -> None:
    assert await mine.refused(CHANGE_EMAIL, input={"email": wrong}) == ["INVALID"]
