"""The demo schools' posts, what parents answer, and who has read them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert

import models
from models import table_of
from models.database import Database
from resolvers import feed
from resolvers.context import Context
from schoolplein.demo.letters import MIDDLE, OLD, YOUNG, Letter
from schoolplein.demo.newsletters import (
    AT_HET_KOMPAS,
    EVERY_GROUP,
    LATEST,
    MISTAKEN,
    OF_THE_MONTH,
    REPORTING,
    WHOLE_SCHOOL,
)
from schoolplein.demo.people import Classroom, DemoSchool
from schoolplein.demo.story import Story, Told, in_dutch, school_day_after

OF_ITS_AGE: Final = 5
OF_ANY_AGE: Final = 3
"""Posts in each group."""

EDITED_IN: Final = 4
MODERATED_IN: Final = 5
WITHDRAWN_IN: Final = 6
"""The groups in which, once, something had to be put right."""

_AFTER_SCHOOL: Final = time(15, 5)
_FRESH: Final = timedelta(days=3)
_EARLY_IN_MONTH: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A post of the story: what somebody writes, to a group or to the whole school, and who will read it."""

    letter: Letter
    text: str
    author: models.Person
    school_id: UUID
    group_id: UUID | None
    at: datetime
    readers: Iterable[models.Person]
    told: Told = field(default_factory=Told)


