"""The search for adjacent talks by itself: the best there is, the same every time, and quick (f4, booking 3)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from random import Random
from time import process_time
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolvers.meetings.bundles import LONGEST_WAIT, MOST_BUNDLES, Bundle, Option, search

DAY = 24 * 60
CPU_S = 0.2


def option(ticket: int, begin: int, *, length: int = 10, day: int = 0, place: str = "A") -> Option:
    """A slot of a ticket, at a minute of a day."""
    begin += day * DAY
    key = UUID(int=begin * 100 + ticket)
    return Option(begin=begin, end=begin + length, ticket=ticket, slot_id=key, day=day, place=place)


def can_be_visited(options: Sequence[Option], walk: int) -> bool:
    """Whether one can come to all of these, walking from one room to another."""
    ordered = sorted(options)
    return all(
        later.begin >= earlier.end + (0 if earlier.place == later.place else walk)
        for earlier, later in pairwise(ordered)
    )


def cost(options: Iterable[Option], tickets: int) -> tuple[int, int, int]:
    """What makes a bundle worse: talks left out, days, and minutes at school."""
    by_day: dict[int, list[Option]] = {}
    for one in options:
        by_day.setdefault(one.day, []).append(one)
    spans = [max(o.end for o in day) - min(o.begin for o in day) for day in by_day.values()]
    return tickets - sum(map(len, by_day.values())), len(by_day), sum(spans)


def every(options: Sequence[Option], tickets: int, walk: int) -> list[tuple[Option, ...]]:
    """All sets of slots that can be visited, with at most one for each ticket: by trying everything."""
    choices = [[None, *(one for one in options if one.ticket == ticket)] for ticket in range(tickets)]
    sets = (tuple(one for one in chosen if one is not None) for chosen in product(*choices))
    return [chosen for chosen in sets if chosen and can_be_visited(chosen, walk)]


def waiting(options: Sequence[Option]) -> int:
    """Minutes between talks of one day."""
    return cost(options, len(options))[2] - sum(one.end - one.begin for one in options)


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[Option], int, int]:
    """A few tickets with a few slots each, on up to three days and in up to three rooms; a talk of a ticket is as long
    wherever it is."""
    tickets = draw(st.integers(1, 4))
    lengths = [draw(st.sampled_from([10, 15, 20])) for _ in range(tickets)]
    one = st.tuples(st.integers(0, tickets - 1), st.integers(0, 40), st.integers(0, 2), st.sampled_from("ABC"))
    drawn = draw(st.lists(one, max_size=12, unique_by=lambda o: o[:3]))
    options = [option(t, 5 * begin, length=lengths[t], day=day, place=place) for t, begin, day, place in drawn]
    return options, tickets, draw(st.sampled_from([0, 5, 10]))


@settings(max_examples=150, deadline=None)
@given(problems())
def test_nothing_is_better_than_what_is_found(problem: tuple[list[Option], int, int]) -> None:
    options, tickets, walk = problem
    found = search(options, tickets=tickets, walk=walk)
    sets = every(options, tickets, walk)
    whole = [
        chosen
        for chosen in sets
        if cost(chosen, tickets)[:2] == (0, 1) and waiting(chosen) <= LONGEST_WAIT * (tickets - 1)
    ]

    assert bool(found.fitting) is bool(whole)
    assert not (found.fitting and found.nearest)
    assert bool(found.nearest) is bool(sets and not whole)
    shown = [*found.fitting, *found.nearest]
    assert len(shown) <= MOST_BUNDLES
    for bundle in shown:
        assert set(bundle.options) <= set(options)
        assert len({one.ticket for one in bundle.options}) == len(bundle.options)
        assert can_be_visited(bundle.options, walk)
    costs = [cost(bundle.options, tickets) for bundle in shown]
    assert costs == sorted(costs)
    if shown:
        assert costs[0] == min(cost(chosen, tickets) for chosen in (whole or sets))


@settings(max_examples=100, deadline=None)
@given(problems())
def test_the_five_best_beginnings_are_shown(problem: tuple[list[Option], int, int]) -> None:
    options, tickets, walk = problem
    found = search(options, tickets=tickets, walk=walk)
    best: dict[Option, int] = {}
    for chosen in every(options, tickets, walk):
        if cost(chosen, tickets)[:2] == (0, 1) and waiting(chosen) <= LONGEST_WAIT * (tickets - 1):
            best[min(chosen)] = min(best.get(min(chosen), DAY), cost(chosen, tickets)[2])
    assert [bundle.span for bundle in found.fitting] == sorted(best.values())[:MOST_BUNDLES]


@settings(max_examples=50, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_slots_come_changes_nothing(problem: tuple[list[Option], int, int], chance: Random) -> None:
    options, tickets, walk = problem
    shuffled = list(options)
    chance.shuffle(shuffled)
    assert search(shuffled, tickets=tickets, walk=walk) == search(options, tickets=tickets, walk=walk)


def days_of(bundle: Bundle) -> list[tuple[int, int]]:
    """When a bundle is: days and minutes."""
    return [(one.day, one.begin % DAY) for one in sorted(bundle.options)]


def test_nearest_is_more_waiting_before_more_days_before_a_talk_left_out() -> None:
    long_wait = [option(0, 0), option(1, 200)]
    found = search([*long_wait, option(1, 0, day=1)], tickets=2, walk=5)
    assert (found.fitting, days_of(found.nearest[0]), days_of(found.nearest[1])) == (
        (),
        [(0, 0), (0, 200)],
        [(0, 0), (1, 0)],
    )

    found = search([option(0, 0), option(1, 0, day=1)], tickets=2, walk=5)
    assert (found.fitting, days_of(found.nearest[0])) == ((), [(0, 0), (1, 0)])

    found = search([option(0, 0)], tickets=2, walk=5)
    assert (found.fitting, days_of(found.nearest[0])) == ((), [(0, 0)])
    assert search([], tickets=2, walk=5).nearest == ()


SHAPES = {
    "one room": [option(t, 10 * number) for t in range(6) for number in range(60)],
    "a room per ticket": [option(t, 10 * number, place=f"{t}") for t in range(6) for number in range(60)],
    "two rooms per ticket": [
        option(t, 10 * number, place=f"{t} {number % 2}") for t in range(6) for number in range(60)
    ],
    "five rooms per ticket": [
        option(t, 10 * number, place=f"{t} {number % 5}") for t in range(6) for number in range(60)
    ],
    "three days": [
        option(t, 10 * number, day=day, place=f"{t}") for t in range(6) for day in range(3) for number in range(20)
    ],
    "nothing fits": [
        option(t, 10 * number, day=day + (t == 5), place=f"{t}")
        for t in range(6)
        for day in range(0, 6, 2)
        for number in range(20)
    ],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_six_tickets_of_sixty_slots_cost_less_than_a_fifth_of_a_second(shape: str) -> None:
    begin = process_time()
    search(SHAPES[shape], tickets=6, walk=5)
    spent = process_time() - begin
    print(f"\n{shape}: {spent * 1000:.0f} ms of CPU")
    assert spent < 3 * CPU_S  # generously: this machine is shared, and may be slow
