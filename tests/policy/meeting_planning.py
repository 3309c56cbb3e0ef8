"""What the school's side does about meetings: it plans rounds, fills agendas, marks tickets: rows MRD and SLT."""

from collections.abc import Callable, Mapping
from typing import Any

import models
from models.database import Database
from tests.clients import BEFORE_SCHOOL
from tests.factories import YESTERDAY, enrol, founding, id_of
from tests.personas import World
from tests.policy.deeds import becomes, does
from tests.policy.meeting_deeds import Given, about_ticket, and_, key, meant
from tests.policy.meeting_facts import OWN, at
from tests.policy.probes import ERRORS, Case, Change, Probe, always, mutation

ALL_ERRORS = ERRORS.replace("path", "path missing")


def _window(host: str, day: int, begin: str, end: str) -> Callable[[World], dict[str, Any]]:
    def window(world: World) -> dict[str, Any]:
        times = {"from": at(day, begin).isoformat(), "to": at(day, end).isoformat()}
        return {"hostIds": [id_of(world.people[host])], "room": "Aula", **times}

    return window


def _who_hosts(payload: Any) -> set[str]:
    return {host["name"] for slot in payload["round"]["slots"] for host in slot["hosts"]}


def _hosts(window: Any) -> tuple[list[str], str]:
    return [host["name"] for host in window["hosts"]], window["room"]


# ------------------------------------------------------------------------------------------------ rounds: MRD

_ROUND = "round { id title state }"
_MEETINGS = "round { id title state slots { id hosts { name } } }"


def _stands(payload: Any) -> tuple[str, str]:
    return payload["round"]["title"], payload["round"]["state"]


def _new_round(host: str) -> Given:
    def given(case: Case) -> Mapping[str, Any]:
        return {
            "schoolId": id_of(case.world.school_a),
            "kind": "REPORT",
            "title": "Rapportgesprekken",
            "groupIds": [id_of(case.world.a1)],
            "opensAt": BEFORE_SCHOOL.isoformat(),
            "closesAt": at(20, "19:00").isoformat(),
            "hostWindows": [_window(host, 29, "14:00", "15:00")(case.world)],
        }

    return given


def _creates(row: str, host: str, **more: Any) -> Change:
    made = becomes(("Rapportgesprekken", "DRAFT"))
    return does(row, "createMeetingRound", _ROUND, _new_round(host), "groupIds", _stands, made, **more)


def _preview(case: Case) -> Mapping[str, Any]:
    window = _window("teacher_of_group", 29, "14:00", "15:05")(case.world)
    return {"schoolId": id_of(case.world.school_a), "hostWindows": [window]}


async def _one_more_pupil(database: Database, world: World) -> None:
    async with founding(database) as facts:
        enrol(facts, world.a1, given_name="Fien", family_name="Kok")


async def _move_pupil(database: Database, world: World) -> None:
    """P is in A2 now, whose families are invited to the second round too."""
    leaves = "update enrolment set ended_at = $1 where pupil_id = $2"
    await database.fetch(leaves, [YESTERDAY, world.own_child.id])
    async with founding(database) as facts:
        enrol(facts, world.a2, world.own_child, since=YESTERDAY)
        round_ = world.meetings.rounds["second"]
        facts.add(models.MeetingRoundGroup(round_id=round_.id, group_id=world.a2.id, school_id=round_.school_id))


_OF_OPEN, _OF_DRAFT = meant(roundId=("rounds", "open")), meant(roundId=("rounds", "draft"))
ROUNDS: tuple[Probe, ...] = (
    _creates("MRD-01", "teacher_of_group"),
    Change(
        row="MRD-01",
        name="announce",
        document=mutation("announceMeetingRound", _ROUND).replace(ERRORS, ALL_ERRORS),
        variables=_OF_DRAFT,
        target=("roundId",),
        shows=_stands,
        allowed=always(("Gesprekken: draft", "ANNOUNCED")),
    ),
    does(
        "MRD-01",
        "updateMeetingRound",
        _ROUND,
        and_(_OF_OPEN, title="Adviesgesprekken"),
        "roundId",
        _stands,
        becomes(("Adviesgesprekken", "OPEN")),
        name="update",
    ),
    does(
        "MRD-01",
        "cancelMeetingRound",
        _ROUND,
        _OF_OPEN,
        "roundId",
        _stands,
        becomes(("Gesprekken: open", "CANCELLED")),
        name="cancel",
    ),
    does(
        "MRD-01",
        "previewMeetingSlots",
        "windows { leftOverMinutes slots { startsAt endsAt } }",
        _preview,
        "schoolId",
        lambda payload: [(len(window["slots"]), window["leftOverMinutes"]) for window in payload["windows"]],
        becomes([(6, 5)]),
        name="preview",
    ),
    does(
        "MRD-01",
        "markMeetingTickets",
        "tickets { id doubleLength askedToCome }",
        lambda case: {"ticketIds": [key(case.world, "tickets", "open", OWN)], "askedToCome": True},
        "ticketIds",
        lambda payload: [ticket["askedToCome"] for ticket in payload["tickets"]],
        becomes([True]),
        name="mark",
    ),
    does(
        "MRD-01",
        "addMeetingTickets",
        "tickets { id pupil { givenName } }",
        _OF_OPEN,
        "roundId",
        lambda payload: [ticket["pupil"]["givenName"] for ticket in payload["tickets"]],
        becomes(["Fien"]),
        name="add-tickets",
        prepare=_one_more_pupil,
    ),
    about_ticket(
        "MRD-01",
        "rehostMeetingTicket",
        ("second", OWN),
        lambda ticket: ticket and ticket["booking"],  # who teaches the former group does not see it any more
        None,
        asks="booking { id }",
        name="rehost",
        prepare=_move_pupil,
    ),
    does(
        "MRD-01",
        "recordMeeting",
        "ticket { id state }",
        and_(meant(bookingId=("bookings", "done", OWN)), came=True),
        "bookingId",
        lambda payload: payload["ticket"]["state"],
        becomes("DONE"),
        name="record",
    ),
    about_ticket(
        "MRD-01",
        "writeMeetingNote",
        ("done", OWN),
        lambda ticket: ticket["privateNote"],
        "Druk gesprek",
        asks="privateNote",
        given={"text": "Druk gesprek"},
        name="note",
    ),
    about_ticket(
        "MRD-01",
        "shareMeetingReport",
        ("done", OWN),
        lambda ticket: ticket["report"]["text"],
        "Het gaat goed.",
        asks="report { text }",
        given={"text": "Het gaat goed."},
        name="report",
    ),
)


