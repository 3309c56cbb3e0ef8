"""Folders for the tests of the process: an empty one, and one with a database in it."""

import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.cli.clusters import ask, started
from tests.cli.programs import place, processes_of


@pytest.fixture
def folder() -> Generator[Path]:
    """An empty folder that other users can pass through."""
    with place() as made:
        yield made


@pytest.fixture(scope="session")
def made() -> Generator[Path]:
    """A folder with a stopped cluster, in which a note is kept."""
    with place() as folder:
        with started(folder / "postgres") as (_, url):
            ask(url, "create table note as select 'kept' as text")
        assert processes_of(folder) == []
        yield folder / "postgres"


@pytest.fixture
def home(made: Path, folder: Path) -> Path:
    """A copy of it, for one test to do with as it likes."""
    subprocess.run(["cp", "-a", made, folder / "postgres"], check=True)
    return folder / "postgres"
