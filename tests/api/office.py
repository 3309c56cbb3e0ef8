"""What the office asks and does in these tests, in words of the contract."""

from typing import Any

import models
from models.database import Database
from tests.api.documents import mutation, node
from tests.clients import Client, Clients
from tests.factories import SmallSchool, id_of

MEMBER = "member { person { id name } role blocked children { givenName } }"
SET_MEMBER_BLOCKED = mutation("setMemberBlocked", MEMBER)
REVOKE_MEMBER_SESSIONS = mutation("revokeMemberSessions", MEMBER)
CORRECT_MEMBER_NAME = mutation("correctMemberName", MEMBER)
GRANT_ROLE = mutation("grantRole", MEMBER)
END_MEMBERSHIP = mutation("endMembership", "personId")
GROUP = "group { id name schoolYear teachers { name } }"
ASSIGN_TEACHER = mutation("assignTeacher", GROUP)
END_TEACHING = mutation("endTeaching", GROUP)
CREATE_GROUP = mutation("createGroup", GROUP)
RENAME_GROUP = mutation("renameGroup", GROUP)
UPDATE_SCHOOL = mutation("updateSchool", "school { name contactEmail phone reportCutoff }")
PUPIL = "pupil { id givenName familyName birthDate group { name } guardians { name } }"
REGISTER_PUPIL = mutation("registerPupil", PUPIL)
UPDATE_PUPIL = mutation("updatePupil", PUPIL)
MOVE_PUPIL = mutation("movePupil", PUPIL)
DEREGISTER_PUPIL = mutation("deregisterPupil", PUPIL)
END_GUARDIANSHIP = mutation("endGuardianship", PUPIL)
LEAVE_GUARDIANSHIP = mutation("leaveGuardianship", "pupilId")
RULES = "school { houseRules { version text acceptedAt } }"
ACCEPT_HOUSE_RULES = mutation("acceptHouseRules", RULES)
PUBLISH_HOUSE_RULES = mutation("publishHouseRules", RULES)
HOUSE_RULES = node("School", "houseRules { version text acceptedAt }")
MEMBERS = """query($id: ID!, $first: Int, $after: String, $role: Role, $search: String) {
  node(id: $id) { ... on School { members(first: $first, after: $after, role: $role, search: $search) {
    edges { cursor node { person { name email } role blocked children { givenName } } }
    pageInfo { hasNextPage endCursor }
  } } }
}"""
MINE = "{ viewer { memberships { role school { name } } children { givenName } groups { name } } }"
WHY = {"reason": "Op verzoek van de ouders"}


def at(town: SmallSchool, somebody: models.Person, **more: Any) -> dict[str, Any]:
    """The input of a change about a member of the school."""
    return {"schoolId": id_of(town.school), "personId": id_of(somebody), **more}


async def written(database: Database, town: SmallSchool, action: str) -> list[tuple[Any, ...]]:
    """What the audit trail of the school says of an action: who, about what, about which pupil, and why."""
    statement = (
        "select actor_id, object_id, pupil_id, reason from audit_entry where school_id = $1 and action = $2 order by id"
    )
    return [tuple(row) for row in await database.fetch(statement, (town.school.id, action))]


async def members(client: Client, town: SmallSchool, **asked: Any) -> list[str]:
    """The names on a page of the school's members."""
    page = (await client.ok(MEMBERS, id=id_of(town.school), **asked))["members"]
    return [edge["node"]["person"]["name"] for edge in page["edges"]]


async def roles(clients: Clients, token: str) -> list[str]:
    """As what somebody is at their schools, by what they are shown themselves."""
    mine = await clients(token).ok(MINE)
    return [membership["role"] for membership in mine["memberships"]]
