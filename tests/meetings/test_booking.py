"""Booking a talk: by a family, for its own child, while the round is open; and nothing twice (f4, R8)."""

from typing import Any

from tests.clients import Client
from tests.factories import SmallSchool
from tests.meetings.documents import BOOK, CANCEL, MOVE, READ_BOOKING
from tests.meetings.planning import booked, free, seen_by, slot_at, ticket_of, wish


async def test_a_family_books_moves_and_cancels_its_talk(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    first, second = (slot["id"] for slot in free(mine)[:2])

    talk = await booked(parent, ticket_of(mine, small_school.noor), first, topics="Rekenen")

    assert (talk["topics"], talk["ticket"]["state"], talk["slot"]["state"]) == ("Rekenen", "BOOKED", "BOOKED")
    assert await classmates_parent.refused(BOOK, input=wish((ticket_of(theirs, small_school.sam), first))) == [
        "SLOT_TAKEN"
    ]
    assert [slot["booking"] for slot in (await seen_by(classmates_parent, round_))["slots"] if slot["id"] == first] == [
        None
    ]

    moved = (await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": second}))["booking"]
    assert (moved["id"], moved["slot"]["id"]) == (talk["id"], second)
    assert (await booked(classmates_parent, ticket_of(theirs, small_school.sam), first))["slot"]["id"] == first

    cancelled = await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    assert (cancelled["ticket"]["state"], cancelled["ticket"]["booking"]) == ("INVITED", None)
    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["cancelledAt"] is not None
    assert second in [slot["id"] for slot in free(await seen_by(parent, round_))]


async def test_a_slot_of_another_group_is_not_for_this_child(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, head: Client
) -> None:
    ticket = ticket_of(await seen_by(parent, round_), small_school.noor)
    elsewhere = slot_at(await seen_by(head, round_), "14:00", small_school.other_teacher)

    assert await parent.refused(BOOK, input=wish((ticket, elsewhere))) == ["NOT_FOUND"]
    assert await head.refused(BOOK, input=wish((ticket, elsewhere))) == ["FORBIDDEN"]
