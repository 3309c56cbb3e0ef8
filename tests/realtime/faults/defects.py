"""Planted defects, to see the checker name each. They wrap what the packages show to each other; nothing is kept there.

A defect wraps functions by name and fails loudly when there is no such function any more.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from realtime.frames import Events, Frame
from realtime.hub import Hub
from realtime.log import Log
from realtime.topic import Topic
from resolvers import writing

NEVER_S = 86_400.0
EVERY = 5
"""Every so many frames the defect of a feed shows: it begins when everybody has started."""

Change = Callable[[Events], list[Events]]


def _retell(change: Change) -> None:
    """Change every so many-th frame of events on its way to a follower."""
    stock = Hub.follow
    told = 0

    async def changed(frames: AsyncIterator[Frame]) -> AsyncGenerator[Frame, None]:
        nonlocal told
        async for frame in frames:
            if not isinstance(frame, Events):
                yield frame
                continue
            told += 1
            for other in change(frame) if told % EVERY == 0 or len(frame.events) > 1 else [frame]:
                yield other

    async def follow(self: Hub, *args: Any, **options: Any) -> AsyncGenerator[Frame, None]:
        async with aclosing(stock(self, *args, **options)) as frames, aclosing(changed(frames)) as retold:
            async for frame in retold:
                yield frame

    Hub.follow = follow


def duplicate() -> None:
    """A frame is delivered twice."""
    _retell(lambda frame: [frame, frame])


def skip() -> None:
    """An event is left out, and the cursor says nothing of it."""
    _retell(lambda frame: [replace(frame, events=frame.events[1:])])


def swap() -> None:
    """Events stand in the wrong order."""
    _retell(lambda frame: [replace(frame, events=frame.events[::-1])])


def no_poll() -> None:
    """Nobody ever looks unless the doorbell rings."""
    stock = Hub.__init__

    def init(self: Hub, *args: Any, **options: Any) -> None:
        stock(self, *args, **options | {"poll_s": NEVER_S, "degraded_poll_s": NEVER_S})

    Hub.__init__ = init


def trust_doorbell() -> None:
    """The doorbell's number is taken for the only news: what came between it and the head is not read."""
    nudge, after = Topic.nudge, Log.after
    rung: dict[str, int] = {}

    def trusting(self: Topic, seq: int | None = None) -> None:
        if seq is not None:
            rung[self.name] = seq
        nudge(self, seq)

    async def from_there(self: Log, topic: str, *args: Any) -> Any:
        news = await after(self, topic, *args)
        if isinstance(news, Events):
            kept = tuple(event for event in news.events if event.seq >= rung.get(topic, 0))
            news = replace(news, events=kept or news.events)
        return news

    Topic.nudge, Log.after = trusting, from_there


def no_idempotency() -> None:
    """A key is never found to be taken, so that a retry does everything again."""
    assert writing._claim

    async def claim(*_: Any) -> None:
        return None

    writing._claim = claim


DEFECTS = {defect.__name__: defect for defect in (duplicate, skip, swap, no_poll, trust_doorbell, no_idempotency)}
