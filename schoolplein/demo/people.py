"""The people of the demo schools: who works there, who goes there, and who cares for whom.

There are no use cases yet for founding a school and letting people in, so these are rows.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from sqlmodel import SQLModel

import models
from models import InformationRight, Role
from resolvers.school_days import SchoolDays
from schoolplein.demo.cast import NAMES, Cast, Family, Guardian, Names
from schoolplein.demo.holidays import ZONE, holidays_around, school_year
from schoolplein.demo.rules import RULES

CUTOFF: Final = time(8, 15)
SCHOOL_AGE: Final = 4
FIRST: Final = 1
"""The version of the house rules."""

_FULL_DAY: Final = (time(8, 30), time(14, 45))
_SHORT_DAY: Final = (time(8, 30), time(12, 15))
_WEDNESDAY, _FRIDAY = 3, 5
_YOUNGEST: Final = 2
"""Groups up to this one are free on Friday afternoon."""

ORDER: Final[tuple[type[SQLModel], ...]] = (
    models.School,
    models.Person,
    models.Membership,
    models.HouseRules,
    models.HouseRulesAcceptance,
    models.Group,
    models.Pupil,
    models.Teaching,
    models.Enrolment,
    models.Guardianship,
    models.SchoolTime,
    models.Holiday,
    models.SeparateParty,
)
"""The tables in the order in which their rows can come."""


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil, since when, and the guardians whom the school tells everything."""

    pupil: models.Pupil
    since: datetime
    guardians: tuple[models.Person, ...]


@dataclass(frozen=True, slots=True)
class Classroom:
    """A group with its teachers, its children and its calendar."""

    group: models.Group
    number: int
    teachers: list[tuple[models.Person, str]]
    """Each with what the children call them."""
    days: SchoolDays
    children: list[Child] = field(default_factory=list[Child])


@dataclass(frozen=True, slots=True)
class DemoSchool:
    """A school as the story needs it."""

    school: models.School
    head: models.Person
    classrooms: list[Classroom]


