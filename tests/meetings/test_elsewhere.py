"""Everybody is in one place at a time, whatever the round and in whatever capacity; other schools are theirs to see."""

from typing import Any

import pytest

import models
from models.database import Database
from tests.api.documents import node
from tests.clients import Client, Clients
from tests.factories import SmallSchool, found_small_school, founding, guardian, id_of
from tests.meetings.documents import BOOK, MOVE
from tests.meetings.families import child_of, states
from tests.meetings.planning import announced, booked, seen_by, slot_at, ticket_of, window, wish

CLASHES = node("MeetingBooking", "clashesElsewhere")


async def rounds_of(head: Client, town: SmallSchool, *hosts: models.Person) -> list[dict[str, Any]]:
    """Rounds of the first group at the same times, each with a host."""
    groups = [town.group]
    told = [window(host, groupIds=[id_of(town.group)]) for host in hosts]
    return [await announced(head, town, groups=groups, windows=[there]) for there in told]


async def test_a_host_is_in_one_place_in_two_rounds(
    small_school: SmallSchool, head: Client, parent: Client, classmates_parent: Client
) -> None:
    one, other = await rounds_of(head, small_school, small_school.teacher, small_school.teacher)
    mine, theirs = await seen_by(parent, one), await seen_by(classmates_parent, other)
    sams = ticket_of(theirs, small_school.sam)
    await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))

    there = slot_at(theirs, "14:30")
    assert states(await seen_by(classmates_parent, other))[there] == "BOOKED"
    assert await classmates_parent.refused(BOOK, input=wish((sams, there))) == ["SLOT_TAKEN"]
    assert await booked(classmates_parent, sams, slot_at(theirs, "14:40"))


async def test_a_guardian_is_in_one_place_in_two_rounds(
    small_school: SmallSchool, head: Client, parent: Client
) -> None:
    one, other = await rounds_of(head, small_school, small_school.teacher, small_school.other_teacher)
    first, second = await seen_by(parent, one), await seen_by(parent, other)
    await booked(parent, ticket_of(first, small_school.noor), slot_at(first, "14:30"))
    ticket, there = ticket_of(second, small_school.noor), slot_at(second, "14:30")

    assert await parent.refused(BOOK, input=wish((ticket, there))) == ["GUARDIAN_BUSY"]
    talk = await booked(parent, ticket, slot_at(second, "14:40"))
    assert await parent.refused(MOVE, input={"bookingId": talk["id"], "slotId": there}) == ["GUARDIAN_BUSY"]
    assert await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": slot_at(second, "14:20")})


@pytest.mark.parametrize("first", ["as a guardian", "as a host"])
async def test_a_teacher_who_is_a_guardian_is_in_one_place(
    small_school: SmallSchool,
    head: Client,
    teacher: Client,
    parent: Client,
    database: Database,
    first: str,
) -> None:
    own = await child_of(database, small_school.other_group, "Lot", small_school.teacher)
    round_ = await announced(head, small_school)
    seen, mine = await seen_by(head, round_), await seen_by(parent, round_)
    hosted = slot_at(seen, "14:30", small_school.teacher)
    visited = slot_at(seen, "14:30", small_school.other_teacher)
    as_guardian = (teacher, (ticket_of(seen, own), visited), "GUARDIAN_BUSY")
    as_host = (parent, (ticket_of(mine, small_school.noor), hosted), "SLOT_TAKEN")
    (one, pair, _), (other, refused, code) = (
        (as_guardian, as_host) if first == "as a guardian" else (as_host, as_guardian)
    )

    await booked(one, *pair)

    assert await other.refused(BOOK, input=wish(refused)) == [code]
    assert states(await seen_by(head, round_))[hosted] == "BOOKED"
    host = small_school.teacher if code == "SLOT_TAKEN" else small_school.other_teacher
    assert await booked(other, refused[0], slot_at(seen, "14:40", host))


async def test_duo_teachers_are_both_in_one_place(
    small_school: SmallSchool, head: Client, parent: Client, other_parent: Client
) -> None:
    both = window(small_school.teacher, small_school.other_teacher, groupIds=[id_of(small_school.group)])
    alone = window(small_school.other_teacher, groupIds=[id_of(small_school.other_group)])
    together, apart = [await announced(head, small_school, windows=[there]) for there in (both, alone)]
    mine, theirs = await seen_by(parent, together), await seen_by(other_parent, apart)
    await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))
    linas = ticket_of(theirs, small_school.lina)
    assert await other_parent.refused(BOOK, input=wish((linas, slot_at(theirs, "14:30")))) == ["SLOT_TAKEN"]
    assert await booked(other_parent, linas, slot_at(theirs, "14:40"))


async def test_a_talk_at_another_school_is_a_warning_to_that_guardian_alone(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients
) -> None:
    elsewhere = await found_small_school(database, name="De Vlinder")
    async with founding(database) as facts:
        guardian(facts, elsewhere.sam, somebody=small_school.guardian)
    others_head = clients(elsewhere.token(elsewhere.admin))
    here, there = await announced(head, small_school), await announced(others_head, elsewhere)
    mine, theirs = await seen_by(parent, here), await seen_by(parent, there)
    talk = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))
    assert await parent.ok(CLASHES, id=talk["id"]) == {"clashesElsewhere": False}

    other = await booked(parent, ticket_of(theirs, elsewhere.sam), slot_at(theirs, "14:30"))

    both = (talk["id"], other["id"])
    assert [await parent.ok(CLASHES, id=key) for key in both] == [{"clashesElsewhere": True}] * 2
    for school, key in ((head, talk["id"]), (others_head, other["id"])):
        assert await school.ok(CLASHES, id=key) == {"clashesElsewhere": False}
    father = clients(elsewhere.token(elsewhere.classmates_guardian))
    assert await father.ok(CLASHES, id=other["id"]) == {"clashesElsewhere": False}
    await parent.ok(MOVE, input={"bookingId": other["id"], "slotId": slot_at(theirs, "14:40")})
    assert [await parent.ok(CLASHES, id=key) for key in both] == [{"clashesElsewhere": False}] * 2
