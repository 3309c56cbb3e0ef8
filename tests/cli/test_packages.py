"""What is installed by `pip install .` is the whole program: each folder of code, and the files that it reads."""

import tomllib
from typing import Any

import pytest

from tests.cli.programs import ROOT

PARTS = ("schoolplein", "schema", "resolvers", "models", "realtime")


@pytest.fixture(scope="module")
def setuptools() -> dict[str, Any]:
    return tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["tool"]["setuptools"]


def test_every_folder_of_code_is_a_package(setuptools: dict[str, Any]) -> None:
    folders = {file.parent for part in PARTS for file in ROOT.joinpath(part).rglob("*.py")}

    assert sorted(setuptools["packages"]) == sorted(".".join(one.relative_to(ROOT).parts) for one in folders)


def test_every_other_file_goes_with_its_package(setuptools: dict[str, Any]) -> None:
    others = {
        file
        for part in PARTS
        for file in ROOT.joinpath(part).rglob("*")
        if file.is_file() and file.suffix not in {".py", ".pyc"}
    }

    taken = {
        file
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for file in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    assert taken == others
