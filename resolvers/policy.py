"""Every rule about who may see and who may do what; there are none elsewhere.

May-see rules (`sees_…`) are SQL conditions on a row, made from `me`: the viewer as bound parameters, so that one
compiled statement serves everybody. May-do rules (`may_…`) are functions of the viewer and a row which was fetched
through its may-see rule: what you may not see answers NOT_FOUND, what you see but may not do answers FORBIDDEN.
The truth about the rules is the access matrix (tests/policy/access_matrix.csv).
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    not_,
    or_,
    select,
    true,
)

import models
from models import InformationRight, Role, table_of
from resolvers.viewer import Viewer

Rule = Callable[["Me", FromClause], ColumnElement[bool]]

_TYPES: dict[str, Any] = {
    "person_id": Uuid(),
    "locale": Text(),
    "past_until": ARRAY(DateTime(timezone=True)),
    "now": DateTime(timezone=True),
}


class Me:
    """The viewer in a statement: one bound parameter for each part of the scope, and the moment."""

    person_id: BindParameter[UUID]
    locale: BindParameter[str]
    admin_schools: BindParameter[list[UUID]]
    staff_schools: BindParameter[list[UUID]]
    schools: BindParameter[list[UUID]]
    taught_groups: BindParameter[list[UUID]]
    children: BindParameter[list[UUID]]
    child_groups: BindParameter[list[UUID]]
    past_groups: BindParameter[list[UUID]]
    past_until: BindParameter[list[datetime]]
    now: BindParameter[datetime]

    def __init__(self) -> None:
        for name in self.__annotations__:
            setattr(self, name, bindparam(f"me.{name}", type_=_TYPES.get(name, ARRAY(Uuid()))))


ME = Me()
SCOPE = tuple(field.name for field in fields(Viewer) if field.name in Me.__annotations__)


def parameters(viewer: Viewer, now: datetime) -> dict[str, Any]:
    """The values of `Me` for one viewer."""
    values: dict[str, Any] = {f"me.{name}": getattr(viewer, name) for name in SCOPE}
    values["me.now"] = now
    return values


# ------------------------------------------------------------------------------------------------ may see


def scan(*tables: FromClause, columns: Sequence[ColumnElement[Any]] = (true(),)) -> Select[Any]:
    """A sub-select over these tables and no others: all else that it mentions is a row of the statement around it.

    Every sub-select of a rule or view is made here. SQLAlchemy by itself finds such rows one level out only, and
    further in would silently scan their table again: a rule would then hold for anybody. `reading.plan` checks it.
    """
    return select(*columns).select_from(*tables).correlate_except(*tables)


def live(me: Me, period: FromClause) -> ColumnElement[bool]:
    """Whether a dated relation holds now."""
    return and_(period.c.valid_from <= me.now, or_(period.c.ended_at.is_(None), period.c.ended_at > me.now))


def _taught(me: Me, pupil_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    enrolment = table_of(models.Enrolment).alias()
    taught = enrolment.c.group_id == any_(me.taught_groups)
    return scan(enrolment).where(enrolment.c.pupil_id == pupil_id, taught, live(me, enrolment)).exists()


def shown_with_parent(_me: Me, _row: FromClause) -> ColumnElement[bool]:
    """For a relation to what belongs to the row that it is read from: a post never goes without its author (R22)."""
    return true()


def sees_school(me: Me, school: FromClause) -> ColumnElement[bool]:
    """Its verified guardians and its staff (SCH-02)."""
    return school.c.id == any_(me.schools)


def sees_group(me: Me, group: FromClause) -> ColumnElement[bool]:
    """Who teaches it, whose child is or was in it, and the administration (GRP-01)."""
    return or_(
        group.c.id == any_(me.taught_groups),
        group.c.id == any_(me.child_groups),
        group.c.id == any_(me.past_groups),
        group.c.school_id == any_(me.admin_schools),
    )


def sees_pupil(me: Me, pupil: FromClause) -> ColumnElement[bool]:
    """The pupil's own guardians, who teaches the pupil now, and the administration (PUP-01, PUP-02)."""
    return or_(pupil.c.id == any_(me.children), pupil.c.school_id == any_(me.admin_schools), _taught(me, pupil.c.id))


