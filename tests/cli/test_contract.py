"""The exported contract: never stale, and never broken by accident."""

import subprocess
from pathlib import Path

import pytest

from schoolplein import contract
from schoolplein.contract import ContractBroken
from tests.cli.programs import outcome

FIRST = "type Query {\n  school(id: ID!): String\n  pupil(id: ID!): String\n}\n"
LESS = "type Query {\n  school(id: ID!): String\n}\n"
MORE = "type Query {\n  school(id: ID!): String\n  pupil(id: ID!): String\n  group: String\n}\n"
RISKY = "type Query {\n  school(id: ID!): String\n  pupil(id: ID!, year: Int): String\n}\n"


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@school.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A contract that is committed as it is, with something else committed after it."""
    git(tmp_path, "init")
    exported = tmp_path / "schema.graphql"
    commit(exported, FIRST, "The first contract.")
    tmp_path.joinpath("README.md").write_text("later")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "Breaking: nothing, this is the README.")
    return exported


def commit(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    git(file.parent, "add", ".")
    git(file.parent, "commit", "-m", message)


def problems(file: Path, current: str) -> list[str]:
    with pytest.raises(ContractBroken) as broken:
        contract.check(file, current)
    return broken.value.problems


def test_an_export_that_says_the_same_is_accepted(file: Path) -> None:
    assert contract.check(file, FIRST) == []


def test_a_stale_or_missing_export_is_refused(file: Path) -> None:
    assert problems(file, MORE) == [f"{file} is not what the schema says now: run `make schema`"]

    file.unlink()
    assert len(problems(file, FIRST)) == 1


def test_a_contract_that_grows_is_accepted_before_and_after_the_commit(file: Path) -> None:
    file.write_text(MORE)
    assert contract.check(file, MORE) == []

    commit(file, MORE, "Groups.")
    assert contract.check(file, MORE) == []


def test_a_change_that_may_surprise_clients_is_told(file: Path) -> None:
    file.write_text(RISKY)

    [told] = contract.check(file, RISKY)
    assert "year" in told


def test_a_change_that_breaks_clients_is_refused_before_and_after_the_commit(file: Path) -> None:
    file.write_text(LESS)
    before = problems(file, LESS)

    commit(file, LESS, "Fewer words.")
    assert problems(file, LESS) == before
    assert before == [
        "breaking: Field Query.pupil was removed.",
        "when this is meant, commit it with a line `Breaking: the reason`",
    ]


def test_a_change_that_breaks_clients_is_accepted_when_its_commit_says_so(file: Path) -> None:
    commit(file, LESS, "Fewer words.\n\nBreaking: nobody asked for a pupil by id.")

    assert contract.check(file, LESS) == []


def test_without_a_history_only_staleness_counts(tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(FIRST)

    assert contract.check(file, FIRST) == []
    assert len(problems(file, MORE)) == 1


def test_the_command_prints_what_the_check_accepts(tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    code, printed = outcome("schema", settings={})
    file.write_text(printed)

    assert (code, "type Query" in printed) == (0, True)
    assert outcome("schema", "--check", str(file), settings={}) == (0, "")
    file.write_text(printed + "\n")
    assert outcome("schema", "--check", str(file), settings={})[0] == 1
