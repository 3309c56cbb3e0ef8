"""Meetings: the feeds of slots, all probes of the area, and what they ask of the contract: MRD, SLT, BKG and SUB-05."""

from collections.abc import Awaitable, Callable, Mapping

from tests.clients import Clients
from tests.factories import id_of
from tests.personas import World
from tests.policy.meeting_bookings import BOOKINGS
from tests.policy.meeting_facts import OTHER
from tests.policy.meeting_planning import PLANNING
from tests.policy.meeting_talks import TALKS
from tests.policy.meeting_views import VIEWS
from tests.policy.probes import Follow, Probe, mutation


async def _cancel_talk(clients: Clients, world: World) -> None:
    family = clients(world.tokens["classmates_guardian"])
    talk = id_of(world.meetings.bookings["open", OTHER])
    await family.ok(mutation("cancelMeeting", "ticket { id }"), input={"bookingId": talk})


async def _block_slot(clients: Clients, world: World) -> None:
    head = clients(world.tokens["school_admin"])
    slot = id_of(world.meetings.slots["together"][0])
    await head.ok(mutation("cancelMeetingSlot", "slot { id }"), input={"slotId": slot})


def _feed(round_: str, cause: Callable[[Clients, World], Awaitable[None]], state: str, name: str = "") -> Follow:
    """The first slot of a round comes into another state."""
    return Follow(
        row="SUB-05",
        name=name,
        document="subscription($id: ID!) { meetingSlotFeed(roundId: $id)"
        " { kind cursor retryAfterMs events { slotId state } } }",
        variables=lambda case: {"id": id_of(case.world.meetings.rounds[round_])},
        target=("id",),
        cause=cause,
        shows=lambda events: [(event["slotId"], event["state"]) for event in events],
        allowed=lambda case: [(id_of(case.world.meetings.slots[round_][0]), state)],
    )


FEEDS = (
    _feed("open", _cancel_talk, "FREE"),
    _feed("together", _block_slot, "BLOCKED", "together"),
)

PROBES: tuple[Probe, ...] = (*VIEWS, *TALKS, *PLANNING, *BOOKINGS, *FEEDS)

_SLOT = {"id", "round", "hosts", "startsAt", "endsAt", "room", "state", "booking"}
_TICKET = {
    *("id", "round", "pupil", "guardians", "state", "doubleLength", "askedToCome", "needsInterpreter", "needsAccess"),
    *("hasPriority", "waitingSince", "booking", "offer", "freeSlots", "report"),
}
_BOOKING = {
    *("id", "ticket", "slot", "startsAt", "endsAt", "bookedBy", "bookedAt", "topics", "cancelledAt"),
    "clashesElsewhere",
}
_REPORT = {"id", "ticket", "author", "text", "sharedAt", "editedAt"}
_TALKS = ("BKG-05", "BKG-06", "BKG-09")

_OPERATIONS = {
    "MRD-01": {
        *("createMeetingRound", "updateMeetingRound", "announceMeetingRound", "cancelMeetingRound"),
        *("previewMeetingSlots", "markMeetingTickets", "addMeetingTickets", "rehostMeetingTicket", "recordMeeting"),
        *("writeMeetingNote", "shareMeetingReport"),
    },
    "SLT-02": {
        *("addHostWindow", "changeHostWindow", "removeHostWindow", "cancelMeetingSlot", "reopenMeetingSlot"),
        *("withdrawHostDay", "offerMeeting"),
    },
    "SLT-03": {"addHostWindow", "withdrawHostDay", "replaceMeetingHost"},
    "BKG-01": {"bookMeetings", "joinMeetingWaitingList", "acceptMeetingOffer", "suggestMeetingBundles"},
    "BKG-05": {"createCalendarAddress", "revokeCalendarAddress"},
    "BKG-07": {
        *("cancelMeeting", "moveMeeting", "declineMeeting", "leaveMeetingWaitingList", "declineMeetingOffer"),
    },
    "BKG-09": {"separateMeetingParties"},
}