def sees_absence(me: Me, report: FromClause) -> ColumnElement[bool]:
    """As the pupil, reason and note included (ABS-03 to ABS-08, R10)."""
    return or_(
        report.c.pupil_id == any_(me.children),
        report.c.school_id == any_(me.admin_schools),
        _taught(me, report.c.pupil_id),
    )


def sees_post(me: Me, post: FromClause) -> ColumnElement[bool]:
    """School-wide: the whole school. In a group: who teaches it, whose child is in it, or was when it was published.

    A withdrawn post is there for the administration alone (PST-01 to PST-05).
    """
    past = func.unnest(me.past_groups, me.past_until).table_valued("group_id", "until").render_derived()
    return or_(
        post.c.school_id == any_(me.admin_schools),
        and_(
            post.c.withdrawn_at.is_(None),
            or_(
                and_(post.c.group_id.is_(None), post.c.school_id == any_(me.schools)),
                post.c.group_id == any_(me.taught_groups),
                post.c.group_id == any_(me.child_groups),
                scan(past).where(past.c.group_id == post.c.group_id, post.c.published_at < past.c.until).exists(),
            ),
        ),
    )


def sees_comment(me: Me, comment: FromClause) -> ColumnElement[bool]:
    """As its post (COM-01)."""
    post = table_of(models.Post).alias()
    return scan(post).where(post.c.id == comment.c.post_id, sees_post(me, post)).exists()


def sees_hidden_text(me: Me, comment: FromClause) -> ColumnElement[bool]:
    """What was hidden stays readable for the administration (COM-08)."""
    return comment.c.school_id == any_(me.admin_schools)


def sees_readers(me: Me, post: FromClause) -> ColumnElement[bool]:
    """How many have read it: the side that wrote it (PST-13)."""
    return or_(
        post.c.group_id == any_(me.taught_groups),
        post.c.school_id == any_(me.admin_schools),
        and_(post.c.group_id.is_(None), post.c.school_id == any_(me.staff_schools)),
    )


def sees_membership(me: Me, membership: FromClause) -> ColumnElement[bool]:
    """One's own, while it lasts (SCH-03)."""
    return and_(
        membership.c.person_id == me.person_id,
        membership.c.school_id == any_(me.schools),
        membership.c.blocked_at.is_(None),
        live(me, membership),
    )


def is_blocked(person: FromClause) -> ColumnElement[bool]:
    """Blocked at every school where the person is: then there is nothing to sign in to (ACC-01)."""
    blocked, open_ = table_of(models.Membership).alias(), table_of(models.Membership).alias()
    return and_(
        scan(blocked).where(blocked.c.person_id == person.c.id, blocked.c.blocked_at.is_not(None)).exists(),
        not_(scan(open_).where(open_.c.person_id == person.c.id, open_.c.blocked_at.is_(None)).exists()),
    )


def is_me(me: Me, person: FromClause) -> ColumnElement[bool]:
    """One's own account (ACC-02)."""
    return person.c.id == me.person_id


def _member(me: Me, person: FromClause, schools: BindParameter[list[UUID]], *roles: Role) -> ColumnElement[bool]:
    membership = table_of(models.Membership).alias()
    of_school = (
        membership.c.person_id == person.c.id,
        membership.c.school_id == any_(schools),
        membership.c.role.in_(roles),
        live(me, membership),
    )
    return scan(membership).where(*of_school).exists()


def _guardian_in(me: Me, person: FromClause, *groups: BindParameter[list[UUID]]) -> ColumnElement[bool]:
    guardianship = table_of(models.Guardianship).alias()
    enrolment = table_of(models.Enrolment).alias()
    in_group = (
        guardianship.c.person_id == person.c.id,
        guardianship.c.information_right == InformationRight.FULL.value,
        live(me, guardianship),
        enrolment.c.pupil_id == guardianship.c.pupil_id,
        or_(*(enrolment.c.group_id == any_(group) for group in groups)),
        live(me, enrolment),
    )
    return scan(guardianship, enrolment).where(*in_group).exists()


def sees_person(me: Me, person: FromClause) -> ColumnElement[bool]:
    """Oneself, staff of one's schools, guardians in one's group; the administration all members (PER-01, PER-02)."""
    return or_(
        is_me(me, person),
        _member(me, person, me.schools, Role.STAFF, Role.ADMIN),
        _guardian_in(me, person, me.taught_groups, me.child_groups),
        _member(me, person, me.admin_schools, *Role),
    )


