"""Posts of the school and of its groups, the comments under group posts, and who has read what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.base import Row, instant, key, school_key, within_school


class Post(Row, table=True):
    """A post without a group is school-wide (R7), and then closed for comments whatever anybody asks (R13)."""

    __table_args__ = (
        within_school("group_id", "school_group"),
        school_key(),
        UniqueConstraint("school_id", "group_id", "id"),
        CheckConstraint("group_id is not null or not comments_open", name="school_wide_is_closed"),
        Index("ix_post_group_newest", "group_id", text("published_at desc"), text("id desc")),
        Index("ix_post_school_newest", "school_id", text("published_at desc"), text("id desc")),
    )

    id: UUID = key()
    school_id: UUID = Field(foreign_key="school.id")
    group_id: UUID | None = None
    author_id: UUID = Field(foreign_key="person.id")
    author_name: str = Field(max_length=120)
    """The author's name as it was (R22)."""
    title: str = Field(max_length=200)
    body: str = Field(max_length=10_000)
    comments_open: bool = True
    published_at: datetime = instant()
    edited_at: datetime | None = instant(default=None)
    withdrawn_at: datetime | None = instant(default=None)
    withdrawn_by: UUID | None = Field(default=None, foreign_key="person.id")
    withdrawn_reason: str | None = Field(default=None, max_length=500)


class PostRevision(Row, table=True):
    """What a post said before it was edited."""

    __tablename__ = "post_revision"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("post_id", "post"),)

    id: UUID = key()
    school_id: UUID
    post_id: UUID = Field(index=True)
    title: str = Field(max_length=200)
    body: str = Field(max_length=10_000)
    replaced_at: datetime = instant()
    replaced_by: UUID = Field(foreign_key="person.id")


class PostRead(Row, table=True):
    """That a person has read a post."""

    __tablename__ = "post_read"  # pyright: ignore[reportAssignmentType]
    __table_args__ = (within_school("post_id", "post"),)

    post_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", index=True)
    school_id: UUID
    read_at: datetime = instant()


class Comment(Row, table=True):
    """A comment under a group post. It has a group and shares it with its post, so a school-wide post can have none.

    A trigger refuses every change of what was said, by whom, when and where (R17); only hiding is possible.
    """

    __table_args__ = (
        ForeignKeyConstraint(["school_id", "group_id", "post_id"], ["post.school_id", "post.group_id", "post.id"]),
        school_key(),
        Index("ix_comment_post_oldest", "post_id", "created_at", "id"),
    )

    id: UUID = key()
    school_id: UUID
    group_id: UUID
    post_id: UUID
    author_id: UUID = Field(foreign_key="person.id")
    author_name: str = Field(max_length=120)
    body: str = Field(max_length=2_000)
    created_at: datetime = instant()
    hidden_at: datetime | None = instant(default=None)
    hidden_by: UUID | None = Field(default=None, foreign_key="person.id")
    hidden_reason: str | None = Field(default=None, max_length=500)
