"""What families do about their talks, or the school on their behalf: rows BKG."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import models
from models.database import Database
from resolvers.ids import public_id
from tests.clients import BEFORE_SCHOOL
from tests.factories import founding, id_of
from tests.personas import World
from tests.policy.deeds import becomes, does
from tests.policy.meeting_deeds import about_ticket, key, meant, state
from tests.policy.meeting_facts import APART, OTHER, OWN
from tests.policy.probes import ERRORS, Case, Change, Probe, always, mutation


class _Booking(Change):
    """A booking of one ticket; for one that does not exist, of tickets and slots that nobody has made."""

    def random(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        nothing = {"ticketId": public_id("ticket", uuid4()), "slotId": public_id("slot", uuid4())}
        return {"bookings": [nothing for _ in variables["bookings"]]}


def _books(row: str, ticket: tuple[str, str], slot: tuple[str, int], name: str = "", refused: str = "") -> Change:
    def given(case: Case) -> Mapping[str, Any]:
        ids = {"ticketId": key(case.world, "tickets", *ticket), "slotId": key(case.world, "slots", *slot)}
        return {"bookings": [ids]}

    return _Booking(
        row=row,
        name=name,
        document=mutation("bookMeetings", "bookings { id slot { id } ticket { id state } }"),
        variables=given,
        shows=lambda payload: [(booking["slot"]["id"], booking["ticket"]["state"]) for booking in payload["bookings"]],
        allowed=lambda case: [(key(case.world, "slots", *slot), "BOOKED")],
        forbidden=refused or "FORBIDDEN",
    )


def _cancels(row: str, place: tuple[str, str], name: str = "") -> Change:
    return does(
        row,
        "cancelMeeting",
        "ticket { id state booking { id } }",
        meant(bookingId=("bookings", *place)),
        "bookingId",
        lambda payload: (payload["ticket"]["state"], payload["ticket"]["booking"]),
        becomes(("INVITED", None)),
        name=name,
    )


def _suggested(payload: Any) -> set[str]:
    return {ticket["id"] for bundle in payload["bundles"] for ticket in bundle["tickets"]}


async def _have_addresses(database: Database, world: World) -> None:
    async with founding(database) as facts:
        for somebody in world.people.values():
            token = {"token_hash": somebody.id.bytes, "shows_hosting": False, "created_at": BEFORE_SCHOOL}
            facts.add(models.CalendarAddress(person_id=somebody.id, **token))


def _of_calendar(operation: str, asks: str, shows: Any, name: str, **more: Any) -> Change:
    """A mutation without an input: it is about oneself."""
    return Change(
        row="BKG-05",
        name=name,
        document=f"mutation {{ {operation} {{ {asks} {ERRORS} }} }}",
        variables=always({}),
        shows=shows,
        allowed=always(True),
        **more,
    )


def _apart(case: Case) -> Mapping[str, Any]:
    people = [case.world.people[name] for name in (APART, "guardian_in_group")]
    return {
        "pupilId": id_of(case.world.own_child),
        "parties": [{"guardianIds": [id_of(somebody)]} for somebody in people],
        "basis": "Beschikking",
    }


_BUNDLE = "slots { id } tickets { id } missing { id } waitingMinutes days"
BOOKINGS: tuple[Probe, ...] = (
    _books("BKG-01", ("open", OWN), ("open", 1)),
    about_ticket("BKG-01", "joinMeetingWaitingList", ("open", OWN), state, "WAITING", name="wait"),
    does(
        "BKG-01",
        "acceptMeetingOffer",
        "booking { id ticket { state } }",
        meant(offerId=("offer",)),
        "offerId",
        lambda payload: payload["booking"]["ticket"]["state"],
        becomes("BOOKED"),
        name="accept",
    ),
    does(
        "BKG-01",
        "suggestMeetingBundles",
        f"bundles {{ {_BUNDLE} }} nearest {{ {_BUNDLE} }}",
        lambda case: {"ticketIds": [key(case.world, "tickets", "open", OWN)]},
        "ticketIds",
        _suggested,
        lambda world: {key(world, "tickets", "open", OWN)},
        name="suggest",
    ),
    _books("BKG-02", ("second", OTHER), ("second", 1)),
    _books("BKG-03", ("open", OWN), ("open", 0), refused="SLOT_TAKEN"),
    _books("BKG-04", ("closed", OWN), ("closed", 0), refused="ROUND_NOT_OPEN"),
    _books("BKG-04", ("open", OWN), ("second", 1), name="elsewhere"),
    _of_calendar("createCalendarAddress", "url", lambda payload: payload["url"].endswith(".ics"), "address"),
    _of_calendar(
        "revokeCalendarAddress", "revoked", lambda payload: payload["revoked"], "revoke", prepare=_have_addresses
    ),
    _cancels("BKG-07", ("second", OWN)),
    does(
        "BKG-07",
        "moveMeeting",
        "booking { id slot { id } }",
        meant(bookingId=("bookings", "second", OWN), slotId=("slots", "second", 1)),
        "bookingId",
        lambda payload: payload["booking"]["slot"]["id"],
        lambda world: key(world, "slots", "second", 1),
        name="move",
    ),
    about_ticket("BKG-07", "declineMeeting", ("open", OWN), state, "DECLINED", name="decline"),
    about_ticket("BKG-07", "leaveMeetingWaitingList", ("colleague", OWN), state, "INVITED", name="leave"),
    does(
        "BKG-07",
        "declineMeetingOffer",
        "ticket { id offer { id } }",
        meant(offerId=("offer",)),
        "offerId",
        lambda payload: payload["ticket"]["offer"],
        becomes(None),
        name="decline-offer",
    ),
    _cancels("BKG-08", ("open", OTHER)),
    _cancels("BKG-08", ("open", APART), name="apart"),
    does(
        "BKG-09",
        "separateMeetingParties",
        "pupil { id separateParties { party guardian { name } } }",
        _apart,
        "pupilId",
        lambda payload: [party["guardian"]["name"] for party in payload["pupil"]["separateParties"]],
        becomes(["Kaan Yilmaz", "Esra Yilmaz"]),
        name="apart",
    ),
)
