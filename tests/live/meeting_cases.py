"""What families do about their talks, and what the followers of the round's slots have to be told of it."""

from tests.api.office import DEREGISTER_PUPIL, END_GUARDIANSHIP, END_MEMBERSHIP, LEAVE_GUARDIANSHIP, WHY, at
from tests.factories import founding, guardian, id_of
from tests.live.evenings import Act, Evening, Law
from tests.meetings.documents import (
    ACCEPT_OFFER,
    BOOK,
    CANCEL,
    DECLINE,
    DECLINE_OFFER,
    LEAVE_LIST,
    MOVE,
)
from tests.meetings.planning import window, wish

by_families = Law()


@by_families("bookMeetings")
async def booking_a_talk(evening: Evening) -> Act:
    pair = await evening.ticket(evening.school.noor), await evening.slot("14:00")
    return lambda: evening.parent.ok(BOOK, input=wish(pair))


@by_families("bookMeetings")
async def booking_talks_of_two_groups_at_once(evening: Evening) -> Act:
    school = evening.school
    pairs = [
        (await evening.ticket(school.noor), await evening.slot("14:00")),
        (await evening.ticket(school.sam), await evening.slot("14:10")),
        (await evening.ticket(school.lina), await evening.slot("14:00", school.other_teacher)),
    ]
    return lambda: evening.admin.ok(BOOK, input=wish(*pairs))


@by_families("bookMeetings")
async def booking_a_double_talk(evening: Evening) -> Act:
    pair = await evening.marked(evening.school.noor, doubleLength=True), await evening.slot("14:00")
    return lambda: evening.parent.ok(BOOK, input=wish(pair))


@by_families("bookMeetings")
async def booking_with_a_host_who_is_in_another_round_then(evening: Evening) -> Act:
    await evening.another_round(window(evening.school.teacher, begin="13:55", end="15:00", room="Q"))
    pair = await evening.ticket(evening.school.noor), await evening.slot("14:00")
    return lambda: evening.parent.ok(BOOK, input=wish(pair))


@by_families("bookMeetings")
async def booking_another_slot_than_the_one_that_is_offered(evening: Evening) -> Act:
    ticket, _ = await evening.offered(evening.school.noor)
    slot = await evening.slot("15:00")
    return lambda: evening.parent.ok(BOOK, input=wish((ticket, slot)))


@by_families("bookMeetings")
async def booking_what_somebody_else_was_offered_and_let_go_by(evening: Evening) -> Act:
    await evening.offered(evening.school.sam)
    pair = await evening.ticket(evening.school.noor), await evening.slot("14:00")

    async def book_after_the_offer_is_over() -> None:
        evening.clock.advance(days=2)
        await evening.parent.ok(BOOK, input=wish(pair))

    return book_after_the_offer_is_over


@by_families("bookMeetings")
async def booking_a_talk_of_a_parent_who_is_also_a_host(evening: Evening) -> Act:
    school = evening.school
    await _lets_in_the_other_teacher(evening)
    pair = await evening.ticket(school.noor), await evening.slot("15:00")
    return lambda: evening.parent.ok(BOOK, input=wish(pair))


async def _lets_in_the_other_teacher(evening: Evening) -> None:
    """Who hosts for the second group becomes a guardian of Noor and Sam too, and is invited with their others."""
    school = evening.school
    async with founding(evening.database) as facts:
        guardian(facts, school.noor, school.sam, somebody=school.other_teacher)
    await evening.anew(window(school.teacher, room="A"), window(school.other_teacher, room="B"))


@by_families("moveMeeting")
async def moving_a_talk(evening: Evening) -> Act:
    talk, slot = await evening.talk(evening.school.noor), await evening.slot("15:00")
    return lambda: evening.parent.ok(MOVE, input={"bookingId": talk, "slotId": slot})


@by_families("moveMeeting")
async def moving_a_talk_to_another_host(evening: Evening) -> Act:
    talk, slot = await evening.talk(evening.school.noor), await evening.slot("16:00", evening.school.admin)
    return lambda: evening.parent.ok(MOVE, input={"bookingId": talk, "slotId": slot})


@by_families("moveMeeting")
async def moving_a_double_talk_by_one_slot(evening: Evening) -> Act:
    await evening.marked(evening.school.noor, doubleLength=True)
    talk, slot = await evening.talk(evening.school.noor), await evening.slot("14:10")
    return lambda: evening.parent.ok(MOVE, input={"bookingId": talk, "slotId": slot})


