"""Somebody to open a socket."""

import pytest

from tests.factories import SmallSchool


@pytest.fixture
def token(small_school: SmallSchool) -> str:
    """The token of a teacher."""
    return small_school.token(small_school.teacher)
