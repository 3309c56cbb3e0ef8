"""House rules: read and accepted, version by version, before anybody writes (R11)."""

import asyncio

import pytest

import models
from models.database import Database
from tests.api.documents import ADD_COMMENT, EDIT_POST, PUBLISH_POST, REPORT_ABSENCE
from tests.api.office import ACCEPT_HOUSE_RULES, HOUSE_RULES, PUBLISH_HOUSE_RULES, written
from tests.api.steps import appointment, stored, to_group, to_school
from tests.clients import Client, Clients, Clock, count_statements
from tests.factories import SmallSchool, admin, enrol, found_small_school, founding, guardian, id_of, post

TEXT = "Wees aardig.\n\nDeel geen foto's."


async def publish(head: Client, town: SmallSchool, text: str = TEXT) -> int:
    """Publish rules: the version."""
    done = await head.ok(PUBLISH_HOUSE_RULES, input={"schoolId": id_of(town.school), "text": text})
    return done["school"]["houseRules"]["version"]


async def accept(client: Client, town: SmallSchool, version: int = 1) -> dict[str, object]:
    done = await client.ok(ACCEPT_HOUSE_RULES, input={"schoolId": id_of(town.school), "version": version})
    return done["school"]["houseRules"]


@pytest.fixture
async def message(small_school: SmallSchool, database: Database) -> models.Post:
    """A post of the teacher to the first group."""
    async with founding(database) as facts:
        return post(facts, small_school.teacher, small_school.group)


async def test_nobody_comments_or_publishes_before_accepting_the_rules_and_all_read_them(
    small_school: SmallSchool, clients: Clients, head: Client, message: models.Post, clock: Clock
) -> None:
    town = small_school
    parent, teacher = clients(town.token(town.guardian)), clients(town.token(town.teacher))
    reply, news = {"postId": id_of(message), "body": "Dank u."}, to_group(town)
    await parent.ok(ADD_COMMENT, input=reply)
    await teacher.ok(PUBLISH_POST, input=news)
    assert await parent.ok(HOUSE_RULES, id=id_of(town.school)) == {"houseRules": None}

    assert await publish(head, town) == 1

    assert await parent.refused(ADD_COMMENT, input=reply) == ["RULES_NOT_ACCEPTED"]
    assert await teacher.refused(PUBLISH_POST, input=news) == ["RULES_NOT_ACCEPTED"]
    assert await head.refused(PUBLISH_POST, input=to_school(town)) == ["RULES_NOT_ACCEPTED"]
    unread = {"version": 1, "text": TEXT, "acceptedAt": None}
    assert (await parent.ok(HOUSE_RULES, id=id_of(town.school)))["houseRules"] == unread
    rewritten = {"postId": id_of(message), "title": "Zwemles"}
    assert await teacher.refused(EDIT_POST, input=rewritten) == ["RULES_NOT_ACCEPTED"]
    await teacher.ok(EDIT_POST, input={"postId": id_of(message), "commentsOpen": False})
    await teacher.ok(EDIT_POST, input={"postId": id_of(message), "commentsOpen": True})

    assert await accept(parent, town) == {**unread, "acceptedAt": clock.now.isoformat()}
    await parent.ok(ADD_COMMENT, input=reply)
    assert await teacher.refused(PUBLISH_POST, input=news) == ["RULES_NOT_ACCEPTED"]
    assert (await teacher.ok(HOUSE_RULES, id=id_of(town.school)))["houseRules"] == unread


async def test_a_child_is_reported_absent_whatever_was_accepted(
    small_school: SmallSchool, head: Client, parent: Client
) -> None:
    await publish(head, small_school)

    await parent.ok(REPORT_ABSENCE, input=appointment(small_school.noor))


