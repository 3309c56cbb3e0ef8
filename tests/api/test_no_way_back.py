"""Who is out stays out: no older paper lets anybody back in, and nobody lets themselves in (R2, GUA-06, MEM-03)."""

from datetime import date, timedelta
from typing import Any

import pytest

import models
from models import MailKind, Role
from models.database import Database
from resolvers.passwords import hash_password
from tests.api.admitting import (
    ACCEPT,
    ACTIVATE,
    CONFIRM_CHILD,
    INVITE,
    INVITE_STAFF,
    PASSWORD,
    VERIFY,
    acceptance,
    activation,
    address,
    invitation_for,
    invited,
    kinds_to,
    letter_to,
    only_request,
    pending,
    verifying,
)
from tests.api.documents import EDIT_POST, PUBLISH_POST, SIGN_IN
from tests.api.office import END_GUARDIANSHIP, END_MEMBERSHIP, PUBLISH_HOUSE_RULES, SET_MEMBER_BLOCKED, WHY, at
from tests.api.steps import credentials, stored, to_group
from tests.clients import Client, Clients, Clock
from tests.factories import (
    SmallSchool,
    admin,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    join,
    person,
    sign_in_token,
)


@pytest.fixture
async def newcomer(small_school: SmallSchool, database: Database) -> models.Person:
    """Somebody with an account at the address to which these tests send mails, and with a child there."""
    async with founding(database) as facts:
        email, hashed = address(small_school.school.id), await hash_password(PASSWORD)
        return guardian(facts, small_school.lina, name="Femke de Groot", email=email, password_hash=hashed)


def _ending(town: SmallSchool, pupil: models.Pupil, somebody: models.Person) -> dict[str, Any]:
    return {"pupilId": id_of(pupil), "personId": id_of(somebody), **WHY}


async def test_an_invitation_that_is_still_open_ends_with_the_guardianship(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, newcomer: models.Person
) -> None:
    town = small_school
    early = await invited(head, database, clock, town.sam)
    async with founding(database) as facts:
        guardian(facts, town.sam, somebody=newcomer)
    await head.ok(END_GUARDIANSHIP, input=_ending(town, town.sam, newcomer))

    assert await clients().refused(ACCEPT, input=early) == ["INVALID_CODE"]
    again = await invited(head, database, clock, town.sam)
    assert (await clients().ok(ACCEPT, input=again))["token"]


async def test_a_code_that_is_still_open_ends_with_the_guardianship(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, newcomer: models.Person
) -> None:
    town = small_school
    await pending(clients, database, clock, town.school, ("Sam Jansen", date(2018, 3, 14)))
    await head.ok(VERIFY, input=verifying(await only_request(head, town.school), town.sam))
    letter = await letter_to(database, clock, newcomer.email)
    async with founding(database) as facts:
        guardian(facts, town.sam, somebody=newcomer)
    await head.ok(END_GUARDIANSHIP, input=_ending(town, town.sam, newcomer))

    assert await clients().refused(ACTIVATE, input=activation(town.school, letter)) == ["INVALID_CODE"]
    assert await stored(database, models.AccessRequest, school_id=town.school.id, status="REJECTED") == 1


