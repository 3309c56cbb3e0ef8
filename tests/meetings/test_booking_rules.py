"""What can't be booked, beside what can; a request is done as a whole, or not at all (f4, BKG)."""

from typing import Any

import pytest

from models.database import Database
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, id_of
from tests.meetings.documents import BOOK, CANCEL, CANCEL_SLOT, READ_TICKET
from tests.meetings.families import child_of, mails, mark, parent_of, tickets_of
from tests.meetings.planning import announced, at, booked, free, pause, seen_by, slot_at, ticket_of, window, wish

READ_WHO = (
    "query($id: ID!) { node(id: $id) { ... on MeetingBooking { bookedBy { name } ticket { guardians { name } } } } }"
)


async def refusal(somebody: Client, *pairs: tuple[str, str]) -> list[tuple[str, str]]:
    """With what a request for talks is refused, and where in it."""
    answered = await somebody.ask(BOOK, input=wish(*pairs))
    assert answered.data == {"bookMeetings": {"bookings": None, "errors": answered.errors}}
    return [(error["code"], ".".join(error["path"][1:])) for error in answered.errors]


# ------------------------------------------------------------------------------------------------ for whom


async def test_nobody_books_for_a_child_of_others(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, teacher: Client, other_teacher: Client
) -> None:
    mine, all_ = await seen_by(parent, round_), await seen_by(teacher, round_)
    (first, second), sams = [slot["id"] for slot in free(mine)[:2]], ticket_of(all_, small_school.sam)
    noors = ticket_of(mine, small_school.noor)

    assert await refusal(parent, (sams, first)) == [("NOT_FOUND", "bookings.0.ticketId")]
    assert await refusal(parent, (noors, first), (sams, second)) == [("NOT_FOUND", "bookings.1.ticketId")]
    assert await refusal(other_teacher, (noors, first)) == [("NOT_FOUND", "bookings.0.ticketId")]
    assert await tickets_of(parent, round_, small_school.noor) == {noors: "INVITED"}
    assert (await booked(parent, noors, first))["ticket"]["state"] == "BOOKED"


@pytest.mark.parametrize("who", ["teacher", "head"])
async def test_the_school_books_on_behalf_of_a_family_which_is_told(
    small_school: SmallSchool,
    round_: dict[str, Any],
    parent: Client,
    database: Database,
    who: str,
    request: pytest.FixtureRequest,
) -> None:
    school: Client = request.getfixturevalue(who)
    mine = await seen_by(parent, round_)
    talk = await booked(school, ticket_of(mine, small_school.noor), free(mine)[0]["id"])

    by = {"teacher": small_school.teacher, "head": small_school.admin}[who]
    told = await parent.ok(READ_WHO, id=talk["id"])
    assert told == {"bookedBy": {"name": by.name}, "ticket": {"guardians": [{"name": "Esra Yilmaz"}]}}
    assert await mails(database, small_school.school, "MEETING_BOOKED") == {small_school.guardian.email: 1}


async def test_the_school_books_for_a_family_without_an_account(
    small_school: SmallSchool, head: Client, teacher: Client, parent: Client, database: Database
) -> None:
    lot = await child_of(database, small_school.group, "Lot")
    round_ = await announced(head, small_school)
    seen = await seen_by(teacher, round_)
    ticket, slot = ticket_of(seen, lot), free(seen)[0]["id"]

    assert (await head.ok(READ_TICKET, id=ticket))["guardians"] == []
    assert await refusal(parent, (ticket, slot)) == [("NOT_FOUND", "bookings.0.ticketId")]
    assert (await booked(teacher, ticket, slot))["ticket"]["state"] == "BOOKED"
    mine = await seen_by(parent, round_)
    assert await refusal(parent, (ticket_of(mine, small_school.noor), slot)) == [("SLOT_TAKEN", "bookings.0.slotId")]


# ------------------------------------------------------------------------------------------------ where


