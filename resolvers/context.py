"""What an answer needs to know of its request: who asks, when, and where the facts and the news are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.database import Database
from resolvers.doorkeeper import Doorkeeper
from resolvers.errors import Unauthenticated
from resolvers.viewer import Viewer


class Doorbell(Protocol):
    """Tells the followers of topics that there is news. Lost or doubled rings are harmless: the log is the truth."""

    def ring(self, heads: Mapping[str, int], /) -> None:
        """Say up to which event each topic goes now. Never raises and never waits."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request. `now` is injected, so that a test can stand at 23:59; `key` makes a retry harmless."""

    database: Database
    doorbell: Doorbell
    door: Doorkeeper
    viewer: Viewer | None
    now: datetime
    key: str | None = None
    stands_at: datetime | None = None
    """What stands in for the clock of the database, in a test or a story: by that clock rounds open and close."""
    network: str = ""
    """Where the request comes from, as far as attempts are counted: an IPv4 address, or 64 bits of an IPv6."""
    device: str | None = None
    """What a device shows that has signed in before."""

    def signed_in(self) -> Viewer:
        """The viewer; raises Unauthenticated when there is none."""
        if self.viewer is None:
            raise Unauthenticated
        return self.viewer
