"""Documents that can not be run, or that ask too much at once, are refused before anything is done."""

from typing import Any

import pytest

import models
from models.database import Database
from tests.api.documents import EMAIL, UPDATE_PROFILE, node
from tests.api.steps import in_order, stored
from tests.api.wire import Wire, body, refusal
from tests.clients import Client
from tests.factories import SmallSchool, enrol, founding, id_of


@pytest.mark.parametrize(
    "document",
    [
        "",
        " ",
        "{",
        "{ viewer { email }",
        "viewer",
        "\u0000",
        "{ viewer }",
        "{ viewer { nothing } }",
        "{ nothing }",
        "query($x: Nothing) { viewer { email } }",
        "query($x: Int) { viewer { email } }",
        "query($id: String!) { node(id: $id) { id } }",
        "{ node { id } }",
        "{ node(id: 5.5) { id } }",
        '{ node(id: "x", id: "y") { id } }',
        "{ viewer { email(first: 1) } }",
        "fragment F on Query { viewer { email } }",
        "{ ...F }",
        "{ ...F } fragment F on Nothing { id }",
        "type Query { viewer: Int }",
        "mutation { addComment { errors { code } } }",
        "mutation { addComment(input: {}) { errors { code } } }",
        "mutation { addComment(input: null) { errors { code } } }",
        "{ viewer { email } } { viewer { email } }",
        "{ __typename @nothing }",
        "{ viewer { email @skip } }",
        "query A { viewer { email } } query B { viewer { email } }",
        "\ufeff{ viewer { nothing } }",
        '{ node(id: "\\ud800") { id } }',
    ],
)
async def test_a_document_that_can_not_be_run_is_refused_with_a_code(head: Client, document: str) -> None:
    answered = await head.ask(document)

    in_order(answered)
    assert set(answered.codes) == {"BAD_USER_INPUT"}
    assert "data" not in answered.body
    # No suggestions: they tell a schema that was not asked for.
    assert "mean" not in answered.raw.text.replace("Did you mean 'viewer { ... }'?", "")
    await head.ok(EMAIL)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query($id: ID!) { node(id: $id) { id } }", {}),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": None}),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": [1]}),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": {"a": {"b": "c"}}}),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": True}),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [None]}),
        (UPDATE_PROFILE, {"input": None}),
        (UPDATE_PROFILE, {"input": 5}),
        (UPDATE_PROFILE, {"input": {"nothing": 1}}),
        (UPDATE_PROFILE, {"input": {"name": 5}}),
        (UPDATE_PROFILE, {"input": {"locale": "FR"}}),
        (UPDATE_PROFILE, {"input": {"locale": ["NL"]}}),
    ],
)
async def test_variables_of_the_wrong_kind_are_refused_with_a_code(
    head: Client, document: str, variables: dict[str, Any]
) -> None:
    answered = await head.ask(document, **variables)

    in_order(answered)
    assert set(answered.codes) == {"BAD_USER_INPUT"}
    await head.ok(EMAIL)


def _deep(levels: int) -> str:
    return "{ viewer { groups " + "{ school { groups " * levels + "{ id }" + " } }" * levels + " } }"


LARGE = "{ viewer { " + " ".join(f"a{number}: email" for number in range(401)) + " } }"

COSTLY = (
    "{ viewer { feed(first: 50) { edges { node { comments(first: 50) { edges { node { id body createdAt } } } } } } } }"
)

LONG = "{ viewer { email } } #" + "x" * 20_000

TOKENS = "{ viewer { email } } " + " ".join(f"fragment F{number} on Viewer {{ email }}" for number in range(500))

FRAGMENTS = "{ viewer { ...F0 } } " + " ".join(f"fragment F{number} on Viewer {{ email }}" for number in range(21))

CYCLE = "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }"

SELF = "{ viewer { ...A } } fragment A on Viewer { email ...A }"

BOMB = (
    "{ viewer { ...F0 } } "
    + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} ...F{n + 1} }}" for n in range(18))
    + " fragment F18 on Viewer { email }"
)

