"""The contract, asked of the service itself: for GraphiQL and for members, and not for more than it is worth."""

from graphql import get_introspection_query

from schoolplein.app import create_app
from schoolplein.settings import Environment, Settings
from tests.clients import Clients, Clock, serving
from tests.execution.judging import TOO_COMPLEX, judged
from tests.factories import SmallSchool
from tests.facts import A_RING


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
        public_url="https://plein.example", secret_keys=A_RING, smtp_url="smtp+plain://127.0.0.1:1",
        mail_from="post@plein.example",
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
