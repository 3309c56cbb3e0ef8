"""Whatever the doorbell says and the log goes through: each event once and in order, or Resync, and level at last."""

import asyncio
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs

from realtime.backends import Missed
from realtime.bus import Bus
from realtime.hub import Hub
from tests.realtime.imagined import ImaginedLog, LyingDoorbell, Reader, Ring, loop_without_waiting

CALM_S = 4.0
"""A poll, the waits between tries, and the reading of all that was written meanwhile."""

Order = Callable[[list[Ring]], list[Ring]]
ORDERS: tuple[Order, ...] = (
    lambda rings: rings,
    lambda rings: rings[::-1],
    lambda rings: [*rings, *rings],
    lambda rings: rings[::2],
    lambda rings: rings[:0],
)
topics = st.sampled_from(("absences:group:1", "posts:school:1"))
lies = st.sampled_from(("0", "1", "7", "999", "9" * 19, "9" * 5_000, "", "-1", "12x", "\u0661", Missed("lost")))
few = st.integers(1, 4)
numbers = st.one_of(few, st.integers(150, 450))


class HubModel(RuleBasedStateMachine):
    """One process's hub with all who follow it, and the world around it, one step at a time."""

    readers = Bundle("readers")

    @initialize()
    def begin(self) -> None:
        self.all: list[Reader] = []
        self.pace = 0.1
        self.log = ImaginedLog()
        self.doorbell = LyingDoorbell()
        self.runner = asyncio.Runner(loop_factory=loop_without_waiting)
        self.hub = Hub(self.log.fetch, Bus(self.doorbell))
        self.runner.run(self.hub.start())

    @rule(target=readers, topic=topics)
    def a_reader_comes(self, topic: str) -> Reader:
        reader = Reader(self.hub, self.log, topic)
        reader.join(self.runner.get_loop())
        self.all.append(reader)
        return reader

    @rule(reader=readers)
    def a_reader_leaves(self, reader: Reader) -> None:
        reader.leave()

    @rule(reader=readers)
    def a_reader_goes_on(self, reader: Reader) -> None:
        reader.leave()
        reader.join(self.runner.get_loop())

    @rule(reader=readers)
    def a_reader_stays_away_or_attends_again(self, reader: Reader) -> None:
        (reader.attends.clear if reader.attends.is_set() else reader.attends.set)()

    @rule(topic=topics, number=numbers)
    def this_process_writes(self, topic: str, number: int) -> None:
        self.hub.ring({topic: self.log.append(topic, number)})

    @rule(topic=topics, number=numbers)
    def another_process_writes(self, topic: str, number: int) -> None:
        self.doorbell.waiting.append(Ring(topic, str(self.log.append(topic, number))))

    @rule(topic=topics, lost=few, more=st.sampled_from((0, 0, -1, 2, -8)))
    def a_failover_begins_another_history(self, topic: str, lost: int, more: int) -> None:
        # Often just as long as the one before: then the marks alone tell them apart.
        lost = self.log.forget(topic, lost)
        self.log.append(topic, max(0, lost + more))

    @rule(topic=topics, number=few)
    def retention_purges(self, topic: str, number: int) -> None:
        self.log.purge(topic, number)

    @rule(order=st.sampled_from(ORDERS))
    def the_doorbell_delivers(self, order: Order) -> None:
        self.doorbell.deliver(order)

    @rule(topic=topics, lie=lies)
    def the_doorbell_lies(self, topic: str, lie: str) -> None:
        self.doorbell.inbox.put_nowait(Ring(topic, lie))

    @rule(is_away=st.booleans())
    def the_doorbell_goes_or_comes(self, *, is_away: bool) -> None:
        self.doorbell.is_away = is_away

    @rule(is_away=st.booleans())
    def the_log_goes_or_comes(self, *, is_away: bool) -> None:
        self.log.is_away = is_away

    @rule(pace=st.sampled_from((0, 0.001, 0.003, 0.1, 1.5, 6)))
    def things_happen_sooner_or_later(self, pace: float) -> None:
        self.pace = pace

    @rule()
    def all_calms_down(self) -> None:
        self.log.is_away = self.doorbell.is_away = False
        self.doorbell.waiting.clear()
        for reader in self.all:
            reader.attends.set()
        self.pass_time(CALM_S)
        for reader in self.all:
            if reader.task is not None:
                assert reader.cursor == self.log.head(reader.topic), "behind, and nobody says so"

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.pass_time(self.pace)

    def pass_time(self, seconds: float) -> None:
        self.runner.run(asyncio.sleep(seconds))
        for reader in self.all:
            reader.check()

    def teardown(self) -> None:
        try:
            self.all_calms_down()
        finally:
            for reader in self.all:
                reader.leave()
            self.runner.run(self.hub.close())
            self.runner.close()


def test_every_reader_has_each_event_once_and_in_order_or_is_told_to_resync() -> None:
    often = settings(
        max_examples=100,
        stateful_step_count=40,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.generate],  # an example as it was found is told at once; shorter ones take minutes
        report_multiple_bugs=False,
    )
    with capture_logs():
        run_state_machine_as_test(HubModel, settings=often)
