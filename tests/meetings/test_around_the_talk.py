"""After a talk: whether somebody came, what a host keeps for themselves, and what is shared (f4, (d) 16, (d) 17)."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from models import InformationRight
from models.database import Database
from schoolplein.app import Application
from tests.api.documents import ANYTHING
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, founding, guardian, id_of, sign_in_token, staff
from tests.meetings.chores import do
from tests.meetings.documents import (
    BOOK,
    CANCEL,
    DECLINE,
    JOIN_LIST,
    READ_TICKET,
    RECORD,
    SEPARATE,
    SHARE_REPORT,
    WRITE_NOTE,
)
from tests.meetings.office import READ_NOTES, READ_REPORT, mark
from tests.meetings.planning import announced, at, booked, seen_by, slot_at, ticket_of, window, wish

Round = dict[str, Any]
WEEKS = timedelta(weeks=6)


@pytest.fixture
async def round_(small_school: SmallSchool, head: Client) -> Round:
    """A round of both groups that stays open while its talks are held."""
    return await announced(head, small_school, closesAt=at("18:00"))


@pytest.fixture
async def talk(small_school: SmallSchool, round_: Round, parent: Client) -> dict[str, Any]:
    """The talk about Noor, at two."""
    mine = await seen_by(parent, round_)
    return await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:00"))


def came(talk: dict[str, Any], *, came: bool) -> dict[str, Any]:
    """The input that says whether somebody came."""
    return {"bookingId": talk["id"], "came": came}


def about(talk: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The input of something about a talk."""
    return {"ticketId": talk["ticket"]["id"], **more}


async def state(somebody: Client, talk: dict[str, Any]) -> str:
    """What has become of a ticket, as somebody sees it."""
    return (await somebody.ok(READ_TICKET, id=talk["ticket"]["id"]))["state"]


# ------------------------------------------------------------------------------------------------ whether they came


async def test_that_a_talk_was_held_is_seen_by_all_and_that_nobody_came_by_the_school_alone(
    talk: dict[str, Any], head: Client, teacher: Client, parent: Client, clock: Clock
) -> None:
    clock.stand_at(at("14:05"))

    recorded = (await teacher.ok(RECORD, input=came(talk, came=False)))["ticket"]
    assert recorded["state"] == "NO_SHOW"
    assert [await state(somebody, talk) for somebody in (teacher, head, parent)] == ["NO_SHOW", "NO_SHOW", "BOOKED"]

    await head.ok(RECORD, input=came(talk, came=True))
    assert [await state(somebody, talk) for somebody in (teacher, head, parent)] == ["DONE"] * 3


async def test_nothing_is_recorded_before_a_talk_begins(talk: dict[str, Any], teacher: Client, clock: Clock) -> None:
    clock.stand_at(at("14:00") - timedelta(seconds=1))
    for whether in (True, False):
        assert await teacher.refused(RECORD, input=came(talk, came=whether)) == ["INVALID"]
    assert await state(teacher, talk) == "BOOKED"

    clock.stand_at(at("14:00"))
    await teacher.ok(RECORD, input=came(talk, came=True))


async def test_the_schools_side_of_a_talk_records_it_and_nobody_else(
    talk: dict[str, Any], teacher: Client, other_teacher: Client, parent: Client, classmates_parent: Client,
    clock: Clock,
) -> None:  # fmt: skip
    clock.stand_at(at("14:30"))
    wanted = came(talk, came=True)

    assert await parent.refused(RECORD, input=wanted) == ["FORBIDDEN"]
    for somebody in (other_teacher, classmates_parent):
        assert await somebody.refused(RECORD, input=wanted) == ["NOT_FOUND"]
    await teacher.ok(RECORD, input=wanted)


async def test_a_talk_that_was_called_off_was_not_held(
    talk: dict[str, Any], teacher: Client, parent: Client, clock: Clock
) -> None:
    await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    clock.stand_at(at("14:30"))

    assert await teacher.refused(RECORD, input=came(talk, came=True)) == ["INVALID"]


