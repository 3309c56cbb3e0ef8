"""Nobody is in two places, and nothing is booked twice, whatever program writes (f4, hard guarantees).

Each refusal stands beside what is allowed and differs in nothing else. Times are minutes after two.
"""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

import models
from models.database import Database
from tests.factories import SmallSchool, found_group, found_school, founding
from tests.models.planner import CANCEL, Planner
from tests.models.rows import breaks, meeting_booking, stores

HOST, GUARDIAN = "meeting_host_is_free", "meeting_guardian_is_free"
TICKET, SLOT = "ix_meeting_booking_ticket_live", "ix_meeting_booking_slot_live"
APART = "meeting_booking_parties_apart"
OF_TICKET = "fk_meeting_booking_school_id_round_id_pupil_id_party_ticket_id"
AT_SLOT = "fk_meeting_booking_school_id_window_id_slot_id_starts_at"
IN_ROUND = "fk_meeting_booking_school_id_round_id_window_id"


@pytest.fixture
def plan(small_school: SmallSchool, sql: asyncpg.Connection) -> Planner:
    return Planner(sql, small_school)


# ------------------------------------------------------------------------------------------------ hosts


@pytest.mark.parametrize("minute", [11, 15, 20, 29])
@pytest.mark.parametrize("is_same_round", [True, False], ids=["in one round", "across rounds"])
async def test_a_host_is_in_one_talk_at_a_time(plan: Planner, minute: int, *, is_same_round: bool) -> None:
    town, first = plan.town, await plan.round()
    second = first if is_same_round else await plan.round()
    await plan.talk(await plan.slot(20, town.teacher, of=first))

    await breaks(plan.sql, HOST, await plan.wish(await plan.slot(minute, town.teacher, of=second)))
    await breaks(plan.sql, HOST, await plan.wish(await plan.slot(minute, town.admin, town.teacher, of=second)))

    await plan.talk(await plan.slot(minute, town.admin, of=second))
    for touching in (10, 30):
        await plan.talk(await plan.slot(touching, town.teacher, of=second))


async def test_all_hosts_of_a_window_are_there_for_as_long_as_the_talk_takes(plan: Planner) -> None:
    town = plan.town
    slot = await plan.slot(0, town.teacher, town.other_teacher)
    double = await plan.talk(slot, ends_at=slot.ends_at + timedelta(minutes=10))

    assert await plan.engaged(double) == {(town.teacher.id, 0), (town.other_teacher.id, 0)}
    for host in (town.teacher, town.other_teacher):
        await breaks(plan.sql, HOST, await plan.wish(await plan.slot(10, host)))
        await plan.talk(await plan.slot(20, host))


async def test_what_is_offered_is_kept_free_by_its_host(plan: Planner) -> None:
    town = plan.town
    held, booked = await plan.slot(0, town.teacher), await plan.slot(30, town.teacher)
    offer = await plan.offer(held)
    await stores(plan.sql, offer)
    await plan.talk(booked)

    await breaks(plan.sql, HOST, await plan.wish(held))
    for minute in (5, 35):
        elsewhere = await plan.slot(minute, town.teacher)
        await breaks(plan.sql, HOST, await plan.offer(elsewhere))
        await breaks(plan.sql, HOST, await plan.wish(elsewhere))
        await stores(plan.sql, await plan.offer(await plan.slot(minute, town.other_teacher)))
    await stores(plan.sql, await plan.offer(await plan.slot(10, town.teacher)))

    await plan.does("update meeting_offer set state = 'DECLINED' where id = $1", offer.id)
    assert await plan.engaged(offer) == set()
    await plan.talk(held)


# ------------------------------------------------------------------------------------------------ guardians


@pytest.mark.parametrize("minute", [11, 20, 29])
async def test_a_guardian_is_in_one_talk_at_a_time(plan: Planner, minute: int) -> None:
    town = plan.town
    both = (town.guardian, town.classmates_guardian)
    await plan.talk(await plan.slot(20, town.teacher), *both)
    meanwhile = await plan.slot(minute, town.other_teacher)

    for somebody in both:
        await breaks(plan.sql, GUARDIAN, await plan.wish(meanwhile, somebody, town.other_groups_guardian))

    await plan.talk(meanwhile, town.other_groups_guardian)
    for touching in (10, 30):
        await plan.talk(await plan.slot(touching, town.admin), *both)


async def test_what_a_guardian_does_at_another_school_stands_in_nobodys_way(plan: Planner, database: Database) -> None:
    town = plan.town
    async with founding(database) as facts:
        elsewhere = found_school(facts)
        group = found_group(facts, elsewhere)
    there = Planner(plan.sql, replace(town, school=elsewhere, group=group))

    await plan.talk(await plan.slot(0, town.teacher), town.guardian)
    await breaks(plan.sql, GUARDIAN, await plan.wish(await plan.slot(0, town.admin), town.guardian))

    await there.talk(await there.slot(0, town.teacher), town.guardian)


