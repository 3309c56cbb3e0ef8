"""No document, however it is made, takes long to judge."""

import pytest

from schema.documents import Invalid, prepare
from tests.execution.judging import TOO_COMPLEX, doubling, judged, steps_of


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
