"""Of two parties about one child neither learns whether, when or where the other comes (f4, BKG-09)."""

from typing import Any

import orjson
import pytest

from models.base import new_id
from models.database import Database
from resolvers.ids import public_id
from tests.api.documents import node
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool
from tests.meetings.documents import (
    ACCEPT_OFFER,
    BOOK,
    CANCEL,
    DECLINE,
    DECLINE_OFFER,
    FOLLOW_SLOTS,
    JOIN_LIST,
    LEAVE_LIST,
    MOVE,
    OFFER,
    RECORD,
    SHARE_REPORT,
    SUGGEST,
)
from tests.meetings.families import child_of, mails, parent_of, set_apart, tickets_of
from tests.meetings.planning import announced, at, booked, seen_by, slot_at, ticket_of, window, wish

EXISTS = "query($id: ID!) { node(id: $id) { id } }"
WITH_MESSAGES = BOOK.replace("code path", "code message path")
_PERSON = "id name email phone label"
_BOOKING = f"id topics startsAt endsAt cancelledAt bookedBy {{ {_PERSON} }} slot {{ id state }} ticket {{ id }}"
_TICKET = f"""id state hasPriority waitingSince askedToCome doubleLength privateNote guardians {{ {_PERSON} }}
  booking {{ {_BOOKING} }} offer {{ id slot {{ id }} }} report {{ id text }}"""
EVERYTHING = {
    "slots": node("MeetingRound", "slots { id state startsAt room hosts { name } booking { id } }"),
    "talks": node("MeetingRound", f"slots {{ booking {{ {_BOOKING} }} }}"),
    "tickets": node("MeetingRound", f"tickets {{ {_TICKET} }}"),
    "pupils": node(
        "MeetingRound", f"tickets {{ pupil {{ id guardians {{ {_PERSON} }} separateParties {{ party }} }} }}"
    ),
    "round": node("MeetingRound", "id state viewerMayBook viewerMayPlan pupilsWithoutTicket { id } windows { id }"),
    "mine": "{ viewer { meetingRounds { id state tickets { id state } slots { id state } } } }",
    "children": "{ viewer { children { id separateParties { party } } } }",
}


async def everything(somebody: Client, round_: dict[str, Any]) -> dict[str, Any]:
    """All that somebody can read of a round."""
    told: dict[str, Any] = {}
    for name, document in EVERYTHING.items():
        told[name] = await somebody.ok(document, **({"id": round_["id"]} if document.startswith("query") else {}))
    return told


@pytest.fixture
async def father(small_school: SmallSchool, head: Client, database: Database, clients: Clients) -> tuple[Any, Client]:
    """The father of Noor, who comes apart from her mother."""
    somebody, client = await parent_of(database, clients, small_school.noor)
    await set_apart(head, small_school.noor, [small_school.guardian], [somebody])
    return somebody, client


@pytest.fixture
async def round_(small_school: SmallSchool, head: Client, father: tuple[Any, Client]) -> dict[str, Any]:
    """A round to which both are invited, each alone."""
    assert father
    there = [window(small_school.teacher)]
    return await announced(head, small_school, groups=[small_school.group], windows=there)


async def his_ticket(small_school: SmallSchool, father: tuple[Any, Client], round_: dict[str, Any]) -> str:
    """The ticket of the father."""
    return ticket_of(await seen_by(father[1], round_), small_school.noor)


def without_states(told: Any) -> Any:
    """An answer without the states of slots."""
    if isinstance(told, dict):
        is_slot = str(told.get("id")).startswith("slot_")
        return {name: without_states(part) for name, part in told.items() if name != "state" or not is_slot}
    return [without_states(part) for part in told] if isinstance(told, list) else told


def taken(told: dict[str, Any]) -> list[str]:
    """The slots of the round that are not free."""
    return [slot["id"] for slot in told["slots"]["slots"] if slot["state"] != "FREE"]


@pytest.mark.parametrize("hers", ["booked", "not booked"])
async def test_the_other_partys_talk_changes_nothing_but_which_slots_are_taken(
    small_school: SmallSchool,
    parent: Client,
    father: tuple[Any, Client],
    round_: dict[str, Any],
    database: Database,
    hers: str,
) -> None:
    mine, his = await seen_by(parent, round_), await his_ticket(small_school, father, round_)
    if hers == "booked":
        await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "15:30"))
    before = await everything(parent, round_)

    talk = await booked(father[1], his, slot_at(mine, "14:30"), topics="De verhuizing")

    after = await everything(parent, round_)
    assert without_states(after) == without_states(before)
    near = {slot_at(mine, clock) for clock in ("14:10", "14:20", "14:30", "14:40", "14:50")}
    assert set(taken(after)) - set(taken(before)) == near
    assert {slot["state"] for slot in after["slots"]["slots"] if slot["id"] in near} == {"BOOKED"}
    await father[1].ok(CANCEL, input={"bookingId": talk["id"]})
    assert await everything(parent, round_) == before
    for kind in ("BOOKED", "CANCELLED"):
        told = await mails(database, small_school.school, f"MEETING_{kind}")
        assert told[father[0].email] == 1
        assert told[small_school.guardian.email] == (hers == "booked" and kind == "BOOKED")


