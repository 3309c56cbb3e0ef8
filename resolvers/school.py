"""The school: its page, its groups, its pupils, and in what capacity the viewer belongs to it."""

from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Text, and_, case, cast, func, null, or_

import models
from models import Role, table_of
from models.absences import LIVE
from resolvers import live, policy, pupils
from resolvers.local_days import touches_day, zone_of
from resolvers.policy import Me
from resolvers.verifying import status_of
from resolvers.views import Arguments, Connection, Many, One, View, belongs_to

_ON = {"on": Date()}


def _live_first(_me: Me, report: FromClause) -> tuple[ColumnElement[Any], ...]:
    is_live = report.c.state.in_(LIVE)
    return is_live.desc(), report.c.reported_at, report.c.id


def _enrolled(me: Me, group: FromClause, pupil_id: ColumnElement[Any]) -> ColumnElement[bool]:
    enrolment = table_of(models.Enrolment).alias()
    return (
        policy.scan(enrolment)
        .where(enrolment.c.pupil_id == pupil_id, enrolment.c.group_id == group.c.id, policy.live(me, enrolment))
        .exists()
    )


def _enrolled_in(me: Me, pupil: FromClause, group: FromClause, _given: Arguments) -> ColumnElement[bool]:
    return _enrolled(me, group, pupil.c.id)


def _teaches(me: Me, group: FromClause, person: FromClause, _given: Arguments) -> ColumnElement[bool]:
    teaching, membership = table_of(models.Teaching).alias(), table_of(models.Membership).alias()
    return (
        policy.scan(teaching, membership)
        .where(
            teaching.c.person_id == person.c.id,
            teaching.c.group_id == group.c.id,
            policy.live(me, teaching),
            membership.c.school_id == teaching.c.school_id,
            membership.c.person_id == teaching.c.person_id,
            membership.c.role == Role.STAFF.value,
            membership.c.blocked_at.is_(None),
        )
        .exists()
    )


def _works_at(me: Me, school: FromClause, person: FromClause, _given: Arguments) -> ColumnElement[bool]:
    membership = table_of(models.Membership).alias()
    return (
        policy.scan(membership)
        .where(
            membership.c.person_id == person.c.id,
            membership.c.school_id == school.c.id,
            membership.c.role.in_((Role.STAFF.value, Role.ADMIN.value)),
            membership.c.blocked_at.is_(None),
            policy.live(me, membership),
        )
        .exists()
    )


def _guards(me: Me, pupil: FromClause, person: FromClause, _given: Arguments) -> ColumnElement[bool]:
    guardianship = table_of(models.Guardianship).alias()
    return (
        policy.scan(guardianship)
        .where(
            guardianship.c.person_id == person.c.id,
            guardianship.c.pupil_id == pupil.c.id,
            policy.live(me, guardianship),
        )
        .exists()
    )


def _is_about(_me: Me, group: FromClause, round_: FromClause, _given: Arguments) -> ColumnElement[bool]:
    invited = table_of(models.MeetingRoundGroup).alias()
    return policy.scan(invited).where(invited.c.round_id == round_.c.id, invited.c.group_id == group.c.id).exists()


def _is_report_of(_me: Me, pupil: FromClause, report: FromClause, _given: Arguments) -> ColumnElement[bool]:
    ticket = table_of(models.MeetingTicket).alias()
    return policy.scan(ticket).where(ticket.c.id == report.c.ticket_id, ticket.c.pupil_id == pupil.c.id).exists()


def _newest(_me: Me, school: FromClause, rules: FromClause, _given: Arguments) -> ColumnElement[bool]:
    newer = table_of(models.HouseRules).alias()
    newest = policy.scan(newer, columns=[func.max(newer.c.version)]).where(newer.c.school_id == school.c.id)
    return and_(rules.c.school_id == school.c.id, rules.c.version == newest.scalar_subquery())


def _asked_members(_me: Me, school: FromClause, member: FromClause, given: Arguments) -> ColumnElement[bool]:
    """Members in a role, and with a part of a name, or of an address, that is searched for."""
    asked = [member.c.school_id == school.c.id]
    if "role" in given:
        asked.append(member.c.role == given["role"])
    if "search" in given:
        person, words = table_of(models.Person).alias(), given["search"]
        named = func.strpos(func.plain_name(person.c.name), func.nullif(func.plain_name(words), "")) > 0
        found = or_(named, func.strpos(func.lower(person.c.email), func.lower(words)) > 0)
        asked.append(policy.scan(person).where(person.c.id == member.c.person_id, found).exists())
    return and_(*asked)


def _by_name(_me: Me, row: FromClause) -> tuple[ColumnElement[Any], ...]:
    return row.c.name, row.c.id


