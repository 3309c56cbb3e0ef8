"""Out again: guardianships that end, children that leave; at the next request, and for good (R2, R17; GUA, PUP-08)."""

from typing import Any

import models
from models import InformationRight, InvitationState, MailKind, Role
from models.database import Database
from tests.api.documents import ADD_COMMENT, PUBLISH_POST, READ_COMMENTS, READ_POST, REPORT_ABSENCE
from tests.api.office import (
    DEREGISTER_PUPIL,
    END_GUARDIANSHIP,
    END_MEMBERSHIP,
    LEAVE_GUARDIANSHIP,
    MINE,
    WHY,
    at,
    members,
    roles,
    written,
)
from tests.api.steps import appointment, bodies, stored, to_group
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock, count_statements
from tests.factories import (
    FAR_AHEAD,
    YESTERDAY,
    SmallSchool,
    enrol,
    found_small_school,
    founding,
    guardian,
    id_of,
    post,
    sign_in_token,
)
from tests.letters import letters_to

GONE: dict[str, list[Any]] = {"memberships": [], "children": [], "groups": []}


def _of_noor(town: SmallSchool, somebody: models.Person) -> dict[str, Any]:
    return {"pupilId": id_of(town.noor), "personId": id_of(somebody), **WHY}


async def test_a_guardian_whose_authority_was_withdrawn_is_out_at_the_next_request(
    small_school: SmallSchool, head: Client, parent: Client, other_parent: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    await parent.ok(REPORT_ABSENCE, input=appointment(town.noor))

    done = await head.ok(END_GUARDIANSHIP, input=_of_noor(town, town.guardian))

    assert done["pupil"]["guardians"] == [{"name": "Deniz Yilmaz"}]
    assert await parent.ok(MINE) == GONE
    assert await parent.refused(REPORT_ABSENCE, input=appointment(town.noor)) == ["NOT_FOUND"]
    assert (await other_parent.ok(MINE))["children"] == [{"givenName": "Noor"}]
    assert "Esra Yilmaz" not in await members(head, town)
    ((kind, letter),) = await letters_to(database, town.guardian.email, clock.now)
    assert (kind, letter.values, letter.path) == (
        MailKind.ACCESS_ENDED, {"name": "Esra Yilmaz", "school": "De Regenboog"}, None
    )  # fmt: skip
    entry = (town.admin.id, town.guardian.id, town.noor.id, WHY["reason"])
    assert await written(database, town, "end_guardianship") == [entry]
    (row,) = await database.fetch(
        "select ended_at, ended_reason from guardianship where person_id = $1", [town.guardian.id]
    )
    assert tuple(row) == (clock.now, WHY["reason"])


async def test_the_other_children_stay_and_with_them_the_membership(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.lina, somebody=town.guardian)

    await head.ok(END_GUARDIANSHIP, input=_of_noor(town, town.guardian))

    mine = await clients(town.token(town.guardian)).ok(MINE)
    assert mine["children"] == [{"givenName": "Lina"}]
    assert await roles(clients, town.token(town.guardian)) == ["GUARDIAN"]
    assert await stored(database, models.Mail, recipient=town.guardian.email) == 0


async def test_a_teacher_who_was_a_parent_stays_a_teacher(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.noor, somebody=town.other_teacher)

    await head.ok(END_GUARDIANSHIP, input=_of_noor(town, town.other_teacher))

    assert await roles(clients, town.token(town.other_teacher)) == ["STAFF"]
    assert await stored(database, models.Mail, recipient=town.other_teacher.email) == 0


async def test_only_who_is_a_guardian_now_can_be_ended_as_one(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        former = guardian(facts, town.noor, ended_at=YESTERDAY)

    for somebody in (town.classmates_guardian, town.teacher, former):
        assert await head.refused(END_GUARDIANSHIP, input=_of_noor(town, somebody)) == ["NOT_FOUND"]
    await head.ok(END_GUARDIANSHIP, input=_of_noor(town, town.guardian))
    assert await head.refused(END_GUARDIANSHIP, input=_of_noor(town, town.guardian)) == ["NOT_FOUND"]
    assert len(await written(database, town, "end_guardianship")) == 1


async def test_what_somebody_has_written_stays_under_the_name_as_posted(
    small_school: SmallSchool, clients: Clients, head: Client, parent: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        message = id_of(post(facts, town.teacher, town.group))
    await parent.ok(ADD_COMMENT, input={"postId": message, "body": "Tot morgen."})
    news = (await clients(town.token(town.teacher)).ok(PUBLISH_POST, input=to_group(town)))["post"]["id"]

    await head.ok(END_GUARDIANSHIP, input=_of_noor(town, town.guardian))
    await head.ok(END_MEMBERSHIP, input=at(town, town.teacher, role="STAFF", **WHY))

    assert await bodies(clients, town, town.classmates_guardian, message) == ["Tot morgen."]
    classmates = clients(town.token(town.classmates_guardian))
    (comment,) = (await classmates.ok(READ_COMMENTS, id=message))["comments"]["edges"]
    assert (comment["node"]["authorName"], comment["node"]["author"]["name"]) == ("Esra Yilmaz", "Esra Yilmaz")
    assert (await classmates.ok(READ_POST, id=news))["authorName"] == "Joke Smit"
    assert await parent.ok(READ_POST, id=message) is None


async def test_everybody_can_give_up_their_own_access_whatever_they_may_know(
    small_school: SmallSchool, clients: Clients, parent: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        distant = guardian(facts, town.noor, information_right=InformationRight.ON_REQUEST)
        other = clients(sign_in_token(facts, distant))
    clock.advance(hours=5)

    for client, somebody in ((parent, town.guardian), (other, distant)):
        done = await client.ok(LEAVE_GUARDIANSHIP, input={"pupilId": id_of(town.noor)})

        assert done["pupilId"] == id_of(town.noor)
        assert await client.ok(MINE) == GONE
        assert await client.refused(LEAVE_GUARDIANSHIP, input={"pupilId": id_of(town.noor)}) == ["NOT_FOUND"]
        assert await letters_to(database, somebody.email, clock.now) == []  # who goes knows it


async def _invite(
    database: Database, town: SmallSchool, pupil: models.Pupil, state: InvitationState
) -> models.Invitation:
    async with founding(database) as facts:
        return facts.add(
            models.Invitation(
                school_id=town.school.id,
                role=Role.GUARDIAN,
                pupil_id=pupil.id,
                email=f"{state.lower()}@post.example",
                name="Deniz",
                state=state,
                created_by=town.admin.id,
                created_at=YESTERDAY,
                sent_at=YESTERDAY,
                expires_at=FAR_AHEAD,
                closed_at=YESTERDAY,
            )
        )


async def test_a_child_that_leaves_takes_everybodys_access_with_it_and_no_invitation_is_left(
    small_school: SmallSchool, clients: Clients, head: Client, parent: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        pending = guardian(facts, town.noor, information_right=InformationRight.PENDING)
        both = guardian(facts, town.noor, town.sam, name="Kim Jansen")
        tokens = [sign_in_token(facts, somebody) for somebody in (pending, both)]
    states = (InvitationState.DRAFT, InvitationState.SENT, InvitationState.ACCEPTED)
    invitations = [await _invite(database, town, town.noor, state) for state in states]
    others = await _invite(database, town, town.sam, InvitationState.SENT)

    done = await head.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(town.noor), **WHY})

    assert (done["pupil"]["group"], done["pupil"]["guardians"]) == (None, [])
    assert [await client.ok(MINE) for client in (parent, clients(tokens[0]))] == [GONE, GONE]
    assert (await clients(tokens[1]).ok(MINE))["children"] == [{"givenName": "Sam"}]
    mailed = [len(await letters_to(database, who.email, clock.now)) for who in (town.guardian, pending, both)]
    assert mailed == [1, 1, 0]
    found = await database.fetch("select id, state, closed_at from invitation where school_id = $1", [town.school.id])
    by_id = {row["id"]: (row["state"], row["closed_at"]) for row in found}
    assert [by_id[invitation.id] for invitation in invitations] == [
        ("REVOKED", clock.now), ("REVOKED", clock.now), ("ACCEPTED", YESTERDAY)
    ]  # fmt: skip
    assert by_id[others.id][0] == "SENT"
    assert await written(database, town, "deregister_pupil") == [
        (town.admin.id, town.noor.id, town.noor.id, WHY["reason"])
    ]
    assert len(await written(database, town, "end_guardianship")) == 3


async def test_a_child_that_leaves_before_its_first_day_never_comes(
    small_school: SmallSchool, head: Client, database: Database, clock: Clock
) -> None:
    town = small_school
    async with founding(database) as facts:
        fien = enrol(facts, town.group, given_name="Fien", since=BEFORE_SCHOOL.replace(day=21))

    await head.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(fien), **WHY})

    assert await stored(database, models.Enrolment, pupil_id=fien.id) == 0


async def test_a_school_has_no_say_about_the_child_of_another(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, elsewhere = small_school, await found_small_school(database)
    async with founding(database) as facts:
        guardian(facts, elsewhere.noor, somebody=town.guardian)
    foreign = {"pupilId": id_of(elsewhere.noor), **WHY}

    assert await head.refused(DEREGISTER_PUPIL, input=foreign) == ["NOT_FOUND"]
    assert await head.refused(END_GUARDIANSHIP, input=foreign | {"personId": id_of(town.guardian)}) == ["NOT_FOUND"]
    await head.ok(END_GUARDIANSHIP, input=_of_noor(town, town.guardian))
    left = "select school_id from guardianship where person_id = $1 and ended_at is null"
    assert [row[0] for row in await database.fetch(left, [town.guardian.id])] == [elsewhere.school.id]


async def test_a_child_leaves_in_as_many_statements_whether_it_has_one_guardian_or_many(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        for number in range(8):
            guardian(facts, town.sam, name=f"Ouder {number}")
    counts: list[int] = []
    for pupil in (town.noor, town.sam):
        with count_statements() as sent:
            await head.ok(DEREGISTER_PUPIL, input={"pupilId": id_of(pupil), **WHY})
        counts.append(len(sent))

    assert counts[0] == counts[1]
