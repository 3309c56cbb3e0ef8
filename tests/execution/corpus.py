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

ARGUMENTS = {"first": "first: 2", "on": 'on: "2026-09-16"'}
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


NODES = ("Person", "School", "Group", "Pupil", "Post", "Comment", "AbsenceReport")
VIEWS = {
    type_: list(relations(object_type(type_))) or [selection(object_type(type_), 0)] for type_ in ("Viewer", *NODES)
}

PAYLOADS = {
    "signIn": 'signIn(input: {email: "wie@mensen.example", password: "x", client: APP})',
    "signOut": "signOut",
    "revokeSession": 'revokeSession(input: {sessionId: "$Session", clientMutationId: "l"})',
    "revokeOtherSessions": 'revokeOtherSessions(input: {clientMutationId: "m"})',
    "requestPasswordReset": 'requestPasswordReset(input: {email: "wie@mensen.example"})',
    "resetPassword": 'resetPassword(input: {token: "x", newPassword: "x", client: APP})',
    "changePassword": 'changePassword(input: {currentPassword: "x", newPassword: "x"})',
    "changeEmail": 'changeEmail(input: {email: "wie@mensen.example", clientMutationId: "n"})',
    "confirmEmailChange": 'confirmEmailChange(input: {token: "x"})',
    "updateProfile": 'updateProfile(input: {phone: "06 12345678", clientMutationId: "a"})',
    "publishPost": """publishPost(input: {
      schoolId: "$School", groupId: "$Group", title: "T", body: "B", clientMutationId: "b"})""",
    "editPost": 'editPost(input: {postId: "$Post", title: "T", clientMutationId: "c"})',
    "withdrawPost": 'withdrawPost(input: {postId: "$Post", reason: "R", clientMutationId: "d"})',
    "markPostRead": 'markPostRead(input: {postId: "$Post"})',
    "addComment": 'addComment(input: {postId: "$Post", body: "B", clientMutationId: "e"})',
    "hideComment": 'hideComment(input: {commentId: "$Comment", reason: "R", clientMutationId: "f"})',
    "reportAbsence": """reportAbsence(input: {
      pupilIds: ["$Pupil"], reason: ILLNESS, startsAt: "2026-09-15T08:00:00+02:00",
      endsAt: "2026-09-15T14:00:00+02:00", clientMutationId: "g"})""",
    "changeAbsence": 'changeAbsence(input: {reportId: "$AbsenceReport", note: "N", clientMutationId: "h"})',
    "withdrawAbsence": 'withdrawAbsence(input: {reportId: "$AbsenceReport", clientMutationId: "i"})',
    "reportRecovery": """reportRecovery(input: {
      reportId: "$AbsenceReport", firstDayBack: "2026-09-17", clientMutationId: "j"})""",
    "acknowledgeAbsence": 'acknowledgeAbsence(input: {reportId: "$AbsenceReport", clientMutationId: "k"})',
    "leaveGuardianship": 'leaveGuardianship(input: {pupilId: "$Pupil", clientMutationId: "l"})',
}

ADMINISTRATION = {
    "acceptHouseRules": 'acceptHouseRules(input: {schoolId: "$School", version: 1, clientMutationId: "a"})',
    "publishHouseRules": 'publishHouseRules(input: {schoolId: "$School", text: "T", clientMutationId: "b"})',
    "setMemberBlocked": """setMemberBlocked(input: {
      schoolId: "$School", personId: "$Person", blocked: true, reason: "R", clientMutationId: "c"})""",
    "revokeMemberSessions": """revokeMemberSessions(input: {
      schoolId: "$School", personId: "$Person", reason: "R", clientMutationId: "d"})""",
    "correctMemberName": """correctMemberName(input: {
      schoolId: "$School", personId: "$Person", name: "Esra", clientMutationId: "e"})""",
    "grantRole": 'grantRole(input: {schoolId: "$School", personId: "$Teacher", role: ADMIN, clientMutationId: "f"})',
    "endMembership": """endMembership(input: {
      schoolId: "$School", personId: "$Teacher", role: STAFF, reason: "R", clientMutationId: "g"})""",
    "assignTeacher": 'assignTeacher(input: {groupId: "$OtherGroup", personId: "$Teacher", clientMutationId: "h"})',
    "endTeaching": 'endTeaching(input: {groupId: "$Group", personId: "$Teacher", clientMutationId: "i"})',
    "createGroup": """createGroup(input: {
      schoolId: "$School", name: "Groep 7", schoolYear: "2026-2027", clientMutationId: "j"})""",
    "renameGroup": 'renameGroup(input: {groupId: "$Group", name: "Groep 5a", clientMutationId: "k"})',
    "updateSchool": 'updateSchool(input: {schoolId: "$School", reportCutoff: "08:30", clientMutationId: "l"})',
    "registerPupil": """registerPupil(input: {
      schoolId: "$School", groupId: "$Group", givenName: "G", familyName: "F", firstDay: "2026-09-15",
      clientMutationId: "m"})""",
    "updatePupil": 'updatePupil(input: {pupilId: "$Pupil", birthDate: "2018-03-15", clientMutationId: "n"})',
    "movePupil": 'movePupil(input: {pupilId: "$Pupil", groupId: "$OtherGroup", clientMutationId: "o"})',
    "deregisterPupil": 'deregisterPupil(input: {pupilId: "$Pupil", reason: "R", clientMutationId: "p"})',
    "endGuardianship": """endGuardianship(input: {
      pupilId: "$Pupil", personId: "$Person", reason: "R", clientMutationId: "q"})""",
}
"""What administrators do."""

PAYLOADS |= ADMINISTRATION


def mutation(name: str, ids: dict[str, str]) -> str:
    """A mutation, with all of its payload; under a key, so that asked again it answers the same."""
    call = PAYLOADS[name]
    for kind, id_ in ids.items():
        call = call.replace(f'"${kind}"', f'"{id_}"')
    mutations = graphql_schema.mutation_type
    assert mutations is not None
    payload = mutations.fields[name].type.of_type
    return f"mutation {{ {call} {{ {selection(payload, 2)} }} }}"


def reading(type_: str, inner: str) -> str:
    if type_ == "Viewer":
        return f"{{ viewer {{ {inner} }} }}"
    return f"query($id: ID!) {{ node(id: $id) {{ ... on {type_} {{ {inner} }} }} }}"


def following(feed: str, frame: str) -> str:
    return f"""subscription($group: ID, $school: ID, $after: String) {{
      {feed}(groupId: $group, schoolId: $school, after: $after) {{ {selection(object_type(frame), 2)} }}
    }}"""


FEEDS = {feed: following(feed, frame) for feed, frame in (("absenceFeed", "AbsenceFrame"), ("postFeed", "PostFrame"))}
