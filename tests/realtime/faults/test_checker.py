"""The checker on histories made by hand: it is content with a good one, and calls each fault by its name."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.realtime.faults.checker import Limits, check
from tests.realtime.faults.history import Entry, Fault, Followed, Frame, History, Logged, Outcome, Said, Write

TOPIC = "posts:group:5"
PLACE = ("PUBLISHED", TOPIC)
EVENTS = 6


def logged(seq: int) -> Logged:
    return Logged(TOPIC, seq, 1000 + seq, "PUBLISHED", f"post_{seq}", float(seq))


def entry(seq: int) -> Entry:
    return Entry("PUBLISHED", f"post_{seq}", f"post {seq}")


def cursor(seq: int) -> str:
    return f"{seq}.{1000 + seq}" if seq else "0.0"


def told(seq: int, *seqs: int, at: float | None = None) -> Frame:
    """A frame with these events, after which the follower stands at `seq`."""
    return Frame(seq + 0.1 if at is None else at, Said.EVENTS, cursor(seq), tuple(entry(one) for one in seqs))


def written(seq: int) -> Write:
    return Write(f"post {seq}", [PLACE], outcome=Outcome.ACKNOWLEDGED, ids=[f"post_{seq}"], tries=1)


def history() -> History:
    """Six posts; a follower who gets them one by one, but for the last two, which come together."""
    frames = [Frame(0.5, Said.START, cursor(0)), *(told(seq, seq) for seq in range(1, 5)), told(6, 5, 6)]
    numbers = range(1, EVENTS + 1)
    return History(
        [written(seq) for seq in numbers],
        [logged(seq) for seq in numbers],
        {TOPIC: EVENTS},
        [Followed("somebody", TOPIC, frames)],
        [Fault("a fault", 1.0, 2.0, 6.0)],
    )


def names(made: History, limits: Limits | None = None) -> set[str]:
    return {finding.name for finding in check(made, limits).findings}


def test_a_good_history_has_no_findings() -> None:
    verdict = check(history())

    assert verdict.findings == []
    assert len(verdict.lags) == EVENTS


Spoil = Callable[[History], object]


def frames(made: History) -> list[Frame]:
    return made.followed[0].frames


def put(made: History, place: int, frame: Frame) -> None:
    frames(made)[place] = frame


RECEIVED: dict[str, tuple[Spoil, set[str]]] = {
    "a frame twice": (lambda made: frames(made).insert(3, frames(made)[2]), {"doubled"}),
    "an event again, much later": (lambda made: put(made, 5, told(6, 5, 6, 1)), {"doubled"}),
    "an event left out of a frame": (lambda made: put(made, 5, told(6, 6)), {"gap", "lost"}),
    "an empty frame that moves the cursor": (lambda made: put(made, 2, told(2)), {"gap", "lost"}),
    "a frame left out": (lambda made: frames(made).pop(2), {"gap", "lost"}),
    "nothing more after the third": (lambda made: frames(made).__delitem__(slice(4, None)), {"lost"}),
    "two swapped in a frame": (lambda made: put(made, 5, told(6, 6, 5)), {"out of order"}),
    "two frames swapped": (
        lambda made: frames(made).__setitem__(slice(2, 4), [told(3, 3), told(2, 2)]),
        {"out of order", "gap"},
    ),
    "an event that nobody wrote": (lambda made: put(made, 5, told(6, 5, 6, 99)), {"forged"}),
    "a cursor of another log": (
        lambda made: put(made, 2, replace(told(2, 2), cursor="2.7")),
        {"forged"},
    ),
    "started again elsewhere": (
        lambda made: frames(made).__setitem__(slice(2, 4), [Frame(3.0, Said.START, cursor(3))]),
        {"gap", "lost"},
    ),
    "never started": (lambda made: frames(made).clear(), {"lost"}),
    "revoked without a reason": (lambda made: frames(made).append(Frame(9.0, Said.REVOKED)), {"revoked"}),
}


@pytest.mark.parametrize(("spoil", "expected"), RECEIVED.values(), ids=RECEIVED.keys())
def test_what_a_follower_received_wrongly_is_named(spoil: Spoil, expected: set[str]) -> None:
    made = history()

    spoil(made)

    assert names(made) - {"stale"} == expected


def test_what_lies_under_a_snapshot_after_resync_is_not_lost() -> None:
    made = history()
    resync = [Frame(3.0, Said.RESYNC, cursor(4)), Frame(3.1, Said.SNAPSHOT, cursor(4))]
    frames(made)[2:5] = [*resync, Frame(3.2, Said.START, cursor(4))]

    assert names(made) == set()


def test_what_comes_before_the_first_start_is_not_lost() -> None:
    made = history()
    frames(made)[:3] = [Frame(2.5, Said.START, cursor(2))]

    assert names(made) == set()


def unknown(made: History) -> None:
    made.writes[3].outcome = Outcome.UNKNOWN


def rightly_refused_and_written(made: History) -> None:
    made.writes[3].outcome, made.writes[3].refusable = Outcome.REFUSED, True
    made.writes[3].ids = []


def refused(made: History) -> None:
    made.writes.append(Write("post 7", [PLACE], outcome=Outcome.REFUSED, codes=["INVALID"], tries=2))


def granted(made: History) -> None:
    made.writes[3].refusable = True


WRITTEN: dict[str, tuple[Spoil, set[str]]] = {
    "acknowledged and not there": (lambda made: made.writes.append(written(7)), {"lost"}),
    "there twice under one id": (
        lambda made: made.log.append(replace(logged(7), id="post_6")) or made.heads.__setitem__(TOPIC, 7),
        {"doubled", "lost"},
    ),
    "there again under another id": (lambda made: made.writes.pop(3), {"doubled"}),
    "refused and there all the same": (rightly_refused_and_written, {"doubled"}),
    "refused without a reason": (refused, {"false answer"}),
    "granted what had to be refused": (granted, {"false answer"}),
    "never settled": (unknown, {"unsettled"}),
    "a number left out": (lambda made: made.log.__setitem__(5, replace(logged(7), id="post_6")), {"gap"}),
}


@pytest.mark.parametrize(("spoil", "expected"), WRITTEN.values(), ids=WRITTEN.keys())
def test_what_was_written_wrongly_is_named(spoil: Spoil, expected: set[str]) -> None:
    made = history()

    spoil(made)

    assert expected <= names(made)


@pytest.mark.parametrize(("seconds", "expected"), [(1.0, None), (3.0, False), (5.0, True)])
def test_who_is_behind_after_a_fault_is_told_and_at_last_an_error(seconds: float, *, expected: bool | None) -> None:
    made = history()
    made.faults = [Fault("a fault", 1.0, 2.0, 60.0)]
    frames(made)[2:] = [told(6, 2, 3, 4, 5, 6, at=2.0 + seconds)]

    verdict = check(made, Limits(told_s=2.0, error_s=4.0))

    assert [finding.is_error for finding in verdict.findings] == ([] if expected is None else [expected])
    assert max(verdict.recoveries[0].waits) == pytest.approx(0.0 if seconds < 0.5 else seconds)


def test_what_is_late_only_during_the_fault_is_not_stale() -> None:
    made = history()
    made.faults = [Fault("a fault", 1.0, 50.0, 60.0)]
    frames(made)[2:] = [told(6, 2, 3, 4, 5, 6, at=40.0)]

    assert names(made) == set()


def test_who_was_away_is_behind_only_from_its_return() -> None:
    made = history()
    made.faults = [Fault("a fault", 1.0, 2.0, 60.0)]
    frames(made)[2:] = [told(6, 2, 3, 4, 5, 6, at=30.2)]
    made.followed[0].away = [(1.9, 30.0)]

    assert names(made) == set()


def test_a_slow_reader_is_not_stale_but_loses_nothing() -> None:
    made = history()
    made.faults = [Fault("a fault", 1.0, 2.0, 60.0)]
    made.followed[0].is_slow = True
    frames(made)[2:] = [told(6, 2, 3, 4, 5, 6, at=50.0)]
    assert names(made) == set()

    frames(made).pop()

    assert names(made) == {"lost"}