async def test_a_guardian_is_told_the_same_of_a_talk_that_was_missed_as_of_one_that_was_not_recorded(
    small_school: SmallSchool, round_: Round, talk: dict[str, Any], teacher: Client, parent: Client, clock: Clock
) -> None:
    free = slot_at(await seen_by(parent, round_), "15:00")
    clock.stand_at(at("14:30"))

    async def told() -> list[Any]:
        answers = [await parent.ok(READ_TICKET, id=talk["ticket"]["id"]), await seen_by(parent, round_)]
        refusals = [
            await parent.refused(operation, input=wanted)
            for operation, wanted in (
                (BOOK, wish((talk["ticket"]["id"], free))), (CANCEL, {"bookingId": talk["id"]}),
                (DECLINE, about(talk)), (JOIN_LIST, about(talk)),
            )
        ]  # fmt: skip
        return [*answers, *refusals]

    before = await told()
    await teacher.ok(RECORD, input=came(talk, came=False))

    assert await told() == before


async def test_who_did_not_come_is_invited_again(
    round_: Round, talk: dict[str, Any], teacher: Client, parent: Client, clock: Clock
) -> None:
    clock.stand_at(at("14:30"))
    await teacher.ok(RECORD, input=came(talk, came=False))
    wanted = wish((talk["ticket"]["id"], slot_at(await seen_by(parent, round_), "15:00")))
    assert await parent.refused(BOOK, input=wanted) == ["TICKET_ALREADY_BOOKED"]

    [invited] = await mark(teacher, talk["ticket"]["id"], needed=True)

    assert (invited["state"], invited["booking"]) == ("INVITED", None)
    again = (await parent.ok(BOOK, input=wanted))["bookings"][0]
    assert again["id"] != talk["id"]
    assert await state(parent, talk) == "BOOKED"
    clock.stand_at(at("15:05"))
    await teacher.ok(RECORD, input=came(again, came=True))
    assert await state(parent, talk) == "DONE"


# ------------------------------------------------------------------------------------------------ notes


