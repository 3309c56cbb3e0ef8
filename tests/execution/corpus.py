"""Documents made from the schema itself: every type, and every relation of it with all that it leads to."""

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    parse,
    visit,
)

from schema import graphql_schema
from tests.execution.payloads import PAYLOADS, REFUSED

ARGUMENTS = {"first": "first: 2", "on": 'on: "2026-09-16"', "freeOnly": "freeOnly: false"}
"""What is given for an argument, where the schema or the size of the answer asks for it."""


def object_type(name: str) -> GraphQLObjectType:
    type_ = graphql_schema.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    return type_


def arguments(field: GraphQLField) -> str:
    given = ", ".join(ARGUMENTS[name] for name in field.args if name in ARGUMENTS)
    return f"({given})" if given else ""


def selection(type_: GraphQLObjectType, depth: int) -> str:
    """Every field of a type, and of what it leads to, so deep; with its name at each level. Pages are no level."""
    parts = ["__typename"]
    for name, field in type_.fields.items():
        target = get_named_type(field.type)
        if is_leaf_type(target):
            parts.append(name)
        elif depth > 0:
            assert isinstance(target, GraphQLObjectType)
            is_within_page = target.name == "PageInfo" or target.name.endswith("Edge") or type_.name.endswith("Edge")
            parts.append(f"{name}{arguments(field)} {{ {selection(target, depth - (not is_within_page))} }}")
    return " ".join(parts)


def relations(type_: GraphQLObjectType) -> Iterator[str]:
    """For each relation of a type: all plain fields of the type, and the relation with everything two levels down."""
    plain = selection(type_, 0)
    for name, field in type_.fields.items():
        target = get_named_type(field.type)
        if isinstance(target, GraphQLObjectType):
            yield f"{plain} {name}{arguments(field)} {{ {selection(target, 1)} }}"


def fields_of(text: str) -> set[tuple[str, str]]:
    """The fields that a document asks, as type and name."""
    asked: set[tuple[str, str]] = set()
    info = TypeInfo(graphql_schema)

    class Looking(Visitor):
        def enter_field(self, *_: object) -> None:
            parent, field = info.get_parent_type(), info.get_field_def()
            if parent is not None and field is not None:
                asked.update((parent.name, name) for name, known in parent.fields.items() if known is field)  # type: ignore[union-attr]

    visit(parse(text), TypeInfoVisitor(info, Looking()))
    return asked


def all_fields() -> set[tuple[str, str]]:
    """Every field of every type that can be asked."""
    return {
        (type_.name, name)
        for type_ in graphql_schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name in type_.fields
    }


SEEN_BY = {
    **dict.fromkeys(
        ("Viewer", "Person", "School", "Group", "Pupil", "Post", "Comment", "AbsenceReport"), ("admin", "teacher")
    ),
    **dict.fromkeys(
        (
            "MeetingRound",
            "HostWindow",
            "MeetingSlot",
            "MeetingTicket",
            "MeetingBooking",
            "MeetingOffer",
            "MeetingReport",
        ),
        ("admin", "teacher"),
    ),
    **dict.fromkeys(("Invitation", "AccessRequest"), ("admin",)),
    "Session": ("teacher",),
    "Passkey": ("guardian of last week",),
}
"""Who sees all of what is asked of a type: it is theirs, or their work."""
VIEWS = {type_: list(relations(object_type(type_))) or [selection(object_type(type_), 0)] for type_ in SEEN_BY}


def mutation(name: str, ids: dict[str, str]) -> str:
    """A mutation, with all of its payload; under a key, so that asked again it answers the same."""
    call = (PAYLOADS | REFUSED)[name]
    for kind, id_ in ids.items():
        call = call.replace(f'"${kind}"', f'"{id_}"')
    mutations = graphql_schema.mutation_type
    assert mutations is not None
    payload = selection(mutations.fields[name].type.of_type, 2)
    if name == "suggestMeetingBundles":  # twice as much as may be asked at once
        bundle = selection(object_type("MeetingBundle"), 1)
        payload = payload.replace(f"nearest {{ {bundle} }}", "nearest { days }")
    return f"mutation {{ {call} {{ {payload} }} }}"


def reading(type_: str, inner: str) -> str:
    if type_ == "Viewer":
        return f"{{ viewer {{ {inner} }} }}"
    return f"query($id: ID!) {{ node(id: $id) {{ ... on {type_} {{ {inner} }} }} }}"


def following(feed: str, frame: str) -> str:
    return f"""subscription($group: ID, $school: ID, $after: String) {{
      {feed}(groupId: $group, schoolId: $school, after: $after) {{ {selection(object_type(frame), 2)} }}
    }}"""


FEEDS = {
    "absenceFeed": following("absenceFeed", "AbsenceFrame"),
    "postFeed": following("postFeed", "PostFrame"),
    "meetingSlotFeed": f"""subscription($round: ID!, $after: String) {{
      meetingSlotFeed(roundId: $round, after: $after) {{ {selection(object_type("MeetingSlotFrame"), 2)} }}
    }}""",
}

CARDS = f"""query($slug: String!, $secret: String!, $token: String!) {{
  schoolCard(slug: $slug) {{ {selection(object_type("SchoolCard"), 2)} }}
  admissionCard(secret: $secret) {{ {selection(object_type("AdmissionCard"), 2)} }}
  accessRequestStatus(token: $token)
}}"""
"""What is shown to who is not let in yet."""
