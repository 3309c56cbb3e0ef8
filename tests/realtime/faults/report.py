"""What a round has shown, in Markdown."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median, quantiles

from tests.realtime.faults.checker import Recovery
from tests.realtime.faults.history import Outcome, Said
from tests.realtime.faults.rounds import Result

NAMES = ("lost", "doubled", "out of order", "gap", "forged", "stale", "revoked", "false answer", "unsettled")
MOST_FINDINGS = 20


def render(result: Result) -> str:
    """The whole report."""
    plan = result.plan
    title = f"# Faults: seed {plan.seed}, {len(result.history.faults)} in {result.seconds:.0f} s"
    if plan.defect:
        title += f", with the defect {plan.defect}"
    parts = [title, _faults(result.verdict.recoveries), _totals(result), _lags(result.verdict.lags), _findings(result)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(*rows: Sequence[object]) -> str:
    first, *others = [[str(cell) for cell in row] for row in rows]
    lines = [first, ["---"] * len(first), *others]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _faults(recoveries: Iterable[Recovery]) -> str:
    """One line for each kind: how long after its end the middle and the last follower were behind."""
    by_name: dict[str, list[Recovery]] = defaultdict(list)
    for recovery in recoveries:
        by_name[recovery.fault.name].append(recovery)
    rows: list[Sequence[object]] = [("fault", "times", "recovery s, median", "recovery s, max", "note")]
    for name, several in by_name.items():
        waits = [max(one.waits, default=0.0) for one in several]
        notes = "; ".join(dict.fromkeys(one.fault.note for one in several))
        rows.append((name, len(several), f"{median(waits):.2f}", f"{max(waits):.2f}", notes))
    return _table(*rows)


def _totals(result: Result) -> str:
    history = result.history
    said = Counter(frame.said for one in history.followed for frame in one.frames)
    deliveries = sum(len(frame.entries) for one in history.followed for frame in one.frames)
    outcomes = Counter(write.outcome for write in history.writes)
    names = Counter(finding.name for finding in result.verdict.findings)
    figures: list[tuple[str, object]] = [
        ("faults", len(history.faults)),
        ("writes acknowledged", outcomes[Outcome.ACKNOWLEDGED]),
        ("writes refused, rightly", outcomes[Outcome.REFUSED]),
        ("write retries", sum(write.tries - 1 for write in history.writes)),
        ("events", len(history.log)),
        ("followers", len(history.followed)),
        ("deliveries", deliveries),
        ("reconnects", said[Said.START] - len(history.followed)),
        ("given up (silence)", sum(one.give_ups for one in history.followed)),
        ("resyncs", said[Said.RESYNC]),
        ("byes", said[Said.BYE]),
        *((name, names[name]) for name in NAMES),
    ]
    return _table(("total", ""), *figures)


def _lags(lags: list[float]) -> str:
    if len(lags) < 2:
        return ""
    cuts = quantiles(lags, n=100, method="inclusive")
    return f"Commit to received: p50 {1000 * cuts[49]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms, max {max(lags):.2f} s."


def _findings(result: Result) -> str:
    """What is wrong, what was answered instead of an outcome, and what the processes complained of."""
    found = result.verdict.findings
    lines = [f"- {'**' + one.name + '**' if one.is_error else one.name}: {one.detail}" for one in found]
    if len(lines) > MOST_FINDINGS:
        lines[MOST_FINDINGS:] = [f"- and {len(lines) - MOST_FINDINGS} more"]
    for title, counted in (("Writers were told", result.writers.answers), ("Logged as errors", result.complaints)):
        if counted:
            lines.append(f"- {title}: " + ", ".join(f"{what} x{times}" for what, times in sorted(counted.items())))
    return "\n".join(lines)