class Feed:
    """Everything that is written at the demo schools."""

    def __init__(self, story: Story, accounts: Iterable[str]) -> None:
        self._story = story
        self._accounts = frozenset(accounts)
        """People who have read all but the newest: so they see both."""
        self._published: list[Writing] = []

    def of_de_vlieger(self, school: DemoSchool) -> None:
        """Write what the head and the teachers of the big school wrote in these weeks."""
        days, random = self._story.days[:-1], self._story.random
        self._newsletters(school, days)
        for room in school.classrooms:
            stage = YOUNG if room.number <= 2 else MIDDLE if room.number <= 5 else OLD
            letters = [*random.sample(stage, OF_ITS_AGE), *random.sample(EVERY_GROUP, OF_ANY_AGE)]
            random.shuffle(letters)
            dated = zip(sorted(random.sample(days, len(letters))), letters, strict=True)
            posts = [self._letter(room, letter, day) for day, letter in dated]
            if room.number == EDITED_IN:
                self._edited(posts[0])
            if room.number == MODERATED_IN:
                self._moderated(room, self._letter(room, LATEST, days[-1]))
            if room.number == WITHDRAWN_IN:
                self._withdrawn(self._letter(room, MISTAKEN, days[-6]))

    def of_het_kompas(self, school: DemoSchool) -> None:
        """Write the few posts of the small school."""
        days, random = self._story.days[:-1], self._story.random
        self._newsletter(school, REPORTING, days[-9])
        for room in school.classrooms:
            for day, letter in zip(random.sample(days, 2), random.sample(AT_HET_KOMPAS, 2), strict=True):
                self._letter(room, letter, day)

    async def mark_read(self, database: Database) -> None:
        """Let people have read what was written, as rows at once: thousands of them, and reading makes no news."""
        rows = [
            {"post_id": post.told.key, "person_id": person.id, "school_id": post.school_id, "read_at": at}
            for post in self._published
            for person, at in self._readers(post)
        ]
        async with database.begin() as session:
            await session.execute(insert(table_of(models.PostRead)), rows)

    def _readers(self, post: Writing) -> Iterable[tuple[models.Person, datetime]]:
        is_fresh = post.at > self._story.now - _FRESH
        for person in post.readers:
            at = min(post.at + self._story.minutes(2, 1500), self._story.now)
            chance = self._story.random.random()
            if person.email in self._accounts:
                chance = 1 if is_fresh else 0
            if chance < (0.35 if is_fresh else 0.75):
                yield person, at

    def _newsletters(self, school: DemoSchool, days: Sequence[date]) -> None:
        for number, letter in enumerate(WHOLE_SCHOOL):
            self._newsletter(school, letter, days[3 + number * 6])
        for month, letter in OF_THE_MONTH.items():
            day = next((day for day in days if day.month == month), None)
            if day is not None and day.day <= _EARLY_IN_MONTH:
                self._newsletter(school, letter, day)

    def _newsletter(self, school: DemoSchool, letter: Letter, day: date) -> None:
        parents = (person for room in school.classrooms for person in _parents(room, day))
        staff = (person for room in school.classrooms for person, _ in room.teachers)
        words = self._words(school.classrooms[-1], day, directeur=school.head.name)
        post = Writing(
            letter=letter,
            text=letter.body.format(**words),
            author=school.head,
            school_id=school.school.id,
            group_id=None,
            at=self._story.moment(day, _AFTER_SCHOOL, 150),
            readers=_each_once(*parents, *staff),
        )
        self._publish(post)

    def _letter(self, room: Classroom, letter: Letter, day: date) -> Writing:
        author, called = self._story.random.choice(room.teachers)
        words = self._words(room, day, leerkracht=called)
        colleagues = (teacher for teacher, _ in room.teachers if teacher is not author)
        post = Writing(
            letter=letter,
            text=letter.body.format(**words),
            author=author,
            school_id=room.group.school_id,
            group_id=room.group.id,
            at=self._story.moment(day, _AFTER_SCHOOL, 150),
            readers=_each_once(*_parents(room, day), *colleagues),
        )
        self._publish(post)
        last = self._answers(room, post)
        if letter.reply:
            self._comment(author, post, letter.reply.format(**words), last + self._story.minutes(10, 60))
        return post

    def _publish(self, post: Writing) -> None:
        async def publish(context: Context) -> None:
            post.told.made = await feed.publish_post(
                context,
                school_id=post.school_id,
                group_id=post.group_id,
                title=post.letter.title,
                body=post.text,
                comments_open=post.letter.comments_open,
            )

        if self._story.add(post.at, post.author, publish):
            self._published.append(post)

    def _answers(self, room: Classroom, post: Writing) -> datetime:
        """Let parents answer, all of them when the teacher will answer back; says when the last one did."""
        random, answers, at = self._story.random, post.letter.answers, post.at
        if answers and not post.letter.reply:
            answers = answers[: random.randint(1, len(answers))]
        children = random.sample([child for child in room.children if child.since <= at], len(answers))
        for child, answer in zip(children, answers, strict=True):
            at += self._story.minutes(8, 90)
            self._comment(random.choice(child.guardians), post, answer.format(kind=child.pupil.given_name), at)
        return at

    def _comment(self, author: models.Person, post: Writing, text: str, at: datetime) -> Told:
        told = Told()

        async def comment(context: Context) -> None:
            told.made = await feed.add_comment(context, post_id=post.told.key, body=text)

        self._story.add(at, author, comment)
        return told

    def _moderated(self, room: Classroom, post: Writing) -> None:
        """Somebody gives away another parent's number, and the teacher hides that."""
        text = "Wie wil samen rijden? Bel anders de vader van Elif, zijn nummer is 06 01234 567."
        at = post.at + timedelta(minutes=4)
        comment = self._comment(room.children[-1].guardians[0], post, text, at)

        async def hide(context: Context) -> None:
            await feed.hide_comment(context, comment_id=comment.key, reason="Telefoonnummer van iemand anders")

        self._story.add(at + timedelta(minutes=15), post.author, hide)

    def _edited(self, post: Writing) -> None:
        text = f"{post.text}\n\nAanvulling: heeft u een vraag? Na schooltijd ben ik op het plein."

        async def edit(context: Context) -> None:
            await feed.edit_post(context, post_id=post.told.key, title=None, body=text, comments_open=None)

        self._story.add(post.at + timedelta(minutes=6), post.author, edit)

    def _withdrawn(self, post: Writing) -> None:
        self._published.remove(post)  # before anybody had read it

        async def withdraw(context: Context) -> None:
            await feed.withdraw_post(context, post_id=post.told.key, reason="Stond in de verkeerde groep")

        self._story.add(post.at + timedelta(minutes=3), post.author, withdraw)

    def _words(self, room: Classroom, day: date, **names: str) -> dict[str, str]:
        """What a text of that day can name."""
        soon = school_day_after(room.days, day, self._story.random.randint(3, 6))
        tomorrow = school_day_after(room.days, day, 1)
        return {"dag": in_dutch(soon), "morgen": in_dutch(tomorrow), "groep": room.group.name.lower(), **names}


def _parents(room: Classroom, day: date) -> Iterable[models.Person]:
    """The guardians of who was in the group that day."""
    since = room.days.midnight(day)
    return (person for child in room.children if child.since <= since for person in child.guardians)


def _each_once(*people: models.Person) -> Iterable[models.Person]:
    return {person.id: person for person in people}.values()
