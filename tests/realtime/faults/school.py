"""The school of a round: groups with families, and the topics that they are told on."""

from dataclasses import dataclass

import models
from models.database import Database
from resolvers import live
from tests.factories import (
    Facts,
    admin,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    sign_in_token,
    teacher,
)
from tests.live.words import FOLLOW_ABSENCES, FOLLOW_POSTS

CHILDREN = 2

ABSENCE_CURSOR = """query($id: ID!) { node(id: $id) {
  ... on Group { cursor: absenceCursor } ... on School { cursor: absenceCursor }
} }"""
POST_CURSOR = """query($id: ID!) { node(id: $id) {
  ... on Group { cursor: postCursor posts(first: 50) { edges { node { id title } } } }
  ... on School { cursor: postCursor posts(first: 50) { edges { node { id title } } } }
} }"""


@dataclass(frozen=True, slots=True)
class Feed:
    """Something to follow: how to ask for it, who may, and on which topic it is written."""

    name: str
    topic: str
    document: str
    snapshot: str
    variables: dict[str, str]
    token: str

    @property
    def about(self) -> str:
        """The id of the group or the school."""
        (id_,) = self.variables.values()
        return id_


@dataclass(frozen=True, slots=True)
class Family:
    """A guardian with children in one group."""

    token: str
    children: list[str]
    group: "Class"


@dataclass(frozen=True, slots=True)
class Class:
    """A group and its teacher."""

    id: str
    teacher: str
    absences: Feed
    posts: Feed


@dataclass(frozen=True, slots=True)
class School:
    """All of it."""

    id: str
    office: str
    classes: list[Class]
    families: list[Family]
    absences: Feed
    posts: Feed

    @property
    def feeds(self) -> list[Feed]:
        """Everything that can be followed."""
        return [self.absences, self.posts, *(feed for one in self.classes for feed in (one.absences, one.posts))]


async def found(url: str, *, groups: int, families: int) -> School:
    """Found a school of so many groups with so many families each. It has lessons at any time: the clock is real."""
    database = await Database.connect(url, size=2)
    try:
        async with founding(database) as facts:
            school = found_school(facts)
            office = sign_in_token(facts, admin(facts, school))
            classes: list[Class] = []
            homes: list[Family] = []
            for number in range(1, groups + 1):
                group = found_group(facts, school, name=f"Groep {number}", times=())
                token = sign_in_token(facts, teacher(facts, group))
                classes.append(_class(group, f"group {number}", token))
                homes += [_family(facts, group, classes[-1]) for _ in range(families)]
    finally:
        await database.close()
    words = {"school": id_of(school)}
    absences = live.SCHOOL_ABSENCES.topic(school.id), FOLLOW_ABSENCES, ABSENCE_CURSOR, words, office
    posts = live.SCHOOL_POSTS.topic(school.id), FOLLOW_POSTS, POST_CURSOR, words, office
    feeds = Feed("absences of the school", *absences), Feed("posts of the school", *posts)
    return School(id_of(school), office, classes, homes, *feeds)


def _class(group: models.Group, name: str, token: str) -> Class:
    words = {"group": id_of(group)}
    absences = live.GROUP_ABSENCES.topic(group.id), FOLLOW_ABSENCES, ABSENCE_CURSOR, words, token
    posts = live.GROUP_POSTS.topic(group.id), FOLLOW_POSTS, POST_CURSOR, words, token
    return Class(id_of(group), token, Feed(f"absences of {name}", *absences), Feed(f"posts of {name}", *posts))


def _family(facts: Facts, group: models.Group, joined: Class) -> Family:
    children = [enrol(facts, group) for _ in range(CHILDREN)]
    parent = sign_in_token(facts, guardian(facts, *children))
    return Family(parent, [id_of(child) for child in children], joined)