async def test_that_the_other_declines_waits_or_is_offered_a_slot_is_not_to_be_seen(
    small_school: SmallSchool, parent: Client, head: Client, father: tuple[Any, Client], round_: dict[str, Any]
) -> None:
    his = await his_ticket(small_school, father, round_)
    mine = await seen_by(parent, round_)
    before = await everything(parent, round_)

    await father[1].ok(DECLINE, input={"ticketId": his})
    assert await everything(parent, round_) == before
    await father[1].ok(JOIN_LIST, input={"ticketId": his})
    assert await everything(parent, round_) == before
    await head.ok(OFFER, input={"ticketId": his, "slotId": slot_at(mine, "14:30")})
    after = await everything(parent, round_)
    assert without_states(after) == without_states(before)


async def test_nothing_of_the_other_party_exists(
    small_school: SmallSchool, parent: Client, head: Client, father: tuple[Any, Client], round_: dict[str, Any]
) -> None:
    his, mine = await his_ticket(small_school, father, round_), await seen_by(parent, round_)
    far = slot_at(mine, "15:30")
    await head.ok(OFFER, input={"ticketId": his, "slotId": slot_at(mine, "14:00")})
    offer = (await seen_by(father[1], round_))["tickets"][0]["offer"]["id"]
    asked = {
        his: [
            (BOOK, wish(("{key}", far))),
            (DECLINE, {"ticketId": "{key}"}),
            (JOIN_LIST, {"ticketId": "{key}"}),
            (LEAVE_LIST, {"ticketId": "{key}"}),
            (SUGGEST, {"ticketIds": ["{key}"]}),
            (OFFER, {"ticketId": "{key}", "slotId": far}),
        ],
        offer: [(ACCEPT_OFFER, {"offerId": "{key}"}), (DECLINE_OFFER, {"offerId": "{key}"})],
    }
    for real, requests in asked.items():
        made_up = public_id(real.partition("_")[0], new_id())
        assert (await parent.ask(EXISTS, id=real)).body == (await parent.ask(EXISTS, id=made_up)).body
        for document, about in requests:
            refused, unknown = [await parent.ask(document, input=of(about, key)) for key in (real, made_up)]
            assert refused.codes == ["NOT_FOUND"]
            assert refused.body == unknown.body


def of(about: Any, key: str) -> Any:
    """An input about something, by its id."""
    return orjson.loads(orjson.dumps(about).replace(b"{key}", key.encode()))


async def test_a_talk_of_the_other_party_does_not_exist(
    small_school: SmallSchool, parent: Client, father: tuple[Any, Client], round_: dict[str, Any]
) -> None:
    mine = await seen_by(parent, round_)
    talk = await booked(father[1], await his_ticket(small_school, father, round_), slot_at(mine, "14:30"))
    made_up = public_id("booking", new_id())

    assert (await parent.ask(EXISTS, id=talk["id"])).body == (await parent.ask(EXISTS, id=made_up)).body
    for document, more in ((CANCEL, {}), (MOVE, {"slotId": slot_at(mine, "15:30")}), (RECORD, {"came": True})):
        refused = await parent.ask(document, input={"bookingId": talk["id"], **more})
        assert refused.codes == ["NOT_FOUND"]
        assert refused.body == (await parent.ask(document, input={"bookingId": made_up, **more})).body
    assert (await father[1].ask(EXISTS, id=talk["id"])).data == {"node": {"id": talk["id"]}}


