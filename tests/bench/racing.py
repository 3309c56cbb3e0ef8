"""W5: many guardians book at once: all want one slot, or each wants one of several; beside the same work by hand."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from statistics import median

import asyncpg
import orjson

from tests.bench.founding import renew
from tests.bench.races import Order, Seen, row
from tests.bench.sizes import GROUP, GROUPS_PER_SCHOOL, PERSON, PUPIL, PUPILS_PER_GROUP, SCHOOL, Size, key

SHAPES = ((200, 1), (200, 60), (60, 60))
"""How many guardians book at once, and how many slots there are for them."""
GOAL_S = 2.0
"""For sixty talks in sixty slots (issue 5)."""
_COLUMNS = (
    "guardians",
    "slots",
    "target",
    "answers/s",
    "booked/s",
    "p50 ms",
    "p99 ms",
    "all, ms",
    "CPU ms",
    "sent away",
    "x floor",
)
_MOST_SLOTS = 100
# A round on a day of its own, of all groups of the first school, with one host; and a ticket for each pupil's first
# guardian. The families of other rounds are the same people, on other days.
_PLAN = """
with told (id, school_id, host, day) as (values ($1::uuid, $2::uuid, $3::uuid, $4::timestamptz)),
ticket (id, pupil, guardian) as (select * from unnest($7::uuid[], $8::uuid[], $9::uuid[])),
round_ as (insert into meeting_round (id, school_id, kind, title, state, opens_at, closes_at, ends_at,
    change_until_hours, duration_minutes, buffer_minutes, walk_minutes, party_gap_minutes, created_by, created_at,
    announced_at)
  select id, school_id, 'REPORT', 'Rapportgesprekken', 'ANNOUNCED', now() - interval '1 hour',
    now() + interval '20 hours', day + interval '20 hours', 24, 10, 0, 5, 15, host, now(), now() from told),
window_ as (insert into host_window (id, school_id, round_id, starts_at, ends_at, room)
  select id, school_id, id, day, day + interval '20 hours', 'A' from told),
host as (insert into window_host (window_id, person_id, school_id) select id, host, school_id from told),
group_ as (insert into window_group (window_id, group_id, school_id)
  select id, g, school_id from told, unnest($5::uuid[]) g),
slot as (insert into meeting_slot (id, school_id, round_id, window_id, starts_at, ends_at)
  select s.id, school_id, t.id, t.id, day + (place - 1) * interval '10 minutes', day + place * interval '10 minutes'
  from told t, unnest($6::uuid[]) with ordinality s (id, place)),
made as (insert into meeting_ticket (id, school_id, round_id, pupil_id, group_id, party, state, length,
    asked_to_come, needs_interpreter, needs_access, has_priority)
  select ticket.id, t.school_id, t.id, pupil, e.group_id, 0, 'INVITED', 1, false, false, false, false
  from told t, ticket join enrolment e on e.pupil_id = pupil)
insert into ticket_guardian (ticket_id, person_id, school_id)
  select ticket.id, guardian, school_id from told, ticket
"""
_FORGET = "truncate meeting_round, mail cascade"

Serve = Callable[[ExitStack, str], tuple[int, int]]
Races = dict[tuple[int, int], dict[str, list[Seen]]]


def measure(serve: Serve, url: str, size: Size, rounds: int) -> Races:
    """Races of each shape, on each target in turn; the first round warms up, and is not counted."""
    seen: Races = {shape: {"service": [], "floor": []} for shape in SHAPES}
    asyncio.run(_ask(url, _FORGET))
    asyncio.run(_plan(url, size, 0))
    with ExitStack() as running:
        servers = {"service": serve(running, "service"), "floor": serve(running, "race")}
        number = 0
        for turn in range(-1, rounds):
            for shape, targets in seen.items():
                both = [*targets][:: 1 if turn % 2 else -1]
                told = []
                for target in both:
                    number += 1
                    asyncio.run(_plan(url, size, number))
                    one = _race(servers[target], number, *shape)
                    told.append(one.answers)
                    targets[target] += [one] if turn >= 0 else []
                if told[0] != told[1]:
                    sys.exit(f"W5: not the same work.\n{told[0]}\n{told[1]}")
                print(f"round {turn + 1} of {rounds}: W5 {shape}", file=sys.stderr, flush=True)
    asyncio.run(_ask(url, _FORGET))
    renew(url, size)
    return seen


def _race(server: tuple[int, int], number: int, guardians: int, slots: int) -> Seen:
    """One race, by a process of its own."""
    process, port = server
    order = Order(port=port, app=process, number=number, guardians=guardians, slots=slots, run="race")
    command = [sys.executable, "-m", "tests.bench.races"]
    done = subprocess.run(command, input=orjson.dumps(asdict(order)), stdout=subprocess.PIPE, check=True)
    return Seen(**orjson.loads(done.stdout))


async def _plan(url: str, size: Size, number: int) -> None:
    pupils = range(1, GROUPS_PER_SCHOOL * PUPILS_PER_GROUP + 1)
    tickets = [row(number, 10_000 + pupil) for pupil in pupils]
    children, parents = [key(PUPIL, one) for one in pupils], [key(PERSON, 2 * one - 1) for one in pupils]
    groups = [key(GROUP, one) for one in range(1, GROUPS_PER_SCHOOL + 1)]
    slots = [row(number, place) for place in range(1, _MOST_SLOTS + 1)]
    connection = await asyncpg.connect(url)
    try:
        day = await connection.fetchval("select date_trunc('day', now()) + make_interval(days => $1)", number + 2)
        told = (row(number), key(SCHOOL, 1), key(PERSON, size.pupils * 2 + 1), day)
        await connection.execute(_PLAN, *told, groups, slots, tickets, children, parents)
        await connection.execute("analyze meeting_ticket, meeting_slot, ticket_guardian")
    finally:
        await connection.close()


async def _ask(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def ratio(targets: dict[str, list[Seen]]) -> float:
    """How many times the processor time of the floor an answer costs: the median over rounds."""
    pairs = zip(targets["service"], targets["floor"], strict=True)
    return median(one.cpu_ms / floor.cpu_ms for one, floor in pairs)


def table(seen: Races) -> str:
    """The medians, and whether the goal is met."""
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|" + "---|" * len(_COLUMNS)]
    for (guardians, slots), targets in seen.items():
        for target, races in targets.items():
            names = ("per_second", "booked_per_second", "p50_ms", "p99_ms", "all_ms", "cpu_ms", "unavailable")
            middle = [f"{median(getattr(one, name) for one in races):.1f}" for name in names]
            times = f"{ratio(targets):.2f}" if target == "service" else ""
            lines.append("| " + " | ".join([str(guardians), str(slots), target, *middle, times]) + " |")
    for (guardians, slots), targets in seen.items():
        took = median(one.all_ms for one in targets["service"]) / 1000
        goal = f" (goal {GOAL_S}: {'met' if took <= GOAL_S else 'missed'})" if guardians == slots else ""
        lines.append(
            f"W5, {guardians} guardians and {slots} slots: everybody has an answer within {took:.2f} s{goal};"
            f" {ratio(targets):.2f} times the floor"
        )
    return "\n".join(lines)
