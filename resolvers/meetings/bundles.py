"""The best adjacent times for several talks: which slots on one day follow each other with the least waiting (f4).

How early the talks that are left can be over depends on nothing but which they are, when one is free for them, and in
which room: so it is found once for each, and the search is exact and short. It knows no clock and no chance: the same
slots, the same answer.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from uuid import UUID

MOST_TICKETS = 6
MOST_BUNDLES = 5
OWN_PLACE = "own "
"""The place of a ticket whose rooms no other ticket of the search can be in."""
LONGEST_WAIT = 60
"""Minutes of waiting before each talk but the first, on average, in a bundle that fits."""

Chain = tuple["Option", ...]
Way = tuple[int, Chain]
"""When a visit ends, and its slots."""


@dataclass(frozen=True, slots=True, order=True)
class Option:
    """A slot in which a ticket's talk can be, in minutes since any moment."""

    begin: int
    end: int
    ticket: int
    """Its place in the request."""
    slot_id: UUID
    day: int
    place: str
    """The room: between two different ones there is a way to go."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Slots for talks, one after another."""

    options: Chain

    @property
    def days(self) -> int:
        """On how many days."""
        return len({option.day for option in self.options})

    @property
    def span(self) -> int:
        """Minutes from the first to the last moment of each day."""
        days = {option.day for option in self.options}
        return sum(_span([option for option in self.options if option.day == day]) for day in days)

    @property
    def waiting(self) -> int:
        """Minutes in which nothing happens, the ways between rooms included."""
        return self.span - sum(option.end - option.begin for option in self.options)

    def rank(self, tickets: int) -> tuple[object, ...]:
        """The order of bundles: all talks, few days, a short visit, an early one; then always the same."""
        missing = tickets - len(self.options)
        return (missing, self.days, self.span, [o.begin for o in self.options], [o.slot_id for o in self.options])


@dataclass(frozen=True, slots=True)
class Found:
    """Bundles that fit, best first; where none does, what comes nearest."""

    fitting: Sequence[Bundle]
    nearest: Sequence[Bundle]


def _span(options: Sequence[Option]) -> int:
    return max(option.end for option in options) - min(option.begin for option in options)


def search(options: Sequence[Option], *, tickets: int, walk: int) -> Found:
    """The best bundles of slots for so many tickets, with `walk` minutes between two places.

    One fits when all its talks are on one day, with an hour of waiting between two at most, on average. Nearest are, in
    this order: with more waiting, on more days, with talks left out.
    """
    most = LONGEST_WAIT * (tickets - 1)
    different = _different(options)
    days = {day: _Day(different, day, tickets, walk) for day in sorted({option.day for option in different})}
    full = (1 << tickets) - 1
    whole = [bundle for day in days.values() for bundle in day.visits(full) if bundle.waiting <= most]
    found = Found(_best(whole, tickets), ())
    if not found.fitting:
        found = Found((), _best(list(_joined([known.parts() for known in days.values()], full)), tickets))
    told = {(option.ticket, option.slot_id): option for option in options}
    fitting, nearest = (tuple(_as_told(bundle, told) for bundle in some) for some in (found.fitting, found.nearest))
    return Found(fitting, nearest)


def _as_told(bundle: Bundle, told: Mapping[tuple[int, UUID], Option]) -> Bundle:
    """A bundle of the slots that were given, in their own rooms."""
    return Bundle(tuple(told[option.ticket, option.slot_id] for option in bundle.options))


def _different(options: Sequence[Option]) -> list[Option]:
    """Options without those that differ from another in nothing that matters.

    To which room somebody goes matters only where another ticket's talk can be in it as well.
    """
    tickets_in: dict[str, set[int]] = {}
    for option in options:
        tickets_in.setdefault(option.place, set()).add(option.ticket)
    kept: dict[tuple[object, ...], Option] = {}
    for option in sorted(options):
        place = option.place if len(tickets_in[option.place]) > 1 else f"{OWN_PLACE}{option.ticket}"
        kept.setdefault((option.ticket, option.begin, option.end, place), replace(option, place=place))
    return list(kept.values())


