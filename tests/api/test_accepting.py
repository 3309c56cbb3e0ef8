"""Accepting an invitation: the mailed secret and the code of the same mail, once, into one account (f1, INV)."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

import models
from models import AuditEntry, Guardianship, MailKind, Person, Role
from models.database import Database
from resolvers.passwords import hash_password
from tests.api.admitting import (
    ACCEPT,
    CONFIRM_CHILD,
    INVITE,
    PASSWORD,
    RESEND,
    acceptance,
    address,
    invitation_for,
    invited,
    kinds_to,
    letter_to,
)
from tests.api.documents import GROUP, SIGN_IN, VIEWER
from tests.api.steps import stored
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, amend, founding, id_of, join, person, sign_in_token
from tests.letters import letters_to


async def test_fifty_at_once_make_one_account(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    wanted = await invited(head, database, clock, small_school.sam)

    answers = await asyncio.gather(*[clients().ask(ACCEPT, input=wanted) for _ in range(50)])

    assert sum(not answer.errors for answer in answers) == 1
    assert {code for answer in answers for code in answer.codes} <= {
        "INVALID_CODE",
        "RATE_LIMITED",
        "INVALID_CREDENTIALS",
    }
    assert await stored(database, Person, email=address(small_school.school.id)) == 1
    assert await stored(database, Guardianship, pupil_id=small_school.sam.id) == 2


async def test_a_used_an_unknown_and_a_foreign_secret_are_one_answer(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    used = await invited(head, database, clock, small_school.sam)
    await clients().ok(ACCEPT, input=used)
    other = await invited(head, database, clock, small_school.lina, email="b." + address(small_school.school.id))

    answers = [
        await clients().ask(ACCEPT, input=attempt)
        for attempt in (
            used,
            used | {"token": "x" * 43},
            used | {"code": other["code"]},
            other | {"code": used["code"]},
        )
    ]

    assert [answer.codes for answer in answers] == [["INVALID_CODE"]] * 4
    assert len({answer.raw.content for answer in answers}) == 1
    assert (await clients().ok(ACCEPT, input=other))["token"]


async def test_a_code_is_read_as_people_type_it(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    wanted = await invited(head, database, clock, small_school.sam)
    typed = f" {wanted['code'].replace('-', ' ').lower()} "

    assert (await clients().ok(ACCEPT, input=wanted | {"code": typed}))["token"]


async def test_five_wrong_codes_lock_an_invitation_until_the_office_sends_another(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    invitation = (await head.ok(INVITE, input=invitation_for(small_school.sam)))["invitation"]
    right = acceptance(await letter_to(database, clock, address(small_school.school.id)))
    wrong = right | {"code": "2222-2222"}

    codes = [await clients().refused(ACCEPT, input=wrong) for _ in range(5)]

    assert codes == [["INVALID_CODE"]] * 4 + [["CODE_LOCKED"]]
    assert await clients().refused(ACCEPT, input=right) == ["CODE_LOCKED"]
    resent = (await head.ok(RESEND, input={"invitationId": invitation["id"]}))["invitation"]
    assert resent["state"] == "SENT"
    another = acceptance(await letter_to(database, clock, address(small_school.school.id)))
    assert (await clients().ok(ACCEPT, input=another))["token"]


async def test_wrong_codes_are_counted_when_they_come_at_once(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    right = await invited(head, database, clock, small_school.sam)
    guesses = [right | {"code": f"2222-222{digit}"} for digit in "23456789"]

    await asyncio.gather(*[clients().ask(ACCEPT, input=guess) for guess in guesses])

    assert await clients().refused(ACCEPT, input=right) == ["CODE_LOCKED"]


@pytest.mark.parametrize(("after", "refused"), [(timedelta(days=14), ["CODE_EXPIRED"]), (timedelta(days=13), [])])
async def test_an_invitation_holds_for_fourteen_days(
    small_school: SmallSchool,
    head: Client,
    clients: Clients,
    database: Database,
    clock: Clock,
    after: timedelta,
    refused: list[str],
) -> None:
    wanted = await invited(head, database, clock, small_school.sam)
    clock.now += after

    assert (await clients().ask(ACCEPT, input=wanted)).codes == refused


@pytest.mark.parametrize("change", [{"birth_date": date(2022, 9, 16)}, {"birth_date": None}, {}], ids=str)
async def test_a_child_that_has_left_or_turned_out_younger_lets_nobody_in(
    small_school: SmallSchool,
    head: Client,
    clients: Clients,
    database: Database,
    clock: Clock,
    change: dict[str, Any],
) -> None:
    wanted = await invited(head, database, clock, small_school.sam)
    if change:
        await amend(database, small_school.sam, **change)
    else:
        await database.fetch("update enrolment set ended_at = $1 where pupil_id = $2", [clock.now, small_school.sam.id])

    assert await clients().refused(ACCEPT, input=wanted) == ["INVALID_CODE"]
    assert await stored(database, Person, email=address(small_school.school.id)) == 0


async def test_a_weak_password_and_old_rules_are_refused_and_use_nothing_up(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        facts.add(
            models.HouseRules(school_id=small_school.school.id, version=2, text="Wees aardig.", published_at=clock.now)
        )
    wanted = await invited(head, database, clock, small_school.sam)
    accepted = wanted | {"acceptHouseRulesVersion": 2}

    assert await clients().refused(ACCEPT, input=accepted | {"password": "welkom"}) == ["WEAK_PASSWORD"]
    for version in (0, 1, 3):
        attempt = wanted | {"acceptHouseRulesVersion": version}
        assert await clients().refused(ACCEPT, input=attempt) == ["RULES_NOT_ACCEPTED"]
    assert await stored(database, Person, email=address(small_school.school.id)) == 0
    assert (await clients().ok(ACCEPT, input=accepted))["token"]
    assert await stored(database, models.HouseRulesAcceptance, school_id=small_school.school.id, version=2) == 1


async def test_who_has_an_account_gets_the_child_into_it_and_no_second_one(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    first = await invited(head, database, clock, small_school.sam)
    await clients().ok(ACCEPT, input=first)
    await head.ok(INVITE, input=invitation_for(small_school.lina))
    letters = await letters_to(database, address(small_school.school.id), clock.now)
    assert [kind for kind, _ in letters] == [MailKind.CHILD_ADDED]
    second = acceptance(letters[0][1], name="Iemand Anders")

    other_password = second | {"password": "een heel ander wachtwoord"}
    assert await clients().refused(ACCEPT, input=other_password) == ["INVALID_CREDENTIALS"]
    signed_in = await clients().ok(ACCEPT, input=second)

    assert signed_in["viewer"]["person"]["name"] == "Femke de Groot"
    assert sorted(child["givenName"] for child in signed_in["viewer"]["children"]) == ["Lina", "Sam"]
    assert await stored(database, Person, email=address(small_school.school.id)) == 1


async def test_who_is_signed_in_confirms_that_it_is_their_child(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, parent: Client
) -> None:
    wanted = await invited(head, database, clock, small_school.lina)
    mine = {"token": wanted["token"], "code": wanted["code"]}

    assert await clients().refused(CONFIRM_CHILD, input=mine) == ["UNAUTHENTICATED"]
    assert await parent.refused(CONFIRM_CHILD, input=mine | {"code": "2222-2222"}) == ["INVALID_CODE"]
    once = mine | {"clientMutationId": "once"}
    viewer = (await parent.ok(CONFIRM_CHILD, input=once))["viewer"]
    assert (await parent.ok(CONFIRM_CHILD, input=once))["viewer"] == viewer

    assert sorted(child["givenName"] for child in viewer["children"]) == ["Lina", "Noor"]
    assert (await parent.ok(GROUP, id=id_of(small_school.other_group)))["name"] == small_school.other_group.name
    assert await parent.refused(CONFIRM_CHILD, input=mine) == ["INVALID_CODE"]


async def test_the_other_parents_with_authority_hear_of_it_unless_the_child_is_kept_safe(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    await clients().ok(ACCEPT, input=await invited(head, database, clock, small_school.sam))
    assert await kinds_to(database, small_school.classmates_guardian.email, clock.now) == [MailKind.NEW_GUARDIAN]

    await amend(database, small_school.noor, named_in_labels=False)
    quiet = await invited(head, database, clock, small_school.noor, email="c." + address(small_school.school.id))
    await clients().ok(ACCEPT, input=quiet)
    assert await kinds_to(database, small_school.guardian.email, clock.now) == []


async def test_a_blocked_member_is_not_let_in_by_another_invitation(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        email, hashed = address(small_school.school.id), await hash_password(PASSWORD)
        blocked = person(facts, name="Femke de Groot", email=email, password_hash=hashed)
        join(facts, small_school.school.id, blocked, Role.GUARDIAN, blocked_at=clock.now)
        token = sign_in_token(facts, blocked)
    wanted = await invited(head, database, clock, small_school.sam)

    assert await clients().refused(ACCEPT, input=wanted) == ["INVALID_CODE"]
    assert await clients(token).ok(VIEWER) is None
    assert await stored(database, Guardianship, person_id=blocked.id) == 0


async def test_a_name_is_a_name_and_no_line_of_a_mail(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    for name in ("Femke\r\nBcc: allen@mensen.example", "Femke\nde Groot", "", "x" * 121):
        assert await head.refused(INVITE, input=invitation_for(small_school.sam, name=name)) in (
            ["INVALID"],
            ["REQUIRED"],
            ["TOO_LONG"],
        )
    for email in ("geen adres", "a@b", "a@b.example\r\nBcc: c@d.example", "a b@c.example"):
        assert await head.refused(INVITE, input=invitation_for(small_school.sam, email=email)) == ["INVALID"]
    await head.ok(INVITE, input=invitation_for(small_school.sam, name="Anne-Fleur d'Hooghe"))


async def test_every_step_of_it_stands_in_the_audit_trail(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    signed_in = await clients().ok(ACCEPT, input=await invited(head, database, clock, small_school.sam))

    rows = await database.fetch(
        "select action from audit_entry where pupil_id = $1 order by at, id", [small_school.sam.id]
    )
    assert [row[0] for row in rows] == ["invite_guardian", "accept_invitation"]
    assert await stored(database, AuditEntry, action="accept_invitation", school_id=small_school.school.id) == 1
    wanted = {"email": signed_in["viewer"]["email"], "password": PASSWORD, "client": "APP"}
    assert (await clients().ok(SIGN_IN, input=wanted))["token"]
