"""Where somebody is signed in: seen and ended by themselves alone, and at once (R1)."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models.database import Database
from resolvers.writing import FRESH
from tests.api.documents import EMAIL, READ_SESSION, REVOKE_OTHERS, REVOKE_SESSION, SESSIONS, SIGN_IN
from tests.api.steps import NOTHING, credentials
from tests.clients import Clients, Clock, Closed
from tests.factories import SmallSchool, amend, founding, id_of, sign_in_token
from tests.live.words import FOLLOW_POSTS, started


async def sessions_of(clients: Clients, token: str) -> list[dict[str, Any]]:
    """One's own sessions, as one reads them."""
    return (await clients(token).ok(SESSIONS))["sessions"]


async def test_somebody_sees_where_they_are_signed_in_newest_first(
    clients: Clients, account: models.Person, clock: Clock, small_school: SmallSchool
) -> None:
    first = small_school.token(account)
    clock.advance(minutes=6)
    phone = (await clients().ok(SIGN_IN, input=credentials(account, device="Telefoon van Esra")))["token"]

    newest, oldest = await sessions_of(clients, phone)

    assert (newest["device"], newest["current"]) == ("Telefoon van Esra", True)
    assert newest["createdAt"] == newest["lastSeenAt"] == clock.now.isoformat()
    assert (oldest["device"], oldest["current"]) == ("", False)
    assert [one["current"] for one in await sessions_of(clients, first)] == [False, True]
    oldest = (await sessions_of(clients, phone))[1]
    assert oldest["lastSeenAt"] == clock.now.isoformat()
    assert await clients(phone).ok(READ_SESSION, id=oldest["id"]) == oldest


@pytest.mark.parametrize("gone", ["revoked_at", "idle_until", "expires_at"])
async def test_sessions_that_have_ended_are_not_there(
    clients: Clients, clock: Clock, database: Database, small_school: SmallSchool, gone: str
) -> None:
    mine = small_school.token(small_school.guardian)
    async with founding(database) as facts:
        sign_in_token(facts, small_school.guardian, **{gone: clock.now - timedelta(minutes=1)})
        ended = id_of(facts.newest(models.Session))

    assert [one["current"] for one in await sessions_of(clients, mine)] == [True]
    assert await clients(mine).ok(READ_SESSION, id=ended) is None
    assert await clients(mine).refused(REVOKE_SESSION, input={"sessionId": ended}) == ["NOT_FOUND"]


async def test_a_session_is_ended_and_the_others_stay(
    clients: Clients, account: models.Person, small_school: SmallSchool
) -> None:
    mine = small_school.token(account)
    lost, kept = [(await clients().ok(SIGN_IN, input=credentials(account)))["token"] for _ in range(2)]
    (wanted,) = [one["id"] for one in await sessions_of(clients, lost) if one["current"]]

    assert await clients(mine).ok(REVOKE_SESSION, input={"sessionId": wanted}) == {"sessionId": wanted, "errors": []}

    assert await clients(lost).ok(EMAIL) is None
    assert await clients(kept).ok(EMAIL) == await clients(mine).ok(EMAIL) == {"email": account.email}
    assert len(await sessions_of(clients, mine)) == 2


async def test_nobody_sees_or_ends_the_sessions_of_others(clients: Clients, small_school: SmallSchool) -> None:
    town = small_school
    (own,) = await sessions_of(clients, town.token(town.guardian))

    for somebody in (town.admin, town.teacher, town.classmates_guardian):
        client = clients(town.token(somebody))
        assert await client.ok(READ_SESSION, id=own["id"]) is None
        foreign = await client.ask(REVOKE_SESSION, input={"sessionId": own["id"]})
        nothing = await client.ask(REVOKE_SESSION, input={"sessionId": f"session_{NOTHING}"})
        assert foreign.codes == ["NOT_FOUND"]
        assert foreign.raw.content == nothing.raw.content
    assert await sessions_of(clients, town.token(town.guardian)) == [own]


async def test_all_others_end_together(clients: Clients, account: models.Person, small_school: SmallSchool) -> None:
    others = [small_school.token(account)]
    others += [(await clients().ok(SIGN_IN, input=credentials(account)))["token"] for _ in range(2)]
    mine = (await clients().ok(SIGN_IN, input=credentials(account)))["token"]

    ended = await clients(mine).ok(REVOKE_OTHERS, input={})

    assert ended["viewer"] == {"sessions": [{"current": True}]}
    assert [await clients(token).ok(EMAIL) for token in others] == [None] * 3
    neighbour = small_school.classmates_guardian
    assert await clients(small_school.token(neighbour)).ok(EMAIL) == {"email": neighbour.email}


@pytest.mark.parametrize("how", ["this one", "all others"])
async def test_what_an_ended_session_follows_ends_with_it(
    clients: Clients, small_school: SmallSchool, database: Database, how: str
) -> None:
    town = small_school
    async with founding(database) as facts:
        lost = sign_in_token(facts, town.guardian)
    mine = clients(town.token(town.guardian))
    (wanted,) = [one["id"] for one in await sessions_of(clients, lost) if one["current"]]
    async with clients.live(lost) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(town.group))
        await started(feed)

        if how == "this one":
            await mine.ok(REVOKE_SESSION, input={"sessionId": wanted})
        else:
            await mine.ok(REVOKE_OTHERS, input={})

        assert (await feed.frame())["kind"] == "BYE"
        assert (await feed.message())["type"] == "complete"
        await live.acknowledged()
        with pytest.raises(Closed) as closed:
            await live.connection.message()
        assert closed.value.code == 4403


async def test_to_end_all_others_one_shows_again_who_one_is(
    clients: Clients, small_school: SmallSchool, clock: Clock
) -> None:
    mine = clients(small_school.token(small_school.guardian))
    clock.advance(seconds=FRESH.total_seconds() + 1)

    assert await mine.refused(REVOKE_OTHERS, input={}) == ["REAUTHENTICATION_REQUIRED"]

    clock.advance(seconds=-1)
    await mine.ok(REVOKE_OTHERS, input={})


async def test_who_has_no_name_yet_may_end_sessions_too(
    clients: Clients, small_school: SmallSchool, database: Database
) -> None:
    await amend(database, small_school.guardian, name="")
    mine = small_school.token(small_school.guardian)
    (own,) = await sessions_of(clients, mine)

    await clients(mine).ok(REVOKE_OTHERS, input={})
    await clients(mine).ok(REVOKE_SESSION, input={"sessionId": own["id"]})

    assert await clients(mine).ok(EMAIL) is None
