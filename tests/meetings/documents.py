"""What people ask about meetings in these tests, in words of the contract."""

from tests.api.documents import mutation, node

SLOT = "id state startsAt endsAt room hosts { name } booking { id ticket { id } }"
BOOKING = "id startsAt endsAt topics cancelledAt slot { id startsAt state } ticket { id state pupil { givenName } }"
TICKET = "id state doubleLength pupil { id givenName } guardians { name } booking { id slot { id } } offer { id }"
ROUND = f"""id title state opensAt closesAt viewerMayBook slotCursor
  slots {{ {SLOT} }} tickets {{ {TICKET} }}"""

READ_ROUND = node("MeetingRound", ROUND)
READ_TICKET = node("MeetingTicket", f"{TICKET} freeSlots {{ id startsAt }} offer {{ id expiresAt slot {{ id }} }}")
READ_BOOKING = node("MeetingBooking", BOOKING)
READ_SLOT = node("MeetingSlot", SLOT)
MY_ROUNDS = f"{{ viewer {{ meetingRounds {{ {ROUND} }} }} }}"

_WINDOW = "id room startsAt endsAt hosts { name } misfits { id } breaks { startsAt }"
CREATE_ROUND = mutation("createMeetingRound", f"round {{ {ROUND} windows {{ {_WINDOW} }} }}")
UPDATE_ROUND = mutation("updateMeetingRound", "round { id title state closesAt }")
ANNOUNCE_ROUND = mutation("announceMeetingRound", "round { id state }").replace("code path", "code path missing")
CANCEL_ROUND = mutation("cancelMeetingRound", "round { id state slots { id } }")
PREVIEW_SLOTS = mutation("previewMeetingSlots", "windows { leftOverMinutes slots { startsAt endsAt } }")

ADD_WINDOW = mutation("addHostWindow", f"window {{ {_WINDOW} }}")
CHANGE_WINDOW = mutation("changeHostWindow", f"window {{ {_WINDOW} }}")
REMOVE_WINDOW = mutation("removeHostWindow", "round { id slots { id } }")
CANCEL_SLOT = mutation("cancelMeetingSlot", "slot { id state }")
REOPEN_SLOT = mutation("reopenMeetingSlot", "slot { id state }")
WITHDRAW_DAY = mutation("withdrawHostDay", "rounds { id }")
REPLACE_HOST = mutation("replaceMeetingHost", "round { id slots { id hosts { name } } }")

MARK_TICKETS = mutation("markMeetingTickets", f"tickets {{ {TICKET} }}")
ADD_TICKETS = mutation("addMeetingTickets", f"tickets {{ {TICKET} }}")
REHOST_TICKET = mutation("rehostMeetingTicket", f"ticket {{ {TICKET} }}")
OFFER = mutation("offerMeeting", f"ticket {{ {TICKET} }}")
RECORD = mutation("recordMeeting", f"ticket {{ {TICKET} }}")
WRITE_NOTE = mutation("writeMeetingNote", "ticket { id privateNote }")
SHARE_REPORT = mutation("shareMeetingReport", "ticket { id report { id text } }")
SEPARATE = mutation("separateMeetingParties", "pupil { id separateParties { party guardian { name } basis } }")

_BUNDLE = "waitingMinutes days slots { id startsAt } tickets { id } missing { id }"
SUGGEST = mutation("suggestMeetingBundles", f"bundles {{ {_BUNDLE} }} nearest {{ {_BUNDLE} }}")
BOOK = mutation("bookMeetings", f"bookings {{ {BOOKING} }}")
MOVE = mutation("moveMeeting", f"booking {{ {BOOKING} }}")
CANCEL = mutation("cancelMeeting", f"ticket {{ {TICKET} }}")
DECLINE = mutation("declineMeeting", f"ticket {{ {TICKET} }}")
JOIN_LIST = mutation("joinMeetingWaitingList", f"ticket {{ {TICKET} }}")
LEAVE_LIST = mutation("leaveMeetingWaitingList", f"ticket {{ {TICKET} }}")
ACCEPT_OFFER = mutation("acceptMeetingOffer", f"booking {{ {BOOKING} }}")
DECLINE_OFFER = mutation("declineMeetingOffer", f"ticket {{ {TICKET} }}")
CREATE_ADDRESS = "mutation { createCalendarAddress { url errors { code } } }"
REVOKE_ADDRESS = "mutation { revokeCalendarAddress { revoked errors { code } } }"

FOLLOW_SLOTS = """subscription($round: ID!, $after: String) {
  meetingSlotFeed(roundId: $round, after: $after) { kind cursor events { slotId state } }
}"""
