"""Schools for tests. Each test founds its own, with addresses that no other has: tests are apart by their data alone.

    async with founding(database) as facts:
        school = found_school(facts)
        group = found_group(facts, school, name="Groep 5")
        noor = enrol(facts, group, given_name="Noor")
        parent = guardian(facts, noor, name="Esra Yilmaz")
        token = sign_in_token(facts, parent)

Rows are there, with all their keys, as soon as they are made; they are stored together when the block ends. A later
block can add to what earlier ones have founded, and `amend` changes it. `found_small_school` is what most tests need.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import models
from models import ClientKind, InformationRight, Role
from models.database import Database
from resolvers.secrets import hashed
from tests.clients import BEFORE_SCHOOL
from tests.facts import FAR_AHEAD, LONG_AGO, TOMORROW, YESTERDAY, Facts, amend, founding, id_of
from tests.writings import absence, comment, post

__all__ = [
    "FAR_AHEAD",
    "LONG_AGO",
    "SCHOOL_TIMES",
    "TOMORROW",
    "YESTERDAY",
    "Facts",
    "SmallSchool",
    "absence",
    "admin",
    "amend",
    "comment",
    "enrol",
    "found_group",
    "found_school",
    "found_small_school",
    "founding",
    "guardian",
    "holiday",
    "id_of",
    "join",
    "person",
    "post",
    "sign_in_token",
    "staff",
    "teach",
    "teacher",
]

SCHOOL_TIMES = tuple((weekday, time(8, 30), time(14, 0)) for weekday in (1, 2, 3, 4, 5))


# ------------------------------------------------------------------------------------------------ schools


def found_school(facts: Facts, *, name: str = "De Regenboog", slug: str | None = None, **more: Any) -> models.School:
    slug = slug or f"school-{secrets.token_hex(6)}"
    return facts.add(models.School(name=name, slug=slug, contact_email=f"info@{slug}.example", **more))


def found_group(
    facts: Facts,
    school: models.School,
    *,
    name: str = "Groep 5",
    school_year: str = "2026-2027",
    times: Iterable[tuple[int, time, time]] = SCHOOL_TIMES,
) -> models.Group:
    group = facts.add(models.Group(school_id=school.id, name=name, school_year=school_year))
    for weekday, starts, ends in times:
        facts.add(models.SchoolTime(school_id=school.id, group_id=group.id, weekday=weekday, starts=starts, ends=ends))
    return group


def holiday(
    facts: Facts, school: models.School, first_day: date, last_day: date, *, name: str = "Herfstvakantie"
) -> models.Holiday:
    return facts.add(models.Holiday(school_id=school.id, name=name, first_day=first_day, last_day=last_day))


# ------------------------------------------------------------------------------------------------ people


def person(facts: Facts, *, name: str = "Sanne de Vries", email: str | None = None, **more: Any) -> models.Person:
    """Somebody with an account, who belongs to no school yet."""
    email = email or f"{secrets.token_hex(8)}@mensen.example"
    return facts.add(models.Person(name=name, email=email, created_at=LONG_AGO, **more))


def join(
    facts: Facts,
    school_id: Any,
    somebody: models.Person,
    role: Role,
    *,
    since: datetime = LONG_AGO,
    ended_at: datetime | None = None,
    blocked_at: datetime | None = None,
) -> models.Membership:
    return facts.add(
        models.Membership(
            school_id=school_id,
            person_id=somebody.id,
            role=role,
            valid_from=since,
            ended_at=ended_at,
            blocked_at=blocked_at,
        )
    )


def admin(facts: Facts, school: models.School, *, name: str = "Anouk Bakker", **more: Any) -> models.Person:
    somebody = person(facts, name=name, **more)
    join(facts, school.id, somebody, Role.ADMIN)
    return somebody


def staff(facts: Facts, school: models.School, *, name: str = "Willem Visser", **more: Any) -> models.Person:
    """Somebody who works at the school and teaches no group."""
    somebody = person(facts, name=name, **more)
    join(facts, school.id, somebody, Role.STAFF)
    return somebody


def teach(
    facts: Facts,
    group: models.Group,
    somebody: models.Person,
    *,
    since: datetime = LONG_AGO,
    ended_at: datetime | None = None,
) -> models.Teaching:
    """That a member of staff teaches a group; for a substitute `ended_at` lies ahead."""
    return facts.add(
        models.Teaching(
            school_id=group.school_id, group_id=group.id, person_id=somebody.id, valid_from=since, ended_at=ended_at
        )
    )


def teacher(facts: Facts, *groups: models.Group, name: str = "Joke Smit", **more: Any) -> models.Person:
    """A member of staff who teaches these groups."""
    somebody = person(facts, name=name, **more)
    join(facts, groups[0].school_id, somebody, Role.STAFF)
    for group in groups:
        teach(facts, group, somebody)
    return somebody


def guardian(
    facts: Facts,
    *pupils: models.Pupil,
    somebody: models.Person | None = None,
    name: str = "Esra Yilmaz",
    since: datetime = LONG_AGO,
    ended_at: datetime | None = None,
    information_right: InformationRight = InformationRight.FULL,
    parental_authority: bool = True,
    **more: Any,
) -> models.Person:
    """A guardian of these pupils: `somebody` who is there already, or a new person."""
    parent = somebody or person(facts, name=name, **more)
    for school_id in dict.fromkeys(pupil.school_id for pupil in pupils):
        join(facts, school_id, parent, Role.GUARDIAN, since=since)
    for pupil in pupils:
        facts.add(
            models.Guardianship(
                school_id=pupil.school_id,
                pupil_id=pupil.id,
                person_id=parent.id,
                parental_authority=parental_authority,
                information_right=information_right,
                valid_from=since,
                ended_at=ended_at,
            )
        )
    return parent


def enrol(
    facts: Facts,
    group: models.Group,
    pupil: models.Pupil | None = None,
    *,
    given_name: str = "Noor",
    family_name: str = "Yilmaz",
    birth_date: date | None = date(2018, 3, 14),
    since: datetime = LONG_AGO,
    ended_at: datetime | None = None,
    **more: Any,
) -> models.Pupil:
    """A pupil in a group: one who is at the school already, or a new one."""
    child = pupil or facts.add(
        models.Pupil(
            school_id=group.school_id, given_name=given_name, family_name=family_name, birth_date=birth_date, **more
        )
    )
    facts.add(
        models.Enrolment(
            school_id=group.school_id, group_id=group.id, pupil_id=child.id, valid_from=since, ended_at=ended_at
        )
    )
    return child


def sign_in_token(
    facts: Facts,
    somebody: models.Person,
    *,
    kind: ClientKind = ClientKind.APP,
    since: datetime = BEFORE_SCHOOL,
    second_factor: bool = False,
    idle_until: datetime = FAR_AHEAD,
    expires_at: datetime = FAR_AHEAD,
    revoked_at: datetime | None = None,
) -> str:
    """The token of a session, as if somebody had signed in at `since`."""
    token = secrets.token_urlsafe(32)
    facts.add(
        models.Session(
            person_id=somebody.id,
            kind=kind,
            token_hash=hashed(token),
            created_at=since,
            authenticated_at=since,
            second_factor=second_factor,
            last_seen_at=since,
            idle_until=idle_until,
            expires_at=expires_at,
            revoked_at=revoked_at,
        )
    )
    return token


# ------------------------------------------------------------------------------------------------ one for most tests


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallSchool:
    """Two groups: Noor and Sam in the first, Lina in the second, each with a guardian; everybody is signed in."""

    school: models.School
    group: models.Group
    other_group: models.Group
    noor: models.Pupil
    sam: models.Pupil
    lina: models.Pupil
    teacher: models.Person
    """Teaches the first group."""
    other_teacher: models.Person
    """Teaches the second group."""
    admin: models.Person
    guardian: models.Person
    """Of Noor."""
    classmates_guardian: models.Person
    """Of Sam."""
    other_groups_guardian: models.Person
    """Of Lina."""
    tokens: dict[Any, str]

    def token(self, somebody: models.Person) -> str:
        """The session token of one of them."""
        return self.tokens[somebody.id]


async def found_small_school(database: Database, **more: Any) -> SmallSchool:
    """Found a school of two groups."""
    async with founding(database) as facts:
        school = found_school(facts, **more)
        group, other_group = found_group(facts, school), found_group(facts, school, name="Groep 6")
        noor = enrol(facts, group, given_name="Noor", family_name="Yilmaz")
        sam = enrol(facts, group, given_name="Sam", family_name="Jansen")
        lina = enrol(facts, other_group, given_name="Lina", family_name="Haddad")
        people = {
            "teacher": teacher(facts, group, name="Joke Smit"),
            "other_teacher": teacher(facts, other_group, name="Bram Mulder"),
            "admin": admin(facts, school, name="Anouk Bakker"),
            "guardian": guardian(facts, noor, name="Esra Yilmaz"),
            "classmates_guardian": guardian(facts, sam, name="Tom Jansen"),
            "other_groups_guardian": guardian(facts, lina, name="Amal Haddad"),
        }
        tokens = {somebody.id: sign_in_token(facts, somebody) for somebody in people.values()}
    return SmallSchool(
        school=school, group=group, other_group=other_group, noor=noor, sam=sam, lina=lina, tokens=tokens, **people
    )
