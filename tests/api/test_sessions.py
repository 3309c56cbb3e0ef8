"""Sessions end: by signing out, unused, in time, and when somebody is blocked (R1, R2)."""

from datetime import datetime, timedelta
from http.cookies import SimpleCookie

import pytest

import models
from models import ClientKind, Role
from models.database import Database
from resolvers.passwords import hash_password
from tests.api.documents import (
    ADD_COMMENT,
    ANYTHING,
    EMAIL,
    SIGN_IN,
    SIGN_OUT,
)
from tests.api.steps import (
    PASSWORD,
    credentials,
    stored,
)
from tests.clients import BEFORE_SCHOOL, Clients, Clock
from tests.factories import (
    FAR_AHEAD,
    SmallSchool,
    amend,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    join,
    person,
    post,
    sign_in_token,
)


async def test_signing_out_ends_this_session_and_no_other(
    clients: Clients, account: models.Person, small_school: SmallSchool
) -> None:
    first, second = [(await clients().ok(SIGN_IN, input=credentials(account)))["token"] for _ in range(2)]
    assert first != second

    assert await clients(first).ok(SIGN_OUT) == {"signedOut": True}

    assert await clients(first).ok(EMAIL) is None
    assert await clients(first).refused(ANYTHING, id=id_of(small_school.noor)) == ["UNAUTHENTICATED"]
    assert await clients(second).ok(ANYTHING, id=id_of(small_school.noor)) == {"id": id_of(small_school.noor)}


async def test_signing_out_takes_the_cookie_and_what_the_browser_kept(clients: Clients, account: models.Person) -> None:
    browser = clients.browser()
    await browser.ok(SIGN_IN, input=credentials(account, client="WEB"))
    kept = browser.http.cookies["sp"]

    answered = await browser.ask(SIGN_OUT)

    (cookie,) = SimpleCookie(answered.raw.headers["set-cookie"]).values()
    assert (cookie.key, cookie.value, cookie["max-age"], cookie["path"]) == ("sp", "", "0", "/")
    assert "storage" in answered.raw.headers["clear-site-data"]
    assert "sp" not in browser.http.cookies
    assert await clients(kept).ok(EMAIL) is None


async def test_who_has_no_session_can_sign_out_without_harm(clients: Clients) -> None:
    assert await clients().ok(SIGN_OUT) == {"signedOut": True}
    assert await clients("no-such-token").ok(SIGN_OUT) == {"signedOut": True}


@pytest.mark.parametrize(
    "gone",
    [
        {"expires_at": BEFORE_SCHOOL},
        {"idle_until": BEFORE_SCHOOL},
        {"revoked_at": BEFORE_SCHOOL},
    ],
    ids=["expired", "idle", "revoked"],
)
async def test_a_session_that_has_ended_opens_nothing(
    small_school: SmallSchool, clients: Clients, database: Database, gone: dict[str, datetime]
) -> None:
    town = small_school
    async with founding(database) as facts:
        ended = sign_in_token(facts, town.guardian, **gone)
        under = id_of(post(facts, town.teacher, town.group))
        lasting = sign_in_token(facts, town.guardian)
    assert await clients(lasting).ok(ANYTHING, id=under) == {"id": under}

    for token in (ended, "made-up", None):
        client = clients(token)
        assert await client.ok(EMAIL) is None
        assert await client.refused(ANYTHING, id=under) == ["UNAUTHENTICATED"]
        assert await client.refused(ADD_COMMENT, input={"postId": under, "body": "Hallo"}) == ["UNAUTHENTICATED"]
    assert await stored(database, models.Comment, school_id=town.school.id) == 0


LIVES = [
    ("guardian", ClientKind.WEB, timedelta(days=7), timedelta(days=30)),
    ("guardian", ClientKind.APP, timedelta(days=60), timedelta(days=180)),
    ("teacher", ClientKind.WEB, timedelta(hours=1), timedelta(hours=12)),
    ("teacher", ClientKind.APP, timedelta(days=30), timedelta(days=30)),
    ("admin", ClientKind.WEB, timedelta(hours=1), timedelta(hours=12)),
]


async def _token(clients: Clients, database: Database, somebody: models.Person, kind: ClientKind) -> str:
    await amend(database, somebody, password_hash=await hash_password(PASSWORD))
    client = clients.browser()
    token = (await client.ok(SIGN_IN, input=credentials(somebody, client=kind.value)))["token"]
    return token or client.http.cookies["sp"]


@pytest.mark.parametrize(("who", "kind", "idle", "absolute"), LIVES)
async def test_a_session_without_use_ends(
    small_school: SmallSchool,
    clients: Clients,
    clock: Clock,
    database: Database,
    who: str,
    kind: ClientKind,
    idle: timedelta,
    absolute: timedelta,
) -> None:
    somebody = getattr(small_school, who)
    client = clients(await _token(clients, database, somebody, kind))
    begin = clock.now

    clock.stand_at(begin + idle - timedelta(seconds=1))
    assert await client.ok(EMAIL) == {"email": somebody.email}

    clock.stand_at(begin + idle * 2)  # since the last use, unless its life as a whole ended earlier
    assert await client.ok(EMAIL) is None


@pytest.mark.parametrize(("who", "kind", "idle", "absolute"), LIVES)
async def test_a_session_in_use_lasts_until_its_life_has_ended(
    small_school: SmallSchool,
    clients: Clients,
    clock: Clock,
    database: Database,
    who: str,
    kind: ClientKind,
    idle: timedelta,
    absolute: timedelta,
) -> None:
    somebody = getattr(small_school, who)
    client = clients(await _token(clients, database, somebody, kind))
    end = clock.now + absolute

    while clock.now + idle * 0.6 < end:
        clock.stand_at(clock.now + idle * 0.6)
        assert await client.ok(EMAIL) == {"email": somebody.email}
    clock.stand_at(end - timedelta(seconds=1))
    assert await client.ok(EMAIL) == {"email": somebody.email}

    clock.stand_at(end)
    assert await client.ok(EMAIL) is None


async def test_who_is_blocked_is_out_at_once_everywhere_they_were_blocked(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        elsewhere = found_school(facts, name="De Klimop")
        child = enrol(facts, found_group(facts, elsewhere))
        here = join(facts, town.school.id, both := person(facts), Role.GUARDIAN)
        guardian(facts, town.noor, child, somebody=both)
        token = sign_in_token(facts, both)
        there = models.Membership(
            school_id=elsewhere.id, person_id=both.id, role=Role.GUARDIAN, valid_from=here.valid_from
        )
    client = clients(token)
    assert await client.ok(ANYTHING, id=id_of(town.noor)) == {"id": id_of(town.noor)}

    await amend(database, here, blocked_at=clock.now)
    assert await client.ok(ANYTHING, id=id_of(town.noor)) is None
    assert await client.ok(ANYTHING, id=id_of(child)) == {"id": id_of(child)}
    await amend(database, there, blocked_at=clock.now)
    assert await client.ok(EMAIL) is None
    assert await client.refused(ANYTHING, id=id_of(child)) == ["UNAUTHENTICATED"]


async def test_a_session_is_put_off_at_most_until_its_end(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    async with founding(database) as facts:
        soon = clock.now + timedelta(hours=1)
        client = clients(sign_in_token(facts, small_school.guardian, expires_at=soon, idle_until=FAR_AHEAD))

    clock.advance(minutes=30)
    assert await client.ok(EMAIL) == {"email": small_school.guardian.email}

    clock.advance(minutes=30)
    assert await client.ok(EMAIL) is None
