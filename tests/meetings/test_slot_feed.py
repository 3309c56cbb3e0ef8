"""The feed of a round's slots: it tells ids and states, at once, and nothing of anybody."""

from contextlib import AsyncExitStack
from typing import Any

import orjson

from models.database import Database
from resolvers.ids import key_of
from schoolplein.app import Application
from tests.clients import Client, Clients, Clock, count_statements
from tests.factories import SmallSchool
from tests.live.words import started, told
from tests.meetings.chores import do
from tests.meetings.documents import BOOK, FOLLOW_SLOTS, JOIN_LIST, MOVE, OFFER
from tests.meetings.feeds import Heard, follow, states_of
from tests.meetings.planning import announced, booked, free, seen_by, slot_at, ticket_of, window, wish

# ------------------------------------------------------------------------------------------------ what is told


async def test_who_looks_for_a_time_sees_slots_go_and_come_and_learns_of_nobody(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, clients: Clients
) -> None:
    mine = await seen_by(parent, round_)
    first, second = (slot["id"] for slot in free(mine)[:2])
    async with clients.live(small_school.token(small_school.classmates_guardian)) as live:
        feed = await live.subscribe(FOLLOW_SLOTS, round=round_["id"])
        assert await feed.frame() == {"kind": "START", "cursor": mine["slotCursor"], "events": []}

        talk = await booked(parent, ticket_of(mine, small_school.noor), first, topics="Rekenen")
        frame = await feed.frame()
        assert frame.pop("cursor") == (await seen_by(parent, round_))["slotCursor"]
        assert frame == {"kind": "EVENTS", "events": [{"slotId": first, "state": "BOOKED"}]}

        await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": second})
        assert set(await states_of(feed, 2)) == {(first, "FREE"), (second, "BOOKED")}


async def test_an_event_has_nothing_but_an_id_and_a_state(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, clients: Clients, database: Database
) -> None:
    ticket = ticket_of(await seen_by(parent, round_), small_school.noor)
    await booked(parent, ticket, free(await seen_by(parent, round_))[0]["id"], topics="Rekenen")

    contract = await parent.ok('{ __type(name: "MeetingSlotEvent") { fields { name } } }')
    assert [field["name"] for field in contract["fields"]] == ["slotId", "state"]
    topic = f"round:{key_of('round', round_['id'])}"
    ((state, payload),) = await database.fetch("select type, payload from stream_event where topic = $1", (topic,))
    assert (state, list(orjson.loads(payload))) == ("BOOKED", ["slot"])


async def test_everybody_who_follows_is_told_in_the_same_bytes_and_no_slot_is_read_for_them(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, app: Application
) -> None:
    mine = await seen_by(parent, round_)
    ticket, (first, second) = ticket_of(mine, small_school.noor), (slot["id"] for slot in free(mine)[:2])
    people = [small_school.guardian, small_school.classmates_guardian, small_school.teacher, small_school.admin]
    with count_statements() as alone:
        talk = await booked(parent, ticket, first)
    with count_statements() as move_alone:
        await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": second})
    async with AsyncExitStack() as open_:
        lives = [await open_.enter_async_context(Heard(app, small_school.token(somebody))) for somebody in people]
        feeds = [await follow(live, round_) for live in lives]

        with count_statements() as followed:
            await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": first})
            states = [await states_of(feed, 2) for feed in feeds]

    assert all(one == states[0] for one in states)
    assert all(live.texts == lives[0].texts for live in lives)
    assert len(lives[0].texts) >= 3, "acknowledged, begun and told"
    assert _reading_slots(followed) == _reading_slots(move_alone) > 0
    assert _reading_slots(alone) > 0


def _reading_slots(statements: list[str]) -> int:
    return sum("meeting_slot" in statement for statement in statements)


