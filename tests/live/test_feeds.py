"""Live feeds as their followers have them: what they are told, in which order, and what they are not told."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

import schema.live
from models import Role
from models.database import Database
from resolvers import live as live_topics
from resolvers.ids import public_id
from tests.clients import BEFORE_SCHOOL, Clients, Clock
from tests.factories import (
    SmallSchool,
    amend,
    enrol,
    found_small_school,
    founding,
    guardian,
    id_of,
    join,
    person,
    sign_in_token,
    teach,
)
from tests.live.words import (
    ACKNOWLEDGE,
    CHANGE,
    EDIT,
    FOLLOW_ABSENCES,
    FOLLOW_POSTS,
    HIDE,
    REPORT,
    SIGN_OUT,
    TAKE_BACK,
    WITHDRAW,
    comment,
    ended,
    publish,
    report,
    started,
    told,
)

GROUP = """query($group: ID!) { node(id: $group) { ... on Group {
  absenceCursor absenceReports(on: "2026-09-15") { id } postCursor posts { edges { node { id } } }
} } }"""


# ------------------------------------------------------------------------------------------------ absences


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


# ------------------------------------------------------------------------------------------------ cursors


async def test_who_comes_back_with_a_cursor_gets_exactly_what_was_missed(
    small_school: SmallSchool, clients: Clients
) -> None:
    group = id_of(small_school.group)
    teacher = clients(small_school.token(small_school.teacher))
    async with clients.live(small_school.token(small_school.guardian)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=group)
        await started(feed)
        posts = [await publish(teacher, small_school.school, small_school.group, "Een")]
        frame = await feed.frame()
        await feed.complete()
    posts += [await publish(teacher, small_school.school, small_school.group, title) for title in ("Twee", "Drie")]

    async with clients.live(small_school.token(small_school.guardian)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=group, after=frame["cursor"])

        assert await started(feed) == frame["cursor"]
        assert [event["postId"] for event in await told(feed, 2)] == posts[1:]
        posts.append(await publish(teacher, small_school.school, small_school.group, "Vier"))
        assert [event["postId"] for event in await told(feed, 1)] == posts[3:]


async def test_each_frames_cursor_is_the_place_right_after_its_events(
    small_school: SmallSchool, clients: Clients
) -> None:
    teacher, group = clients(small_school.token(small_school.teacher)), id_of(small_school.group)
    posts = [await publish(teacher, small_school.school, small_school.group, f"Bericht {n}") for n in range(3)]
    cursors = ["0.0"]
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=group, after="0.0")
        assert await started(feed) == "0.0"
        assert [event["postId"] for event in await told(feed, 3)] == posts
        for number in range(3, 6):
            posts.append(await publish(teacher, small_school.school, small_school.group, f"Bericht {number}"))
            cursors.append((await feed.frame())["cursor"])

        for place, cursor in zip((0, 4, 5, 6), cursors, strict=True):
            again = await live.subscribe(FOLLOW_POSTS, group=group, after=cursor)
            assert await started(again) == cursor
            if place < len(posts):
                assert [event["postId"] for event in await told(again, len(posts) - place)] == posts[place:]


async def test_a_feed_continues_a_list_that_was_read_with_its_cursor_without_gap_or_double(
    small_school: SmallSchool, clients: Clients
) -> None:
    teacher, parent = (clients(small_school.token(who)) for who in (small_school.teacher, small_school.guardian))
    classmates, group = clients(small_school.token(small_school.classmates_guardian)), id_of(small_school.group)
    listed = (
        [await report(parent, small_school.noor)],
        [await publish(teacher, small_school.school, small_school.group, "Een")],
    )

    read = await teacher.ok(GROUP, group=group)
    later = (
        await report(classmates, small_school.sam),
        await publish(teacher, small_school.school, small_school.group, "Twee"),
    )

    assert [one["id"] for one in read["absenceReports"]] == listed[0]
    assert [edge["node"]["id"] for edge in read["posts"]["edges"]] == listed[1]
    async with clients.live(small_school.token(small_school.teacher)) as live:
        absences = await live.subscribe(FOLLOW_ABSENCES, group=group, after=read["absenceCursor"])
        posts = await live.subscribe(FOLLOW_POSTS, group=group, after=read["postCursor"])
        assert (await started(absences), await started(posts)) == (read["absenceCursor"], read["postCursor"])
        assert [event["report"]["id"] for event in await told(absences, 1)] == [later[0]]
        assert [event["postId"] for event in await told(posts, 1)] == [later[1]]


async def test_what_is_no_cursor_is_refused_and_other_feeds_of_the_socket_live_on(
    small_school: SmallSchool, clients: Clients
) -> None:
    group = id_of(small_school.group)
    junk = "junk|1|1.|.1|0.1|1.0|-1.5|1.5 |01.5|1.5.2|²·³|0x1.1|1.2147483648|18446744073709551616.1"
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await live.subscribe(FOLLOW_ABSENCES, group=group)
        await started(feed)

        for after in junk.split("|"):
            for follow in (FOLLOW_ABSENCES, FOLLOW_POSTS):
                assert await (await live.subscribe(follow, group=group, after=after)).refused() == ["BAD_USER_INPUT"]

        made = await report(clients(small_school.token(small_school.guardian)), small_school.noor)
        assert [event["report"]["id"] for event in await told(feed, 1)] == [made]


async def test_a_cursor_of_another_history_is_answered_with_resync_and_a_cursor_from_which_to_go_on(
    small_school: SmallSchool, clients: Clients
) -> None:
    teacher, group = clients(small_school.token(small_school.teacher)), id_of(small_school.group)
    await publish(teacher, small_school.school, small_school.group, "Een")
    number, _, mark = (await teacher.ok(GROUP, group=group))["postCursor"].partition(".")
    unknown = [f"{number}.{int(mark) ^ 1}", f"{int(number) + 1}.{mark}", f"{int(number) + 10_000}.7"]
    async with clients.live(small_school.token(small_school.teacher)) as live:
        for after in unknown:
            feed = await live.subscribe(FOLLOW_POSTS, group=group, after=after)
            frame = await feed.frame()
            await ended(feed)

            assert (frame["kind"], frame["cursor"], frame["events"]) == ("RESYNC", f"{number}.{mark}", [])

        feed = await live.subscribe(FOLLOW_POSTS, group=group, after=frame["cursor"])
        await started(feed)
        post = await publish(teacher, small_school.school, small_school.group, "Twee")
        assert [event["postId"] for event in await told(feed, 1)] == [post]


# ------------------------------------------------------------------------------------------------ who may follow


@pytest.mark.parametrize("follow", [FOLLOW_ABSENCES, FOLLOW_POSTS])
async def test_a_feed_is_about_one_group_or_one_school(
    follow: str, small_school: SmallSchool, clients: Clients
) -> None:
    group, school = id_of(small_school.group), id_of(small_school.school)
    async with clients.live(small_school.token(small_school.admin)) as live:
        await started(await live.subscribe(follow, group=group))
        await started(await live.subscribe(follow, school=school))
        await started(await live.subscribe(follow, school=school, group=None))

        for both in ({}, {"group": group, "school": school}, {"group": None, "school": None}, {"group": ""}):
            assert await (await live.subscribe(follow, **both)).refused() == ["BAD_USER_INPUT"], both


async def _answer(clients: Clients, token: str, follow: str, **about: Any) -> str:
    async with clients.live(token) as live:
        got = await (await live.subscribe(follow, **about)).message()
    if got["type"] == "error":
        (error,) = got["payload"]
        return error["extensions"]["code"]
    return next(iter(got["payload"]["data"].values()))["kind"]


async def test_each_feed_is_for_those_whom_it_concerns(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    elsewhere = await found_small_school(database)
    tokens = {
        "admin": small_school.token(small_school.admin),
        "teacher": small_school.token(small_school.teacher),
        "other teacher": small_school.token(small_school.other_teacher),
        "guardian": small_school.token(small_school.guardian),
        "other guardian": small_school.token(small_school.other_groups_guardian),
        "elsewhere": elsewhere.token(elsewhere.admin),
    }
    group, school = {"group": id_of(small_school.group)}, {"school": id_of(small_school.school)}

    async def answers(follow: str, about: dict[str, str]) -> list[str]:
        return [await _answer(clients, token, follow, **about) for token in tokens.values()]

    hidden = "NOT_FOUND"
    assert await answers(FOLLOW_ABSENCES, group) == ["START", "START", hidden, "FORBIDDEN", hidden, hidden]
    assert await answers(FOLLOW_ABSENCES, school) == ["START", *["FORBIDDEN"] * 4, hidden]
    assert await answers(FOLLOW_POSTS, group) == ["START", "START", hidden, "START", hidden, hidden]
    assert await answers(FOLLOW_POSTS, school) == [*["START"] * 5, hidden]


async def test_what_does_not_exist_is_refused_like_what_may_not_be_seen(
    small_school: SmallSchool, clients: Clients
) -> None:
    absent = [public_id("group", uuid4()), "group_x", "junk", id_of(small_school.school), id_of(small_school.noor)]
    async with clients.live(small_school.token(small_school.other_teacher)) as live:
        await started(await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.other_group)))
        refusals = [
            await (await live.subscribe(FOLLOW_ABSENCES, group=group)).message()
            for group in [id_of(small_school.group), *absent]
        ]

    assert [refusal["type"] for refusal in refusals] == ["error"] * 6
    assert all(refusal["payload"] == refusals[0]["payload"] for refusal in refusals)
    assert refusals[0]["payload"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_a_refused_follower_is_told_so_in_their_language(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    async def words(token: str) -> str:
        async with clients.live(token) as live:
            await started(await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group)))
            refusal = await (await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))).message()
        return refusal["payload"][0]["message"]

    assert await words(small_school.token(small_school.guardian)) == "Dat mag u niet doen."
    await amend(database, small_school.guardian, locale="EN")
    assert await words(small_school.token(small_school.guardian)) == "You may not do this."


# ------------------------------------------------------------------------------------------------ losing the right


async def test_a_teacher_who_no_longer_teaches_the_group_is_told_so_instead_of_the_next_event(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        substitute = person(facts, name="Inge Vos")
        join(facts, small_school.school.id, substitute, Role.STAFF)
        teaching = teach(facts, small_school.group, substitute)
        token = sign_in_token(facts, substitute)
    parent, classmates = (
        clients(small_school.token(who)) for who in (small_school.guardian, small_school.classmates_guardian)
    )
    async with clients.live(token) as live, clients.live(small_school.token(small_school.teacher)) as stays:
        feed = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        other = await stays.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        await started(feed)
        await started(other)
        first = await report(parent, small_school.noor)
        assert [event["report"]["id"] for event in await told(feed, 1)] == [first]

        await amend(database, teaching, ended_at=clock())
        second = await report(classmates, small_school.sam)
        frame = await feed.frame()
        await ended(feed)

        assert (frame["kind"], frame["cursor"], frame["events"]) == ("REVOKED", None, [])
        assert [event["report"]["id"] for event in await told(other, 2)] == [first, second]
        assert await (await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))).refused() == ["NOT_FOUND"]


async def test_a_guardian_whose_child_left_the_group_is_told_so_instead_of_the_next_post(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        leaving = enrol(facts, small_school.group, given_name="Daan", ended_at=BEFORE_SCHOOL.replace(hour=12))
        token = sign_in_token(facts, guardian(facts, leaving))
    teacher = clients(small_school.token(small_school.teacher))
    async with clients.live(token) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
        await started(feed)
        post = await publish(teacher, small_school.school, small_school.group, "Een")
        assert [event["postId"] for event in await told(feed, 1)] == [post]

        clock.stand_at(BEFORE_SCHOOL.replace(hour=13))
        await publish(teacher, small_school.school, small_school.group, "Twee")

        assert (await feed.frame())["kind"] == "REVOKED"
        await ended(feed)


async def test_who_signed_out_elsewhere_is_told_goodbye_instead_of_the_next_event(
    small_school: SmallSchool, clients: Clients
) -> None:
    token = small_school.token(small_school.teacher)
    parent, classmates = (
        clients(small_school.token(who)) for who in (small_school.guardian, small_school.classmates_guardian)
    )
    async with clients.live(token) as live:
        feed = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        await started(feed)
        made = await report(parent, small_school.noor)
        assert [event["report"]["id"] for event in await told(feed, 1)] == [made]

        await clients(token).ok(SIGN_OUT)
        await report(classmates, small_school.sam)
        frame = await feed.frame()
        await ended(feed)

        assert (frame["kind"], frame["cursor"], frame["events"]) == ("BYE", None, [])
        assert 500 <= frame["retryAfterMs"] <= 5_000
        assert await (await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))).refused() == [
            "UNAUTHENTICATED"
        ]


async def test_a_silent_feed_ends_too_when_its_follower_may_no_longer_follow(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.live, "RECHECK_S", 0.05)
    noon = BEFORE_SCHOOL.replace(hour=12)
    async with founding(database) as facts:
        until_noon = person(facts, name="Inge Vos")
        join(facts, small_school.school.id, until_noon, Role.STAFF)
        teach(facts, small_school.group, until_noon, ended_at=noon)
        token = sign_in_token(facts, until_noon)
        signed_in_until_noon = sign_in_token(facts, small_school.teacher, expires_at=noon)
    async with clients.live(token) as live, clients.live(signed_in_until_noon) as other:
        revoked = await live.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        expired = await other.subscribe(FOLLOW_ABSENCES, group=id_of(small_school.group))
        await started(revoked)
        await started(expired)

        clock.stand_at(BEFORE_SCHOOL.replace(hour=13))

        assert (await revoked.frame())["kind"] == "REVOKED"
        assert (await expired.frame())["kind"] == "BYE"
        await ended(revoked)
        await ended(expired)


# ------------------------------------------------------------------------------------------------ posts


async def test_guardians_and_teacher_of_a_group_are_told_of_its_posts_and_another_group_is_not(
    small_school: SmallSchool, clients: Clients
) -> None:
    teacher, other_teacher = (
        clients(small_school.token(who)) for who in (small_school.teacher, small_school.other_teacher)
    )
    followers = (small_school.guardian, small_school.classmates_guardian, small_school.teacher)
    async with clients.live(small_school.token(small_school.other_groups_guardian)) as other_live:
        other = await other_live.subscribe(FOLLOW_POSTS, group=id_of(small_school.other_group))
        await started(other)
        for follower in followers:
            async with clients.live(small_school.token(follower)) as live:
                feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
                await started(feed)

                post = await publish(teacher, small_school.school, small_school.group, "Gymles")
                (event,) = await told(feed, 1)

                assert event == {
                    "kind": "PUBLISHED",
                    "postId": post,
                    "post": {
                        "id": post, "title": "Gymles", "body": "Morgen.", "withdrawnAt": None, "commentCount": 0
                    },
                    "comment": None,
                }  # fmt: skip
        own = await publish(other_teacher, small_school.school, small_school.other_group, "Zwemles")
        assert [event["postId"] for event in await told(other, 1)] == [own]


async def test_school_wide_posts_come_on_the_schools_feed_and_group_posts_do_not(
    small_school: SmallSchool, clients: Clients
) -> None:
    admin, teacher = (clients(small_school.token(who)) for who in (small_school.admin, small_school.teacher))
    async with clients.live(small_school.token(small_school.other_groups_guardian)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, school=id_of(small_school.school))
        await started(feed)

        await publish(teacher, small_school.school, small_school.group, "Gymles")
        everybodys = await publish(admin, small_school.school, None, "Studiedag")

        assert [event["postId"] for event in await told(feed, 1)] == [everybodys]


async def test_comments_and_corrections_arrive_and_a_hidden_comment_without_its_text(
    small_school: SmallSchool, clients: Clients
) -> None:
    teacher, parent = (clients(small_school.token(who)) for who in (small_school.teacher, small_school.guardian))
    post = await publish(teacher, small_school.school, small_school.group, "Gymles")
    async with (
        clients.live(small_school.token(small_school.classmates_guardian)) as live,
        clients.live(small_school.token(small_school.admin)) as office,
    ):
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
        in_office = await office.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
        await started(feed)
        await started(in_office)

        said = await comment(parent, post, "Wat een gedoe")
        (commented,) = await told(feed, 1)
        await teacher.ok(EDIT, post=post, title="Geen gymles")
        (edited,) = await told(feed, 1)
        await teacher.ok(HIDE, comment=said)
        (hidden,) = await told(feed, 1)

        assert (commented["kind"], commented["postId"], commented["post"]["commentCount"]) == ("COMMENTED", post, 1)
        assert commented["comment"] == {
            "id": said, "body": "Wat een gedoe", "authorName": "Esra Yilmaz", "hiddenAt": None
        }  # fmt: skip
        assert (edited["kind"], edited["post"]["title"], edited["comment"]) == ("EDITED", "Geen gymles", None)
        assert (hidden["kind"], hidden["comment"]["body"]) == ("COMMENT_HIDDEN", "Verwijderd door de school.")
        assert hidden["comment"]["hiddenAt"] == "2026-09-15T05:00:00+00:00"
        kept = await told(in_office, 3)
        assert kept[2]["comment"]["body"] == "Wat een gedoe", "the administration still reads it"


async def test_a_withdrawn_posts_event_has_no_post_but_for_the_administration(
    small_school: SmallSchool, clients: Clients
) -> None:
    teacher = clients(small_school.token(small_school.teacher))
    post = await publish(teacher, small_school.school, small_school.group, "Gymles")
    async with (
        clients.live(small_school.token(small_school.guardian)) as live,
        clients.live(small_school.token(small_school.admin)) as office,
    ):
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
        in_office = await office.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
        await started(feed)
        await started(in_office)

        await teacher.ok(TAKE_BACK, post=post)

        assert await told(feed, 1) == [{"kind": "WITHDRAWN", "postId": post, "post": None, "comment": None}]
        (kept,) = await told(in_office, 1)
        assert (kept["post"]["id"], kept["post"]["withdrawnAt"]) == (post, "2026-09-15T05:00:00+00:00")


async def test_who_replays_gets_posts_as_they_are_now(small_school: SmallSchool, clients: Clients) -> None:
    teacher, parent = (clients(small_school.token(who)) for who in (small_school.teacher, small_school.guardian))
    post = await publish(teacher, small_school.school, small_school.group, "Gymles")
    said = await comment(parent, post, "Leuk")
    await teacher.ok(TAKE_BACK, post=post)
    async with clients.live(small_school.token(small_school.guardian)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group), after="0.0")
        await started(feed)

        events = await told(feed, 3)

    assert said
    assert [(event["kind"], event["post"], event["comment"]) for event in events] == [
        ("PUBLISHED", None, None),
        ("COMMENTED", None, None),
        ("WITHDRAWN", None, None),
    ], "what was taken back is not read again by way of the log"


async def test_a_long_absence_is_caught_up_in_order(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    """More events than a frame holds: none is lost between frames."""
    teacher, group = clients(small_school.token(small_school.teacher)), small_school.group
    post = await publish(teacher, small_school.school, group, "Een")
    edited = orjson.dumps({"post": str(UUID(post.removeprefix("post_")))}).decode()
    await database.fetch(
        "select from stream_append($1, $2, $3::jsonb[])",
        [[live_topics.posts_of_group(group.id)] * 220, ["EDITED"] * 220, [edited] * 220],
    )
    async with clients.live(small_school.token(small_school.guardian)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(group), after="0.0")
        await started(feed)
        frames = [await feed.frame(), await feed.frame()]

    assert [len(frame["events"]) for frame in frames] == [200, 21]
    assert [frame["cursor"].partition(".")[0] for frame in frames] == ["200", "221"]
    assert [event["kind"] for frame in frames for event in frame["events"]] == ["PUBLISHED", *["EDITED"] * 220]
