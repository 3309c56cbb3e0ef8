"""What may be asked at once."""

from typing import Any

import pytest

from schema.documents import Invalid, prepare
from schema.limits import MAX_DEPTH, MAX_FIELDS, MAX_FRAGMENTS, MAX_SOURCE_LENGTH, MAX_TOKENS
from tests.clients import Clients
from tests.execution.judging import TOO_COMPLEX, judged, nested, page
from tests.factories import SmallSchool

# ------------------------------------------------------------------------------------------------ depth and size


def test_an_operation_may_be_as_deep_as_the_limit_and_not_deeper() -> None:
    assert judged(nested(MAX_DEPTH)) is None
    assert judged(nested(MAX_DEPTH + 1)) == TOO_COMPLEX


def test_depth_counts_through_fragments() -> None:
    def spread(depth: int) -> str:
        inner = nested(depth).removeprefix("{viewer{feed(first:1){edges{node").removesuffix("}}}}")
        return "{viewer{feed(first:1){edges{node{...Around}}}}} fragment Around on Post" + inner

    assert judged(spread(MAX_DEPTH)) is None
    assert judged(spread(MAX_DEPTH + 1)) == TOO_COMPLEX


def test_an_operation_may_ask_as_many_fields_as_the_limit_and_not_more() -> None:
    def many(fields: int) -> str:
        return "{viewer{" + " ".join(f"a{number}:email" for number in range(fields - 1)) + "}}"

    assert judged(many(MAX_FIELDS)) is None
    assert judged(many(MAX_FIELDS + 1)) == TOO_COMPLEX


def test_a_fragment_counts_wherever_it_is_spread() -> None:
    def spread(aliases: int) -> str:
        fields = " ".join(f"f{number}:name" for number in range(19))
        groups = " ".join(f"g{number}:groups{{...Names}}" for number in range(aliases))
        return f"{{viewer{{{groups}}}}} fragment Names on Group {{{fields}}}"

    assert judged(spread(19)) is None, "1 + 19 * 20 fields"
    assert judged(spread(20)) == TOO_COMPLEX


# ------------------------------------------------------------------------------------------------ cost


def test_pages_inside_pages_cost_what_they_can_bring() -> None:
    assert judged(f"{{{page('(first:50)', '(first:20)')}}}") is None
    assert judged(f"{{{page('(first:50)', '(first:50)')}}}") == TOO_COMPLEX
    assert judged(f"{{{page('', '', '')}}}") == TOO_COMPLEX, "a page is 20 when nothing is said"
    assert judged(f"{{{page('', '', '(first:1)')}}}") is None


@pytest.mark.parametrize("fifty", [50, 50.0, 1_000_000])
def test_a_page_size_in_a_variable_counts_as_much_as_one_in_the_document(fifty: float) -> None:
    query = f"query($first: Int) {{{page('(first:$first)', '(first:$first)')}}}"

    assert judged(query, first=20) is None
    assert judged(query, first=fifty) == TOO_COMPLEX
    assert judged(query, first=20) is None, "judged by its own variables again"


def test_a_page_size_that_is_a_variables_default_counts() -> None:
    query = "query($first: Int = %s) {" + page("(first:$first)", "(first:$first)") + "}"

    assert judged(query % 20) is None
    assert judged(query % 50) == TOO_COMPLEX


def test_a_page_costs_the_same_when_its_edges_stand_in_a_fragment() -> None:
    inline = page("", "", "").replace("{edges", "{...{edges").replace("}}}", "}}}}")
    named = "{viewer{feed{...F}}} fragment F on PostConnection{edges{node{comments{...C}}}}"
    named += " fragment C on CommentConnection{edges{node{post{%s}}}}"

    assert judged(f"{{{page('', '', '')}}}") == TOO_COMPLEX
    assert judged(named % "id") is None
    assert judged(f"{{{inline}}}") == TOO_COMPLEX
    assert judged(named % "comments{...D}" + " fragment D on CommentConnection{edges{node{id}}}") == TOO_COMPLEX


@pytest.mark.parametrize(
    "size", ["²", "9" * 5_000, "twenty", -1, 0, True, 1.5, 1e300, [50], {"of": 50}], ids=lambda size: repr(size)[:9]
)
def test_a_page_size_of_any_kind_can_be_judged(size: Any) -> None:
    query = "query($first: Int) { viewer { feed(first: $first) { edges { node { id } } } } }"

    assert judged(query, first=20) is None
    assert judged(query, first=size) in {None, "BAD_USER_INPUT"}


