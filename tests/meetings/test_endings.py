"""Who may not know of a child any more comes to no talk about it; where nobody comes there is none (f4, edge cases)."""

from typing import Any, NamedTuple

import pytest

import models
from models.database import Database
from tests.api.office import DEREGISTER_PUPIL, END_GUARDIANSHIP, END_MEMBERSHIP, LEAVE_GUARDIANSHIP
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, id_of
from tests.meetings.documents import ACCEPT_OFFER, BOOK, CANCEL, OFFER, READ_BOOKING, READ_TICKET
from tests.meetings.families import anew, child_of, mails, parent_of, set_apart, states, tickets_of
from tests.meetings.planning import announced, at, booked, seen_by, slot_at, ticket_of, wish

WAYS = ("ended", "left", "no member any more")
EXISTS = "query($id: ID!) { node(id: $id) { id } }"


class Talk(NamedTuple):
    """A talk about Noor at 14:30, and her father."""

    round_: dict[str, Any]
    slot: str
    ticket: str
    booking: str
    father: models.Person
    fathers: Client


@pytest.fixture
async def talk(small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients) -> Talk:
    """Both parents come together; the mother has booked."""
    father, fathers = await parent_of(database, clients, small_school.noor, name="Deniz Yilmaz")
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), slot_at(mine, "14:30")
    booking = (await booked(parent, ticket, slot))["id"]
    return Talk(round_, slot, ticket, booking, father, fathers)


async def ends(how: str, town: SmallSchool, head: Client, somebody: models.Person, client: Client) -> None:
    """Let somebody's access to Noor end."""
    about = {"pupilId": id_of(town.noor)}
    if how == "ended":
        asked = {**about, "personId": id_of(somebody), "reason": "Op verzoek"}
        await head.ok(END_GUARDIANSHIP, input=asked)
    elif how == "left":
        await client.ok(LEAVE_GUARDIANSHIP, input=about)
    else:
        asked = {"schoolId": id_of(town.school), "personId": id_of(somebody), "role": "GUARDIAN"}
        await head.ok(END_MEMBERSHIP, input={**asked, "reason": "Op verzoek"})


@pytest.mark.parametrize("how", WAYS)
async def test_of_two_who_come_one_goes_and_the_talk_stands(
    small_school: SmallSchool, head: Client, parent: Client, talk: Talk, database: Database, how: str
) -> None:
    await ends(how, small_school, head, talk.father, talk.fathers)

    told = await parent.ok(READ_BOOKING, id=talk.booking)
    assert (told["cancelledAt"], told["slot"]["state"]) == (None, "BOOKED")
    assert [one["name"] for one in (await head.ok(READ_TICKET, id=talk.ticket))["guardians"]] == ["Esra Yilmaz"]
    for key in (talk.booking, talk.ticket, talk.round_["id"]):
        assert (await talk.fathers.ask(EXISTS, id=key)).data in ({"node": None}, None)
    assert await mails(database, small_school.school, "MEETING_CANCELLED") == {}
    await parent.ok(CANCEL, input={"bookingId": talk.booking})
    assert await mails(database, small_school.school, "MEETING_CANCELLED") == {small_school.guardian.email: 1}


@pytest.mark.parametrize("how", WAYS)
async def test_who_has_gone_is_not_busy_with_the_talk_any_more(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients, how: str
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor)
    lot = await child_of(database, small_school.other_group, "Lot", father)
    round_ = await announced(head, small_school)
    mine, his = await seen_by(parent, round_), await seen_by(fathers, round_)
    await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30", small_school.teacher))
    pair = (ticket_of(his, lot), slot_at(his, "14:30", small_school.other_teacher))
    assert await fathers.refused(BOOK, input=wish(pair)) == ["GUARDIAN_BUSY"]

    if how == "no member any more":  # of the school: then there is no talk about Lot either
        await ends(how, small_school, head, father, fathers)
        assert await tickets_of(head, round_, lot) == {pair[0]: "CANCELLED"}
    else:
        await ends(how, small_school, head, father, fathers)
        assert await booked(fathers, *pair)


@pytest.mark.parametrize("how", [*WAYS, "deregistered"])
async def test_a_talk_to_which_nobody_comes_is_cancelled_and_its_slot_freed(
    small_school: SmallSchool,
    head: Client,
    parent: Client,
    classmates_parent: Client,
    talk: Talk,
    database: Database,
    how: str,
) -> None:
    if how == "deregistered":
        await head.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(small_school.noor), "reason": "Verhuisd"})
    else:
        await ends(how, small_school, head, talk.father, talk.fathers)
        await ends(how, small_school, head, small_school.guardian, parent)

    gone = {small_school.guardian.email} if how != "deregistered" else {small_school.guardian.email, talk.father.email}
    assert set(await mails(database, small_school.school, "MEETING_CANCELLED")) == gone
    theirs = await seen_by(classmates_parent, talk.round_)
    assert states(theirs)[talk.slot] == "FREE"
    assert (await head.ok(READ_BOOKING, id=talk.booking))["cancelledAt"] is not None
    assert await tickets_of(head, talk.round_, small_school.noor) == {talk.ticket: "CANCELLED"}
    assert await booked(classmates_parent, ticket_of(theirs, small_school.sam), talk.slot)


async def test_of_two_parties_the_one_that_goes_leaves_the_others_talk_alone(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor)
    await set_apart(head, small_school.noor, [small_school.guardian], [father])
    round_ = await announced(head, small_school)
    mine, his = await seen_by(parent, round_), await seen_by(fathers, round_)
    hers = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:00"))
    await booked(fathers, ticket_of(his, small_school.noor), slot_at(his, "15:00"))

    await ends("left", small_school, head, father, fathers)

    assert (await parent.ok(READ_BOOKING, id=hers["id"]))["cancelledAt"] is None
    seen = states(await seen_by(parent, round_))
    assert (seen[slot_at(mine, "14:00")], seen[slot_at(mine, "15:00")]) == ("BOOKED", "FREE")
    assert await mails(database, small_school.school, "MEETING_CANCELLED") == {father.email: 1}


async def test_what_was_offered_to_a_child_that_leaves_is_free(
    small_school: SmallSchool, head: Client, parent: Client
) -> None:
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    ticket, slot = ticket_of(mine, small_school.noor), slot_at(mine, "14:30")
    await head.ok(OFFER, input={"ticketId": ticket, "slotId": slot})
    offer = (await parent.ok(READ_TICKET, id=ticket))["offer"]["id"]

    await head.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(small_school.noor), "reason": "Verhuisd"})

    assert states(await seen_by(head, round_))[slot] == "FREE"
    assert (await parent.ask(ACCEPT_OFFER, input={"offerId": offer})).codes in (["NOT_FOUND"], ["UNAUTHENTICATED"])


async def test_a_talk_that_was_held_stays_in_the_file(
    small_school: SmallSchool, head: Client, talk: Talk, clock: Clock, database: Database, clients: Clients
) -> None:
    clock.stand_at(at("14:45"))
    fresh = await anew(database, clients, clock, small_school.admin)
    await fresh.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(small_school.noor), "reason": "Verhuisd"})
    assert (await head.ok(READ_BOOKING, id=talk.booking))["cancelledAt"] is None
    assert await mails(database, small_school.school, "MEETING_CANCELLED") == {}
