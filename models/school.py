"""Schools, their groups and pupils, who teaches and who is enrolled when, and the hours in which there is school."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from models.base import Period, Row, choice, instant, key, school_key, within_school


class Role(StrEnum):
    ADMIN = "ADMIN"
    STAFF = "STAFF"
    GUARDIAN = "GUARDIAN"


class InformationRight(StrEnum):
    """Whether a guardian is told by themselves, only when asking, or not at all (BW 1:377b and 377c)."""

    FULL = "FULL"
    ON_REQUEST = "ON_REQUEST"
    NONE = "NONE"
    PENDING = "PENDING"


class School(Row, table=True):
    id: UUID = key()
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=120)
    time_zone: str = Field(max_length=60, default="Europe/Amsterdam")
    contact_email: str = Field(max_length=254)
    phone: str | None = Field(max_length=30, default=None)
    report_cutoff: time = Field(default=time(8, 15))
    """Local time of day until which a report needs no phone call."""


class Membership(Period, table=True):
    """That the school lets a person in, and as what. One row per capacity; taking it up again reopens the row."""

    school_id: UUID = Field(primary_key=True, foreign_key="school.id")
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)
    role: Role = choice(Role, primary_key=True)
    blocked_at: datetime | None = instant(default=None)


class Group(Row, table=True):
    __tablename__ = "school_group"  # pyright: ignore[reportAssignmentType] — `group` is a reserved word of SQL
    __table_args__ = (school_key(),)

    id: UUID = key()
    school_id: UUID = Field(foreign_key="school.id")
    name: str = Field(max_length=60)
    school_year: str = Field(max_length=9)


class Pupil(Row, table=True):
    __table_args__ = (
        school_key(),
        # For the office, which looks for the children that a request names (`resolvers.verifying`).
        Index("ix_pupil_whole_name", "school_id", text("plain_name(given_name, family_name)")),
        Index("ix_pupil_given_name", "school_id", text("plain_name(given_name)"), "birth_date"),
    )

    id: UUID = key()
    school_id: UUID = Field(foreign_key="school.id")
    given_name: str = Field(max_length=60)
    family_name: str = Field(max_length=80)
    birth_date: date | None = None
    named_in_labels: bool = True
    """Whether comments in the group may say 'ouder van <given name>'; off for safety cases."""


class Teaching(Period, table=True):
    """Who teaches a group, and when; a substitute until a date. Needs a staff membership of the same school."""

    __table_args__ = (
        within_school("group_id", "school_group"),
        ForeignKeyConstraint(
            ["school_id", "person_id", "member_role"],
            ["membership.school_id", "membership.person_id", "membership.role"],
        ),
        CheckConstraint("member_role = 'STAFF'", name="by_staff"),
        Index("ix_teaching_live", "group_id", "person_id", unique=True, postgresql_where=text("ended_at is null")),
    )

    id: UUID = key()
    school_id: UUID
    group_id: UUID
    person_id: UUID = Field(index=True)
    member_role: str = Field(default=Role.STAFF, max_length=40)


class Enrolment(Period, table=True):
    """In which group a pupil is, and when: one group at a time."""

    __table_args__ = (
        within_school("group_id", "school_group"),
        within_school("pupil_id", "pupil"),
        ExcludeConstraint(
            ("pupil_id", "="),
            (text("tstzrange(valid_from, ended_at)"), "&&"),
            name="enrolment_in_one_group_at_a_time",
        ),
    )

    id: UUID = key()
    school_id: UUID
    group_id: UUID = Field(index=True)
    pupil_id: UUID = Field(index=True)


class Guardianship(Period, table=True):
    """What the school has granted to one guardian for one pupil. Never a property of a family (domain (d) 17)."""

    __table_args__ = (
        within_school("pupil_id", "pupil"),
        ForeignKeyConstraint(
            ["school_id", "person_id", "member_role"],
            ["membership.school_id", "membership.person_id", "membership.role"],
        ),
        CheckConstraint("member_role = 'GUARDIAN'", name="by_guardian"),
        Index("ix_guardianship_live", "pupil_id", "person_id", unique=True, postgresql_where=text("ended_at is null")),
    )

    id: UUID = key()
    school_id: UUID
    pupil_id: UUID
    person_id: UUID = Field(index=True)
    member_role: str = Field(default=Role.GUARDIAN, max_length=40)
    parental_authority: bool
    information_right: InformationRight = choice(InformationRight)
    granted_by: UUID | None = Field(default=None, foreign_key="person.id")
    ended_reason: str | None = Field(default=None, max_length=200)


class SchoolTime(Row, table=True):
    """A part of a weekday in which a group has school, in local time. Weekdays as ISO 8601: 1 is Monday."""

    __tablename__ = "school_time"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (
        within_school("group_id", "school_group"),
        CheckConstraint("weekday between 1 and 7", name="weekday"),
        CheckConstraint("starts < ends", name="order"),
    )

    id: UUID = key()
    school_id: UUID
    group_id: UUID = Field(index=True)
    weekday: int
    starts: time
    ends: time


class Holiday(Row, table=True):
    """Days without school, both included."""

    __table_args__ = (CheckConstraint("first_day <= last_day", name="order"),)

    id: UUID = key()
    school_id: UUID = Field(foreign_key="school.id", index=True)
    name: str = Field(max_length=60)
    first_day: date
    last_day: date
