"""How much data there is, and its keys: they are counted, so that requests are made without asking the database."""

from dataclasses import dataclass
from uuid import UUID

ZONE = "Europe/Amsterdam"
GROUPS_PER_SCHOOL = 8
PUPILS_PER_GROUP = 28
ABSENT_TODAY = 4
"""In each group the first pupils are absent today; the others can be reported."""
SCHOOL, GROUP, PUPIL, PERSON, POST, COMMENT, ABSENCE, OTHER = range(1, 9)


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything."""

    name: str
    schools: int
    posts_per_group: int
    absences_per_group: int
    """Before today."""

    @property
    def groups(self) -> int:
        return self.schools * GROUPS_PER_SCHOOL

    @property
    def pupils(self) -> int:
        return self.groups * PUPILS_PER_GROUP


FULL = Size("full", schools=50, posts_per_group=400, absences_per_group=240)
QUICK = Size("quick", schools=4, posts_per_group=40, absences_per_group=24)
SIZES = {size.name: size for size in (FULL, QUICK)}


def key(kind: int, number: int) -> UUID:
    """The key of the n-th of a kind, counted from 1: a version 7 UUID, so that later ones are greater."""
    return UUID(int=0x01920000_0000_7000_8000_000000000000 | kind << 64 | number)


def guardian_token(pupil: int) -> str:
    """The session token of a pupil's first guardian."""
    return f"guardian-{pupil}".rjust(43, "-")


def teacher_token(group: int) -> str:
    """The session token of a group's first teacher."""
    return f"teacher-{group}".rjust(43, "-")
