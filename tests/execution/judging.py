"""Judging a document as the service does, in a bounded number of steps; and documents that ask much."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from schema.documents import Invalid, prepare
from schema.errors import code_of

TOO_COMPLEX = "QUERY_TOO_COMPLEX"
MOST_STEPS = 500_000
"""Calls of Python functions, for which a processor needs some tenths of a second. GraphiQL's question takes 15,000."""


class TooManySteps(Exception):
    """Whoever judges has not come to an end."""


def steps_of(work: Callable[[], object]) -> int:
    """How many functions are called. Counted, and not timed: a busy machine changes nothing. Raises TooManySteps."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal steps
        if event == "call":
            steps += 1
            if steps > MOST_STEPS:
                sys.setprofile(None)
                raise TooManySteps

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return steps


def judged(text: str, name: str | None = None, /, **variables: Any) -> str | None:
    """The code with which a document is refused before it runs; None when it may run. Either within `MOST_STEPS`."""
    told: str | None = None

    def judge() -> None:
        nonlocal told
        try:
            prepare(text, name).judge(variables)
        except Invalid as invalid:
            told = code_of(invalid.errors[0])

    steps_of(judge)
    return told


def nested(depth: int) -> str:
    """A document of this depth: the feed, a comment, its post, a comment of it, its post, its group, its school."""
    around = ["comments(first:1)", "edges", "node", "post"] * 2
    names = ["viewer", "feed(first:1)", "edges", "node", *around, "group", "school"][: depth - 1]
    return "{" + "{".join(names) + "{id}" + "}" * len(names)


def page(*levels: str, inner: str = "id") -> str:
    """Connections inside each other, each with these arguments: a feed, comments, the post's comments, ..."""
    text = inner
    for number, arguments in reversed(list(enumerate(levels))):
        name = "comments" if number else "feed"
        text = f"{name}{arguments}{{edges{{node{{{text}}}}}}}"
        if number > 1:
            text = f"post{{{text}}}"
    return f"viewer{{{text}}}"


def doubling(levels: int, step: str) -> str:
    """Fragments that each spread the next one twice: spread out, 2 to the power of `levels`."""
    fragments = "".join(
        f" fragment F{level} on Group {{ {step.format(next=f'...F{level + 1}')} }}" for level in range(levels)
    )
    return f"viewer {{ groups {{ ...F0 }} }} }}{fragments} fragment F{levels} on Group {{ name }}"
