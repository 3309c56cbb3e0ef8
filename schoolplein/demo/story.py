"""How a story is told: scenes in the order of their moments, each a use case done by somebody at that moment."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID

import models
from models.database import Database
from models.seal import Seal
from resolvers.context import Context
from resolvers.doorkeeper import Doorkeeper
from resolvers.limits import Limits
from resolvers.school_days import SchoolDays
from resolvers.viewer import find_by_person
from schoolplein.demo.holidays import ZONE, holidays_around, school_year

LENGTH: Final = 30
"""School days: six weeks."""

_MONTHS: Final = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_FRIDAY: Final = 5
_WEEKDAYS: Final = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")

Play = Callable[[Context], Awaitable[object]]


@dataclass(slots=True)
class Told:
    """What a scene has made; there as soon as the scene is told, so known in every later one."""

    made: UUID | None = None

    @property
    def key(self) -> UUID:
        """The key of what was made."""
        assert self.made is not None, "this scene has not been told yet"
        return self.made


@dataclass(frozen=True, slots=True)
class Scene:
    """Who does what, and when."""

    at: datetime
    who: UUID
    play: Play


class SilentDoorbell:
    """Nobody listens yet at a school that is being founded."""

    def ring(self, heads: Mapping[str, int], /) -> None:
        """Let it be."""


class Story:
    """The scenes of a story that ends now. What would come later is left out."""

    def __init__(self, random: Random, now: datetime, days: list[date]) -> None:
        self.random = random
        self.now = now
        self.days = days
        """The school days of the story; the last one is today, or the last one before it."""
        self._scenes: list[Scene] = []

    def add(self, at: datetime, who: models.Person, play: Play) -> bool:
        """Add a scene, and say whether it is a part of the story. Later ones that build on it are later than it."""
        if at > self.now:
            return False
        self._scenes.append(Scene(at, who.id, play))
        return True

    def moment(self, day: date, earliest: time, minutes: int) -> datetime:
        """Some moment of a day, within so many minutes from the earliest."""
        return datetime.combine(day, earliest, ZONE) + self.minutes(0, minutes)

    def minutes(self, least: int, most: int) -> timedelta:
        """Some time, to the second: people are not clocks."""
        return timedelta(seconds=self.random.randint(least * 60, most * 60))

    async def tell(self, database: Database) -> None:
        """Let everything happen, from the first moment to the last."""
        door = Doorkeeper(
            limits=Limits(), seal=_no_seal, staff_need_second_factor=False, address="", origins=frozenset()
        )
        for scene in sorted(self._scenes, key=lambda scene: scene.at):
            viewer = await find_by_person(database, scene.who, scene.at)
            context = Context(
                database=database,
                doorbell=SilentDoorbell(),
                door=door,
                viewer=viewer,
                now=scene.at,
                stands_at=scene.at,
            )
            await scene.play(context)


def _no_seal() -> Seal:
    raise NotImplementedError("nothing in the story is sealed")


def story_days(now: datetime) -> list[date]:
    """The school days of a story that ends now, in order. Holidays make the story reach further back."""
    found: list[date] = []
    day = now.astimezone(ZONE).date()
    free = holidays_around(school_year(day))
    while len(found) < LENGTH:
        if day.isoweekday() <= _FRIDAY and not any(first <= day <= last for _, first, last in free):
            found.append(day)
        day -= timedelta(1)
    return found[::-1]


def school_day_after(days: SchoolDays, day: date, number: int) -> date:
    """The so-manieth school day after a day."""
    for _ in range(number):
        day = days.next_school_day(day) or day + timedelta(1)
    return day


def in_dutch(day: date) -> str:
    """A date as people write it: 'donderdag 26 november'."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
