"""Meetings of the canonical world: rounds of group A1, and who has which talk in them.

P's guardians come apart: guardian_in_group is one party, co_guardian another one. But for a round of earlier, all rows
about P are of one of the two, so that a row which is shown to the wrong one of them shows in a test.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import models
from models import MeetingKind, MeetingRoundState, MeetingTicketState
from tests.clients import AMSTERDAM, BEFORE_SCHOOL
from tests.facts import LONG_AGO, YESTERDAY, Facts

OWN, APART, OTHER = "own", "co_guardian", "other"
"""Whose tickets there are: guardian_in_group's for P, co_guardian's for P, and those of the other pupil's guardians."""
PARTIES: Mapping[str, tuple[int, tuple[str, ...]]] = {
    OWN: (1, ("guardian_in_group",)),
    APART: (2, ("co_guardian",)),
    OTHER: (0, ("classmates_guardian", "sharing_guardian")),
}
TOGETHER: Mapping[str, tuple[int, tuple[str, ...]]] = {
    OWN: (0, ("guardian_in_group", "co_guardian")),
    OTHER: PARTIES[OTHER],
}
"""As it was, until P's guardians were set apart."""
LENGTH, GAP = timedelta(minutes=10), timedelta(minutes=15)
OPEN_FOR = timedelta(days=3)


