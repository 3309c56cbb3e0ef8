"""A short round: faults of different kinds, and nothing is lost, doubled or out of order."""

from tests.cli.programs import place
from tests.realtime.faults.report import render
from tests.realtime.faults.rounds import Plan, play

KINDS = (
    "answers thrown away",
    "Redis killed and started again",
    "half of the clients reset",
    "PostgreSQL killed and started again",
    "connections to PostgreSQL reset",
    "a doorbell lost, and silence",
    "a process cut off from PostgreSQL",
    "a process stopped and started again",
)
ROUND = Plan(seed=7, faults=len(KINDS), only=KINDS, seconds=600, groups=2, families=2, writers=4, steady=1, quiet_s=2.0)


async def test_every_follower_gets_every_event_once_and_in_order_whatever_fails() -> None:
    with place() as folder:
        result = await play(ROUND, folder)

    told = render(result)
    print(told)
    assert result.verdict.errors == {}, told
    assert [fault.name for fault in result.history.faults] == list(KINDS)
    assert sum(len(frame.entries) for one in result.history.followed for frame in one.frames) > len(result.history.log)
