"""People: what others know of somebody, in what capacity they speak (R19, R21, R22)."""

from typing import Any

import models
from models import Locale
from models.database import Database
from tests.api.documents import CONTACT, node
from tests.clients import Clients
from tests.factories import (
    SmallSchool,
    amend,
    comment,
    enrol,
    founding,
    guardian,
    id_of,
    post,
    sign_in_token,
    staff,
    teacher,
)

LABEL = node("Person", "label")


# ------------------------------------------------------------------------------------------------ contact details


async def test_contact_details_of_a_guardian_are_for_the_teacher_and_the_administration_unless_shared(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    await amend(database, town.guardian, phone="0612345678")
    async with founding(database) as facts:
        librarian = staff(facts, town.school)
        tokens = {**town.tokens, librarian.id: sign_in_token(facts, librarian)}
    names = {
        town.guardian.id: "herself",
        town.teacher.id: "teacher",
        town.admin.id: "admin",
        town.classmates_guardian.id: "classmate's guardian",
        town.other_groups_guardian.id: "guardian elsewhere",
        town.other_teacher.id: "teacher elsewhere",
        librarian.id: "librarian",
    }

    async def told() -> dict[str, Any]:
        found = {name: await clients(tokens[key]).ok(CONTACT, id=id_of(town.guardian)) for key, name in names.items()}
        return {name: one and (one["email"], one["phone"]) for name, one in found.items()}

    whole, masked = (town.guardian.email, "0612345678"), (None, None)
    expected = {
        "herself": whole,
        "teacher": whole,
        "admin": whole,
        "classmate's guardian": masked,
        "guardian elsewhere": None,
        "teacher elsewhere": None,
        "librarian": None,
    }
    assert await told() == expected
    await amend(database, town.guardian, share_contact=True)
    assert await told() == expected | {"classmate's guardian": whole}
    await amend(database, town.guardian, share_contact=False)
    assert await told() == expected


async def test_a_teachers_own_address_is_for_the_administration_alone(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    await amend(database, town.teacher, phone="0687654321", share_contact=True)

    for somebody in (town.guardian, town.classmates_guardian, town.other_teacher, town.other_groups_guardian):
        told = await clients(town.token(somebody)).ok(CONTACT, id=id_of(town.teacher))
        assert told == {"name": "Joke Smit", "email": None, "phone": None}
    for somebody in (town.admin, town.teacher):
        told = await clients(town.token(somebody)).ok(CONTACT, id=id_of(town.teacher))
        assert told == {"name": "Joke Smit", "email": town.teacher.email, "phone": "0687654321"}


async def test_contact_details_stay_masked_wherever_a_person_is_reached(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        under = post(facts, town.teacher, town.group)
        comment(facts, under, town.guardian)
    document = node("Post", "author { email phone } comments { edges { node { author { email phone } } } }")

    told = await clients(town.token(town.classmates_guardian)).ok(document, id=id_of(under))
    nothing = {"email": None, "phone": None}
    assert told == {"author": nothing, "comments": {"edges": [{"node": {"author": nothing}}]}}

    told = await clients(town.token(town.admin)).ok(document, id=id_of(under))
    assert told["comments"]["edges"][0]["node"]["author"]["email"] == town.guardian.email


# ------------------------------------------------------------------------------------------------ labels


async def test_everybody_speaks_in_a_capacity_that_the_reader_may_know(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        librarian = staff(facts, town.school)
        duo = teacher(facts, town.group, town.other_group)
        mother = guardian(facts, town.noor, enrol(facts, town.other_group, given_name="Tess"), name="Deniz Yilmaz")
        reader = sign_in_token(facts, town.classmates_guardian)

    async def label(of: models.Person, token: str = reader) -> str | None:
        found = await clients(token).ok(LABEL, id=id_of(of))
        return found and found["label"]

    assert await label(town.teacher) == "leerkracht groep 5"
    assert await label(duo) == "leerkracht groep 5 en groep 6"
    assert await label(librarian) == "medewerker"
    assert await label(town.admin) == "directie"
    assert await label(town.guardian) == "ouder van Noor"
    assert await label(mother) == "ouder van Noor"  # Tess is in a group where the reader has no child
    assert await label(mother, town.token(town.admin)) == "ouder van Noor en Tess"
    assert await label(town.guardian, town.token(town.other_groups_guardian)) is None


async def test_labels_are_in_the_readers_language(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    await amend(database, town.classmates_guardian, locale=Locale.EN)
    reader = clients(town.token(town.classmates_guardian))

    for somebody, label in (
        (town.teacher, "teacher of groep 5"),
        (town.guardian, "parent of Noor"),
        (town.admin, "school management"),
    ):
        assert await reader.ok(LABEL, id=id_of(somebody)) == {"label": label}


async def test_a_child_is_not_named_in_a_label_when_the_school_has_switched_that_off(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    town = small_school
    reader = clients(town.token(town.classmates_guardian))
    assert await reader.ok(LABEL, id=id_of(town.guardian)) == {"label": "ouder van Noor"}

    await amend(database, town.noor, named_in_labels=False)

    assert await reader.ok(LABEL, id=id_of(town.guardian)) == {"label": "ouder"}


async def test_outside_the_group_a_label_names_no_child(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    """A teacher is known to the whole school, but that she is Lina's mother only where Lina is."""
    town = small_school
    async with founding(database) as facts:
        guardian(facts, town.lina, somebody=town.teacher)
        under = post(facts, town.teacher, town.group)
    document = node("Post", "author { label }")

    for somebody in (town.guardian, town.admin):
        told = await clients(town.token(somebody)).ok(document, id=id_of(under))
        assert told == {"author": {"label": "leerkracht groep 5"}}
