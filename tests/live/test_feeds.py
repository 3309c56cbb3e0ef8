"""Absences as their followers hear of them: what they are told, and in which order."""

from models.database import Database
from tests.clients import BEFORE_SCHOOL, Clients, Clock
from tests.factories import (
    SmallSchool,
    enrol,
    founding,
    guardian,
    id_of,
    sign_in_token,
)
from tests.live.words import (
    ACKNOWLEDGE,
    CHANGE,
    FOLLOW_ABSENCES,
    GROUP,
    REPORT,
    WITHDRAW,
    report,
    started,
    told,
)


async def test_a_teacher_is_told_of_a_report_with_its_reason_the_moment_it_is_made(
    small_school: SmallSchool, clients: Clients
) -> None:
    parent = clients(small_school.token(small_school.guardian))
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        beginning = await started(feed)

        made = await report(parent, small_school.noor, note="Koorts")
        frame = await feed.frame()

    assert frame.pop("cursor") != beginning
    assert frame == {
        "__typename": "AbsenceFrame",
        "kind": "EVENTS",
        "retryAfterMs": None,
        "events": [
            {
                "kind": "REPORTED",
                "report": {
                    "id": made,
                    "reason": "ILLNESS",
                    "note": "Koorts",
                    "startsAt": "2026-09-14T22:00:00+00:00",
                    "endsAt": None,
                    "state": "REPORTED",
                    "pupil": {"givenName": "Noor"},
                    "reportedBy": {"name": "Esra Yilmaz"},
                },
            }
        ],
    }


async def test_another_groups_teacher_is_told_only_of_their_own_group(
    small_school: SmallSchool, clients: Clients
) -> None:
    async with (
        clients.live(small_school.token(small_school.teacher)) as live,
        clients.live(small_school.token(small_school.other_teacher)) as other_live,
    ):
        feed = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        other_feed = await other_live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.other_group))
        await started(feed)
        await started(other_feed)

        made = await report(clients(small_school.token(small_school.guardian)), small_school.noor)
        made_later = await report(clients(small_school.token(small_school.other_groups_guardian)), small_school.lina)

        assert [event["report"]["id"] for event in await told(feed, 1)] == [made]
        assert [event["report"]["id"] for event in await told(other_feed, 1)] == [made_later]


async def test_events_come_in_the_order_in_which_things_happened(small_school: SmallSchool, clients: Clients) -> None:
    parent, teacher = (clients(small_school.token(who)) for who in (small_school.guardian, small_school.teacher))
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        await started(feed)

        first = await report(parent, small_school.noor, note="Koorts")
        await parent.ok(CHANGE, report=first, note="Hoest")
        await parent.ok(WITHDRAW, report=first)
        second = await report(parent, small_school.noor)
        await teacher.ok(ACKNOWLEDGE, report=second)

        events = await told(feed, 5)

    assert [(event["kind"], event["report"]["id"]) for event in events] == [
        ("REPORTED", first),
        ("CHANGED", first),
        ("WITHDRAWN", first),
        ("REPORTED", second),
        ("ACKNOWLEDGED", second),
    ]


async def test_reports_for_two_children_are_two_events_and_each_group_and_the_school_hear_their_own(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    async with founding(database) as facts:
        parent = guardian(facts, small_school.noor, small_school.lina)
        token = sign_in_token(facts, parent)
    async with (
        clients.live(small_school.token(small_school.teacher)) as live,
        clients.live(small_school.token(small_school.admin)) as office,
    ):
        in_group = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        in_school = await office.subscribe(FOLLOW_ABSENCES, school=id_of(small_school.school))
        await started(in_group)
        await started(in_school)

        await report(clients(token), small_school.noor, small_school.lina)

        assert [event["report"]["pupil"]["givenName"] for event in await told(in_group, 1)] == ["Noor"]
        assert {event["report"]["pupil"]["givenName"] for event in await told(in_school, 2)} == {"Noor", "Lina"}


async def test_a_retried_report_is_told_once_and_a_refused_one_never(
    small_school: SmallSchool, clients: Clients
) -> None:
    parent, classmates = (
        clients(small_school.token(who)) for who in (small_school.guardian, small_school.classmates_guardian)
    )
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        await started(feed)

        first = await report(parent, small_school.noor, key="one")
        again = await report(parent, small_school.noor, key="one")
        refused = await parent.refused(REPORT, pupils=[id_of(small_school.noor)], starts="2026-09-15T08:00:00+02:00")
        last = await report(classmates, small_school.sam)

        assert again == first
        assert refused == ["ALREADY_REPORTED"]
        assert [event["report"]["id"] for event in await told(feed, 2)] == [first, last]


async def test_one_event_may_be_asked_twice_and_differently(small_school: SmallSchool, clients: Clients) -> None:
    asked = """subscription($group: ID!) { absenceFeed(groupId: $group) {
      kind
      short: events { ...Event report { reason } }
      long: events { ...Event report { note pupil { givenName } } }
    } }
    fragment Event on AbsenceEvent { kind report { id } }"""
    parent = clients(small_school.token(small_school.guardian))
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await live.subscribe(asked, group=id_of(small_school.group))
        assert await feed.frame() == {"kind": "START", "short": [], "long": []}

        made = await report(parent, small_school.noor, note="Koorts")

        assert await feed.frame() == {
            "kind": "EVENTS",
            "short": [{"kind": "REPORTED", "report": {"id": made, "reason": "ILLNESS"}}],
            "long": [{"kind": "REPORTED", "report": {"id": made, "note": "Koorts", "pupil": {"givenName": "Noor"}}}],
        }


async def test_a_report_about_a_child_who_has_left_the_group_does_not_stop_the_feed(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    """The teacher comes back after the child went to another group: that event is no longer theirs to read."""
    async with founding(database) as facts:
        leaving = enrol(facts, small_school.group, given_name="Daan", ended_at=BEFORE_SCHOOL.replace(hour=12))
        parent = guardian(facts, leaving)
        token = sign_in_token(facts, parent)
    teacher, group = clients(small_school.token(small_school.teacher)), id_of(small_school.group)
    before = (await teacher.ok(GROUP, group=group))["absenceCursor"]
    left = await report(clients(token), leaving)
    made = await report(clients(small_school.token(small_school.guardian)), small_school.noor)

    async def resumed() -> list[str]:
        async with clients.live(small_school.token(small_school.teacher)) as live:
            feed = await live.subscribe(FOLLOW_ABSENCES, group=group, after=before)
            assert await started(feed) == before
            frame = await feed.frame()
            assert frame["cursor"] == (await teacher.ok(GROUP, group=group))["absenceCursor"]
            return [event["report"]["id"] for event in frame["events"]]

    assert await resumed() == [left, made]
    clock.stand_at(BEFORE_SCHOOL.replace(hour=13))
    assert await resumed() == [made]
