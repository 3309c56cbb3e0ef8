"""Rounds are planned by the school: by who teaches all of their groups, and by the administration (f4, MRD-01)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.database import Database
from tests.clients import BEFORE_SCHOOL, Client, Clients
from tests.factories import SmallSchool, admin, found_group, found_school, founding, id_of, sign_in_token, staff, teach
from tests.meetings.documents import CREATE_ROUND
from tests.meetings.office import planned
from tests.meetings.planning import DAY, of_round, pause, plan, window

Plan = dict[str, Any]
MINUTE = timedelta(minutes=1)


async def rounds_of(database: Database, town: SmallSchool) -> int:
    """How many rounds there are at the school."""
    [(number,)] = await database.fetch("select count(*) from meeting_round where school_id = $1", (town.school.id,))
    return number


async def refused(client: Client, database: Database, town: SmallSchool, wanted: Plan) -> tuple[str, list[str]]:
    """The one refusal of a round, of which nothing is made: the code, and what it is about."""
    before = await rounds_of(database, town)
    answered = await client.ask(CREATE_ROUND, input=wanted)
    (error,) = answered.errors
    assert answered.data is not None
    assert answered.data["createMeetingRound"]["round"] is None
    assert await rounds_of(database, town) == before
    return error["code"], error["path"] or []


# ------------------------------------------------------------------------------------------------ who


async def test_the_administration_plans_for_all_groups_in_all_agendas(small_school: SmallSchool, head: Client) -> None:
    town = small_school

    made = await plan(head, town, text="Neem het rapport mee.")

    assert (made["state"], made["title"], len(made["slots"])) == ("DRAFT", "Rapportgesprekken", 24)
    assert {slot["state"] for slot in made["slots"]} == {"FREE"}
    assert sorted((ticket["pupil"]["givenName"], ticket["state"]) for ticket in made["tickets"]) == [
        ("Lina", "INVITED"),
        ("Noor", "INVITED"),
        ("Sam", "INVITED"),
    ]
    seen = await planned(head, made)
    assert seen["text"] == "Neem het rapport mee."
    assert {window["room"]: [group["name"] for group in window["groups"]] for window in seen["windows"]} == {
        "A": ["Groep 5"],
        "B": ["Groep 6"],
    }


async def test_a_teacher_plans_for_their_own_groups_and_no_others(
    small_school: SmallSchool, teacher: Client, database: Database
) -> None:
    town = small_school
    mine = [window(town.teacher)]
    both = of_round(town.school, [town.group, town.other_group], mine)

    assert (await refused(teacher, database, town, both))[0] == "NOT_FOUND"
    made = await plan(teacher, town, groups=[town.group], windows=mine)
    assert (made["state"], len(made["slots"]), len(made["tickets"])) == ("DRAFT", 12, 2)

    async with founding(database) as facts:
        teach(facts, town.other_group, town.teacher)
    made = (await teacher.ok(CREATE_ROUND, input=both))["round"]
    assert len(made["tickets"]) == 3


async def test_nobody_plans_in_a_colleagues_agenda_but_the_administration(
    small_school: SmallSchool, teacher: Client, head: Client, database: Database
) -> None:
    town = small_school
    for hosts in ([town.other_teacher], [town.teacher, town.other_teacher]):
        wanted = of_round(town.school, [town.group], [window(*hosts)])
        code, path = await refused(teacher, database, town, wanted)
        assert (code, path) == ("FORBIDDEN", ["input", "hostWindows", "0", "hostIds"])
        await head.ok(CREATE_ROUND, input=wanted)


async def test_only_the_school_plans(
    small_school: SmallSchool, clients: Clients, parent: Client, other_parent: Client, other_teacher: Client,
    database: Database,
) -> None:  # fmt: skip
    town = small_school
    async with founding(database) as facts:
        token = sign_in_token(facts, staff(facts, town.school))
    wanted = of_round(town.school, [town.group], [window(town.teacher)])

    assert (await refused(parent, database, town, wanted))[0] == "FORBIDDEN"
    for somebody in (other_parent, other_teacher, clients(token)):
        assert (await refused(somebody, database, town, wanted))[0] == "NOT_FOUND"
    assert await clients().refused(CREATE_ROUND, input=wanted) == ["UNAUTHENTICATED"]


async def test_a_school_plans_with_its_own_groups_and_its_own_people(
    small_school: SmallSchool, clients: Clients, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        school = found_school(facts, name="Elders")
        elsewhere = found_group(facts, school)
        head_there = admin(facts, school)
        token = sign_in_token(facts, head_there)
    own = of_round(town.school, [town.group], [window(town.teacher)])

    assert (await refused(clients(token), database, town, own))[0] == "NOT_FOUND"
    foreign = of_round(town.school, [town.group, elsewhere], [window(town.teacher)])
    assert await refused(head, database, town, foreign) == ("NOT_FOUND", ["input", "groupIds"])
    for stranger in (head_there, town.guardian):
        code, path = await refused(head, database, town, of_round(town.school, [town.group], [window(stranger)]))
        assert (code, path[-1]) == ("NOT_FOUND", "hostIds")
    await head.ok(CREATE_ROUND, input=own)


# ------------------------------------------------------------------------------------------------ what


def times_of(**more: Any) -> Callable[[SmallSchool], Plan]:
    """A round that opens and closes at other times."""
    return lambda town: of_round(town.school, [town.group], [window(town.teacher)], **more)


def windows_of(*spans: tuple[str, str], **more: Any) -> Callable[[SmallSchool], Plan]:
    """A round with windows of one teacher."""

    def wanted(town: SmallSchool) -> Plan:
        windows = [window(town.teacher, begin=begin, end=end, **more) for begin, end in spans]
        return of_round(town.school, [town.group], windows)

    return wanted


def begun(minutes: int) -> Callable[[SmallSchool], Plan]:
    """A round whose window begins so many minutes from now."""

    def wanted(town: SmallSchool) -> Plan:
        begin, end = BEFORE_SCHOOL + minutes * MINUTE, BEFORE_SCHOOL + timedelta(hours=1)
        span = {"from": begin.isoformat(), "to": end.isoformat()}
        return of_round(town.school, [town.group], [window(town.teacher) | span])

    return wanted


def over_midnight(minutes: int) -> Callable[[SmallSchool], Plan]:
    """A round whose window ends so many minutes after midnight."""

    def wanted(town: SmallSchool) -> Plan:
        end = (DAY + timedelta(days=1, minutes=minutes)).isoformat()
        return of_round(town.school, [town.group], [window(town.teacher, begin="22:00") | {"to": end}])

    return wanted


OPENS, CLOSES = BEFORE_SCHOOL + timedelta(days=1), BEFORE_SCHOOL + timedelta(days=3)
WRONG_AND_RIGHT = {
    "closes before it opens": (
        times_of(opensAt=CLOSES, closesAt=OPENS), "INVALID_RANGE", times_of(opensAt=OPENS, closesAt=CLOSES)),
    "closes as it opens": (
        times_of(opensAt=OPENS, closesAt=OPENS), "INVALID_RANGE", times_of(opensAt=OPENS, closesAt=OPENS + MINUTE)),
    "is closed already": (
        times_of(opensAt=OPENS - timedelta(days=3), closesAt=BEFORE_SCHOOL), "INVALID",
        times_of(opensAt=OPENS - timedelta(days=3), closesAt=BEFORE_SCHOOL + MINUTE)),
    "gives priority after it has opened": (
        times_of(priorityOpensAt=OPENS + MINUTE, opensAt=OPENS), "INVALID_RANGE",
        times_of(priorityOpensAt=OPENS - MINUTE, opensAt=OPENS)),
    "gives priority as it opens": (
        times_of(priorityOpensAt=OPENS, opensAt=OPENS), "INVALID_RANGE", times_of(opensAt=OPENS)),
    "has two windows at once in one agenda": (
        windows_of(("14:00", "16:00"), ("15:50", "17:00")), "INVALID_RANGE",
        windows_of(("14:00", "16:00"), ("16:00", "17:00"))),
    "has one window within another": (
        windows_of(("14:00", "16:00"), ("14:30", "15:00")), "INVALID_RANGE", windows_of(("14:00", "16:00"))),
    "has a window that goes on into the next day": (over_midnight(1), "INVALID_RANGE", over_midnight(0)),
    "has a window in which nothing fits": (
        windows_of(("14:00", "14:09")), "INVALID_RANGE", windows_of(("14:00", "14:10"))),
    "has a window that is a break": (
        windows_of(("14:00", "16:00"), breaks=[pause("14:00", "15:55")]), "INVALID_RANGE",
        windows_of(("14:00", "16:00"), breaks=[pause("14:00", "15:50")])),
    "has a window that ends before it begins": (
        windows_of(("16:00", "14:00")), "INVALID_RANGE", windows_of(("14:00", "16:00"))),
    "has a break before the window": (
        windows_of(("14:00", "16:00"), breaks=[pause("13:50", "14:10")]), "INVALID_RANGE",
        windows_of(("14:00", "16:00"), breaks=[pause("14:00", "14:10")])),
    "has a break after the window": (
        windows_of(("14:00", "16:00"), breaks=[pause("15:50", "16:10")]), "INVALID_RANGE",
        windows_of(("14:00", "16:00"), breaks=[pause("15:50", "16:00")])),
    "has a break that ends before it begins": (
        windows_of(("14:00", "16:00"), breaks=[pause("15:00", "14:50")]), "INVALID_RANGE",
        windows_of(("14:00", "16:00"), breaks=[pause("14:50", "15:00")])),
    "has a window that has begun": (begun(-1), "INVALID", begun(1)),
    "has no windows": (windows_of(), "REQUIRED", windows_of(("14:00", "16:00"))),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG_AND_RIGHT)
async def test_no_round_is_made_that(what: str, small_school: SmallSchool, head: Client, database: Database) -> None:
    wrong, code, right = WRONG_AND_RIGHT[what]

    assert (await refused(head, database, small_school, wrong(small_school)))[0] == code

    await head.ok(CREATE_ROUND, input=right(small_school))


async def test_a_round_has_groups_and_its_windows_have_hosts(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    for wanted in (of_round(town.school, [], [window(town.teacher)]), of_round(town.school, [town.group], [window()])):
        assert (await refused(head, database, town, wanted))[0] == "REQUIRED"


async def test_a_host_is_in_one_window_at_a_time_also_together_with_a_colleague(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, groups = small_school, [small_school.group, small_school.other_group]
    together, alone = window(town.teacher, town.other_teacher), window(town.other_teacher, begin="15:00", end="17:00")

    code, path = await refused(head, database, town, of_round(town.school, groups, [together, alone]))
    assert (code, path[:3]) == ("INVALID_RANGE", ["input", "hostWindows", "1"])

    later = window(town.other_teacher, begin="16:00", end="17:00")
    await head.ok(CREATE_ROUND, input=of_round(town.school, groups, [together, later]))


async def test_a_round_has_sixty_windows_at_the_most(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    windows = [
        window(town.teacher, begin=f"{8 + number // 6:02}:{number % 6}0", end=f"{8 + number // 6:02}:{number % 6}5")
        for number in range(61)
    ]
    wanted = of_round(town.school, [town.group], windows, durationMinutes=5)

    assert (await refused(head, database, town, wanted))[0] == "TOO_MANY"
    made = (await head.ok(CREATE_ROUND, input=wanted | {"hostWindows": windows[:60]}))["round"]
    assert len(made["slots"]) == 60


async def test_a_round_has_forty_groups_at_the_most(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    async with founding(database) as facts:
        groups = [found_group(facts, town.school, name=f"Groep {number}", times=()) for number in range(100, 141)]

    wanted = of_round(town.school, groups, [window(town.teacher)])
    assert (await refused(head, database, town, wanted))[0] == "TOO_MANY"
    await head.ok(CREATE_ROUND, input=of_round(town.school, groups[:40], [window(town.teacher)]))


async def test_a_round_that_is_asked_for_twice_is_made_once(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town = small_school
    wanted = of_round(town.school, [town.group], [window(town.teacher)], clientMutationId="ronde-1")

    once, again = [(await head.ok(CREATE_ROUND, input=wanted))["round"]["id"] for _ in range(2)]

    assert (once, await rounds_of(database, town)) == (again, 1)


async def test_a_window_is_for_the_groups_that_its_hosts_teach_or_else_for_all(
    small_school: SmallSchool, head: Client, database: Database
) -> None:
    town, groups = small_school, [small_school.group, small_school.other_group]
    async with founding(database) as facts:
        specialist = staff(facts, town.school, name="Fatma Kaya")
    narrow = window(specialist, begin="16:00", end="17:00", groupIds=[id_of(town.group)])

    made = await plan(head, town, windows=[window(specialist), window(town.teacher), narrow])

    served = [(one["hosts"][0]["name"], len(one["groups"])) for one in (await planned(head, made))["windows"]]
    assert sorted(served) == [("Fatma Kaya", 1), ("Fatma Kaya", 2), ("Joke Smit", 1)]
    foreign = of_round(town.school, groups[:1], [window(specialist, groupIds=[id_of(town.other_group)])])
    assert (await refused(head, database, town, foreign))[0] == "NOT_FOUND"