def _payload(row: str, answer: str) -> Mapping[str, set[str]]:
    return {row: {*answer.split(), "errors"}}


FIELDS: Mapping[str, Mapping[str, set[str]]] = {
    "Mutation": _OPERATIONS,
    "Subscription": {"SUB-05": {"meetingSlotFeed"}},
    "MeetingSlotFrame": {"SUB-05": {"kind", "cursor", "retryAfterMs", "events"}},
    "MeetingSlotEvent": {"SUB-05": {"slotId", "state"}},
    "Viewer": {"MRD-02": {"meetingRounds"}, "SLT-01": {"hostedSlots"}, "BKG-05": {"hasCalendarAddress"}},
    "School": {"MRD-02": {"meetingRounds"}},
    "Group": {"MRD-02": {"meetingRounds"}},
    "Pupil": {
        "BKG-05": {"meetingReports"},
        "BKG-06": {"meetingReports"},
        "BKG-09": {"separateParties"},
    },
    "SeparateParty": {"BKG-09": {"party", "guardian", "basis", "setBy", "setAt"}},
    "MeetingRound": {
        "MRD-02": {
            *("id", "school", "kind", "title", "text", "groups", "state", "priorityOpensAt", "opensAt", "closesAt"),
            *("endsAt", "changeUntilHours", "durationMinutes", "bufferMinutes", "walkMinutes"),
            *("viewerMayBook", "viewerMayPlan", "slotCursor", "pupilsWithoutTicket"),
        },
        "SLT-01": {"slots", "windows"},
        "BKG-05": {"tickets"},
    },
    "HostWindow": {"SLT-01": {"id", "round", "hosts", "groups", "startsAt", "endsAt", "room", "breaks", "misfits"}},
    "WindowBreak": {"SLT-01": {"startsAt", "endsAt"}},
    "MeetingSlot": {"SLT-01": _SLOT, "MRD-03": _SLOT},
    "MeetingTicket": {**dict.fromkeys((*_TALKS, "MRD-03"), _TICKET), "BKG-05": {*_TICKET, "privateNote"}},
    "MeetingBooking": dict.fromkeys(_TALKS, _BOOKING),
    "MeetingReport": dict.fromkeys(_TALKS, _REPORT),
    "MeetingOffer": {"BKG-05": {"id", "ticket", "slot", "expiresAt"}},
    "HostWindowPreview": {"MRD-01": {"slots", "leftOverMinutes"}},
    "MeetingSlotPreview": {"MRD-01": {"startsAt", "endsAt"}},
    "MeetingBundle": {"BKG-01": {"slots", "tickets", "missing", "waitingMinutes", "days"}},
    "UserError": {"MRD-01": {"missing"}},
    "CreateMeetingRoundPayload": _payload("MRD-01", "round"),
    "AnnounceMeetingRoundPayload": _payload("MRD-01", "round"),
    "MeetingRoundPayload": _payload("MRD-01", "round"),
    "PreviewMeetingSlotsPayload": _payload("MRD-01", "windows"),
    "MeetingTicketsPayload": _payload("MRD-01", "tickets"),
    "HostWindowPayload": _payload("SLT-02", "window"),
    "MeetingSlotPayload": _payload("SLT-02", "slot"),
    "WithdrawHostDayPayload": _payload("SLT-02", "rounds"),
    "MeetingTicketPayload": _payload("BKG-07", "ticket"),
    "BookMeetingsPayload": _payload("BKG-01", "bookings"),
    "AcceptMeetingOfferPayload": _payload("BKG-01", "booking"),
    "SuggestMeetingBundlesPayload": _payload("BKG-01", "bundles nearest"),
    "CreateCalendarAddressPayload": _payload("BKG-05", "url"),
    "RevokeCalendarAddressPayload": _payload("BKG-05", "revoked"),
    "CancelMeetingPayload": _payload("BKG-07", "ticket"),
    "MoveMeetingPayload": _payload("BKG-07", "booking"),
    "SeparateMeetingPartiesPayload": _payload("BKG-09", "pupil"),
}
"""Which rows hold for which fields, as in `coverage.FIELDS`."""
