"""The demo schools' absences: weeks of them, today's, and those that are known already of the days to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import models
from models import AbsenceReason
from resolvers import absences
from resolvers.absences import Wish
from resolvers.context import Context
from resolvers.school_days import school_year_end
from schoolplein.demo.holidays import ZONE, school_year
from schoolplein.demo.people import CUTOFF, Child, Classroom, DemoSchool
from schoolplein.demo.story import Story, Told, school_day_after

ILLNESSES: Final = 24
"""So many that began and ended in these weeks."""

_EVENING: Final = time(19, 10)
_MORNING: Final = time(6, 45)
_HOUR: Final = timedelta(hours=1)
_SEEN_WITHIN: Final = timedelta(minutes=35)

Range = tuple[datetime, datetime | None]

SHORT: Final = (
    (AbsenceReason.MEDICAL_APPOINTMENT, "Tandarts, daarna weer op school"),
    (AbsenceReason.LATE_ARRIVAL, None),
    (AbsenceReason.MEDICAL_APPOINTMENT, None),
    (AbsenceReason.EARLY_PICKUP, "Oma haalt op"),
    (AbsenceReason.RELIGIOUS_DAY, None),
    (AbsenceReason.MEDICAL_APPOINTMENT, "Orthodontist"),
    (AbsenceReason.LATE_ARRIVAL, "De bus reed niet"),
    (AbsenceReason.FAMILY_EMERGENCY, None),
    (AbsenceReason.EARLY_PICKUP, None),
    (AbsenceReason.OTHER, "We verhuizen vandaag"),
    (AbsenceReason.MEDICAL_APPOINTMENT, "Controle in het ziekenhuis"),
    (AbsenceReason.OTHER, "Bruiloft van een tante"),
)

TODAY: Final = (
    (5, AbsenceReason.ILLNESS, None, True),
    (5, AbsenceReason.LATE_ARRIVAL, "Komt na de dokter, rond tien uur", False),
    (5, AbsenceReason.ILLNESS, None, False),
    (7, AbsenceReason.ILLNESS, "Belt vanmiddag zelf nog over het huiswerk", True),
    (7, AbsenceReason.MEDICAL_APPOINTMENT, "Tandarts", False),
    (1, AbsenceReason.ILLNESS, None, True),
    (2, AbsenceReason.ILLNESS, "Slecht geslapen, misschien morgen weer", False),
    (3, AbsenceReason.EARLY_PICKUP, "Opa haalt op", False),
    (4, AbsenceReason.ILLNESS, None, True),
    (6, AbsenceReason.ILLNESS, None, False),
    (8, AbsenceReason.FAMILY_EMERGENCY, None, False),
)
"""Group, reason, note, and whether the school has seen it."""

ONGOING: Final = ((5, 3), (2, 2), (8, 4), (4, 1))
"""Ill children by group, and since how many school days."""

AHEAD: Final = ((5, 1), (5, 6), (7, 2), (1, 3), (3, 4), (6, 8), (8, 11), (4, 2))
"""Appointments by group, and in how many school days."""


@dataclass(frozen=True, slots=True)
class Pupil:
    """A child, where it is at school, and who speaks for it."""

    room: Classroom
    child: Child
    guardian: models.Person
    teacher: models.Person


class Absences:
    """Everything that is reported at the demo schools. A child has one story at most, so none overlaps another."""

    def __init__(self, story: Story, accounts: Iterable[str]) -> None:
        self._story = story
        self._accounts = frozenset(accounts)
        """Their children have stories of their own, and are at school today."""
        self._pupils: list[Pupil] = []

    def of_de_vlieger(self, school: DemoSchool) -> None:
        """Report what parents and teachers of the big school reported."""
        random, days = self._story.random, self._story.days
        self._gather(school)
        for _ in range(ILLNESSES):
            length = random.choice((1, 1, 2, 2, 3, 4))
            self._illness(self._any(), random.randrange(len(days) - length - 1), length)
        for number, (reason, note) in enumerate(SHORT):
            self._appointment(self._any(), days[2 * number + 3], reason, note)
        self._corrected(self._any(), days[-7])
        self._of_the_accounts(school)
        for group, reason, note, is_seen in TODAY:
            self._today(self._any(group), reason, note, is_seen=is_seen)
        newest = [place for place, day in enumerate(days) if school_year(day) == school_year(days[-1])]
        for group, since in ONGOING:
            self._illness(self._any(group), max(newest[0], len(days) - 1 - since), None)
        for group, ahead in AHEAD:
            self._ahead(self._any(group), ahead, "Tandarts" if ahead % 2 else None)
        self._withdrawn(self._any(3))

    def of_het_kompas(self, school: DemoSchool) -> None:
        """Report the few absences of the small school."""
        self._gather(school)
        self._illness(self._any(1), len(self._story.days) - 6, 2)
        self._today(self._any(2), AbsenceReason.ILLNESS, None, is_seen=False)
        self._ahead(self._any(1), 2, "Logopedie")

    def _gather(self, school: DemoSchool) -> None:
        random, first = self._story.random, self._story.days[0]
        self._pupils = [
            Pupil(room, child, random.choice(child.guardians), random.choice(room.teachers)[0])
            for room in school.classrooms
            for child in room.children
            if room.days.day_of(child.since) < first - timedelta(7)
            and not any(guardian.email in self._accounts for guardian in child.guardians)
        ]
        random.shuffle(self._pupils)

    def _any(self, group: int | None = None) -> Pupil:
        """A child without a story as yet."""
        place = next(place for place, one in enumerate(self._pupils) if group is None or one.room.number == group)
        return self._pupils.pop(place)

    def _of_the_accounts(self, school: DemoSchool) -> None:
        """The children whose parents can sign in: they were ill and are well again; the eldest has an appointment."""
        days = self._story.days
        known = [
            Pupil(room, child, child.guardians[0], room.teachers[0][0])
            for room in school.classrooms
            for child in room.children
            if child.guardians[0].email in self._accounts
        ]
        for number, pupil in enumerate(known, 3):
            self._illness(pupil, len(days) - 3 * number, 2)
        self._ahead(known[-1], 3, "Tandarts")

    def _illness(self, pupil: Pupil, start: int, length: int | None) -> None:
        """A child is ill from a morning on, and better after so many school days, or not yet."""
        days = self._story.days
        told, at = self._reported(
            pupil,
            self._morning(days[start]),
            AbsenceReason.ILLNESS,
            (pupil.room.days.midnight(days[start]), None),
        )
        self._seen(pupil, told, at)
        if length is None:
            return
        back = days[start + length]
        if school_year(back) > school_year(days[start]):  # nobody is ill for a whole summer
            back = days[start] + timedelta(1)

        async def recover(context: Context) -> None:
            await absences.report_recovery(context, report_id=told.key, first_day_back=back)

        self._story.add(self._evening_before(back), pupil.guardian, recover)

    def _appointment(self, pupil: Pupil, day: date, reason: AbsenceReason, note: str | None) -> None:
        is_sudden = reason in {AbsenceReason.LATE_ARRIVAL, AbsenceReason.FAMILY_EMERGENCY}
        at = self._morning(day) if is_sudden else self._evening_before(day)
        told, at = self._reported(pupil, at, reason, self._range(pupil, day, reason), note)
        self._seen(pupil, told, at)

    def _today(self, pupil: Pupil, reason: AbsenceReason, note: str | None, *, is_seen: bool) -> None:
        """A report of this morning; when it is too early for that, of last night."""
        today = self._story.days[-1]
        at = self._story.moment(today, _MORNING, 50) if is_seen else self._morning(today)
        if at + (_SEEN_WITHIN if is_seen else timedelta()) > self._story.now:
            at = self._evening_before(today)
        told, at = self._reported(pupil, at, reason, self._range(pupil, today, reason), note)
        if is_seen:
            self._seen(pupil, told, at)

    def _ahead(self, pupil: Pupil, ahead: int, note: str | None) -> None:
        """An appointment on one of the next days. Before the summer there may be none left in the school year."""
        today = self._story.days[-1]
        day = school_day_after(pupil.room.days, today, ahead)
        if day > school_year_end(today):
            return
        reason = AbsenceReason.MEDICAL_APPOINTMENT
        at = self._evening_before(today) - timedelta(self._story.random.randint(0, 4))
        told, at = self._reported(pupil, at, reason, self._range(pupil, day, reason), note)
        if ahead % 2:
            self._seen(pupil, told, at)

    def _withdrawn(self, pupil: Pupil) -> None:
        """An appointment that is off, so the parent takes the report back."""
        day, reason = self._story.days[-2], AbsenceReason.MEDICAL_APPOINTMENT
        told, at = self._reported(pupil, self._evening_before(day), reason, self._range(pupil, day, reason))

        async def withdraw(context: Context) -> None:
            await absences.withdraw_absence(context, report_id=told.key)

        self._story.add(at + timedelta(hours=11), pupil.guardian, withdraw)

    def _corrected(self, pupil: Pupil, day: date) -> None:
        """A child comes later than it seemed; the teacher puts it right afterwards."""
        reason = AbsenceReason.LATE_ARRIVAL
        told, at = self._reported(pupil, self._morning(day), reason, self._range(pupil, day, reason))
        self._seen(pupil, told, at)
        wish = Wish(
            given=("correction_reason", "reason"),
            reason=AbsenceReason.MEDICAL_APPOINTMENT,
            correction_reason="Was bij de huisarts, zegt moeder aan de telefoon",
        )

        async def correct(context: Context) -> None:
            await absences.change_absence(context, report_id=told.key, wish=wish)

        self._story.add(at + timedelta(hours=5), pupil.teacher, correct)

    def _reported(
        self, pupil: Pupil, at: datetime, reason: AbsenceReason, away: Range, note: str | None = None
    ) -> tuple[Told, datetime]:
        told = Told()
        starts_at, ends_at = away

        async def report(context: Context) -> None:
            (told.made,) = await absences.report_absence(
                context,
                pupil_ids=[pupil.child.pupil.id],
                reason=reason,
                note=note,
                starts_at=starts_at,
                ends_at=ends_at,
                whole_days=starts_at.time() == time(),
            )

        # Who calls after the cut-off is helped by the teacher.
        by_phone = at.time() > CUTOFF and at.time() < _EVENING and pupil.room.days.day_of(starts_at) == at.date()
        self._story.add(at, pupil.teacher if by_phone else pupil.guardian, report)
        return told, at

    def _seen(self, pupil: Pupil, told: Told, at: datetime) -> None:
        async def acknowledge(context: Context) -> None:
            await absences.acknowledge_absence(context, report_id=told.key)

        self._story.add(at + self._story.minutes(4, 35), pupil.teacher, acknowledge)

    def _morning(self, day: date) -> datetime:
        """Before school most times, and now and then after the cut-off."""
        return self._story.moment(day, _MORNING, 115)

    def _evening_before(self, day: date) -> datetime:
        return self._story.moment(day - timedelta(1), _EVENING, 140)

    def _range(self, pupil: Pupil, day: date, reason: AbsenceReason) -> Range:
        """From when until when such an absence is, in the hours of the child's group."""
        begin, end = pupil.room.days.lessons(day)[0]
        match reason:
            case AbsenceReason.MEDICAL_APPOINTMENT:
                begin += self._story.random.choice((1, 1.5, 2.5, 3)) * _HOUR
                return begin, begin + _HOUR
            case AbsenceReason.LATE_ARRIVAL:
                return begin, begin + 1.5 * _HOUR
            case AbsenceReason.EARLY_PICKUP:
                return end - _HOUR, end
            case _:
                midnight = datetime.combine(day, time(), ZONE)
                is_open = reason is AbsenceReason.ILLNESS and self._story.random.random() < 0.5
                return midnight, None if is_open else midnight + timedelta(1)
