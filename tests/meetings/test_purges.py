"""What is kept of meetings: nothing longer than it is needed, and the shared report with the pupil's file."""

from datetime import datetime
from typing import Any

from models.database import Database
from resolvers.ids import key_of
from schoolplein.app import Application
from tests.clients import AMSTERDAM, Client, Clock
from tests.factories import SmallSchool
from tests.meetings.chores import do
from tests.meetings.documents import CANCEL, READ_TICKET, SHARE_REPORT, WRITE_NOTE
from tests.meetings.planning import booked, seen_by, slot_at, ticket_of

LEFT = """select (select count(*) from meeting_round where id = $1) as rounds,
  (select count(*) from meeting_ticket where round_id = $1) as tickets,
  (select count(*) from meeting_booking where round_id = $1) as bookings,
  (select count(*) from meeting_slot where round_id = $1) as slots,
  (select count(*) from host_window where round_id = $1) as windows,
  (select count(*) from meeting_note n join meeting_ticket t on t.id = n.ticket_id where t.round_id = $1) as notes,
  (select count(*) from engagement e join meeting_booking b on b.id = e.booking_id where b.round_id = $1) as engaged"""


async def _left(database: Database, round_: dict[str, Any]) -> dict[str, int]:
    (row,) = await database.fetch(LEFT, (key_of("round", round_["id"]),))
    return dict(row)


async def test_a_private_note_is_gone_six_weeks_after_the_round_and_the_report_stays(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, teacher: Client, app: Application, clock: Clock
) -> None:
    ticket = ticket_of(await seen_by(parent, round_), small_school.noor)
    await teacher.ok(WRITE_NOTE, input={"ticketId": ticket, "text": "Nog eens bellen"})
    await teacher.ok(SHARE_REPORT, input={"ticketId": ticket, "text": "Het gaat goed."})
    note = READ_TICKET.replace("freeSlots", "privateNote report { text } freeSlots")

    clock.stand_at(datetime(2026, 11, 3, 14, 59, tzinfo=AMSTERDAM))  # the clocks went back meanwhile
    await do(app, "purge_meeting_notes")
    before = (await teacher.ok(note, id=ticket))["privateNote"]
    clock.stand_at(datetime(2026, 11, 3, 15, 1, tzinfo=AMSTERDAM))
    await do(app, "purge_meeting_notes")
    after = await teacher.ok(note, id=ticket)

    assert (before, after["privateNote"], after["report"]["text"]) == ("Nog eens bellen", None, "Het gaat goed.")


async def test_a_round_is_forgotten_four_weeks_after_its_school_year(
    small_school: SmallSchool,
    round_: dict[str, Any],
    parent: Client,
    classmates_parent: Client,
    teacher: Client,
    database: Database,
    app: Application,
    clock: Clock,
) -> None:
    mine, theirs = await seen_by(parent, round_), await seen_by(classmates_parent, round_)
    talk = await booked(parent, ticket_of(mine, small_school.noor), slot_at(mine, "14:30"))
    await booked(classmates_parent, ticket_of(theirs, small_school.sam), slot_at(theirs, "14:40"))
    await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    await teacher.ok(WRITE_NOTE, input={"ticketId": talk["ticket"]["id"], "text": "Nog eens bellen"})

    clock.stand_at(datetime(2027, 8, 28, 23, 59, tzinfo=AMSTERDAM))
    await do(app, "purge_meetings")
    assert (await _left(database, round_))["bookings"] == 2
    clock.stand_at(datetime(2027, 8, 29, 0, 1, tzinfo=AMSTERDAM))
    await do(app, "purge_meetings")

    assert set((await _left(database, round_)).values()) == {0}


async def test_of_a_forgotten_round_the_shared_report_stays_with_the_child(
    small_school: SmallSchool,
    round_: dict[str, Any],
    parent: Client,
    teacher: Client,
    database: Database,
    app: Application,
    clock: Clock,
) -> None:
    mine = await seen_by(parent, round_)
    ticket = ticket_of(mine, small_school.noor)
    await booked(parent, ticket, slot_at(mine, "14:30"))
    await teacher.ok(SHARE_REPORT, input={"ticketId": ticket, "text": "Het gaat goed."})
    clock.stand_at(datetime(2027, 9, 1, tzinfo=AMSTERDAM))

    for _ in range(2):
        await do(app, "purge_meetings")

    left = await _left(database, round_)
    assert left == dict.fromkeys(left, 0) | {"rounds": 1, "tickets": 1}
    read = await parent.ok("query($id: ID!) { node(id: $id) { ... on MeetingTicket { report { text } } } }", id=ticket)
    assert read["report"]["text"] == "Het gaat goed."
