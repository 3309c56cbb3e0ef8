"""A folder for each test of the process."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.cli.programs import place


@pytest.fixture
def folder() -> Generator[Path]:
    """An empty folder that other users can pass through."""
    with place() as made:
        yield made
