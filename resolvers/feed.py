"""The feed: posts of the school and its groups, and what parents answer under group posts."""

from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, case, func, null, or_
from sqlalchemy.dialects.postgresql import insert

import models
from models import InformationRight, Role, table_of
from resolvers import live, policy
from resolvers.errors import Code, Refused
from resolvers.people import in_dutch_or_english
from resolvers.policy import Me
from resolvers.views import Connection, Finished, View, belongs_to
from resolvers.writing import Change, command


def _comment_count(me: Me, post: FromClause) -> ColumnElement[int]:
    comment = table_of(models.Comment).alias()
    return (
        policy.scan(comment, columns=[func.count()])
        .where(comment.c.post_id == post.c.id, policy.sees_comment(me, comment))
        .scalar_subquery()
    )


def _has_read(me: Me, post: FromClause) -> ColumnElement[bool]:
    read = table_of(models.PostRead).alias()
    return policy.scan(read).where(read.c.post_id == post.c.id, read.c.person_id == me.person_id).exists()


def _read_count(me: Me, post: FromClause) -> ColumnElement[int | None]:
    read = table_of(models.PostRead).alias()
    readers = (
        policy.scan(read, columns=[func.count()])
        .where(read.c.post_id == post.c.id, read.c.person_id != post.c.author_id)
        .scalar_subquery()
    )
    return case((policy.sees_readers(me, post), readers), else_=null())


def _audience_size(me: Me, post: FromClause) -> ColumnElement[int | None]:
    """Everybody whom the post is for, but its author: the guardians, and the teachers or all staff.

    Who is blocked does not count as a guardian.
    """
    guardianship, enrolment = table_of(models.Guardianship).alias(), table_of(models.Enrolment).alias()
    teaching, membership = table_of(models.Teaching).alias(), table_of(models.Membership).alias()
    as_guardian = table_of(models.Membership).alias()
    guardians = policy.scan(guardianship, enrolment, as_guardian, columns=[guardianship.c.person_id]).where(
        guardianship.c.school_id == post.c.school_id,
        guardianship.c.information_right == InformationRight.FULL.value,
        policy.live(me, guardianship),
        as_guardian.c.school_id == guardianship.c.school_id,
        as_guardian.c.person_id == guardianship.c.person_id,
        as_guardian.c.role == guardianship.c.member_role,
        as_guardian.c.blocked_at.is_(None),
        enrolment.c.pupil_id == guardianship.c.pupil_id,
        policy.live(me, enrolment),
        or_(post.c.group_id.is_(None), enrolment.c.group_id == post.c.group_id),
    )
    teachers = policy.scan(teaching, columns=[teaching.c.person_id]).where(
        teaching.c.group_id == post.c.group_id, policy.live(me, teaching)
    )
    staff = policy.scan(membership, columns=[membership.c.person_id]).where(
        post.c.group_id.is_(None),
        membership.c.school_id == post.c.school_id,
        membership.c.role != Role.GUARDIAN.value,
        membership.c.blocked_at.is_(None),
        policy.live(me, membership),
    )
    audience = guardians.union(teachers, staff).subquery()
    size = (
        policy.scan(audience, columns=[func.count()]).where(audience.c.person_id != post.c.author_id).scalar_subquery()
    )
    return case((policy.sees_readers(me, post), size), else_=null())


POST = View(
    name="Post",
    node="post",
    table=table_of(models.Post),
    visible=policy.sees_post,
    computed={
        "comment_count": _comment_count,
        "viewer_has_read": _has_read,
        "read_count": _read_count,
        "audience_size": _audience_size,
    },
    finished={
        "viewer_can_comment": Finished(
            ("school_id", "group_id", "comments_open", "withdrawn_at"),
            policy.may_comment,
            ("child_groups", "taught_groups", "admin_schools"),
        ),
    },
    relations={
        "school": belongs_to("School", "school_id"),
        "group": belongs_to("Group", "group_id"),
        "author": belongs_to("Person", "author_id"),
        "comments": Connection(
            to="Comment",
            where=lambda _me, post, comment, _given: comment.c.post_id == post.c.id,
            order="created_at",
            newest_first=False,
        ),
    },
)


def _body(me: Me, comment: FromClause) -> ColumnElement[str]:
    hidden = in_dutch_or_english(me, "Verwijderd door de school.", "Removed by the school.")
    shown = or_(comment.c.hidden_at.is_(None), policy.sees_hidden_text(me, comment))
    return case((shown, comment.c.body), else_=hidden)


COMMENT = View(
    name="Comment",
    node="comment",
    table=table_of(models.Comment),
    visible=policy.sees_comment,
    computed={"body": _body},
    relations={
        "post": belongs_to("Post", "post_id"),
        "author": belongs_to("Person", "author_id"),
    },
)


@command
async def publish_post(
    change: Change, *, school_id: UUID, group_id: UUID | None, title: str, body: str, comments_open: bool
) -> UUID:
    """Publish a post to a group, or to the whole school when there is no group (R7, R12).

    A school-wide post is closed for comments, whatever is asked (R13).
    Refuses: NOT_FOUND (a school or group that the viewer does not see), FORBIDDEN, RULES_NOT_ACCEPTED.
    """
    _, has_accepted = await change.find_and_ask(
        models.School, school_id, policy.sees_school, policy.has_accepted_rules, "schoolId", lock=False
    )
    if group_id is not None:
        group = await change.find(models.Group, group_id, policy.sees_group, "groupId", lock=False)
        if group.school_id != school_id:
            raise Refused(Code.NOT_FOUND, "groupId")
    if not policy.may_publish(change.viewer, school_id, group_id):
        raise Refused(Code.FORBIDDEN)
    if not has_accepted:
        raise Refused(Code.RULES_NOT_ACCEPTED)
    post = models.Post(
        school_id=school_id,
        group_id=group_id,
        author_id=change.viewer.person_id,
        author_name=change.viewer.name,
        title=title,
        body=body,
        comments_open=comments_open and group_id is not None,
        published_at=change.context.now,
    )
    change.session.add(post)
    change.audit("publish_post", school_id, post.id)
    change.append(live.posts_topic(school_id, group_id), "PUBLISHED", post=post.id)
    return post.id