ALIASES = (
    "mutation { "
    + " ".join(f'a{n}: updateProfile(input: {{name: "Naam {n}"}}) {{ errors {{ code }} }}' for n in range(20))
    + " }"
)


@pytest.mark.parametrize(
    "document",
    [_deep(10), LARGE, COSTLY, FRAGMENTS, CYCLE, SELF, BOMB, ALIASES, "{ " + "viewer { email } " * 13 + "}"],
    ids=["deep", "large", "costly", "fragments", "cycle", "fragment in itself", "bomb", "aliases", "roots"],
)
async def test_a_document_that_asks_too_much_at_once_is_refused(
    head: Client, database: Database, small_school: SmallSchool, document: str
) -> None:
    answered = await head.ask(document)

    in_order(answered)
    assert answered.codes == ["QUERY_TOO_COMPLEX"]
    assert "data" not in answered.body
    assert await stored(database, models.AuditEntry, actor_id=small_school.admin.id) == 0
    await head.ok("{ viewer { groups { school { groups { id } } } } }")


@pytest.mark.parametrize(
    "document",
    [LONG, TOKENS, "{" * 3_000, "{ a(x: " + "[" * 900 + "]" * 900 + ") }", "{ viewer " + "{ groups " * 300 + "}" * 301],
    ids=["long", "tokens", "open", "lists", "nested"],
)
async def test_a_document_that_takes_too_much_to_read_is_not_read(head: Client, document: str) -> None:
    answered = await head.ask(document)

    in_order(answered)
    assert set(answered.codes) <= {"QUERY_TOO_COMPLEX", "BAD_USER_INPUT"}
    assert "data" not in answered.body
    await head.ok(EMAIL)


async def test_lists_within_lists_are_counted_as_the_rows_they_bring(
    head: Client, small_school: SmallSchool, database: Database
) -> None:
    """Groups of a school of groups of a school: a small document, and a million rows."""
    async with founding(database) as facts:
        for number in range(25):
            enrol(facts, small_school.group, given_name=f"Kind {number}")
    around = "group { pupils { group { pupils { group { pupils { group { pupils { id } } } } } } } }"

    answered = await head.ask(node("Pupil", around), id=id_of(small_school.noor))

    in_order(answered)
    assert answered.codes == ["QUERY_TOO_COMPLEX"]
    once = await head.ok(node("Pupil", "group { pupils { id } }"), id=id_of(small_school.noor))
    assert len(once["group"]["pupils"]) == 27


async def test_many_things_by_id_are_counted_as_many(head: Client, small_school: SmallSchool) -> None:
    """Fifty ids cost fifty times what one id costs."""
    page = "comments(first: 50) { edges { node { id body createdAt author { name label } } } }"
    document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Post {{ {page} }} }} }}"

    answered = await head.ask(document, ids=[f"post_{number:032x}" for number in range(50)])

    in_order(answered)
    assert answered.codes == ["QUERY_TOO_COMPLEX"]
    assert await head.ok(node("Post", page), id=f"post_{1:032x}") is None


async def test_of_several_operations_one_is_named(head: Client, wire: Wire, small_school: SmallSchool) -> None:
    two = "query A { viewer { email } } query B { viewer { locale } }"

    for name in (None, "C", "", "a"):
        response = await wire.send(body(two, operationName=name))
        assert (response.status_code, refusal(response)) == (200, "BAD_USER_INPUT")

    response = await wire.send(body(two, operationName="B"))
    assert response.json() == {"data": {"viewer": {"locale": "NL"}}}


async def test_a_subscription_is_not_run_over_plain_http(wire: Wire, small_school: SmallSchool) -> None:
    document = "subscription($id: ID!) { absenceFeed(groupId: $id) { kind } }"

    response = await wire.send(body(document, variables={"id": id_of(small_school.group)}))

    assert response.status_code in {400, 405, 406}
    assert refusal(response) == "BAD_USER_INPUT"
