"""What the school does about a round, and what the followers of its slots have to be told of it."""

from datetime import datetime, timedelta
from typing import Any

import models
from tests.api.documents import node
from tests.api.office import MOVE_PUPIL
from tests.factories import founding, guardian, id_of, staff
from tests.live.evenings import NEXT_DAY, Act, Evening, Law
from tests.meetings.documents import (
    ADD_WINDOW,
    CANCEL_ROUND,
    CANCEL_SLOT,
    CHANGE_WINDOW,
    MARK_TICKETS,
    OFFER,
    RECORD,
    REHOST_TICKET,
    REMOVE_WINDOW,
    REOPEN_SLOT,
    REPLACE_HOST,
    SEPARATE,
    WITHDRAW_DAY,
)
from tests.meetings.planning import DAY, at, pause, window

by_the_school = Law()


# ------------------------------------------------------------------------------------------------ windows
# The teacher stays a host: who becomes one, or is none any more, sees more or fewer slots, and events tell no rights.


async def _window_of(evening: Evening, host: models.Person) -> str:
    seen = await evening.admin.ok(node("MeetingRound", "windows { id hosts { name } }"), id=evening.round)
    (found,) = [one["id"] for one in seen["windows"] if host.name in [somebody["name"] for somebody in one["hosts"]]]
    return found


async def _changing(evening: Evening, **more: Any) -> Act:
    changed = {"windowId": await _window_of(evening, evening.school.teacher), **more}
    return lambda: evening.teacher.ok(CHANGE_WINDOW, input=changed)


@by_the_school("addHostWindow")
async def adding_a_window(evening: Evening) -> Act:
    wished = window(evening.school.teacher, begin="18:00", end="19:00")
    return lambda: evening.teacher.ok(ADD_WINDOW, input={"roundId": evening.round, "window": wished})


@by_the_school("addHostWindow")
async def adding_a_window_for_which_somebody_waits(evening: Evening) -> Act:
    await evening.waiting(evening.school.noor)
    wished = window(evening.school.teacher, begin="18:00", end="19:00")
    return lambda: evening.teacher.ok(ADD_WINDOW, input={"roundId": evening.round, "window": wished})


@by_the_school("addHostWindow")
async def adding_a_window_while_its_host_has_a_talk_in_another_round(evening: Evening) -> Act:
    await evening.talk(evening.school.noor)
    other = await evening.another_round(window(evening.school.teacher, begin="18:00", end="19:00"))
    wished = window(evening.school.teacher)
    return lambda: evening.admin.ok(ADD_WINDOW, input={"roundId": other, "window": wished})


@by_the_school("changeHostWindow")
async def making_a_window_longer(evening: Evening) -> Act:
    return await _changing(evening, to=at("16:30").isoformat())


@by_the_school("changeHostWindow")
async def making_a_window_shorter_than_its_talks(evening: Evening) -> Act:
    await evening.talk(evening.school.noor, "14:00")
    await evening.talk(evening.school.sam, "15:50")
    return await _changing(evening, to=at("15:00").isoformat())


@by_the_school("changeHostWindow")
async def beginning_a_window_five_minutes_later(evening: Evening) -> Act:
    await evening.talk(evening.school.noor, "15:00")
    await evening.offered(evening.school.sam, "14:00")
    return await _changing(evening, **{"from": at("14:05").isoformat()})


@by_the_school("changeHostWindow")
async def putting_a_break_where_a_double_talk_is(evening: Evening) -> Act:
    await evening.marked(evening.school.noor, doubleLength=True)
    await evening.talk(evening.school.noor, "15:00")
    await evening.waiting(evening.school.sam)
    return await _changing(evening, breaks=[pause("15:10", "15:25")])


