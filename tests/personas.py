"""The canonical world of the access matrix: two schools, and twelve people who stand in every relation to group A1.

The columns of tests/policy/access_matrix.csv are the names in `PERSONAS`; everything else in it is what they ask about.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import models
from models import AbsenceReason, Role
from models.database import Database
from tests.admissions import ask_for_access, invite
from tests.clients import BEFORE_SCHOOL
from tests.factories import (
    YESTERDAY,
    Facts,
    absence,
    admin,
    comment,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    join,
    person,
    post,
    sign_in_token,
    staff,
    teach,
    teacher,
)
from tests.policy.meeting_facts import Meetings, meetings

PERSONAS = (
    "anonymous",
    "guardian_in_group",
    "guardian_other_group",
    "guardian_other_school",
    "teacher_of_group",
    "other_staff",
    "school_admin",
    "admin_other_school",
    "ex_guardian",
    "blocked_account",
    "ex_staff",
    "pending_requester",
)
TODAY = BEFORE_SCHOOL.date()
LAST_WEEK = BEFORE_SCHOOL - timedelta(days=7)
HIDDEN = "Wat een onzin."


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything by name: `people` are the personas and those whom they meet, each with a session token."""

    school_a: models.School
    school_b: models.School
    a1: models.Group
    a2: models.Group
    b1: models.Group
    own_child: models.Pupil
    """P, in A1; guardian_in_group and co_guardian have parental authority."""
    other_pupil: models.Pupil
    """In A1; classmates_guardian, sharing_guardian and blocked_account are the guardians."""
    other_groups_pupil: models.Pupil
    """In A2; of guardian_other_group."""
    other_schools_pupil: models.Pupil
    """In B1; of guardian_other_school."""
    people: Mapping[str, models.Person]
    tokens: Mapping[str, str]
    posts: Mapping[str, models.Post]
    """`group`, `colleague`, `closed` and `withdrawn` in A1, `school`, `other_group`, `other_school`."""
    comments: Mapping[str, models.Comment]
    """Under `group`: `own` by guardian_in_group, `other` and `hidden` by classmates_guardian."""
    invitation: models.Invitation
    """To somebody new, for the other pupil; with `admissions.secret_of` it and `admissions.CODE`."""
    request: models.AccessRequest
    """By pending_requester, for P; confirmed."""
    absences: Mapping[str, models.AbsenceReport]
    """`own` and `co_guardian` of P, `other` of the other pupil, `other_group`, `other_school`; all but one of today."""
    meetings: Meetings
    """Rounds of A1."""


async def found_world(database: Database) -> World:
    """Found both schools, in one transaction."""
    async with founding(database) as facts:
        school_a, school_b = found_school(facts), found_school(facts, name="De Vlinder")
        a1, a2 = found_group(facts, school_a), found_group(facts, school_a, name="Groep 6")
        b1 = found_group(facts, school_b)
        pupils = {
            "own": enrol(facts, a1, given_name="Noor", family_name="Yilmaz"),
            "other": enrol(facts, a1, given_name="Sam", family_name="Jansen"),
            "other_group": enrol(facts, a2, given_name="Lina", family_name="Haddad"),
            "other_school": enrol(facts, b1, given_name="Mees", family_name="Prins"),
        }
        people = {
            **_guardians(facts, pupils),
            **_staff(facts, school_a, school_b, a1, a2),
            "pending_requester": person(facts, name="Vera Kok"),
        }
        _accept_rules(facts, school_a, people)
        posts = _posts(facts, people, a1, a2, school_a, school_b)
        return World(
            school_a=school_a,
            school_b=school_b,
            a1=a1,
            a2=a2,
            b1=b1,
            own_child=pupils["own"],
            other_pupil=pupils["other"],
            other_groups_pupil=pupils["other_group"],
            other_schools_pupil=pupils["other_school"],
            people=people,
            tokens={name: sign_in_token(facts, somebody) for name, somebody in people.items()},
            posts=posts,
            comments=_comments(facts, people, posts["group"]),
            absences=_absences(facts, people, pupils),
            meetings=meetings(facts, a1, pupils, people),
            invitation=invite(facts, pupils["other"], people["school_admin"]),
            request=ask_for_access(facts, pupils["own"], people["pending_requester"]),
        )


def _guardians(facts: Facts, pupils: Mapping[str, models.Pupil]) -> dict[str, models.Person]:
    own, other = pupils["own"], pupils["other"]
    blocked = person(facts, name="Rik Jansen")
    join(facts, other.school_id, blocked, Role.GUARDIAN, blocked_at=YESTERDAY)
    return {
        "guardian_in_group": guardian(facts, own, name="Esra Yilmaz"),
        "co_guardian": guardian(facts, own, name="Kaan Yilmaz"),
        "guardian_other_group": guardian(facts, pupils["other_group"], name="Amal Haddad"),
        "guardian_other_school": guardian(facts, pupils["other_school"], name="Ruben Prins"),
        "ex_guardian": guardian(facts, own, name="Mark Vos", ended_at=YESTERDAY),
        "blocked_account": guardian(facts, other, somebody=blocked),
        "classmates_guardian": guardian(facts, other, name="Tom Jansen", phone="06 11111111"),
        "sharing_guardian": guardian(facts, other, name="Ines Jansen", phone="06 22222222", share_contact=True),
    }


