"""Documents nobody would write, drawn from the schema: valid for the most part, and bounded."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type
from hypothesis import strategies as st

from tests.execution.corpus import object_type

NODES = ("Person", "School", "Group", "Pupil", "Post", "Comment", "AbsenceReport")
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
    "query($id: ID!, $other: ID!, $yes: Boolean!, $no: Boolean!, $first: Int, $many: Int, $after: String, $on: Date!)"
)

Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass
class Pen:
    """Writes one document."""

    draw: Draw
    fragments: dict[str, str] = field(default_factory=dict)
    fields: int = 0

    def choose(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def selection(self, type_: GraphQLObjectType, depth: int, taken: dict[str, str] | None = None) -> str:
        """What is asked of a type. `taken` are the response keys in this place, each with its field and arguments."""
        taken = {} if taken is None else taken
        parts: list[str] = []
        for _ in range(self.draw(st.integers(1, 4))):
            kind = self.choose("field", "field", "field", "field", "inline", "named", "typename")
            if kind == "typename":
                parts.append(self._key(taken, "__typename", "__typename") or "__typename")
            elif kind == "field":
                parts.append(self._field(type_, depth, taken))
            elif kind == "inline":
                condition = self.choose("", f"on {type_.name} ")
                parts.append(f"... {condition}{self.choose(*DIRECTIVES)} {{ {self.selection(type_, depth, taken)} }}")
            else:
                parts.append(f"...{self._fragment(type_, depth, taken)} {self.choose(*DIRECTIVES)}")
        return " ".join(part for part in parts if part) or "__typename"

    def _fragment(self, type_: GraphQLObjectType, depth: int, taken: dict[str, str]) -> str:
        name = f"F{len(self.fragments)}"
        self.fragments[name] = ""
        self.fragments[name] = f"fragment {name} on {type_.name} {{ {self.selection(type_, depth, taken)} }}"
        return name

    def _field(self, type_: GraphQLObjectType, depth: int, taken: dict[str, str]) -> str:
        name, definition = self.choose(*sorted(type_.fields.items()))
        target = get_named_type(definition.type)
        if not is_leaf_type(target) and (depth == 0 or self.fields > 40):
            return ""
        self.fields += 1
        written = self._key(taken, name, f"{name}{self._arguments(definition)}")
        if written is None:
            return ""
        written = f"{written} {self.choose(*DIRECTIVES)}"
        if is_leaf_type(target):
            return written
        assert isinstance(target, GraphQLObjectType)
        within_page = target.name.endswith("Edge") or type_.name.endswith("Edge")
        return f"{written} {{ {self.selection(target, depth - (not within_page))} }}"

    def _key(self, taken: dict[str, str], name: str, call: str) -> str | None:
        """A field under a response key that is free, or taken by the very same call; None when there is none."""
        alias = self.choose("", "", *NAMES)
        key = alias or name
        if taken.setdefault(key, call) != call:
            return None
        return f"{alias}: {call}" if alias else call

    def _arguments(self, definition: GraphQLField) -> str:
        given: list[str] = []
        if "first" in definition.args:
            given += [self.choose(*FIRST), self.choose(*AFTER)]
        if "groupId" in definition.args:
            given.append(self.choose("", "", "groupId: $id", 'groupId: "junk"', "groupId: null", "schoolId: $other"))
        if "on" in definition.args:
            given.append(self.choose("on: $on", 'on: "2026-09-16"'))
        inside = ", ".join(one for one in given if one)
        return f"({inside})" if inside else ""

    def root(self) -> str:
        parts: list[str] = []
        for number in range(self.draw(st.integers(1, 3))):
            entry = self.choose("viewer", "node", "nodes")
            if entry == "viewer":
                parts.append(f"r{number}: viewer {{ {self.selection(object_type('Viewer'), DEEPEST)} }}")
                continue
            call = self.choose("node(id: $id)", "node(id: $other)") if entry == "node" else "nodes(ids: [$id, $other])"
            types = self.draw(st.lists(st.sampled_from(NODES), min_size=1, max_size=3, unique=True))
            inner = " ".join(f"... on {one} {{ {self.selection(object_type(one), DEEPEST - 1)} }}" for one in types)
            parts.append(f"r{number}: {call} {{ id {inner} }}")
        return " ".join(parts)


@st.composite
def documents(draw: Draw) -> str:
    """A query with the variables of `HEAD`, every one of which it uses."""
    pen = Pen(draw)
    body = pen.root()
    uses = """uses: node(id: $other) { ... on Group { id @skip(if: $yes) @include(if: $no)
      posts(first: $first, after: $after) { pageInfo { endCursor } } absenceReports(on: $on) { id } }
      ... on Pupil { absenceReports(first: $many) { pageInfo { endCursor } } } } more: node(id: $id) { id }"""
    return " ".join([f"{HEAD} {{ {body} {uses} }}", *pen.fragments.values()])