@by_the_school("removeHostWindow")
async def taking_a_window_away_while_a_slot_of_it_is_offered(evening: Evening) -> Act:
    await evening.offered(evening.school.noor)
    removed = {"windowId": await _window_of(evening, evening.school.teacher)}
    more = window(evening.school.teacher, begin="18:00", end="19:00")
    await evening.teacher.ok(ADD_WINDOW, input={"roundId": evening.round, "window": more})
    return lambda: evening.teacher.ok(REMOVE_WINDOW, input=removed)


# ------------------------------------------------------------------------------------------------ slots


@by_the_school("cancelMeetingSlot")
async def keeping_a_slot_free(evening: Evening) -> Act:
    slot = await evening.slot("14:00")
    return lambda: evening.teacher.ok(CANCEL_SLOT, input={"slotId": slot})


@by_the_school("cancelMeetingSlot")
async def keeping_a_slot_free_in_a_double_talk(evening: Evening) -> Act:
    await evening.marked(evening.school.noor, doubleLength=True)
    await evening.talk(evening.school.noor)
    await evening.waiting(evening.school.sam)
    slot = await evening.slot("14:10")
    return lambda: evening.teacher.ok(CANCEL_SLOT, input={"slotId": slot})


@by_the_school("cancelMeetingSlot")
async def keeping_a_slot_free_that_is_offered(evening: Evening) -> Act:
    await evening.offered(evening.school.noor)
    slot = await evening.slot("14:00")
    return lambda: evening.teacher.ok(CANCEL_SLOT, input={"slotId": slot})


@by_the_school("reopenMeetingSlot")
async def opening_a_slot_again(evening: Evening) -> Act:
    slot = await evening.slot("14:00")
    await evening.teacher.ok(CANCEL_SLOT, input={"slotId": slot})
    return lambda: evening.teacher.ok(REOPEN_SLOT, input={"slotId": slot})


@by_the_school("reopenMeetingSlot")
async def opening_a_slot_again_for_which_somebody_waits(evening: Evening) -> Act:
    slot = await evening.slot("14:00")
    await evening.teacher.ok(CANCEL_SLOT, input={"slotId": slot})
    await evening.waiting(evening.school.noor)
    return lambda: evening.teacher.ok(REOPEN_SLOT, input={"slotId": slot})


# ------------------------------------------------------------------------------------------------ hosts


def _away(evening: Evening, host: models.Person, day: datetime = DAY) -> Act:
    told = {"schoolId": id_of(evening.school.school), "hostId": id_of(host), "date": str(day.date())}
    return lambda: evening.admin.ok(WITHDRAW_DAY, input=told)


@by_the_school("withdrawHostDay")
async def the_head_is_ill_and_had_a_talk(evening: Evening) -> Act:
    await evening.talk(evening.school.noor, "16:10", evening.school.admin)
    await evening.waiting(evening.school.sam)
    return _away(evening, evening.school.admin)


@by_the_school("withdrawHostDay")
async def a_host_of_two_rounds_is_ill(evening: Evening) -> Act:
    school = evening.school
    await evening.another_round(window(school.admin, begin="16:30", end="17:30"))
    await evening.talk(school.noor, "16:40", school.admin)
    return _away(evening, school.admin)


@by_the_school("withdrawHostDay")
async def one_of_two_hosts_is_ill_who_was_busy_as_a_parent(evening: Evening) -> Act:
    """The others go on; and where the one who is away could not be, they now can."""
    school = evening.school
    async with founding(evening.database) as facts:
        guardian(facts, school.sam, somebody=school.other_teacher)
    both = window(school.admin, school.other_teacher, day=NEXT_DAY)
    await evening.anew(window(school.teacher, day=NEXT_DAY), both)
    await evening.talk(school.sam, "15:00", day=NEXT_DAY)
    return _away(evening, school.other_teacher, NEXT_DAY)


def _replacing(evening: Evening, host: models.Person, new_host: models.Person) -> Act:
    told = {"roundId": evening.round, "hostId": id_of(host), "newHostId": id_of(new_host)}
    return lambda: evening.admin.ok(REPLACE_HOST, input=told)