def _best(bundles: Sequence[Bundle], tickets: int) -> list[Bundle]:
    different = {bundle.options: bundle for bundle in bundles}
    return sorted(different.values(), key=lambda bundle: bundle.rank(tickets))[:MOST_BUNDLES]


def _joined(parts: Sequence[Mapping[int, Chain]], full: int) -> Iterator[Bundle]:
    """What one day can hold, what two hold together, and all that as few days as need be can hold."""
    for known in parts:
        yield from (Bundle(chain) for chain in known.values())
    for one, other in combinations(parts, 2):
        yield from (Bundle(chain + other[full ^ mask]) for mask, chain in one.items() if full ^ mask in other)
    # For each set of tickets: the fewest days, the shortest visits, and always the same ones.
    together: dict[int, tuple[int, int, Chain]] = {0: (0, 0, ())}
    for known in parts:
        for mask, (number, span, chain) in list(together.items()):
            for taken, more in known.items():
                joined = (number + 1, span + _span(more), chain + more)
                if not mask & taken and joined < together.get(mask | taken, (number + 2, 0, ())):
                    together[mask | taken] = joined
    yield from (Bundle(chain) for _, _, chain in together.values() if chain)


class _Day:
    """The slots of one day."""

    def __init__(self, options: Sequence[Option], day: int, tickets: int, walk: int) -> None:
        self._walk = walk
        self._tickets = range(tickets)
        self._options = sorted(option for option in options if option.day == day)
        # By ticket, in order: the next one after a moment is found by bisection.
        self._rows = [[option for option in self._options if option.ticket == ticket] for ticket in self._tickets]
        self._begins = [[option.begin for option in row] for row in self._rows]
        self._known: dict[tuple[int, int, str], Way | None] = {}

    def visits(self, wanted: int) -> list[Bundle]:
        """The shortest visit with just these tickets, for each slot of theirs in which it can begin."""
        found: list[Bundle] = []
        for first in self._options:
            if wanted >> first.ticket & 1:
                rest = self._rest(wanted ^ 1 << first.ticket, first.end, first.place)
                if rest is not None:
                    found.append(Bundle((first, *rest[1])))
        return found

    def parts(self) -> dict[int, Chain]:
        """The shortest visit for each set of tickets that fits on the day, however long the waiting."""
        there = sum(1 << ticket for ticket in self._tickets if self._rows[ticket])
        sets = [mask for mask in range(1, there + 1) if mask & there == mask]
        best = {mask: min(self.visits(mask), key=_shortest, default=None) for mask in sets}
        return {mask: bundle.options for mask, bundle in best.items() if bundle is not None}

    def _rest(self, left: int, end: int, place: str) -> Way | None:
        """How early these tickets can be over, for who is free at a moment in a place; None when they can't be."""
        if not left:
            return end, ()
        key = (left, end, "" if place.startswith(OWN_PLACE) else place)
        if key not in self._known:
            ways: list[Way] = []
            for ticket in self._tickets:
                if left >> ticket & 1:
                    for option in self._next(ticket, end, place):
                        rest = self._rest(left ^ 1 << ticket, option.end, option.place)
                        if rest is not None:
                            ways.append((rest[0], (option, *rest[1])))
            self._known[key] = min(ways, default=None)
        return self._known[key]

    def _next(self, ticket: int, end: int, place: str) -> Iterator[Option]:
        """A ticket's first slot after a talk, and those that end hardly later, in other rooms.

        Being in a room already is worth the way to it, and no more.
        """
        row, walked, latest = self._rows[ticket], end + self._walk, None
        for number in range(bisect_left(self._begins[ticket], end), len(row)):
            option = row[number]
            if latest is not None and option.end >= latest:
                break
            if option.begin >= walked or option.place == place:
                yield option
                if option.place.startswith(OWN_PLACE):
                    break
                latest = option.end + self._walk if latest is None else min(latest, option.end + self._walk)


def _shortest(bundle: Bundle) -> tuple[int, Chain]:
    return bundle.span, bundle.options
