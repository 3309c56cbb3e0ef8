"""People: what others may know of somebody, and what somebody may change about themselves."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, FromClause, Text, and_, any_, case, func, literal, null, or_
from sqlalchemy.dialects.postgresql import aggregate_order_by

import models
from models import Locale, Role, table_of
from resolvers import policy
from resolvers.local_days import touches_day
from resolvers.policy import Me
from resolvers.views import Connection, Finished, Many, One, View
from resolvers.writing import Change, command_before_profile


def in_dutch_or_english(me: Me, dutch: str, english: str) -> ColumnElement[str]:
    """A fixed text in the viewer's language."""
    return case((me.locale == Locale.NL.value, literal(dutch, Text())), else_=literal(english, Text()))


def _joined(column: ColumnElement[str], me: Me) -> ColumnElement[Any]:
    """Names in one text: 'Noor en Sam'."""
    conjunction = in_dutch_or_english(me, " en ", " and ")
    return func.string_agg(column.distinct(), aggregate_order_by(conjunction, column))


def _taught_groups(me: Me, person: FromClause) -> ColumnElement[str]:
    """'leerkracht groep 5', at the viewer's schools; null for who does not teach there."""
    teaching, group = table_of(models.Teaching).alias(), table_of(models.Group).alias()
    name = func.concat(func.lower(func.left(group.c.name, 1)), func.substr(group.c.name, 2))
    label = in_dutch_or_english(me, "leerkracht ", "teacher of ").concat(_joined(name, me))
    here = (
        teaching.c.person_id == person.c.id,
        teaching.c.group_id == group.c.id,
        teaching.c.school_id == any_(me.schools),
        policy.live(me, teaching),
    )
    return policy.scan(teaching, group, columns=[label]).where(*here).scalar_subquery()


def _known_children(me: Me, person: FromClause) -> ColumnElement[str]:
    """'ouder van Noor', for the children whom the viewer may know by name (D4); null without any."""
    guardianship, pupil = table_of(models.Guardianship).alias(), table_of(models.Pupil).alias()
    enrolment = table_of(models.Enrolment).alias()
    label = in_dutch_or_english(me, "ouder van ", "parent of ").concat(_joined(pupil.c.given_name, me))
    here = (
        guardianship.c.person_id == person.c.id,
        policy.live(me, guardianship),
        pupil.c.id == guardianship.c.pupil_id,
        pupil.c.named_in_labels,
        enrolment.c.pupil_id == pupil.c.id,
        policy.live(me, enrolment),
        policy.shares_group(me, enrolment),
    )
    return policy.scan(guardianship, pupil, enrolment, columns=[label]).where(*here).scalar_subquery()


def _label(me: Me, person: FromClause) -> ColumnElement[str]:
    """In what capacity somebody speaks (R22): the first that holds."""
    is_head, is_staff = (policy.is_member(me, person, me.schools, role) for role in (Role.ADMIN, Role.STAFF))
    return func.coalesce(
        case((is_head, in_dutch_or_english(me, "directie", "school management"))),
        _taught_groups(me, person),
        case((is_staff, in_dutch_or_english(me, "medewerker", "staff"))),
        _known_children(me, person),
        in_dutch_or_english(me, "ouder", "parent"),
    )


def _when_shared(column: str) -> Any:
    def computed(me: Me, person: FromClause) -> ColumnElement[Any]:
        return case((policy.sees_contact(me, person), person.c[column]), else_=null())

    return computed


def _has_calendar_address(_me: Me, person: FromClause) -> ColumnElement[bool]:
    address = table_of(models.CalendarAddress).alias()
    return policy.scan(address).where(address.c.person_id == person.c.id).exists()


