"""Posts and comments as their followers hear of them."""

from uuid import UUID

import orjson

from models.database import Database
from resolvers import live as live_topics
from tests.clients import Clients
from tests.factories import (
    SmallSchool,
    id_of,
)
from tests.live.words import (
    EDIT,
    FOLLOW_POSTS,
    HIDE,
    TAKE_BACK,
    comment,
    publish,
    started,
    told,
)


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
        [[live_topics.GROUP_POSTS.topic(group.id)] * 220, ["EDITED"] * 220, [edited] * 220],
    )
    async with clients.live(small_school.token(small_school.guardian)) as live:
        feed = await live.subscribe(FOLLOW_POSTS, group=id_of(group), after="0.0")
        await started(feed)
        frames = [await feed.frame(), await feed.frame()]

    assert [len(frame["events"]) for frame in frames] == [200, 21]
    assert [frame["cursor"].partition(".")[0] for frame in frames] == ["200", "221"]
    assert [event["kind"] for frame in frames for event in frame["events"]] == ["PUBLISHED", *["EDITED"] * 220]