async def test_a_dismissed_teacher_does_not_come_back_as_an_administrator(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    town, email = small_school, address(small_school.school.id)
    wanted = {"schoolId": id_of(town.school), "email": email, "name": "Femke de Groot"}
    await head.ok(INVITE_STAFF, input=wanted | {"role": "STAFF"})
    first = acceptance(await letter_to(database, clock, email))
    await head.ok(INVITE_STAFF, input=wanted | {"role": "ADMIN"})
    second = acceptance(await letter_to(database, clock, email))
    await clients().ok(ACCEPT, input=first)
    rows = await database.fetch("select id from person where email = $1", [email])
    dismissed = models.Person(id=rows[0][0], email=email, created_at=clock.now)

    await head.ok(END_MEMBERSHIP, input=at(town, dismissed, role="STAFF", **WHY))

    assert await clients().refused(ACCEPT, input=second) == ["INVALID_CODE"]


async def test_administrators_hear_of_one_who_comes_by_invitation(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    email = address(small_school.school.id)
    wanted = {"schoolId": id_of(small_school.school), "email": email, "name": "Femke de Groot", "role": "ADMIN"}
    await head.ok(INVITE_STAFF, input=wanted)
    await clients().ok(ACCEPT, input=acceptance(await letter_to(database, clock, email)))

    assert await kinds_to(database, small_school.admin.email, clock.now) == [MailKind.NEW_ADMINISTRATOR]


async def test_nobody_lets_themselves_in(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    town, mine = small_school, small_school.admin.email.upper()
    wanted = {"schoolId": id_of(town.school), "email": mine, "name": "Femke de Groot", "role": "STAFF"}

    assert await head.refused(INVITE_STAFF, input=wanted) == ["FORBIDDEN"]
    own = invitation_for(town.sam, email=mine)
    assert await head.refused(INVITE, input=own) == ["CONFLICT_OF_INTEREST"]
    other = await invited(head, database, clock, town.sam)
    own_hand = {"token": other["token"], "code": other["code"]}
    assert await head.refused(CONFIRM_CHILD, input=own_hand) == ["INVALID_CODE"]


async def test_two_administrators_who_end_each_other_leave_one_whatever_their_clocks_say(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        els = admin(facts, town.school, name="Els Bos")
        other = clients(sign_in_token(facts, els))
    clock.advance(seconds=1)
    await head.ok(END_MEMBERSHIP, input=at(town, els, role="ADMIN", **WHY))
    clock.advance(seconds=-1)  # the other one's request began before, and had to wait

    ending = at(town, town.admin, role="ADMIN", **WHY)
    assert await other.refused(END_MEMBERSHIP, input=ending) == ["LAST_ADMINISTRATOR"]


async def test_a_block_holds_at_its_school_and_as_long_as_there_is_something_to_block(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, newcomer: models.Person
) -> None:
    town = small_school
    await head.ok(SET_MEMBER_BLOCKED, input=at(town, newcomer, blocked=True, **WHY))
    wanted = await invited(head, database, clock, town.sam)
    assert await clients().refused(ACCEPT, input=wanted) == ["INVALID_CODE"]
    async with founding(database) as facts:
        elsewhere = found_school(facts, name="De Vlinder")
        child = enrol(facts, found_group(facts, elsewhere), given_name="Pim")
        other_head = clients(sign_in_token(facts, admin(facts, elsewhere)))
    there = await invited(other_head, database, clock, child, email=newcomer.email)
    assert (await clients().ok(ACCEPT, input=there))["token"]

    await head.ok(END_MEMBERSHIP, input=at(town, newcomer, role="GUARDIAN", **WHY))
    assert await kinds_to(database, newcomer.email, clock.now) == [MailKind.ACCESS_ENDED]
    anew = await invited(head, database, clock, town.sam)
    assert (await clients().ok(ACCEPT, input=anew))["token"]


async def test_wrong_passwords_at_the_door_are_counted_as_at_the_sign_in(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, newcomer: models.Person
) -> None:
    wanted = await invited(head, database, clock, small_school.sam)
    guesses = [wanted | {"password": f"een ander wachtwoord {number}"} for number in range(6)]

    codes = [await clients().refused(ACCEPT, input=guess) for guess in guesses]

    assert codes == [["INVALID_CREDENTIALS"]] * 5 + [["RATE_LIMITED"]]
    assert await clients().refused(SIGN_IN, input=credentials(newcomer, password=PASSWORD)) == ["RATE_LIMITED"]


async def test_the_mistakes_of_a_school_network_keep_no_right_code_out(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    here, wanted = clients.at("192.0.2.77"), await invited(head, database, clock, small_school.sam)
    for number in range(12):
        await here.ask(ACCEPT, input=wanted | {"token": f"no-such-token-{number}"})

    assert (await here.ok(ACCEPT, input=wanted))["token"]


async def test_a_guardian_who_may_not_know_hears_of_no_newcomer(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        shut_out = guardian(facts, town.sam, name="Rik Jansen", information_right=models.InformationRight.NONE)
        blocked = person(facts, name="Tom Jansen")
        join(facts, town.school.id, blocked, Role.GUARDIAN, blocked_at=clock.now - timedelta(days=1))
        guardian(facts, town.sam, somebody=blocked)
    await clients().ok(ACCEPT, input=await invited(head, database, clock, town.sam))

    assert await kinds_to(database, town.classmates_guardian.email, clock.now) == [MailKind.NEW_GUARDIAN]
    for untold in (shut_out, blocked):
        assert await kinds_to(database, untold.email, clock.now) == []


async def test_new_house_rules_are_asked_for_what_is_rewritten_too(
    small_school: SmallSchool, clients: Clients, head: Client
) -> None:
    teacher = clients(small_school.token(small_school.teacher))
    post = (await teacher.ok(PUBLISH_POST, input=to_group(small_school)))["post"]
    await head.ok(PUBLISH_HOUSE_RULES, input={"schoolId": id_of(small_school.school), "text": "Wees aardig."})

    assert await teacher.refused(EDIT_POST, input={"postId": post["id"], "body": "Iets anders."}) == [
        "RULES_NOT_ACCEPTED"
    ]
    await teacher.ok(EDIT_POST, input={"postId": post["id"], "commentsOpen": False})
