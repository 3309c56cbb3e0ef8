"""Windows are cut into slots in the school's own time: around breaks, with buffers, in nights in which clocks change.

The rule (f4, set-up 2): from the beginning on, whatever fits is a slot, after each a buffer; what meets a break begins
again at its end.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.database import Database
from resolvers.meetings.slots import Cut, Span, cut
from tests.clients import AMSTERDAM, Client, Clients
from tests.factories import SmallSchool, founding, id_of, sign_in_token, staff
from tests.meetings.documents import CREATE_ROUND, PREVIEW_SLOTS
from tests.meetings.office import clock_of, times
from tests.meetings.planning import at, of_round, pause, window

# ------------------------------------------------------------------------------------------------ the rule itself


def span(begin: str, end: str) -> Span:
    """A time of the day of the talks."""
    return Span(at(begin), at(end))


def cut_up(begin: str, end: str, *breaks: tuple[str, str], duration: int = 10, buffer: int = 0) -> Cut:
    """A window, cut."""
    pauses = [span(*one) for one in breaks]
    return cut(span(begin, end), pauses, duration=timedelta(minutes=duration), buffer=timedelta(minutes=buffer))


def told(made: Cut) -> tuple[str, int]:
    """The slots and what is left over, in short."""
    return " ".join(f"{slot.starts_at:%H:%M}" for slot in made.slots), made.left_over_minutes


@pytest.mark.parametrize(
    ("made", "slots", "left"),
    [
        (cut_up("14:00", "14:30"), "14:00 14:10 14:20", 0),
        (cut_up("14:00", "14:39"), "14:00 14:10 14:20", 9),
        (cut_up("14:00", "14:09"), "", 9),
        (cut_up("14:00", "14:10", buffer=5), "14:00", 0),
        (cut_up("14:00", "14:25", buffer=5), "14:00 14:15", 0),
        (cut_up("14:00", "14:29", buffer=5), "14:00 14:15", 4),
        (cut_up("14:00", "14:50", ("14:20", "14:30")), "14:00 14:10 14:30 14:40", 0),
        (cut_up("14:00", "14:50", ("14:15", "14:25")), "14:00 14:25 14:35", 10),
        (cut_up("14:00", "14:50", ("14:00", "14:15")), "14:15 14:25 14:35", 5),
        (cut_up("14:00", "14:50", ("14:35", "14:50")), "14:00 14:10 14:20", 5),
        (cut_up("14:00", "15:00", ("14:10", "14:25"), ("14:20", "14:40")), "14:00 14:40 14:50", 0),
        (cut_up("14:00", "15:00", ("14:20", "14:40"), ("14:10", "14:25")), "14:00 14:40 14:50", 0),
        (cut_up("14:00", "15:00", ("14:10", "14:20"), ("14:25", "14:35")), "14:00 14:35 14:45", 10),
        (cut_up("14:00", "14:50", ("14:13", "14:20"), buffer=5), "14:00 14:20 14:35", 8),
        (cut_up("14:00", "14:10", ("14:00", "14:10")), "", 0),
    ],
)
def test_what_fits_is_a_slot_and_the_rest_is_left_over(made: Cut, slots: str, left: int) -> None:
    assert told(made) == (slots, left)


def test_a_break_as_long_as_the_buffer_is_not_counted_twice() -> None:
    """14:00-14:10, a break until 14:15, 14:15-14:25: the five minutes after that are left over."""
    assert told(cut_up("14:00", "14:30", ("14:10", "14:15"), buffer=5)) == ("14:00 14:15", 5)


MINUTES = st.integers(0, 180)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    length=st.integers(1, 180), breaks=st.lists(st.tuples(MINUTES, MINUTES), max_size=4),
    duration=st.integers(5, 40), buffer=st.integers(0, 15),
)  # fmt: skip
def test_every_minute_is_talk_buffer_break_or_left_over(
    length: int, breaks: Sequence[tuple[int, int]], duration: int, buffer: int
) -> None:
    begin = at("13:00")
    inner = [(min(one), max(one)) for one in breaks if min(one) < max(one) <= length]
    pauses = [Span(begin + timedelta(minutes=a), begin + timedelta(minutes=b)) for a, b in inner]

    made = cut(
        Span(begin, begin + timedelta(minutes=length)), pauses,
        duration=timedelta(minutes=duration), buffer=timedelta(minutes=buffer),
    )  # fmt: skip

    paused = {minute for a, b in inner for minute in range(a, b)}
    expected, moment = list[int](), 0
    while moment + duration <= length:
        met = [b for a, b in inner if a < moment + duration and moment < b]
        if met:
            moment = min(met)
        else:
            expected.append(moment)
            moment += duration + buffer
    assert [(slot.starts_at - begin) // timedelta(minutes=1) for slot in made.slots] == expected
    assert {slot.ends_at - slot.starts_at for slot in made.slots} <= {timedelta(minutes=duration)}
    used = {minute for a in expected for minute in range(a, a + duration)}
    between = {m for a, b in pairwise(expected) if b - a == duration + buffer
               for m in range(a + duration, b)}  # fmt: skip
    assert not used & paused
    assert made.left_over_minutes == len(set(range(length)) - paused - used - between)


# ------------------------------------------------------------------------------------------------ nights

SPRING, AUTUMN = datetime(2027, 3, 28, tzinfo=AMSTERDAM), datetime(2026, 10, 25, tzinfo=AMSTERDAM)
TENS = ("00", "10", "20", "30", "40", "50")


@pytest.mark.parametrize(
    ("night", "hours"), [(SPRING, ["01", "03"]), (AUTUMN, ["01", "02", "02", "03"])], ids=["spring", "autumn"]
)
async def test_a_night_in_which_clocks_change_is_as_long_as_it_is(
    small_school: SmallSchool, head: Client, night: datetime, hours: list[str]
) -> None:
    town = small_school
    windows = [window(town.teacher, begin="01:00", end="04:00", day=night)]

    made = (await head.ok(CREATE_ROUND, input=of_round(town.school, [town.group], windows)))["round"]

    assert times(made["slots"]) == [f"{hour}:{minute}" for hour in hours for minute in TENS]
    moments = [datetime.fromisoformat(slot["startsAt"]) for slot in made["slots"]]
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(minutes=10)}
    assert clock_of(made["slots"][-1]["endsAt"]) == "04:00"


async def test_a_break_in_the_night_in_which_an_hour_comes_twice_is_where_it_was_put(
    small_school: SmallSchool, head: Client
) -> None:
    town = small_school
    second = AUTUMN.replace(hour=2, fold=1).astimezone(UTC)
    rest = {"from": second.isoformat(), "to": (second + timedelta(minutes=30)).isoformat()}
    windows = [window(town.teacher, begin="01:00", end="04:00", day=AUTUMN, breaks=[rest])]

    made = (await head.ok(CREATE_ROUND, input=of_round(town.school, [town.group], windows)))["round"]

    expected = [f"{hour}:{minute}" for hour in ("01", "02") for minute in TENS]
    expected += ["02:30", "02:40", "02:50", *(f"03:{minute}" for minute in TENS)]
    assert times(made["slots"]) == expected


@pytest.mark.parametrize("night", [SPRING, AUTUMN], ids=["spring", "autumn"])
async def test_a_window_lies_within_one_day_of_the_school_also_when_clocks_change(
    small_school: SmallSchool, head: Client, night: datetime
) -> None:
    town = small_school
    midnight = datetime.combine(night.date() + timedelta(days=1), datetime.min.time(), AMSTERDAM)

    def until(moment: datetime) -> dict[str, Any]:
        late = window(town.teacher, begin="22:00", day=night) | {"to": moment.isoformat()}
        return of_round(town.school, [town.group], [late])

    assert await head.refused(CREATE_ROUND, input=until(midnight + timedelta(minutes=10))) == ["INVALID_RANGE"]
    assert len((await head.ok(CREATE_ROUND, input=until(midnight)))["round"]["slots"]) == 12


async def test_the_day_is_the_schools_and_not_that_of_greenwich(small_school: SmallSchool, head: Client) -> None:
    """From half past twelve in the night on: in London it is the day before."""
    town = small_school
    windows = [window(town.teacher, begin="00:30", end="03:00")]

    made = (await head.ok(CREATE_ROUND, input=of_round(town.school, [town.group], windows)))["round"]

    assert (times(made["slots"])[0], len(made["slots"])) == ("00:30", 15)


# ------------------------------------------------------------------------------------------------ the preview


async def test_a_preview_shows_what_a_round_would_make_and_makes_nothing(
    small_school: SmallSchool, head: Client, teacher: Client, database: Database
) -> None:
    town = small_school
    windows = [
        window(town.teacher, begin="14:00", end="16:07", breaks=[pause("14:33", "14:45")]),
        window(town.teacher, begin="18:30", end="20:00"),
    ]
    lengths = {"durationMinutes": 15, "bufferMinutes": 5}
    asked = {"schoolId": id_of(town.school), "hostWindows": windows, **lengths}

    shown = (await teacher.ok(PREVIEW_SLOTS, input=asked))["windows"]

    for table in ("meeting_round", "host_window", "meeting_slot"):
        rows = await database.fetch(f"select 1 from {table} where school_id = $1", (town.school.id,))
        assert rows == []
    assert [one["leftOverMinutes"] for one in shown] == [25, 15]
    assert times(shown[0]["slots"]) == ["14:00", "14:45", "15:05", "15:25", "15:45"]
    made = (await head.ok(CREATE_ROUND, input=of_round(town.school, [town.group], windows, **lengths)))["round"]
    assert [(slot["startsAt"], slot["endsAt"]) for one in shown for slot in one["slots"]] == [
        (slot["startsAt"], slot["endsAt"]) for slot in made["slots"]
    ]


async def test_a_preview_is_refused_as_the_round_would_be(small_school: SmallSchool, teacher: Client) -> None:
    town = small_school

    def asked(*windows: dict[str, Any]) -> dict[str, Any]:
        return {"schoolId": id_of(town.school), "hostWindows": list(windows)}

    for wrong in (window(town.teacher, end="14:09"), window(town.teacher, breaks=[pause("13:00", "14:10")])):
        assert await teacher.refused(PREVIEW_SLOTS, input=asked(wrong)) == ["INVALID_RANGE"]
    assert await teacher.refused(PREVIEW_SLOTS, input=asked()) == ["REQUIRED"]
    await teacher.ok(PREVIEW_SLOTS, input=asked(window(town.teacher)))


async def test_who_works_at_the_school_previews_and_nobody_else(
    small_school: SmallSchool, clients: Clients, head: Client, other_teacher: Client, parent: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    async with founding(database) as facts:
        specialist = staff(facts, town.school)
        token = sign_in_token(facts, specialist)
    asked = {"schoolId": id_of(town.school), "hostWindows": [window(town.teacher)]}

    assert await parent.refused(PREVIEW_SLOTS, input=asked) == ["FORBIDDEN"]
    for somebody in (head, other_teacher, clients(token)):
        await somebody.ok(PREVIEW_SLOTS, input=asked)