def _staff(
    facts: Facts, school_a: models.School, school_b: models.School, a1: models.Group, a2: models.Group
) -> dict[str, models.Person]:
    former = person(facts, name="Henk Mol")
    join(facts, school_a.id, former, Role.STAFF, ended_at=YESTERDAY)
    teach(facts, a1, former, ended_at=YESTERDAY)
    return {
        "teacher_of_group": teacher(facts, a1, name="Joke Smit"),
        "colleague": teacher(facts, a1, name="Bram Mulder", phone="06 33333333"),
        "other_staff": teacher(facts, a2, name="Willem Visser"),
        "school_admin": admin(facts, school_a, name="Anouk Bakker"),
        "admin_other_school": admin(facts, school_b, name="Greet Bos"),
        "other_schools_teacher": staff(facts, school_b, name="Fleur Postma"),
        "ex_staff": former,
    }


def _accept_rules(facts: Facts, school: models.School, people: Mapping[str, models.Person]) -> None:
    """House rules that everybody has accepted, also who is not at the school any more."""
    facts.add(models.HouseRules(school_id=school.id, version=1, text="Wees aardig.", published_at=LAST_WEEK))
    for somebody in people.values():
        accepted = {"school_id": school.id, "version": 1, "person_id": somebody.id, "accepted_at": LAST_WEEK}
        facts.add(models.HouseRulesAcceptance(**accepted))


def _posts(
    facts: Facts,
    people: Mapping[str, models.Person],
    a1: models.Group,
    a2: models.Group,
    school_a: models.School,
    school_b: models.School,
) -> dict[str, models.Post]:
    juf, head = people["teacher_of_group"], people["school_admin"]
    posts = {
        "group": post(facts, juf, a1, title="Gymles"),
        "colleague": post(facts, people["colleague"], a1, title="Boekenmarkt"),
        "closed": post(facts, juf, a1, title="Rooster", comments_open=False),
        "withdrawn": post(
            facts, juf, a1, title="Vergissing", withdrawn_at=YESTERDAY, withdrawn_by=juf.id, withdrawn_reason="Fout"
        ),
        "school": post(facts, head, school_a, title="Studiedag"),
        "other_group": post(facts, people["other_staff"], a2, title="Schoolreis"),
        "other_school": post(facts, people["admin_other_school"], school_b, title="Zomerfeest"),
    }
    reader = people["classmates_guardian"]
    facts.add(models.PostRead(post_id=posts["group"].id, person_id=reader.id, school_id=school_a.id, read_at=YESTERDAY))
    return posts


def _comments(facts: Facts, people: Mapping[str, models.Person], under: models.Post) -> dict[str, models.Comment]:
    other, juf = people["classmates_guardian"], people["teacher_of_group"]
    moments = [YESTERDAY + timedelta(minutes=minute) for minute in (1, 2, 3)]
    return {
        "own": comment(facts, under, people["guardian_in_group"], body="Komt goed!", created_at=moments[0]),
        "other": comment(facts, under, other, body="Dank u.", created_at=moments[1]),
        "hidden": comment(
            facts,
            under,
            other,
            body=HIDDEN,
            created_at=moments[2],
            hidden_at=YESTERDAY + timedelta(hours=1),
            hidden_by=juf.id,
            hidden_reason="Onvriendelijk",
        ),
    }


def _absences(
    facts: Facts, people: Mapping[str, models.Person], pupils: Mapping[str, models.Pupil]
) -> dict[str, models.AbsenceReport]:
    def told(minute: int) -> datetime:
        return YESTERDAY + timedelta(minutes=minute)

    return {
        "own": absence(facts, pupils["own"], people["guardian_in_group"], day=TODAY, days=2, reported_at=told(1)),
        "other": absence(facts, pupils["other"], people["classmates_guardian"], day=TODAY, reported_at=told(2)),
        "other_group": absence(
            facts, pupils["other_group"], people["guardian_other_group"], day=TODAY, reported_at=told(3)
        ),
        "other_school": absence(
            facts, pupils["other_school"], people["guardian_other_school"], day=TODAY, reported_at=told(4)
        ),
        "co_guardian": absence(
            facts,
            pupils["own"],
            people["co_guardian"],
            day=date(2026, 9, 24),
            reason=AbsenceReason.MEDICAL_APPOINTMENT,
            note="Tandarts",
            reported_at=told(5),
        ),
    }
