"""The school, its groups and its pupils: rows SCH, GRP, PUP and GUA."""

from typing import Any

from tests.factories import id_of
from tests.policy.probes import EMPTY, PERSON, Case, always, ids, listed, names, node, own, viewer


def _name(row: Any) -> str:
    return row["name"]


def _own_school(case: Case) -> list[str]:
    of_b = case.persona in {"guardian_other_school", "admin_other_school"}
    return [id_of(case.world.school_b if of_b else case.world.school_a)]


def _groups_of_a(me: Any) -> list[str]:
    return sorted(group["id"] for group in me["groups"] if group["school"]["name"] == "De Regenboog")


def _all_groups(case: Case) -> list[str]:
    return ids(case.world.a1, case.world.a2)


_OWN_GROUPS = own(
    guardian_in_group=lambda world: [world.a1],
    teacher_of_group=lambda world: [world.a1],
    guardian_other_group=lambda world: [world.a2],
    other_staff=lambda world: [world.a2],
)
_OWN_CHILDREN = own(
    guardian_in_group=lambda world: [world.own_child],
    guardian_other_group=lambda world: [world.other_groups_pupil],
    guardian_other_school=lambda world: [world.other_schools_pupil],
)

SCHOOLS = (
    node(
        "SCH-02",
        "School",
        f"id slug name timeZone contactEmail reportCutoff postCursor staff {{ {PERSON} }}",
        lambda world: world.school_a,
        shows=lambda school: (school["name"], listed("staff", _name)(school)),
        allowed=always(("De Regenboog", ["Anouk Bakker", "Bram Mulder", "Joke Smit", "Willem Visser"])),
    ),
    viewer(
        "SCH-03",
        "memberships { school { id } role since }",
        shows=listed("memberships.school"),
        allowed=_own_school,
        filtered={**EMPTY, "SCHOOL": _own_school},
    ),
    node(
        "GRP-01",
        "Group",
        f"id name schoolYear postCursor school {{ id }} teachers {{ {PERSON} }}",
        lambda world: world.a1,
        shows=lambda group: (group["name"], listed("teachers", _name)(group)),
        allowed=always(("Groep 5", ["Bram Mulder", "Joke Smit"])),
    ),
    node(
        "GRP-02",
        "School",
        "groups { id }",
        lambda world: world.school_a,
        shows=listed("groups"),
        allowed=_all_groups,
        filtered={**EMPTY, "OWN_GROUPS": _OWN_GROUPS},
    ),
    viewer(
        "GRP-02",
        "groups { id school { name } }",
        name="viewer",
        shows=_groups_of_a,
        allowed=_all_groups,
        filtered={**EMPTY, "OWN_GROUPS": _OWN_GROUPS},
    ),
)

PUPILS = (
    node(
        "PUP-01",
        "Pupil",
        "id givenName familyName status enrolledFrom school { id } group { name }",
        lambda world: world.own_child,
        shows=lambda pupil: (pupil["givenName"], pupil["familyName"], pupil["group"]["name"]),
        allowed=always(("Noor", "Yilmaz", "Groep 5")),
    ),
    node(
        "PUP-02",
        "Pupil",
        "id givenName familyName school { id } group { name }",
        lambda world: world.other_pupil,
        shows=lambda pupil: (pupil["givenName"], pupil["familyName"], pupil["group"]["name"]),
        allowed=always(("Sam", "Jansen", "Groep 5")),
    ),
    node(
        "PUP-03",
        "Pupil",
        "birthDate",
        lambda world: world.own_child,
        shows=lambda pupil: pupil["birthDate"],
        allowed=always("2018-03-14"),
    ),
    node(
        "PUP-04",
        "Group",
        "pupils { id }",
        lambda world: world.a1,
        shows=listed("pupils"),
        allowed=lambda case: ids(case.world.own_child, case.world.other_pupil),
        filtered={**EMPTY, "OWN_CHILD": lambda case: ids(case.world.own_child)},
    ),
    viewer(
        "GUA-01",
        "children { id }",
        shows=listed("children"),
        allowed=_OWN_CHILDREN,
        filtered={"SELF": _OWN_CHILDREN},
    ),
    node(
        "GUA-02",
        "Pupil",
        "guardians { name }",
        lambda world: world.own_child,
        shows=listed("guardians", _name),
        allowed=names("guardian_in_group", "co_guardian"),
    ),
    node(
        "GUA-02",
        "Pupil",
        "guardians { id email phone }",
        lambda world: world.own_child,
        name="contact",
        shows=listed("guardians", lambda person: person["email"] or ""),
        allowed=lambda case: sorted(
            case.world.people[name].email if case.persona != "guardian_in_group" or name == case.persona else ""
            for name in ("guardian_in_group", "co_guardian")
        ),
    ),
    node(
        "GUA-03",
        "Pupil",
        "guardians { name }",
        lambda world: world.other_pupil,
        shows=listed("guardians", _name),
        allowed=names("classmates_guardian", "sharing_guardian", "blocked_account"),
    ),
)
