"""Documents nobody would write, drawn from the schema: valid for the most part, and bounded."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type
from hypothesis import strategies as st

from tests.execution.corpus import object_type

NODES = (
    "Person", "School", "Group", "Pupil", "Post", "Comment", "AbsenceReport",
    "MeetingRound", "HostWindow", "MeetingSlot", "MeetingTicket", "MeetingBooking", "MeetingOffer", "MeetingReport",
)  # fmt: skip
DEEPEST = 4
NAMES = ("a", "b", "class", "def", "v", "x", "id", "name", "node", "edges", "_typename_", "__x", "None", "group", "on")
DIRECTIVES = (
    "", "", "", "", "@skip(if: $no)", "@include(if: $yes)", "@skip(if: $yes)", "@include(if: $no)",
    "@include(if: true)", "@skip(if: true)", "@skip(if: $no) @include(if: $yes)",
)  # fmt: skip
FIRST = ("", "", "first: 1", "first: 2", "first: 50", "first: null", "first: $first", "first: 0", "first: $many")
AFTER = ("", "", "", "after: null", "after: $after", 'after: "junk"', 'after: ""')
HEAD = (
    "query($id: ID!, $other: ID!, $yes: Boolean!, $no: Boolean!, $first: Int, $many: Int, $after: String, $on: Date!)"
)

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass
class Place:
    """What stands under a response key: one call, and what is asked of it. All that is asked there has to agree."""

    call: str
    inner: "Places"


Places = dict[str, Place]


@dataclass
class Pen:
    """Writes one document."""

    draw: Draw
    texts: dict[str, str] = field(default_factory=dict)
    fragments: list[tuple[str, str, Places]] = field(default_factory=list)
    """Those that are complete, each with its type and what stands in it."""
    begun: int = 0
    fields: int = 0

    def choose(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def selection(self, type_: GraphQLObjectType, depth: int, places: Places) -> str:
        """What is asked of a type, in agreement with what is asked in this place already."""
        parts: list[str] = []
        for _ in range(self.draw(st.integers(1, 6))):
            match self.choose("field", "field", "field", "field", "inline", "named", "again", "typename"):
                case "typename":
                    parts.append(self._call(places, "__typename", "__typename", "String!") or "")
                case "inline":
                    condition = self.choose("", f"on {type_.name} ")
                    inner = self.selection(type_, depth, places)
                    parts.append(f"... {condition}{self.choose(*DIRECTIVES)} {{ {inner} }}")
                case "named":
                    parts.append(self._fragment(type_, depth, places))
                case "again":
                    parts.append(self._known_fragment(type_, places))
                case _:
                    parts.append(self._field(type_, depth, places))
        return " ".join(part for part in parts if part) or "__typename"

    def _fragment(self, type_: GraphQLObjectType, depth: int, places: Places) -> str:
        if self.begun == 8:
            return ""
        self.begun += 1
        name, own = f"F{self.begun}", Places()
        text = self.selection(type_, depth, own)
        if places.keys() & own.keys():
            return ""
        self.texts[name] = f"fragment {name} on {type_.name} {{ {text} }}"
        self.fragments.append((name, type_.name, own))
        places |= own
        return f"...{name} {self.choose(*DIRECTIVES)}"

    def _known_fragment(self, type_: GraphQLObjectType, places: Places) -> str:
        """One that stands elsewhere too, and so in other company."""
        for name, of, own in self.fragments:
            if of == type_.name and not places.keys() & own.keys():
                places |= own
                return f"...{name} {self.choose(*DIRECTIVES)}"
        return ""

    def _field(self, type_: GraphQLObjectType, depth: int, places: Places) -> str:
        name, definition = self.choose(*sorted(type_.fields.items()))
        target = get_named_type(definition.type)
        is_leaf = is_leaf_type(target)
        if not is_leaf and (depth == 0 or self.fields > 40):
            return ""
        self.fields += 1
        call = f"{name}{self._arguments(definition)}"
        written = self._call(places, name, call, str(definition.type) if is_leaf else type_.name)
        if written is None:
            return ""
        if is_leaf:
            return f"{written} {self.choose(*DIRECTIVES)}"
        assert isinstance(target, GraphQLObjectType)
        within_page = target.name.endswith("Edge") or type_.name.endswith("Edge")
        key = written.partition(":")[0] if ": " in written.partition("(")[0] else name
        inner = self.selection(target, depth - (not within_page), places[key].inner)
        return f"{written} {self.choose(*DIRECTIVES)} {{ {inner} }}"

    def _call(self, places: Places, name: str, call: str, shape: str) -> str | None:
        """A field under a response key that is free, or taken by the very same call; None when there is none."""
        alias = self.choose("", "", *NAMES)
        place = places.setdefault(alias or name, Place(f"{call} {shape}", {}))
        if place.call != f"{call} {shape}":
            return None
        return f"{alias}: {call}" if alias else call

    def _arguments(self, definition: GraphQLField) -> str:
        given: list[str] = []
        if "first" in definition.args:
            given += [self.choose(*FIRST), self.choose(*AFTER)]
        if "groupId" in definition.args:
            given.append(self.choose("", "", "groupId: $id", 'groupId: "junk"', "groupId: null", "schoolId: $other"))
        if "freeOnly" in definition.args:
            given.append(self.choose("", "", "freeOnly: true", "freeOnly: $yes", "freeOnly: null"))
            given.append(self.choose("", "", "hostId: $id", 'hostId: "junk"', "hostId: null"))
        if "on" in definition.args:
            given.append(self.choose("on: $on", 'on: "2026-09-16"'))
        inside = ", ".join(one for one in given if one)
        return f"({inside})" if inside else ""

    def root(self) -> str:
        parts: list[str] = []
        for number in range(self.draw(st.integers(1, 3))):
            entry = self.choose("viewer", "node", "nodes")
            if entry == "viewer":
                parts.append(f"r{number}: viewer {{ {self.selection(object_type('Viewer'), DEEPEST, {})} }}")
                continue
            call = self.choose("node(id: $id)", "node(id: $other)") if entry == "node" else "nodes(ids: [$id, $other])"
            types = self.draw(st.lists(st.sampled_from(NODES), min_size=2, max_size=7, unique=True))
            places = {"id": Place("id ID!", {})}
            asked = [f"... on {one} {{ {self.selection(object_type(one), DEEPEST - 1, places)} }}" for one in types]
            parts.append(f"r{number}: {call} {{ id {' '.join(asked)} }}")
        return " ".join(parts)


USES = """uses: node(id: $other) { ... on Group { id @skip(if: $yes) @include(if: $no)
  posts(first: $first, after: $after) { pageInfo { endCursor } } absenceReports(on: $on) { id } }
  ... on Pupil { reports: absenceReports(first: $many) { pageInfo { endCursor } } } } more: node(id: $id) { id }"""


@st.composite
def documents(draw: Draw) -> str:
    """A query with the variables of `HEAD`, every one of which it uses."""
    pen = Pen(draw)
    body = pen.root()
    used: dict[str, str] = {}
    asked = [body]
    while asked:
        for name in re.findall(r"\.\.\.(F\d+)", asked.pop()):
            if name not in used:
                used[name] = pen.texts[name]
                asked.append(used[name])
    return " ".join([f"{HEAD} {{ {body} {USES} }}", *used.values()])
