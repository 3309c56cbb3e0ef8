"""What hosts see of their day, what hosts who do not teach a group see of a child, and a teacher who is also a parent.

Source: f4 (around the talk, edge cases), MRD, SLT, BKG.
"""

from datetime import date, timedelta
from typing import Any

import pytest

import models
from models.database import Database
from tests.api.documents import ANYTHING
from tests.clients import Client, Clients
from tests.factories import LONG_AGO, YESTERDAY, SmallSchool, amend, enrol, founding, guardian, sign_in_token, staff
from tests.meetings.documents import BOOK, CANCEL_ROUND, MOVE, READ_TICKET, WRITE_NOTE
from tests.meetings.office import HOSTED, READ_PUPIL, THE_DAY, mark, planned, times
from tests.meetings.planning import DAY, announced, booked, plan, seen_by, slot_at, ticket_of, window, wish

Round = dict[str, Any]


@pytest.fixture
async def specialist(small_school: SmallSchool, database: Database) -> models.Person:
    """Somebody who works at the school and teaches no group."""
    async with founding(database) as facts:
        return staff(facts, small_school.school, name="Fatma Kaya")


@pytest.fixture
async def guest(specialist: models.Person, clients: Clients, database: Database) -> Client:
    """The same, signed in."""
    async with founding(database) as facts:
        return clients(sign_in_token(facts, specialist))


async def hosted(somebody: Client, on: date = THE_DAY) -> list[dict[str, Any]]:
    """The slots of a day that somebody hosts."""
    return (await somebody.ok(HOSTED, on=str(on)))["hostedSlots"]


def membership_of(town: SmallSchool, somebody: models.Person) -> models.Membership:
    """That somebody works at the school."""
    return models.Membership(
        school_id=town.school.id, person_id=somebody.id, role=models.Role.STAFF, valid_from=LONG_AGO
    )


# ------------------------------------------------------------------------------------------------ the day


async def test_a_host_sees_who_comes_when_and_what_about(
    small_school: SmallSchool, round_: Round, head: Client, teacher: Client, parent: Client, other_parent: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    mine, theirs = await seen_by(parent, round_), await seen_by(other_parent, round_)
    await mark(head, ticket_of(mine, town.noor), needsInterpreter=True)
    await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:20"), topics="Rekenen")
    await booked(other_parent, ticket_of(theirs, town.lina), slot_at(theirs, "14:00"))

    day = await hosted(teacher)

    assert (len(day), times(day)[:3]) == (12, ["14:00", "14:10", "14:20"])
    [talk] = [slot["booking"] for slot in day if slot["booking"]]
    assert (times([talk]), talk["topics"]) == (["14:20"], "Rekenen")
    assert talk["ticket"]["pupil"] == {"givenName": "Noor"}
    assert talk["ticket"]["guardians"] == [{"name": "Esra Yilmaz"}]
    assert talk["ticket"]["needsInterpreter"] is True


async def test_the_day_of_a_host_is_of_all_rounds_and_of_that_day_alone(
    small_school: SmallSchool, round_: Round, head: Client, teacher: Client, parent: Client
) -> None:
    town = small_school
    evening = await announced(head, town, windows=[window(town.teacher, begin="19:00", end="19:20")])
    draft = await plan(head, town, windows=[window(town.teacher, begin="20:00", end="20:10")])
    night = window(town.teacher, begin="00:00", end="00:10", day=DAY + timedelta(days=1))
    await plan(head, town, windows=[night])

    assert times(await hosted(teacher))[-3:] == ["19:00", "19:10", "20:00"]
    assert times(await hosted(teacher, THE_DAY + timedelta(days=1))) == ["00:00"]
    assert await hosted(teacher, THE_DAY - timedelta(days=1)) == []
    for somebody in (head, parent):
        assert await hosted(somebody) == []

    for gone in (evening, draft):
        await head.ok(CANCEL_ROUND, input={"roundId": gone["id"]})
    assert times(await hosted(teacher))[-1] == "15:50"


# ------------------------------------------------------------------------------------------------ a guest


async def test_a_host_who_does_not_teach_the_group_sees_the_talks_they_host_and_no_others(
    small_school: SmallSchool, specialist: models.Person, guest: Client, head: Client, parent: Client,
    classmates_parent: Client,
) -> None:  # fmt: skip
    town = small_school
    windows = [window(specialist, begin="09:00", end="10:00"), window(town.teacher)]
    round_ = await announced(head, town, groups=[town.group], windows=windows)
    assert (await seen_by(guest, round_))["tickets"] == []
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    with_guest = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "09:00"), topics="Lezen")
    elsewhere = await booked(classmates_parent, ticket_of(theirs, town.sam), slot_at(theirs, "14:00"))

    seen = await seen_by(guest, round_)

    assert [ticket["id"] for ticket in seen["tickets"]] == [with_guest["ticket"]["id"]]
    assert [slot["booking"]["id"] for slot in seen["slots"] if slot["booking"]] == [with_guest["id"]]
    for hidden in (elsewhere["id"], elsewhere["ticket"]["id"]):
        assert await guest.ok(ANYTHING, id=hidden) is None
    assert [len(window["hosts"]) for window in (await planned(guest, round_))["windows"]] == [1]

    await parent.ok(MOVE, input={"bookingId": with_guest["id"], "slotId": slot_at(mine, "14:30")})
    assert (await seen_by(guest, round_))["tickets"] == []
    for hidden in (with_guest["id"], with_guest["ticket"]["id"]):
        assert await guest.ok(ANYTHING, id=hidden) is None


