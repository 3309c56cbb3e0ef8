"""Cursors: who comes back gets exactly what was missed, or is told to look at the whole again."""

from tests.clients import Clients
from tests.factories import (
    SmallSchool,
    id_of,
)
from tests.live.words import (
    FOLLOW_ABSENCES,
    FOLLOW_POSTS,
    GROUP,
    ended,
    publish,
    report,
    started,
    told,
)


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
