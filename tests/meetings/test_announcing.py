"""A draft is the school's alone; announced once there is room for everybody, and then families are invited (f4)."""

from datetime import timedelta
from typing import Any

from models import InformationRight, MailKind
from models.database import Database
from tests.api.documents import ANYTHING
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool, enrol, founding, guardian, id_of, sign_in_token, staff, teach
from tests.meetings.documents import ANNOUNCE_ROUND, BOOK, CANCEL_SLOT, MY_ROUNDS, READ_ROUND
from tests.meetings.office import mailed, mark
from tests.meetings.planning import booked, free, plan, seen_by, slot_at, ticket_of, window, wish

Round = dict[str, Any]


def this(round_: Round, **more: Any) -> dict[str, Any]:
    """The input that announces a round."""
    return {"roundId": round_["id"], **more}


async def missing(somebody: Client, round_: Round) -> int:
    """How many slots a round is short of, as it is told to who would announce it."""
    answered = await somebody.ask(ANNOUNCE_ROUND, input=this(round_))
    (error,) = answered.errors
    assert (error["code"], error["path"]) == ("CAPACITY_SHORT", ["input", "roundId"])
    assert (await somebody.ok(READ_ROUND, id=round_["id"]))["state"] == "DRAFT"
    return error["missing"]


# ------------------------------------------------------------------------------------------------ a draft


async def test_a_draft_is_not_there_for_its_families_until_it_is_announced(
    small_school: SmallSchool, head: Client, parent: Client
) -> None:
    town = small_school
    draft = await plan(head, town)
    ticket, slot = ticket_of(draft, town.noor), slot_at(draft, "14:00", town.teacher)

    for id_ in (draft["id"], ticket, slot):
        assert await parent.ok(ANYTHING, id=id_) is None
    assert (await parent.ok(MY_ROUNDS))["meetingRounds"] == []
    assert await parent.refused(BOOK, input=wish((ticket, slot))) == ["NOT_FOUND"]

    await head.ok(ANNOUNCE_ROUND, input=this(draft))

    for id_ in (draft["id"], ticket, slot):
        assert (await parent.ok(ANYTHING, id=id_))["id"] == id_
    assert [one["id"] for one in (await parent.ok(MY_ROUNDS))["meetingRounds"]] == [draft["id"]]
    await booked(parent, ticket, slot)