async def test_a_slot_has_one_talk(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client, head: Client
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    first, second, third = (slot["id"] for slot in free(mine)[:3])
    sams = ticket_of(theirs, small_school.sam)
    await booked(parent, ticket_of(mine, small_school.noor), first)
    await head.ok(CANCEL_SLOT, input={"slotId": second})

    for taken in (first, second):
        for somebody in (classmates_parent, head):
            assert await refusal(somebody, (sams, taken)) == [("SLOT_TAKEN", "bookings.0.slotId")]
    assert (await booked(classmates_parent, sams, third))["slot"]["id"] == third


async def test_a_ticket_has_one_talk(small_school: SmallSchool, round_: dict[str, Any], parent: Client) -> None:
    mine = await seen_by(parent, round_)
    ticket, (first, second) = ticket_of(mine, small_school.noor), [slot["id"] for slot in free(mine)[:2]]
    talk = await booked(parent, ticket, first)

    for slot in (first, second):
        assert await refusal(parent, (ticket, slot)) == [("TICKET_ALREADY_BOOKED", "bookings.0.ticketId")]
    await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    assert (await booked(parent, ticket, second))["slot"]["id"] == second


async def test_slots_of_another_round_or_of_nowhere(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, head: Client
) -> None:
    other = await announced(head, small_school, windows=[window(small_school.teacher, begin="18:00", end="19:00")])
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, small_school.noor)
    there = free(await seen_by(parent, other))[0]["id"]

    assert await refusal(parent, (ticket, there)) == [("FORBIDDEN", "bookings.0.slotId")]
    assert await refusal(parent, (ticket, id_of(small_school.noor))) == [("NOT_FOUND", "bookings.0.slotId")]
    assert (await booked(parent, ticket, free(mine)[0]["id"]))["ticket"]["id"] == ticket


async def test_a_slot_that_has_begun_is_past(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock
) -> None:
    round_ = await announced(head, small_school, closesAt=at("16:00"))
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), slot_at(mine, "14:30")

    clock.stand_at(at("14:30"))
    for somebody in (parent, head):
        assert await refusal(somebody, (ticket, slot)) == [("INVALID", "bookings.0.slotId")]
    clock.advance(seconds=-1)
    assert (await booked(parent, ticket, slot))["slot"]["id"] == slot


async def test_a_double_talk_takes_two_slots_that_follow_each_other(
    small_school: SmallSchool, head: Client, parent: Client, classmates_parent: Client
) -> None:
    there = window(small_school.teacher, breaks=[pause("15:00", "15:10")])
    round_ = await announced(head, small_school, groups=[small_school.group], windows=[there])
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    noors, sams = ticket_of(mine, small_school.noor), ticket_of(theirs, small_school.sam)
    await mark(head, noors, doubleLength=True)
    await booked(classmates_parent, sams, slot_at(mine, "14:30"))

    for too_short in ("14:20", "14:50", "15:50", "14:30"):
        slot = slot_at(mine, too_short)
        assert await refusal(parent, (noors, slot)) == [("SLOT_TAKEN", "bookings.0.slotId")]
    talk = await booked(parent, noors, slot_at(mine, "14:10"))
    assert (talk["startsAt"], talk["endsAt"]) == (mine["slots"][1]["startsAt"], mine["slots"][2]["endsAt"])
    seen = await seen_by(classmates_parent, round_)
    assert [slot["state"] for slot in seen["slots"][:5]] == ["FREE", "BOOKED", "BOOKED", "BOOKED", "FREE"]


# ------------------------------------------------------------------------------------------------ when one is elsewhere


async def test_nobody_is_in_two_talks_at_once(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients
) -> None:
    lot = await child_of(database, small_school.other_group, "Lot", small_school.guardian)
    _, father = await parent_of(database, clients, small_school.noor)
    round_ = await announced(head, small_school)
    mine, fathers = await seen_by(parent, round_), await seen_by(father, round_)
    noors, lots = ticket_of(mine, small_school.noor), ticket_of(mine, lot)
    await booked(parent, lots, slot_at(mine, "14:00", small_school.other_teacher))

    for somebody in (parent, father, head):  # the mother comes to both, whoever books
        there = slot_at(fathers, "14:00", small_school.teacher)
        assert await refusal(somebody, (noors, there)) == [("GUARDIAN_BUSY", "bookings.0.slotId")]
    assert await booked(father, noors, slot_at(fathers, "14:10", small_school.teacher))


# ------------------------------------------------------------------------------------------------ what is asked


