"""What the administration arranges: rows SCH, GRP, PUP and GUA; and house rules, which all accept."""

from collections.abc import Callable, Mapping
from typing import Any

import models
from models.database import Database
from tests.factories import YESTERDAY, founding, id_of
from tests.personas import World
from tests.policy.deeds import WHY, becomes, does, of, school_a
from tests.policy.probes import Case, Probe, ids, listed, node

GROUP = "group { id name schoolYear teachers { id name } }"
PUPIL = "pupil { id givenName group { id } guardians { id name } }"
SCHOOL = "school { id name phone houseRules { version } }"
RULES = "phone houseRules { version text acceptedAt }"
_TEACHERS = listed("group.teachers", lambda person: person["name"])
_GUARDIANS = listed("pupil.guardians", lambda person: person["name"])


async def _publish_rules(database: Database, world: World) -> None:
    async with founding(database) as facts:
        facts.add(models.HouseRules(school_id=world.school_a.id, version=2, text="Nieuw.", published_at=YESTERDAY))


def _of_school(**more: Any) -> Callable[[Case], Mapping[str, Any]]:
    return of({"schoolId": "school_a"}, **more)


_A1 = {"groupId": "a1"}
OF_SCHOOL: tuple[Probe, ...] = (
    node(
        "SCH-02",
        "School",
        RULES,
        school_a,
        name="rules",
        shows=lambda school: (school["houseRules"]["version"], bool(school["houseRules"]["acceptedAt"])),
        allowed=lambda _case: (1, True),
    ),
    does(
        "SCH-02",
        "acceptHouseRules",
        f"school {{ {RULES} }}",
        _of_school(version=2),
        "schoolId",
        lambda payload: bool(payload["school"]["houseRules"]["acceptedAt"]),
        becomes(True),
        name="accept",
        prepare=_publish_rules,
    ),
    does(
        "SCH-04",
        "updateSchool",
        SCHOOL,
        lambda case: {**_of_school()(case), "name": "De Boog", "phone": "050 1234567"},
        "schoolId",
        lambda payload: (payload["school"]["name"], payload["school"]["phone"]),
        becomes(("De Boog", "050 1234567")),
    ),
    does(
        "SCH-04",
        "publishHouseRules",
        SCHOOL,
        _of_school(text="Wees aardig."),
        "schoolId",
        lambda payload: payload["school"]["houseRules"]["version"],
        becomes(2),
        name="rules",
    ),
    does(
        "GRP-03",
        "createGroup",
        GROUP,
        lambda case: {**_of_school(schoolYear="2026-2027")(case), "name": "Groep 7"},
        "schoolId",
        lambda payload: payload["group"]["name"],
        becomes("Groep 7"),
    ),
    does(
        "GRP-04",
        "assignTeacher",
        GROUP,
        of(_A1, "other_staff"),
        "personId",
        _TEACHERS,
        becomes(["Bram Mulder", "Joke Smit", "Willem Visser"]),
    ),
    does(
        "GRP-04", "endTeaching", GROUP, of(_A1, "colleague"), "personId", _TEACHERS, becomes(["Joke Smit"]), name="end"
    ),
    does("GRP-05", "assignTeacher", GROUP, of(_A1, "other_schools_teacher"), "personId", _TEACHERS, becomes(None)),
    does(
        "GRP-06",
        "renameGroup",
        GROUP,
        lambda case: {**of(_A1)(case), "name": "Groep 5a"},
        "groupId",
        lambda payload: payload["group"]["name"],
        becomes("Groep 5a"),
    ),
)


def _place(payload: Any) -> tuple[str, str]:
    return payload["pupil"]["givenName"], payload["pupil"]["group"]["id"]


_P = {"pupilId": "own_child"}
OF_PUPILS: tuple[Probe, ...] = (
    does(
        "PUP-05",
        "registerPupil",
        PUPIL,
        of({"schoolId": "school_a"} | _A1, givenName="Fien", familyName="Kok", firstDay="2026-09-15"),
        "groupId",
        _place,
        lambda world: ("Fien", id_of(world.a1)),
    ),
    does(
        "PUP-06",
        "movePupil",
        PUPIL,
        of(_P | {"groupId": "a2"}),
        "pupilId",
        _place,
        lambda world: ("Noor", id_of(world.a2)),
    ),
    does(
        "PUP-06",
        "updatePupil",
        PUPIL,
        of(_P, givenName="Nour"),
        "pupilId",
        _place,
        lambda world: ("Nour", id_of(world.a1)),
        name="correct",
    ),
    does("PUP-07", "movePupil", PUPIL, of(_P | {"groupId": "b1"}), "groupId", _place, becomes(None)),
    does(
        "PUP-08",
        "deregisterPupil",
        PUPIL,
        of(_P, **WHY),
        "pupilId",
        lambda payload: (payload["pupil"]["group"], _GUARDIANS(payload)),
        becomes((None, [])),
    ),
    does(
        "GUA-05",
        "endGuardianship",
        PUPIL,
        of(_P, "co_guardian", **WHY),
        "personId",
        _GUARDIANS,
        becomes(["Esra Yilmaz"]),
    ),
    does(
        "GUA-07",
        "leaveGuardianship",
        "pupilId",
        of(_P),
        "pupilId",
        lambda payload: [payload["pupilId"]],
        lambda world: ids(world.own_child),
    ),
)
