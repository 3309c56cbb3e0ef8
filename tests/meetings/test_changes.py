"""Families move, cancel and decline by themselves until some hours before a talk; after that the school does (f4)."""

from datetime import timedelta
from typing import Any

import pytest

from models.database import Database
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, founding, sign_in_token
from tests.meetings.documents import BOOK, CANCEL, CANCEL_SLOT, DECLINE, JOIN_LIST, MOVE, READ_BOOKING
from tests.meetings.families import mails, mark, moment, parent_of, tickets_of
from tests.meetings.planning import announced, at, booked, free, seen_by, slot_at, ticket_of, window, wish

CHANGES = ("move", "cancel")
SCHOOL = ("teacher", "head")


async def change(somebody: Client, what: str, talk: str, slot: str) -> list[str]:
    """Move a talk to a slot, or cancel it; the codes with which that is refused."""
    if what == "move":
        return (await somebody.ask(MOVE, input={"bookingId": talk, "slotId": slot})).codes
    return (await somebody.ask(CANCEL, input={"bookingId": talk})).codes


# ------------------------------------------------------------------------------------------------ until when


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("hours", [24, 3])
async def test_families_change_a_talk_until_so_many_hours_before_it(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock, what: str, hours: int
) -> None:
    round_ = await announced(head, small_school, changeUntilHours=hours)
    mine = await seen_by(parent, round_)
    talk = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))
    deadline = at("14:30") - timedelta(hours=hours)

    clock.stand_at(deadline + timedelta(seconds=1))
    assert await change(parent, what, talk["id"], slot_at(mine, "15:30")) == ["CHANGE_CLOSED"]
    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["slot"]["id"] == slot_at(mine, "14:30")
    clock.stand_at(deadline)
    assert await change(parent, what, talk["id"], slot_at(mine, "15:30")) == []


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("who", SCHOOL)
async def test_after_that_the_school_changes_it_until_the_talk_is_over(
    small_school: SmallSchool,
    round_: dict[str, Any],
    parent: Client,
    clock: Clock,
    who: str,
    what: str,
    request: pytest.FixtureRequest,
) -> None:
    school: Client = request.getfixturevalue(who)
    mine = await seen_by(parent, round_)
    talk = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))

    clock.stand_at(at("14:40"))
    assert await change(school, what, talk["id"], slot_at(mine, "15:30")) == ["INVALID"]
    clock.advance(seconds=-1)
    assert await change(parent, what, talk["id"], slot_at(mine, "15:30")) == ["CHANGE_CLOSED"]
    assert await change(school, what, talk["id"], slot_at(mine, "15:30")) == []


@pytest.mark.parametrize("what", CHANGES)
async def test_closing_ends_booking_and_not_changing(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, clock: Clock, what: str
) -> None:
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, small_school.noor)
    talk = await booked(parent, ticket, slot_at(mine, "14:30"))
    clock.stand_at(moment(mine["closesAt"]))

    assert await change(parent, what, talk["id"], slot_at(mine, "15:30")) == []
    if what == "cancel":
        assert await parent.refused(BOOK, input=wish((ticket, slot_at(mine, "15:30")))) == ["ROUND_NOT_OPEN"]


# ------------------------------------------------------------------------------------------------ moving