@by_the_school("replaceMeetingHost")
async def replacing_a_host_by_one_who_is_busy_then_in_another_round(evening: Evening) -> Act:
    school = evening.school
    other = await evening.another_round(window(school.other_teacher, begin="16:30", end="17:30"))
    await evening.talk(school.lina, "16:40", school.other_teacher, of=other)
    return _replacing(evening, school.admin, school.other_teacher)


@by_the_school("replaceMeetingHost")
async def replacing_a_host_who_is_also_in_another_round(evening: Evening) -> Act:
    """Their talks move to the new host: what is free of either in another round changes too."""
    school = evening.school
    async with founding(evening.database) as facts:
        substitute = staff(facts, school.school, name="Inge Vos")
    await evening.another_round(
        window(school.admin, begin="16:00", end="17:00"), window(substitute, begin="16:00", end="17:00")
    )
    await evening.talk(school.noor, "16:10", school.admin)
    return _replacing(evening, school.admin, substitute)


# ------------------------------------------------------------------------------------------------ tickets


@by_the_school("offerMeeting")
async def offering_a_slot(evening: Evening) -> Act:
    offered = {"ticketId": await evening.ticket(evening.school.noor), "slotId": await evening.slot("14:00")}
    return lambda: evening.teacher.ok(OFFER, input=offered)


@by_the_school("offerMeeting")
async def offering_two_slots_for_a_double_talk(evening: Evening) -> Act:
    ticket = await evening.marked(evening.school.noor, doubleLength=True)
    offered = {"ticketId": ticket, "slotId": await evening.slot("14:00")}
    return lambda: evening.teacher.ok(OFFER, input=offered)


@by_the_school("markMeetingTickets")
async def needing_no_talk_while_a_slot_is_offered(evening: Evening) -> Act:
    ticket, _ = await evening.offered(evening.school.noor)
    await evening.waiting(evening.school.sam)
    return lambda: evening.teacher.ok(MARK_TICKETS, input={"ticketIds": [ticket], "needed": False})


@by_the_school("markMeetingTickets")
async def inviting_again_who_did_not_come(evening: Evening) -> Act:
    talk, ticket = await evening.talk(evening.school.noor), await evening.ticket(evening.school.noor)
    evening.clock.stand_at(at("14:00") + timedelta(minutes=15))
    await evening.teacher.ok(RECORD, input={"bookingId": talk, "came": False})
    return lambda: evening.teacher.ok(MARK_TICKETS, input={"ticketIds": [ticket], "needed": True})


@by_the_school("rehostMeetingTicket")
async def letting_a_child_who_has_moved_talk_with_the_new_teacher(evening: Evening) -> Act:
    school = evening.school
    await evening.talk(school.sam)
    ticket = await evening.ticket(school.sam)
    await evening.admin.ok(MOVE_PUPIL, input={"pupilId": id_of(school.sam), "groupId": id_of(school.other_group)})
    return lambda: evening.admin.ok(REHOST_TICKET, input={"ticketId": ticket})


@by_the_school("separateMeetingParties")
async def setting_guardians_apart_who_had_a_talk(evening: Evening) -> Act:
    school = evening.school
    async with founding(evening.database) as facts:
        mother = guardian(facts, school.sam, name="Fenna Bos")
    await evening.talk(school.sam)
    parties = [{"guardianIds": [id_of(school.classmates_guardian)]}, {"guardianIds": [id_of(mother)]}]
    told = {"pupilId": id_of(school.sam), "parties": parties, "basis": "Op verzoek van beide ouders"}
    return lambda: evening.admin.ok(SEPARATE, input=told)


@by_the_school("cancelMeetingRound")
async def calling_a_round_off(evening: Evening) -> Act:
    await evening.another_round(window(evening.school.teacher))
    await evening.talk(evening.school.noor)
    await evening.offered(evening.school.sam, "15:00")
    return lambda: evening.admin.ok(CANCEL_ROUND, input={"roundId": evening.round})
