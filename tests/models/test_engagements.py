"""Who is engaged follows from talks, offers, hosts and parties, whatever program changes these (f4, guarantees)."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

import models
from tests.factories import SmallSchool
from tests.meetings.guarantees import broken
from tests.models.planner import CANCEL, MOVE, Planner, to
from tests.models.rows import AFTERNOON, breaks, meeting_slot, stores

HOST, GUARDIAN, SLOT = "meeting_host_is_free", "meeting_guardian_is_free", "ix_meeting_booking_slot_live"


@pytest.fixture
def plan(small_school: SmallSchool, sql: asyncpg.Connection) -> Planner:
    return Planner(sql, small_school)


async def test_a_moved_talk_takes_its_people_along_or_stays(plan: Planner) -> None:
    town, round_ = plan.town, await plan.round()
    old, new = [await plan.slot(minute, town.teacher, of=round_) for minute in (0, 40)]
    taken, busy = await plan.slot(20, town.teacher, of=round_), await plan.slot(20, town.other_teacher, of=round_)
    booking = await plan.talk(old, town.guardian)
    await plan.talk(
        await plan.slot(20, town.admin, of=round_), town.guardian, ends_at=AFTERNOON + timedelta(minutes=25)
    )
    await plan.talk(await plan.slot(25, town.teacher, of=round_))

    await plan.breaks(HOST, MOVE, *to(booking, taken))
    await plan.breaks(GUARDIAN, MOVE, *to(booking, busy))
    assert await plan.engaged(booking) == {(town.teacher.id, 0), (town.guardian.id, 0)}
    await breaks(plan.sql, HOST, await plan.wish(await plan.slot(5, town.teacher, of=round_)))

    await plan.does(MOVE, *to(booking, new))
    assert await plan.engaged(booking) == {(town.teacher.id, 40), (town.guardian.id, 40)}
    await plan.talk(await plan.slot(5, town.teacher, of=round_), town.guardian)
    await breaks(plan.sql, HOST, await plan.wish(await plan.slot(45, town.teacher, of=round_)))


async def test_nobody_is_engaged_by_a_talk_that_is_off(plan: Planner) -> None:
    town, slot = plan.town, await plan.slot(0, plan.town.teacher)
    booking, meanwhile = await plan.talk(slot, town.guardian), await plan.slot(0, town.other_teacher)
    await breaks(plan.sql, GUARDIAN, await plan.wish(meanwhile, town.guardian))

    await plan.does(CANCEL, booking.id)

    assert await plan.engaged(booking) == set()
    await plan.talk(meanwhile, town.guardian)
    await plan.talk(slot)
    await plan.breaks(SLOT, "update meeting_booking set cancelled_at = null where id = $1", booking.id)


async def test_who_comes_in_place_of_a_host_is_engaged_by_what_is_booked_and_offered(plan: Planner) -> None:
    town, slot = plan.town, await plan.slot(0, plan.town.teacher)
    booking, later = (
        await plan.talk(slot, town.guardian),
        models.HostWindow(**slot.model_dump() | {"id": slot.window_id}),
    )
    held = meeting_slot(later, 30)
    await stores(plan.sql, held)
    offer = await plan.offer(held)
    await stores(plan.sql, offer)
    replace = "update window_host set person_id = $3 where window_id = $1 and person_id = $2"
    await plan.talk(await plan.slot(5, town.admin))
    await plan.talk(await plan.slot(35, town.classmates_guardian))

    for engaged in (town.admin, town.classmates_guardian):
        await plan.breaks(HOST, replace, slot.window_id, town.teacher.id, engaged.id)
    await plan.does(replace, slot.window_id, town.teacher.id, town.other_teacher.id)

    assert await plan.engaged(booking) == {(town.other_teacher.id, 0), (town.guardian.id, 0)}
    assert await plan.engaged(offer) == {(town.other_teacher.id, 30)}
    await plan.talk(await plan.slot(0, town.teacher))


async def test_who_leaves_a_party_is_free_and_who_joins_is_engaged(plan: Planner) -> None:
    town = plan.town
    booking = await plan.talk(await plan.slot(0, town.teacher), town.guardian, town.classmates_guardian)
    other = await plan.talk(await plan.slot(5, town.other_teacher), town.other_groups_guardian)
    join, leave = "insert into ticket_guardian values ($1, $2, $3)", "delete from ticket_guardian where person_id = $1"

    for somebody in (town.guardian, town.other_teacher):
        wanted = other.ticket_id if somebody is town.guardian else booking.ticket_id
        await plan.breaks(GUARDIAN, join, wanted, somebody.id, town.school.id)
    await plan.does(leave, town.guardian.id)

    assert await plan.engaged(booking) == {(town.teacher.id, 0), (town.classmates_guardian.id, 0)}
    await plan.does(join, other.ticket_id, town.guardian.id, town.school.id)
    assert (town.guardian.id, 5) in await plan.engaged(other)
    await plan.breaks(GUARDIAN, join, booking.ticket_id, town.guardian.id, town.school.id)


async def test_hosts_come_to_a_window_with_talks_and_go(plan: Planner) -> None:
    town, slot = plan.town, await plan.slot(0, plan.town.teacher)
    booking = await plan.talk(slot)
    await plan.talk(await plan.slot(5, town.other_teacher))
    add = "insert into window_host values ($1, $2, $3)"

    await plan.breaks(HOST, add, slot.window_id, town.other_teacher.id, town.school.id)
    await plan.does(add, slot.window_id, town.admin.id, town.school.id)
    assert await plan.engaged(booking) == {(town.teacher.id, 0), (town.admin.id, 0)}

    await plan.does("delete from window_host where window_id = $1 and person_id = $2", slot.window_id, town.teacher.id)
    assert await plan.engaged(booking) == {(town.admin.id, 0)}


CHANGES = {
    "a talk moves": (MOVE, ["booking", "slot_id", "window_id", "starts_at", "ends_at"]),
    "a talk takes longer": (
        "update meeting_booking set (ends_at, clear_until) = ($2, $2) where id = $1",
        ["booking", "ends_at"],
    ),
    "a talk becomes another family's": (
        "update meeting_booking set (ticket_id, pupil_id) = ($2, $3) where id = $1",
        ["booking", "ticket", "pupil"],
    ),
    "a talk is taken out of the books": ("delete from meeting_booking where id = $1", ["booking"]),
    "an offer is for another slot": (
        "update meeting_offer set (slot_id, window_id, starts_at, ends_at) = ($2, $3, $4, $5) where id = $1",
        ["offer", "slot_id", "window_id", "starts_at", "ends_at"],
    ),
    "a guardian comes in place of another": (
        "update ticket_guardian set person_id = $2 where person_id = $1",
        ["guardian", "somebody"],
    ),
    "a host goes to another window": (
        "update window_host set window_id = $3 where person_id = $1 and window_id = $2",
        ["host", "old_window", "window_id"],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_changed_changes_who_is_engaged_or_is_refused(plan: Planner, change: str) -> None:
    town, round_ = plan.town, await plan.round()
    slots = [await plan.slot(minute, town.teacher, of=round_) for minute in (0, 30)]
    aim = await plan.slot(60, town.other_teacher, of=round_)
    offer = await plan.offer(slots[1])
    await stores(plan.sql, offer)
    ticket = await plan.ticket(aim, town.other_groups_guardian)
    words: dict[str, Any] = {
        "booking": (await plan.talk(slots[0], town.guardian)).id,
        "offer": offer.id,
        "ticket": ticket.id,
        "pupil": ticket.pupil_id,
        "guardian": town.guardian.id,
        "somebody": town.classmates_guardian.id,
        "host": town.teacher.id,
        "old_window": slots[0].window_id,
        "slot_id": aim.id,
        **aim.model_dump(include={"window_id", "starts_at", "ends_at"}),
    }
    assert await broken(plan.sql, town.school.id) == {}
    statement, values = CHANGES[change]

    with suppress(asyncpg.IntegrityConstraintViolationError):
        await plan.does(statement, *(words[value] for value in values))

    found = await broken(plan.sql, town.school.id)
    assert "who is engaged is not who is there" not in found
