"""What is done about meetings and changes no slot that anybody follows."""

from tests.factories import enrol, founding, guardian, id_of
from tests.live.evenings import Act, Evening, Law
from tests.meetings.documents import (
    ADD_TICKETS,
    ANNOUNCE_ROUND,
    CREATE_ADDRESS,
    CREATE_ROUND,
    JOIN_LIST,
    PREVIEW_SLOTS,
    RECORD,
    REVOKE_ADDRESS,
    SHARE_REPORT,
    SUGGEST,
    UPDATE_ROUND,
    WRITE_NOTE,
)
from tests.meetings.planning import at, of_round, plan, window

in_silence = Law()


@in_silence("previewMeetingSlots")
async def looking_how_a_window_would_be_cut(evening: Evening) -> Act:
    asked = {"schoolId": id_of(evening.school.school), "hostWindows": [window(evening.school.teacher)]}
    return lambda: evening.teacher.ok(PREVIEW_SLOTS, input=asked)


@in_silence("createMeetingRound")
async def making_a_round(evening: Evening) -> Act:
    asked = of_round(evening.school.school, [evening.school.group], [window(evening.school.teacher)])
    return lambda: evening.teacher.ok(CREATE_ROUND, input=asked)


@in_silence("updateMeetingRound")
async def closing_a_round_later(evening: Evening) -> Act:
    asked = {"roundId": evening.round, "title": "Gesprekken", "closesAt": at("12:00").isoformat()}
    return lambda: evening.admin.ok(UPDATE_ROUND, input=asked)


@in_silence("announceMeetingRound")
async def announcing_a_round(evening: Evening) -> Act:
    draft = await plan(evening.admin, evening.school)
    evening.others.append(draft["id"])
    return lambda: evening.admin.ok(ANNOUNCE_ROUND, input={"roundId": draft["id"]})


@in_silence("addMeetingTickets")
async def inviting_who_came_later(evening: Evening) -> Act:
    async with founding(evening.database) as facts:
        guardian(facts, enrol(facts, evening.school.group, given_name="Daan"))
    return lambda: evening.admin.ok(ADD_TICKETS, input={"roundId": evening.round})


@in_silence("recordMeeting")
async def writing_down_that_a_talk_was_held(evening: Evening) -> Act:
    talk = await evening.talk(evening.school.noor)
    evening.clock.stand_at(at("14:05"))
    return lambda: evening.teacher.ok(RECORD, input={"bookingId": talk, "came": True})


@in_silence("writeMeetingNote")
async def writing_a_note_for_oneself(evening: Evening) -> Act:
    ticket = await evening.ticket(evening.school.noor)
    return lambda: evening.teacher.ok(WRITE_NOTE, input={"ticketId": ticket, "text": "Vraag naar het lezen."})


@in_silence("shareMeetingReport")
async def sharing_what_was_said(evening: Evening) -> Act:
    ticket = await evening.ticket(evening.school.noor)
    return lambda: evening.teacher.ok(SHARE_REPORT, input={"ticketId": ticket, "text": "Het gaat goed."})


@in_silence("suggestMeetingBundles")
async def looking_for_times(evening: Evening) -> Act:
    ticket = await evening.ticket(evening.school.noor)
    return lambda: evening.parent.ok(SUGGEST, input={"ticketIds": [ticket]})


@in_silence("joinMeetingWaitingList")
async def waiting_for_a_slot(evening: Evening) -> Act:
    ticket = await evening.ticket(evening.school.noor)
    return lambda: evening.parent.ok(JOIN_LIST, input={"ticketId": ticket})


@in_silence("createCalendarAddress")
async def making_an_address_for_a_calendar(evening: Evening) -> Act:
    return lambda: evening.parent.ok(CREATE_ADDRESS)


@in_silence("revokeCalendarAddress")
async def making_it_worthless(evening: Evening) -> Act:
    await evening.parent.ok(CREATE_ADDRESS)
    return lambda: evening.parent.ok(REVOKE_ADDRESS)
