"""One follower's way through a topic: what it received, held against the log."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.realtime.faults.history import Entry, Followed, Frame, Logged, Said


@dataclass(frozen=True, slots=True)
class Arrival:
    """When an event should have come, and when it came; never is infinite."""

    due: float
    at: float


@dataclass(slots=True)
class Path:
    """What became of one follower."""

    problems: list[tuple[str, str]] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)


def follow(followed: Followed, log: Sequence[Logged]) -> Path:
    """Go the follower's way again, with the log in hand."""
    walk = _Walk(log)
    for frame in followed.frames:
        walk.take(frame)
    walk.arrive(followed)
    return walk.path


class _Walk:
    """A place in the log that frames move on."""

    def __init__(self, log: Sequence[Logged]) -> None:
        self.path = Path()
        self._log = {event.seq: event for event in log}
        self._numbers = {(event.kind, event.id): event.seq for event in log}
        self._first: int | None = None
        self._place = 0
        self._last = 0
        self._received: dict[int, float] = {}
        self._excused: set[int] = set()
        self._is_over = False

    def take(self, frame: Frame) -> None:
        """Take the next frame."""
        if frame.said is Said.REVOKED:
            self._is_over = True
            self._complain("revoked", "nobody's rights were changed")
        place = None if frame.cursor is None else self._place_of(frame.cursor)
        if place is None:
            return
        if self._first is None:
            self._first = self._place = self._last = place
        elif frame.said is Said.START and place != self._place:
            self._complain("gap", f"resumed at {self._place} and was started at {place}")
            self._place = place
        elif frame.said is Said.SNAPSHOT:
            self._excused.update(range(self._place + 1, place + 1))
            self._place = self._last = place
        elif frame.said is Said.EVENTS:
            self._take_events(frame, place)

    def _take_events(self, frame: Frame, place: int) -> None:
        for entry in frame.entries:
            self._take_entry(entry, frame.at)
        missing = [seq for seq in range(self._place + 1, place + 1) if seq not in self._received]
        if missing:
            self._complain("gap", f"the cursor went from {self._place} to {place} without {missing}")
        if place < self._place:
            self._complain("out of order", f"the cursor went back from {self._place} to {place}")
        self._place = max(place, self._place)

    def _take_entry(self, entry: Entry, at: float) -> None:
        seq = self._numbers.get((entry.kind, entry.id))
        if seq is None:
            self._complain("forged", f"{entry.kind} {entry.id} ({entry.mark}) is not in the log")
        elif seq in self._received:
            self._complain("doubled", f"{seq} {entry.kind} {entry.mark} came again")
        else:
            if seq < self._last:
                self._complain("out of order", f"{seq} {entry.kind} {entry.mark} came after {self._last}")
            self._last = max(seq, self._last)
            self._received[seq] = at

    def _place_of(self, cursor: str) -> int:
        seq, eid = (int(part) for part in cursor.split("."))
        known = self._log.get(seq)
        if seq and (known is None or known.eid != eid):
            self._complain("forged", f"the cursor {cursor} is not of this log")
        return seq

    def arrive(self, followed: Followed) -> None:
        """See what never came, and when the rest did."""
        if self._first is None:
            self._complain("lost", "was never started")
            return
        for seq, event in sorted(self._log.items()):
            if seq <= self._first or seq in self._excused:
                continue
            at = self._received.get(seq, math.inf)
            if at == math.inf and not self._is_over:
                self._complain("lost", f"{seq} {event.kind} {event.id} never came")
            self.path.arrivals.append(Arrival(_due(event.at, at, followed), at))

    def _complain(self, name: str, detail: str) -> None:
        self.path.problems.append((name, detail))


def _due(committed: float, came: float, followed: Followed) -> float:
    """When an event had to come: at its commit, or when the follower was back from where it had gone."""
    return max((back for _, back in followed.away if committed < back <= came), default=committed)
