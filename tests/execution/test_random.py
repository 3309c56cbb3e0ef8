"""Whatever is asked, both executors answer the same bytes, and nothing is ever the service's own fault."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.execution.random_documents import NODES, documents
from tests.execution.schools import BusySchool
from tests.execution.twins import Twins

WHO = st.sampled_from(["admin", "admin", "teacher", "teacher", "guardian", "guardian of last week", "newcomer", None])
CURSORS_OF_NOTHING = (
    "WyIyMDI2LTA5LTE0VDA1OjAwOjAwWiIsICJ4Il0",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgIjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMCJd",
)
"""A moment and no id; and a moment before all time."""
VARIABLES = st.fixed_dictionaries(
    {
        "yes": st.booleans(),
        "no": st.booleans(),
        "first": st.sampled_from([None, 1, 2, 3, 4, 50, 0, 51]),
        "many": st.sampled_from([None, 1, 20]),
        "after": st.sampled_from([*[None] * 9, "junk", "W10", "bnVsbA", "é", "=", *CURSORS_OF_NOTHING]),
        "on": st.sampled_from([*["2026-09-15", "2026-09-16"] * 5, "2000-02-29", "2026-13-01", "0001-01-01"]),
    }
)
TOLD = {"BAD_USER_INPUT", "QUERY_TOO_COMPLEX", "UNAUTHENTICATED"}


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=documents(),
    who=WHO,
    variables=VARIABLES,
    ids=st.lists(st.sampled_from([*NODES, "nothing"]), min_size=2, max_size=2),
)
async def test_any_document_is_answered_alike_and_never_with_an_internal_error(
    document: str, who: str | None, variables: dict[str, Any], ids: list[str],
    twins: Callable[[str | None], Twins], busy: BusySchool,
) -> None:  # fmt: skip
    known = busy.ids | {"nothing": "post_00000000000000000000000000000000"}

    for turned in ({}, {"yes": not variables["yes"]}, {"no": not variables["no"]}):
        asked = variables | turned | {"id": known[ids[0]], "other": known[ids[1]]}
        answer = await twins(who).same(document, **asked)

        assert {error["extensions"]["code"] for error in answer.get("errors", ())} <= TOLD
