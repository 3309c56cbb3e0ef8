"""Who may follow a feed, and what happens to a feed when its follower no longer may."""

from typing import Any
from uuid import uuid4

import pytest

import resolvers.standing
from models import Role
from models.database import Database
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
    FOLLOW_ABSENCES,
    FOLLOW_POSTS,
    SIGN_OUT,
    ended,
    publish,
    report,
    started,
    told,
)


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
    monkeypatch.setattr(resolvers.standing, "RECHECK_S", 0.05)
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
