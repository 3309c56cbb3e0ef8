"""One's own profile: a real name, a number, a language, and who is told (R19, R21)."""

import pytest
from graphql import GraphQLInputObjectType

from models.database import Database
from schema import graphql_schema
from tests.api.documents import CONTACT, UPDATE_PROFILE, VIEWER
from tests.clients import Clients
from tests.factories import SmallSchool, id_of

SHARING = "{ viewer { shareContactWithGroup } }"


async def test_everybody_keeps_their_own_profile(
    small_school: SmallSchool, clients: Clients, database: Database
) -> None:
    parent = clients(small_school.token(small_school.guardian))

    changed = await parent.ok(UPDATE_PROFILE, input={"name": "  Esra de Boer ", "phone": "06 12345678", "locale": "EN"})

    assert changed["viewer"] == {
        "locale": "EN",
        "profileComplete": True,
        "person": {"name": "Esra de Boer", "phone": "06 12345678"},
    }
    assert (await parent.ok(VIEWER))["person"]["label"] == "parent of Noor"
    only_locale = await parent.ok(UPDATE_PROFILE, input={"locale": "NL"})
    assert only_locale["viewer"] == changed["viewer"] | {"locale": "NL"}
    rows = await database.fetch(
        "select action, object_id from audit_entry where actor_id = $1", [small_school.guardian.id]
    )
    assert [tuple(row) for row in rows] == [("update_profile", small_school.guardian.id)] * 2


@pytest.mark.parametrize(
    "name",
    [
        "Esra",
        "Esra 2",
        "Esra Yilmaz 06-12345678",
        "esra@mensen.example",
        "Esra Yilmaz esra@mensen.example",
        "www.esra.example Yilmaz",
        "https://esra.example Yilmaz",
        "Esra Yilmaz!",
        "Esra \U0001f600",
        "Esra .",
        "Esra Yilmaz\u202egnp",
    ],
)
async def test_a_name_is_a_real_one(small_school: SmallSchool, clients: Clients, name: str) -> None:
    parent = clients(small_school.token(small_school.guardian))

    assert await parent.refused(UPDATE_PROFILE, input={"name": name}) == ["INVALID"]

    assert (await parent.ok(VIEWER))["person"]["name"] == "Esra Yilmaz"


@pytest.mark.parametrize(
    "name",
    [
        "Jan de Vries",
        "J.P. van 't Hof",
        "Él-Houssaïn \u2019t Hart",
        "Nguyễn Thị Minh",
        "Αλέξης Λ.",
        "Ana-Maria D'Angelo",
    ],
)
async def test_real_names_are_of_many_kinds(small_school: SmallSchool, clients: Clients, name: str) -> None:
    parent = clients(small_school.token(small_school.guardian))

    changed = await parent.ok(UPDATE_PROFILE, input={"name": name})

    assert changed["viewer"]["person"]["name"] == name


async def test_everybody_decides_for_themselves_whether_the_group_sees_their_contact_details(
    small_school: SmallSchool, clients: Clients
) -> None:
    town = small_school
    own, other = clients(town.token(town.guardian)), clients(town.token(town.classmates_guardian))

    async def told() -> tuple[bool, str | None]:
        return (await own.ok(SHARING))["shareContactWithGroup"], (await other.ok(CONTACT, id=id_of(town.guardian)))[
            "email"
        ]

    assert await told() == (False, None)
    await own.ok(UPDATE_PROFILE, input={"shareContactWithGroup": True})
    assert await told() == (True, town.guardian.email)
    await own.ok(UPDATE_PROFILE, input={"locale": "NL"})
    assert await told() == (True, town.guardian.email)
    await own.ok(UPDATE_PROFILE, input={"shareContactWithGroup": False})
    assert await told() == (False, None)


async def test_a_number_can_be_taken_away(small_school: SmallSchool, clients: Clients) -> None:
    parent = clients(small_school.token(small_school.guardian))
    await parent.ok(UPDATE_PROFILE, input={"phone": "+31 6 12345678"})

    taken = await parent.ok(UPDATE_PROFILE, input={"phone": ""})

    assert taken["viewer"]["person"] == {"name": "Esra Yilmaz", "phone": None}


@pytest.mark.parametrize(
    ("wish", "codes"),
    [
        ({"name": ""}, {"REQUIRED"}),
        ({"name": "   "}, {"REQUIRED"}),
        ({"name": "X" * 121}, {"TOO_LONG"}),
        ({"name": "Esra\u0000Yilmaz"}, {"INVALID"}),
        ({"name": "Esra\nYilmaz"}, {"INVALID"}),
        ({"phone": "bel mij"}, {"INVALID"}),
        ({"phone": "0" * 31}, {"TOO_LONG", "INVALID"}),
    ],
)
async def test_a_name_is_a_name_and_a_number_a_number(
    small_school: SmallSchool, clients: Clients, wish: dict[str, str], codes: set[str]
) -> None:
    parent = clients(small_school.token(small_school.guardian))

    assert set(await parent.refused(UPDATE_PROFILE, input=wish)) <= codes

    assert (await parent.ok(VIEWER))["person"]["name"] == "Esra Yilmaz"
    await parent.ok(UPDATE_PROFILE, input={"name": "Él-Houssaïn \u2019t Hart", "phone": "0612345678"})


def test_a_change_of_a_profile_can_not_be_about_somebody_else() -> None:
    wish = graphql_schema.type_map["UpdateProfileInput"]

    assert isinstance(wish, GraphQLInputObjectType)
    assert set(wish.fields) == {"name", "phone", "locale", "shareContactWithGroup", "clientMutationId"}


async def test_a_viewer_finds_what_is_theirs(small_school: SmallSchool, clients: Clients) -> None:
    town = small_school

    seen = await clients(town.token(town.guardian)).ok(VIEWER)

    assert seen == {
        "email": town.guardian.email,
        "locale": "NL",
        "profileComplete": True,
        "person": {
            "id": id_of(town.guardian),
            "name": "Esra Yilmaz",
            "email": town.guardian.email,
            "phone": None,
            "label": "ouder van Noor",
        },
        "memberships": [{"role": "GUARDIAN", "school": {"id": id_of(town.school)}}],
        "children": [{"id": id_of(town.noor)}],
        "groups": [{"id": id_of(town.group)}],
        "feed": {"edges": []},
    }
