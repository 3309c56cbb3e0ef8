"""The three histories that are compared: what writers were told, what the log holds, what followers received."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Place = tuple[str, str]
"""The kind of an event and its topic."""


class Outcome(StrEnum):
    """What a writer knows of a write."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Write:
    """One mutation under one key, however often it was sent. `mark` is a text that no other write has."""

    mark: str
    places: list[Place]
    """Where each thing that it makes has to be told."""
    refusable: bool = False
    """It has to be refused: it repeats what is there already."""
    outcome: Outcome = Outcome.UNKNOWN
    ids: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as a follower got it: its kind, the id of the thing, and the mark in the thing's text."""

    kind: str
    id: str
    mark: str


@dataclass(frozen=True, slots=True)
class Logged:
    """One event of the log in PostgreSQL, at the time of its commit."""

    topic: str
    seq: int
    eid: int
    kind: str
    id: str
    at: float


class Said(StrEnum):
    """What a follower can be told; SNAPSHOT is what it fetches itself after RESYNC."""

    START = "START"
    EVENTS = "EVENTS"
    RESYNC = "RESYNC"
    SNAPSHOT = "SNAPSHOT"
    REVOKED = "REVOKED"
    BYE = "BYE"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a follower was told at a moment, and where it stands after it."""

    at: float
    said: Said
    cursor: str | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(slots=True)
class Followed:
    """Everything that one follower received over all its connections."""

    name: str
    topic: str
    frames: list[Frame] = field(default_factory=list)
    away: list[tuple[float, float]] = field(default_factory=list)
    """When it was not there by its own will."""
    is_slow: bool = False
    """It takes its time: nothing may be lost for it, but it is late by itself."""
    give_ups: int = 0
    """How often it waited in vain for START, an answer to a ping, or the socket."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: from `began` to `ended`, then watched until the next one began."""

    name: str
    began: float
    ended: float
    watched_until: float
    note: str = ""


@dataclass(slots=True)
class History:
    """All of it."""

    writes: list[Write]
    log: list[Logged]
    heads: Mapping[str, int]
    """The number of each topic's newest event, as the stream's own row says it."""
    followed: list[Followed]
    faults: list[Fault]
