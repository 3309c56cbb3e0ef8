"""What is shown of rounds, and of the slots in them: rows MRD and SLT."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.factories import id_of
from tests.personas import World
from tests.policy.meeting_facts import APART, OTHER, OWN
from tests.policy.probes import EMPTY, Case, Probe, always, ids, listed, node, viewer

ROUND = (
    "id school { id } kind title text groups { id } state priorityOpensAt opensAt closesAt endsAt changeUntilHours"
    " durationMinutes bufferMinutes walkMinutes viewerMayBook viewerMayPlan slotCursor"
)
SLOT = "id round { id } hosts { id name } startsAt endsAt room state booking { id topics }"
WINDOW = (
    "id round { id } hosts { name } groups { id } startsAt endsAt room breaks { startsAt endsAt } misfits { id topics }"
)
TICKET = (
    "id round { id } pupil { id } guardians { name } state doubleLength askedToCome needsInterpreter needsAccess"
    " hasPriority waitingSince booking { id } offer { id } freeSlots { id } report { id }"
)
MASKED = "MASKED"


def round_(name: str) -> Callable[[World], Any]:
    return lambda world: world.meetings.rounds[name]


def ticket(round_: str, whose: str) -> Callable[[World], Any]:
    return lambda world: world.meetings.tickets[round_, whose]


# ------------------------------------------------------------------------------------------------ rounds: MRD


def _where_it_stands(round_: Any) -> tuple[str, bool, bool]:
    return round_["state"], round_["viewerMayBook"], round_["viewerMayPlan"]


def _open_to(case: Case) -> tuple[str, bool, bool]:
    is_guardian = case.persona == "guardian_in_group"
    return "OPEN", is_guardian, not is_guardian


ANNOUNCED = ("open", "second", "closed", "colleague", "done", "together")
_LIST = "meetingRounds { id title }"
_LISTED: Mapping[str, Any] = {"shows": listed("meetingRounds"), "filtered": EMPTY}


def _rounds_seen(case: Case) -> list[str]:
    rounds = case.world.meetings.rounds
    return ids(*(rounds[name] for name in (ANNOUNCED if case.persona == "guardian_in_group" else rounds)))


def _own_rounds(case: Case) -> list[str]:
    """What a guardian is invited to, and a teacher hosts in."""
    rounds = case.world.meetings.rounds
    hosted = [name for name in rounds if name != "colleague"]
    return ids(*(rounds[name] for name in (hosted if case.persona == "teacher_of_group" else ANNOUNCED)))


ROUNDS: tuple[Probe, ...] = (
    node(
        "MRD-02",
        "MeetingRound",
        f"{ROUND} pupilsWithoutTicket {{ id }}",
        round_("open"),
        shows=_where_it_stands,
        allowed=_open_to,
    ),
    node("MRD-02", "Group", _LIST, lambda world: world.a1, name="group", allowed=_rounds_seen, **_LISTED),
    node("MRD-02", "School", _LIST, lambda world: world.school_a, name="school", allowed=_rounds_seen, **_LISTED),
    viewer("MRD-02", _LIST, name="viewer", allowed=_own_rounds, **_LISTED),
    node(
        "MRD-03",
        "MeetingRound",
        ROUND,
        round_("draft"),
        shows=_where_it_stands,
        allowed=always(("DRAFT", False, True)),
    ),
    node(
        "MRD-03",
        "MeetingSlot",
        SLOT,
        lambda world: world.meetings.slots["draft"][0],
        name="slot",
        shows=lambda slot: slot["state"],
        allowed=always("FREE"),
    ),
    node(
        "MRD-03",
        "MeetingTicket",
        TICKET,
        ticket("draft", OWN),
        name="ticket",
        shows=lambda ticket: ticket["state"],
        allowed=always("INVITED"),
    ),
)


# ------------------------------------------------------------------------------------------------ slots: SLT


def _booked(slot: Any) -> tuple[str, str, str]:
    """Which slot, its state, and by whom, as far as it is told."""
    return slot["id"], slot["state"], (slot["booking"] or {}).get("topics", "")


def _agenda(*states: str, window: str = "open", talks: Mapping[int, str] | None = None) -> Callable[[World], Any]:
    """The slots of a window of the open round: a letter for each state, and which talks are told."""
    words = {"f": "FREE", "b": "BOOKED", "x": "BLOCKED"}
    topics = {place: f"Rekenen ({whose})" for place, whose in (talks or {}).items()}

    def slots(world: World) -> list[tuple[str, str, str]]:
        made = world.meetings.slots[window]
        return [(id_of(made[place]), words[state], topics.get(place, "")) for place, state in enumerate(states)]

    return slots


_OF_TEACHER = _agenda(*"bfffbx", talks={0: OTHER, 4: APART})
_OF_COLLEAGUE = _agenda(*"ffffff", window="beside")
# What is less than a quarter of an hour from co_guardian's talk looks taken, like any other time that is.
_TO_GUARDIAN = _agenda(*"bfbbbx")
_BESIDE_TO_GUARDIAN = _agenda(*"ffbbbb", window="beside")


def _windows(round_: Any) -> list[str]:
    return [] if round_ is None else sorted(window["id"] for window in round_["windows"])


SLOTS: tuple[Probe, ...] = (
    node(
        "SLT-01",
        "MeetingRound",
        f"slots {{ {SLOT} }}",
        round_("open"),
        shows=listed("slots", _booked),
        allowed=lambda case: sorted(_OF_TEACHER(case.world) + _OF_COLLEAGUE(case.world)),
        filtered=EMPTY | {MASKED: lambda case: sorted(_TO_GUARDIAN(case.world) + _BESIDE_TO_GUARDIAN(case.world))},
    ),
    node(
        "SLT-01",
        "MeetingSlot",
        SLOT,
        lambda world: world.meetings.slots["open"][4],
        name="taken",
        shows=lambda slot: slot and _booked(slot),
        allowed=lambda case: _OF_TEACHER(case.world)[4],
        filtered={"EMPTY": always(None), MASKED: lambda case: _TO_GUARDIAN(case.world)[4]},
    ),
    node(
        "SLT-01",
        "MeetingRound",
        f"windows {{ {WINDOW} }}",
        round_("open"),
        name="windows",
        shows=_windows,
        allowed=lambda case: ids(case.world.meetings.windows["open"], case.world.meetings.windows["beside"]),
        filtered=EMPTY | {MASKED: always([])},
    ),
    node(
        "SLT-01",
        "HostWindow",
        WINDOW,
        lambda world: world.meetings.windows["open"],
        name="window",
        shows=lambda window: window and (window["room"], len(window["breaks"])),
        allowed=always(("Kamer open", 1)),
        filtered={"EMPTY": always(None), MASKED: always(None)},
    ),
    viewer(
        "SLT-01",
        f'hostedSlots(on: "2026-09-22") {{ {SLOT} }}',
        name="hosted",
        shows=listed("hostedSlots", _booked),
        allowed=lambda case: sorted(_OF_TEACHER(case.world)),
        filtered=EMPTY,
    ),
)

VIEWS: tuple[Probe, ...] = (*ROUNDS, *SLOTS)
