"""What is prepared and sent for the rows about getting in: INV, REQ, COD and MEM."""

from collections.abc import Callable
from datetime import date
from typing import Any

from models import InvitationState
from models.database import Database
from tests.admissions import CODE, ask_for_access, invite, secret_of
from tests.clients import BEFORE_SCHOOL
from tests.factories import amend, founding, id_of
from tests.personas import World
from tests.policy.passwords import PASSWORD, have_passwords
from tests.policy.probes import Case

NEW = "iemand.anders@mensen.example"
_YOUNG = date(2022, 9, 16)


def invite_guardian(case: Case) -> dict[str, Any]:
    return {"pupilId": id_of(case.world.own_child), "email": NEW, "name": "Femke de Groot"}


def invite_staff(case: Case) -> dict[str, Any]:
    return {"schoolId": id_of(case.world.school_a), "email": NEW, "name": "Femke de Groot", "role": "STAFF"}


def accept(secret: Callable[[Case], str]) -> Callable[[Case], dict[str, Any]]:
    return lambda case: {
        "token": secret(case),
        "code": CODE,
        "name": "Femke de Groot",
        "password": PASSWORD,
        "acceptHouseRulesVersion": 1,
        "client": "APP",
    }


def activate(case: Case) -> dict[str, Any]:
    return {
        "email": case.me.email,
        "code": secret_of(case.me),
        "password": PASSWORD,
        "acceptHouseRulesVersion": 1,
        "client": "APP",
    }


def verify(case: Case) -> dict[str, Any]:
    return {
        "requestId": id_of(case.world.request),
        "pupilIds": [id_of(case.world.own_child)],
        "method": "IDENTITY_DOCUMENT",
    }


def of_request(case: Case) -> dict[str, Any]:
    return {"requestId": id_of(case.world.request)}


def signed_in(payload: Any) -> tuple[str, bool]:
    return payload["viewer"]["person"]["id"], bool(payload["token"])


def state(field: str) -> Callable[[Any], Any]:
    return lambda payload: payload[field]["state" if field == "invitation" else "status"]


async def young(database: Database, world: World) -> None:
    for pupil in (world.own_child, world.other_pupil):
        await amend(database, pupil, birth_date=_YOUNG)


async def taken_back(database: Database, world: World) -> None:
    await amend(database, world.invitation, state=InvitationState.REVOKED.value, closed_at=BEFORE_SCHOOL)


async def by_admin(database: Database, world: World) -> None:
    await amend(database, world.request, email=world.people["school_admin"].email)


async def unconfirmed(database: Database, world: World) -> None:
    await amend(database, world.request, status="UNCONFIRMED")


async def verified(database: Database, world: World) -> None:
    values = {"status": "VERIFIED", "method": "CALL_BACK", "verified_at": BEFORE_SCHOOL}
    await amend(database, world.request, verified_by=world.people["school_admin"].id, **values)


async def all_invited(database: Database, world: World) -> None:
    """Everybody has an invitation for Lina, whose secret is their own."""
    await have_passwords(database, world)
    async with founding(database) as facts:
        for somebody in world.people.values():
            invite(facts, world.other_groups_pupil, world.people["colleague"], to=somebody)


async def all_verified(database: Database, world: World) -> None:
    """Everybody has asked for access to Lina, and was verified."""
    await have_passwords(database, world)
    async with founding(database) as facts:
        for somebody in world.people.values():
            ask_for_access(facts, world.other_groups_pupil, somebody, verified_by=world.people["school_admin"])


async def all_used(database: Database, world: World) -> None:
    """Everybody's code was redeemed already."""
    await all_verified(database, world)
    used = "update access_request set status = 'COMPLETED', closed_at = $1 where school_id = $2 and status = 'VERIFIED'"
    await database.fetch(used, [BEFORE_SCHOOL, world.school_a.id])
