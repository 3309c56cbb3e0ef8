"""The doorkeeper: what one installation needs to let people in, the same for every request."""

from collections.abc import Callable
from dataclasses import dataclass

from models.seal import Seal
from resolvers.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorkeeper:
    """Keys, counts and addresses."""

    limits: Limits
    seal: Callable[[], Seal]
    """The keys that seal; made when they are first needed, where nothing says them."""
    staff_need_second_factor: bool
    """Without it, in a session of theirs, staff have no rights as staff."""
    address: str
    """Where people reach the service: links in mails begin with it, and passkeys belong to its host."""
    origins: frozenset[str]
    """Pages from which a passkey may be shown."""