async def test_what_is_too_near_is_refused_in_the_words_for_what_others_have(
    small_school: SmallSchool,
    parent: Client,
    classmates_parent: Client,
    father: tuple[Any, Client],
    round_: dict[str, Any],
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    hers = ticket_of(mine, small_school.noor)
    await booked(classmates_parent, ticket_of(theirs, small_school.sam), slot_at(mine, "15:50"))
    await booked(father[1], await his_ticket(small_school, father, round_), slot_at(mine, "14:30"))

    words = [
        (await parent.ask(WITH_MESSAGES, input=wish((hers, slot_at(mine, clock))))).body
        for clock in ("15:50", "14:30", "14:20", "14:50")
    ]
    assert words[0]["data"]["bookMeetings"]["errors"][0]["code"] == "SLOT_TAKEN"
    assert words == [words[0]] * 4
    assert await booked(parent, hers, slot_at(mine, "15:00"))


async def test_a_party_does_not_follow_the_slots_nor_sees_that_their_feed_goes_on(
    small_school: SmallSchool,
    parent: Client,
    classmates_parent: Client,
    father: tuple[Any, Client],
    round_: dict[str, Any],
    clients: Clients,
) -> None:
    """Who sees in one place what is not said in the other would know that it is the other parent's doing."""
    his, mine = await his_ticket(small_school, father, round_), await seen_by(parent, round_)
    before = (await seen_by(classmates_parent, round_))["slotCursor"]

    await booked(father[1], his, slot_at(mine, "14:30"))

    assert (await seen_by(classmates_parent, round_))["slotCursor"] != before
    assert (await seen_by(parent, round_))["slotCursor"] == mine["slotCursor"]
    for somebody, codes in ((small_school.guardian, ["FORBIDDEN"]), (small_school.classmates_guardian, None)):
        async with clients.live(small_school.token(somebody)) as live:
            await live.acknowledged()
            feed = await live.subscribe(FOLLOW_SLOTS, round=round_["id"])
            assert codes == (await feed.refused() if codes else None)
            assert codes or (await feed.frame())["kind"] == "START"


async def test_a_siblings_ticket_does_not_betray_what_is_only_too_near(
    small_school: SmallSchool, head: Client, parent: Client, father: tuple[Any, Client], database: Database
) -> None:
    lot = await child_of(database, small_school.group, "Lot", small_school.guardian)
    there = [window(small_school.teacher)]
    round_ = await announced(head, small_school, groups=[small_school.group], windows=there)
    mine, his = await seen_by(parent, round_), await his_ticket(small_school, father, round_)
    await booked(father[1], his, slot_at(mine, "14:30"))

    asked = "query($id: ID!) { node(id: $id) { ... on MeetingTicket { freeSlots { id state } } } }"
    slots = (await parent.ok(asked, id=ticket_of(mine, lot)))["freeSlots"]
    assert {slot["state"] for slot in slots} == {"FREE"}


async def test_a_slot_that_is_held_for_a_party_stays_theirs_whatever_the_other_books(
    small_school: SmallSchool, head: Client, parent: Client, father: tuple[Any, Client], round_: dict[str, Any]
) -> None:
    his, mine = await his_ticket(small_school, father, round_), await seen_by(parent, round_)
    await head.ok(OFFER, input={"ticketId": his, "slotId": slot_at(mine, "14:30")})
    (ticket,) = (await seen_by(father[1], round_))["tickets"]

    await parent.ask(BOOK, input=wish((ticket_of(mine, small_school.noor), slot_at(mine, "14:40"))))

    accepted = await father[1].ask(ACCEPT_OFFER, input={"offerId": ticket["offer"]["id"]})
    assert accepted.codes == []


# ------------------------------------------------------------------------------------------------ after the talk


async def test_a_report_is_for_the_party_that_came_apart(
    small_school: SmallSchool, teacher: Client, parent: Client, father: tuple[Any, Client], round_: dict[str, Any]
) -> None:
    his, mine = await his_ticket(small_school, father, round_), await seen_by(parent, round_)
    await booked(father[1], his, slot_at(mine, "14:30"))
    before = without_states(await everything(parent, round_))

    shared = await teacher.ok(SHARE_REPORT, input={"ticketId": his, "text": "Noor leest graag."})
    report = shared["ticket"]["report"]["id"]
    assert without_states(await everything(parent, round_)) == before
    assert (await parent.ask(EXISTS, id=report)).data == {"node": None}
    assert (await father[1].ask(EXISTS, id=report)).data == {"node": {"id": report}}


async def test_that_nobody_came_is_the_schools_to_know(
    small_school: SmallSchool,
    head: Client,
    teacher: Client,
    parent: Client,
    father: tuple[Any, Client],
    round_: dict[str, Any],
    clock: Clock,
) -> None:
    his, mine = await his_ticket(small_school, father, round_), await seen_by(parent, round_)
    talk = await booked(father[1], his, slot_at(mine, "14:30"))
    clock.stand_at(at("14:45"))
    before = await everything(parent, round_)
    await teacher.ok(RECORD, input={"bookingId": talk["id"], "came": False})

    assert await everything(parent, round_) == before
    assert await tickets_of(father[1], round_, small_school.noor) == {his: "BOOKED"}
    assert (await tickets_of(head, round_, small_school.noor))[his] == "NO_SHOW"
