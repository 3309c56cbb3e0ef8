"""`python -m tests.realtime.faults`: play a round of faults, tell what came of it, and fail when anything is wrong."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tests.cli.programs import place
from tests.realtime.faults.checker import Limits
from tests.realtime.faults.defects import DEFECTS
from tests.realtime.faults.faults import FAULTS
from tests.realtime.faults.report import render
from tests.realtime.faults.rounds import Plan, Result, play


def main() -> None:
    asked = _arguments()
    plan = Plan(
        seed=asked.seed,
        seconds=asked.seconds,
        faults=asked.faults,
        only=asked.only or (),
        processes=asked.processes,
        quiet_s=asked.quiet,
        defect=asked.defect,
        limits=Limits(error_s=asked.stale),
    )
    try:
        result = asyncio.run(_play(plan))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    told = render(result)
    print(told)
    if asked.report is not None:
        asked.report.write_text(told, encoding="utf-8")
    asked.logs.mkdir(parents=True, exist_ok=True)
    for name, lines in result.logs.items() if asked.logs else ():
        (asked.logs / f"{name.replace(' ', '-')}.log").write_text("\n".join(lines), encoding="utf-8")
    sys.exit(1 if result.verdict.errors else 0)


async def _play(plan: Plan) -> Result:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with place() as folder:
        return await play(plan, folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.realtime.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="which faults, when, and for how long")
    parser.add_argument("--seconds", type=float, default=120.0, help="no fault begins after this time")
    parser.add_argument("--faults", type=int, help="at most so many faults")
    parser.add_argument("--only", nargs="+", choices=FAULTS, help="these faults, in this order, again and again")
    parser.add_argument("--processes", type=int, default=2, help="how many processes serve")
    parser.add_argument("--quiet", type=float, default=3.0, help="seconds of silence after a lost doorbell")
    parser.add_argument("--stale", type=float, default=15.0, help="seconds behind after a fault that are an error")
    parser.add_argument("--defect", choices=DEFECTS, help="plant a defect into the processes: it must be named")
    parser.add_argument("--report", type=Path, help="where the report is written, beside being printed")
    parser.add_argument("--logs", type=Path, help="a folder for what the processes printed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
