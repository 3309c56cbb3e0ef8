"""Who may follow the slots of a round, and for how long."""

from typing import Any
from uuid import uuid4

from models.database import Database
from resolvers.ids import public_id
from tests.api.office import END_GUARDIANSHIP, LEAVE_GUARDIANSHIP, WHY
from tests.clients import Client, Clients
from tests.factories import SmallSchool, found_small_school, founding, guardian, id_of, sign_in_token, staff
from tests.live.words import ended
from tests.meetings.documents import ANNOUNCE_ROUND, CANCEL_SLOT, FOLLOW_SLOTS, REPLACE_HOST, SEPARATE
from tests.meetings.feeds import follow, states_of
from tests.meetings.planning import announced, booked, free, plan, seen_by, ticket_of, window


async def test_only_who_sees_a_round_may_follow_it_and_to_all_others_it_does_not_exist(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database
) -> None:
    round_ = await announced(head, small_school, groups=[small_school.group], windows=[window(small_school.teacher)])
    elsewhere = await found_small_school(database)
    sees = [small_school.guardian, small_school.classmates_guardian, small_school.teacher, small_school.admin]
    tokens = [small_school.token(who) for who in (small_school.other_teacher, small_school.other_groups_guardian)]
    for somebody in sees:
        async with clients.live(small_school.token(somebody)) as live:
            await follow(live, round_)

    for token in (*tokens, elsewhere.token(elsewhere.admin), elsewhere.token(elsewhere.guardian)):
        async with clients.live(token) as live:
            absent = [public_id("round", uuid4()), "round_x", "junk", id_of(small_school.group), ""]
            refusals = [
                await (await live.subscribe(FOLLOW_SLOTS, round=id_)).message() for id_ in (round_["id"], *absent)
            ]
        assert all(refusal["type"] == "error" for refusal in refusals)
        assert all(refusal["payload"] == refusals[0]["payload"] for refusal in refusals)
        assert refusals[0]["payload"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_a_draft_does_not_exist_for_families_until_it_is_announced(
    small_school: SmallSchool, head: Client, clients: Clients
) -> None:
    draft = await plan(head, small_school)
    async with (
        clients.live(small_school.token(small_school.guardian)) as at_home,
        clients.live(small_school.token(small_school.teacher)) as in_class,
    ):
        await follow(in_class, draft)
        assert await (await at_home.subscribe(FOLLOW_SLOTS, round=draft["id"])).refused() == ["NOT_FOUND"]

        await head.ok(ANNOUNCE_ROUND, input={"roundId": draft["id"]})
        await follow(at_home, draft)


async def test_a_feed_ends_with_the_guardianship_before_it_tells_what_comes_of_that(
    small_school: SmallSchool, round_: dict[str, Any], parent: Client, head: Client, clients: Clients
) -> None:
    town, mine = small_school, await seen_by(parent, round_)
    await booked(parent, ticket_of(mine, town.noor), free(mine)[0]["id"])
    async with (
        clients.live(town.token(town.guardian)) as goes,
        clients.live(town.token(town.classmates_guardian)) as stays,
    ):
        feed, other = await follow(goes, round_), await follow(stays, round_)

        ending = {"pupilId": id_of(town.noor), "personId": id_of(town.guardian), **WHY}
        await head.ok(END_GUARDIANSHIP, input=ending)

        assert await feed.frame() == {"kind": "REVOKED", "cursor": None, "events": []}
        await ended(feed)
        assert await states_of(other, 1) == [(free(mine)[0]["id"], "FREE")]
        assert await (await goes.subscribe(FOLLOW_SLOTS, round=round_["id"])).refused() == ["NOT_FOUND"]


async def test_a_feed_goes_on_for_the_other_child(
    small_school: SmallSchool, head: Client, parent: Client, clients: Clients, database: Database
) -> None:
    async with founding(database) as facts:
        guardian(facts, small_school.sam, somebody=small_school.guardian)
    round_ = await announced(head, small_school)
    async with clients.live(small_school.token(small_school.guardian)) as live:
        feed = await follow(live, round_)
        await parent.ok(LEAVE_GUARDIANSHIP, input={"pupilId": id_of(small_school.sam)})

        mine = await seen_by(parent, round_)
        await booked(parent, ticket_of(mine, small_school.noor), free(mine)[0]["id"])
        assert await states_of(feed, 1) == [(free(mine)[0]["id"], "BOOKED")]

        await parent.ok(LEAVE_GUARDIANSHIP, input={"pupilId": id_of(small_school.noor)})
        assert (await feed.frame())["kind"] == "REVOKED"


async def test_parents_who_come_apart_do_not_follow_for_it_would_tell_of_the_others_talk(
    small_school: SmallSchool, round_: dict[str, Any], head: Client, clients: Clients, database: Database
) -> None:
    """The slots around a talk are hidden from the other party alone: told to nobody, they would stand out."""
    async with founding(database) as facts:
        other = guardian(facts, small_school.noor, name="Fenna Bos")
        token = sign_in_token(facts, other)
    parents, parties = (small_school.token(small_school.guardian), token), (small_school.guardian, other)
    asked = [{"guardianIds": [id_of(somebody)]} for somebody in parties]
    async with (
        clients.live(parents[0]) as one,
        clients.live(parents[1]) as another,
        clients.live(small_school.token(small_school.classmates_guardian)) as classmates,
    ):
        begun, feed = await follow(one, round_), await follow(classmates, round_)
        apart = {"pupilId": id_of(small_school.noor), "parties": asked, "basis": "Besluit van de directie"}
        await head.ok(SEPARATE, input=apart)
        for live in (one, another):
            assert await (await live.subscribe(FOLLOW_SLOTS, round=round_["id"])).refused() == ["FORBIDDEN"]

        mine = await seen_by(clients(parents[0]), round_)
        await booked(clients(parents[0]), ticket_of(mine, small_school.noor), free(mine)[3]["id"])
        left = {slot["id"] for slot in free(await seen_by(clients(parents[1]), round_))}
        assert len({slot["id"] for slot in free(mine)} - left) > 1, "there is something to betray"
        assert (await begun.frame())["kind"] == "REVOKED", "in place of the next event"
        await head.ok(CANCEL_SLOT, input={"slotId": free(mine)[9]["id"]})
        assert await states_of(feed, 2) == [(free(mine)[3]["id"], "BOOKED"), (free(mine)[9]["id"], "BLOCKED")]


async def test_a_host_who_is_one_no_longer_is_told_so_in_place_of_the_next_event(
    small_school: SmallSchool, head: Client, clients: Clients, database: Database
) -> None:
    async with founding(database) as facts:
        substitute = staff(facts, small_school.school, name="Inge Vos")
        token = sign_in_token(facts, substitute)
    windows = [window(small_school.teacher), window(substitute, begin="16:00", end="17:00")]
    round_ = await announced(head, small_school, windows=windows)
    slots = [slot["id"] for slot in free(await seen_by(head, round_))]
    async with clients.live(token) as live:
        feed = await follow(live, round_)
        await head.ok(CANCEL_SLOT, input={"slotId": slots[0]})
        assert await states_of(feed, 1) == [(slots[0], "BLOCKED")]

        asked = {"hostId": id_of(substitute), "newHostId": id_of(small_school.admin)}
        await head.ok(REPLACE_HOST, input={"roundId": round_["id"], **asked})
        await head.ok(CANCEL_SLOT, input={"slotId": slots[1]})

        assert (await feed.frame())["kind"] == "REVOKED"
        assert await (await live.subscribe(FOLLOW_SLOTS, round=round_["id"])).refused() == ["NOT_FOUND"]
