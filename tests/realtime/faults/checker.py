"""Compares the histories and names what is wrong. Knows nothing of how they came about."""

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.realtime.faults.following import Arrival, follow
from tests.realtime.faults.history import Fault, History, Logged, Outcome, Write

CURRENT_S = 0.5
"""Who has everything that is older than this is current."""
SLACK_S = 0.5
"""Late arrivals with no more than this between them are one delay."""
FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long after a fault a follower may be behind: longer is told, and much longer is an error."""

    told_s: float = 2.0
    error_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    name: str
    detail: str
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long after a fault's end each follower was behind."""

    fault: Fault
    waits: Sequence[float]


@dataclass(slots=True)
class Verdict:
    """What the checker found."""

    findings: list[Finding] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)

    @property
    def errors(self) -> Counter[str]:
        """How often each error was found, by name."""
        return Counter(finding.name for finding in self.findings if finding.is_error)


def check(history: History, limits: Limits | None = None) -> Verdict:
    """Compare everything with everything."""
    limits = limits or Limits()
    by_topic: dict[str, list[Logged]] = defaultdict(list)
    for event in history.log:
        by_topic[event.topic].append(event)
    verdict = Verdict()
    verdict.findings += _check_log(history, by_topic)
    verdict.findings += _check_writes(history)
    arrivals: list[list[Arrival]] = []
    for followed in history.followed:
        path = follow(followed, by_topic[followed.topic])
        verdict.findings += [Finding(name, f"{followed.name}: {detail}") for name, detail in path.problems]
        arrivals.append([] if followed.is_slow else path.arrivals)
        verdict.lags += [arrival.at - arrival.due for arrival in arrivals[-1] if arrival.at < FOR_EVER]
    verdict.recoveries = [Recovery(fault, [_wait(fault, mine) for mine in arrivals]) for fault in history.faults]
    verdict.findings += _stale(verdict.recoveries, limits)
    return verdict


def _check_log(history: History, by_topic: dict[str, list[Logged]]) -> Iterator[Finding]:
    """The log itself: numbered without a hole from 1 to the stream's head, in the order of the commits."""
    for topic, head in history.heads.items():
        numbers = [event.seq for event in by_topic[topic]]
        if numbers != list(range(1, head + 1)):
            yield Finding("gap", f"the log of {topic} is not 1..{head}")


def _check_writes(history: History) -> Iterator[Finding]:
    """Every acknowledged write is in the log once, a refused one never, and nothing else is there."""
    marks = {entry.id: entry.mark for one in history.followed for frame in one.frames for entry in frame.entries}
    written = Counter(((event.kind, event.topic), event.id) for event in history.log)
    expected: set[str] = set()
    refused: dict[str, Write] = {}
    for write in history.writes:
        expected.update(write.ids)
        yield from _check_answer(write)
        if write.outcome is Outcome.REFUSED:
            refused[write.mark] = write
        for id_ in write.ids:
            for place in write.places:
                times = written[place, id_]
                if times != 1:
                    name = "lost" if times == 0 else "doubled"
                    yield Finding(name, f"{write.mark} is {times} times in the log of {place[1]}")
    for id_ in dict.fromkeys(event.id for event in history.log if event.id not in expected):
        mark = marks.get(id_, "a write")
        told = refused.get(mark)
        detail = "though refused as " + ", ".join(told.codes) if told else "beside the one acknowledged"
        yield Finding("doubled", f"{mark} was written as {id_}, {detail}")


def _check_answer(write: Write) -> Iterator[Finding]:
    if write.outcome is Outcome.UNKNOWN:
        yield Finding("unsettled", f"{write.mark} was still unknown after {write.tries} tries")
    elif (write.outcome is Outcome.REFUSED) is not write.refusable:
        codes = ", ".join(write.codes)
        yield Finding("false answer", f"{write.mark} was {write.outcome} {codes} after {write.tries} tries")


def _wait(fault: Fault, arrivals: Sequence[Arrival]) -> float:
    """For how long after the fault's end a follower was behind: late arrivals are taken together, without a pause."""
    late = sorted((one.due, one.at) for one in arrivals if one.at - one.due > CURRENT_S and one.at > fault.ended)
    behind_until = fault.ended
    for due, at in late[: bisect.bisect_left(late, (fault.watched_until,))]:
        if due <= behind_until + SLACK_S:
            behind_until = max(behind_until, min(at, fault.watched_until))
    return behind_until - fault.ended


def _stale(recoveries: Sequence[Recovery], limits: Limits) -> Iterator[Finding]:
    for recovery in recoveries:
        longest = max(recovery.waits, default=0.0)
        if longest > limits.told_s:
            detail = f"{longest:.1f} s after {recovery.fault.name} somebody was still behind"
            yield Finding("stale", detail, is_error=longest > limits.error_s)
