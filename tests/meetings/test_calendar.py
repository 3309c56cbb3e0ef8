"""A calendar reads one's talks from a secret address; a talk can be downloaded by whoever sees it."""

from typing import Any

import httpx
from icalendar import Calendar

from models.database import Database
from tests.clients import Client, Clients, Clock
from tests.factories import SmallSchool, founding, guardian, sign_in_token
from tests.meetings.documents import CANCEL, CREATE_ADDRESS, MOVE, REVOKE_ADDRESS
from tests.meetings.planning import at, booked, seen_by, slot_at, ticket_of

HAS_ADDRESS = "{ viewer { hasCalendarAddress } }"


async def _address(somebody: Client) -> str:
    """The path of a new address."""
    url = (await somebody.ok(CREATE_ADDRESS))["url"]
    assert url.startswith("http://localhost:8000/calendar/")
    assert url.endswith(".ics")
    return url.removeprefix("http://localhost:8000")


def _events(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer.headers["cache-control"]
    calendar: Any = Calendar.from_ical(answer.text)
    return calendar.walk("VEVENT")


async def _talk(parent: Client, town: SmallSchool, round_: dict[str, Any]) -> dict[str, Any]:
    mine = await seen_by(parent, round_)
    return await booked(parent, ticket_of(mine, town.noor), slot_at(mine, "14:30"), topics="Zijn gedrag")


async def test_a_calendar_shows_the_talk_follows_a_change_and_a_cancellation(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, clients: Clients, clock: Clock
) -> None:
    talk, path, http = await _talk(parent, small_school, round_), await _address(parent), clients().http

    (event,) = _events(await http.get(path))
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == ("Rapportgesprek Noor", "A, De Regenboog")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (at("14:30"), at("14:40"))
    assert (int(event["SEQUENCE"]), str(event["STATUS"])) == (0, "CONFIRMED")

    await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": slot_at(await seen_by(parent, round_), "15:00")})
    (moved,) = _events(await http.get(path))
    assert (moved["UID"], moved["DTSTART"].dt, int(moved["SEQUENCE"])) == (event["UID"], at("15:00"), 1)

    await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    (cancelled,) = _events(await http.get(path))
    assert (cancelled["UID"], str(cancelled["STATUS"]), int(cancelled["SEQUENCE"])) == (event["UID"], "CANCELLED", 2)
    clock.advance(days=31)
    assert _events(await http.get(path)) == []


async def test_a_calendar_tells_no_surname_no_topic_and_no_host(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, teacher: Client, clients: Clients
) -> None:
    await _talk(parent, small_school, round_)

    for somebody in (parent, teacher):
        told = (await clients().http.get(await _address(somebody))).text
        assert "Noor" in told
        assert not [word for word in ("Yilmaz", "Smit", "gedrag") if word in told]


async def test_hosts_find_the_talks_they_host_and_guardians_their_own(
    small_school: SmallSchool,
    round_: dict[str, Any],
    parent: Client,
    classmates_parent: Client,
    teacher: Client,
    other_teacher: Client,
    head: Client,
    clients: Clients,
) -> None:
    await _talk(parent, small_school, round_)

    people = {
        "parent": parent,
        "teacher": teacher,
        "classmate": classmates_parent,
        "other": other_teacher,
        "head": head,
    }
    found = {name: len(_events(await clients().http.get(await _address(one)))) for name, one in people.items()}

    assert found == {"parent": 1, "teacher": 1, "classmate": 0, "other": 0, "head": 0}


async def test_an_address_is_worthless_once_it_is_revoked_or_replaced(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, clients: Clients
) -> None:
    await _talk(parent, small_school, round_)
    http, first = clients().http, await _address(parent)
    assert (await parent.ok(HAS_ADDRESS))["hasCalendarAddress"] is True
    second = await _address(parent)
    nothing = await http.get("/there-is-no-such-page")

    gone = await http.get(first)

    assert (gone.status_code, gone.content) == (404, nothing.content)
    assert len(_events(await http.get(second))) == 1
    assert (await parent.ok(REVOKE_ADDRESS))["revoked"] is True
    assert (await http.get(second)).status_code == 404
    assert (await parent.ok(HAS_ADDRESS))["hasCalendarAddress"] is False
    assert await clients().refused(CREATE_ADDRESS) == ["UNAUTHENTICATED"]


async def test_who_may_not_know_the_child_any_more_reads_nothing_of_it(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, head: Client, clients: Clients
) -> None:
    await _talk(parent, small_school, round_)
    path = await _address(parent)
    assert len(_events(await clients().http.get(path))) == 1

    end = """mutation($input: EndGuardianshipInput!) { endGuardianship(input: $input) { errors { code } } }"""
    ending = {"pupilId": f"pupil_{small_school.noor.id.hex}", "personId": f"person_{small_school.guardian.id.hex}"}
    await head.ok(end, input={**ending, "reason": "Gezag beëindigd"})

    assert _events(await clients().http.get(path)) == []


async def test_a_talk_is_downloaded_by_who_sees_it_and_is_not_there_for_anybody_else(
    small_school: SmallSchool, database: Database, round_: dict[str, Any], parent: Client, clients: Clients
) -> None:
    talk = await _talk(parent, small_school, round_)
    async with founding(database) as facts:
        stranger = sign_in_token(facts, guardian(facts, small_school.sam, name="Ines Jansen"))
    path, http = f"/meetings/{talk['id']}.ics", clients().http
    tokens = {"own": small_school.token(small_school.guardian), "teacher": small_school.token(small_school.teacher)}

    for token in tokens.values():
        answer = await http.get(path, headers={"authorization": f"Bearer {token}"})
        assert len(_events(answer)) == 1
        assert "attachment" in answer.headers["content-disposition"]
    nobody = await http.get(path)
    assert nobody.status_code == 401
    for other in (small_school.token(small_school.classmates_guardian), stranger):
        unseen = await http.get(path, headers={"authorization": f"Bearer {other}"})
        missing = await http.get(f"/meetings/booking_{'0' * 32}.ics", headers={"authorization": f"Bearer {other}"})
        assert (unseen.status_code, unseen.content) == (404, missing.content)


async def test_a_cookie_from_another_site_downloads_nothing(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, clients: Clients
) -> None:
    talk = await _talk(parent, small_school, round_)
    cookie = {"cookie": f"sp={small_school.token(small_school.guardian)}"}
    path = f"/meetings/{talk['id']}.ics"

    own = await clients().http.get(path, headers={**cookie, "sec-fetch-site": "same-origin"})
    foreign = await clients().http.get(path, headers={**cookie, "sec-fetch-site": "cross-site"})

    assert (len(_events(own)), foreign.status_code) == (1, 403)