async def test_a_draft_is_there_for_who_teaches_hosts_or_administers(
    small_school: SmallSchool, head: Client, teacher: Client, other_teacher: Client, clients: Clients,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    async with founding(database) as facts:
        specialist, idle = staff(facts, town.school, name="Fatma Kaya"), staff(facts, town.school, name="Piet Bos")
        hosting, elsewhere = clients(sign_in_token(facts, specialist)), clients(sign_in_token(facts, idle))

    draft = await plan(head, town, groups=[town.group], windows=[window(town.teacher), window(specialist)])

    for somebody in (head, teacher, hosting):
        assert (await seen_by(somebody, draft))["state"] == "DRAFT"
    for somebody in (other_teacher, elsewhere):
        assert await somebody.ok(ANYTHING, id=draft["id"]) is None


async def test_nobody_books_in_a_draft_not_even_the_school(small_school: SmallSchool, head: Client) -> None:
    town = small_school
    draft = await plan(head, town)
    wanted = wish((ticket_of(draft, town.noor), slot_at(draft, "14:00", town.teacher)))

    assert await head.refused(BOOK, input=wanted) == ["ROUND_NOT_OPEN"]
    await head.ok(ANNOUNCE_ROUND, input=this(draft))
    await head.ok(BOOK, input=wanted)


# ------------------------------------------------------------------------------------------------ who, and when


async def test_who_teaches_all_of_its_groups_announces_a_round_and_who_teaches_one_of_them_does_not(
    small_school: SmallSchool, head: Client, teacher: Client, parent: Client, other_teacher: Client, database: Database
) -> None:
    town = small_school
    of_both, of_one = await plan(head, town), await plan(head, town, groups=[town.group])

    assert await teacher.refused(ANNOUNCE_ROUND, input=this(of_both)) == ["FORBIDDEN"]
    assert await parent.refused(ANNOUNCE_ROUND, input=this(of_one)) == ["NOT_FOUND"]
    assert (await teacher.ok(ANNOUNCE_ROUND, input=this(of_one)))["round"]["state"] == "OPEN"
    assert await parent.refused(ANNOUNCE_ROUND, input=this(of_one)) == ["FORBIDDEN"]

    async with founding(database) as facts:
        teach(facts, town.other_group, town.teacher)
    await teacher.ok(ANNOUNCE_ROUND, input=this(of_both))


async def test_a_round_is_announced_once(small_school: SmallSchool, head: Client, database: Database) -> None:
    draft = await plan(head, small_school)
    await head.ok(ANNOUNCE_ROUND, input=this(draft))
    invited = await mailed(database, small_school, MailKind.MEETING_INVITED)

    assert await head.refused(ANNOUNCE_ROUND, input=this(draft)) == ["INVALID"]

    assert await mailed(database, small_school, MailKind.MEETING_INVITED) == invited


async def test_a_round_that_is_closed_already_is_not_announced(
    small_school: SmallSchool, head: Client, clock: Clock
) -> None:
    closes = BEFORE_SCHOOL + timedelta(days=2)
    late, in_time = [await plan(head, small_school, closesAt=closes + timedelta(hours=hours)) for hours in (0, 1)]

    clock.stand_at(closes)

    assert await head.refused(ANNOUNCE_ROUND, input=this(late)) == ["INVALID"]
    assert (await head.ok(ANNOUNCE_ROUND, input=this(in_time)))["round"]["state"] == "OPEN"


async def test_a_round_opens_closes_and_is_done_as_time_passes(
    small_school: SmallSchool, head: Client, parent: Client, clock: Clock
) -> None:
    opens, closes = BEFORE_SCHOOL + timedelta(hours=1), BEFORE_SCHOOL + timedelta(days=2)
    draft = await plan(head, small_school, opensAt=opens, closesAt=closes)
    await head.ok(ANNOUNCE_ROUND, input=this(draft))

    seen = []
    for moment in (opens - timedelta(seconds=1), opens, closes - timedelta(seconds=1), closes):
        clock.stand_at(moment)
        mine = await seen_by(parent, draft)
        seen.append((mine["state"], mine["viewerMayBook"]))
    clock.stand_at(BEFORE_SCHOOL + timedelta(days=7, hours=9))

    assert seen == [("ANNOUNCED", False), ("OPEN", True), ("OPEN", True), ("CLOSED", False)]
    assert (await seen_by(parent, draft))["state"] == "DONE"


# ------------------------------------------------------------------------------------------------ room for everybody


async def test_a_round_with_too_little_room_is_announced_only_if_one_insists(
    small_school: SmallSchool, head: Client
) -> None:
    town = small_school
    short = await plan(head, town, groups=[town.group], windows=[window(town.teacher, end="14:10")])
    fitting = await plan(head, town, groups=[town.group], windows=[window(town.teacher, end="14:20")])

    assert await missing(head, short) == 1
    assert (await head.ok(ANNOUNCE_ROUND, input=this(fitting)))["round"]["state"] == "OPEN"
    insisted = await head.ok(ANNOUNCE_ROUND, input=this(short, evenIfCapacityShort=True))
    assert insisted["round"]["state"] == "OPEN"


async def test_a_talk_of_double_length_counts_twice_and_one_that_is_not_needed_not_at_all(
    small_school: SmallSchool, head: Client
) -> None:
    town = small_school
    draft = await plan(head, town, groups=[town.group], windows=[window(town.teacher, end="14:20")])
    noor, sam = ticket_of(draft, town.noor), ticket_of(draft, town.sam)

    await mark(head, noor, sam, doubleLength=True)
    assert await missing(head, draft) == 2
    await mark(head, noor, doubleLength=False)
    assert await missing(head, draft) == 1
    await mark(head, noor, needed=False)
    await head.ok(ANNOUNCE_ROUND, input=this(draft))


async def test_slots_that_are_kept_free_give_no_room(small_school: SmallSchool, head: Client) -> None:
    town = small_school
    draft = await plan(head, town, groups=[town.group], windows=[window(town.teacher, end="14:30")])
    slots = [slot["id"] for slot in draft["slots"]]

    await head.ok(CANCEL_SLOT, input={"slotId": slots[0]})
    roomy = await plan(head, town, groups=[town.group], windows=[window(town.teacher, end="14:20")])
    await head.ok(CANCEL_SLOT, input={"slotId": roomy["slots"][0]["id"]})

    assert await missing(head, roomy) == 1
    await head.ok(ANNOUNCE_ROUND, input=this(draft))


async def test_groups_that_share_a_host_need_room_together(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    """Two families of one group and one of the other: each group by itself would have room."""
    town = small_school
    async with founding(database) as facts:
        specialist = staff(facts, town.school, name="Fatma Kaya")
    own, shared = window(town.teacher, end="14:10"), window(specialist, end="14:10")

    alone = await plan(head, town, windows=[window(specialist, end="14:20")])
    short = await plan(head, town, windows=[own, shared])
    fitting = await plan(head, town, windows=[own, window(specialist, end="14:20")])

    assert await missing(head, alone) == 1
    assert await missing(head, short) == 1
    await head.ok(ANNOUNCE_ROUND, input=this(fitting))


async def test_room_with_one_host_is_no_room_with_another(small_school: SmallSchool, head: Client) -> None:
    town = small_school
    draft = await plan(head, town, windows=[window(town.teacher, end="14:10"), window(town.other_teacher)])

    assert await missing(head, draft) == 1


# ------------------------------------------------------------------------------------------------ the invitations


async def test_every_guardian_who_is_told_everything_is_invited_once_for_each_ticket(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        second = guardian(facts, town.noor, name="Kemal Yilmaz")
        guardian(facts, town.noor, name="Op Verzoek", information_right=InformationRight.ON_REQUEST)
        guardian(facts, town.noor, name="Niets", information_right=InformationRight.NONE)
        enrol(facts, town.group, given_name="Alleen")  # nobody has an account for this child
        mila = enrol(facts, town.other_group, given_name="Mila")
        guardian(facts, mila, somebody=town.guardian)

    draft = await plan(head, town)
    assert await mailed(database, town, MailKind.MEETING_INVITED) == []
    await mark(head, ticket_of(draft, town.lina), needed=False)
    await head.ok(ANNOUNCE_ROUND, input=this(draft))

    invited = [town.guardian, town.guardian, second, town.classmates_guardian]
    assert await mailed(database, town, MailKind.MEETING_INVITED) == sorted(one.email for one in invited)
    seen = await seen_by(head, draft)
    tickets = {one["pupil"]["givenName"]: [who["name"] for who in one["guardians"]] for one in seen["tickets"]}
    assert tickets["Alleen"] == []
    assert sorted(tickets["Noor"]) == ["Esra Yilmaz", "Kemal Yilmaz"]


async def test_who_joins_a_group_before_it_is_announced_is_invited_with_everybody(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    draft = await plan(head, town)
    async with founding(database) as facts:
        newcomer = enrol(facts, town.group, given_name="Nieuw")
        parent = guardian(facts, newcomer, name="Nova Prins")

    await head.ok(ANNOUNCE_ROUND, input=this(draft))

    assert parent.email in await mailed(database, town, MailKind.MEETING_INVITED)
    seen = await seen_by(head, draft)
    assert id_of(newcomer) in [ticket["pupil"]["id"] for ticket in seen["tickets"]]
    assert len(free(seen)) == 24