async def test_of_a_child_such_a_host_sees_no_birth_date_and_of_the_guardians_no_address(
    small_school: SmallSchool, specialist: models.Person, guest: Client, head: Client, teacher: Client, parent: Client
) -> None:
    town = small_school
    round_ = await announced(head, town, groups=[town.group], windows=[window(specialist)])
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, town.noor)
    await booked(parent, ticket, slot_at(mine, "14:00"))

    told = await guest.ok(READ_PUPIL, id=ticket)
    known = await teacher.ok(READ_PUPIL, id=ticket)

    assert (told["pupil"]["givenName"], told["pupil"]["birthDate"]) == ("Noor", None)
    assert told["guardians"] == [{"name": "Esra Yilmaz", "email": None}]
    assert known["pupil"]["birthDate"] == "2018-03-14"
    assert known["guardians"] == [{"name": "Esra Yilmaz", "email": town.guardian.email}]
    assert await guest.ok(ANYTHING, id=mine["tickets"][0]["pupil"]["id"]) is None


async def test_who_is_no_host_any_more_at_the_school_sees_nothing(
    small_school: SmallSchool, specialist: models.Person, guest: Client, head: Client, parent: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    round_ = await announced(head, town, groups=[town.group], windows=[window(specialist)])
    mine = await seen_by(parent, round_)
    talk = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00"))
    note = {"ticketId": talk["ticket"]["id"], "text": "Bril?"}
    await guest.ok(WRITE_NOTE, input=note)
    await amend(database, membership_of(town, specialist), ended_at=YESTERDAY)

    for hidden in (round_["id"], talk["id"], talk["ticket"]["id"], talk["slot"]["id"]):
        assert await guest.ok(ANYTHING, id=hidden) is None
    assert await guest.refused(WRITE_NOTE, input=note) == ["NOT_FOUND"]
    assert await hosted(guest) == []


# ------------------------------------------------------------------------------------------------ both


async def test_a_teacher_who_is_a_parent_in_the_same_round_is_in_one_place_at_a_time(
    small_school: SmallSchool, head: Client, teacher: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.lina, somebody=town.teacher)
        zoe = enrol(facts, town.other_group, given_name="Zoe")
        guardian(facts, zoe, somebody=town.teacher)
    own = await announced(head, town)
    seen, mine = await seen_by(teacher, own), await seen_by(parent, own)
    noor, theirs = ticket_of(mine, town.noor), ticket_of(seen, zoe)

    await booked(teacher, theirs, slot_at(seen, "14:00", town.other_teacher))

    first, second = slot_at(mine, "14:00", town.teacher), slot_at(mine, "14:10", town.teacher)
    assert [slot["state"] for slot in (await seen_by(parent, own))["slots"][:2]] == ["BOOKED", "FREE"]
    assert await parent.refused(BOOK, input=wish((noor, first))) == ["SLOT_TAKEN"]

    await booked(parent, noor, second)
    lina = ticket_of(seen, town.lina)
    busy = slot_at(seen, "14:10", town.other_teacher)
    assert await teacher.refused(BOOK, input=wish((lina, busy))) == ["GUARDIAN_BUSY"]
    free_then = times((await teacher.ok(READ_TICKET, id=lina))["freeSlots"])
    assert (free_then[0], "14:10" in free_then) == ("14:20", False)
    await booked(teacher, lina, slot_at(seen, "14:20", town.other_teacher))


async def test_a_teacher_talks_about_their_own_child_with_themselves_and_the_other_parent(
    small_school: SmallSchool, head: Client, teacher: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.noor, somebody=town.teacher)
    round_ = await announced(head, town, groups=[town.group])

    mine = await seen_by(parent, round_)
    talk = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00", town.teacher))

    [slot] = [one for one in await hosted(teacher) if one["booking"]]
    assert slot["booking"]["id"] == talk["id"]
    assert [who["name"] for who in slot["booking"]["ticket"]["guardians"]] == ["Esra Yilmaz", "Joke Smit"]
