"""A link to another address ends with the sessions: who has got in once does not keep a way back (ACC-08, R1)."""

from collections.abc import Awaitable, Callable

import pytest

import models
from models import MailKind
from models.database import Database
from tests.api.documents import (
    CHANGE_EMAIL,
    CHANGE_PASSWORD,
    CONFIRM_EMAIL,
    EMAIL,
    REVOKE_OTHERS,
    REVOKE_SESSION,
    SESSIONS,
    SIGN_OUT,
)
from tests.api.factors import add_app
from tests.api.office import REVOKE_MEMBER_SESSIONS, WHY, at
from tests.api.steps import PASSWORD
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, founding, sign_in_token
from tests.letters import letters_to, secret_of


async def _revoke_that_one(mine: Client, _head: Client, _town: SmallSchool, _clock: Clock) -> None:
    sessions = (await mine.ok(SESSIONS))["sessions"]
    (lost,) = [one["id"] for one in sessions if not one["current"]]
    await mine.ok(REVOKE_SESSION, input={"sessionId": lost})


async def _revoke_others(mine: Client, _head: Client, _town: SmallSchool, _clock: Clock) -> None:
    await mine.ok(REVOKE_OTHERS, input={})


async def _let_the_school_revoke(_mine: Client, head: Client, town: SmallSchool, _clock: Clock) -> None:
    await head.ok(REVOKE_MEMBER_SESSIONS, input=at(town, town.guardian, **WHY))


async def _change_password(mine: Client, _head: Client, _town: SmallSchool, _clock: Clock) -> None:
    await mine.ok(CHANGE_PASSWORD, input={"currentPassword": PASSWORD, "newPassword": "vier-groene-fietsen-op-zolder"})


async def _add_app(mine: Client, _head: Client, _town: SmallSchool, clock: Clock) -> None:
    await add_app(mine, clock)


async def _leave_that_one(_mine: Client, _head: Client, _town: SmallSchool, _clock: Clock) -> None:
    """Do nothing about it."""


Ending = Callable[[Client, Client, SmallSchool, Clock], Awaitable[None]]
ENDINGS: list[Ending] = [_revoke_that_one, _revoke_others, _let_the_school_revoke, _change_password, _add_app]


async def _confirmed_after(
    ending: Ending, clients: Clients, account: models.Person, database: Database, clock: Clock, town: SmallSchool
) -> list[str]:
    """Ask for another address in a session that is lost, let it end, and follow the link: what is refused."""
    async with founding(database) as facts:
        lost = clients(sign_in_token(facts, account))
    address = f"dief-{account.id.hex}@post.example"
    await lost.ok(CHANGE_EMAIL, input={"email": address})
    ((kind, letter),) = await letters_to(database, address, clock.now)
    assert kind is MailKind.EMAIL_CHANGE

    await ending(clients(town.token(account)), clients(town.token(town.admin)), town, clock)

    return (await clients().ask(CONFIRM_EMAIL, input={"token": secret_of(letter)})).codes


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_link_asked_for_in_a_session_that_was_ended_moves_nothing(
    clients: Clients,
    account: models.Person,
    database: Database,
    clock: Clock,
    small_school: SmallSchool,
    ending: Ending,
) -> None:
    assert await _confirmed_after(ending, clients, account, database, clock, small_school) == ["INVALID_CODE"]

    async with founding(database) as facts:
        mine = clients(sign_in_token(facts, account))
    assert await mine.ok(EMAIL) == {"email": account.email}


async def test_a_link_stays_good_while_the_session_does(
    clients: Clients, account: models.Person, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    assert await _confirmed_after(_leave_that_one, clients, account, database, clock, small_school) == []


async def test_who_signs_out_may_still_follow_the_link(
    clients: Clients, account: models.Person, database: Database, clock: Clock, small_school: SmallSchool
) -> None:
    async def sign_out(mine: Client, _head: Client, _town: SmallSchool, _clock: Clock) -> None:
        await mine.ok(SIGN_OUT)

    assert await _confirmed_after(sign_out, clients, account, database, clock, small_school) == []