async def test_a_new_version_asks_everybody_again_and_keeps_what_was_accepted(
    small_school: SmallSchool, head: Client, parent: Client, message: models.Post, database: Database
) -> None:
    town, reply = small_school, {"postId": id_of(message), "body": "Dank u."}
    await publish(head, town)
    await accept(parent, town)
    await accept(parent, town)
    await parent.ok(ADD_COMMENT, input=reply)

    assert await publish(head, town, "Nog aardiger.") == 2

    assert await parent.refused(ADD_COMMENT, input=reply) == ["RULES_NOT_ACCEPTED"]
    assert (await accept(parent, town, 2))["text"] == "Nog aardiger."
    await parent.ok(ADD_COMMENT, input=reply)
    assert await stored(database, models.HouseRulesAcceptance, school_id=town.school.id) == 2
    assert await written(database, town, "accept_house_rules") == [(town.guardian.id, town.school.id, None, None)] * 2
    assert await written(database, town, "publish_house_rules") == [(town.admin.id, town.school.id, None, None)] * 2


async def test_only_the_version_that_counts_can_be_accepted(
    small_school: SmallSchool, head: Client, parent: Client, database: Database
) -> None:
    town = small_school

    async def attempt(version: int) -> list[tuple[str, list[str]]]:
        wanted = {"schoolId": id_of(town.school), "version": version}
        refused = await parent.ask(ACCEPT_HOUSE_RULES, input=wanted)
        return [(error["code"], error["path"]) for error in refused.errors]

    invalid = [("INVALID", ["input", "version"])]
    assert await attempt(0) == await attempt(1) == invalid, "there are no rules yet"
    await publish(head, town)
    await publish(head, town)
    for version in (-1, 0, 1, 3):
        assert await attempt(version) == invalid, version
    assert await stored(database, models.HouseRulesAcceptance, school_id=town.school.id) == 0
    await accept(parent, town, 2)


async def test_who_may_not_write_at_all_is_told_that_and_not_of_rules(
    small_school: SmallSchool, clients: Clients, head: Client, message: models.Post
) -> None:
    town = small_school
    await publish(head, town)
    stranger, parent = clients(town.token(town.other_groups_guardian)), clients(town.token(town.guardian))

    assert await stranger.refused(ADD_COMMENT, input={"postId": id_of(message), "body": "Hoi"}) == ["NOT_FOUND"]
    assert await parent.refused(PUBLISH_POST, input=to_group(town)) == ["FORBIDDEN"]


async def test_rules_are_of_one_school_and_accepted_at_one_school(
    small_school: SmallSchool, clients: Clients, head: Client, parent: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        guardian(facts, enrol(facts, elsewhere.group), somebody=town.guardian)
        here, there = post(facts, town.teacher, town.group), post(facts, elsewhere.teacher, elsewhere.group)
        admin(facts, elsewhere.school)
    await publish(clients(elsewhere.token(elsewhere.admin)), elsewhere)
    replies = [{"postId": id_of(message), "body": "Hoi"} for message in (here, there)]

    await parent.ok(ADD_COMMENT, input=replies[0])
    assert await parent.refused(ADD_COMMENT, input=replies[1]) == ["RULES_NOT_ACCEPTED"]
    await publish(head, town)
    await accept(parent, elsewhere)
    assert await parent.refused(ADD_COMMENT, input=replies[0]) == ["RULES_NOT_ACCEPTED"]
    await parent.ok(ADD_COMMENT, input=replies[1])


async def test_rules_cost_a_comment_and_a_post_no_statement_more(
    small_school: SmallSchool, clients: Clients, head: Client, message: models.Post, database: Database
) -> None:
    town = small_school
    parent, teacher = clients(town.token(town.guardian)), clients(town.token(town.teacher))

    async def counted() -> tuple[int, int]:
        with count_statements() as commenting:
            await parent.ok(ADD_COMMENT, input={"postId": id_of(message), "body": "Hoi"})
        with count_statements() as publishing:
            await teacher.ok(PUBLISH_POST, input=to_group(town))
        return len(commenting), len(publishing)

    without = await counted()
    for version in (1, 2, 3):
        await publish(head, town)
        for client in (parent, teacher):
            await accept(client, town, version)

    assert await counted() == without


async def test_two_publish_at_once_and_both_versions_are_there(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    await asyncio.gather(*(publish(head, small_school, f"Versie {number}") for number in range(4)))

    assert await stored(database, models.HouseRules, school_id=small_school.school.id) == 4