SCHOOL = View(
    name="School",
    node="school",
    table=table_of(models.School),
    visible=policy.sees_school,
    computed={
        "report_cutoff": lambda _me, school: func.to_char(school.c.report_cutoff, "HH24:MI"),
        "post_cursor": live.SCHOOL_POSTS.cursor(),
        "absence_cursor": live.SCHOOL_ABSENCES.cursor(when=policy.administers),
    },
    relations={
        "groups": Many(
            to="Group",
            where=lambda _me, school, group, _given: group.c.school_id == school.c.id,
            order=_by_name,
        ),
        "house_rules": One(to="HouseRules", where=_newest),
        "members": Connection(
            to="Member",
            where=_asked_members,
            order="valid_from",
            arguments={"role": Text(), "search": Text()},
        ),
        "pupils": Connection(
            to="Pupil",
            where=pupils.asked_pupils,
            rule=policy.sees_register,
            order=pupils.entered_at,
            arguments={"search": Text(), "status": Text()},
        ),
        "staff": Many(to="Person", where=_works_at, order=_by_name),
        "posts": Connection(
            to="Post",
            where=lambda _me, school, post, _given: and_(
                post.c.school_id == school.c.id, post.c.group_id.is_(None), post.c.withdrawn_at.is_(None)
            ),
            order="published_at",
        ),
        "absence_reports": Many(
            to="AbsenceReport",
            where=lambda _me, school, report, given: and_(
                report.c.school_id == school.c.id, touches_day(school.c.id, report, given["on"])
            ),
            order=_live_first,
            arguments=_ON,
        ),
        "meeting_rounds": Many(
            to="MeetingRound",
            where=lambda _me, school, round_, _given: round_.c.school_id == school.c.id,
            order=lambda _me, round_: (round_.c.ends_at, round_.c.id),
        ),
        "invitations": Connection(
            to="Invitation",
            where=lambda _me, school, invitation, _given: invitation.c.school_id == school.c.id,
            order="created_at",
        ),
        "access_requests": Connection(
            to="AccessRequest",
            where=lambda me, school, asked, given: and_(
                asked.c.school_id == school.c.id,
                *(status_of(me, asked) == value for value in given.values()),
            ),
            order="requested_at",
            arguments={"status": Text()},
        ),
    },
)

GROUP = View(
    name="Group",
    node="group",
    table=table_of(models.Group),
    visible=policy.sees_group,
    computed={
        "post_cursor": live.GROUP_POSTS.cursor(),
        "absence_cursor": live.GROUP_ABSENCES.cursor(when=policy.follows_absences),
    },
    relations={
        "school": belongs_to("School", "school_id"),
        "teachers": Many(to="Person", where=_teaches, order=_by_name),
        "pupils": Many(
            to="Pupil",
            where=lambda me, group, pupil, _given: _enrolled(me, group, pupil.c.id),
            order=lambda _me, pupil: (pupil.c.given_name, pupil.c.family_name, pupil.c.id),
        ),
        "posts": Connection(
            to="Post",
            where=lambda _me, group, post, _given: and_(post.c.group_id == group.c.id, post.c.withdrawn_at.is_(None)),
            order="published_at",
        ),
        "meeting_rounds": Many(
            to="MeetingRound",
            where=_is_about,
            order=lambda _me, round_: (round_.c.ends_at, round_.c.id),
        ),
        "absence_reports": Many(
            to="AbsenceReport",
            where=lambda me, group, report, given: and_(
                _enrolled(me, group, report.c.pupil_id), touches_day(group.c.school_id, report, given["on"])
            ),
            order=_live_first,
            arguments=_ON,
        ),
    },
)

PUPIL = View(
    name="Pupil",
    node="pupil",
    table=table_of(models.Pupil),
    visible=policy.sees_pupil,
    computed={
        "status": pupils.status_of,
        "enrolled_from": pupils.enrolled_from,
        "named_in_labels": pupils.named_in_labels,
        # Also where a row leads to a pupil whom the viewer does not see, as a host's talk does (PUP-03).
        "birth_date": lambda me, pupil: case((policy.sees_pupil(me, pupil), pupil.c.birth_date), else_=null()),
    },
    relations={
        "school": belongs_to("School", "school_id"),
        "group": One(to="Group", where=_enrolled_in),
        "next_group": One(to="Group", where=pupils.goes_to),
        "guardians": Many(to="Person", where=_guards, order=_by_name),
        "meeting_reports": Many(
            to="MeetingReport",
            where=_is_report_of,
            order=lambda _me, report: (report.c.shared_at.desc(), report.c.id),
        ),
        "separate_parties": Many(
            to="SeparateParty",
            where=lambda _me, pupil, party, _given: party.c.pupil_id == pupil.c.id,
            order=lambda _me, party: (party.c.party, party.c.person_id),
        ),
        "absence_reports": Connection(
            to="AbsenceReport",
            where=lambda _me, pupil, report, _given: report.c.pupil_id == pupil.c.id,
            order="starts_at",
        ),
    },
)

MEMBERSHIP = View(
    name="Membership",
    table=table_of(models.Membership),
    visible=policy.sees_membership,
    computed={
        "since": lambda _me, membership: cast(
            func.timezone(zone_of(membership.c.school_id), membership.c.valid_from), Date
        )
    },
    relations={
        "school": belongs_to("School", "school_id"),
    },
)
