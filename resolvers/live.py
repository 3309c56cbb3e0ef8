"""Live feeds: the names of their topics, where they stand, and who may follow them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, Uuid, bindparam, case, cast, func, literal, null, select
from sqlalchemy.dialects.postgresql import asyncpg
from sqlmodel import SQLModel

import models
from models import table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.policy import ME, Me, Rule

START = "0.0"
"""The cursor of a topic in which nothing has happened yet."""


def absences_of_group(group_id: UUID) -> str:
    """The topic of a group's absences."""
    return f"absences:group:{group_id}"


def absences_of_school(school_id: UUID) -> str:
    """The topic of all absences of a school."""
    return f"absences:school:{school_id}"


def posts_of_group(group_id: UUID) -> str:
    """The topic of a group's posts and comments."""
    return f"posts:group:{group_id}"


def posts_of_school(school_id: UUID) -> str:
    """The topic of school-wide posts."""
    return f"posts:school:{school_id}"


def posts_topic(school_id: UUID, group_id: UUID | None) -> str:
    """Where a post is announced: in its group, or in the whole school."""
    return posts_of_school(school_id) if group_id is None else posts_of_group(group_id)


def cursor_of(prefix: str, *, when: Rule | None = None) -> Callable[[Me, FromClause], ColumnElement[Any]]:
    """A computed field: where a row's topic stands, in the snapshot of the statement that reads the row's lists.

    Null where `when` does not hold.
    """

    def computed(me: Me, row: FromClause) -> ColumnElement[Any]:
        stream = table_of(models.Stream).alias()
        head = cast(stream.c.last_seq, Text) + "." + cast(stream.c.last_eid, Text)
        known = (
            policy.scan(stream, columns=[head])
            .where(stream.c.topic == literal(prefix, Text()).concat(cast(row.c.id, Text)))
            .scalar_subquery()
        )
        cursor = func.coalesce(known, START)
        return cursor if when is None else case((when(me, row), cursor), else_=null())

    return computed


@dataclass(frozen=True, slots=True)
class Feed:
    """A kind of feed: what its topics belong to, who sees that this exists, and who may follow it."""

    about: type[SQLModel]
    topic: Callable[[UUID], str]
    sees: Rule
    follows: Rule


GROUP_ABSENCES = Feed(models.Group, absences_of_group, policy.sees_group, policy.follows_absences)
SCHOOL_ABSENCES = Feed(models.School, absences_of_school, policy.sees_school, policy.administers)
GROUP_POSTS = Feed(models.Group, posts_of_group, policy.sees_group, policy.follows_posts)
SCHOOL_POSTS = Feed(models.School, posts_of_school, policy.sees_school, policy.sees_school)


@lru_cache
def _rights(feed: Feed) -> tuple[str, tuple[str, ...]]:
    table = table_of(feed.about).alias()
    statement = select(feed.follows(ME, table)).where(
        table.c.id == bindparam("key", type_=Uuid()), feed.sees(ME, table)
    )
    compiled = statement.compile(dialect=asyncpg.dialect())
    return str(compiled), tuple(getattr(compiled, "positiontup", ()))


async def check_follow(context: Context, feed: Feed, key: UUID) -> None:
    """Check that the viewer may follow a feed now. Refuses: NOT_FOUND (not seen at all), FORBIDDEN."""
    statement, names = _rights(feed)
    values = policy.parameters(context.signed_in(), context.now) | {"key": key}
    rows = await context.database.fetch(statement, [values[name] for name in names])
    if not rows:
        raise Refused(Code.NOT_FOUND)
    if not rows[0][0]:
        raise Refused(Code.FORBIDDEN)
