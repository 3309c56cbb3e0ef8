"""What the school marks on invitations: not needed, asked to come, double length, an interpreter, a wheelchair (f4)."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models.database import Database
from tests.clients import BEFORE_SCHOOL, Client, Clients
from tests.factories import SmallSchool, founding, sign_in_token, staff
from tests.meetings.documents import BOOK, CANCEL, CANCEL_SLOT, MARK_TICKETS, READ_TICKET
from tests.meetings.office import READ_MARKS, clock_of, mark, times
from tests.meetings.planning import announced, booked, pause, plan, seen_by, slot_at, ticket_of, window, wish

Round = dict[str, Any]


async def doubled(head: Client, parent: Client, town: SmallSchool, **more: Any) -> tuple[Round, str]:
    """A round of one group with a window of an hour, as the parent sees it, and the ticket of double length."""
    told = {name: more.pop(name) for name in ("breaks", "end") if name in more}
    windows = [window(town.teacher, **({"end": "15:00"} | told))]
    round_ = await announced(head, town, groups=[town.group], windows=windows, **more)
    mine = await seen_by(parent, round_)
    await mark(head, ticket_of(mine, town.noor), doubleLength=True)
    return mine, ticket_of(mine, town.noor)


# ------------------------------------------------------------------------------------------------ needed


async def test_who_is_not_needed_books_nothing_until_they_are_invited_again(
    small_school: SmallSchool, round_: Round, teacher: Client, parent: Client
) -> None:
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, small_school.noor)
    wanted = wish((ticket, slot_at(mine, "14:00")))

    [marked] = await mark(teacher, ticket, needed=False)

    assert marked["state"] == "NOT_NEEDED"
    assert (await seen_by(parent, round_))["tickets"][0]["state"] == "NOT_NEEDED"
    assert await parent.refused(BOOK, input=wanted) == ["INVALID"]
    [marked] = await mark(teacher, ticket, needed=True)
    assert marked["state"] == "INVITED"
    await parent.ok(BOOK, input=wanted)


async def test_all_of_a_group_are_marked_at_once_or_none(
    small_school: SmallSchool, round_: Round, head: Client, teacher: Client
) -> None:
    town, all_ = small_school, await seen_by(head, round_)
    own, lina = [ticket_of(all_, pupil) for pupil in (town.noor, town.sam)], ticket_of(all_, town.lina)

    async def states() -> dict[str, str]:
        return {one["pupil"]["givenName"]: one["state"] for one in (await seen_by(head, round_))["tickets"]}

    refused = {"ticketIds": [*own, lina], "needed": False}
    assert await teacher.refused(MARK_TICKETS, input=refused) == ["NOT_FOUND"]
    assert set((await states()).values()) == {"INVITED"}
    assert await teacher.refused(MARK_TICKETS, input={"ticketIds": [], "needed": False}) == ["REQUIRED"]

    await mark(teacher, *own, needed=False)
    assert await states() == {"Noor": "NOT_NEEDED", "Sam": "NOT_NEEDED", "Lina": "INVITED"}
    await mark(head, *own, lina, needed=True)
    assert set((await states()).values()) == {"INVITED"}


async def test_while_a_talk_is_booked_its_length_stays_and_it_is_needed(
    small_school: SmallSchool, round_: Round, teacher: Client, parent: Client, classmates_parent: Client
) -> None:
    mine = await seen_by(parent, round_)
    noor = ticket_of(mine, small_school.noor)
    sam = ticket_of(await seen_by(classmates_parent, round_), small_school.sam)
    talk = await booked(parent, noor, slot_at(mine, "14:00"))

    for marks in ({"needed": False}, {"doubleLength": True}):
        assert await teacher.refused(MARK_TICKETS, input={"ticketIds": [sam, noor]} | marks) == ["HAS_BOOKINGS"]
    assert (await seen_by(parent, round_))["tickets"][0]["state"] == "BOOKED"
    assert (await seen_by(classmates_parent, round_))["tickets"][0]["state"] == "INVITED"
    await mark(teacher, noor, needsInterpreter=True, askedToCome=True, doubleLength=False)

    await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    [marked] = await mark(teacher, noor, needed=False, doubleLength=True)
    assert (marked["state"], marked["doubleLength"]) == ("NOT_NEEDED", True)


# ------------------------------------------------------------------------------------------------ who


async def test_who_teaches_the_group_and_the_administration_mark_and_nobody_else(
    small_school: SmallSchool, round_: Round, head: Client, teacher: Client, other_teacher: Client, parent: Client,
    classmates_parent: Client,
) -> None:  # fmt: skip
    ticket = ticket_of(await seen_by(parent, round_), small_school.noor)
    wanted = {"ticketIds": [ticket], "askedToCome": True}

    assert await parent.refused(MARK_TICKETS, input=wanted) == ["FORBIDDEN"]
    for somebody in (other_teacher, classmates_parent):
        assert await somebody.refused(MARK_TICKETS, input=wanted) == ["NOT_FOUND"]
    for somebody in (teacher, head):
        await somebody.ok(MARK_TICKETS, input=wanted)


async def test_a_host_who_does_not_teach_the_group_marks_nothing(
    small_school: SmallSchool, clients: Clients, head: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        specialist = staff(facts, town.school)
        guest = clients(sign_in_token(facts, specialist))
    round_ = await announced(head, town, groups=[town.group], windows=[window(specialist)])
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, town.noor)
    wanted = {"ticketIds": [ticket], "askedToCome": True}

    assert await guest.refused(MARK_TICKETS, input=wanted) == ["NOT_FOUND"]
    await booked(parent, ticket, slot_at(mine, "14:00"))
    assert await guest.refused(MARK_TICKETS, input=wanted) == ["FORBIDDEN"]
    await head.ok(MARK_TICKETS, input=wanted)


async def test_families_read_what_is_marked_and_what_is_left_out_stays(
    small_school: SmallSchool, round_: Round, teacher: Client, parent: Client
) -> None:
    ticket = ticket_of(await seen_by(parent, round_), small_school.noor)
    names = ("askedToCome", "doubleLength", "needsInterpreter", "needsAccess")

    await mark(teacher, ticket, **dict.fromkeys(names, True))
    await mark(teacher, ticket, needsAccess=False)

    told = await parent.ok(READ_MARKS, id=ticket)
    assert [told[name] for name in names] == [True, True, True, False]


@pytest.mark.parametrize("need", ["needsInterpreter", "needsAccess"])
async def test_a_need_that_the_school_confirms_gives_priority_and_being_asked_to_come_does_not(
    small_school: SmallSchool, head: Client, teacher: Client, parent: Client, need: str
) -> None:
    opens = BEFORE_SCHOOL + timedelta(days=1)
    round_ = await announced(head, small_school, priorityOpensAt=BEFORE_SCHOOL, opensAt=opens)
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, small_school.noor)
    wanted = wish((ticket, slot_at(mine, "14:00")))

    await mark(teacher, ticket, askedToCome=True, doubleLength=False)
    assert (mine["viewerMayBook"], await parent.refused(BOOK, input=wanted)) == (False, ["NOT_IN_PRIORITY"])

    await mark(teacher, ticket, **{need: True})
    assert (await parent.ok(READ_MARKS, id=ticket))["hasPriority"]
    assert (await seen_by(parent, round_))["viewerMayBook"]
    await parent.ok(BOOK, input=wanted)


# ------------------------------------------------------------------------------------------------ double length


@pytest.mark.parametrize(("buffer", "second", "end"), [(0, "14:10", "14:20"), (5, "14:15", "14:25")])
async def test_a_talk_of_double_length_takes_two_slots_one_after_another(
    small_school: SmallSchool, head: Client, parent: Client, classmates_parent: Client, buffer: int, second: str,
    end: str,
) -> None:  # fmt: skip
    mine, ticket = await doubled(head, parent, small_school, bufferMinutes=buffer)
    sam = ticket_of(await seen_by(classmates_parent, mine), small_school.sam)

    talk = await booked(parent, ticket, slot_at(mine, "14:00"))

    assert (clock_of(talk["startsAt"]), clock_of(talk["endsAt"])) == ("14:00", end)
    taken = [slot for slot in (await seen_by(parent, mine))["slots"] if slot["state"] == "BOOKED"]
    assert times(taken) == ["14:00", second]
    assert {slot["booking"]["id"] for slot in taken} == {talk["id"]}
    for clock in ("14:00", second):
        assert await classmates_parent.refused(BOOK, input=wish((sam, slot_at(mine, clock)))) == ["SLOT_TAKEN"]
    await booked(classmates_parent, sam, slot_at(mine, times(mine["slots"])[2]))


async def test_the_second_half_is_free_open_and_there(
    small_school: SmallSchool, head: Client, parent: Client, classmates_parent: Client
) -> None:
    town = small_school
    mine, ticket = await doubled(head, parent, town)
    sam = ticket_of(await seen_by(classmates_parent, mine), town.sam)
    await booked(classmates_parent, sam, slot_at(mine, "14:10"))
    await head.ok(CANCEL_SLOT, input={"slotId": slot_at(mine, "14:40")})

    assert times((await parent.ok(READ_TICKET, id=ticket))["freeSlots"]) == ["14:20"]
    for clock in ("14:00", "14:10", "14:30", "14:40", "14:50"):  # before a talk, a slot kept free, and the end
        assert await parent.refused(BOOK, input=wish((ticket, slot_at(mine, clock)))) == ["SLOT_TAKEN"]
    await booked(parent, ticket, slot_at(mine, "14:20"))


@pytest.mark.parametrize(
    ("buffer", "breaks", "before", "fits"),
    [
        (0, ("14:20", "14:30"), "14:10", ["14:00", "14:30", "14:40"]),
        (5, ("14:25", "14:40"), "14:15", ["14:00", "14:40"]),
    ],
)
async def test_no_talk_goes_on_over_a_break(
    small_school: SmallSchool, head: Client, parent: Client, buffer: int, breaks: tuple[str, str], before: str,
    fits: list[str],
) -> None:  # fmt: skip
    mine, ticket = await doubled(head, parent, small_school, bufferMinutes=buffer, breaks=[pause(*breaks)], end="15:05")

    assert times((await parent.ok(READ_TICKET, id=ticket))["freeSlots"]) == fits
    assert await parent.refused(BOOK, input=wish((ticket, slot_at(mine, before)))) == ["SLOT_TAKEN"]
    await booked(parent, ticket, slot_at(mine, fits[-1]))


async def test_no_talk_goes_on_over_a_break_that_is_as_long_as_the_buffer(
    small_school: SmallSchool, head: Client, parent: Client
) -> None:
    mine, ticket = await doubled(head, parent, small_school, bufferMinutes=5, breaks=[pause("14:10", "14:15")])

    assert times(mine["slots"]) == ["14:00", "14:15", "14:30", "14:45"]
    assert times((await parent.ok(READ_TICKET, id=ticket))["freeSlots"]) == ["14:15", "14:30"]
    assert await parent.refused(BOOK, input=wish((ticket, slot_at(mine, "14:00")))) == ["SLOT_TAKEN"]


async def test_marks_are_made_before_a_round_is_announced_too(small_school: SmallSchool, teacher: Client) -> None:
    town = small_school
    draft = await plan(teacher, town, groups=[town.group], windows=[window(town.teacher)])

    [marked] = await mark(teacher, ticket_of(draft, town.noor), doubleLength=True, needed=False)

    assert (marked["state"], marked["doubleLength"]) == (models.MeetingTicketState.NOT_NEEDED, True)