def at(day: int, clock: str) -> datetime:
    """A moment in September 2026."""
    return datetime.fromisoformat(f"2026-09-{day:02}T{clock}").replace(tzinfo=AMSTERDAM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meetings:
    """By the name of a round, and whose it is."""

    rounds: Mapping[str, models.MeetingRound]
    """`open` and `second` for booking, `draft`, `closed`, `colleague` (in whose agenda it is), `done`, `together`."""
    windows: Mapping[str, models.HostWindow]
    """One for each round; of `open` also `beside`, in the agenda of the colleague at the same time."""
    slots: Mapping[str, Sequence[models.MeetingSlot]]
    """Of each window, in order of time."""
    tickets: Mapping[tuple[str, str], models.MeetingTicket]
    bookings: Mapping[tuple[str, str], models.MeetingBooking]
    """In `open` all but the own one, in `second` the own one, in `colleague` the other, in `done` all three."""
    offer: models.MeetingOffer
    """Of a slot in `colleague`, for guardian_in_group, who waits for one."""
    reports: Mapping[str, models.MeetingReport]
    """Of the talks in `done`."""


@dataclass(slots=True)
class _Making:
    """What has been made until now."""

    facts: Facts
    group: models.Group
    pupils: Mapping[str, models.Pupil]
    people: Mapping[str, models.Person]
    rounds: dict[str, models.MeetingRound]
    windows: dict[str, models.HostWindow]
    slots: dict[str, list[models.MeetingSlot]]
    tickets: dict[tuple[str, str], models.MeetingTicket]
    bookings: dict[tuple[str, str], models.MeetingBooking]


def meetings(
    facts: Facts, group: models.Group, pupils: Mapping[str, models.Pupil], people: Mapping[str, models.Person]
) -> Meetings:
    """Rounds of a group, with pupils `own` and `other`."""
    made = _Making(facts, group, pupils, people, {}, {}, {}, {}, {})
    _set_apart(made)
    _round(made, "open", at(22, "14:00"), slots=6, pause=LENGTH)
    _window(made, made.rounds["open"], "beside", ("colleague",), at(22, "14:00"), slots=6)
    _round(made, "second", at(23, "14:00"), slots=3)
    _round(made, "draft", at(24, "14:00"), slots=3, state=MeetingRoundState.DRAFT, opens_at=at(16, "19:00"))
    _round(made, "closed", at(28, "14:00"), slots=3, closes_at=YESTERDAY)
    _round(made, "colleague", at(25, "14:00"), slots=2, hosts=("colleague",))
    _round(made, "done", at(8, "14:00"), slots=6, hosts=("teacher_of_group", "ex_staff"), closes_at=at(7, "12:00"))
    _round(made, "together", at(1, "14:00"), slots=1, parties=TOGETHER, closes_at=at(1, "12:00"))
    made.slots["open"][5].blocked_at = YESTERDAY
    for round_, whose, place in (
        ("open", OTHER, 0),
        ("open", APART, 4),
        ("second", OWN, 0),
        ("colleague", OTHER, 0),
        ("done", OTHER, 0),
        ("done", OWN, 2),
        ("done", APART, 5),
    ):
        _book(made, round_, whose, made.slots[round_][place])
    # Who was a guardian of P came to that talk, and is none any more.
    _come(made, made.tickets["done", OWN], "ex_guardian")
    offer, reports = _offer(made), {whose: _report(made, whose) for whose in PARTIES}
    return Meetings(
        rounds=made.rounds,
        windows=made.windows,
        slots=made.slots,
        tickets=made.tickets,
        bookings=made.bookings,
        offer=offer,
        reports=reports,
    )


def _set_apart(made: _Making) -> None:
    decided = {"basis": "Verzoek van beide ouders", "set_by": made.people["school_admin"].id, "set_at": at(3, "12:00")}
    for party, people in (PARTIES[OWN], PARTIES[APART]):
        for name in people:
            within = {"pupil_id": made.pupils[OWN].id, "school_id": made.group.school_id}
            made.facts.add(models.SeparateParty(person_id=made.people[name].id, party=party, **within, **decided))


def _round(
    made: _Making,
    name: str,
    begins: datetime,
    *,
    slots: int,
    pause: timedelta = timedelta(),
    hosts: Sequence[str] = ("teacher_of_group",),
    parties: Mapping[str, tuple[int, tuple[str, ...]]] = PARTIES,
    opens_at: datetime | None = None,
    closes_at: datetime = BEFORE_SCHOOL + timedelta(days=2),
    **more: Any,
) -> None:
    """A round with its window, and the tickets."""
    is_draft = more.get("state") is MeetingRoundState.DRAFT
    values = {"state": MeetingRoundState.ANNOUNCED, "announced_at": None if is_draft else LONG_AGO} | more
    round_ = models.MeetingRound(
        school_id=made.group.school_id,
        kind=MeetingKind.REPORT,
        title=f"Gesprekken: {name}",
        text="U bent welkom.",
        opens_at=opens_at or closes_at - OPEN_FOR,
        closes_at=closes_at,
        ends_at=begins + slots * LENGTH + pause,
        created_by=made.people["teacher_of_group"].id,
        created_at=LONG_AGO,
        **values,
    )
    made.rounds[name] = made.facts.add(round_)
    within = {"round_id": round_.id, "school_id": round_.school_id}
    made.facts.add(models.MeetingRoundGroup(group_id=made.group.id, **within))
    _window(made, round_, name, hosts, begins, slots=slots, pause=pause)
    for whose, (party, people) in parties.items():
        pupil = made.pupils[OTHER if whose == OTHER else OWN]
        ticket = models.MeetingTicket(pupil_id=pupil.id, group_id=made.group.id, party=party, **within)
        made.tickets[name, whose] = made.facts.add(ticket)
        for guardian in people:
            _come(made, ticket, guardian)


def _come(made: _Making, ticket: models.MeetingTicket, guardian: str) -> None:
    within = {"ticket_id": ticket.id, "school_id": ticket.school_id}
    made.facts.add(models.TicketGuardian(person_id=made.people[guardian].id, **within))


def _window(
    made: _Making,
    round_: models.MeetingRound,
    name: str,
    hosts: Sequence[str],
    begins: datetime,
    *,
    slots: int,
    pause: timedelta = timedelta(),
) -> None:
    """A window with slots from its start on; with a pause after them."""
    ends = begins + slots * LENGTH
    window = models.HostWindow(
        school_id=round_.school_id, round_id=round_.id, starts_at=begins, ends_at=ends + pause, room=f"Kamer {name}"
    )
    made.windows[name] = made.facts.add(window)
    within = {"window_id": window.id, "school_id": window.school_id}
    made.facts.add(models.WindowGroup(group_id=made.group.id, **within))
    for host in hosts:
        made.facts.add(models.WindowHost(person_id=made.people[host].id, **within))
    if pause:
        made.facts.add(models.WindowBreak(starts_at=ends, ends_at=ends + pause, **within))
    made.slots[name] = [
        made.facts.add(
            models.MeetingSlot(
                round_id=round_.id,
                starts_at=begins + place * LENGTH,
                ends_at=begins + (place + 1) * LENGTH,
                **within,
            )
        )
        for place in range(slots)
    ]


def _at_slot(ticket: models.MeetingTicket, slot: models.MeetingSlot) -> dict[str, Any]:
    return {
        "school_id": ticket.school_id,
        "round_id": ticket.round_id,
        "ticket_id": ticket.id,
        "slot_id": slot.id,
        "window_id": slot.window_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
    }


def _book(made: _Making, round_: str, whose: str, slot: models.MeetingSlot) -> None:
    ticket = made.tickets[round_, whose]
    booking = models.MeetingBooking(
        pupil_id=ticket.pupil_id,
        party=ticket.party,
        clear_until=slot.ends_at + GAP,
        booked_by=made.people[PARTIES[whose][1][0]].id,
        booked_at=LONG_AGO,
        changed_at=LONG_AGO,
        topics=f"Rekenen ({whose})",
        **_at_slot(ticket, slot),
    )
    made.bookings[round_, whose] = made.facts.add(booking)


def _offer(made: _Making) -> models.MeetingOffer:
    """The second slot of the colleague is held for who waits."""
    ticket = made.tickets["colleague", OWN]
    ticket.state, ticket.waiting_since = MeetingTicketState.WAITING, YESTERDAY
    held = {"offered_at": at(14, "18:00"), "expires_at": at(15, "16:00")}
    return made.facts.add(models.MeetingOffer(**_at_slot(ticket, made.slots["colleague"][1]), **held))


def _report(made: _Making, whose: str) -> models.MeetingReport:
    """What was shared of a talk that is over, and beside it what the teacher wrote down for herself."""
    ticket, juf = made.tickets["done", whose], made.people["teacher_of_group"].id
    written = {"ticket_id": ticket.id, "school_id": ticket.school_id, "author_id": juf}
    made.facts.add(models.MeetingNote(text=f"Notitie ({whose})", written_at=YESTERDAY, **written))
    return made.facts.add(models.MeetingReport(text=f"Verslag ({whose})", shared_at=YESTERDAY, **written))
