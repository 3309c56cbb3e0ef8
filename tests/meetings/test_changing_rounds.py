"""What the school still changes about a round: when it opens and closes, and whether it is held at all (f4)."""

from datetime import timedelta
from typing import Any

import pytest

from models import MailKind
from models.database import Database
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool, founding, sign_in_token, staff
from tests.meetings.documents import (
    ADD_TICKETS,
    ADD_WINDOW,
    ANNOUNCE_ROUND,
    BOOK,
    CANCEL_ROUND,
    MOVE,
    OFFER,
    READ_BOOKING,
    READ_TICKET,
    REOPEN_SLOT,
)
from tests.meetings.office import UPDATE, mailed
from tests.meetings.planning import announced, booked, plan, seen_by, slot_at, ticket_of, window, wish

CLOSES = BEFORE_SCHOOL + timedelta(days=5)
"""As rounds of these tests do."""


def change(round_: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The input that changes a round."""
    told = {name: value if isinstance(value, str | int) else value.isoformat() for name, value in more.items()}
    return {"roundId": round_["id"], **told}


# ------------------------------------------------------------------------------------------------ changed


async def test_a_later_end_opens_a_round_again(
    small_school: SmallSchool, round_: dict[str, Any], head: Client, parent: Client, clock: Clock
) -> None:
    town = small_school
    mine = await seen_by(parent, round_)
    wanted = wish((ticket_of(mine, town.noor), slot_at(mine, "14:00", town.teacher)))
    clock.stand_at(CLOSES)
    assert await parent.refused(BOOK, input=wanted) == ["ROUND_NOT_OPEN"]

    changed = (await head.ok(UPDATE, input=change(round_, closesAt=CLOSES + timedelta(days=1))))["round"]

    assert changed["state"] == "OPEN"
    await parent.ok(BOOK, input=wanted)


async def test_an_earlier_end_closes_it_at_once(
    small_school: SmallSchool, round_: dict[str, Any], head: Client, parent: Client, clock: Clock
) -> None:
    town = small_school
    mine = await seen_by(parent, round_)
    await head.ok(UPDATE, input=change(round_, closesAt=BEFORE_SCHOOL + timedelta(hours=1)))

    clock.advance(hours=1)

    wanted = wish((ticket_of(mine, town.noor), slot_at(mine, "14:00", town.teacher)))
    assert await parent.refused(BOOK, input=wanted) == ["ROUND_NOT_OPEN"]
    assert (await seen_by(parent, round_))["state"] == "CLOSED"


async def test_what_is_left_out_stays_and_an_empty_text_takes_it_away(small_school: SmallSchool, head: Client) -> None:
    draft = await plan(head, small_school, text="Neem het rapport mee.")

    renamed = (await head.ok(UPDATE, input=change(draft, title="Kennismaking", changeUntilHours=48)))["round"]
    emptied = (await head.ok(UPDATE, input=change(draft, text="")))["round"]

    told = ("title", "text", "changeUntilHours", "state")
    assert [renamed[name] for name in told] == ["Kennismaking", "Neem het rapport mee.", 48, "DRAFT"]
    assert [emptied[name] for name in told] == ["Kennismaking", None, 48, "DRAFT"]
    assert renamed["closesAt"] == emptied["closesAt"] == draft["closesAt"]


@pytest.mark.parametrize(
    ("wrong", "code", "right"),
    [
        ({"closesAt": BEFORE_SCHOOL - timedelta(minutes=1)}, "INVALID_RANGE", {"closesAt": CLOSES}),
        ({"opensAt": CLOSES}, "INVALID_RANGE", {"opensAt": CLOSES - timedelta(minutes=1)}),
        (
            {"opensAt": BEFORE_SCHOOL - timedelta(days=2), "closesAt": BEFORE_SCHOOL},
            "INVALID",
            {"opensAt": BEFORE_SCHOOL - timedelta(days=2), "closesAt": BEFORE_SCHOOL + timedelta(minutes=1)},
        ),
        (
            {"priorityOpensAt": BEFORE_SCHOOL},
            "INVALID_RANGE",
            {"priorityOpensAt": BEFORE_SCHOOL, "opensAt": BEFORE_SCHOOL + timedelta(days=1)},
        ),
    ],
)
async def test_a_round_still_opens_before_it_closes_and_has_not_closed_yet(
    small_school: SmallSchool, head: Client, wrong: dict[str, Any], code: str, right: dict[str, Any]
) -> None:
    draft = await plan(head, small_school)

    assert await head.refused(UPDATE, input=change(draft, **wrong)) == [code]
    kept = await seen_by(head, draft)
    assert (kept["opensAt"], kept["closesAt"]) == (draft["opensAt"], draft["closesAt"])

    await head.ok(UPDATE, input=change(draft, **right))


async def test_who_plans_a_round_changes_it_and_nobody_else(
    small_school: SmallSchool, clients: Clients, head: Client, teacher: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        idle = clients(sign_in_token(facts, staff(facts, town.school)))
    of_both, of_one = await announced(head, town), await announced(head, town, groups=[town.group])

    for operation, more in ((UPDATE, {"title": "Gesprekken"}), (CANCEL_ROUND, {})):
        for somebody, code in ((teacher, "FORBIDDEN"), (parent, "FORBIDDEN"), (idle, "NOT_FOUND")):
            assert await somebody.refused(operation, input=change(of_both, **more)) == [code]
        await teacher.ok(operation, input=change(of_one, **more))
        await head.ok(operation, input=change(of_both, **more))


# ------------------------------------------------------------------------------------------------ called off


async def test_a_round_that_is_called_off_takes_its_talks_slots_and_tickets_with_it(
    small_school: SmallSchool, round_: dict[str, Any], head: Client, parent: Client, classmates_parent: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    talk = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00", town.teacher))

    told = (await head.ok(CANCEL_ROUND, input={"roundId": round_["id"]}))["round"]

    assert (told["state"], told["slots"]) == ("CANCELLED", [])
    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["cancelledAt"] is not None
    for somebody, of_whom in ((parent, mine), (classmates_parent, theirs)):
        seen = await seen_by(somebody, round_)
        assert (seen["state"], seen["slots"], seen["viewerMayBook"]) == ("CANCELLED", [], False)
        assert [(ticket["state"], ticket["booking"]) for ticket in seen["tickets"]] == [("CANCELLED", None)]
        assert (await somebody.ok(READ_TICKET, id=of_whom["tickets"][0]["id"]))["freeSlots"] == []
    assert {ticket["state"] for ticket in (await seen_by(head, round_))["tickets"]} == {"CANCELLED"}
    assert await mailed(database, town, MailKind.MEETING_CANCELLED) == [town.guardian.email]


async def test_nothing_is_booked_planned_or_changed_in_a_round_that_is_called_off(
    small_school: SmallSchool, round_: dict[str, Any], head: Client, parent: Client
) -> None:
    town, this = small_school, {"roundId": round_["id"]}
    mine = await seen_by(parent, round_)
    ticket, first, second = ticket_of(mine, town.noor), *(slot_at(mine, clock) for clock in ("14:00", "14:10"))
    talk = await booked(parent, ticket, first)

    await head.ok(CANCEL_ROUND, input=this)

    for somebody in (parent, head):
        assert await somebody.refused(BOOK, input=wish((ticket, second))) == ["ROUND_NOT_OPEN"]
        assert await somebody.refused(MOVE, input={"bookingId": talk["id"], "slotId": second}) == ["INVALID"]
    assert await head.refused(OFFER, input={"ticketId": ticket, "slotId": second}) == ["ROUND_NOT_OPEN"]
    assert await head.refused(ADD_WINDOW, input=this | {"window": window(town.teacher)}) == ["ROUND_NOT_OPEN"]
    for operation, more in ((CANCEL_ROUND, {}), (UPDATE, {"title": "Toch"}), (ADD_TICKETS, {})):
        assert await head.refused(operation, input=this | more) == ["ROUND_NOT_OPEN"]
    assert await head.refused(REOPEN_SLOT, input={"slotId": second}) == ["ROUND_NOT_OPEN"]
    assert await head.refused(ANNOUNCE_ROUND, input=this) == ["INVALID"]


async def test_hosts_and_families_are_free_for_another_round_then(
    small_school: SmallSchool, round_: dict[str, Any], head: Client, parent: Client
) -> None:
    town = small_school
    other = await announced(head, town)
    mine, anew = await seen_by(parent, round_), await seen_by(parent, other)
    await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00"))
    wanted = wish((ticket_of(anew, town.noor), slot_at(anew, "14:00")))
    assert await parent.refused(BOOK, input=wanted) == ["SLOT_TAKEN"]

    await head.ok(CANCEL_ROUND, input={"roundId": round_["id"]})

    await parent.ok(BOOK, input=wanted)


async def test_a_draft_is_called_off_without_a_word(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    draft = await plan(head, small_school)

    assert (await head.ok(CANCEL_ROUND, input={"roundId": draft["id"]}))["round"]["state"] == "CANCELLED"

    assert await database.fetch("select 1 from mail where school_id = $1", (small_school.school.id,)) == []
