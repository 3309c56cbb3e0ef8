"""What the administration does: rows ACC, PER and MEM; and the fields of all its rows."""

from collections.abc import Mapping
from typing import Any

import models
from models import Role
from models.database import Database
from tests.factories import YESTERDAY, amend, id_of
from tests.personas import World
from tests.policy.arrangements import OF_PUPILS, OF_SCHOOL
from tests.policy.deeds import WHY, becomes, does, of_member, school_a
from tests.policy.probes import EMPTY, Case, Change, Probe, Read, listed, names, node

MEMBER = "member { person { id name } role blocked children { id } }"
MEMBERS = "edges { cursor node { person { id name } role blocked children { id } } } pageInfo { hasNextPage endCursor }"
OF_A = (
    *("guardian_in_group", "co_guardian", "classmates_guardian", "sharing_guardian", "blocked_account", "ex_guardian"),
    *("guardian_other_group", "teacher_of_group", "colleague", "other_staff", "school_admin"),
)
"""Whose membership lasts: that of the former guardian, too, whose guardianship alone has ended."""


def _member(payload: Any) -> tuple[str, str, bool]:
    member = payload["member"]
    return member["person"]["name"], member["role"], member["blocked"]


def _raising_oneself(case: Case) -> Mapping[str, Any]:
    return {"schoolId": id_of(case.world.school_a), "personId": id_of(case.me), "role": "ADMIN"}


def _searching(case: Case) -> Mapping[str, Any]:
    return {"id": id_of(case.world.school_a), "search": case.world.people["classmates_guardian"].email.upper()}


async def _block(database: Database, world: World) -> None:
    member = models.Membership(
        school_id=world.school_a.id,
        person_id=world.people["classmates_guardian"].id,
        role=Role.GUARDIAN,
        valid_from=YESTERDAY,
    )
    await amend(database, member, blocked_at=YESTERDAY)


_PEOPLE = listed("members.edges", lambda edge: edge["node"]["person"]["name"])
_TOM, _BRAM = "classmates_guardian", "colleague"


def _blocking(row: str, school: str, person: str, called: str, *, blocked: bool = True, **more: Any) -> Change:
    given = of_member(school, person, blocked=blocked, **WHY)
    made = becomes((called, "GUARDIAN", blocked))
    return does(row, "setMemberBlocked", MEMBER, given, "personId", _member, made, **more)


def _granting(row: str, school: str, person: str, name: str) -> Change:
    given = of_member(school, person, role="ADMIN")
    return does(row, "grantRole", MEMBER, given, "personId", _member, becomes((name, "ADMIN", False)))


def _ending(row: str, person: str, role: str) -> Change:
    given = of_member("school_a", person, role=role, **WHY)
    gone = "endMembership", "personId", given, "personId", lambda payload: payload["personId"]
    return does(row, *gone, lambda world: id_of(world.people[person]))


_OF_MEMBERS: tuple[Probe, ...] = (
    does(
        "ACC-06",
        "revokeMemberSessions",
        MEMBER,
        of_member("school_a", _TOM, **WHY),
        "personId",
        _member,
        becomes(("Tom Jansen", "GUARDIAN", False)),
    ),
    _blocking("ACC-11", "school_a", _TOM, "Tom Jansen"),
    _blocking("ACC-11", "school_a", _TOM, "Tom Jansen", blocked=False, name="unblock", prepare=_block),
    _blocking("ACC-12", "school_b", "guardian_other_school", "Ruben Prins"),
    does(
        "PER-10",
        "correctMemberName",
        MEMBER,
        lambda case: {**of_member("school_a", _TOM)(case), "name": "Thomas Jansen"},
        "personId",
        _member,
        becomes(("Thomas Jansen", "GUARDIAN", False)),
    ),
    node("PER-11", "School", f"members {{ {MEMBERS} }}", school_a, shows=_PEOPLE, allowed=names(*OF_A), filtered=EMPTY),
    Read(
        row="PER-13",
        document=(
            "query($id: ID!, $search: String!) { node(id: $id) { ... on School {"
            f" members(search: $search) {{ {MEMBERS} }} }} }} }}"
        ),
        variables=_searching,
        target=("id", "search"),
        shows=_PEOPLE,
        allowed=names(_TOM),
        filtered=EMPTY,
    ),
    _granting("MEM-02", "school_a", _BRAM, "Bram Mulder"),
    does("MEM-03", "grantRole", MEMBER, _raising_oneself, "schoolId", _member, becomes(None)),
    _granting("MEM-04", "school_b", "other_schools_teacher", "Fleur Postma"),
    _ending("MEM-05", _BRAM, "STAFF"),
    _ending("MEM-06", "school_admin", "ADMIN"),
    node(
        "MEM-07",
        "School",
        f"members(role: STAFF) {{ {MEMBERS} }}",
        school_a,
        shows=_PEOPLE,
        allowed=names("teacher_of_group", "colleague", "other_staff"),
        filtered=EMPTY,
    ),
)


PROBES: tuple[Probe, ...] = (*_OF_MEMBERS, *OF_SCHOOL, *OF_PUPILS)

_OPERATIONS = {
    "ACC-06": "revokeMemberSessions",
    "ACC-11": "setMemberBlocked",
    "PER-10": "correctMemberName",
    "MEM-02": "grantRole",
    "MEM-05": "endMembership",
    "SCH-02": "acceptHouseRules",
    "SCH-04": "updateSchool publishHouseRules",
    "GRP-03": "createGroup",
    "GRP-04": "assignTeacher endTeaching",
    "GRP-06": "renameGroup",
    "PUP-05": "registerPupil",
    "PUP-06": "movePupil updatePupil",
    "PUP-08": "deregisterPupil",
    "GUA-05": "endGuardianship",
    "GUA-07": "leaveGuardianship",
}


def _payload(operation: str) -> str:
    return f"{operation[0].upper()}{operation[1:]}Payload"


def _answer(operation: str) -> str:
    """What a payload holds beside its errors."""
    (probe,) = [p for p in PROBES if f"{{ {operation}(input" in p.document][:1]
    return probe.document.split(f"{operation}(input: $input) {{ ")[1].split()[0]


FIELDS: Mapping[str, Mapping[str, set[str]]] = {
    "Mutation": {row: set(operations.split()) for row, operations in _OPERATIONS.items()},
    "School": {"PER-11": {"members"}, "SCH-02": {"houseRules", "phone"}},
    "HouseRules": {"SCH-02": {"version", "text", "acceptedAt"}},
    "MemberConnection": {"PER-11": {"edges", "pageInfo"}},
    "MemberEdge": {"PER-11": {"cursor", "node"}},
    "Member": {"PER-11": {"person"}, "MEM-07": {"role", "blocked", "children"}},
    **{
        _payload(operation): {row: {_answer(operation), "errors"}}
        for row, operations in _OPERATIONS.items()
        for operation in operations.split()
    },
}
"""Which rows hold for which fields, as in `coverage.FIELDS`."""