async def test_moving_to_a_slot_that_is_taken_keeps_the_old_one(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client, head: Client
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    first, second, third = (slot["id"] for slot in free(mine)[:3])
    talk = await booked(parent, ticket_of(mine, small_school.noor), first)
    await booked(classmates_parent, ticket_of(theirs, small_school.sam), second)
    await head.ok(CANCEL_SLOT, input={"slotId": third})
    before = await parent.ok(READ_BOOKING, id=talk["id"])

    for taken in (second, third):
        assert await change(parent, "move", talk["id"], taken) == ["SLOT_TAKEN"]
    assert await parent.ok(READ_BOOKING, id=talk["id"]) == before
    seen = await seen_by(classmates_parent, round_)
    assert [slot["state"] for slot in seen["slots"][:4]] == ["BOOKED", "BOOKED", "BLOCKED", "FREE"]


async def test_where_a_talk_can_be_moved_to(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock, database: Database
) -> None:
    there = [window(small_school.teacher), window(small_school.other_teacher)]
    round_ = await announced(head, small_school, windows=there, changeUntilHours=0)
    other = await announced(head, small_school, windows=[window(small_school.teacher, begin="18:00", end="19:00")])
    mine = await seen_by(parent, round_)
    elsewhere = slot_at(await seen_by(head, round_), "15:00", small_school.other_teacher)
    talk = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "15:30"))
    clock.stand_at(at("14:30"))

    assert await change(parent, "move", talk["id"], slot_at(mine, "14:30")) == ["INVALID"]
    assert await change(parent, "move", talk["id"], free(await seen_by(parent, other))[0]["id"]) == ["FORBIDDEN"]
    assert await change(parent, "move", talk["id"], elsewhere) == ["NOT_FOUND"]
    assert await change(parent, "move", talk["id"], slot_at(mine, "15:30")) == []  # there it is
    assert await mails(database, small_school.school, "MEETING_CHANGED") == {}
    assert await change(parent, "move", talk["id"], slot_at(mine, "14:40")) == []
    assert await mails(database, small_school.school, "MEETING_CHANGED") == {small_school.guardian.email: 1}
    seen = {slot["id"]: slot["state"] for slot in (await seen_by(parent, round_))["slots"]}
    assert (seen[slot_at(mine, "14:40")], seen[slot_at(mine, "15:30")]) == ("BOOKED", "FREE")


async def test_a_double_talk_moves_on_by_one_slot(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, head: Client
) -> None:
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, small_school.noor)
    await mark(head, ticket, doubleLength=True)
    talk = await booked(parent, ticket, slot_at(mine, "14:00"))

    assert await change(parent, "move", talk["id"], slot_at(mine, "14:10")) == []
    seen = await seen_by(parent, round_)
    assert [slot["state"] for slot in seen["slots"][:4]] == ["FREE", "BOOKED", "BOOKED", "FREE"]


# ------------------------------------------------------------------------------------------------ cancelling


