"""The harness against planted defects: it must call each by its name."""

from dataclasses import replace

import pytest

from tests.cli.programs import place
from tests.realtime.faults.checker import Limits
from tests.realtime.faults.report import render
from tests.realtime.faults.rounds import Plan, play

SMALL = Plan(seed=3, faults=1, seconds=600, groups=1, families=2, writers=3, steady=1, only=("slow readers",))
QUIET = replace(SMALL, only=("a doorbell lost, and silence",), quiet_s=6.0, limits=Limits(error_s=3.0))
UNHEARD = replace(SMALL, only=("answers thrown away",), faults=2)


@pytest.mark.parametrize(
    ("defect", "plan", "expected"),
    [
        ("duplicate", SMALL, {"doubled"}),
        ("skip", SMALL, {"gap", "lost"}),
        ("swap", SMALL, {"out of order"}),
        ("trust_doorbell", SMALL, {"gap", "lost"}),
        ("no_poll", QUIET, {"stale"}),
        ("no_idempotency", UNHEARD, {"doubled"}),
    ],
)
async def test_a_planted_defect_is_named(defect: str, plan: Plan, expected: set[str]) -> None:
    with place() as folder:
        result = await play(replace(plan, defect=defect), folder)

    assert expected <= set(result.verdict.errors), render(result)
