"""Who comes together: all guardians who are told everything, or in the parties the school has made of them (f4)."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models import InformationRight, Membership
from models.database import Database
from tests.admissions import CODE, invite, secret_of
from tests.api.admitting import CONFIRM_CHILD
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool, founding, guardian, id_of, sign_in_token
from tests.meetings.documents import ADD_TICKETS, BOOK, READ_BOOKING, READ_TICKET, RECORD, SEPARATE
from tests.meetings.families import anew, child_of, mails, parent_of, set_apart, tickets_of
from tests.meetings.planning import announced, at, booked, free, seen_by, slot_at, ticket_of, wish

EXISTS = "query($id: ID!) { node(id: $id) { id } }"


async def comers(head: Client, round_: dict[str, Any], pupil: models.Pupil) -> list[list[str]]:
    """Who comes to each of the tickets about a pupil that stand."""
    tickets = await tickets_of(head, round_, pupil)
    stand = [ticket for ticket, state in tickets.items() if state != "CANCELLED"]
    told = [(await head.ok(READ_TICKET, id=ticket))["guardians"] for ticket in stand]
    return sorted(sorted(person["name"] for person in people) for people in told)


@pytest.fixture
async def apart(small_school: SmallSchool, head: Client, database: Database, clients: Clients) -> tuple[Any, Client]:
    """The father of Noor, whom the school has set apart from her mother."""
    father, fathers = await parent_of(database, clients, small_school.noor, name="Deniz Yilmaz")
    await set_apart(head, small_school.noor, [small_school.guardian], [father])
    return father, fathers


# ------------------------------------------------------------------------------------------------ together


async def test_all_guardians_come_together(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor, name="Deniz Yilmaz")
    round_ = await announced(head, small_school)

    assert await comers(head, round_, small_school.noor) == [["Deniz Yilmaz", "Esra Yilmaz"]]
    assert await tickets_of(parent, round_, small_school.noor) == await tickets_of(fathers, round_, small_school.noor)
    invited = await mails(database, small_school.school, "MEETING_INVITED")
    assert (invited[father.email], invited[small_school.guardian.email]) == (1, 1)


@pytest.mark.parametrize("right", [InformationRight.ON_REQUEST, InformationRight.NONE, InformationRight.PENDING])
async def test_who_is_not_told_everything_is_not_invited(
    small_school: SmallSchool, head: Client, database: Database, clients: Clients, right: InformationRight
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor, information_right=right)
    round_ = await announced(head, small_school)

    assert await comers(head, round_, small_school.noor) == [["Esra Yilmaz"]]
    assert (await fathers.ask(EXISTS, id=round_["id"])).data == {"node": None}
    assert father.email not in await mails(database, small_school.school, "MEETING_INVITED")


@pytest.mark.parametrize("why", ["blocked", "ended", "not yet"])
async def test_who_has_no_access_now_is_not_invited(
    small_school: SmallSchool, head: Client, database: Database, why: str
) -> None:
    later, before = BEFORE_SCHOOL + timedelta(days=1), BEFORE_SCHOOL - timedelta(seconds=1)
    async with founding(database) as facts:
        more = {"ended": {"ended_at": before}, "not yet": {"since": later}, "blocked": {}}[why]
        father = guardian(facts, small_school.noor, name="Deniz Yilmaz", **more)
        if why == "blocked":
            facts.newest(Membership).blocked_at = before
    round_ = await announced(head, small_school)

    assert await comers(head, round_, small_school.noor) == [["Esra Yilmaz"]]
    assert father.email not in await mails(database, small_school.school, "MEETING_INVITED")


async def test_a_guardian_who_is_let_in_during_the_round_comes_too(
    small_school: SmallSchool, head: Client, parent: Client, other_parent: Client, database: Database
) -> None:
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, small_school.noor)
    talk = await booked(parent, ticket, free(mine)[0]["id"])
    let_in = small_school.other_groups_guardian
    async with founding(database) as facts:
        invite(facts, small_school.noor, small_school.admin, to=let_in)

    await other_parent.ok(CONFIRM_CHILD, input={"token": secret_of(let_in), "code": CODE})

    await head.ask(ADD_TICKETS, input={"roundId": round_["id"]})
    assert await comers(head, round_, small_school.noor) == [["Amal Haddad", "Esra Yilmaz"]]
    assert (await other_parent.ok(READ_BOOKING, id=talk["id"]))["id"] == talk["id"]


# ------------------------------------------------------------------------------------------------ apart


async def test_each_party_has_a_ticket_of_its_own(
    small_school: SmallSchool, head: Client, parent: Client, teacher: Client, apart: tuple[Any, Client]
) -> None:
    round_ = await announced(head, small_school)
    hers = await tickets_of(parent, round_, small_school.noor)
    his = await tickets_of(apart[1], round_, small_school.noor)

    assert (len(hers), len(his), hers.keys() & his.keys()) == (1, 1, set())
    for school in (head, teacher):
        assert await tickets_of(school, round_, small_school.noor) == hers | his
    assert await comers(head, round_, small_school.noor) == [["Deniz Yilmaz"], ["Esra Yilmaz"]]


async def test_a_party_of_two_comes_together(
    small_school: SmallSchool, head: Client, database: Database, clients: Clients
) -> None:
    father, _ = await parent_of(database, clients, small_school.noor, name="Deniz Yilmaz")
    partner, _ = await parent_of(database, clients, small_school.noor, name="Kim Bos")
    await set_apart(head, small_school.noor, [small_school.guardian], [father, partner])
    round_ = await announced(head, small_school)
    assert await comers(head, round_, small_school.noor) == [["Deniz Yilmaz", "Kim Bos"], ["Esra Yilmaz"]]


@pytest.mark.usefixtures("apart")
async def test_who_becomes_a_guardian_later_joins_neither_party(
    small_school: SmallSchool, head: Client, database: Database, clients: Clients
) -> None:
    _, theirs = await parent_of(database, clients, small_school.noor, name="Kim Bos")
    round_ = await announced(head, small_school)

    assert await comers(head, round_, small_school.noor) == [["Deniz Yilmaz"], ["Esra Yilmaz"], ["Kim Bos"]]
    assert len(await tickets_of(theirs, round_, small_school.noor)) == 1


async def test_parties_are_per_pupil(
    small_school: SmallSchool, head: Client, database: Database, apart: tuple[Any, Client]
) -> None:
    lot = await child_of(database, small_school.other_group, "Lot", small_school.guardian, apart[0])
    round_ = await announced(head, small_school)
    assert await comers(head, round_, lot) == [["Deniz Yilmaz", "Esra Yilmaz"]]
    assert await comers(head, round_, small_school.noor) == [["Deniz Yilmaz"], ["Esra Yilmaz"]]


async def test_setting_apart_cancels_the_common_talk_and_invites_anew(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, clients: Clients
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor, name="Deniz Yilmaz")
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    common, slot = ticket_of(mine, small_school.noor), slot_at(mine, "14:30")
    talk = await booked(parent, common, slot)

    await set_apart(head, small_school.noor, [small_school.guardian], [father])

    both = {small_school.guardian.email: 1, father.email: 1}
    assert await mails(database, small_school.school, "MEETING_CANCELLED") == both
    invited = await mails(database, small_school.school, "MEETING_INVITED")
    assert (invited[father.email], invited[small_school.guardian.email]) == (2, 2)
    for somebody in (parent, fathers):
        assert list((await tickets_of(somebody, round_, small_school.noor)).values()) == ["INVITED"]
        for key in (common, talk["id"]):
            assert (await somebody.ask(EXISTS, id=key)).data == {"node": None}
    (hers,), (his,) = [await tickets_of(one, round_, small_school.noor) for one in (parent, fathers)]
    assert await booked(fathers, his, slot)
    assert await booked(parent, hers, slot_at(mine, "15:30"))


async def test_back_together_again(
    small_school: SmallSchool, head: Client, parent: Client, database: Database, apart: tuple[Any, Client]
) -> None:
    father, fathers = apart
    round_ = await announced(head, small_school)
    mine = await seen_by(parent, round_)
    (his,) = await tickets_of(fathers, round_, small_school.noor)
    await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))
    await booked(fathers, his, slot_at(mine, "15:30"))

    await set_apart(head, small_school.noor)

    assert await comers(head, round_, small_school.noor) == [["Deniz Yilmaz", "Esra Yilmaz"]]
    both = {small_school.guardian.email: 1, father.email: 1}
    assert await mails(database, small_school.school, "MEETING_CANCELLED") == both
    ticket = ticket_of(await seen_by(parent, round_), small_school.noor)
    await booked(fathers, ticket, slot_at(mine, "14:30"))
    assert await parent.refused(BOOK, input=wish((ticket, slot_at(mine, "15:30")))) == ["TICKET_ALREADY_BOOKED"]


async def test_whose_talk_is_over_does_not_cost_the_other_party_its_invitation(
    small_school: SmallSchool,
    head: Client,
    parent: Client,
    teacher: Client,
    clock: Clock,
    clients: Clients,
    database: Database,
    apart: tuple[Any, Client],
) -> None:
    father, fathers = apart
    round_ = await announced(head, small_school, closesAt=at("16:00"))
    mine = await seen_by(parent, round_)
    talk = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:00"))
    clock.stand_at(at("14:30"))
    await teacher.ok(RECORD, input={"bookingId": talk["id"], "came": True})
    partner, _ = await parent_of(database, clients, small_school.noor, name="Kim Bos")

    fresh = await anew(database, clients, clock, small_school.admin)
    await set_apart(fresh, small_school.noor, [small_school.guardian], [father, partner])

    assert await comers(head, round_, small_school.noor) == [["Deniz Yilmaz", "Kim Bos"], ["Esra Yilmaz"]]
    (his,) = await tickets_of(fathers, round_, small_school.noor)
    assert await booked(fathers, his, slot_at(mine, "15:30"))


async def test_only_the_administration_sets_apart_and_only_the_guardians_of_the_child(
    small_school: SmallSchool, head: Client, parent: Client, teacher: Client, database: Database, clients: Clients
) -> None:
    father, fathers = await parent_of(database, clients, small_school.noor)
    async with founding(database) as facts:
        since = BEFORE_SCHOOL - timedelta(minutes=11)
        stale = clients(sign_in_token(facts, small_school.admin, since=since))
    hers, his, strange = ([id_of(one)] for one in (small_school.guardian, father, small_school.classmates_guardian))

    def asked(*parties: list[str]) -> dict[str, Any]:
        given = [{"guardianIds": party} for party in parties]
        return {"pupilId": id_of(small_school.noor), "parties": given, "basis": "Op verzoek"}

    for somebody, code in (
        (parent, "FORBIDDEN"),
        (fathers, "FORBIDDEN"),
        (teacher, "FORBIDDEN"),
        (stale, "REAUTHENTICATION_REQUIRED"),
    ):
        assert await somebody.refused(SEPARATE, input=asked(hers, his)) == [code]
    assert await head.refused(SEPARATE, input=asked(hers, strange)) == ["NOT_FOUND"]
    assert await head.refused(SEPARATE, input=asked(hers, hers + his)) == ["INVALID"]
    assert await head.refused(SEPARATE, input={**asked(hers, his), "basis": " "}) == ["REQUIRED"]
    assert await head.ok(SEPARATE, input=asked(hers, his))