async def test_a_cancelled_talk_frees_its_slot_and_is_cancelled_once(
    small_school: SmallSchool,
    round_: dict[str, Any],
    parent: Client,
    classmates_parent: Client,
    database: Database,
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    noors, sams = ticket_of(mine, small_school.noor), ticket_of(theirs, small_school.sam)
    first, second = (slot["id"] for slot in free(mine)[:2])
    talk = await booked(parent, noors, first)

    for what in CHANGES:
        assert await change(classmates_parent, what, talk["id"], second) == ["NOT_FOUND"]
    assert await change(parent, "cancel", talk["id"], "") == []
    for what in CHANGES:
        assert await change(parent, what, talk["id"], second) == ["INVALID"]
    assert await mails(database, small_school.school, "MEETING_CANCELLED") == {small_school.guardian.email: 1}
    assert await booked(classmates_parent, sams, first)
    assert (await booked(parent, noors, second))["id"] != talk["id"]


# ------------------------------------------------------------------------------------------------ both guardians


@pytest.mark.parametrize("what", CHANGES)
async def test_both_guardians_see_and_change_the_talk_that_one_of_them_booked(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients, what: str
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor)
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    ticket, (first, second) = ticket_of(mine, small_school.noor), [slot["id"] for slot in free(mine)[:2]]
    assert ticket_of(await seen_by(fathers, round_), small_school.noor) == ticket
    talk = await booked(parent, ticket, first)

    assert await fathers.refused(BOOK, input=wish((ticket, second))) == ["TICKET_ALREADY_BOOKED"]
    assert await fathers.ok(READ_BOOKING, id=talk["id"]) == await parent.ok(READ_BOOKING, id=talk["id"])
    both = {small_school.guardian.email: 1, father.email: 1}
    assert await mails(database, small_school.school, "MEETING_BOOKED") == both

    assert await change(fathers, what, talk["id"], second) == []
    assert await parent.ok(READ_BOOKING, id=talk["id"]) == await fathers.ok(READ_BOOKING, id=talk["id"])
    kind = {"move": "MEETING_CHANGED", "cancel": "MEETING_CANCELLED"}[what]
    assert await mails(database, small_school.school, kind) == both


async def test_two_devices_of_one_guardian(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, database: Database, clients: Clients
) -> None:
    async with founding(database) as facts:
        tablet = clients(sign_in_token(facts, small_school.guardian))
    mine = await seen_by(parent, round_)
    ticket, (first, second) = ticket_of(mine, small_school.noor), [slot["id"] for slot in free(mine)[:2]]
    talk = await booked(parent, ticket, first)

    assert await tablet.refused(BOOK, input=wish((ticket, second))) == ["TICKET_ALREADY_BOOKED"]
    assert await change(tablet, "cancel", talk["id"], "") == []
    assert await change(parent, "cancel", talk["id"], "") == ["INVALID"]


# ------------------------------------------------------------------------------------------------ once more


async def test_a_retry_answers_the_first_outcome_and_a_key_is_for_one_request(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, database: Database
) -> None:
    mine = await seen_by(parent, round_)
    ticket, (first, second) = ticket_of(mine, small_school.noor), [slot["id"] for slot in free(mine)[:2]]

    asked = wish((ticket, first), clientMutationId="boek")
    made = await parent.ok(BOOK, input=asked)
    assert await parent.ok(BOOK, input=asked) == made
    assert await parent.refused(BOOK, input=wish((ticket, second), clientMutationId="boek")) == ["INVALID"]

    (talk,) = made["bookings"]
    moving = {"bookingId": talk["id"], "slotId": second, "clientMutationId": "verzet"}
    assert await parent.ok(MOVE, input=moving) == await parent.ok(MOVE, input=moving)
    assert await parent.refused(MOVE, input={**moving, "slotId": first}) == ["INVALID"]

    cancelling = {"bookingId": talk["id"], "clientMutationId": "weg"}
    assert await parent.ok(CANCEL, input=cancelling) == await parent.ok(CANCEL, input=cancelling)
    for kind in ("BOOKED", "CHANGED", "CANCELLED"):
        assert await mails(database, small_school.school, f"MEETING_{kind}") == {small_school.guardian.email: 1}


async def test_a_refused_request_is_granted_later_under_the_same_key(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    slot = free(mine)[0]["id"]
    talk = await booked(classmates_parent, ticket_of(theirs, small_school.sam), slot)
    asked = wish((ticket_of(mine, small_school.noor), slot), clientMutationId="boek")

    assert await parent.refused(BOOK, input=asked) == ["SLOT_TAKEN"]
    await classmates_parent.ok(CANCEL, input={"bookingId": talk["id"]})
    assert (await parent.ok(BOOK, input=asked))["bookings"]


# ------------------------------------------------------------------------------------------------ declining


async def test_who_declines_can_book_after_all(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client
) -> None:
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), free(mine)[0]["id"]
    await parent.ok(JOIN_LIST, input={"ticketId": ticket})

    assert await classmates_parent.refused(DECLINE, input={"ticketId": ticket}) == ["NOT_FOUND"]
    assert (await parent.ok(DECLINE, input={"ticketId": ticket}))["ticket"]["state"] == "DECLINED"
    assert await tickets_of(parent, round_, small_school.noor) == {ticket: "DECLINED"}
    await booked(parent, ticket, slot)
    assert await parent.refused(DECLINE, input={"ticketId": ticket}) == ["TICKET_ALREADY_BOOKED"]
    assert await tickets_of(parent, round_, small_school.noor) == {ticket: "BOOKED"}