def sees_contact(me: Me, person: FromClause) -> ColumnElement[bool]:
    """E-mail and phone: of guardians to who teaches the child, and to the group when shared; all to the administration.

    Staff keep their private address to themselves and the administration (PER-04 to PER-07, R19).
    """
    return or_(
        is_me(me, person),
        _member(me, person, me.admin_schools, *Role),
        _guardian_in(me, person, me.taught_groups),
        and_(person.c.share_contact, _guardian_in(me, person, me.child_groups)),
    )


def shares_group(me: Me, enrolment: FromClause) -> ColumnElement[bool]:
    """Whether a pupil is in a group where the viewer meets the guardians: 'ouder van Noor' may be said (PER-03)."""
    return or_(
        enrolment.c.group_id == any_(me.taught_groups),
        enrolment.c.group_id == any_(me.child_groups),
        enrolment.c.school_id == any_(me.admin_schools),
    )


def administers(me: Me, school: FromClause) -> ColumnElement[bool]:
    """The administration of the school itself."""
    return school.c.id == any_(me.admin_schools)


def follows_posts(me: Me, group: FromClause) -> ColumnElement[bool]:
    """Who is in the group now: staff, guardians, the administration. Last year's group brings no news (SUB-01)."""
    return or_(follows_absences(me, group), group.c.id == any_(me.child_groups))


def follows_absences(me: Me, group: FromClause) -> ColumnElement[bool]:
    """The staff of the group and the administration follow its absences live (SUB-04)."""
    return or_(group.c.id == any_(me.taught_groups), group.c.school_id == any_(me.admin_schools))


# ------------------------------------------------------------------------------------------------ may do


class InGroup(Protocol):
    """Something of a school that may belong to a group: a stored row, or one that was read."""

    @property
    def school_id(self) -> UUID:
        """The school."""
        ...

    @property
    def group_id(self) -> UUID | None:
        """The group, if it belongs to one."""
        ...


class Commentable(InGroup, Protocol):
    """A post."""

    @property
    def comments_open(self) -> bool:
        """Whether its author lets the group answer."""
        ...

    @property
    def withdrawn_at(self) -> datetime | None:
        """Since when it is taken back."""
        ...


class Authored(InGroup, Protocol):
    """Something that somebody wrote."""

    @property
    def author_id(self) -> UUID:
        """Who wrote it."""
        ...


def is_staff_of(viewer: Viewer, row: InGroup) -> bool:
    """Whether the viewer teaches the row's group or administers its school."""
    return row.group_id in viewer.taught_groups or row.school_id in viewer.admin_schools


def may_publish(viewer: Viewer, school_id: UUID, group_id: UUID | None) -> bool:
    """Teachers in their groups, the administration everywhere in the school (PST-06, PST-07)."""
    return school_id in viewer.admin_schools or (group_id is not None and group_id in viewer.taught_groups)


def may_edit(viewer: Viewer, post: Authored) -> bool:
    """The author, while still staff of that group, and the administration (PST-08, PST-09)."""
    return post.school_id in viewer.admin_schools or (post.author_id == viewer.person_id and is_staff_of(viewer, post))


def may_comment(viewer: Viewer, post: Commentable) -> bool:
    """Guardians in the group where their child is now, and its staff; nobody on a school-wide post (R13, COM-03)."""
    return (
        post.group_id is not None
        and post.comments_open
        and post.withdrawn_at is None
        and (post.group_id in viewer.child_groups or is_staff_of(viewer, post))
    )


def may_hide(viewer: Viewer, comment: InGroup) -> bool:
    """The group's teachers and the administration; never the author as such (R17, COM-06, COM-07)."""
    return is_staff_of(viewer, comment)


def may_change_absence(viewer: Viewer, pupil_id: UUID, place: InGroup) -> bool:
    """The child's guardians, and the school's side: who teaches the pupil now, and the administration (ABS-01, 09)."""
    return pupil_id in viewer.children or is_staff_of(viewer, place)


def may_withdraw_absence(viewer: Viewer, reported_by: UUID, place: InGroup) -> bool:
    """Who reported it, and the school's side; another guardian of the child may not (ABS-10)."""
    return reported_by == viewer.person_id or is_staff_of(viewer, place)
