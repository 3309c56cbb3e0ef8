"""Answering what is offered: in time, once, and to the second; what nobody takes is free again (f4, waiting list)."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from models.database import Database
from schoolplein.app import Application
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool
from tests.meetings.documents import ACCEPT_OFFER, BOOK, CANCEL, CANCEL_ROUND, DECLINE_OFFER, LEAVE_LIST, OFFER
from tests.meetings.families import do_chore, mails, mark, moment
from tests.meetings.planning import announced, at, booked, seen_by, slot_at, ticket_of, window, wish
from tests.meetings.queue import Family, Full, families, family_of, full

SECOND = timedelta(seconds=1)
EXPIRE = "expire_meeting_offers"


class Held(NamedTuple):
    """A slot at 14:00 that is held for Mia, and Bo who is next."""

    town: Full
    mia: Family
    bo: Family
    slot: str


@pytest.fixture
async def held(small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock) -> Held:
    """Offered at seven in the morning: until seven in the evening."""
    others = await families(database, clients, small_school, "Mia", "Bo")
    town = await full(head, clients, small_school)
    mia, bo = [await family_of(client, parent, town.round_, pupil) for pupil, parent, client in others]
    await mia.waits()
    clock.advance(seconds=1)
    await bo.waits()
    clock.advance(seconds=-1)
    return Held(town, mia, bo, await town.frees("14:00"))


UNTIL = BEFORE_SCHOOL + timedelta(hours=12)


async def test_accepting_is_booking(held: Held, small_school: SmallSchool, database: Database) -> None:
    town, mia, bo, slot = held
    offer = await mia.offer()
    assert await bo.client.refused(ACCEPT_OFFER, input={"offerId": offer}) == ["NOT_FOUND"]

    asked = {"offerId": offer, "clientMutationId": "ja"}
    made = await mia.client.ok(ACCEPT_OFFER, input=asked)

    assert made["booking"]["slot"] == {**made["booking"]["slot"], "id": slot, "state": "BOOKED"}
    assert made["booking"]["ticket"]["state"] == "BOOKED"
    assert await mia.client.ok(ACCEPT_OFFER, input=asked) == made
    assert await mia.client.refused(ACCEPT_OFFER, input={"offerId": offer}) == ["HOLD_EXPIRED"]
    assert (await mails(database, small_school.school, "MEETING_BOOKED"))[mia.email] == 1
    assert (await mia.offered(), await bo.offered()) == (None, None)
    assert await town.state("14:00") == "BOOKED"


async def test_declining_passes_it_on_and_one_waits_on(held: Held) -> None:
    town, mia, bo, slot = held
    offer = await mia.offer()
    assert (await mia.client.ok(DECLINE_OFFER, input={"offerId": offer}))["ticket"]["state"] == "WAITING"
    assert (await mia.offered(), await bo.offered()) == (None, slot)
    assert await mia.client.refused(DECLINE_OFFER, input={"offerId": offer}) == ["HOLD_EXPIRED"]

    await bo.client.ok(DECLINE_OFFER, input={"offerId": await bo.offer()})
    assert await town.state("14:00") == "FREE"
    other = await town.frees("14:10")
    assert await mia.offered() == other


async def test_nobody_is_offered_the_same_slot_twice(held: Held) -> None:
    town, mia, bo, slot = held
    await mia.client.ok(DECLINE_OFFER, input={"offerId": await mia.offer()})
    talk = (await bo.client.ok(ACCEPT_OFFER, input={"offerId": await bo.offer()}))["booking"]
    await bo.client.ok(CANCEL, input={"bookingId": talk["id"]})
    assert await mia.offered() is None
    assert await town.state("14:00") == "FREE"
    assert await booked(mia.client, mia.ticket, slot)


@pytest.mark.parametrize("answer", [ACCEPT_OFFER, DECLINE_OFFER])
async def test_an_offer_can_be_answered_until_the_very_moment(held: Held, clock: Clock, answer: str) -> None:
    offer = (await held.mia.sees())["offer"]
    assert moment(offer["expiresAt"]) == UNTIL
    clock.stand_at(UNTIL)
    assert await held.mia.client.refused(answer, input={"offerId": offer["id"]}) == ["HOLD_EXPIRED"]
    assert await held.mia.offered() is None
    clock.stand_at(UNTIL - SECOND)
    assert await held.mia.client.ok(answer, input={"offerId": offer["id"]})


async def test_what_nobody_answers_goes_to_the_next_and_then_is_free(
    held: Held, clock: Clock, app: Application, small_school: SmallSchool, database: Database
) -> None:
    town, mia, bo, slot = held
    clock.stand_at(UNTIL - SECOND)
    await do_chore(app, clock, EXPIRE)
    assert (await mia.offered(), await bo.offered()) == (slot, None)

    clock.stand_at(UNTIL)
    await do_chore(app, clock, EXPIRE)
    assert (await mia.offered(), await bo.offered()) == (None, slot)
    assert await mails(database, small_school.school, "MEETING_OFFERED") == {mia.email: 1, bo.email: 1}
    assert (await mia.sees())["state"] == "WAITING"
    clock.advance(hours=24)
    await do_chore(app, clock, EXPIRE)
    assert (await mia.offered(), await bo.offered()) == (None, None)
    assert await town.state("14:00") == "FREE"


async def test_who_waits_is_first_also_when_somebody_comes_before_the_chore(
    held: Held, clock: Clock, app: Application
) -> None:
    town, mia, bo, slot = held
    clock.stand_at(UNTIL)
    answered = await town.noor.client.ask(BOOK, input=wish((town.noor.ticket, slot)))
    await do_chore(app, clock, EXPIRE)
    assert (answered.codes, await mia.offered(), await bo.offered()) == (["SLOT_TAKEN"], None, slot)


async def test_what_has_expired_holds_nobody_in_another_round_either(
    held: Held, clock: Clock, head: Client, small_school: SmallSchool
) -> None:
    other = await announced(
        head, small_school, groups=[small_school.group], windows=[window(small_school.teacher)], kind="PARENT"
    )
    noor, bo = held.town.noor, held.bo
    await bo.client.ok(LEAVE_LIST, input={"ticketId": bo.ticket})
    seen = await seen_by(noor.client, other)
    pair = (ticket_of(seen, small_school.noor), slot_at(seen, "14:00"))
    assert await noor.client.refused(BOOK, input=wish(pair)) == ["SLOT_TAKEN"]
    clock.stand_at(UNTIL)
    assert {slot["id"]: slot["state"] for slot in (await seen_by(noor.client, other))["slots"]}[pair[1]] == "FREE"
    assert await booked(noor.client, *pair)


async def test_an_offer_is_accepted_after_closing_and_not_after_calling_off(
    held: Held, clock: Clock, head: Client, app: Application
) -> None:
    town, mia, bo, slot = held
    clock.stand_at(BEFORE_SCHOOL + timedelta(days=5, seconds=1))
    await do_chore(app, clock, EXPIRE)
    other = await town.frees("14:10")
    assert (await mia.offered(), await bo.offered()) == (other, slot)
    assert await mia.client.ok(ACCEPT_OFFER, input={"offerId": await mia.offer()})

    offer = await bo.offer()
    await head.ok(CANCEL_ROUND, input={"roundId": town.round_["id"]})
    assert await bo.client.refused(ACCEPT_OFFER, input={"offerId": offer}) == ["HOLD_EXPIRED"]


@pytest.mark.parametrize(
    ("frees", "until"),
    [
        ("2026-09-15T20:30", "2026-09-16T18:30"),  # the night does not count
        ("2026-09-15T22:00", "2026-09-16T19:00"),
        ("2026-09-21T13:59:59", "2026-09-22T11:59:59"),
        ("2026-09-21T14:00", "2026-09-21T14:30"),  # within a day
        ("2026-09-21T20:45", "2026-09-22T07:15"),
        ("2026-09-22T13:50", "2026-09-22T14:00"),  # not longer than until the talk
    ],
)
async def test_for_how_long_a_slot_is_held(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database, clock: Clock, frees: str, until: str
) -> None:
    ((pupil, parent, client),) = await families(database, clients, small_school, "Mia")
    town = await full(head, clients, small_school, changeUntilHours=0)
    mia = await family_of(client, parent, town.round_, pupil)
    await mia.waits()
    zone = BEFORE_SCHOOL.tzinfo
    clock.stand_at(datetime.fromisoformat(frees).replace(tzinfo=zone))
    await town.frees("14:00")
    assert moment((await mia.sees())["offer"]["expiresAt"]) == datetime.fromisoformat(until).replace(tzinfo=zone)


async def test_a_talk_that_has_begun_is_offered_to_nobody(held: Held, clock: Clock, head: Client) -> None:
    town, mia, bo, _ = held
    clock.stand_at(at("14:10"))
    await head.ok(CANCEL, input={"bookingId": town.talks["14:10"]})
    assert (await mia.offered(), await bo.offered()) == (None, None)


async def test_who_is_busy_then_is_not_offered_it(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database
) -> None:
    ((pupil, parent, client),) = await families(database, clients, small_school, "Mia")
    town = await full(head, clients, small_school)
    mia = await family_of(client, parent, town.round_, pupil)
    elsewhere = window(small_school.other_teacher, groupIds=None)
    other = await announced(head, small_school, groups=[small_school.group], windows=[elsewhere])
    seen = await seen_by(client, other)
    await booked(client, ticket_of(seen, pupil), slot_at(seen, "14:00"))
    await mia.waits()
    await town.frees("14:00")
    assert await mia.offered() is None
    slot = await town.frees("14:10")
    assert await mia.offered() == slot


async def test_the_school_offers_a_free_slot_to_whom_it_likes(held: Held, teacher: Client) -> None:
    town, mia, bo, slot = held
    asked = {"ticketId": town.noor.ticket, "slotId": slot}
    assert await town.noor.client.refused(OFFER, input=asked) == ["FORBIDDEN"]
    assert await teacher.refused(OFFER, input=asked) == ["SLOT_TAKEN"]
    for family in (mia, bo):
        await family.client.ok(DECLINE_OFFER, input={"offerId": await family.offer()})
    assert await teacher.ok(OFFER, input=asked)
    assert await town.noor.offered() == slot
    assert await teacher.refused(OFFER, input=asked) == ["TICKET_ALREADY_BOOKED"]


async def test_marking_not_needed_ends_what_is_held(held: Held, teacher: Client) -> None:
    _, mia, bo, slot = held
    offer = await mia.offer()
    await mark(teacher, mia.ticket, needed=False)
    assert (await mia.offered(), await bo.offered()) == (None, slot)
    assert await mia.client.refused(ACCEPT_OFFER, input={"offerId": offer}) == ["HOLD_EXPIRED"]
