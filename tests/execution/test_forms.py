"""The compiled executor against graphql-core's own, whatever form a document has."""

from collections.abc import Callable
from typing import Any

import pytest

from resolvers.ids import public_id
from tests.execution.corpus import SEEN_BY
from tests.execution.schools import BusySchool
from tests.execution.twins import Twins
from tests.factories import id_of

AsTwins = Callable[[str | None], Twins]
ODD_NAMES = [
    "class",
    "def",
    "import",
    "None",
    "True",
    "lambda",
    "self",
    "v",
    "x",
    "r",
    "o",
    "new",
    "Row",
    "missing",
    "typename",
    "id",
    "_typename_",
    "__class__",
    "__init__",
    "__slots__",
    "__x",
    "_",
    "x1",
]


def aliased(form: str, number: int = 40) -> str:
    return " ".join(form.format(name=name) for name in ODD_NAMES[:number])


ALIASED = {
    "names of Python": f"{{ viewer {{ {aliased('{name}: email')} }} }}",
    "names of Python, as relations": f"""{{ viewer {{
      {aliased("{name}: groups {{ {name}: name {name}_: pupils {{ {name}: id }} }}", 10)}
    }} }}""",
    "names of Python at the root": f"{{ {aliased('{name}: viewer {{ email }}', 12)} }}",
    "one relation with different arguments": """{ viewer {
      one: feed(first: 1) { edges { node { title } } }
      all: feed { edges { cursor node { id } } pageInfo { hasNextPage } }
      groups { today: absenceReports(on: "2026-09-15") { id } tomorrow: absenceReports(on: "2026-09-16") { id note } }
    } }""",
    "one relation twice, merged": """{ viewer {
      groups { name } groups { id pupils { givenName } } groups { pupils { familyName group { name } } }
    } viewer { email groups { schoolYear } } }""",
    "names of other fields": "{ viewer { email: locale locale: email groups: children { id: givenName name: id } } }",
    "names inside pages": """{ viewer { p: feed(first: 2) { e: edges { n: node { t: title c: comments { e: edges {
      n: node { b: body } k: cursor } i: pageInfo { e: endCursor s: startCursor } } } } } } }""",
}
FRAGMENTS = {
    "inline, nested, on an interface": """query($id: ID!) { node(id: $id) {
        id ... on Node { __typename ... on Node { id } }
        ... { ... on Group { name ... on Node { id } pupils { ...Child } } } ... on Pupil { givenName }
      } }
      fragment Child on Pupil {
        givenName ... on Node { key: id } group { ... on Node { id ... on Group { name } } }
      }""",
    "named, inside each other": """query($id: ID!) { node(id: $id) { ...A } }
      fragment A on Group { ...B school { ...C } } fragment B on Group { name teachers { ...D } }
      fragment C on School { name staff { ...D } } fragment D on Person { ...E } fragment E on Node { id }""",
    "the same one in many places": """query($id: ID!) { node(id: $id) { ...G } viewer { groups { ...G school { groups {
      ...G name } } } children { group { ...G schoolYear } } } } fragment G on Group { id pupils { id } }""",
    "the same one with different company": """query($id: ID!) { a: node(id: $id) { ...G ... on Group { name } }
      b: node(id: $id) { ...G ... on Group { schoolYear pupils { birthDate } } } }
      fragment G on Group { id pupils { id } }""",
    "of types that are not there": """query($id: ID!) {
      node(id: $id) { ... on Post { title } ... on Comment { body } } }""",
    "nothing but its name": """query($id: ID!) {
      node(id: $id) { __typename } viewer { __typename groups { __typename } } }""",
}


@pytest.mark.parametrize("document", ALIASED.values(), ids=ALIASED)
async def test_aliases_of_any_kind_are_written_alike(document: str, twins: AsTwins) -> None:
    for who in ("admin", "teacher", "guardian"):
        answer = await twins(who).ask(document)
        assert "errors" not in answer


@pytest.mark.parametrize("document", FRAGMENTS.values(), ids=FRAGMENTS)
async def test_fragments_of_any_form_are_written_alike(document: str, twins: AsTwins, busy: BusySchool) -> None:
    answer = await twins("teacher").ask(document, id=busy.ids["Group"])

    assert "errors" not in answer
    assert answer["data"]


