"""A host is ill, or somebody else comes: talks are cancelled or go on, and families are told at once (f4)."""

from datetime import timedelta
from typing import Any

import pytest

import models
from models import MailKind
from models.database import Database
from tests.clients import Client, Clients
from tests.factories import SmallSchool, enrol, founding, guardian, id_of, sign_in_token, staff
from tests.meetings.documents import BOOK, MOVE, READ_BOOKING, REPLACE_HOST, WITHDRAW_DAY
from tests.meetings.office import HOSTED, READ_MARKS, READ_TALK, THE_DAY, day_off, mailed, sequence_of, times, withdraw
from tests.meetings.planning import DAY, announced, booked, seen_by, slot_at, ticket_of, window, wish

Round = dict[str, Any]


@pytest.fixture
async def specialist(small_school: SmallSchool, database: Database) -> models.Person:
    """Somebody who works at the school and teaches no group."""
    async with founding(database) as facts:
        return staff(facts, small_school.school, name="Fatma Kaya")


async def talk_of(somebody: Client, round_: Round, pupil: models.Pupil, clock: str) -> dict[str, Any]:
    """Book the talk about a pupil, at a time in the first window that is seen."""
    seen = await seen_by(somebody, round_)
    return await booked(somebody, ticket_of(seen, pupil), slot_at(seen, clock))


# ------------------------------------------------------------------------------------------------ ill


