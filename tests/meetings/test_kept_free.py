"""A slot that the school keeps free: nobody books it, a talk in it is cancelled, and it can be opened again (f4)."""

from typing import Any

from models import MailKind
from models.database import Database
from tests.clients import Client
from tests.factories import SmallSchool
from tests.meetings.documents import BOOK, CANCEL_SLOT, READ_BOOKING, READ_SLOT, READ_TICKET, REOPEN_SLOT
from tests.meetings.office import READ_MARKS, mailed, mark, sequence_of, times
from tests.meetings.planning import booked, seen_by, slot_at, ticket_of, wish

Round = dict[str, Any]


async def test_a_slot_that_is_kept_free_is_shown_and_not_booked_until_it_is_opened_again(
    small_school: SmallSchool, round_: Round, teacher: Client, parent: Client, head: Client
) -> None:
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), slot_at(mine, "14:00")

    assert (await teacher.ok(CANCEL_SLOT, input={"slotId": slot}))["slot"] == {"id": slot, "state": "BLOCKED"}

    assert (await parent.ok(READ_SLOT, id=slot))["state"] == "BLOCKED"
    assert "14:00" not in times((await parent.ok(READ_TICKET, id=ticket))["freeSlots"])
    for somebody in (parent, head):
        assert await somebody.refused(BOOK, input=wish((ticket, slot))) == ["SLOT_TAKEN"]

    assert (await teacher.ok(REOPEN_SLOT, input={"slotId": slot}))["slot"] == {"id": slot, "state": "FREE"}
    await booked(parent, ticket, slot)


async def test_a_talk_in_it_is_cancelled_its_family_told_and_given_priority(
    small_school: SmallSchool, round_: Round, teacher: Client, parent: Client, classmates_parent: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    talk = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00"))
    await booked(classmates_parent, ticket_of(theirs, town.sam), slot_at(theirs, "14:10"))

    await teacher.ok(CANCEL_SLOT, input={"slotId": slot_at(mine, "14:00")})

    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["cancelledAt"] is not None
    ticket = await parent.ok(READ_MARKS, id=ticket_of(mine, town.noor))
    assert (ticket["state"], ticket["hasPriority"], ticket["booking"]) == ("INVITED", True, None)
    assert await mailed(database, town, MailKind.MEETING_CANCELLED) == [town.guardian.email]
    assert await sequence_of(database, town, town.noor) == [1]
    assert (await seen_by(classmates_parent, round_))["tickets"][0]["state"] == "BOOKED"


async def test_a_double_talk_goes_with_either_half(
    small_school: SmallSchool, round_: Round, teacher: Client, parent: Client
) -> None:
    ticket = ticket_of(await seen_by(parent, round_), small_school.noor)
    await mark(teacher, ticket, doubleLength=True)
    for half in ("14:00", "14:10"):
        seen = await seen_by(parent, round_)
        await booked(parent, ticket, slot_at(seen, "14:00"))

        await teacher.ok(CANCEL_SLOT, input={"slotId": slot_at(seen, half)})

        assert (await seen_by(parent, round_))["tickets"][0]["state"] == "INVITED"
        await teacher.ok(REOPEN_SLOT, input={"slotId": slot_at(seen, half)})


async def test_hosts_keep_their_own_slots_free_and_the_administration_anybodys(
    small_school: SmallSchool, round_: Round, head: Client, teacher: Client, other_teacher: Client, parent: Client,
    other_parent: Client,
) -> None:  # fmt: skip
    """Who sees a slot and may not do it is told so; for all others it is not there (SLT-02, SLT-03)."""
    slot = slot_at(await seen_by(head, round_), "14:00", small_school.teacher)
    for somebody in (other_teacher, parent):
        assert (await somebody.ok(READ_SLOT, id=slot))["id"] == slot
    told = {}
    for operation in (CANCEL_SLOT, REOPEN_SLOT):
        for name, somebody in (("colleague", other_teacher), ("guardian", parent), ("stranger", other_parent)):
            told[name, operation] = await somebody.refused(operation, input={"slotId": slot})
        for somebody in (teacher, head):
            await somebody.ok(operation, input={"slotId": slot})
    assert [told[name, CANCEL_SLOT] for name in ("colleague", "guardian", "stranger")] == [
        ["FORBIDDEN"],
        ["FORBIDDEN"],
        ["NOT_FOUND"],
    ]
    assert {name: told[name, REOPEN_SLOT] for name, _ in told} == {name: told[name, CANCEL_SLOT] for name, _ in told}