async def test_a_note_is_read_by_who_wrote_it_and_by_nobody_else(
    small_school: SmallSchool, head: Client, clients: Clients, teacher: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        colleague = staff(facts, town.school, name="Fatma Kaya")
        together = clients(sign_in_token(facts, colleague))
    round_ = await announced(head, town, groups=[town.group], windows=[window(town.teacher, colleague)])
    mine = await seen_by(parent, round_)
    talk = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00"))

    async def notes() -> list[str | None]:
        seen = [await one.ok(READ_NOTES, id=talk["ticket"]["id"]) for one in (teacher, together, head, parent)]
        return [one["privateNote"] for one in seen]

    written = (await teacher.ok(WRITE_NOTE, input=about(talk, text="Bril nodig?")))["ticket"]
    assert written["privateNote"] == "Bril nodig?"
    assert await notes() == ["Bril nodig?", None, None, None]
    await together.ok(WRITE_NOTE, input=about(talk, text="Leest graag."))
    await teacher.ok(WRITE_NOTE, input=about(talk, text="Bril is er."))
    assert await notes() == ["Bril is er.", "Leest graag.", None, None]
    await teacher.ok(WRITE_NOTE, input=about(talk, text=""))
    assert await notes() == [None, "Leest graag.", None, None]


async def test_who_is_not_of_the_schools_side_of_a_talk_writes_nothing_about_it(
    talk: dict[str, Any], teacher: Client, other_teacher: Client, parent: Client, classmates_parent: Client
) -> None:
    for operation in (WRITE_NOTE, SHARE_REPORT):
        wanted = about(talk, text="Gaat goed.")
        assert await parent.refused(operation, input=wanted) == ["FORBIDDEN"]
        for somebody in (other_teacher, classmates_parent):
            assert await somebody.refused(operation, input=wanted) == ["NOT_FOUND"]
        await teacher.ok(operation, input=wanted)


async def test_notes_are_gone_six_weeks_after_the_round_and_reports_stay(
    small_school: SmallSchool, talk: dict[str, Any], teacher: Client, parent: Client, clock: Clock, app: Application,
    database: Database,
) -> None:  # fmt: skip
    await teacher.ok(WRITE_NOTE, input=about(talk, text="Bril nodig?"))
    report = (await teacher.ok(SHARE_REPORT, input=about(talk, text="Gaat goed.")))["ticket"]["report"]

    async def kept(moment: timedelta) -> int:
        clock.stand_at(at("16:00").astimezone(UTC) + moment)
        await do(app, "purge_meeting_notes")
        statement = "select 1 from meeting_note where school_id = $1"
        return len(await database.fetch(statement, (small_school.school.id,)))

    assert await kept(WEEKS - timedelta(minutes=1)) == 1
    assert await kept(WEEKS + timedelta(minutes=1)) == 0
    assert (await parent.ok(READ_REPORT, id=report["id"]))["text"] == "Gaat goed."


# ------------------------------------------------------------------------------------------------ reports


async def test_a_report_is_for_all_who_are_told_everything_whether_they_were_in_the_party_or_not(
    small_school: SmallSchool, talk: dict[str, Any], clients: Clients, teacher: Client, parent: Client, head: Client,
    other_teacher: Client, classmates_parent: Client, database: Database,
) -> None:  # fmt: skip
    town = small_school
    async with founding(database) as facts:  # after the tickets were made: they are in no party
        later = [
            clients(sign_in_token(facts, guardian(facts, town.noor, information_right=right)))
            for right in (InformationRight.FULL, InformationRight.ON_REQUEST, InformationRight.NONE)
        ]
    absent, on_request, not_told = later

    told = (await teacher.ok(SHARE_REPORT, input=about(talk, text="Gaat goed.")))["ticket"]["report"]

    for somebody in (parent, teacher, head):
        seen = await somebody.ok(READ_REPORT, id=told["id"])
        assert (seen["text"], seen["author"], seen["ticket"]["id"]) == (
            "Gaat goed.", {"name": "Joke Smit"}, talk["ticket"]["id"]
        )  # fmt: skip
    assert await absent.ok(READ_REPORT, id=told["id"]) == {
        "text": "Gaat goed.", "author": {"name": "Joke Smit"}, "ticket": None
    }  # fmt: skip
    for somebody in (on_request, not_told, other_teacher, classmates_parent):
        assert await somebody.ok(ANYTHING, id=told["id"]) is None


async def test_a_second_report_takes_the_place_of_the_first_and_says_that_it_was_changed(
    talk: dict[str, Any], teacher: Client, head: Client, parent: Client
) -> None:
    first = (await teacher.ok(SHARE_REPORT, input=about(talk, text="Gaat goed.")))["ticket"]["report"]
    assert (await parent.ok(READ_NOTES, id=talk["ticket"]["id"]))["report"]["editedAt"] is None

    second = (await head.ok(SHARE_REPORT, input=about(talk, text="Gaat heel goed.")))["ticket"]["report"]

    seen = (await parent.ok(READ_NOTES, id=talk["ticket"]["id"]))["report"]
    assert (second["id"], seen["text"], seen["editedAt"] is None) == (first["id"], "Gaat heel goed.", False)


async def test_the_report_of_a_talk_apart_is_for_its_own_party(
    small_school: SmallSchool, clients: Clients, head: Client, teacher: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        second = guardian(facts, town.noor, name="Kemal Yilmaz")
        other = clients(sign_in_token(facts, second))
    parties = [{"guardianIds": [id_of(one)]} for one in (town.guardian, second)]
    await head.ok(SEPARATE, input={"pupilId": id_of(town.noor), "parties": parties, "basis": "Beschikking"})
    round_ = await announced(head, town)
    mine = await seen_by(parent, round_)
    talk = await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:00"))

    told = (await teacher.ok(SHARE_REPORT, input=about(talk, text="Gaat goed.")))["ticket"]["report"]

    assert (await parent.ok(READ_REPORT, id=told["id"]))["text"] == "Gaat goed."
    for hidden in (told["id"], talk["id"], talk["ticket"]["id"]):
        assert await other.ok(ANYTHING, id=hidden) is None
    assert (await seen_by(other, round_))["tickets"][0]["id"] != talk["ticket"]["id"]