async def test_a_host_who_is_a_guardian_is_still_one_person(plan: Planner) -> None:
    town = plan.town
    slots = [await plan.slot(minute, town.teacher) for minute in (0, 10, 20)]
    elsewhere = [await plan.slot(minute, town.other_teacher) for minute in (0, 10, 20)]
    await plan.talk(slots[0])
    await plan.talk(elsewhere[2], town.teacher)

    await breaks(plan.sql, GUARDIAN, await plan.wish(elsewhere[0], town.teacher))
    await breaks(plan.sql, HOST, await plan.wish(slots[2]))

    own = await plan.talk(slots[1], town.teacher)
    assert await plan.engaged(own) == {(town.teacher.id, 10)}
    await breaks(plan.sql, GUARDIAN, await plan.wish(elsewhere[1], town.teacher))
    await plan.talk(elsewhere[1], town.guardian)


# ------------------------------------------------------------------------------------------------ tickets and slots


async def test_a_ticket_has_one_live_booking(plan: Planner) -> None:
    round_ = await plan.round()
    first, second = await plan.slot(0, of=round_), await plan.slot(30, of=round_)
    ticket = await plan.ticket(first)
    booking = meeting_booking(ticket, first, plan.town.admin)
    await stores(plan.sql, booking)

    await breaks(plan.sql, TICKET, meeting_booking(ticket, second, plan.town.admin))

    await plan.does(CANCEL, booking.id)
    await stores(plan.sql, meeting_booking(ticket, second, plan.town.admin))
    await plan.breaks(TICKET, "update meeting_booking set cancelled_at = null where id = $1", booking.id)


async def test_a_slot_has_one_live_booking_and_one_live_offer(plan: Planner) -> None:
    slot, other = await plan.slot(0), await plan.slot(0)
    booking, offer = await plan.talk(slot), await plan.offer(slot)
    await stores(plan.sql, offer)

    await breaks(plan.sql, SLOT, await plan.wish(slot))
    await breaks(plan.sql, "ix_meeting_offer_slot_live", await plan.offer(slot))
    await plan.talk(other)
    await stores(plan.sql, await plan.offer(other))

    await plan.does(CANCEL, booking.id)
    await plan.does("update meeting_offer set state = 'EXPIRED' where id = $1", offer.id)
    await plan.talk(slot)
    await stores(plan.sql, await plan.offer(slot))


async def test_a_talk_is_at_the_time_of_its_slot(plan: Planner) -> None:
    slot = await plan.slot(10)
    later = timedelta(minutes=1)

    for astray in (slot.starts_at + later, slot.starts_at - later):
        await breaks(plan.sql, AT_SLOT, await plan.wish(slot, starts_at=astray))
    booking = await plan.talk(slot)

    await plan.breaks(
        AT_SLOT, "update meeting_slot set starts_at = starts_at - $2::interval where id = $1", slot.id, later
    )
    await plan.breaks(
        AT_SLOT, "update meeting_booking set starts_at = starts_at - $2::interval where id = $1", booking.id, later
    )
    await plan.does("update meeting_slot set withdrawn_at = now() where id = $1", slot.id)


async def test_a_talk_is_of_its_tickets_round_pupil_and_party(plan: Planner) -> None:
    town, slot, elsewhere = plan.town, await plan.slot(0), await plan.slot(0)
    wish = await plan.wish(slot, pupil=town.noor)

    for astray in ({"pupil_id": town.sam.id}, {"party": 1}, {"round_id": elsewhere.round_id}):
        await breaks(plan.sql, OF_TICKET, models.MeetingBooking(**wish.model_dump() | astray))
    there = {"slot_id": elsewhere.id, "window_id": elsewhere.window_id}
    await breaks(plan.sql, IN_ROUND, models.MeetingBooking(**wish.model_dump() | there))
    await breaks(plan.sql, AT_SLOT, models.MeetingBooking(**wish.model_dump() | {"slot_id": elsewhere.id}))

    await stores(plan.sql, wish)


# ------------------------------------------------------------------------------------------------ parties


@pytest.mark.parametrize(("minute", "nearer"), [(25, 24), (-25, -24)], ids=["after it", "before it"])
async def test_parties_of_a_pupil_do_not_meet_in_the_corridor(plan: Planner, minute: int, nearer: int) -> None:
    town, round_ = plan.town, await plan.round()
    first, at_the_gap, too_near = [await plan.slot(when, of=round_) for when in (0, minute, nearer)]
    booking = await plan.talk(first, town.guardian, pupil=town.noor, party=1)
    other = await plan.ticket(first, town.classmates_guardian, pupil=town.noor, party=2)

    await breaks(plan.sql, APART, meeting_booking(other, too_near, town.admin))

    await plan.talk(too_near, pupil=town.sam, party=2)
    beside = meeting_booking(other, at_the_gap, town.admin)
    await stores(plan.sql, beside)
    await plan.does(CANCEL, beside.id)
    await plan.does(CANCEL, booking.id)
    await stores(plan.sql, meeting_booking(other, await plan.slot(nearer, of=round_), town.admin))
    await plan.breaks(APART, "update meeting_booking set cancelled_at = null where id = $1", booking.id)


async def test_one_party_may_come_to_two_rounds_one_after_another(plan: Planner) -> None:
    town = plan.town
    await plan.talk(await plan.slot(0, town.teacher), town.guardian, pupil=town.noor, party=1)
    later = await plan.slot(10, town.other_teacher)

    await breaks(plan.sql, APART, await plan.wish(later, town.classmates_guardian, pupil=town.noor, party=2))

    await plan.talk(later, town.guardian, pupil=town.noor, party=1)
