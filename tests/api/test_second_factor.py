"""The second factor at the door: who has one shows it, and staff without one are no staff where one is needed."""

import asyncio
from datetime import timedelta

import pytest

import models
from models.database import Database
from schoolplein.app import create_app
from schoolplein.settings import Settings
from tests.api.documents import ANYTHING, VIEWER
from tests.api.factors import (
    COMPLETE_SIGN_IN,
    MY_FACTORS,
    SIGN_IN,
    App,
    add_app,
    challenged,
    refusal,
    with_password,
)
from tests.api.steps import NOTHING, credentials, stored
from tests.clients import Clients, Clock, serving
from tests.factories import SmallSchool, founding, guardian, id_of, sign_in_token
from tests.facts import A_RING, YESTERDAY

ABSENCES = "subscription($id: ID!) { absenceFeed(groupId: $id) { kind } }"
POSTS = "subscription($id: ID!) { postFeed(groupId: $id) { kind } }"


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An installation where staff need a second factor."""
    return Settings(database_url=database_url, secret_keys=A_RING, staff_second_factor=True, pool_size=4)


@pytest.fixture
async def juf(small_school: SmallSchool, database: Database) -> models.Person:
    """The teacher of the first group, whose own child is in the second; with a password."""
    async with founding(database) as facts:
        guardian(facts, small_school.lina, somebody=small_school.teacher)
    return await with_password(database, small_school.teacher)


@pytest.fixture
async def app_of_juf(juf: models.Person, small_school: SmallSchool, clients: Clients, clock: Clock) -> App:
    """Her authenticator app."""
    return await add_app(clients(small_school.token(juf)), clock)


# ------------------------------------------------------------------------------------------------ rights of staff


async def test_a_teacher_with_a_password_alone_is_a_parent_and_with_the_factor_both(
    small_school: SmallSchool, clients: Clients, clock: Clock, juf: models.Person
) -> None:
    town = small_school
    token = (await clients().ok(SIGN_IN, input=credentials(juf)))["token"]
    client = clients(token)
    taught, own_childs = id_of(town.group), id_of(town.other_group)

    before = await client.ok(MY_FACTORS)
    assert (before["needsSecondFactor"], before["groups"]) == (True, [{"id": own_childs}])
    assert await client.ok(ANYTHING, id=taught) is None
    assert await client.ok(ANYTHING, id=id_of(town.noor)) is None
    assert await client.ok(ANYTHING, id=id_of(town.lina)) == {"id": id_of(town.lina)}
    assert {one["role"] for one in (await client.ok(VIEWER))["memberships"]} == {"STAFF", "GUARDIAN"}

    await add_app(client, clock)

    after = await client.ok(MY_FACTORS)
    assert (after["needsSecondFactor"], after["groups"]) == (False, [{"id": taught}, {"id": own_childs}])
    assert await client.ok(ANYTHING, id=id_of(town.noor)) == {"id": id_of(town.noor)}


async def test_feeds_of_the_taught_group_open_with_the_factor_on_the_same_connection(
    small_school: SmallSchool, clients: Clients, clock: Clock, juf: models.Person
) -> None:
    town = small_school
    token = (await clients().ok(SIGN_IN, input=credentials(juf)))["token"]
    taught, own_childs = id_of(town.group), id_of(town.other_group)

    async with clients.live(token) as live:
        own = await live.subscribe(POSTS, id=own_childs)
        assert (await own.frame())["kind"] == "START"
        assert await (await live.subscribe(ABSENCES, id=taught)).refused() == ["NOT_FOUND"]
        await add_app(clients(token), clock)
        assert (await (await live.subscribe(ABSENCES, id=taught)).frame())["kind"] == "START"


async def test_where_no_factor_is_needed_everything_stays_as_it_was(
    small_school: SmallSchool, clock: Clock, juf: models.Person, database_url: str
) -> None:
    settings = Settings(database_url=database_url, staff_second_factor=False, pool_size=2)
    async with serving(create_app(settings), clock) as app, Clients(app) as clients:
        token = (await clients().ok(SIGN_IN, input=credentials(juf)))["token"]
        seen = await clients(token).ok(MY_FACTORS)

    assert seen["needsSecondFactor"] is False
    assert seen["groups"] == [{"id": id_of(small_school.group)}, {"id": id_of(small_school.other_group)}]


async def test_guardians_need_no_factor_and_staff_with_one_need_no_other(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        shown = sign_in_token(facts, town.admin, second_factor=True)
    tokens = {"parent": town.token(town.guardian), "head": town.token(town.admin), "head with factor": shown}

    needs = {who: (await clients(token).ok(MY_FACTORS))["needsSecondFactor"] for who, token in tokens.items()}

    assert needs == {"parent": False, "head": True, "head with factor": False}


# ------------------------------------------------------------------------------------------------ signing in


async def test_the_password_alone_opens_no_session_and_the_code_does(
    clients: Clients, juf: models.Person, app_of_juf: App, small_school: SmallSchool, clock: Clock
) -> None:
    answered = await clients().ask(SIGN_IN, input=credentials(juf))

    assert not answered.errors
    assert answered.data is not None
    told = answered.data["signIn"]
    asked = told["secondFactor"]
    assert (told["token"], told["viewer"]) == (None, None)
    assert asked["kinds"] == ["AUTHENTICATOR_APP", "RECOVERY_CODE"]
    assert asked["expiresAt"] == (clock.now + timedelta(minutes=5)).isoformat()
    assert await clients(asked["token"]).ok("{ viewer { email } }") is None

    done = await clients().ok(COMPLETE_SIGN_IN, input={"challenge": asked["token"], "code": app_of_juf.code()})
    assert (done["viewer"], done["secondFactor"]) == ({"email": juf.email, "needsSecondFactor": False}, None)
    group = id_of(small_school.group)
    assert await clients(done["token"]).ok(ANYTHING, id=group) == {"id": group}


async def test_a_browser_gets_its_cookie_with_the_code(clients: Clients, juf: models.Person, app_of_juf: App) -> None:
    browser = clients.browser()

    answered = await browser.ask(SIGN_IN, input=credentials(juf, client="WEB"))
    assert "set-cookie" not in answered.raw.headers
    token = (answered.data or {})["signIn"]["secondFactor"]["token"]
    done = await browser.ok(COMPLETE_SIGN_IN, input={"challenge": token, "code": app_of_juf.code()})

    assert (done["token"], done["viewer"]["email"]) == (None, juf.email)
    assert await browser.ok("{ viewer { email } }") == {"email": juf.email}


async def test_a_cookie_can_not_be_given_on_a_socket_and_a_token_can(
    clients: Clients, juf: models.Person, app_of_juf: App, small_school: SmallSchool
) -> None:
    challenge = (await clients.browser().ok(SIGN_IN, input=credentials(juf, client="WEB")))["secondFactor"]["token"]
    asked = [{"challenge": token} for token in (challenge, await challenged(clients, juf))]
    answers = []

    async with clients.live(small_school.token(juf)) as live:
        for attempt in asked:
            feed = await live.subscribe(COMPLETE_SIGN_IN, input={**attempt, "code": app_of_juf.code()})
            answers.append((await feed.message())["payload"]["data"]["completeSignIn"])

    for_web, for_app = answers
    assert for_web["errors"] == [{"code": "INVALID_CODE", "path": ["input", "challenge"]}]
    assert (for_app["errors"], for_app["viewer"]["email"]) == ([], juf.email)


async def test_a_guardian_who_has_added_a_factor_is_asked_for_it_too(
    clients: Clients, small_school: SmallSchool, account: models.Person, clock: Clock
) -> None:
    app = await add_app(clients(small_school.token(account)), clock)

    token = await challenged(clients, account)

    done = await clients().ok(COMPLETE_SIGN_IN, input={"challenge": token, "code": app.code()})
    assert done["viewer"]["email"] == account.email


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_clock_may_be_half_a_minute_off_and_no_more(
    clients: Clients, juf: models.Person, app_of_juf: App, clock: Clock, steps: int, *, taken: bool
) -> None:
    clock.advance(minutes=2)
    attempt = {"challenge": await challenged(clients, juf), "code": app_of_juf.code(steps=steps)}

    answered = await clients().ask(COMPLETE_SIGN_IN, input=attempt)

    assert answered.codes == ([] if taken else ["INVALID_CODE"])


async def test_a_code_is_taken_once_and_so_is_none_before_it(
    clients: Clients, juf: models.Person, app_of_juf: App
) -> None:
    code, earlier = app_of_juf.code(), app_of_juf.code(steps=-1)
    first, second = [await challenged(clients, juf) for _ in range(2)]
    await clients().ok(COMPLETE_SIGN_IN, input={"challenge": first, "code": code})

    for used in (code, earlier):
        answer = await refusal(clients(), COMPLETE_SIGN_IN, input={"challenge": second, "code": used})
        assert answer == ("INVALID_CODE", ["input", "code"])

    assert await clients().ok(COMPLETE_SIGN_IN, input={"challenge": second, "code": app_of_juf.next_code()})


async def test_of_many_who_show_one_code_at_once_one_gets_in(
    clients: Clients, juf: models.Person, app_of_juf: App, database: Database
) -> None:
    before = await stored(database, models.Session, person_id=juf.id)
    attempts = [{"challenge": await challenged(clients, juf), "code": app_of_juf.code()} for _ in range(4)]

    answers = await asyncio.gather(*(clients().ask(COMPLETE_SIGN_IN, input=attempt) for attempt in attempts))

    assert sorted(answer.codes for answer in answers) == [[], *[["INVALID_CODE"]] * 3]
    assert await stored(database, models.Session, person_id=juf.id) == before + 1


async def test_a_challenge_opens_one_session(clients: Clients, juf: models.Person, app_of_juf: App) -> None:
    token = await challenged(clients, juf)
    codes = app_of_juf.recovery_codes[:3]

    answers = await asyncio.gather(
        *(clients().ask(COMPLETE_SIGN_IN, input={"challenge": token, "recoveryCode": code}) for code in codes)
    )

    assert sorted(answer.codes for answer in answers) == [[], ["INVALID_CODE"], ["INVALID_CODE"]]


# ------------------------------------------------------------------------------------------------ wrong codes


@pytest.mark.parametrize(("wrong", "gets_in"), [(4, True), (5, False)])
async def test_after_five_wrong_codes_a_challenge_is_dead(
    clients: Clients, juf: models.Person, app_of_juf: App, wrong: int, *, gets_in: bool
) -> None:
    token = await challenged(clients, juf)
    for _ in range(wrong):
        attempt = {"challenge": token, "code": app_of_juf.wrong_code()}
        assert await refusal(clients(), COMPLETE_SIGN_IN, input=attempt) == ("INVALID_CODE", ["input", "code"])

    answered = await clients().ask(COMPLETE_SIGN_IN, input={"challenge": token, "code": app_of_juf.code()})

    assert answered.codes == ([] if gets_in else ["INVALID_CODE"])
    if not gets_in:  # neither is there a way around it with another challenge
        assert answered.errors[0]["path"] == ["input", "challenge"]
        again = {"challenge": await challenged(clients, juf), "code": app_of_juf.next_code()}
        assert await clients().refused(COMPLETE_SIGN_IN, input=again) == ["RATE_LIMITED"]


@pytest.mark.parametrize(("minutes", "gets_in"), [(4.9, True), (5, False)])
async def test_a_challenge_is_over_after_five_minutes(
    clients: Clients, juf: models.Person, app_of_juf: App, clock: Clock, minutes: float, *, gets_in: bool
) -> None:
    token = await challenged(clients, juf)
    clock.advance(minutes=minutes)

    answered = await clients().ask(COMPLETE_SIGN_IN, input={"challenge": token, "code": app_of_juf.code()})

    assert answered.codes == ([] if gets_in else ["INVALID_CODE"])


async def test_a_challenge_that_never_was_and_one_without_any_code_are_refused(
    clients: Clients, juf: models.Person, app_of_juf: App
) -> None:
    unknown = {"challenge": NOTHING, "code": app_of_juf.code()}
    assert await refusal(clients(), COMPLETE_SIGN_IN, input=unknown) == ("INVALID_CODE", ["input", "challenge"])

    empty = {"challenge": await challenged(clients, juf)}
    assert await refusal(clients(), COMPLETE_SIGN_IN, input=empty) == ("REQUIRED", ["input", "code"])
    assert await clients().ok(COMPLETE_SIGN_IN, input=empty | {"code": app_of_juf.code()})


async def test_who_is_blocked_in_between_does_not_get_in(
    clients: Clients, juf: models.Person, app_of_juf: App, database: Database
) -> None:
    sessions = await stored(database, models.Session, person_id=juf.id)
    token = await challenged(clients, juf)
    await database.fetch("update membership set blocked_at = $1 where person_id = $2", [YESTERDAY, juf.id])

    attempt = {"challenge": token, "code": app_of_juf.code()}
    assert await refusal(clients(), COMPLETE_SIGN_IN, input=attempt) == ("INVALID_CODE", ["input", "challenge"])
    assert await stored(database, models.Session, person_id=juf.id) == sessions


async def test_the_password_is_still_needed(clients: Clients, juf: models.Person, app_of_juf: App) -> None:
    wrong = credentials(juf, password=app_of_juf.code())

    assert await clients().refused(SIGN_IN, input=wrong) == ["INVALID_CREDENTIALS"]
    assert await challenged(clients, juf)