async def test_the_same_ticket_or_slot_twice_in_one_request(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    lot = await child_of(database, small_school.group, "Lot", small_school.guardian)
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    noors, lots = ticket_of(mine, small_school.noor), ticket_of(mine, lot)
    first, second = (slot["id"] for slot in free(mine)[:2])

    twice = ("TICKET_ALREADY_BOOKED", "bookings.1.ticketId")
    assert await refusal(parent, (noors, first), (noors, second)) == [twice]
    assert await refusal(parent, (noors, first), (lots, first)) == [("SLOT_TAKEN", "bookings.1.slotId")]
    both = await parent.ok(BOOK, input=wish((noors, second), (lots, first)))
    assert [one["ticket"]["id"] for one in both["bookings"]] == [noors, lots]


async def test_no_talk_is_booked_that_is_not_needed(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, teacher: Client
) -> None:
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), free(mine)[0]["id"]
    await mark(teacher, ticket, needed=False)

    for somebody in (parent, teacher):
        assert await refusal(somebody, (ticket, slot)) == [("INVALID", "bookings.0.ticketId")]
    await mark(teacher, ticket, needed=True)
    assert await booked(parent, ticket, slot)


async def test_none_and_too_many_at_once(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    for number in range(11):
        await child_of(database, small_school.group, f"Kind {number}", small_school.guardian)
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    pairs = [(ticket["id"], slot["id"]) for ticket, slot in zip(mine["tickets"], free(mine), strict=True)]
    assert len(pairs) == 12

    assert await refusal(parent) == [("REQUIRED", "bookings")]
    assert await refusal(parent, *pairs, pairs[0]) == [("TOO_MANY", "bookings")]
    assert len((await parent.ok(BOOK, input=wish(*pairs)))["bookings"]) == 12


async def test_topics_of_five_hundred_characters(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client
) -> None:
    mine = await seen_by(parent, round_)
    pair = (ticket_of(mine, small_school.noor), free(mine)[0]["id"])

    assert await parent.refused(BOOK, input=wish(pair, topics="a" * 501)) == ["TOO_LONG"]
    assert (await booked(parent, *pair, topics="a" * 500))["topics"] == "a" * 500


# ------------------------------------------------------------------------------------------------ all, or nothing


@pytest.mark.parametrize("spoilt", ["taken", "at the same time", "not needed", "another's"])
async def test_of_a_bundle_all_is_booked_or_nothing(
    small_school: SmallSchool,
    head: Client,
    parent: Client,
    classmates_parent: Client,
    database: Database,
    spoilt: str,
) -> None:
    lot = await child_of(database, small_school.other_group, "Lot", small_school.guardian)
    round_ = await announced(head, small_school)
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    noors, lots, sams = (
        ticket_of(seen, pupil) for seen, pupil in ((mine, small_school.noor), (mine, lot), (theirs, small_school.sam))
    )
    there = (noors, slot_at(mine, "14:00", small_school.teacher))
    after = (lots, slot_at(mine, "14:20", small_school.other_teacher))
    pairs, code = {
        "taken": ((after, there), "SLOT_TAKEN"),
        "at the same time": ((there, (lots, slot_at(mine, "14:00", small_school.other_teacher))), "GUARDIAN_BUSY"),
        "not needed": ((there, after), "INVALID"),
        "another's": ((there, after, (sams, slot_at(mine, "15:00", small_school.teacher))), "NOT_FOUND"),
    }[spoilt]
    talk = await booked(classmates_parent, sams, there[1]) if spoilt == "taken" else None
    await mark(head, lots, needed=spoilt != "not needed")
    before = await seen_by(parent, round_)

    assert [refused for refused, _ in await refusal(parent, *pairs)] == [code]
    assert {**await seen_by(parent, round_), "slotCursor": ""} == {**before, "slotCursor": ""}
    assert small_school.guardian.email not in await mails(database, small_school.school, "MEETING_BOOKED")

    if talk is not None:
        await classmates_parent.ok(CANCEL, input={"bookingId": talk["id"]})
    await mark(head, lots, needed=True)
    made = await parent.ok(BOOK, input=wish(there, after))
    assert [one["ticket"]["state"] for one in made["bookings"]] == ["BOOKED", "BOOKED"]
