"""Posts: of the school to everybody, of a group to its own people, and of nobody else's (R4, R7, R12, R22)."""

import models
from models.database import Database
from tests.api.documents import (
    EDIT_POST,
    FEED,
    GROUPS_POSTS,
    MARK_POST_READ,
    PUBLISH_POST,
    READ_POST,
    UPDATE_PROFILE,
    WITHDRAW_POST,
    node,
)
from tests.api.steps import ids, stored, to_group, to_school
from tests.clients import Clients, Clock
from tests.factories import (
    SmallSchool,
    admin,
    amend,
    enrol,
    found_group,
    found_school,
    founding,
    guardian,
    id_of,
    join,
    post,
    sign_in_token,
    staff,
    teacher,
)


async def seen_by(clients: Clients, town: SmallSchool, post_id: str) -> set[str]:
    """Who finds a post, by its id and in the feed alike."""
    seen = set()
    for name in ("teacher", "other_teacher", "admin", "guardian", "classmates_guardian", "other_groups_guardian"):
        client = clients(town.token(getattr(town, name)))
        found = await client.ok(READ_POST, id=post_id) is not None
        assert found == (post_id in ids((await client.ok(FEED))["feed"])), name
        if found:
            seen.add(name)
    return seen


async def test_a_post_to_a_group_is_read_in_that_group_and_by_the_administration_alone(
    small_school: SmallSchool, clients: Clients
) -> None:
    town = small_school

    made = (await clients(town.token(town.teacher)).ok(PUBLISH_POST, input=to_group(town)))["post"]

    assert (made["group"], made["authorName"]) == ({"name": "Groep 5"}, "Joke Smit")
    seen = await seen_by(clients, town, made["id"])
    assert seen == {"teacher", "admin", "guardian", "classmates_guardian"}


