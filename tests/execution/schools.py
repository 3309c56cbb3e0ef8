"""A school in which everything that can be asked has been said."""

from dataclasses import dataclass
from datetime import timedelta

import models
from models import AbsenceReason, AbsenceState, Locale
from models.database import Database
from tests.admissions import CODE, ask_for_access, invite, secret_of
from tests.clients import BEFORE_SCHOOL
from tests.execution.meetings import Meetings, hold_meetings
from tests.factories import (
    YESTERDAY,
    Facts,
    SmallSchool,
    absence,
    amend,
    comment,
    enrol,
    found_small_school,
    founding,
    guardian,
    id_of,
    person,
    post,
    sign_in_token,
)


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is being let in, and with what."""

    invitation: models.Invitation
    request: models.AccessRequest
    verified: models.AccessRequest
    code: str
    """That was mailed for the verified one."""
    passkey: models.Passkey
    """Of the guardian of last week."""


@dataclass(frozen=True, slots=True)
class BusySchool:
    """A small school, and what was written in it."""

    people: SmallSchool
    group_post: models.Post
    school_post: models.Post
    withdrawn_post: models.Post
    said: models.Comment
    hidden: models.Comment
    open_report: models.AbsenceReport
    seen_report: models.AbsenceReport
    teachers_phone: models.Session
    admission: Admission
    meetings: Meetings
    tokens: dict[str, str]

    @property
    def ids(self) -> dict[str, str]:
        """The id of one thing of each kind, by its type; and what else a change is about."""
        return {
            "Person": id_of(self.people.guardian),
            "Teacher": id_of(self.people.teacher),
            "OtherGroup": id_of(self.people.other_group),
            "School": id_of(self.people.school),
            "Group": id_of(self.people.group),
            "Pupil": id_of(self.people.noor),
            "Post": id_of(self.group_post),
            "Comment": id_of(self.said),
            "AbsenceReport": id_of(self.seen_report),
            "Session": id_of(self.teachers_phone),
            "Invitation": id_of(self.admission.invitation),
            "AccessRequest": id_of(self.admission.request),
            "Verified": id_of(self.admission.verified),
            "Passkey": id_of(self.admission.passkey),
            "Secret": secret_of(self.people.guardian),
            "Code": CODE,
            "Admin": id_of(self.people.admin),
            **self.meetings.ids,
        }

    @property
    def mailed(self) -> dict[str, str]:
        """What a card is shown for."""
        admission = self.admission
        return {"slug": self.people.school.slug, "secret": admission.code, "token": secret_of(admission.request)}


def _tokens(facts: Facts, people: SmallSchool) -> dict[str, str]:
    """Of those who ask: who see much, who see what was, and who see nothing yet."""
    alone = enrol(facts, people.group, given_name="Daan", birth_date=None, ended_at=BEFORE_SCHOOL - timedelta(days=9))
    parent = guardian(facts, alone, people.lina, name="Piet O'Neill", phone="06 12345678", locale=Locale.EN)
    facts.add(
        models.Passkey(
            person_id=parent.id,
            credential_id=parent.id.bytes,
            public_key=b"key",
            name="Telefoon",
            created_at=YESTERDAY,
            last_used_at=YESTERDAY,
        )
    )
    nameless = guardian(facts, name="", email=None)
    return {
        "admin": people.token(people.admin),
        "teacher": people.token(people.teacher),
        "guardian": people.token(people.guardian),
        "guardian of last week": sign_in_token(facts, parent, second_factor=True),
        "newcomer": sign_in_token(facts, nameless),
    }


def _let_in(facts: Facts, people: SmallSchool) -> Admission:
    """Invitations to somebody new and to a guardian, and requests of two people, of which one is verified."""
    invite(facts, people.lina, people.other_teacher, to=people.guardian)
    asking, known = person(facts, name="Vera Kok"), person(facts, name="Bas Kok")
    return Admission(
        invitation=invite(facts, people.sam, people.admin),
        request=ask_for_access(facts, people.noor, asking),
        verified=ask_for_access(facts, people.sam, known, verified_by=people.admin),
        code=secret_of(known),
        passkey=facts.newest(models.Passkey),
    )


def _publish_rules(facts: Facts, people: SmallSchool) -> None:
    """House rules that those have accepted who write."""
    school = people.school.id
    facts.add(models.HouseRules(school_id=school, version=1, text="Wees aardig.", published_at=YESTERDAY))
    for writer in (people.teacher, people.guardian):
        accepted = {"school_id": school, "version": 1, "person_id": writer.id, "accepted_at": YESTERDAY}
        facts.add(models.HouseRulesAcceptance(**accepted))


async def found_busy_school(database: Database) -> BusySchool:
    people = await found_small_school(database)
    teacher, group = people.teacher, people.group
    async with founding(database) as facts:
        posts = [
            post(facts, teacher, group, title=f"Bericht {day}", published_at=YESTERDAY - timedelta(days=day))
            for day in range(4)
        ]
        everybodys = post(facts, people.admin, people.school, title="Studiedag")
        withdrawn = post(
            facts, teacher, group, title="Dubbel", withdrawn_at=YESTERDAY, withdrawn_by=teacher.id, withdrawn_reason="-"
        )
        said = [comment(facts, posts[0], people.guardian, body=text) for text in ("Wat fijn!", 'é " \\ \n \U0001f3eb')]
        hidden = comment(
            facts, posts[0], people.classmates_guardian, hidden_at=YESTERDAY, hidden_by=teacher.id, hidden_reason="-"
        )
        seen = absence(
            facts, people.noor, people.guardian,
            state=AbsenceState.ACKNOWLEDGED, acknowledged_by=teacher.id, acknowledged_at=YESTERDAY,
        )  # fmt: skip
        ill = absence(facts, people.sam, people.classmates_guardian, note=None)
        absence(
            facts, people.lina, people.other_groups_guardian, reason=AbsenceReason.OTHER, state=AbsenceState.WITHDRAWN
        )
        facts.add(
            models.PostRead(
                post_id=posts[0].id, person_id=people.guardian.id, school_id=people.school.id, read_at=YESTERDAY
            )
        )
        tokens = _tokens(facts, people)
        sign_in_token(facts, teacher)
        phone = facts.newest(models.Session)
        _publish_rules(facts, people)
        admission, meetings = _let_in(facts, people), hold_meetings(facts, people)
    await amend(database, ill, ends_at=None)
    return BusySchool(
        people, posts[0], everybodys, withdrawn, said[0], hidden, ill, seen, phone, admission, meetings, tokens
    )
