"""What may be asked at once; and that no document, however it is made, takes long to judge."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from graphql import get_introspection_query

from schema.documents import Invalid, prepare
from schema.errors import code_of
from schema.limits import MAX_DEPTH, MAX_FIELDS, MAX_FRAGMENTS, MAX_SOURCE_LENGTH, MAX_TOKENS
from schoolplein.app import create_app
from schoolplein.settings import Environment, Settings
from tests.clients import Clients, Clock, serving
from tests.factories import SmallSchool

TOO_COMPLEX = "QUERY_TOO_COMPLEX"
MOST_STEPS = 500_000
"""Calls of Python functions, for which a processor needs some tenths of a second. GraphiQL's question takes 15,000."""


class TooManySteps(Exception):
    """Whoever judges has not come to an end."""


def steps_of(work: Callable[[], object]) -> int:
    """How many functions are called. Counted, and not timed: a busy machine changes nothing. Raises TooManySteps."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal steps
        if event == "call":
            steps += 1
            if steps > MOST_STEPS:
                sys.setprofile(None)
                raise TooManySteps

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return steps


def judged(text: str, name: str | None = None, /, **variables: Any) -> str | None:
    """The code with which a document is refused before it runs; None when it may run. Either within `MOST_STEPS`."""
    told: str | None = None

    def judge() -> None:
        nonlocal told
        try:
            prepare(text, name).judge(variables)
        except Invalid as invalid:
            told = code_of(invalid.errors[0])

    steps_of(judge)
    return told


def nested(depth: int) -> str:
    """A document of this depth: the feed, a comment, its post, a comment of it, its post, its group, its school."""
    around = ["comments(first:1)", "edges", "node", "post"] * 2
    names = ["viewer", "feed(first:1)", "edges", "node", *around, "group", "school"][: depth - 1]
    return "{" + "{".join(names) + "{id}" + "}" * len(names)


def page(*levels: str, inner: str = "id") -> str:
    """Connections inside each other, each with these arguments: a feed, comments, the post's comments, ..."""
    text = inner
    for number, arguments in reversed(list(enumerate(levels))):
        name = "comments" if number else "feed"
        text = f"{name}{arguments}{{edges{{node{{{text}}}}}}}"
        if number > 1:
            text = f"post{{{text}}}"
    return f"viewer{{{text}}}"


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


def doubling(levels: int, step: str) -> str:
    """Fragments that each spread the next one twice: spread out, 2 to the power of `levels`."""
    fragments = "".join(
        f" fragment F{level} on Group {{ {step.format(next=f'...F{level + 1}')} }}" for level in range(levels)
    )
    return f"viewer {{ groups {{ ...F0 }} }} }}{fragments} fragment F{levels} on Group {{ name }}"


@pytest.mark.parametrize(
    "step",
    [
        "{next} {next}",
        "... {{ {next} }} ... {{ {next} }}",
        "a: school {{ groups {{ {next} }} }} b: school {{ groups {{ {next} }} }}",
    ],
    ids=["spreads", "inline", "aliases"],
)
def test_fragments_that_double_at_each_of_nineteen_levels_are_judged_at_once(step: str) -> None:
    few = steps_of(lambda: prepare("{" + doubling(2, step)))

    assert judged("{" + doubling(2, step)) is None
    assert judged("{" + doubling(19, step)) == TOO_COMPLEX
    assert steps_of(lambda: _refused("{" + doubling(18, step))) < 20 * few


def _refused(text: str) -> None:
    with pytest.raises(Invalid):
        prepare(text)


def test_the_operation_that_is_not_run_is_judged_as_well() -> None:
    """The rules of validation look at all operations of a document, and some of them are slow on huge ones."""
    document = "query Small { viewer { email } } query Large { viewer { %s } }"

    assert judged(document % ("groups { id } " * 10), "Small") is None
    assert judged(document % ("groups { school { id } } " * 270), "Small") == TOO_COMPLEX