async def test_a_retried_booking_is_told_once_and_a_refused_one_never(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client, clients: Clients
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    first, second = (slot["id"] for slot in free(mine)[:2])
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await follow(live, round_)

        for _ in range(2):
            await booked(parent, ticket_of(mine, small_school.noor), first, clientMutationId="een")
        sams = ticket_of(theirs, small_school.sam)
        assert await classmates_parent.refused(BOOK, input=wish((sams, first))) == ["SLOT_TAKEN"]
        await booked(classmates_parent, sams, second)

        assert await states_of(feed, 2) == [(first, "BOOKED"), (second, "BOOKED")]


async def test_one_round_is_told_of_and_another_one_only_where_they_share_a_host(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, head: Client, clients: Clients
) -> None:
    other = await announced(head, small_school, windows=[window(small_school.teacher, begin="14:05", end="15:00")])
    mine = await seen_by(parent, round_)
    async with clients.live(small_school.token(small_school.admin)) as live:
        feed, others_feed = await follow(live, round_), await follow(live, other)

        talk = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:00"))
        await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": slot_at(mine, "15:30")})

        assert len(await told(feed, 3)) == 3
        meanwhile = slot_at(await seen_by(head, other), "14:05")
        assert await states_of(others_feed, 2) == [(meanwhile, "BOOKED"), (meanwhile, "FREE")]


# ------------------------------------------------------------------------------------------------ coming back


async def test_who_comes_back_with_a_cursor_is_told_exactly_what_was_missed(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, clients: Clients
) -> None:
    token, mine = small_school.token(small_school.classmates_guardian), await seen_by(parent, round_)
    ticket, slots = ticket_of(mine, small_school.noor), [slot["id"] for slot in free(mine)]
    async with clients.live(token) as live:
        feed = await follow(live, round_)
        talk = await booked(parent, ticket, slots[0])
        cursor = (await feed.frame())["cursor"]
    await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": slots[1]})

    async with clients.live(token) as live:
        feed = await live.subscribe(FOLLOW_SLOTS, round=round_["id"], after=cursor)
        assert await started(feed) == cursor
        assert set(await states_of(feed, 2)) == {(slots[0], "FREE"), (slots[1], "BOOKED")}
        since_it_was_read = await live.subscribe(FOLLOW_SLOTS, round=round_["id"], after=mine["slotCursor"])
        assert await started(since_it_was_read) == mine["slotCursor"]
        assert (await states_of(since_it_was_read, 3))[0] == (slots[0], "BOOKED")
        lost = await live.subscribe(FOLLOW_SLOTS, round=round_["id"], after="999.7")
        assert (await lost.frame())["kind"] == "RESYNC"
        junk = await live.subscribe(FOLLOW_SLOTS, round=round_["id"], after="junk")
        assert await junk.refused() == ["BAD_USER_INPUT"]


# ------------------------------------------------------------------------------------------------ offers


async def test_an_offer_that_nobody_answers_frees_its_slot_live(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, head: Client, app: Application, clock: Clock
) -> None:
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), free(mine)[0]["id"]
    async with Heard(app, small_school.token(small_school.classmates_guardian)) as live:
        feed = await follow(live, round_)
        await head.ok(OFFER, input={"ticketId": ticket, "slotId": slot})
        assert await states_of(feed, 1) == [(slot, "HELD")]

        clock.advance(hours=11)
        await do(app, "expire_meeting_offers")
        assert slot not in [one["id"] for one in free(await seen_by(parent, round_))]

        clock.advance(hours=2)  # it was held for twelve
        await do(app, "expire_meeting_offers")
        assert await states_of(feed, 1) == [(slot, "FREE")]
        assert slot in [one["id"] for one in free(await seen_by(parent, round_))]


async def test_an_offer_that_nobody_answers_goes_to_the_next_live(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, classmates_parent: Client, head: Client,
    app: Application, clock: Clock,
) -> None:  # fmt: skip
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    slot = free(mine)[0]["id"]
    for somebody, ticket in (
        (parent, ticket_of(mine, small_school.noor)),
        (classmates_parent, theirs["tickets"][0]["id"]),
    ):
        await somebody.ok(JOIN_LIST, input={"ticketId": ticket})
    async with Heard(app, small_school.token(small_school.teacher)) as live:
        feed = await follow(live, round_)
        await head.ok(OFFER, input={"ticketId": ticket_of(mine, small_school.noor), "slotId": slot})
        clock.advance(hours=24)
        await do(app, "expire_meeting_offers")

        assert (await states_of(feed, 3))[-1] == (slot, "HELD")
    assert (await seen_by(classmates_parent, round_))["tickets"][0]["offer"] is not None