class People:
    """Everybody at the demo schools, as rows to insert. A name is one person, whatever the number of schools."""

    def __init__(self, random: Random, days: Sequence[date], passwords: Mapping[str, str]) -> None:
        self.rows: list[SQLModel] = []
        self._random = random
        self._year = school_year(days[-1])
        self._since = datetime(school_year(days[0]), 8, 1, tzinfo=ZONE)
        """When everything begins. In the first weeks of a school year the story is older than the year is."""
        self._passwords = passwords
        """Hashes by e-mail address. Nobody else can sign in."""
        self._persons: dict[str, models.Person] = {}
        self._members: set[tuple[object, ...]] = set()
        self._head: models.Person
        """Of the school that is founded now."""
        self._accepted: set[tuple[object, ...]] = set()

    def found(self, cast: Cast) -> DemoSchool:
        """Found a school with its staff, groups, pupils and guardians."""
        school = models.School(
            slug=cast.slug,
            name=cast.name,
            contact_email=cast.contact_email,
            phone=cast.phone,
            time_zone=ZONE.key,
            report_cutoff=CUTOFF,
        )
        free = self._holidays(school)
        head = self._head = self._person(cast.head.name, cast.head.email)
        classrooms = [self._classroom(school, free, number, name) for number, (name, _) in enumerate(cast.groups, 1)]
        self.rows.append(school)
        self.rows.append(
            models.HouseRules(
                school_id=school.id, version=FIRST, text=RULES, published_at=self._since, published_by=head.id
            )
        )
        self._member(school, head, Role.ADMIN)
        for teacher in cast.staff:
            person = self._person(teacher.name, teacher.email)
            self._member(school, person, Role.STAFF)
            for number in teacher.groups:
                self._teaches(classrooms[number - 1], person, teacher.called)
        for family in cast.families:
            self._family(school, classrooms, family)
        places = [size - len(room.children) for room, (_, size) in zip(classrooms, cast.groups, strict=True)]
        while any(places):
            family = self._any_family(places)
            self._family(school, classrooms, family)
            for _, _, number in family.children:
                places[number - 1] -= 1
        return DemoSchool(school, head, classrooms)

    def _holidays(self, school: models.School) -> list[tuple[date, date]]:
        free = holidays_around(self._year)
        for name, first, last in free:
            self.rows.append(models.Holiday(school_id=school.id, name=name, first_day=first, last_day=last))
        return [(first, last) for _, first, last in free]

    def _classroom(self, school: models.School, free: Sequence[tuple[date, date]], number: int, name: str) -> Classroom:
        group = models.Group(school_id=school.id, name=name, school_year=f"{self._year}-{self._year + 1}")
        short = {_WEDNESDAY, _FRIDAY} if number <= _YOUNGEST else {_WEDNESDAY}
        times = [(weekday, *(_SHORT_DAY if weekday in short else _FULL_DAY)) for weekday in range(1, _FRIDAY + 1)]
        self.rows.append(group)
        for weekday, starts, ends in times:
            row = models.SchoolTime(school_id=school.id, group_id=group.id, weekday=weekday, starts=starts, ends=ends)
            self.rows.append(row)
        return Classroom(group, number, [], SchoolDays(ZONE, CUTOFF, times, free))

    def _person(self, name: str, email: str | None = None) -> models.Person:
        """The person of this name, who is made when first asked for."""
        if name not in self._persons:
            address = email or f"{_ascii(name)}@post.example"
            self._persons[name] = person = models.Person(
                name=name,
                email=address,
                phone=f"06 0{self._random.randrange(1000, 10_000)} {self._random.randrange(100, 1000)}",
                share_contact=self._random.random() < 0.6,
                password_hash=self._passwords.get(address),
                created_at=self._since,
            )
            self.rows.append(person)
        return self._persons[name]

    def _member(self, school: models.School, person: models.Person, role: Role) -> None:
        if (school.id, person.id, role) not in self._members:
            self._members.add((school.id, person.id, role))
            member = models.Membership(school_id=school.id, person_id=person.id, role=role, valid_from=self._since)
            self.rows.append(member)
            self._accepts(school, person)

    def _accepts(self, school: models.School, person: models.Person) -> None:
        """Everybody has accepted the house rules once, whatever they are at the school."""
        if (school.id, person.id) not in self._accepted:
            self._accepted.add((school.id, person.id))
            self.rows.append(
                models.HouseRulesAcceptance(
                    school_id=school.id, version=FIRST, person_id=person.id, accepted_at=self._since
                )
            )

    def _teaches(self, room: Classroom, person: models.Person, called: str) -> None:
        room.teachers.append((person, called))
        teaching = models.Teaching(
            school_id=room.group.school_id, group_id=room.group.id, person_id=person.id, valid_from=self._since
        )
        self.rows.append(teaching)

    def _family(self, school: models.School, classrooms: Sequence[Classroom], family: Family) -> None:
        guardians = [(self._person(guardian.name, guardian.email), guardian) for guardian in family.guardians]
        for person, _ in guardians:
            self._member(school, person, Role.GUARDIAN)
        told = tuple(person for person, guardian in guardians if guardian.right is InformationRight.FULL)
        days = self._random.randrange(270)
        for given_name, family_name, number in family.children:
            room, birth = classrooms[number - 1], self._birth_date(number, len(classrooms), days)
            pupil = models.Pupil(
                school_id=school.id,
                given_name=given_name,
                family_name=family_name,
                birth_date=birth,
                named_in_labels=family.named_in_labels,
            )
            # Nobody is at school before their fourth birthday.
            fourth = datetime(birth.year + SCHOOL_AGE, birth.month, birth.day, tzinfo=ZONE)
            child = Child(pupil, max(self._since, fourth), told)
            room.children.append(child)
            self.rows += [pupil, _enrolment(room, child)]
            self.rows += [self._guardianship(child, person, guardian) for person, guardian in guardians]
            if family.apart:
                self.rows += [self._party(child, person, number) for number, person in enumerate(told, 1)]

    def _guardianship(self, child: Child, person: models.Person, guardian: Guardian) -> models.Guardianship:
        return models.Guardianship(
            school_id=child.pupil.school_id,
            pupil_id=child.pupil.id,
            person_id=person.id,
            parental_authority=guardian.authority,
            information_right=guardian.right,
            valid_from=child.since,
        )

    def _party(self, child: Child, person: models.Person, number: int) -> models.SeparateParty:
        """That a guardian comes to talks about a child apart from the other one; the head has decided it."""
        return models.SeparateParty(
            pupil_id=child.pupil.id,
            person_id=person.id,
            school_id=child.pupil.school_id,
            party=number,
            basis="Afspraak met beide ouders",
            set_by=self._head.id,
            set_at=child.since,
        )

    def _birth_date(self, number: int, groups: int, days: int) -> date:
        """A birthday that fits the group: of eight groups each has one year, of fewer each has several.

        `days` is the family's own: siblings are years apart, and twins are twins.
        """
        years = 8 // groups
        return date(self._year - SCHOOL_AGE - number * years, 10, 1) + timedelta(days + 7 * number * number % 31)

    def _any_family(self, places: Sequence[int]) -> Family:
        """A family drawn by lot, with children in different groups that still have a place."""
        lot = self._random
        names, others = lot.choices(NAMES, [names.weight for names in NAMES], k=2)
        free = [number for number, left in enumerate(places, 1) for _ in range(left)]
        wanted = lot.choices((1, 2, 3), (52, 37, 11))[0]
        groups = sorted({lot.choice(free) for _ in range(wanted)})
        family_name = lot.choice(names.family.split("|"))
        children: dict[str, tuple[str, str, int]] = {}
        for number in groups:
            given_names = {*lot.choice((names.girls, names.boys)).split("|")} - children.keys()
            given_name = lot.choice(sorted(given_names))
            children[given_name] = (given_name, family_name, number)
        return Family(tuple(self._any_guardians(names, others, family_name)), tuple(children.values()))

    def _any_guardians(self, names: Names, others: Names, family_name: str) -> list[Guardian]:
        """One or two guardians with names that nobody has yet, the first of them with the children's."""
        lot = self._random
        of = names if lot.random() < 0.75 else others
        pairs = (
            (names.mothers, of.fathers),
            (names.fathers, of.mothers),
            (names.mothers, of.mothers),
            (names.fathers, of.fathers),
        )
        one, other = lot.choices(pairs, (52, 43, 3, 2))[0]
        first = self._new_name(one, family_name)
        if lot.random() < 0.12:
            return [Guardian(first)]
        own_name = lot.choice(of.family.split("|")) if lot.random() < 0.6 else family_name
        return [Guardian(first), Guardian(self._new_name(other, own_name, first))]

    def _new_name(self, given_names: str, family_name: str, *taken: str) -> str:
        """A full name that is not taken; when all are, one with a second family name."""
        names = [f"{given} {family_name}" for given in given_names.split("|")]
        free = [name for name in names if name not in self._persons and name not in taken]
        if free:
            return self._random.choice(free)
        return self._new_name(given_names, f"{family_name}-{self._random.choice(NAMES[0].family.split('|'))}", *taken)


def _enrolment(room: Classroom, child: Child) -> models.Enrolment:
    return models.Enrolment(
        school_id=child.pupil.school_id, group_id=room.group.id, pupil_id=child.pupil.id, valid_from=child.since
    )


def _ascii(name: str) -> str:
    """A name as it stands in an e-mail address."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l")).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", ".")