async def test_skip_and_include_are_written_alike_whatever_their_variables_say(twins: AsTwins) -> None:
    document = """query($yes: Boolean!, $no: Boolean! = false) { viewer {
      email @include(if: $yes) locale @skip(if: $yes)
      groups @include(if: $no) { name } kept: groups @skip(if: $no) { id @skip(if: true) name @include(if: true) }
      ... @include(if: $yes) { profileComplete } ...Children @skip(if: $no)
    } again: viewer @skip(if: $yes) { email } }
    fragment Children on Viewer { children { givenName @include(if: $no) id } }"""
    shown: dict[tuple[bool, bool], Any] = {}
    for yes in (True, False):
        for no in (False, True):
            answer = await twins("guardian").ask(document, yes=yes, no=no)
            shown[yes, no] = {key: sorted(value) for key, value in answer["data"].items()}

    assert shown == {
        (True, False): {"viewer": ["children", "email", "kept", "profileComplete"]},
        (True, True): {"viewer": ["email", "groups", "profileComplete"]},
        (False, False): {"viewer": ["children", "kept", "locale"], "again": ["email"]},
        (False, True): {"viewer": ["groups", "locale"], "again": ["email"]},
    }
    assert (await twins("guardian").ask(document, yes=True))["data"].keys() == {"viewer"}, "and its default"


async def test_nothing_is_written_alike(twins: AsTwins, busy: BusySchool) -> None:
    """Nulls, empty lists and empty pages."""
    answer = await twins("guardian of last week").ask(
        """query($id: ID!, $unseen: ID!) {
          viewer { feed(first: 1, groupId: "group_x") { edges { node { id } } pageInfo { startCursor hasNextPage } }
            person { phone email } children { birthDate absenceReports { edges { node { note endsAt } } } } }
          node(id: $id) { id } unseen: node(id: $unseen) { id ... on Post { title } }
          nodes(ids: []) { id }
        }""",
        id="junk",
        unseen=id_of(busy.withdrawn_post),
    )

    assert answer["data"]["viewer"]["feed"] == {"edges": [], "pageInfo": {"startCursor": None, "hasNextPage": False}}
    assert (answer["data"]["node"], answer["data"]["unseen"], answer["data"]["nodes"]) == (None, None, [])


async def test_nodes_of_mixed_types_and_of_none_are_written_alike(twins: AsTwins, busy: BusySchool) -> None:
    seen = {type_: busy.ids[type_] for type_, who in SEEN_BY.items() if type_ in busy.ids and "teacher" in who}
    ids = ["junk", *seen.values(), public_id("post", busy.people.school.id), *reversed(seen.values()), "post_"]
    document = """query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
      ... on Post { title author { name } comments(first: 1) { edges { node { body } } } }
      ... on Person { name label } ... on Pupil { givenName guardians { name } }
      ... on AbsenceReport { state reason pupil { id } } ... on Group { name } ... on School { slug } } }"""

    answer = await twins("teacher").ask(document, ids=ids)

    types = [None if one is None else one["__typename"] for one in answer["data"]["nodes"]]
    assert types == [None, *seen, None, *reversed(seen), None]


async def test_errors_are_told_alike(twins: AsTwins, busy: BusySchool) -> None:
    """Of fields, beside what went well; of arguments; of who is not signed in; of documents and variables."""
    document = """query($id: ID!, $first: Int, $after: String) {
      before: viewer { email }
      node(id: $id) { ... on Group { posts(first: $first, after: $after) { edges { node { id } } } } }
      nodes(ids: [$id, $id]) { id ... on Group { name } }
      after: viewer { feed(first: $first) { edges { cursor } } }
    }"""

    async def codes(who: str | None, **variables: Any) -> list[tuple[str, list[Any]]]:
        answer = await twins(who).same(document, id=busy.ids["Group"], **variables)
        return [(error["extensions"]["code"], error.get("path", [])) for error in answer.get("errors", ())]

    bad = "BAD_USER_INPUT"
    assert await codes("teacher", first=2) == []
    assert await codes("teacher", first=0) == [(bad, ["node"]), (bad, ["after"])]
    assert await codes("teacher", after="junk") == [(bad, ["node"])]
    assert await codes("teacher", first="x") == [(bad, [])]
    assert await codes(None) == [("UNAUTHENTICATED", ["node"]), ("UNAUTHENTICATED", ["nodes"])]
    twice = "{ viewer { feed { edges { node { id } } again: edges { node { title } } } } }"
    assert (await twins("teacher").same(twice))["errors"][0]["extensions"] == {"code": bad}
    nobody = await twins(None).same("{ nodes(ids: []) { id } viewer { email } }")
    assert nobody["data"] is None, "nodes can't be null, and so nothing is there"
