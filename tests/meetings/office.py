"""What the school's side asks and sees in these tests, beside what families do; and what stands in the tables then."""

from datetime import date, datetime
from typing import Any

import models
from models.database import Database
from tests.api.documents import mutation, node
from tests.clients import Client
from tests.factories import SmallSchool, id_of
from tests.meetings.documents import CHANGE_WINDOW, MARK_TICKETS, TICKET, WITHDRAW_DAY
from tests.meetings.planning import DAY, at

TALK = (
    "id startsAt endsAt topics bookedBy { name } ticket { id needsInterpreter pupil { givenName } guardians { name } }"
)
_WINDOW = (
    f"id startsAt endsAt room hosts {{ name }} groups {{ name }} misfits {{ {TALK} }} breaks {{ startsAt endsAt }}"
)
PLANNED = f"""id title text state opensAt closesAt endsAt viewerMayPlan
  windows {{ {_WINDOW} }} pupilsWithoutTicket {{ givenName }}"""
READ_PLAN = node("MeetingRound", PLANNED)
READ_MARKS = node("MeetingTicket", f"{TICKET} askedToCome needsInterpreter needsAccess hasPriority")
READ_TALK = node("MeetingBooking", f"{TALK} cancelledAt slot {{ id state room hosts {{ name }} }}")
READ_NOTES = node("MeetingTicket", "state privateNote report { id text editedAt author { name } }")
READ_REPORT = node("MeetingReport", "text author { name } ticket { id }")
READ_PUPIL = node("MeetingTicket", "pupil { givenName familyName birthDate } guardians { name email }")
UPDATE = mutation("updateMeetingRound", "round { title text state opensAt closesAt changeUntilHours }")
HOSTED = f"query($on: Date!) {{ viewer {{ hostedSlots(on: $on) {{ id state startsAt booking {{ {TALK} }} }} }} }}"

THE_DAY = DAY.date()


def clock_of(moment: str) -> str:
    """What the clock on the wall says at a moment of an answer: '14:30'."""
    return datetime.fromisoformat(moment).astimezone(DAY.tzinfo).strftime("%H:%M")


def times(slots: list[dict[str, Any]]) -> list[str]:
    """When slots begin, by the clock on the wall."""
    return [clock_of(slot["startsAt"]) for slot in slots]


def window_of(seen: dict[str, Any], host: models.Person) -> str:
    """The only window of a host."""
    (window,) = [window for window in seen["windows"] if host.name in [one["name"] for one in window["hosts"]]]
    return window["id"]


async def planned(somebody: Client, round_: dict[str, Any]) -> dict[str, Any]:
    """The round as who plans it sees it now."""
    return await somebody.ok(READ_PLAN, id=round_["id"])


def moved(window_id: str, begin: str | None = None, end: str | None = None, **more: Any) -> dict[str, Any]:
    """The input that changes a window."""
    told = {"from": begin and at(begin).isoformat(), "to": end and at(end).isoformat()}
    return {"windowId": window_id, **{name: value for name, value in told.items() if value}, **more}


async def change(somebody: Client, window_id: str, *span: str, **more: Any) -> dict[str, Any]:
    """Change a window, and answer it."""
    return (await somebody.ok(CHANGE_WINDOW, input=moved(window_id, *span, **more)))["window"]


async def mark(somebody: Client, *ticket_ids: str, **marks: bool) -> list[dict[str, Any]]:
    """Mark tickets, and answer them."""
    return (await somebody.ok(MARK_TICKETS, input={"ticketIds": list(ticket_ids), **marks}))["tickets"]


def day_off(town: SmallSchool, host: models.Person, day: date = THE_DAY) -> dict[str, Any]:
    """The input that takes a host out of a day."""
    return {"schoolId": id_of(town.school), "hostId": id_of(host), "date": day.isoformat()}


async def withdraw(somebody: Client, town: SmallSchool, host: models.Person) -> list[str]:
    """Take a host out of the day of the talks, and answer the rounds."""
    return [one["id"] for one in (await somebody.ok(WITHDRAW_DAY, input=day_off(town, host)))["rounds"]]


async def mailed(database: Database, town: SmallSchool, kind: models.MailKind) -> list[str]:
    """Whom mails of a kind were posted to, each as often as they get one, in the order of their addresses."""
    statement = "select recipient from mail where school_id = $1 and kind = $2 order by recipient"
    return [row[0] for row in await database.fetch(statement, (town.school.id, kind.value))]


async def sequence_of(database: Database, town: SmallSchool, pupil: models.Pupil) -> list[int]:
    """How often what calendars say of the talks about a pupil has changed, the oldest talk first."""
    statement = "select sequence from meeting_booking where school_id = $1 and pupil_id = $2 order by booked_at, id"
    return [row[0] for row in await database.fetch(statement, (town.school.id, pupil.id))]
