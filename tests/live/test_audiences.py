"""Audiences: an event is read once for all who are told the same, and nobody is told what is meant for another."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

import schema.following
from models import Role
from models.database import Database
from tests.clients import Clients, Clock, Feed, count_statements
from tests.factories import SmallSchool, amend, founding, guardian, id_of, join, person, sign_in_token, teach
from tests.live.words import FOLLOW_ABSENCES, FOLLOW_POSTS, HIDE, comment, publish, report, started, told

SHOWN = """
  id title commentCount readCount audienceSize viewerCanComment group { name } author { name label %s }
  comments(first: 5) { edges { node { body authorName author { name label %s } } } } %s
"""
"""What depends on who looks, in one way or another."""
ALIKE = SHOWN % ("", "", "")
PERSONAL = SHOWN % ("email phone", "phone", "viewerHasRead")
MARK_READ = "mutation($post: ID!) { markPostRead(input: {postId: $post}) { post { viewerHasRead } } }"


def follow_posts(shown: str) -> str:
    return (
        "subscription($group: ID, $school: ID, $after: String) { postFeed(groupId: $group, schoolId: $school,"
        f" after: $after) {{ kind cursor events {{ kind post {{ {shown} }} }} }} }}"
    )


def ask_post(shown: str) -> str:
    return f"query($post: ID!) {{ node(id: $post) {{ ... on Post {{ {shown} }} }} }}"


def reads(statements: Iterable[str], table: str) -> int:
    """How many of these statements read rows of a table by their ids."""
    return sum(f"FROM {table} AS {table}_1" in statement and "ANY ($" in statement for statement in statements)


@asynccontextmanager
async def following(clients: Clients, tokens: Iterable[str], document: str, **about: str) -> AsyncIterator[list[Feed]]:
    async with AsyncExitStack() as open_:
        lives = [await open_.enter_async_context(clients.live(token)) for token in tokens]
        feeds = [await live.subscribe(document, **about) for live in lives]
        for feed in feeds:
            await started(feed) if "kind retry" in document else await feed.frame()
        yield feeds


async def test_an_event_is_read_once_for_all_who_are_told_the_same(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    async with founding(database) as facts:
        families = [guardian(facts, small_school.noor, name=f"Ouder {number}") for number in range(10)]
        tokens = [sign_in_token(facts, parent) for parent in families for _ in range(2)]
    teacher = clients(small_school.token(small_school.teacher))
    document = follow_posts(ALIKE)
    async with following(clients, tokens, document, group=id_of(small_school.group)) as feeds:
        with count_statements() as statements:
            await publish(teacher, small_school.school, small_school.group, "Gymles")
            frames = await asyncio.gather(*(feed.frame() for feed in feeds))

    assert all(frame == frames[0] for frame in frames)
    assert reads(statements, "post") == 2, "once for the answer to the teacher, once for twenty followers"


async def test_a_personal_field_is_read_for_each_person(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    people = [small_school.guardian, small_school.classmates_guardian]
    tokens = [small_school.token(who) for who in people]
    teacher, parent = clients(small_school.token(small_school.teacher)), clients(tokens[0])
    post = await publish(teacher, small_school.school, small_school.group, "Gymles")
    await parent.ok(MARK_READ, post=post)
    document = follow_posts(PERSONAL)
    async with following(clients, tokens, document, group=id_of(small_school.group)) as feeds:
        with count_statements() as statements:
            await comment(teacher, post, "Neem schoenen mee.")
            frames = [await feed.frame() for feed in feeds]

    assert [frame["events"][0]["post"]["viewerHasRead"] for frame in frames] == [True, False]
    assert reads(statements, "post") == 3, "to comment on it, and once for each"


async def _everybody_is_told_what_they_may_ask(
    small_school: SmallSchool, clients: Clients, database: Database, shown: str
) -> None:
    """Hold each person's feed against that person's own query, for people whose rights differ in every way."""
    async with founding(database) as facts:
        both = guardian(facts, small_school.noor, name="Fenna Bos")
        guardian_of_two = guardian(facts, small_school.sam, name="Omar Aziz", phone="0612345678", share_contact=True)
        teacher_and_parent = guardian(facts, small_school.lina, name="Inge Vos")
        join(facts, small_school.school.id, teacher_and_parent, Role.STAFF)
        teach(facts, small_school.group, teacher_and_parent)
        tokens = [sign_in_token(facts, who) for who in (both, guardian_of_two, teacher_and_parent)]
    people = [small_school.teacher, small_school.admin, small_school.guardian, small_school.classmates_guardian]
    tokens += [small_school.token(who) for who in people]
    teacher, writer = clients(small_school.token(small_school.teacher)), clients(tokens[1])
    post = await publish(teacher, small_school.school, small_school.group, "Gymles")
    document, question = follow_posts(shown), ask_post(shown)
    async with following(clients, tokens, document, group=id_of(small_school.group)) as feeds:
        await comment(writer, post, "Wij zijn er.")
        for feed, token in zip(feeds, tokens, strict=True):
            (event,) = (await feed.frame())["events"]
            assert event["post"] == await clients(token).ok(question, post=post)


@pytest.mark.parametrize("shown", [ALIKE, PERSONAL])
async def test_everybody_is_told_exactly_what_they_may_ask(
    shown: str, small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    await _everybody_is_told_what_they_may_ask(small_school, clients, database, shown)


@pytest.mark.parametrize("shown", [ALIKE, PERSONAL])
async def test_a_wrong_audience_is_caught(
    shown: str, small_school: SmallSchool, clients: Clients, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_parts(plans: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        class Careless:
            parts = frozenset[str]()

        return lambda *asked: [(Careless, values) for _, values in plans(*asked)]

    monkeypatch.setattr(schema.following, "plans", no_parts(schema.following.plans))

    with pytest.raises(AssertionError):
        await _everybody_is_told_what_they_may_ask(small_school, clients, database, shown)


async def test_who_gets_other_rights_goes_on_in_another_audience(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    async with founding(database) as facts:
        head = person(facts, name="Ruth Kok")
        administration = join(facts, small_school.school.id, head, Role.ADMIN)
        join(facts, small_school.school.id, head, Role.STAFF)
        teach(facts, small_school.group, head)
        tokens = [sign_in_token(facts, head), small_school.token(small_school.admin)]
    admin, parent = clients(tokens[1]), clients(small_school.token(small_school.guardian))
    post = await publish(admin, small_school.school, small_school.group, "Gymles")
    hidden = [await comment(parent, post, f"Telefoon {number}") for number in range(2)]
    async with following(clients, tokens, FOLLOW_POSTS, group=id_of(small_school.group)) as feeds:
        await admin.ok(HIDE, comment=hidden[0])
        bodies = [(await told(feed, 1))[0]["comment"]["body"] for feed in feeds]
        assert bodies == ["Telefoon 0", "Telefoon 0"]

        await amend(database, administration, ended_at=clock())
        await admin.ok(HIDE, comment=hidden[1])
        bodies = [(await told(feed, 1))[0]["comment"]["body"] for feed in feeds]

    assert bodies == ["Verwijderd door de school.", "Telefoon 1"]


async def test_nothing_that_was_said_after_the_end_of_a_right_is_shown_however_close(
    small_school: SmallSchool, clients: Clients, database: Database, clock: Clock
) -> None:
    writers = [clients(small_school.token(small_school.admin)) for _ in range(4)]
    for _ in range(8):
        async with founding(database) as facts:
            substitute = person(facts, name="Inge Vos")
            join(facts, small_school.school.id, substitute, Role.STAFF)
            teaching = teach(facts, small_school.group, substitute)
            token = sign_in_token(facts, substitute)
        is_over = asyncio.Event()

        async def write(client: Any, is_over: asyncio.Event = is_over) -> None:
            for _ in range(4):
                title = "na afloop" if is_over.is_set() else "ervoor"
                await publish(client, small_school.school, small_school.group, title)

        async def end(is_over: asyncio.Event = is_over, teaching: Any = teaching) -> None:
            await amend(database, teaching, ended_at=clock())
            is_over.set()

        async with clients.live(token) as live:
            feed = await live.subscribe(FOLLOW_POSTS, group=id_of(small_school.group))
            await started(feed)
            await asyncio.gather(end(), *(write(client) for client in writers))
            shown: list[str] = []
            while (frame := await feed.frame())["kind"] == "EVENTS":
                shown += [event["post"]["title"] for event in frame["events"]]

        assert frame["kind"] == "REVOKED"
        assert "na afloop" not in shown


async def test_a_follower_who_leaves_takes_nothing_from_the_others(small_school: SmallSchool, clients: Clients) -> None:
    tokens = [small_school.token(small_school.teacher)] * 3
    parents = [
        (clients(small_school.token(who)), pupil)
        for who, pupil in (
            (small_school.guardian, small_school.noor),
            (small_school.classmates_guardian, small_school.sam),
        )
    ]
    async with following(clients, tokens, FOLLOW_ABSENCES, group=id_of(small_school.group)) as feeds:
        leaving = feeds.pop(0)
        for parent, pupil in parents:
            making = asyncio.create_task(report(parent, pupil))
            await leaving.complete()
            made = await making
            for feed in feeds:
                assert [event["report"]["id"] for event in await told(feed, 1)] == [made]
            leaving = feeds.pop(0) if len(feeds) > 1 else leaving
