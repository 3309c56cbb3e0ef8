"""What was seen, as a table for people and as data."""

import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import Any

from tests.bench.fanning import Fanout
from tests.bench.load import Slice
from tests.bench.racing import Races
from tests.bench.sign_ins import Seen as SignIns
from tests.bench.sizes import Size
from tests.bench.workloads import WORKLOADS

Seen = dict[str, dict[str, list[Slice]]]
_COLUMNS = (
    "workload",
    "target",
    "app CPU ms",
    "user",
    "PG CPU ms",
    "req/s",
    "p50 ms",
    "p99 ms",
    "bytes",
    "others",
    "x floor",
)
_PACKAGES = ("strawberry-graphql", "graphql-core", "asyncpg", "sqlalchemy", "uvicorn", "uvloop", "httptools", "orjson")


def ratio(seen: Seen, workload: str, target: str, floor: str) -> float:
    """How many times the processor time of the floor: the median over rounds, in which both were measured in turn."""
    pairs = zip(seen[workload][target], seen[workload][floor], strict=True)
    return median(one.app_ms / other.app_ms for one, other in pairs)


def _middle(slices: list[Slice], name: str) -> float:
    return median(getattr(one, name) for one in slices)


def _row(seen: Seen, workload: str, target: str) -> tuple[str, ...]:
    slices = seen[workload][target]
    told = [f"{_middle(slices, name):.3f}" for name in ("app_ms", "app_user_ms", "postgres_ms")]
    told.append(f"{_middle(slices, 'per_second'):,.0f}")
    told += [f"{_middle(slices, name):.1f}" for name in ("p50_ms", "p99_ms")]
    told += [f"{_middle(slices, 'answer_bytes'):,.0f}", f"{_middle(slices, 'others'):.2f}"]
    return (workload, target, *told, f"{ratio(seen, workload, target, 'floor'):.2f}")


def table(seen: Seen) -> str:
    """The medians, and which goals are met."""
    rows = [_COLUMNS, tuple("---" for _ in _COLUMNS)]
    rows += [_row(seen, workload, target) for workload in seen for target in seen[workload]]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    for name in seen:
        workload = WORKLOADS[name]
        own, bare = ratio(seen, name, "service", "floor"), ratio(seen, name, "service", "bare")
        met = "met" if own <= workload.goal else "missed"
        lines.append(
            f"{name} ({workload.says}): {own:.2f} times the floor, goal {workload.goal}: {met};"
            f" {bare:.2f} times a floor that knows the viewer without asking"
        )
    return "\n".join(lines)


def told(seen: Seen, fanout: Fanout, sign_ins: list[SignIns], races: Races, size: Size) -> dict[str, Any]:
    """Everything, for comparing runs."""
    return {
        "at": datetime.now(UTC),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "packages": {name: version(name) for name in _PACKAGES},
        "size": asdict(size),
        "ratios": {name: {floor: ratio(seen, name, "service", floor) for floor in ("floor", "bare")} for name in seen},
        "slices": {
            name: {target: [asdict(one) for one in slices] for target, slices in targets.items()}
            for name, targets in seen.items()
        },
        "fanout": {
            str(number): {target: [asdict(one) for one in slices] for target, slices in targets.items()}
            for number, targets in fanout.items()
        },
        "sign_ins": [asdict(one) for one in sign_ins],
        "races": {
            f"{guardians}/{slots}": {target: [asdict(one) for one in slices] for target, slices in targets.items()}
            for (guardians, slots), targets in races.items()
        },
    }
