"""A probe is a request that stands for a row of the matrix: what is asked, and what is shown to whom."""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import models
from models.database import Database
from resolvers.ids import public_id
from tests.clients import Clients
from tests.factories import id_of
from tests.personas import World

ERRORS = "errors { code message path possibleFrom }"
PERSON = "id name label email phone"


@dataclass(frozen=True, slots=True)
class Case:
    """One persona in one world."""

    world: World
    persona: str

    @property
    def me(self) -> models.Person:
        """Who asks. Nobody can be asked about; for what everybody may do, a guardian is as good as anybody."""
        return self.world.people.get(self.persona, self.world.people["guardian_in_group"])

    @property
    def token(self) -> str | None:
        """The session with which the persona asks."""
        return self.world.tokens.get(self.persona)


Shown = Callable[[Case], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request of one operation. `shows` reduces its root field to what is compared, null included."""

    row: str
    name: str = ""
    """Tells several probes of one row apart."""
    document: str
    variables: Callable[[Case], Mapping[str, Any]]
    target: tuple[str, ...] = ()
    """The variables that name what the row is about: a refused request is the same for random ones."""
    shows: Callable[[Any], Any]
    allowed: Shown
    """What is shown where the cell says `allow`."""
    filtered: Mapping[str, Shown] = field(default_factory=dict[str, Shown])
    """What is shown where the cell says `filter:WHAT`."""

    @property
    def id(self) -> str:
        """The row, and the name where there is one."""
        return f"{self.row}.{self.name}" if self.name else self.row

    def random(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The same variables about something that does not exist."""
        return {name: _random(value) if name in self.target else value for name, value in variables.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Probe):
    """A query. Nothing is changed by it, whoever asks."""

    in_production: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Probe):
    """A mutation. Only an `allow` changes anything."""

    forbidden: str = "FORBIDDEN"
    """The code where the cell says FORBIDDEN: that, or a word that says more."""
    generic: str = "INVALID_CREDENTIALS"
    """The code where the cell says GENERIC: the one refusal of this flow."""
    needs_session: bool = True
    prepare: Callable[[Database, World], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow(Probe):
    """A subscription, and an event that somebody else causes. `shows` reduces the events of one frame."""

    cause: Callable[[Clients, World], Awaitable[None]]
    lose: Callable[[Database, World], Awaitable[None]] | None = None
    """What is taken from people meanwhile: then FORBIDDEN is the end of a feed that had begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Get:
    """A page outside GraphQL, at an address."""

    row: str
    path: str

    @property
    def id(self) -> str:
        """The row."""
        return self.row


def _random(value: Any) -> Any:
    if isinstance(value, list):
        return [_random(item) for item in value]
    if "@" in value:
        return f"{secrets.token_hex(8)}@niemand.example"
    found = re.fullmatch(r"([a-z]+)_[0-9a-f]{32}", value)
    return public_id(found[1], uuid4()) if found else secrets.token_urlsafe(32)


def about(pick: Callable[[World], Any]) -> Callable[[Case], Mapping[str, Any]]:
    """Variables that hold one id, of the row that is picked from the world."""
    return lambda case: {"id": id_of(pick(case.world))}


def always(value: Any) -> Shown:
    """The same for everybody."""
    return lambda _case: value


def listed(path: str, read: Callable[[Any], Any] = lambda item: item["id"]) -> Callable[[Any], list[Any]]:
    """What stands in the list at a dotted path, in order of text; nothing where there is no list."""

    def shows(value: Any) -> list[Any]:
        items = [value]
        for part in path.split("."):
            nested = [item[part] for item in items if item is not None]
            items = [one for item in nested for one in (item if isinstance(item, list) else [item])]
        return sorted(read(item) for item in items if item is not None)

    return shows


def ids(*rows: Any) -> list[str]:
    """The ids of rows, in order of text."""
    return sorted(id_of(row) for row in rows)


EMPTY: Mapping[str, Shown] = {"EMPTY": always([])}
"""For lists."""


def own(**of: Callable[[World], Any]) -> Shown:
    """The ids of what is each persona's own; none for those who are not named."""
    return lambda case: ids(*(of[case.persona](case.world) if case.persona in of else ()))


def names(*people: str) -> Shown:
    """The names of these people."""
    return lambda case: sorted(case.world.people[name].name for name in people)


def node(row: str, kind: str, fields: str, pick: Callable[[World], Any], **more: Any) -> Read:
    """A query for one row by its id; `node` is the root field."""
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {fields} }} }} }}"
    return Read(row=row, document=document, variables=about(pick), target=("id",), **more)


def viewer(row: str, fields: str, **more: Any) -> Read:
    """A query for what is one's own; `$school` in it is school A."""
    if "$school" not in fields:
        return Read(row=row, document=f"{{ viewer {{ {fields} }} }}", variables=always({}), **more)
    document = f"query($school: ID!) {{ viewer {{ {fields} }} }}"
    return Read(row=row, document=document, variables=lambda case: {"school": id_of(case.world.school_a)}, **more)


def mutation(name: str, asks: str) -> str:
    """A mutation with its whole input in one variable, and the errors of its payload."""
    type_ = f"{name[0].upper()}{name[1:]}Input!"
    return f"mutation($input: {type_}) {{ {name}(input: $input) {{ {asks} {ERRORS} }} }}"
