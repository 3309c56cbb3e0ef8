"""Rounds as tests plan them: next week, in the afternoon, through the contract as a school does it.

round = await plan(admin, town)                  # a draft: one window of each teacher, on Tuesday 22 September
round = await announced(admin, town)             # the same, open for booking from now on
mine = await seen_by(parent, round)              # the round as somebody sees it: tickets, slots
booking = await booked(parent, mine)             # their only ticket at the first slot that is free
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import models
from tests.clients import AMSTERDAM, BEFORE_SCHOOL, Client
from tests.factories import SmallSchool, id_of
from tests.meetings.documents import ANNOUNCE_ROUND, BOOK, CREATE_ROUND, READ_ROUND

DAY = datetime(2026, 9, 22, tzinfo=AMSTERDAM)
"""A week after the Tuesday on which tests take place."""


def at(clock: str, day: datetime = DAY) -> datetime:
    """A moment of the day of the talks, by the clock on the wall: '14:30'."""
    return datetime.fromisoformat(f"{day.date()}T{clock}").replace(tzinfo=AMSTERDAM)


def window(
    *hosts: models.Person, begin: str = "14:00", end: str = "16:00", day: datetime = DAY, **more: Any
) -> dict[str, Any]:
    """A host window: two hours are twelve slots of ten minutes."""
    told = {"from": at(begin, day).isoformat(), "to": at(end, day).isoformat()}
    return {"hostIds": [id_of(host) for host in hosts], **told, **more}


def pause(begin: str, end: str, day: datetime = DAY) -> dict[str, str]:
    """A break within a window."""
    return {"from": at(begin, day).isoformat(), "to": at(end, day).isoformat()}


def of_round(
    school: models.School, groups: Sequence[models.Group], windows: Sequence[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    """The input of a round: open from now on for five days."""
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in more.items()}
    return {
        "schoolId": id_of(school),
        "kind": "REPORT",
        "title": "Rapportgesprekken",
        "groupIds": [id_of(group) for group in groups],
        "opensAt": (BEFORE_SCHOOL - timedelta(minutes=1)).isoformat(),
        "closesAt": (BEFORE_SCHOOL + timedelta(days=5)).isoformat(),
        "hostWindows": list(windows),
        **told,
    }


async def plan(planner: Client, town: SmallSchool, **more: Any) -> dict[str, Any]:
    """A draft of both groups, or of `groups`, with a window of each teacher, or with `windows`."""
    groups = more.pop("groups", [town.group, town.other_group])
    windows = more.pop("windows", [window(town.teacher, room="A"), window(town.other_teacher, room="B")])
    made = await planner.ok(CREATE_ROUND, input=of_round(town.school, groups, windows, **more))
    return made["round"]


async def announced(planner: Client, town: SmallSchool, **more: Any) -> dict[str, Any]:
    """A round that is announced."""
    round_ = await plan(planner, town, **more)
    await planner.ok(ANNOUNCE_ROUND, input={"roundId": round_["id"], "evenIfCapacityShort": True})
    return round_


async def seen_by(somebody: Client, round_: dict[str, Any]) -> dict[str, Any]:
    """The round as somebody sees it now."""
    return await somebody.ok(READ_ROUND, id=round_["id"])


def ticket_of(seen: dict[str, Any], pupil: models.Pupil) -> str:
    """The only ticket about a pupil."""
    (ticket,) = [ticket for ticket in seen["tickets"] if ticket["pupil"]["id"] == id_of(pupil)]
    return ticket["id"]


def free(seen: dict[str, Any]) -> list[dict[str, Any]]:
    """The slots that are free, in order of time."""
    return [slot for slot in seen["slots"] if slot["state"] == "FREE"]


def slot_at(seen: dict[str, Any], clock: str, host: models.Person | None = None, day: datetime = DAY) -> str:
    """The slot that begins at a time, with a host."""
    moment = at(clock, day)
    (slot,) = [
        slot
        for slot in seen["slots"]
        if datetime.fromisoformat(slot["startsAt"]) == moment
        and (host is None or host.name in [somebody["name"] for somebody in slot["hosts"]])
    ]
    return slot["id"]


def wish(*pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    """The input of a booking: tickets and slots."""
    return {"bookings": [{"ticketId": ticket, "slotId": slot} for ticket, slot in pairs], **more}


async def booked(somebody: Client, ticket_id: str, slot_id: str, **more: Any) -> dict[str, Any]:
    """Book, and answer the one talk."""
    made = await somebody.ok(BOOK, input=wish((ticket_id, slot_id), **more))
    return made["bookings"][0]