async def test_the_talks_of_a_host_who_is_ill_are_cancelled_and_their_families_invited_anew_with_priority(
    small_school: SmallSchool, round_: Round, head: Client, teacher: Client, parent: Client, other_parent: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    talk = await talk_of(parent, round_, town.noor, "14:00")
    other = await talk_of(other_parent, round_, town.lina, "14:00")

    assert await withdraw(teacher, town, town.teacher) == [round_["id"]]

    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["cancelledAt"] is not None
    ticket = await parent.ok(READ_MARKS, id=talk["ticket"]["id"])
    assert (ticket["state"], ticket["booking"], ticket["hasPriority"]) == ("INVITED", None, True)
    assert await mailed(database, town, MailKind.MEETING_CANCELLED) == [town.guardian.email]
    assert await sequence_of(database, town, town.noor) == [1]
    assert (await seen_by(parent, round_))["slots"] == []
    assert (await other_parent.ok(READ_BOOKING, id=other["id"]))["cancelledAt"] is None
    assert {slot["hosts"][0]["name"] for slot in (await seen_by(head, round_))["slots"]} == {"Bram Mulder"}
    classmate = [one for one in (await seen_by(head, round_))["tickets"] if one["pupil"]["givenName"] == "Sam"]
    assert not (await head.ok(READ_MARKS, id=classmate[0]["id"]))["hasPriority"]


async def test_the_talks_of_brothers_and_sisters_with_other_hosts_stay(
    small_school: SmallSchool, head: Client, parent: Client, teacher: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        mila = enrol(facts, town.other_group, given_name="Mila")
        guardian(facts, mila, somebody=town.guardian)
    round_ = await announced(head, town)
    seen = await seen_by(parent, round_)
    slots = slot_at(seen, "14:00", town.teacher), slot_at(seen, "14:20", town.other_teacher)
    pairs = zip((ticket_of(seen, town.noor), ticket_of(seen, mila)), slots, strict=True)
    await parent.ok(BOOK, input=wish(*pairs))

    await withdraw(teacher, town, town.teacher)

    states = {one["pupil"]["givenName"]: one["state"] for one in (await seen_by(parent, round_))["tickets"]}
    assert states == {"Noor": "INVITED", "Mila": "BOOKED"}


async def test_with_a_second_host_the_talks_go_on_without_the_first(
    small_school: SmallSchool, specialist: models.Person, head: Client, teacher: Client, parent: Client,
    classmates_parent: Client, database: Database,
) -> None:  # fmt: skip
    town = small_school
    round_ = await announced(head, town, groups=[town.group], windows=[window(town.teacher, specialist)])
    talk = await talk_of(parent, round_, town.noor, "14:00")

    await withdraw(teacher, town, town.teacher)

    standing = await parent.ok(READ_TALK, id=talk["id"])
    assert (standing["cancelledAt"], standing["startsAt"]) == (None, talk["startsAt"])
    assert [host["name"] for host in standing["slot"]["hosts"]] == ["Fatma Kaya"]
    assert await mailed(database, town, MailKind.MEETING_CHANGED) == [town.guardian.email]
    assert await mailed(database, town, MailKind.MEETING_CANCELLED) == []
    assert await sequence_of(database, town, town.noor) == [1]
    assert (await teacher.ok(HOSTED, on=str(THE_DAY)))["hostedSlots"] == []
    await talk_of(classmates_parent, round_, town.sam, "14:10")

    await withdraw(head, town, specialist)

    assert len(await mailed(database, town, MailKind.MEETING_CANCELLED)) == 2
    assert (await seen_by(parent, round_))["slots"] == []


async def test_a_day_is_off_in_all_rounds_and_the_days_around_it_are_not(
    small_school: SmallSchool, head: Client, teacher: Client
) -> None:
    """The window in the night begins while it is still the day before in London."""
    town, night = small_school, DAY + timedelta(days=1)
    days = [window(town.teacher, begin="22:00", end="23:00", day=day) for day in (DAY - timedelta(days=1), DAY)]
    days.append(window(town.teacher, begin="00:30", end="01:30", day=night))
    rounds = [
        await announced(head, town, groups=[town.group], windows=days),
        await announced(head, town, groups=[town.group], windows=[window(town.teacher)]),
        await announced(head, town, groups=[town.group], windows=days[2:]),
    ]

    assert sorted(await withdraw(teacher, town, town.teacher)) == sorted(one["id"] for one in rounds[:2])

    left = [{slot["startsAt"][:10] for slot in (await seen_by(teacher, one))["slots"]} for one in rounds]
    assert left == [{"2026-09-21", "2026-09-22"}, set(), {"2026-09-22"}]  # in UTC: the night is that of the 23rd
    assert await teacher.refused(WITHDRAW_DAY, input=day_off(town, town.teacher)) == ["INVALID"]


async def test_hosts_take_themselves_out_and_the_administration_anybody(
    small_school: SmallSchool, round_: Round, clients: Clients, head: Client, teacher: Client, parent: Client
) -> None:
    town = small_school
    for somebody in (teacher, parent):
        wanted = day_off(town, town.other_teacher)
        assert await somebody.refused(WITHDRAW_DAY, input=wanted) == ["FORBIDDEN"]
    assert await head.refused(WITHDRAW_DAY, input=day_off(town, town.guardian)) == ["INVALID"]
    assert len((await seen_by(head, round_))["slots"]) == 24

    await withdraw(head, town, town.other_teacher)
    await withdraw(teacher, town, town.teacher)
    assert (await seen_by(head, round_))["slots"] == []


# ------------------------------------------------------------------------------------------------ replaced


def instead(round_: Round, host: models.Person, new: models.Person, **more: Any) -> dict[str, Any]:
    """The input that lets somebody come in place of somebody."""
    return {"roundId": round_["id"], "hostId": id_of(host), "newHostId": id_of(new), **more}


async def test_somebody_else_hosts_at_the_same_times_and_families_are_told(
    small_school: SmallSchool, round_: Round, specialist: models.Person, clients: Clients, head: Client,
    teacher: Client, parent: Client, database: Database,
) -> None:  # fmt: skip
    town = small_school
    talk = await talk_of(parent, round_, town.noor, "14:00")
    before = (await seen_by(parent, round_))["slots"]

    await head.ok(REPLACE_HOST, input=instead(round_, town.teacher, specialist))

    after = (await seen_by(parent, round_))["slots"]
    assert [slot["hosts"] for slot in after] == [[{"name": "Fatma Kaya"}]] * 12
    assert [one | {"hosts": None} for one in after] == [one | {"hosts": None} for one in before]
    assert (await parent.ok(READ_BOOKING, id=talk["id"]))["cancelledAt"] is None
    assert await mailed(database, town, MailKind.MEETING_CHANGED) == [town.guardian.email]
    assert await sequence_of(database, town, town.noor) == [1]
    async with founding(database) as facts:
        new = clients(sign_in_token(facts, specialist))
    hosted = (await new.ok(HOSTED, on=str(THE_DAY)))["hostedSlots"]
    assert [slot["booking"]["id"] for slot in hosted if slot["booking"]] == [talk["id"]]
    assert (await teacher.ok(HOSTED, on=str(THE_DAY)))["hostedSlots"] == []


async def test_a_host_is_replaced_on_one_day_or_on_all_that_come(
    small_school: SmallSchool, specialist: models.Person, head: Client
) -> None:
    town = small_school
    days = [window(town.teacher, end="14:10", day=DAY + timedelta(days=ahead)) for ahead in (0, 1, 2)]
    round_ = await announced(head, town, groups=[town.group], windows=days)

    async def hosts() -> list[str]:
        return [slot["hosts"][0]["name"] for slot in (await seen_by(head, round_))["slots"]]

    await head.ok(REPLACE_HOST, input=instead(round_, town.teacher, specialist, date="2026-09-23"))
    assert await hosts() == ["Joke Smit", "Fatma Kaya", "Joke Smit"]
    await head.ok(REPLACE_HOST, input=instead(round_, town.teacher, specialist))
    assert await hosts() == ["Fatma Kaya"] * 3
    assert await head.refused(REPLACE_HOST, input=instead(round_, town.teacher, specialist)) == ["INVALID"]


async def test_who_is_in_a_talk_or_a_window_then_does_not_come_instead(
    small_school: SmallSchool, round_: Round, specialist: models.Person, head: Client, parent: Client,
    other_parent: Client, database: Database,
) -> None:  # fmt: skip
    town = small_school
    other = await announced(head, town, groups=[town.other_group], windows=[window(specialist)])
    await talk_of(parent, round_, town.noor, "14:00")
    theirs = await talk_of(other_parent, other, town.lina, "14:00")
    wanted = instead(round_, town.teacher, specialist)

    assert await head.refused(REPLACE_HOST, input=wanted) == ["SLOT_TAKEN"]
    assert await head.refused(REPLACE_HOST, input=instead(round_, town.teacher, town.other_teacher)) == [
        "INVALID_RANGE"
    ]
    assert {slot["hosts"][0]["name"] for slot in (await seen_by(parent, round_))["slots"]} == {"Joke Smit"}
    assert await mailed(database, town, MailKind.MEETING_CHANGED) == []

    moved = slot_at(await seen_by(other_parent, other), "14:10")
    await other_parent.ok(MOVE, input={"bookingId": theirs["id"], "slotId": moved})
    await head.ok(REPLACE_HOST, input=wanted)


async def test_the_administration_replaces_hosts_by_others_of_the_school(
    small_school: SmallSchool, specialist: models.Person, head: Client, teacher: Client, parent: Client
) -> None:
    town = small_school
    round_ = await announced(head, town, groups=[town.group], windows=[window(town.teacher)])
    wanted = instead(round_, town.teacher, specialist)

    for somebody in (teacher, parent):
        assert await somebody.refused(REPLACE_HOST, input=wanted) == ["FORBIDDEN"]
    assert await head.refused(REPLACE_HOST, input=instead(round_, town.teacher, town.guardian)) == ["NOT_FOUND"]
    await head.ok(REPLACE_HOST, input=wanted)
    assert times((await seen_by(parent, round_))["slots"])[0] == "14:00"
