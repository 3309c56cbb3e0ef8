"""A child who comes into a group while a round goes on, or moves to another group of it (f4, edge cases)."""

from typing import Any

import pytest

import models
from models import MailKind
from models.database import Database
from tests.api.office import DEREGISTER_PUPIL, MOVE_PUPIL, WHY
from tests.clients import Client, Clock
from tests.factories import SmallSchool, enrol, founding, guardian, id_of
from tests.facts import FAR_AHEAD
from tests.meetings.documents import ADD_TICKETS, BOOK, MOVE, READ_BOOKING, READ_TICKET, REHOST_TICKET
from tests.meetings.office import READ_PLAN, mailed, planned, sequence_of
from tests.meetings.planning import announced, booked, plan, seen_by, slot_at, ticket_of, wish

Round = dict[str, Any]


async def without_ticket(somebody: Client, round_: Round) -> list[str]:
    """Whom somebody sees to have no ticket."""
    return [pupil["givenName"] for pupil in (await planned(somebody, round_))["pupilsWithoutTicket"]]


async def move(head: Client, pupil: models.Pupil, group: models.Group) -> None:
    """Move a pupil to another group, from now on."""
    await head.ok(MOVE_PUPIL, input={"pupilId": id_of(pupil), "groupId": id_of(group)})


# ------------------------------------------------------------------------------------------------ who joins


async def test_who_joins_a_group_later_is_proposed_and_invited_when_the_school_says_so(
    small_school: SmallSchool, round_: Round, head: Client, teacher: Client, other_teacher: Client, parent: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    before = await mailed(database, town, MailKind.MEETING_INVITED)
    assert await without_ticket(head, round_) == []
    async with founding(database) as facts:
        newcomer = enrol(facts, town.group, given_name="Nieuw")
        enrol(facts, town.group, given_name="Later", since=FAR_AHEAD)
        family = guardian(facts, newcomer, name="Nova Prins")

    for somebody, seen in ((head, ["Nieuw"]), (teacher, ["Nieuw"]), (other_teacher, []), (parent, [])):
        assert await without_ticket(somebody, round_) == seen

    [made] = (await head.ok(ADD_TICKETS, input={"roundId": round_["id"]}))["tickets"]

    assert (made["pupil"]["givenName"], made["state"], made["guardians"]) == (
        "Nieuw", "INVITED", [{"name": "Nova Prins"}]
    )  # fmt: skip
    assert await mailed(database, town, MailKind.MEETING_INVITED) == sorted([*before, family.email])
    assert await without_ticket(head, round_) == []
    assert (await head.ok(ADD_TICKETS, input={"roundId": round_["id"]}))["tickets"] == []


async def test_who_joins_while_it_is_a_draft_hears_of_it_when_everybody_does(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    draft = await plan(head, small_school)
    async with founding(database) as facts:
        guardian(facts, enrol(facts, small_school.group, given_name="Nieuw"), name="Nova Prins")

    assert len((await head.ok(ADD_TICKETS, input={"roundId": draft["id"]}))["tickets"]) == 1

    assert await mailed(database, small_school, MailKind.MEETING_INVITED) == []


async def test_who_plans_the_round_invites_newcomers_and_nobody_else(
    small_school: SmallSchool, head: Client, teacher: Client, parent: Client, other_teacher: Client
) -> None:
    of_both, of_one = (
        await announced(head, small_school),
        await announced(head, small_school, groups=[small_school.group]),
    )

    for somebody, code in ((teacher, "FORBIDDEN"), (parent, "FORBIDDEN")):
        assert await somebody.refused(ADD_TICKETS, input={"roundId": of_both["id"]}) == [code]
    await teacher.ok(ADD_TICKETS, input={"roundId": of_one["id"]})
    await head.ok(ADD_TICKETS, input={"roundId": of_both["id"]})


async def test_who_left_and_comes_back_is_proposed_like_any_newcomer(
    small_school: SmallSchool, round_: Round, head: Client, clock: Clock, database: Database
) -> None:
    town = small_school
    await head.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(town.noor), **WHY})
    clock.advance(minutes=1)
    async with founding(database) as facts:
        enrol(facts, town.group, town.noor, since=clock())
        guardian(facts, town.noor, name="Kemal Yilmaz")

    assert await without_ticket(head, round_) == ["Noor"]

    [made] = (await head.ok(ADD_TICKETS, input={"roundId": round_["id"]}))["tickets"]
    assert (made["pupil"]["givenName"], made["guardians"]) == ("Noor", [{"name": "Kemal Yilmaz"}])
    assert await without_ticket(head, round_) == []


# ------------------------------------------------------------------------------------------------ who moves


@pytest.fixture
async def talk(small_school: SmallSchool, round_: Round, head: Client, parent: Client) -> dict[str, Any]:
    """The talk about Noor, who has moved to the other group since."""
    mine = await seen_by(parent, round_)
    made = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:00"))
    await move(head, small_school.noor, small_school.other_group)
    return made