async def _editable(change: Change, post_id: UUID) -> tuple[models.Post, bool]:
    """A post that the viewer may edit, and whether they have accepted the house rules."""
    post, has_accepted = await change.find_and_ask(
        models.Post, post_id, policy.sees_post, policy.has_accepted_rules, "postId"
    )
    if not policy.may_edit(change.viewer, post):
        raise Refused(Code.FORBIDDEN)
    return post, has_accepted


@command
async def edit_post(
    change: Change, *, post_id: UUID, title: str | None, body: str | None, comments_open: bool | None
) -> UUID:
    """Correct a post; what it said before is kept, and it is shown as edited. What is not given stays.

    Refuses: NOT_FOUND, FORBIDDEN (neither its author nor the administration), COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST,
    RULES_NOT_ACCEPTED (for what is written).
    """
    post, has_accepted = await _editable(change, post_id)
    if comments_open and post.group_id is None:
        raise Refused(Code.COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST, "commentsOpen")
    if title is not None or body is not None:
        if not has_accepted:
            raise Refused(Code.RULES_NOT_ACCEPTED)
        change.session.add(
            models.PostRevision(
                school_id=post.school_id,
                post_id=post.id,
                title=post.title,
                body=post.body,
                replaced_at=change.context.now,
                replaced_by=change.viewer.person_id,
            )
        )
        post.title = post.title if title is None else title
        post.body = post.body if body is None else body
        post.edited_at = change.context.now
    if comments_open is not None:
        post.comments_open = comments_open
    change.audit("edit_post", post.school_id, post.id)
    change.append(live.posts_topic(post.school_id, post.group_id), "EDITED", post=post.id)
    return post.id


@command
async def withdraw_post(change: Change, *, post_id: UUID, reason: str) -> UUID:
    """Take a post back: gone for everybody but the administration, never deleted.

    Refuses: NOT_FOUND, FORBIDDEN (neither its author nor the administration).
    """
    post, _ = await _editable(change, post_id)
    if post.withdrawn_at is None:
        post.withdrawn_at, post.withdrawn_by = change.context.now, change.viewer.person_id
        post.withdrawn_reason = reason
        change.audit("withdraw_post", post.school_id, post.id, reason=reason)
        change.append(live.posts_topic(post.school_id, post.group_id), "WITHDRAWN", post=post.id)
    return post.id


@command
async def mark_post_read(change: Change, *, post_id: UUID) -> UUID:
    """Remember that the viewer has read a post; the first time counts. Refuses: NOT_FOUND."""
    post = await change.find(models.Post, post_id, policy.sees_post, "postId", lock=False)
    read = insert(table_of(models.PostRead)).values(
        post_id=post.id, person_id=change.viewer.person_id, school_id=post.school_id, read_at=change.context.now
    )
    await change.session.execute(read.on_conflict_do_nothing())
    return post.id


@command
async def add_comment(change: Change, *, post_id: UUID, body: str) -> UUID:
    """Answer under a group post: visible at once to all who see it, and for its author unchangeable (R13, R16, R17).

    Refuses: NOT_FOUND, COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST (to everybody), COMMENTS_CLOSED (closed by the author,
    withdrawn, or a group in which no child of the viewer is any more), RULES_NOT_ACCEPTED.
    """
    post, has_accepted = await change.find_and_ask(
        models.Post, post_id, policy.sees_post, policy.has_accepted_rules, "postId"
    )
    if post.group_id is None:
        raise Refused(Code.COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST, "postId")
    if not policy.may_comment(change.viewer, post):
        raise Refused(Code.COMMENTS_CLOSED, "postId")
    if not has_accepted:
        raise Refused(Code.RULES_NOT_ACCEPTED)
    comment = models.Comment(
        school_id=post.school_id,
        group_id=post.group_id,
        post_id=post.id,
        author_id=change.viewer.person_id,
        author_name=change.viewer.name,
        body=body,
        created_at=change.context.now,
    )
    change.session.add(comment)
    change.audit("add_comment", post.school_id, comment.id)
    change.append(live.GROUP_POSTS.topic(post.group_id), "COMMENTED", post=post.id, comment=comment.id)
    return comment.id


@command
async def hide_comment(change: Change, *, comment_id: UUID, reason: str) -> UUID:
    """Hide a comment for all but the administration; the original stays, with who hid it and why (R14, R15, R17).

    Refuses: NOT_FOUND, FORBIDDEN (not the staff of the group).
    """
    comment = await change.find(models.Comment, comment_id, policy.sees_comment, "commentId")
    if not policy.may_hide(change.viewer, comment):
        raise Refused(Code.FORBIDDEN)
    if comment.hidden_at is None:
        comment.hidden_at, comment.hidden_by = change.context.now, change.viewer.person_id
        comment.hidden_reason = reason
        change.audit("hide_comment", comment.school_id, comment.id, reason=reason)
        change.append(
            live.GROUP_POSTS.topic(comment.group_id), "COMMENT_HIDDEN", post=comment.post_id, comment=comment.id
        )
    return comment.id
