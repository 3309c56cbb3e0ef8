"""What is shown of tickets and talks: rows BKG.

The rows about the own talk are about guardian_in_group's, and BKG-09 about co_guardian's: P's guardians come apart.
"""

from collections.abc import Callable
from typing import Any

from tests.personas import World
from tests.policy.meeting_facts import APART, OTHER, OWN
from tests.policy.meeting_views import TICKET, round_, ticket
from tests.policy.probes import EMPTY, Case, Probe, always, ids, listed, node, viewer

BOOKING = "id ticket { id } slot { id } startsAt endsAt bookedBy { name } bookedAt topics cancelledAt clashesElsewhere"
REPORT = "id ticket { id } author { name } text sharedAt editedAt"


def _booking(round_: str, whose: str) -> Callable[[World], Any]:
    return lambda world: world.meetings.bookings[round_, whose]


def _invitation(ticket: Any) -> tuple[str, list[str]]:
    return ticket["state"], [guardian["name"] for guardian in ticket["guardians"]]


def _about(row: str, whose: str, state: str, booked_in: str, *guardians: str) -> tuple[Probe, ...]:
    """The ticket in the open round, a talk, and the report of the talk that is over."""
    return (
        node(
            row,
            "MeetingBooking",
            BOOKING,
            _booking(booked_in, whose),
            shows=lambda booking: (booking["bookedBy"]["name"], booking["topics"]),
            allowed=always((guardians[-1], f"Rekenen ({whose})")),
        ),
        node(
            row,
            "MeetingTicket",
            TICKET,
            ticket("open", whose),
            name="ticket",
            shows=_invitation,
            allowed=always((state, list(guardians))),
        ),
        node(
            row,
            "MeetingReport",
            REPORT,
            lambda world: world.meetings.reports[whose],
            name="report",
            shows=lambda report: report["text"],
            allowed=always(f"Verslag ({whose})"),
        ),
    )


def _tickets_seen(case: Case) -> list[str]:
    whose = (OWN,) if case.persona == "guardian_in_group" else (OWN, APART, OTHER)
    return ids(*(case.world.meetings.tickets["open", name] for name in whose))


def _reports_seen(case: Case) -> list[str]:
    whose = (OWN,) if case.persona == "guardian_in_group" else (OWN, APART)
    return ids(*(case.world.meetings.reports[name] for name in whose))


def _reports(row: str, pupil: str, allowed: Callable[[Case], list[str]]) -> Probe:
    """All reports about a pupil."""
    asks = f"meetingReports {{ {REPORT} }}"
    more = {"name": "reports", "shows": listed("meetingReports"), "allowed": allowed}
    return node(row, "Pupil", asks, lambda world: getattr(world, pupil), **more)


TALKS: tuple[Probe, ...] = (
    *_about("BKG-05", OWN, "INVITED", "second", "Esra Yilmaz"),
    *_about("BKG-06", OTHER, "BOOKED", "open", "Ines Jansen", "Tom Jansen"),
    *_about("BKG-09", APART, "BOOKED", "open", "Kaan Yilmaz"),
    node(
        "BKG-05",
        "MeetingRound",
        "tickets { id }",
        round_("open"),
        name="tickets",
        shows=listed("tickets"),
        allowed=_tickets_seen,
    ),
    _reports("BKG-05", "own_child", _reports_seen),
    _reports("BKG-06", "other_pupil", lambda case: ids(case.world.meetings.reports[OTHER])),
    node(
        "BKG-05",
        "MeetingOffer",
        "id ticket { id } slot { id state } expiresAt",
        lambda world: world.meetings.offer,
        name="offer",
        shows=lambda offer: offer["slot"]["state"],
        allowed=always("HELD"),
    ),
    node(
        "BKG-05",
        "MeetingTicket",
        "id privateNote",
        ticket("done", OWN),
        name="note",
        shows=lambda ticket: ticket["privateNote"],
        allowed=always(f"Notitie ({OWN})"),
        filtered={"EMPTY": always(None)},
    ),
    viewer(
        "BKG-05",
        "hasCalendarAddress",
        name="calendar",
        shows=lambda viewer: viewer["hasCalendarAddress"],
        allowed=always(None),
        filtered={"SELF": always(False)},
    ),
    node(
        "BKG-09",
        "Pupil",
        "separateParties { party guardian { name } basis setBy { name } setAt }",
        lambda world: world.own_child,
        name="parties",
        shows=listed("separateParties", lambda party: (party["party"], party["guardian"]["name"])),
        allowed=always([(1, "Esra Yilmaz"), (2, "Kaan Yilmaz")]),
        filtered=EMPTY,
    ),
)
