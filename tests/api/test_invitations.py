"""Invitations: the school lets a guardian in after the first school day, by mail (R3, R6, INV)."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

import models
from models import InvitationState
from models.database import Database
from resolvers.invitations import send_due
from tests.api.admitting import (
    ACCEPT,
    CARD,
    INVITE,
    READ_INVITATION,
    RESEND,
    REVOKE,
    acceptance,
    address,
    by_itself,
    invitation_for,
    invited,
    letter_to,
)
from tests.api.documents import GROUP
from tests.api.steps import stored
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool, amend, enrol, found_school, founding, id_of
from tests.letters import letters_to, secret_of


async def test_an_invited_parent_reads_the_childs_group_and_the_school(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    invitation = (await head.ok(INVITE, input=invitation_for(small_school.sam)))["invitation"]
    letter = await letter_to(database, clock, address(small_school.school.id))

    assert (invitation["state"], invitation["role"], invitation["pupil"]) == ("SENT", "GUARDIAN", {"givenName": "Sam"})
    assert letter.values["child"] == "Sam"
    assert small_school.sam.family_name not in str(letter)
    signed_in = await clients().ok(ACCEPT, input=acceptance(letter))

    assert signed_in["viewer"]["children"] == [{"givenName": "Sam"}]
    group = await clients(signed_in["token"]).ok(GROUP, id=id_of(small_school.group))
    assert group["name"] == small_school.group.name
    assert (await head.ok(READ_INVITATION, id=invitation["id"]))["state"] == "ACCEPTED"


async def test_before_the_first_school_day_nobody_is_invited(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        first_day = datetime(2026, 9, 21, tzinfo=UTC)
        soon = enrol(facts, small_school.group, given_name="Pim", birth_date=date(2022, 9, 15), since=first_day)

    assert await head.refused(INVITE, input=invitation_for(soon)) == ["ENROLMENT_NOT_STARTED"]
    clock.now = first_day
    await head.ok(INVITE, input=invitation_for(soon))


@pytest.mark.parametrize(
    ("born", "refused"),
    [
        (date(2022, 9, 14), []),
        (date(2022, 9, 15), []),
        (date(2022, 9, 16), ["PUPIL_UNDER_FOUR"]),
        (None, ["BIRTH_DATE_MISSING"]),
    ],
    ids=["day before", "birthday", "day after", "not recorded"],
)
async def test_a_parent_is_invited_from_the_fourth_birthday_of_the_child_on(
    small_school: SmallSchool, head: Client, database: Database, born: date | None, refused: list[str]
) -> None:
    await amend(database, small_school.sam, birth_date=born)

    answered = await head.ask(INVITE, input=invitation_for(small_school.sam))

    assert answered.codes == refused


async def test_an_invitation_for_later_is_sent_on_the_first_school_day_and_once(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        first_day = BEFORE_SCHOOL + timedelta(days=3)
        soon = enrol(facts, small_school.group, given_name="Pim", birth_date=date(2022, 9, 15), since=first_day)
    invitation = (await head.ok(INVITE, input=invitation_for(soon, sendWhenStarted=True)))["invitation"]
    assert (invitation["state"], invitation["delivery"]) == ("DRAFT", None)

    await send_due(by_itself(clients, first_day - timedelta(seconds=1)))
    assert await letters_to(database, address(small_school.school.id), clock.now) == []
    clock.now = first_day
    await asyncio.gather(*[send_due(by_itself(clients, clock.now)) for _ in range(3)])

    ((_, letter),) = await letters_to(database, address(small_school.school.id), clock.now)
    assert letter.values["child"] == "Pim"
    assert (await head.ok(READ_INVITATION, id=invitation["id"]))["state"] == "SENT"


async def test_the_link_alone_shows_the_school_and_its_rules_and_uses_nothing_up(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    wanted = await invited(head, database, clock, small_school.sam)

    for _ in range(3):  # a mail scanner, the parent, the parent once more
        card = await clients().ok(CARD, secret=wanted["token"])
        assert card["school"] == {"slug": small_school.school.slug, "name": small_school.school.name}

    assert await clients().ok(CARD, secret="something-else") is None
    assert (await clients().ok(ACCEPT, input=wanted))["token"]
    assert await clients().ok(CARD, secret=wanted["token"]) is None


async def test_sending_it_again_voids_the_earlier_one(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    invitation = (await head.ok(INVITE, input=invitation_for(small_school.sam)))["invitation"]
    first = await letter_to(database, clock, address(small_school.school.id))
    await head.ok(RESEND, input={"invitationId": invitation["id"]})

    assert await clients().refused(ACCEPT, input=acceptance(first)) == ["INVALID_CODE"]
    assert (
        await clients().ok(ACCEPT, input=acceptance(await letter_to(database, clock, address(small_school.school.id))))
    )["token"]


async def test_inviting_the_same_address_again_is_sending_it_again(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    email = address(small_school.school.id)
    answers = await asyncio.gather(
        *[head.ok(INVITE, input=invitation_for(small_school.sam, email=name)) for name in (email, email.upper())]
    )

    assert len({answer["invitation"]["id"] for answer in answers}) == 1
    letters = [letter for _, letter in await letters_to(database, address(small_school.school.id), clock.now)]
    assert await clients().refused(ACCEPT, input=acceptance(letters[0])) == ["INVALID_CODE"]
    assert (await clients().ok(ACCEPT, input=acceptance(letters[1])))["token"]
    assert await stored(database, models.Invitation, pupil_id=small_school.sam.id) == 1


async def test_a_retry_of_the_office_sends_one_mail(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    wanted = invitation_for(small_school.sam, clientMutationId="one")

    first, second = [await head.ok(INVITE, input=wanted) for _ in range(2)]

    assert first == second
    assert len(await letters_to(database, address(small_school.school.id), clock.now)) == 1


async def test_who_is_a_guardian_already_is_not_invited(small_school: SmallSchool, head: Client) -> None:
    again = invitation_for(small_school.noor, email=small_school.guardian.email.upper())

    assert await head.refused(INVITE, input=again) == ["ALREADY_MEMBER"]
    await head.ok(INVITE, input=again | {"pupilId": id_of(small_school.sam)})


async def test_what_is_taken_back_can_not_be_used_or_sent_again(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock
) -> None:
    invitation = (await head.ok(INVITE, input=invitation_for(small_school.sam)))["invitation"]
    letter = await letter_to(database, clock, address(small_school.school.id))
    revoked = (await head.ok(REVOKE, input={"invitationId": invitation["id"]}))["invitation"]

    assert revoked["state"] == "REVOKED"
    assert await clients().refused(ACCEPT, input=acceptance(letter)) == ["INVALID_CODE"]
    assert await head.refused(REVOKE, input={"invitationId": invitation["id"]}) == ["INVALID"]
    assert await head.refused(RESEND, input={"invitationId": invitation["id"]}) == ["INVALID"]
    await head.ok(INVITE, input=invitation_for(small_school.sam))


async def test_an_invitation_that_was_taken_back_before_it_went_out_is_not_mailed(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    invitation = (await head.ok(INVITE, input=invitation_for(small_school.sam)))["invitation"]
    await head.ok(REVOKE, input={"invitationId": invitation["id"]})

    assert await letters_to(database, address(small_school.school.id), clock.now) == []


async def test_the_database_keeps_hashes_and_no_secret(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    await head.ok(INVITE, input=invitation_for(small_school.sam))
    letter = await letter_to(database, clock, address(small_school.school.id))

    rows = await database.fetch("select i::text from invitation i where email = $1", [address(small_school.school.id)])
    kept = "".join(row[0] for row in rows)
    assert kept
    assert secret_of(letter) not in kept
    assert letter.values["code"] not in kept


async def test_the_office_of_another_school_knows_nothing_of_it(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database
) -> None:
    invitation = (await head.ok(INVITE, input=invitation_for(small_school.sam)))["invitation"]
    async with founding(database) as facts:
        other = found_school(facts, name="De Vlinder")
    assert other.id != small_school.school.id
    teacher = clients(small_school.token(small_school.teacher))

    for document in (REVOKE, RESEND):
        assert await teacher.refused(document, input={"invitationId": invitation["id"]}) == ["NOT_FOUND"]
    assert await teacher.refused(INVITE, input=invitation_for(small_school.sam)) == ["FORBIDDEN"]
    assert await teacher.ok(READ_INVITATION, id=invitation["id"]) is None
    assert (
        await stored(
            database, models.Invitation, state=InvitationState.SENT.value, email=address(small_school.school.id)
        )
        >= 1
    )