async def test_a_page_size_of_any_kind_is_answered_as_bad_input(small_school: SmallSchool, clients: Clients) -> None:
    query = "query($first: Int) { viewer { feed(first: $first) { edges { node { id } } } } }"
    literal = "{ viewer { feed(first: %s) { edges { node { id } } } } }"
    parent = clients(small_school.token(small_school.guardian))

    for size in ("²", "9" * 5_000, "20", -1, 0, 51, True, 1.5, [20], {"of": 20}):
        assert await parent.refused(query, first=size) == ["BAD_USER_INPUT"], str(size)[:9]
    for size in ("9" * 5_000, "-1", "0", "51", '"20"', "1.5", "true", "[20]"):
        assert await parent.refused(literal % size) == ["BAD_USER_INPUT"], size[:9]
    for size in (None, 1, 20, 20.0, 50):
        assert await parent.ok(query, first=size) == {"feed": {"edges": []}}


# ------------------------------------------------------------------------------------------------ root fields


def test_a_query_has_at_most_twelve_root_fields() -> None:
    def roots(number: int) -> str:
        return "{" + " ".join(f"v{one}: viewer {{ email }}" for one in range(number)) + "}"

    assert judged(roots(12)) is None
    assert judged(roots(13)) == TOO_COMPLEX


def test_a_mutation_has_one_root_field_also_behind_a_fragment() -> None:
    one, two = "a: signOut { signedOut }", "a: signOut { signedOut } b: signOut { signedOut }"

    for form in ("mutation { %s }", "mutation { ... { %s } }", "mutation { ...F } fragment F on Mutation { %s }"):
        assert judged(form % one) is None, form
        assert judged(form % two) == TOO_COMPLEX, form


def test_a_subscription_has_one_root_field_also_behind_a_fragment() -> None:
    feed = '%s: postFeed(groupId: "group_x") { kind }'
    one, two = feed % "a", f"{feed % 'a'} {feed % 'b'}"

    for form in ("subscription { %s }", "subscription { ...F } fragment F on Subscription { %s }"):
        assert judged(form % one) is None, form
        assert judged(form % two) in {TOO_COMPLEX, "BAD_USER_INPUT"}, form


async def test_passwords_can_not_be_tried_by_the_dozen_in_one_request(clients: Clients) -> None:
    tries = " ".join(
        f'try{number}: signIn(input: {{email: "ouder@mensen.example", password: "{number}"}}) {{ errors {{ code }} }}'
        for number in range(12)
    )
    one, _, _ = tries.partition(" try1")

    assert await clients().refused(f"mutation {{ {one} }}") == ["INVALID_CREDENTIALS"]
    assert await clients().refused(f"mutation {{ {tries} }}") == [TOO_COMPLEX]
    assert await clients().refused(f"mutation {{ ... on Mutation {{ {tries} }} }}") == [TOO_COMPLEX]
    assert await clients().refused(f"mutation {{ ...F }} fragment F on Mutation {{ {tries} }}") == [TOO_COMPLEX]


# ------------------------------------------------------------------------------------------------ fragments


def test_a_document_has_at_most_twenty_fragments() -> None:
    def spread(number: int) -> str:
        names = range(number)
        spreads = " ".join(f"...F{one}" for one in names)
        return f"{{viewer{{{spreads}}}}}" + "".join(f" fragment F{one} on Viewer{{email}}" for one in names)

    assert judged(spread(MAX_FRAGMENTS)) is None
    assert judged(spread(MAX_FRAGMENTS + 1)) == TOO_COMPLEX


@pytest.mark.parametrize(
    "fragments",
    [
        "fragment A on Group { school { groups { ...A } } }",
        "fragment A on Group { ...A }",
        "fragment A on Group { school { ...B } } fragment B on School { groups { ...A } }",
    ],
)
def test_a_fragment_inside_itself_is_refused(fragments: str) -> None:
    assert judged("{ viewer { groups { ...A } } } fragment A on Group { school { groups { name } } }") is None
    assert judged(f"{{ viewer {{ groups {{ ...A }} }} }} {fragments}") == TOO_COMPLEX


# ------------------------------------------------------------------------------------------------ text


def test_a_document_has_at_most_two_thousand_tokens() -> None:
    def repeated(tokens: int) -> str:
        return "{" + "viewer " * (tokens - 2) + "}"

    assert judged(repeated(MAX_TOKENS)) == TOO_COMPLEX, "read, and judged"
    with pytest.raises(Invalid) as refused:
        prepare(repeated(MAX_TOKENS + 1))
    assert "2000 tokens" in refused.value.errors[0].message


def test_a_document_has_at_most_sixteen_thousand_characters() -> None:
    def padded(length: int) -> str:
        return "{ viewer { email } }".ljust(length)

    assert judged(padded(MAX_SOURCE_LENGTH)) is None
    assert judged(padded(MAX_SOURCE_LENGTH + 1)) == "BAD_USER_INPUT"
