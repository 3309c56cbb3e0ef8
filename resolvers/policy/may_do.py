"""Who may do what, with a row that was fetched through its may-see rule."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from resolvers.viewer import Viewer


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


def may_administer(viewer: Viewer, school_id: UUID) -> bool:
    """The administration of the school: members, roles, groups, pupils, settings (SCH-04, GRP-03, MEM-02, INV-01)."""
    return school_id in viewer.admin_schools


def may_change_standing(viewer: Viewer, school_id: UUID, person_id: UUID) -> bool:
    """The administration, of others: nobody raises, blocks or unblocks themselves (ACC-11, MEM-02, MEM-03)."""
    return may_administer(viewer, school_id) and person_id != viewer.person_id


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


def may_withdraw_absence(viewer: Viewer, reported_by: UUID, place: InGroup) -> bool:
    """Who reported it, and the school's side; another guardian of the child may not (ABS-10)."""
    return reported_by == viewer.person_id or is_staff_of(viewer, place)


def may_plan(viewer: Viewer, school_id: UUID, group_ids: Collection[UUID]) -> bool:
    """Plan a round: the administration, and who teaches all of its groups (MRD-01)."""
    taught = bool(group_ids) and set(group_ids) <= set(viewer.taught_groups)
    return taught or school_id in viewer.admin_schools


def may_host(viewer: Viewer, school_id: UUID, host_ids: Collection[UUID]) -> bool:
    """Fill an agenda with slots: the administration anybody's, others their own (SLT-02, SLT-03)."""
    own = school_id in viewer.staff_schools and set(host_ids) == {viewer.person_id}
    return own or school_id in viewer.admin_schools
