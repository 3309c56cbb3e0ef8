"""Conversations at a busy school: a round that is open with all that hangs on one, an old one, and a draft."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import models
from models import MeetingKind, MeetingRoundState, MeetingTicketState
from tests.clients import AMSTERDAM, BEFORE_SCHOOL
from tests.factories import YESTERDAY, Facts, SmallSchool, guardian, id_of

AHEAD = datetime(2026, 9, 16, 14, tzinfo=AMSTERDAM)
TEN, HOUR = timedelta(minutes=10), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Meetings:
    """What is asked about."""

    round: models.MeetingRound
    draft: models.MeetingRound
    window: models.HostWindow
    empty_window: models.HostWindow
    booked: models.MeetingTicket
    apart: models.MeetingTicket
    """Of the same child's other party, which has booked nothing yet."""
    waiting: models.MeetingTicket
    booking: models.MeetingBooking
    held: models.MeetingBooking
    """A talk that is over."""
    free: models.MeetingSlot
    offer: models.MeetingOffer
    report: models.MeetingReport
    other_parent: models.Person
    moved: models.MeetingTicket
    """Of a child who has moved to another group meanwhile."""

    @property
    def ids(self) -> dict[str, str]:
        """The id of one thing of each kind, by its type; and what else a change is about."""
        return {
            "MeetingRound": id_of(self.round),
            "HostWindow": id_of(self.window),
            "MeetingSlot": id_of(self.free),
            "MeetingTicket": id_of(self.booked),
            "MeetingBooking": id_of(self.booking),
            "MeetingOffer": id_of(self.offer),
            "MeetingReport": id_of(self.report),
            "Draft": id_of(self.draft),
            "EmptyWindow": id_of(self.empty_window),
            "Apart": id_of(self.apart),
            "Waiting": id_of(self.waiting),
            "Held": id_of(self.held),
            "Moved": id_of(self.moved),
            "OtherParent": id_of(self.other_parent),
        }