def rehosted(talk: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The input that lets a talk be with the hosts of the new group."""
    return {"ticketId": talk["ticket"]["id"], **more}


async def test_the_talk_about_a_child_who_moves_is_made_anew_with_the_new_teacher(
    small_school: SmallSchool, round_: Round, talk: dict[str, Any], head: Client, parent: Client,
    other_teacher: Client, database: Database,
) -> None:  # fmt: skip
    town = small_school
    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["cancelledAt"] is None

    made = (await head.ok(REHOST_TICKET, input=rehosted(talk)))["ticket"]

    assert (made["id"], made["state"], made["booking"]) == (talk["ticket"]["id"], "INVITED", None)
    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["cancelledAt"] is not None
    assert await mailed(database, town, MailKind.MEETING_CANCELLED) == [town.guardian.email]
    seen = await seen_by(parent, round_)
    assert {slot["hosts"][0]["name"] for slot in seen["slots"]} == {"Bram Mulder"}
    free = [slot["id"] for slot in (await parent.ok(READ_TICKET, id=made["id"]))["freeSlots"]]
    assert free == [slot["id"] for slot in seen["slots"]]
    assert ticket_of(await seen_by(other_teacher, round_), town.noor) == made["id"]
    await parent.ok(BOOK, input=wish((made["id"], free[0])))


async def test_it_is_kept_if_the_school_says_so(
    small_school: SmallSchool, round_: Round, talk: dict[str, Any], head: Client, parent: Client,
    other_teacher: Client, database: Database,
) -> None:  # fmt: skip
    town = small_school

    made = (await head.ok(REHOST_TICKET, input=rehosted(talk, keepBooking=True)))["ticket"]

    assert (made["state"], made["booking"]["id"]) == ("BOOKED", talk["id"])
    standing = await parent.ok(READ_BOOKING, id=talk["id"])
    assert (standing["cancelledAt"], standing["startsAt"]) == (None, talk["startsAt"])
    assert await mailed(database, town, MailKind.MEETING_CANCELLED) == []
    assert await sequence_of(database, town, town.noor) == [0]
    assert (await other_teacher.ok(READ_BOOKING, id=talk["id"]))["id"] == talk["id"]


async def test_a_child_who_moves_is_not_invited_twice(round_: Round, talk: dict[str, Any], head: Client) -> None:
    assert await without_ticket(head, round_) == []
    assert (await head.ok(ADD_TICKETS, input={"roundId": round_["id"]}))["tickets"] == []


async def test_guardians_do_not_choose_the_teacher_and_neither_do_strangers(
    talk: dict[str, Any], head: Client, parent: Client, classmates_parent: Client
) -> None:
    assert await parent.refused(REHOST_TICKET, input=rehosted(talk)) == ["FORBIDDEN"]
    assert await classmates_parent.refused(REHOST_TICKET, input=rehosted(talk)) == ["NOT_FOUND"]
    await head.ok(REHOST_TICKET, input=rehosted(talk))


async def test_a_child_who_is_in_no_group_of_the_round_any_more_has_no_new_hosts(
    small_school: SmallSchool, head: Client, parent: Client
) -> None:
    town = small_school
    round_, other = await announced(head, town, groups=[town.group]), await announced(head, town)
    mine = await seen_by(parent, round_)
    made = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00", town.teacher))
    await move(head, town.noor, town.other_group)

    assert await head.refused(REHOST_TICKET, input=rehosted(made)) == ["INVALID"]
    assert (await parent.ok(READ_BOOKING, id=made["id"]))["cancelledAt"] is None

    both = ticket_of(await seen_by(parent, other), town.noor)
    await head.ok(REHOST_TICKET, input={"ticketId": both})
    await move(head, town.noor, town.group)
    assert await head.refused(REHOST_TICKET, input=rehosted(made)) == ["INVALID"]
    assert (await parent.ok(READ_BOOKING, id=made["id"]))["cancelledAt"] is None


async def test_the_old_teacher_sees_the_talk_as_its_host_until_it_is_with_somebody_else(
    small_school: SmallSchool, round_: Round, talk: dict[str, Any], head: Client, teacher: Client
) -> None:
    seen = await teacher.ok(READ_BOOKING, id=talk["id"])
    assert seen["ticket"]["pupil"] == {"givenName": "Noor"}

    await head.ok(REHOST_TICKET, input=rehosted(talk, keepBooking=True))
    assert (await teacher.ok(READ_BOOKING, id=talk["id"]))["id"] == talk["id"]
    there = slot_at(await seen_by(head, round_), "14:30", small_school.other_teacher)
    await head.ok(MOVE, input={"bookingId": talk["id"], "slotId": there})
    assert await teacher.ok(READ_BOOKING, id=talk["id"]) is None
    assert (await teacher.ok(READ_PLAN, id=round_["id"]))["id"] == round_["id"]