@by_families("moveMeeting")
async def moving_a_talk_away_from_what_somebody_waits_for(evening: Evening) -> Act:
    talk, slot = await evening.talk(evening.school.noor), await evening.slot("15:00")
    await evening.waiting(evening.school.sam)
    return lambda: evening.parent.ok(MOVE, input={"bookingId": talk, "slotId": slot})


@by_families("cancelMeeting")
async def cancelling_a_talk(evening: Evening) -> Act:
    talk = await evening.talk(evening.school.noor)
    return lambda: evening.parent.ok(CANCEL, input={"bookingId": talk})


@by_families("cancelMeeting")
async def cancelling_a_double_talk_for_which_somebody_waits(evening: Evening) -> Act:
    await evening.marked(evening.school.noor, doubleLength=True)
    talk = await evening.talk(evening.school.noor)
    await evening.waiting(evening.school.sam)
    return lambda: evening.parent.ok(CANCEL, input={"bookingId": talk})


@by_families("declineMeeting")
async def declining_while_a_slot_is_offered(evening: Evening) -> Act:
    ticket, _ = await evening.offered(evening.school.noor)
    return lambda: evening.parent.ok(DECLINE, input={"ticketId": ticket})


@by_families("leaveMeetingWaitingList")
async def waiting_no_longer_while_a_slot_is_offered(evening: Evening) -> Act:
    ticket, _ = await evening.offered(evening.school.noor)
    return lambda: evening.parent.ok(LEAVE_LIST, input={"ticketId": ticket})


@by_families("acceptMeetingOffer")
async def accepting_an_offer(evening: Evening) -> Act:
    _, offer = await evening.offered(evening.school.noor)
    return lambda: evening.parent.ok(ACCEPT_OFFER, input={"offerId": offer})


@by_families("declineMeetingOffer")
async def letting_an_offer_go_to_nobody(evening: Evening) -> Act:
    _, offer = await evening.offered(evening.school.noor)
    return lambda: evening.parent.ok(DECLINE_OFFER, input={"offerId": offer})


@by_families("declineMeetingOffer")
async def letting_an_offer_go_to_the_next(evening: Evening) -> Act:
    _, offer = await evening.offered(evening.school.noor)
    await evening.waiting(evening.school.sam)
    return lambda: evening.parent.ok(DECLINE_OFFER, input={"offerId": offer})


# ------------------------------------------------------------------------------------------------ who goes
# Sam's guardian goes, and Noor's is among those who follow: whose own rights end is told that, and no states.


@by_families("endGuardianship")
async def nobody_is_left_for_a_talk(evening: Evening) -> Act:
    await evening.talk(evening.school.sam)
    sam, parent = id_of(evening.school.sam), id_of(evening.school.classmates_guardian)
    return lambda: evening.admin.ok(END_GUARDIANSHIP, input={"pupilId": sam, "personId": parent, **WHY})


@by_families("endGuardianship")
async def a_host_who_came_as_a_parent_comes_no_more(evening: Evening) -> Act:
    await _lets_in_the_other_teacher(evening)
    await evening.talk(evening.school.sam, "15:00")
    sam, parent = id_of(evening.school.sam), id_of(evening.school.other_teacher)
    return lambda: evening.admin.ok(END_GUARDIANSHIP, input={"pupilId": sam, "personId": parent, **WHY})


@by_families("leaveGuardianship")
async def giving_up_access_with_a_talk_and_somebody_waiting(evening: Evening) -> Act:
    await evening.talk(evening.school.sam)
    await evening.waiting(evening.school.noor)
    return lambda: evening.classmates.ok(LEAVE_GUARDIANSHIP, input={"pupilId": id_of(evening.school.sam)})


@by_families("leaveGuardianship")
async def giving_up_access_while_a_slot_is_offered(evening: Evening) -> Act:
    await evening.offered(evening.school.sam)
    return lambda: evening.classmates.ok(LEAVE_GUARDIANSHIP, input={"pupilId": id_of(evening.school.sam)})


@by_families("deregisterPupil")
async def leaving_school_with_a_talk(evening: Evening) -> Act:
    await evening.talk(evening.school.sam)
    return lambda: evening.admin.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(evening.school.sam), **WHY})


@by_families("endMembership")
async def being_a_member_no_longer_with_a_talk(evening: Evening) -> Act:
    await evening.talk(evening.school.sam)
    ending = at(evening.school, evening.school.classmates_guardian, role="GUARDIAN", **WHY)
    return lambda: evening.admin.ok(END_MEMBERSHIP, input=ending)
