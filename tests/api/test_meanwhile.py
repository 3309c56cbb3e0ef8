"""Signing in while the account changes: what was shown a moment ago does not do any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

import models
from models import MailKind
from models.database import Database
from resolvers.passwords import hash_password
from tests.api.documents import CHANGE_PASSWORD, EMAIL, REQUEST_RESET, RESET_PASSWORD
from tests.api.factors import COMPLETE_SIGN_IN, SIGN_IN, add_app, challenged, refusal
from tests.api.steps import PASSWORD, credentials, stored
from tests.clients import SOON_S, Answered, Clients, Clock
from tests.factories import SmallSchool
from tests.letters import letters_to, secret_of

NEW = "vier-groene-fietsen-op-zolder"
_WAITS = (
    "select count(*) from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()"
)


@asynccontextmanager
async def _signing_in_during(
    database: Database, clients: Clients, somebody: models.Person, change: str, **values: object
) -> AsyncIterator[asyncio.Task[Answered]]:
    """Change an account, and let somebody sign in who has shown the password before the change is committed."""
    async with database.begin() as session:
        await session.execute(text("select from person where id = :id for update"), {"id": somebody.id})
        await session.execute(text(change), {"id": somebody.id, **values})
        signing_in = asyncio.create_task(clients().ask(SIGN_IN, input=credentials(somebody)))
        async with asyncio.timeout(SOON_S):
            while not (await database.fetch(_WAITS, []))[0][0]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    yield signing_in


async def test_a_password_that_is_replaced_in_this_moment_opens_nothing(
    clients: Clients, account: models.Person, database: Database
) -> None:
    change = {"change": "update person set password_hash = :hash where id = :id", "hash": await hash_password(NEW)}

    async with _signing_in_during(database, clients, account, **change) as signing_in:
        assert (await signing_in).codes == ["INVALID_CREDENTIALS"]

    assert (await clients().ok(SIGN_IN, input=credentials(account, password=NEW)))["token"]


async def test_a_factor_that_is_added_in_this_moment_is_asked_for(
    clients: Clients, account: models.Person, database: Database, clock: Clock
) -> None:
    before = await stored(database, models.Session, person_id=account.id)
    adding = "insert into totp (person_id, seed, created_at, confirmed_at, last_step) values (:id, '', :now, :now, 0)"

    async with _signing_in_during(database, clients, account, adding, now=clock.now) as signing_in:
        answered = await signing_in

    assert answered.data is not None
    assert answered.data["signIn"]["token"] is None
    assert answered.data["signIn"]["secondFactor"]["kinds"] == ["AUTHENTICATOR_APP"]
    assert await stored(database, models.Session, person_id=account.id) == before


async def test_a_sign_in_that_waits_for_its_factor_ends_with_a_reset(
    clients: Clients, account: models.Person, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    app = await add_app(clients(small_school.token(account)), clock)
    await letters_to(database, account.email, clock.now)
    old = await challenged(clients, account)
    await clients().ok(REQUEST_RESET, input={"email": account.email})
    ((kind, letter),) = await letters_to(database, account.email, clock.now)
    assert kind is MailKind.PASSWORD_RESET

    wanted = {"token": secret_of(letter), "newPassword": NEW, "client": "APP"}
    await clients().ok(RESET_PASSWORD, input=wanted)

    answer = await refusal(clients(), COMPLETE_SIGN_IN, input={"challenge": old, "code": app.code()})
    assert answer == ("INVALID_CODE", ["input", "challenge"])
    new = (await clients().ok(SIGN_IN, input=credentials(account, password=NEW)))["secondFactor"]["token"]
    assert (await clients().ok(COMPLETE_SIGN_IN, input={"challenge": new, "code": app.code()}))["token"]


async def test_a_sign_in_that_waits_for_its_factor_ends_with_another_password(
    clients: Clients, account: models.Person, clock: Clock, small_school: SmallSchool
) -> None:
    mine = clients(small_school.token(account))
    app = await add_app(mine, clock)
    old = await challenged(clients, account)

    await mine.ok(CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": NEW})

    attempt = {"challenge": old, "code": app.code()}
    assert await clients().refused(COMPLETE_SIGN_IN, input=attempt) == ["INVALID_CODE"]
    assert await mine.ok(EMAIL) == {"email": account.email}
