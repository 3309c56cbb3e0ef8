"""The feed in pages, over all schools of a family, and what is read and counted."""

import pytest

from models.database import Database
from tests.api.documents import (
    FEED,
    GROUPS_POSTS,
    MARK_POST_READ,
    PUBLISH_POST,
    WITHDRAW_POST,
    node,
)
from tests.api.steps import (
    ids,
    to_group,
)
from tests.clients import Clients, Clock
from tests.factories import (
    SmallSchool,
    admin,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    post,
)

COUNTS = node("Post", "viewerHasRead readCount audienceSize")


async def test_a_reader_counts_once_and_only_the_side_that_wrote_sees_the_count(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        made = id_of(post(facts, town.teacher, town.group))
    parent, classmate = clients(town.token(town.guardian)), clients(town.token(town.classmates_guardian))
    author, head = clients(town.token(town.teacher)), clients(town.token(town.admin))
    unread = {"viewerHasRead": False, "readCount": 0, "audienceSize": 2}
    assert await author.ok(COUNTS, id=made) == unread

    for _ in range(2):
        marked = await parent.ok(MARK_POST_READ, input={"postId": made})
        assert marked["post"] == {"id": made, "viewerHasRead": True}

    assert await author.ok(COUNTS, id=made) == unread | {"readCount": 1}
    assert await head.ok(COUNTS, id=made) == unread | {"readCount": 1}
    nothing = {"readCount": None, "audienceSize": None}
    assert await parent.ok(COUNTS, id=made) == {"viewerHasRead": True, **nothing}
    assert await classmate.ok(COUNTS, id=made) == {"viewerHasRead": False, **nothing}
    stranger = clients(town.token(town.other_groups_guardian))
    assert await stranger.refused(MARK_POST_READ, input={"postId": made}) == ["NOT_FOUND"]


async def test_a_school_wide_post_is_for_everybody_at_the_school_once(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.lina, somebody=town.guardian)  # two children, one reader
        guardian(facts, town.noor, somebody=town.other_teacher)  # works there and has a child there
        made = id_of(post(facts, town.admin, town.school))

    counted = await clients(town.token(town.teacher)).ok(COUNTS, id=made)

    assert counted == {"viewerHasRead": False, "readCount": 0, "audienceSize": 5}


@pytest.mark.parametrize("apart_s", [60, 0])
async def test_pages_neither_skip_nor_repeat_a_post_while_others_write_and_withdraw(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database, apart_s: int
) -> None:
    town = small_school
    author, reader = clients(town.token(town.teacher)), clients(town.token(town.guardian))
    written = []
    for _ in range(8):
        written.append((await author.ok(PUBLISH_POST, input=to_group(town)))["post"]["id"])
        clock.advance(seconds=apart_s)
    newest_first = ids((await reader.ok(GROUPS_POSTS, id=id_of(town.group), first=50))["posts"])
    assert sorted(newest_first) == sorted(written)
    if apart_s:
        assert newest_first == written[::-1]

    read, after = [], None
    for _ in range(3):
        page = (await reader.ok(GROUPS_POSTS, id=id_of(town.group), first=3, after=after))["posts"]
        read += ids(page)
        after = page["pageInfo"]["endCursor"]
        clock.advance(seconds=1)
        await author.ok(PUBLISH_POST, input=to_group(town))
        if len(read) == 3:  # one that was read, and one that was not
            for gone in (newest_first[1], newest_first[5]):
                await author.ok(WITHDRAW_POST, input={"postId": gone, "reason": "Dubbel"})

    assert read == [key for key in newest_first if key != newest_first[5]]
    assert page["pageInfo"]["hasNextPage"] is False


async def test_one_inbox_holds_the_posts_of_all_schools_and_can_be_narrowed(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        elsewhere = found_school(facts, name="De Klimop")
        group = found_group(facts, elsewhere, name="Groep 1")
        guardian(facts, enrol(facts, group, given_name="Ali"), somebody=town.guardian)
        head = admin(facts, elsewhere)
        here, there = post(facts, town.admin, town.school), post(facts, head, elsewhere)
        in_group, unseen = post(facts, head, group), post(facts, town.other_teacher, town.other_group)
    parent = clients(town.token(town.guardian))

    async def feed(**narrowed: str) -> set[str]:
        return set(ids((await parent.ok(FEED, **narrowed))["feed"]))

    assert await feed() == {id_of(here), id_of(there), id_of(in_group)}
    assert await feed(school=id_of(elsewhere)) == {id_of(there), id_of(in_group)}
    assert await feed(group=id_of(group)) == {id_of(in_group)}
    assert await feed(group=id_of(town.other_group)) == set()
    assert id_of(unseen) in set(ids((await clients(town.token(town.admin)).ok(FEED))["feed"]))
