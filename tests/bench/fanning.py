"""W4: one event to many subscribers of one process, beside bare sends of the same bytes."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from statistics import median

import orjson

from tests.bench.fanout import Order, Seen

GOALS_MS = {1_000: 100, 5_000: 250}
GOAL_CPU, GOAL_KIB = 2.0, 30
KINDS = {"floor": ("fanout", "shared"), "shared": ("service", "shared"), "personal": ("service", "personal")}
"""What is told: which server, and which document. A personal document is read and written for each person."""
_COLUMNS = (
    "N",
    "target",
    "delivered",
    "p50 ms",
    "p99 ms",
    "all, ms",
    "CPU us/frame",
    "x floor",
    "KiB idle",
    "opened/s",
)

Serve = Callable[[ExitStack, str], tuple[int, int]]
Fanout = dict[int, dict[str, list[Seen]]]


def measure(serve: Serve, numbers: list[int], events: int, rounds: int) -> Fanout:
    """Each target on a fresh process, in turns, so that the memory is its own and what disturbs one disturbs all."""
    seen: Fanout = {number: {kind: [] for kind in KINDS if kind != "personal" or number <= 1_000} for number in numbers}
    for turn in range(rounds):
        for number, targets in seen.items():
            for kind in list(targets)[:: 1 if turn % 2 else -1]:
                targets[kind].append(_slice(serve, kind, number, events, f"{kind}-{number}-{turn}"))
                print(f"round {turn + 1} of {rounds}: W4 {kind} {number}", file=sys.stderr, flush=True)
    return seen


def _slice(serve: Serve, kind: str, number: int, events: int, run: str) -> Seen:
    server, document = KINDS[kind]
    with ExitStack() as running:
        process, port = serve(running, server)
        order = Order(port=port, app=process, subscribers=number, events=events, document=document, run=run)
        command = [sys.executable, "-m", "tests.bench.fanout"]
        done = subprocess.run(command, input=orjson.dumps(asdict(order)), stdout=subprocess.PIPE, check=True)
    return Seen(**orjson.loads(done.stdout))


def ratio(targets: dict[str, list[Seen]], kind: str) -> float:
    """How many times the processor time of the floor a frame costs: the median over rounds."""
    return median(one.cpu_us / floor.cpu_us for one, floor in zip(targets[kind], targets["floor"], strict=True))


def table(seen: Fanout) -> str:
    """The medians, and which goals are met."""
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|" + "---|" * len(_COLUMNS)]
    for number, targets in seen.items():
        for kind, slices in targets.items():
            names = ("p50_ms", "p99_ms", "all_ms", "cpu_us")
            middle = [f"{median(getattr(one, name) for one in slices):.1f}" for name in names]
            least = min(one.delivered for one in slices)
            kib = median(one.idle_kib for one in slices)
            opened = median(one.opened_per_s for one in slices)
            cells = [f"{number:,}", kind, f"{least:.2%}", *middle, f"{ratio(targets, kind):.2f}", f"{kib:.1f}"]
            lines.append("| " + " | ".join([*cells, f"{opened:,.0f}"]) + " |")
    lines += [_verdict(number, targets) for number, targets in seen.items()]
    return "\n".join(lines)


def _verdict(number: int, targets: dict[str, list[Seen]]) -> str:
    p99 = median(one.p99_ms for one in targets["shared"])
    cpu, kib = ratio(targets, "shared"), median(one.idle_kib for one in targets["shared"])
    goal = GOALS_MS.get(number)
    told = "" if goal is None else f" (goal {goal}: {'met' if p99 <= goal else 'missed'})"
    return (
        f"W4, {number:,} subscribers: p99 {p99:.0f} ms{told}; {cpu:.2f} times the floor"
        f" (goal {GOAL_CPU}: {'met' if cpu <= GOAL_CPU else 'missed'}); {kib:.1f} KiB a silent subscription"
        f" (goal {GOAL_KIB}: {'met' if kib <= GOAL_KIB else 'missed'})"
    )
