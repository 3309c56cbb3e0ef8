"""The compiled executor against graphql-core's own, over the whole schema: for every operation the same bytes."""

from collections.abc import Callable
from dataclasses import replace

import pytest

import models
from models.database import Database
from schema.documents import prepare, run
from schoolplein.app import Application
from schoolplein.callers import Caller
from tests.clients import Clients, Clock
from tests.execution.corpus import CARDS, FEEDS, SEEN_BY, VIEWS, all_fields, fields_of, mutation, reading
from tests.execution.payloads import ADMINISTRATION, PAYLOADS, REFUSED
from tests.execution.schools import BusySchool
from tests.execution.twins import Twins
from tests.live.words import CHANGE, COMMENT, EDIT, HIDE, REPORT, TAKE_BACK
from tests.meetings.documents import MOVE

AsTwins = Callable[[str | None], Twins]
ASKED_BY = {
    **dict.fromkeys(ADMINISTRATION, "admin"),
    **dict.fromkeys(("reportAbsence", "withdrawAbsence", "leaveGuardianship", "confirmInvitation"), "guardian"),
    "removePasskey": "guardian of last week",
    **dict.fromkeys(("replaceMeetingHost", "separateMeetingParties", "rehostMeetingTicket"), "admin"),
}
"""Who may do what teachers don't."""
NEVER_REFUSED = {"startPasskeySignIn"}
"""Asks everybody something fresh, in a payload that others have too."""
CALENDAR = "createCalendarAddress"
"""Is refused to nobody who has come in, and tells a fresh secret."""
PEOPLE = ("admin", "teacher", "guardian", "guardian of last week", "newcomer", None)


def test_the_documents_below_ask_every_field_of_every_type() -> None:
    asked: set[tuple[str, str]] = set()
    for type_, inners in VIEWS.items():
        for inner in inners:
            asked |= fields_of(reading(type_, inner))
    for name in PAYLOADS | REFUSED:
        asked |= fields_of(mutation(name, {}))
    for document in (*FEEDS.values(), CARDS, "{ nodes(ids: []) { id } }"):
        asked |= fields_of(document)

    assert all_fields() - asked == {("Mutation", name) for name in NEVER_REFUSED}


@pytest.mark.parametrize("type_", VIEWS)
async def test_every_relation_of_every_type_is_written_alike_for_everybody(
    type_: str, twins: AsTwins, busy: BusySchool
) -> None:
    seen: dict[str | None, int] = {}
    for who in PEOPLE:
        for inner in VIEWS[type_]:
            answer = await twins(who).same(reading(type_, inner), id=busy.ids.get(type_))
            seen[who] = seen.get(who, 0) + any((answer["data"] or {}).values())

    assert {seen[who] for who in SEEN_BY[type_]} == {len(VIEWS[type_])}, "who may see it all has seen it"
    assert seen["newcomer"] == (len(VIEWS[type_]) if type_ == "Viewer" else 0)
    assert seen[None] == 0


async def test_what_is_seen_was_written_by_compiled_writers(twins: AsTwins, busy: BusySchool) -> None:
    for type_, inners in VIEWS.items():
        for inner in inners:
            answer = await twins(SEEN_BY[type_][0]).ask(reading(type_, inner), id=busy.ids.get(type_))
            assert "errors" not in answer
            assert all(answer["data"].values())


@pytest.mark.parametrize("name", PAYLOADS)
async def test_every_payload_is_written_alike_when_done_and_when_refused(
    name: str, twins: AsTwins, busy: BusySchool
) -> None:
    who = ASKED_BY.get(name, "teacher")
    nowhere = dict.fromkeys(busy.ids, "junk")

    done = await twins(who).ask(mutation(name, busy.ids))
    refused = await twins(who).ask(mutation(name, nowhere))

    assert "errors" not in done
    assert "errors" not in refused
    if "$" in PAYLOADS[name]:
        assert next(iter(done["data"].values()))["errors"] == []
        assert next(iter(refused["data"].values()))["errors"]


async def test_bundles_are_written_alike_with_all_their_slots(twins: AsTwins, busy: BusySchool) -> None:
    (found,) = (await twins("teacher").ask(mutation("suggestMeetingBundles", busy.ids)))["data"].values()

    assert [len(bundle["slots"]) for bundle in found["bundles"]] == [2] * 5
    assert [len(bundle["tickets"]) for bundle in found["bundles"]] == [2] * 5


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - {CALENDAR}))
async def test_what_tells_a_fresh_secret_is_written_alike_when_refused(name: str, twins: AsTwins, clock: Clock) -> None:
    clock.advance(hours=1)  # too long after signing in to add a factor

    document = mutation(name, {})
    has_json = "options" in document  # which no writer is compiled for
    refused = await twins("guardian").ask(document, compiled=not has_json)

    assert "errors" not in refused
    assert next(iter(refused["data"].values()))["errors"]


