"""The school in the contract: its page, its groups and its pupils."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

import models
import schema.admission  # noqa: F401  # pyright: ignore[reportUnusedImport] - it names the status of a request
from resolvers.pupils import PupilStatus
from schema.info import Info
from schema.nodes import BRANCH, Node, answer, on_day, relation
from schema.paging import Connection, connection
from schema.people import Person
from schema.rules import HouseRules

if TYPE_CHECKING:
    from schema.absences import AbsenceReport
    from schema.feed import Post
    from schema.invitations import Invitation
    from schema.meetings import MeetingReport, MeetingRound, SeparateParty
    from schema.members import Member
    from schema.requests import AccessRequest

strawberry.enum(PupilStatus, name="PupilStatus", description="Whether a child is at the school: now, later, no more.")

_Round = Annotated["MeetingRound", strawberry.lazy("schema.meetings")]
_Posts = Connection[Annotated["Post", strawberry.lazy("schema.feed")]]
_Requests = Connection[Annotated["AccessRequest", strawberry.lazy("schema.requests")]]
_Reports = list[Annotated["AbsenceReport", strawberry.lazy("schema.absences")]]


def _requests() -> Any:
    def read(
        row: strawberry.Parent[Any],
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        status: models.AccessRequestStatus | None = strawberry.UNSET,
    ) -> Any:
        return answer(row, info)

    told = "Requests for access, newest first. For the administration; empty for all others."
    return strawberry.field(resolver=read, description=told, metadata=BRANCH)


def _members() -> Any:
    def read(
        row: strawberry.Parent[Any],
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        role: models.Role | None = strawberry.UNSET,
        search: str | None = strawberry.UNSET,
    ) -> Any:
        return answer(row, info)

    description = (
        "Who belongs to the school, and as what, newest first. `search` is a part of a name or an e-mail address."
        " Administrators only; empty for others."
    )
    return strawberry.field(resolver=read, description=description, metadata=BRANCH)


def _pupils() -> Any:
    def read(
        row: strawberry.Parent[Any],
        info: Info,
        first: int | None = strawberry.UNSET,
        after: str | None = strawberry.UNSET,
        search: str | None = strawberry.UNSET,
        status: PupilStatus | None = strawberry.UNSET,
    ) -> Any:
        return answer(row, info)

    description = (
        "Who was ever entered as a pupil, newest first; also who is still to come, or has left. `search` is a part of"
        " the given and family name. Administrators only; empty for others."
    )
    return strawberry.field(resolver=read, description=description, metadata=BRANCH)


@strawberry.type(description="A primary school.")
class School(Node):
    slug: str = strawberry.field(description="Its short name in addresses.")
    name: str = strawberry.field(description="Its name.")
    time_zone: str = strawberry.field(description="The zone of its days and hours, such as Europe/Amsterdam.")
    contact_email: str = strawberry.field(description="Where the school can be written to.")
    phone: str | None = strawberry.field(description="Where the school can be called.")
    report_cutoff: str = strawberry.field(description="The day's last moment for a report without a phone call, HH:MM.")
    house_rules: HouseRules | None = relation("The version that counts now; null at a school without house rules.")
    members: Connection[Annotated["Member", strawberry.lazy("schema.members")]] = _members()
    pupils: Connection["Pupil"] = _pupils()
    groups: list["Group"] = relation("The viewer's own groups; all for the administration.")
    staff: list[Person] = relation("Who works at the school.")
    posts: _Posts = connection("School-wide posts, newest first.")
    post_cursor: str = strawberry.field(
        description="Where the feed of school-wide posts stands as this answer is read."
    )
    absence_reports: _Reports = on_day("Reports that touch the day, of all groups whose reports the viewer may see.")
    absence_cursor: str | None = strawberry.field(
        description="Where the feed of the school's absences stands; null for all but the administration."
    )

    meeting_rounds: list[_Round] = relation("The rounds that the viewer sees; all for the administration.")
    invitations: Connection[Annotated["Invitation", strawberry.lazy("schema.invitations")]] = connection(
        "Invitations, newest first. For the administration; empty for all others."
    )
    access_requests: _Requests = _requests()


@strawberry.type(description="A group of pupils who have school together.")
class Group(Node):
    school: School = relation("The school.")
    name: str = strawberry.field(description="Such as 'Groep 5'.")
    school_year: str = strawberry.field(description="Such as '2026-2027'.")
    teachers: list[Person] = relation("Who teaches it now, substitutes included.")
    pupils: list["Pupil"] = relation("All pupils for the group's staff; for a guardian only their own.")
    posts: _Posts = connection("Posts to the group, newest first.")
    post_cursor: str = strawberry.field(
        description="Where the feed of the group's posts stands as this answer is read."
    )
    absence_reports: _Reports = on_day(
        "Reports that touch the day, live ones first, then by time of report. For a guardian only their own children's."
    )
    absence_cursor: str | None = strawberry.field(
        description="Where the feed of the group's absences stands; null for those who may not follow absenceFeed."
    )
    meeting_rounds: list[_Round] = relation("Rounds to which families of the group are invited, that the viewer sees.")


@strawberry.type(description="A child at school.")
class Pupil(Node):
    given_name: str = strawberry.field(description="The name that is used.")
    family_name: str = strawberry.field(description="The family name.")
    birth_date: date | None = strawberry.field(description="The day of birth, when it is known.")
    school: School = relation("The school.")
    status: PupilStatus = strawberry.field(description="Whether the pupil is at the school now.")
    enrolled_from: date | None = strawberry.field(
        description="The first day of the place in a group that the pupil has now, or else will have; null once the"
        " pupil has left."
    )
    named_in_labels: bool | None = strawberry.field(
        description="Whether comments may say 'ouder van …' with the pupil's name; null for all but the administration."
    )
    group: Group | None = relation("The group in which the pupil is now.")
    next_group: Group | None = relation(
        "The group in which the pupil will be next, when that is planned; null for all but the administration."
    )
    guardians: list[Person] = relation("The guardians whom the viewer may know.")
    absence_reports: Connection[Annotated["AbsenceReport", strawberry.lazy("schema.absences")]] = connection(
        "All reports, newest start first."
    )
    meeting_reports: list[Annotated["MeetingReport", strawberry.lazy("schema.meetings")]] = relation(
        "What the school has shared of talks about the child, newest first."
    )
    separate_parties: list[Annotated["SeparateParty", strawberry.lazy("schema.meetings")]] = relation(
        "Which guardians come to talks in parties of their own. For the administration; empty for all others."
    )