def _stands(slot: FromClause) -> ColumnElement[bool]:
    """Whether a slot is in a host's day: it can be booked, or a talk is in it, even if it fits no plan any more."""
    booking = table_of(models.MeetingBooking).alias()
    booked = policy.scan(booking).where(booking.c.slot_id == slot.c.id, booking.c.cancelled_at.is_(None))
    return or_(slot.c.withdrawn_at.is_(None), booked.exists())


PERSON = View(
    name="Person",
    node="person",
    table=table_of(models.Person),
    visible=policy.sees_person,
    computed={"label": _label, "email": _when_shared("email"), "phone": _when_shared("phone")},
)

VIEWER = View(
    name="Viewer",
    table=table_of(models.Person),
    visible=policy.is_me,
    computed={
        "share_contact_with_group": lambda _me, person: person.c.share_contact,
        "has_calendar_address": _has_calendar_address,
    },
    finished={
        "profile_complete": Finished(("name",), lambda _viewer, row: bool(row.name)),
        "needs_second_factor": Finished((), lambda viewer, _row: viewer.needs_second_factor),
    },
    relations={
        "second_factors": One(to="SecondFactors", where=lambda _me, me_row, same, _given: same.c.id == me_row.c.id),
        "person": One(to="Person", where=lambda _me, me_row, person, _given: person.c.id == me_row.c.id),
        "memberships": Many(
            to="Membership",
            where=lambda _me, person, membership, _given: membership.c.person_id == person.c.id,
            order=lambda _me, membership: (membership.c.valid_from, membership.c.school_id, membership.c.role),
        ),
        "sessions": Many(
            to="Session",
            where=lambda _me, person, session, _given: session.c.person_id == person.c.id,
            order=lambda _me, session: (session.c.created_at.desc(), session.c.id.desc()),
        ),
        "children": Many(
            to="Pupil",
            where=lambda me, _person, pupil, _given: pupil.c.id == any_(me.children),
            order=lambda _me, pupil: (pupil.c.birth_date, pupil.c.given_name, pupil.c.id),
        ),
        "groups": Many(
            to="Group",
            where=lambda me, _person, group, _given: (
                (group.c.id == any_(me.taught_groups)) | (group.c.id == any_(me.child_groups))
            ),
            order=lambda _me, group: (group.c.name, group.c.id),
        ),
        "meeting_rounds": Many(
            to="MeetingRound",
            where=lambda me, _person, round_, _given: policy.is_in_round(me, round_),
            order=lambda _me, round_: (round_.c.ends_at, round_.c.id),
        ),
        "hosted_slots": Many(
            to="MeetingSlot",
            where=lambda me, _person, slot, given: and_(
                policy.hosts_slot(me, slot),
                _stands(slot),
                touches_day(slot.c.school_id, slot, given["on"]),
            ),
            order=lambda _me, slot: (slot.c.starts_at, slot.c.id),
            arguments={"on": Date()},
        ),
        "feed": Connection(
            to="Post",
            where=lambda _me, _person, post, given: and_(
                post.c.withdrawn_at.is_(None), *(post.c[name] == value for name, value in given.items())
            ),
            order="published_at",
            arguments={
                "school_id": table_of(models.Post).c.school_id.type,
                "group_id": table_of(models.Post).c.group_id.type,
            },
        ),
    },
)


@command_before_profile
async def update_profile(
    change: Change,
    *,
    name: str | None = None,
    phone: str | None = None,
    locale: Locale | None = None,
    share_contact: bool | None = None,
) -> UUID:
    """Keep one's own profile clear: a real name, a phone number, a language, and who is told the contact details.

    R19, R21, PER-08.

    What is not given stays; an empty phone number takes it away. Comments and posts keep the name as it was (R22).
    """
    person = await change.find(models.Person, change.viewer.person_id, policy.is_me)
    if name is not None:
        person.name = name
    if phone is not None:
        person.phone = phone or None
    if locale is not None:
        person.locale = locale
    if share_contact is not None:
        person.share_contact = share_contact
    change.audit("update_profile", None, person.id)
    return person.id