async def test_a_school_wide_post_is_read_by_the_whole_school_and_by_no_other(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        elsewhere = found_school(facts, name="De Klimop")
        strangers = [admin(facts, elsewhere), guardian(facts, enrol(facts, found_group(facts, elsewhere)))]
        tokens = [sign_in_token(facts, stranger) for stranger in strangers]

    made = (await clients(town.token(town.admin)).ok(PUBLISH_POST, input=to_school(town)))["post"]

    assert made["group"] is None
    assert len(await seen_by(clients, town, made["id"])) == 6
    for token in tokens:
        assert await clients(token).ok(READ_POST, id=made["id"]) is None
        assert (await clients(token).ok(FEED))["feed"]["edges"] == []


async def test_staff_write_and_guardians_do_not(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    parent = clients(town.token(town.guardian))

    await clients(town.token(town.teacher)).ok(PUBLISH_POST, input=to_group(town))
    await clients(town.token(town.admin)).ok(PUBLISH_POST, input=to_group(town))
    await clients(town.token(town.admin)).ok(PUBLISH_POST, input=to_school(town))

    assert await parent.refused(PUBLISH_POST, input=to_group(town)) == ["FORBIDDEN"]
    assert await parent.refused(PUBLISH_POST, input=to_school(town)) == ["FORBIDDEN"]
    assert await stored(database, models.Post, school_id=town.school.id) == 3


async def test_a_teacher_writes_to_no_group_but_their_own(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        librarian = sign_in_token(facts, staff(facts, town.school))

    await clients(town.token(town.teacher)).ok(PUBLISH_POST, input=to_group(town))

    for token in (town.token(town.other_teacher), librarian):
        assert await clients(token).refused(PUBLISH_POST, input=to_group(town)) == ["NOT_FOUND"]
    assert await stored(database, models.Post, school_id=town.school.id) == 1


async def test_a_post_never_joins_one_school_with_the_group_of_another(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        elsewhere = found_school(facts)
        group = found_group(facts, elsewhere)
        head = admin(facts, town.school)
        join(facts, elsewhere.id, head, models.Role.ADMIN)
        token = sign_in_token(facts, head)
    both = clients(token)

    await both.ok(PUBLISH_POST, input=to_group(town))
    await both.ok(PUBLISH_POST, input=to_group(town, schoolId=id_of(elsewhere), groupId=id_of(group)))

    assert await both.refused(PUBLISH_POST, input=to_group(town, groupId=id_of(group))) == ["NOT_FOUND"]


async def test_a_correction_keeps_what_was_said_and_shows_that_it_was_corrected(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    author = clients(town.token(town.teacher))
    made = (await author.ok(PUBLISH_POST, input=to_group(town)))["post"]
    assert made["editedAt"] is None

    clock.advance(minutes=10)
    edited = await author.ok(EDIT_POST, input={"postId": made["id"], "body": "Neem ook een handdoek mee."})
    await author.ok(EDIT_POST, input={"postId": made["id"], "title": "Gymles om tien uur"})

    assert edited["post"] == made | {"body": "Neem ook een handdoek mee.", "editedAt": "2026-09-15T05:10:00+00:00"}
    rows = await database.fetch(
        "select title, body from post_revision where school_id = $1 order by id", [town.school.id]
    )
    assert [tuple(row) for row in rows] == [
        ("Gymles", "Neem gymschoenen mee."),
        ("Gymles", "Neem ook een handdoek mee."),
    ]
    read = await clients(town.token(town.guardian)).ok(READ_POST, id=made["id"])
    assert (read["title"], read["editedAt"]) == ("Gymles om tien uur", "2026-09-15T05:10:00+00:00")


async def test_only_the_author_and_the_administration_correct_and_withdraw_a_post(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        duo = sign_in_token(facts, teacher(facts, town.group, name="Ilse Dekker"))
        made = id_of(post(facts, town.teacher, town.group))
    tokens = {
        duo: "FORBIDDEN",
        town.token(town.guardian): "FORBIDDEN",
        town.token(town.other_teacher): "NOT_FOUND",
        town.token(town.other_groups_guardian): "NOT_FOUND",
    }

    for token, code in tokens.items():
        client = clients(token)
        assert await client.refused(EDIT_POST, input={"postId": made, "title": "Anders"}) == [code]
        assert await client.refused(WITHDRAW_POST, input={"postId": made, "reason": "Zomaar"}) == [code]

    read = await clients(town.token(town.guardian)).ok(READ_POST, id=made)
    assert (read["title"], read["editedAt"]) == ("Gymles", None)
    for name in (town.teacher, town.admin):
        done = await clients(town.token(name)).ok(EDIT_POST, input={"postId": made, "title": f"Van {name.name}"})
        assert done["post"]["title"] == f"Van {name.name}"
    await clients(town.token(town.admin)).ok(WITHDRAW_POST, input={"postId": made, "reason": "Verkeerde groep"})


async def test_who_teaches_a_group_no_more_corrects_nothing_there(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        made = id_of(post(facts, town.teacher, town.group))
    author = clients(town.token(town.teacher))
    await author.ok(EDIT_POST, input={"postId": made, "title": "Nog van mij"})

    async with database.begin() as session:
        await session.execute(
            models.table_of(models.Teaching)
            .update()
            .where(models.table_of(models.Teaching).c.person_id == town.teacher.id),
            {"ended_at": clock.now},
        )

    assert await author.refused(EDIT_POST, input={"postId": made, "title": "Niet meer"}) == ["NOT_FOUND"]


async def test_a_withdrawn_post_is_gone_for_all_but_the_administration_and_never_deleted(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        made = id_of(post(facts, town.teacher, town.group))
    assert len(await seen_by(clients, town, made)) == 4

    done = await clients(town.token(town.teacher)).ok(
        WITHDRAW_POST, input={"postId": made, "reason": "Verkeerde groep"}
    )

    assert done["postId"] == made
    for somebody in (town.teacher, town.guardian, town.classmates_guardian):
        assert await clients(town.token(somebody)).ok(READ_POST, id=made) is None
    head = clients(town.token(town.admin))
    assert (await head.ok(READ_POST, id=made))["title"] == "Gymles"
    assert (await head.ok(FEED))["feed"]["edges"] == []
    assert (await head.ok(GROUPS_POSTS, id=id_of(town.group)))["posts"]["edges"] == []
    rows = await database.fetch("select withdrawn_reason from post where school_id = $1", [town.school.id])
    assert [row[0] for row in rows] == ["Verkeerde groep"]


async def test_a_post_keeps_the_name_under_which_it_was_written(small_school: SmallSchool, clients: Clients) -> None:
    town = small_school
    author = clients(town.token(town.teacher))
    made = (await author.ok(PUBLISH_POST, input=to_group(town)))["post"]

    await author.ok(UPDATE_PROFILE, input={"name": "Joke Smit-de Wit"})

    read = await clients(town.token(town.guardian)).ok(node("Post", "authorName author { name label }"), id=made["id"])
    assert read == {"authorName": "Joke Smit", "author": {"name": "Joke Smit-de Wit", "label": "leerkracht groep 5"}}


async def test_a_post_of_a_family_whose_profile_is_incomplete_is_not_read(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        made = id_of(post(facts, town.teacher, town.group))
    parent = clients(town.token(town.guardian))
    assert (await parent.ok(READ_POST, id=made))["title"] == "Gymles"

    await amend(database, town.guardian, name="")

    assert await parent.ok(READ_POST, id=made) is None
    assert await parent.refused(MARK_POST_READ, input={"postId": made}) == ["PROFILE_INCOMPLETE"]
