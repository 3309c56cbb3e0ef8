"""What a follower of a topic is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log: what kind, and ids."""

    seq: int
    eid: int
    type: str
    payload: Mapping[str, Any]

    @property
    def cursor(self) -> Cursor:
        """The place just after this event."""
        return Cursor(self.seq, self.eid)


@dataclass(frozen=True, slots=True)
class Started:
    """The feed is live; everything after `cursor` will come."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Events:
    """What came next, in order, at most 200; `cursor` is the place after the last of them.

    Followers at the same place usually get the very same object, so work on it can be shared by identity.
    """

    events: tuple[Event, ...]
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Resync:
    """The follower's cursor can't be resumed: look at the whole again. `cursor` is the head now; the feed ends."""

    cursor: Cursor


Frame = Started | Events | Resync
