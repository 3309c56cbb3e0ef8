"""How a host window is cut into slots. Times are instants: a night in which the clocks change is as long as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """A time from a moment up to another one."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Span") -> bool:
        """Whether the two have a moment in common; one may begin as the other ends."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, other: "Span") -> bool:
        """Whether another time lies within this one."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


@dataclass(frozen=True, slots=True)
class Cut:
    """The slots of a window, and the minutes in which nothing fits any more: after the last slot, before a break."""

    slots: Sequence[Span]
    left_over_minutes: int


def cut(window: Span, breaks: Sequence[Span], *, duration: timedelta, buffer: timedelta) -> Cut:
    """Cut a window: one slot after another with the buffer between them, and on after each break (f4, set-up 2)."""
    slots: list[Span] = []
    used = timedelta()
    moment = window.starts_at
    while moment + duration <= window.ends_at:
        slot = Span(moment, moment + duration)
        pause = min((b for b in breaks if b.overlaps(slot)), key=lambda b: b.ends_at, default=None)
        if pause is not None:
            moment = pause.ends_at
            continue
        if slots and not any(pause.overlaps(Span(slots[-1].ends_at, moment)) for pause in breaks):
            used += buffer
        slots.append(slot)
        used += duration
        moment += duration + buffer
    paused = sum((_within(pause, window) for pause in _merged(breaks)), timedelta())
    left = (window.ends_at - window.starts_at) - used - paused
    return Cut(slots, max(0, int(left.total_seconds() // 60)))


def _within(pause: Span, window: Span) -> timedelta:
    return max(timedelta(), min(pause.ends_at, window.ends_at) - max(pause.starts_at, window.starts_at))


def _merged(breaks: Sequence[Span]) -> list[Span]:
    """Breaks that touch, as one."""
    merged: list[Span] = []
    for pause in sorted(breaks, key=lambda b: b.starts_at):
        if merged and pause.starts_at <= merged[-1].ends_at:
            merged[-1] = Span(merged[-1].starts_at, max(merged[-1].ends_at, pause.ends_at))
        else:
            merged.append(pause)
    return merged
