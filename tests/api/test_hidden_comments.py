"""Comments that the school hides: the text is kept, and nobody but the administration reads it (R14, R17)."""

import pytest

from models import Locale
from models.database import Database
from tests.api.documents import ADD_COMMENT, HIDE_COMMENT, READ_COMMENT
from tests.api.steps import bodies
from tests.clients import Clients, Clock
from tests.factories import (
    SmallSchool,
    amend,
    comment,
    founding,
    id_of,
    post,
)


async def test_the_author_can_not_take_a_comment_back_however_long_or_short_ago(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = id_of(post(facts, town.teacher, town.group))
    author = clients(town.token(town.guardian))
    made = (await author.ok(ADD_COMMENT, input={"postId": under, "body": "Oeps"}))["comment"]["id"]
    hide = {"commentId": made, "reason": "Ik bedoelde iets anders"}

    assert await author.refused(HIDE_COMMENT, input=hide) == ["FORBIDDEN"]

    assert await bodies(clients, town, town.classmates_guardian, under) == ["Oeps"]
    await clients(town.token(town.teacher)).ok(HIDE_COMMENT, input=hide)


@pytest.mark.parametrize("who", ["teacher", "admin"])
async def test_a_hidden_comment_leaves_a_fixed_text_to_all_and_its_own_to_the_administration(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database, who: str
) -> None:
    town = small_school
    await amend(database, town.classmates_guardian, locale=Locale.EN)
    async with founding(database) as facts:
        under = post(facts, town.teacher, town.group)
        said = comment(facts, under, town.guardian, body="Onaardig")
    moderator = clients(town.token(getattr(town, who)))

    hidden = await moderator.ok(HIDE_COMMENT, input={"commentId": id_of(said), "reason": "Niet respectvol"})

    assert hidden["comment"]["hiddenAt"] == clock.now.isoformat()
    tombstone = "Verwijderd door de school."
    for somebody in (town.guardian, town.teacher):
        assert await bodies(clients, town, somebody, id_of(under)) == [tombstone]
        assert (await clients(town.token(somebody)).ok(READ_COMMENT, id=id_of(said)))["body"] == tombstone
    assert await bodies(clients, town, town.classmates_guardian, id_of(under)) == ["Removed by the school."]
    assert await bodies(clients, town, town.admin, id_of(under)) == ["Onaardig"]
    kept = await database.fetch("select body, hidden_by, hidden_reason from comment where id = $1", [said.id])
    assert tuple(kept[0]) == ("Onaardig", getattr(town, who).id, "Niet respectvol")


async def test_only_the_groups_staff_hide_a_comment_and_they_say_why(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        said = id_of(comment(facts, post(facts, town.teacher, town.group), town.guardian))
    hide = {"commentId": said, "reason": "Niet respectvol"}
    refusals = {
        town.guardian.id: "FORBIDDEN",
        town.classmates_guardian.id: "FORBIDDEN",
        town.other_groups_guardian.id: "NOT_FOUND",
        town.other_teacher.id: "NOT_FOUND",
    }

    for somebody, code in refusals.items():
        assert await clients(town.tokens[somebody]).refused(HIDE_COMMENT, input=hide) == [code]
    teacher_ = clients(town.token(town.teacher))
    assert await teacher_.refused(HIDE_COMMENT, input=hide | {"reason": "  "}) == ["REQUIRED"]

    assert (await teacher_.ok(READ_COMMENT, id=said))["hiddenAt"] is None
    await teacher_.ok(HIDE_COMMENT, input=hide)