class Planner:
    """Lays down what hangs on a round."""

    def __init__(self, facts: Facts, people: SmallSchool) -> None:
        self._facts, self._people = facts, people
        self._school = {"school_id": people.school.id}

    def round(self, title: str, ends_at: datetime, **more: Any) -> models.MeetingRound:
        people = self._people
        values = {"opens_at": YESTERDAY, "closes_at": ends_at, "ends_at": ends_at, "created_at": YESTERDAY, **more}
        kind, admin = MeetingKind.REPORT, people.admin.id
        round_ = models.MeetingRound(title=title, kind=kind, created_by=admin, **values, **self._school)
        self._facts.add(models.MeetingRoundGroup(round_id=round_.id, group_id=people.group.id, **self._school))
        return self._facts.add(round_)

    def window(self, round_: models.MeetingRound, begin: datetime, slots: int) -> list[Any]:
        """A window of the teacher with a break after its slots: it, and these."""
        people, end = self._people, begin + slots * TEN
        window = self._facts.add(
            models.HostWindow(round_id=round_.id, starts_at=begin, ends_at=end + TEN, room="Lokaal 5", **self._school)
        )
        within = {"window_id": window.id, **self._school}
        self._facts.add(models.WindowHost(person_id=people.teacher.id, **within))
        self._facts.add(models.WindowGroup(group_id=people.group.id, **within))
        self._facts.add(models.WindowBreak(starts_at=end, ends_at=end + TEN, **within))
        times = [(begin + number * TEN, begin + (number + 1) * TEN) for number in range(slots)]
        made = [models.MeetingSlot(round_id=round_.id, starts_at=b, ends_at=e, **within) for b, e in times]
        return [window, *(self._facts.add(slot) for slot in made)]

    def ticket(
        self, round_: models.MeetingRound, pupil: models.Pupil, *people: models.Person, **more: Any
    ) -> models.MeetingTicket:
        more = {"group_id": self._people.group.id, **more}
        ticket = models.MeetingTicket(round_id=round_.id, pupil_id=pupil.id, **more, **self._school)
        for somebody in people:
            self._facts.add(models.TicketGuardian(ticket_id=ticket.id, person_id=somebody.id, **self._school))
        return self._facts.add(ticket)

    def booking(
        self, ticket: models.MeetingTicket, slot: models.MeetingSlot, by: models.Person
    ) -> models.MeetingBooking:
        at = {"slot_id": slot.id, "window_id": slot.window_id, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
        of = {"round_id": ticket.round_id, "ticket_id": ticket.id, "pupil_id": ticket.pupil_id, "party": ticket.party}
        when = {"clear_until": slot.ends_at + TEN, "booked_at": YESTERDAY, "changed_at": YESTERDAY}
        return self._facts.add(
            models.MeetingBooking(**of, **at, **when, booked_by=by.id, topics='Rekenen, "taal" \\ é', **self._school)
        )

    def offer(self, ticket: models.MeetingTicket, slot: models.MeetingSlot) -> models.MeetingOffer:
        at = {"slot_id": slot.id, "window_id": slot.window_id, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
        when = {"offered_at": YESTERDAY, "expires_at": BEFORE_SCHOOL + 3 * HOUR}
        of = {"round_id": ticket.round_id, "ticket_id": ticket.id}
        return self._facts.add(models.MeetingOffer(**of, **at, **when, **self._school))

    def apart(self, pupil: models.Pupil, party: int, somebody: models.Person) -> None:
        decided = {"basis": "Besluit", "set_by": self._people.admin.id, "set_at": YESTERDAY, **self._school}
        self._facts.add(models.SeparateParty(pupil_id=pupil.id, person_id=somebody.id, party=party, **decided))

    def report(self, ticket: models.MeetingTicket) -> models.MeetingReport:
        """What the teacher has shared of a talk, and a note that is the teacher's own."""
        about = {"ticket_id": ticket.id, "author_id": self._people.teacher.id, **self._school}
        self._facts.add(models.MeetingNote(text="Vraag door.", written_at=YESTERDAY, **about))
        return self._facts.add(models.MeetingReport(text="Gaat goed.", shared_at=YESTERDAY, **about))


def hold_meetings(facts: Facts, people: SmallSchool) -> Meetings:
    """Noor's parents come apart: one has booked, and was there yesterday. Sam's are offered a slot."""
    planner, announced = Planner(facts, people), {"state": MeetingRoundState.ANNOUNCED, "announced_at": YESTERDAY}
    other_parent = guardian(facts, people.noor, name="Ruben Kok")
    planner.apart(people.noor, 1, people.guardian)
    planner.apart(people.noor, 2, other_parent)
    draft = planner.round("Later", AHEAD + 200 * HOUR)
    planner.window(draft, AHEAD + 199 * HOUR, 3)
    old = planner.round("Kennismaking", YESTERDAY + 8 * HOUR, **announced)
    _, over = planner.window(old, YESTERDAY + 7 * HOUR, 1)
    past = planner.ticket(old, people.noor, people.guardian)
    held = planner.booking(past, over, people.guardian)
    round_ = planner.round("Rapportgesprekken", AHEAD + 6 * HOUR, **announced)
    window, first, offered, _, *others = planner.window(round_, AHEAD, 9)
    empty_window, *_ = planner.window(round_, AHEAD + 4 * HOUR, 2)
    booked = planner.ticket(round_, people.noor, people.guardian, party=1)
    apart = planner.ticket(round_, people.noor, other_parent, party=2)
    waits = {"state": MeetingTicketState.WAITING, "waiting_since": YESTERDAY}
    waiting = planner.ticket(round_, people.sam, people.classmates_guardian, **waits)
    return Meetings(
        round_, draft, window, empty_window, booked, apart, waiting,
        planner.booking(booked, first, people.guardian), held, others[-1],
        planner.offer(waiting, offered), planner.report(past), other_parent,
        planner.ticket(round_, people.noor, party=3, group_id=people.other_group.id),
    )  # fmt: skip
