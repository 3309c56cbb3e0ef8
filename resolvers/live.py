"""Live feeds: the names of their topics, where they stand, and who may follow them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Text, Uuid, bindparam, case, cast, func, literal, null, select
from sqlmodel import SQLModel

import models
from models import table_of
from realtime.cursor import START
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.policy import ME, Me, Rule
from resolvers.statements import Statement, compiled


@dataclass(frozen=True, slots=True)
class Feed:
    """A kind of feed: how its topics begin, what each belongs to, who sees that this exists, and who may follow it."""

    prefix: str
    about: type[SQLModel]
    sees: Rule
    follows: Rule
    looks_at_rows: bool = False
    """Whether `follows` asks for more than the scope of a viewer: then an equal scope may follow no more."""

    def topic(self, key: UUID) -> str:
        """The topic of one group or school."""
        return f"{self.prefix}{key}"

    def cursor(self, *, when: Rule | None = None) -> Callable[[Me, FromClause], ColumnElement[Any]]:
        """A computed field: where a row's topic stands, in the snapshot of the statement that reads the row's lists.

        Null where `when` is given and does not hold.
        """

        def computed(me: Me, row: FromClause) -> ColumnElement[Any]:
            stream = table_of(models.Stream).alias()
            topic = literal(self.prefix, Text()).concat(cast(row.c.id, Text))
            head = cast(stream.c.last_seq, Text).concat(".").concat(cast(stream.c.last_eid, Text))
            known = policy.scan(stream, columns=[head]).where(stream.c.topic == topic).scalar_subquery()
            cursor = func.coalesce(known, str(START))
            return cursor if when is None else case((when(me, row), cursor), else_=null())

        return computed


GROUP_ABSENCES = Feed("absences:group:", models.Group, policy.sees_group, policy.follows_absences)
SCHOOL_ABSENCES = Feed("absences:school:", models.School, policy.sees_school, policy.administers)
GROUP_POSTS = Feed("posts:group:", models.Group, policy.sees_group, policy.follows_posts)
SCHOOL_POSTS = Feed("posts:school:", models.School, policy.sees_school, policy.sees_school)


def posts_topic(school_id: UUID, group_id: UUID | None) -> str:
    """Where a post is announced: in its group, or in the whole school."""
    return SCHOOL_POSTS.topic(school_id) if group_id is None else GROUP_POSTS.topic(group_id)


@lru_cache
def _rights(feed: Feed) -> Statement:
    table = table_of(feed.about).alias()
    this = table.c.id == bindparam("key", type_=Uuid())
    school = table.c.id if feed.about is models.School else table.c.school_id
    columns: list[ColumnElement[Any]] = [feed.follows(ME, table), school]
    return compiled(select(*columns).where(this, feed.sees(ME, table)))


async def check_follow(context: Context, feed: Feed, key: UUID) -> UUID:
    """Check that the viewer may follow a feed now: the school that it belongs to.

    Refuses: NOT_FOUND (not seen at all), FORBIDDEN.
    """
    statement = _rights(feed)
    bound = policy.parameters(context.signed_in(), context.now) | {"key": key}
    rows = await context.database.fetch(statement.text, statement.values(bound))
    if not rows:
        raise Refused(Code.NOT_FOUND)
    may_follow, school_id = rows[0]
    if not may_follow:
        raise Refused(Code.FORBIDDEN)
    return school_id