@pytest.mark.parametrize(
    "fields",
    [
        "groups { id } " * 190,
        "groups { school { id } } " * 130,
        "... { groups { id } } " * 130,
        " ".join(f"g{number}: groups {{ id }}" for number in range(190)),
    ],
    ids=["the same field", "nested", "inline fragments", "aliases"],
)
def test_a_document_within_the_limits_is_validated_within_a_bounded_number_of_steps(fields: str) -> None:
    assert judged(f"{{ viewer {{ {fields} }} }}") in {None, TOO_COMPLEX}


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


ODD = {
    "deep": "{" + "a{" * 900 + "}" * 900 + "}",
    "unclosed": "{" + "a{" * 900,
    "lists": "{nodes(ids:" + "[" * 900 + "]" * 900 + "){id}}",
    "objects": "{nodes(ids:" + "{a:" * 600 + "1" + "}" * 600 + "){id}}",
    "types": "query($a:" + "[" * 900 + "ID" + "]" * 900 + "){viewer{email}}",
    "inline": "{" + "...{" * 600 + "viewer{email}" + "}" * 600 + "}",
    "comment": "#" * 10_000 + "\n{viewer{email}}",
    "comments": "#\n" * 1_000 + "{viewer{email}}",
    "NULs": '{node(id:"' + "\\u0000" * 2_000 + '"){id}}',
    "empty": "",
    "NUL": "\x00",
    "byte order mark": "\ufeff",
    "half": "query",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_a_document_of_any_form_can_be_judged(text: str) -> None:
    assert judged(text) in {None, "BAD_USER_INPUT", TOO_COMPLEX}


# ------------------------------------------------------------------------------------------------ introspection


def test_graphiql_may_ask_for_the_whole_contract() -> None:
    assert judged(get_introspection_query()) is None
    assert judged(get_introspection_query(input_value_deprecation=True, specified_by_url=True, one_of=True)) is None


async def test_graphiql_works_for_whoever_is_signed_in_and_in_development_for_nobody(
    small_school: SmallSchool, clients: Clients
) -> None:
    for client in (clients(small_school.token(small_school.teacher)), clients()):
        contract = await client.ok(get_introspection_query())

        types = {one["name"] for one in contract["types"]}
        assert {"Query", "Mutation", "Subscription", "Post", "AbsenceReport"} <= types


async def test_in_production_the_contract_is_told_to_members_only(
    small_school: SmallSchool, database_url: str, redis_url: str, clock: Clock
) -> None:
    settings = Settings(
        environment=Environment.PRODUCTION, database_url=database_url, redis_url=redis_url, pool_size=2,
        public_url="https://plein.example",
    )  # fmt: skip
    token = small_school.token(small_school.guardian)
    async with serving(create_app(settings), clock) as app, Clients(app) as clients:
        assert (await clients(token).ok(get_introspection_query()))["queryType"]["name"] == "Query"
        for hidden in (
            get_introspection_query(),
            '{ __type(name: "Pupil") { name } }',
            "{ viewer { email } ...F } fragment F on Query { ... { __schema { queryType { name } } } }",
        ):
            assert await clients().refused(hidden) == ["FORBIDDEN"]
            assert await clients("no session").refused(hidden) == ["FORBIDDEN"]
        assert await clients().ok("{ __typename }") == "Query", "that much everybody may know"


def test_introspection_counts_too() -> None:
    """Otherwise a small document of nobody's makes the service write a million names, and answer nobody meanwhile."""
    fields = " ".join(f"f{number}: fields {{ ...G }}" for number in range(40))
    names = " ".join(f"n{number}: name" for number in range(60))
    wide = (
        f"{{ __schema {{ types {{ ...F }} }} }} fragment F on __Type {{ {fields} }} fragment G on __Field {{ {names} }}"
    )

    assert judged("{ __schema { types { name fields { name } } } }") is None
    assert judged(wide) == TOO_COMPLEX
    assert judged("{" + doubling_types(19)) in {TOO_COMPLEX, "BAD_USER_INPUT"}


def doubling_types(levels: int) -> str:
    """As `doubling`, over the types of the contract."""
    fragments = "".join(
        f" fragment F{level} on __Type {{ a: ofType {{ ...F{level + 1} }} b: ofType {{ ...F{level + 1} }} }}"
        for level in range(levels)
    )
    return f"__schema {{ types {{ ...F0 }} }} }}{fragments} fragment F{levels} on __Type {{ name }}"