# ------------------------------------------------------------------------------------------------ slots: SLT


def _adds_window(row: str, round_: str, host: str, name: str) -> Change:
    window = _window(host, 26, "09:00", "10:00")
    return does(
        row,
        "addHostWindow",
        "window { id room hosts { name } }",
        lambda case: {"roundId": key(case.world, "rounds", round_), "window": window(case.world)},
        "roundId",
        lambda payload: _hosts(payload["window"]),
        becomes(([name], "Aula")),
    )


def _changes_window(row: str, window: str) -> Change:
    return does(
        row,
        "changeHostWindow",
        "window { id room }",
        and_(meant(windowId=("windows", window)), room="Gang"),
        "windowId",
        lambda payload: payload["window"]["room"],
        becomes("Gang"),
        name="change",
    )


def _removes_window(row: str, window: str, *left: str) -> Change:
    """And who hosts in what is left of the round."""
    return does(
        row,
        "removeHostWindow",
        _MEETINGS,
        meant(windowId=("windows", window)),
        "windowId",
        _who_hosts,
        becomes(set(left)),
        name="remove",
    )


def _sets_slot(row: str, operation: str, slot: tuple[str, int], state: str, name: str) -> Change:
    return does(
        row,
        operation,
        "slot { id state }",
        meant(slotId=("slots", *slot)),
        "slotId",
        lambda payload: payload["slot"]["state"],
        becomes(state),
        name=name,
    )


def _withdraws_day(row: str, host: str, day: str, *rounds: str) -> Change:
    return does(
        row,
        "withdrawHostDay",
        "rounds { id }",
        lambda case: {"schoolId": id_of(case.world.school_a), "hostId": id_of(case.world.people[host]), "date": day},
        "schoolId",
        lambda payload: [round_["id"] for round_ in payload["rounds"]],
        lambda world: [id_of(world.meetings.rounds[name]) for name in rounds],
        name="day",
    )


_HOSTS = {"hostId": "colleague", "newHostId": "other_staff"}
SLOTS: tuple[Probe, ...] = (
    _adds_window("SLT-02", "open", "teacher_of_group", "Joke Smit"),
    _changes_window("SLT-02", "open"),
    _removes_window("SLT-02", "closed"),
    _sets_slot("SLT-02", "cancelMeetingSlot", ("open", 0), "BLOCKED", "block"),
    _sets_slot("SLT-02", "reopenMeetingSlot", ("open", 5), "FREE", "reopen"),
    _withdraws_day("SLT-02", "teacher_of_group", "2026-09-22", "open"),
    does(
        "SLT-02",
        "offerMeeting",
        "ticket { id offer { slot { id } } }",
        meant(ticketId=("tickets", "open", OWN), slotId=("slots", "open", 1)),
        "ticketId",
        lambda payload: payload["ticket"]["offer"]["slot"]["id"],
        lambda world: key(world, "slots", "open", 1),
        name="offer",
    ),
    _adds_window("SLT-03", "colleague", "colleague", "Bram Mulder"),
    _creates("SLT-03", "colleague", name="round"),
    _changes_window("SLT-03", "colleague"),
    _removes_window("SLT-03", "beside", "Joke Smit"),
    _sets_slot("SLT-03", "cancelMeetingSlot", ("colleague", 0), "BLOCKED", "block"),
    _withdraws_day("SLT-03", "colleague", "2026-09-25", "colleague"),
    does(
        "SLT-03",
        "replaceMeetingHost",
        _MEETINGS,
        lambda case: {
            "roundId": key(case.world, "rounds", "colleague"),
            **{variable: id_of(case.world.people[name]) for variable, name in _HOSTS.items()},
        },
        "roundId",
        _who_hosts,
        becomes({"Willem Visser"}),
        name="replace",
    ),
)

PLANNING: tuple[Probe, ...] = (*ROUNDS, *SLOTS)