async def test_a_calendar_address_is_refused_alike_to_who_is_not_signed_in(twins: AsTwins) -> None:
    refused = await twins(None).same(mutation(CALENDAR, {}))

    assert [error["extensions"]["code"] for error in refused["errors"]] == ["UNAUTHENTICATED"]


async def test_cards_are_written_alike_for_who_is_not_let_in_yet(twins: AsTwins, busy: BusySchool) -> None:
    shown = await twins(None).ask(CARDS, **busy.mailed)
    nothing = await twins(None).ask(CARDS, **dict.fromkeys(busy.mailed, "junk"))

    assert all(shown["data"].values())
    assert not any(nothing["data"].values())


@pytest.mark.parametrize("type_", VIEWS)
async def test_every_document_can_be_the_first_one_on_its_connection(
    type_: str, app: Application, busy: BusySchool, database_url: str
) -> None:
    """A driver may learn how to read an answer from the answers before it; nobody's answer may depend on that."""
    for inner in VIEWS[type_]:
        request = await app.service().request(Caller(busy.tokens[SEEN_BY[type_][0]]))
        fresh = await Database.connect(database_url, size=1)
        request.context = replace(request.context, database=fresh)

        response = await run(prepare(reading(type_, inner)), {"id": busy.ids.get(type_)}, request)

        await fresh.close()
        assert "errors" not in response, inner


@pytest.mark.parametrize("feed", FEEDS)
async def test_frames_of_a_feed_are_written_alike(
    feed: str, twins: AsTwins, busy: BusySchool, clients: Clients
) -> None:
    teacher, parent = clients(busy.tokens["teacher"]), clients(busy.tokens["guardian"])
    starts, group = "2026-09-15T08:00:00+02:00", busy.ids["Group"]
    await parent.ok(REPORT, pupils=[busy.ids["Pupil"]], starts=starts, ends="2026-09-15T14:00:00+02:00")
    await parent.ok(CHANGE, report=busy.ids["AbsenceReport"], note="Hoest")
    await parent.ok(COMMENT, post=busy.ids["Post"], body="Tot morgen")
    await teacher.ok(EDIT, post=busy.ids["Post"], title="Zwemles")
    await teacher.ok(HIDE, comment=busy.ids["Comment"])
    await teacher.ok(TAKE_BACK, post=busy.ids["Post"])
    await teacher.ok(MOVE, input={"bookingId": busy.ids["MeetingBooking"], "slotId": busy.ids["MeetingSlot"]})
    about = {"round": busy.ids["MeetingRound"]} if feed == "meetingSlotFeed" else {"group": group}

    frames = twins("teacher").frames(FEEDS[feed], **about, after="0.0")
    begun, told = await anext(frames), await anext(frames)
    await frames.aclose()
    (resync,) = [frame async for frame in twins("teacher").frames(FEEDS[feed], **about, after="7.7")]

    assert [frame["data"][feed]["kind"] for frame in (begun, told, resync)] == ["START", "EVENTS", "RESYNC"]
    assert len(told["data"][feed]["events"]) == {"absenceFeed": 2, "postFeed": 4, "meetingSlotFeed": 2}[feed]


async def test_the_last_frame_of_a_lost_feed_is_written_alike(
    twins: AsTwins, busy: BusySchool, clients: Clients, clock: Clock, database: Database
) -> None:
    frames = twins("teacher").frames(FEEDS["absenceFeed"], group=busy.ids["Group"])
    begun = await anext(frames)
    await clients(busy.tokens["admin"]).ok(CHANGE, report=busy.ids["AbsenceReport"], note="Hoest")
    told = await anext(frames)

    async with database.begin() as session:
        teaching = models.table_of(models.Teaching)
        mine = teaching.c.person_id == busy.people.teacher.id
        await session.execute(teaching.update().where(mine).values(ended_at=clock()))
    await clients(busy.tokens["admin"]).ok(CHANGE, report=busy.ids["AbsenceReport"], note="Koorts")
    (lost,) = [frame async for frame in frames]

    assert [frame["data"]["absenceFeed"]["kind"] for frame in (begun, told, lost)] == ["START", "EVENTS", "REVOKED"]
