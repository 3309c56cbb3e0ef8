"""The demo school: whole or not there at all, and told so that every account finds something to do."""

import asyncio
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from models.database import is_gone
from schoolplein import demo
from schoolplein.demo.holidays import holidays
from schoolplein.settings import Settings
from tests.clients import Client, Clients, Clock
from tests.services import Addresses, create_database, drop_database

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 9, 40, tzinfo=ZONE)
"""A Tuesday, in the first lesson."""
DOORS_S = 60.0

SIGN_IN = """mutation($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password, client: APP}) { token errors { code } }
}"""
WHO = """{ viewer {
  profileComplete person { id name label }
  memberships { role school { id slug } }
  groups { id name teachers { name } }
  children { id givenName group { name } }
} }"""
POSTS = """query($group: ID!) { node(id: $group) { ... on Group { posts(first: 20) { edges { node {
  title editedAt commentCount readCount audienceSize viewerHasRead
  comments(first: 10) { edges { node { body hiddenAt } } }
} } } } } }"""
TODAY = """query($group: ID!, $on: Date!) { node(id: $group) { ... on Group { absenceReports(on: $on) {
  state reason pupil { givenName }
} } } }"""
PUPIL = "query($id: ID!) { node(id: $id) { ... on Pupil { givenName } } }"
REPORT = """mutation($pupil: ID!) {
  reportAbsence(input: {pupilIds: [$pupil], reason: ILLNESS, startsAt: "2026-11-24T08:30:00+01:00"}) {
    reports { state } errors { code }
  }
}"""

COUNTS = """select (select count(*) from school) as schools, (select count(*) from person) as people,
  (select count(*) from pupil) as pupils, (select count(*) from post) as posts,
  (select count(*) from comment) as comments, (select count(*) from post_read) as reads,
  (select count(*) from absence_report) as absences"""


@pytest.fixture(scope="module")
def demo_url(addresses: Addresses) -> Iterator[str]:
    """A database with the demo school, founded on a school day."""
    name = f"demo_{os.getpid()}"
    url = asyncio.run(create_database(addresses.postgres, name))
    assert asyncio.run(demo.found(url, now=NOW)) is True
    yield url
    asyncio.run(drop_database(addresses.postgres, name))


@pytest.fixture
def settings(demo_url: str) -> Settings:
    return Settings(database_url=demo_url, pool_size=4)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


async def ask(url: str, statement: str, *parameters: Any) -> list[asyncpg.Record]:
    """What stands in a database."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement, *parameters)
    finally:
        await connection.close()


async def signed_in(clients: Clients, email: str) -> Client:
    answer = await clients().ok(SIGN_IN, email=email, password=demo.PASSWORD)
    return clients(answer["token"])


async def group_of(client: Client, name: str) -> str:
    viewer = await client.ok(WHO)
    return next(group["id"] for group in viewer["groups"] if group["name"] == name)


async def posts_of(client: Client, name: str) -> list[dict[str, Any]]:
    group = await client.ok(POSTS, group=await group_of(client, name))
    return [edge["node"] for edge in group["posts"]["edges"]]


async def test_of_two_that_begin_at_once_one_founds_and_a_third_finds_a_school(empty_database_url: str) -> None:
    founded = await asyncio.gather(demo.found(empty_database_url, now=NOW), demo.found(empty_database_url, now=NOW))
    before = await ask(empty_database_url, COUNTS)

    assert sorted(founded) == [False, True]
    assert await demo.found(empty_database_url) is False
    assert await ask(empty_database_url, COUNTS) == before
    assert before[0]["schools"] == 2


async def test_a_founding_that_is_killed_half_way_leaves_nothing_and_the_next_one_founds(
    empty_database_url: str,
) -> None:
    founding = asyncio.create_task(demo.found(empty_database_url, now=NOW))
    async with asyncio.timeout(DOORS_S):
        # Each use case is a savepoint of the one transaction: with thirty of them the story is being told.
        told = """select s.pid from pg_stat_get_backend_idset() as id, pg_stat_get_backend_subxact(id) as x,
          pg_stat_activity s where s.pid = pg_stat_get_backend_pid(id) and s.datname = current_database()
          and x.subxact_count > 30"""
        while not (backends := await ask(empty_database_url, told)):
            assert not founding.done()
    await ask(empty_database_url, "select pg_terminate_backend($1)", backends[0]["pid"])

    with pytest.raises(Exception) as killed:
        await founding
    assert is_gone(killed.value)
    assert set((await ask(empty_database_url, COUNTS))[0].values()) == {0}
    assert await demo.found(empty_database_url, now=NOW) is True


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(datetime(2026, 7, 26, 11, 0, tzinfo=ZONE), id="a Sunday in the summer"),
        pytest.param(datetime(2027, 1, 1, 0, 0, tzinfo=ZONE), id="1 January"),
        pytest.param(datetime(2027, 11, 13, 13, 0, tzinfo=ZONE), id="a Saturday"),
        pytest.param(datetime(2026, 8, 31, 7, 0, tzinfo=ZONE), id="the first morning of the school year"),
    ],
)
async def test_it_can_be_founded_at_any_time_and_nothing_in_it_is_later(empty_database_url: str, now: datetime) -> None:
    assert await demo.found(empty_database_url, now=now) is True

    (counts,) = await ask(empty_database_url, COUNTS)
    assert counts["posts"] >= 70
    assert counts["comments"] >= 150
    assert counts["absences"] >= 55
    late = """select (select count(*) from post where published_at > $1 or edited_at > $1 or withdrawn_at > $1)
      + (select count(*) from comment where created_at > $1 or hidden_at > $1)
      + (select count(*) from post_read where read_at > $1)
      + (select count(*) from absence_report where reported_at > $1 or acknowledged_at > $1)
      + (select count(*) from audit_entry where at > $1) as late"""
    assert (await ask(empty_database_url, late, now))[0]["late"] == 0


async def test_it_is_a_school_of_two_hundred_with_one_or_two_guardians_each(demo_url: str) -> None:
    groups = await ask(
        demo_url,
        """select g.name, g.school_year, count(*) as pupils from school s join school_group g on g.school_id = s.id
        join enrolment e on e.group_id = g.id where s.slug = 'de-vlieger' group by g.id order by g.name""",
    )
    guardians = await ask(
        demo_url,
        "select distinct count(g.person_id) from pupil p left join guardianship g on g.pupil_id = p.id group by p.id",
    )

    assert [group["name"] for group in groups] == [f"Groep {number}" for number in range(1, 9)]
    assert {group["school_year"] for group in groups} == {"2026-2027"}
    assert sum(group["pupils"] for group in groups) == 200
    assert {row["count"] for row in guardians} == {1, 2}


async def test_every_pupil_is_in_one_group_and_was_four_when_coming(demo_url: str) -> None:
    wrong = await ask(
        demo_url,
        """select p.given_name from pupil p left join enrolment e on e.pupil_id = p.id and e.ended_at is null
        group by p.id having count(e.id) <> 1 or min(e.valid_from) < p.birth_date + interval '4 years'""",
    )

    assert wrong == []


async def test_there_are_families_of_many_kinds(demo_url: str) -> None:
    kinds = """with child as (select g.person_id, g.school_id, e.group_id from guardianship g
        join enrolment e on e.pupil_id = g.pupil_id)
      select
        (select count(*) from (select from child group by person_id having count(distinct group_id) > 1) s)
          as siblings,
        (select count(*) from (select from child group by person_id having count(distinct school_id) > 1) s)
          as two_schools,
        (select count(distinct person_id) from child join teaching using (person_id)) as teaching_parents,
        (select count(*) from (select from teaching group by group_id having count(*) = 2) d) as shared_groups,
        (select count(distinct person_id) from guardianship
          where information_right = 'ON_REQUEST' and not parental_authority) as on_request,
        (select count(*) from guardianship where information_right = 'PENDING') as pending,
        (select count(*) from pupil where not named_in_labels) as unnamed"""

    (counted,) = await ask(demo_url, kinds)

    assert counted["siblings"] > 60
    assert dict(counted) == {
        "siblings": counted["siblings"],
        "two_schools": 2,
        "teaching_parents": 1,
        "shared_groups": 2,
        "on_request": 1,
        "pending": 1,
        "unnamed": 1,
    }


async def test_only_the_four_accounts_can_sign_in(demo_url: str, clients: Clients) -> None:
    known = await ask(demo_url, "select email from person where password_hash is not null order by email")
    (other,) = await ask(demo_url, "select email from person where name = 'Sanne de Boer'")

    assert [row["email"] for row in known] == sorted(email for email, _ in demo.ACCOUNTS)
    for email, _ in demo.ACCOUNTS:
        assert (await (await signed_in(clients, email)).ok(WHO))["profileComplete"] is True
    assert await clients().refused(SIGN_IN, email=other["email"], password=demo.PASSWORD) == ["INVALID_CREDENTIALS"]


async def test_the_teacher_teaches_two_groups_each_with_a_colleague(clients: Clients) -> None:
    viewer = await (await signed_in(clients, "leerkracht@demo.example")).ok(WHO)

    assert viewer["person"]["label"] == "leerkracht groep 5 en groep 7"
    assert {group["name"]: [teacher["name"] for teacher in group["teachers"]] for group in viewer["groups"]} == {
        "Groep 5": ["Bart Hendriks", "Fatima El Amrani"],
        "Groep 7": ["Bart Hendriks", "Hanneke Wolters"],
    }
    assert viewer["children"] == []


async def test_the_parent_has_three_children_of_whom_one_is_in_a_group_of_the_teacher(clients: Clients) -> None:
    viewer = await (await signed_in(clients, "ouder@demo.example")).ok(WHO)
    teacher = await (await signed_in(clients, "leerkracht@demo.example")).ok(WHO)

    groups = {child["givenName"]: child["group"]["name"] for child in viewer["children"]}
    assert groups == {"Yara": "Groep 2", "Adam": "Groep 5", "Noor": "Groep 8"}
    assert {*groups.values()} & {group["name"] for group in teacher["groups"]} == {"Groep 5"}


async def test_the_other_parent_is_in_another_group_and_sees_no_other_child(clients: Clients) -> None:
    parent, other = await signed_in(clients, "ouder@demo.example"), await signed_in(clients, "ouder2@demo.example")
    (adam,) = [child["id"] for child in (await parent.ok(WHO))["children"] if child["givenName"] == "Adam"]
    viewer = await other.ok(WHO)

    assert [group["name"] for group in viewer["groups"]] == ["Groep 4"]
    assert [child["givenName"] for child in viewer["children"]] == ["Lars"]
    assert await parent.ok(PUPIL, id=adam) == {"givenName": "Adam"}
    assert await other.ok(PUPIL, id=adam) is None


async def test_the_head_administers_this_school_alone(clients: Clients) -> None:
    viewer = await (await signed_in(clients, "directie@demo.example")).ok(WHO)

    assert [(each["role"], each["school"]["slug"]) for each in viewer["memberships"]] == [("ADMIN", "de-vlieger")]


async def test_this_morning_some_reports_are_seen_and_some_are_not(clients: Clients) -> None:
    teacher = await signed_in(clients, "leerkracht@demo.example")
    for name in ("Groep 5", "Groep 7"):
        group = await teacher.ok(TODAY, group=await group_of(teacher, name), on="2026-11-24")

        assert {report["state"] for report in group["absenceReports"]} >= {"REPORTED", "ACKNOWLEDGED"}


async def test_the_child_that_the_parent_and_the_teacher_share_can_still_be_reported_today(clients: Clients) -> None:
    parent, teacher = (
        await signed_in(clients, "ouder@demo.example"),
        await signed_in(clients, "leerkracht@demo.example"),
    )
    (adam,) = [child["id"] for child in (await parent.ok(WHO))["children"] if child["givenName"] == "Adam"]

    assert (await parent.ok(REPORT, pupil=adam))["reports"] == [{"state": "REPORTED"}]
    group = await teacher.ok(TODAY, group=await group_of(teacher, "Groep 5"), on="2026-11-24")
    assert "Adam" in [report["pupil"]["givenName"] for report in group["absenceReports"]]


async def test_reports_of_every_kind_are_there(demo_url: str) -> None:
    counted = await ask(
        demo_url,
        """select count(*) filter (where ends_at is null) as ill_still,
          count(*) filter (where reason = 'ILLNESS' and ends_at <= $1) as recovered,
          count(*) filter (where starts_at > $1 and state in ('REPORTED', 'ACKNOWLEDGED')) as ahead,
          count(*) filter (where state = 'WITHDRAWN') as withdrawn,
          count(*) filter (where state = 'CORRECTED') as corrected,
          count(*) filter (where after_cutoff) as after_cutoff, count(distinct reason) as reasons
        from absence_report""",
        NOW,
    )

    assert {name: bool(number) for name, number in counted[0].items()} == dict.fromkeys(counted[0].keys(), True)
    assert (counted[0]["reasons"], counted[0]["withdrawn"], counted[0]["corrected"]) == (7, 1, 1)


async def test_posts_are_answered_read_by_many_and_the_newest_still_wait(clients: Clients) -> None:
    teacher, parent = (
        await signed_in(clients, "leerkracht@demo.example"),
        await signed_in(clients, "ouder@demo.example"),
    )
    seen_by_teacher, seen_by_parent = await posts_of(teacher, "Groep 5"), await posts_of(parent, "Groep 5")

    assert len(seen_by_teacher) == 9
    assert sum(post["commentCount"] for post in seen_by_teacher) >= 10
    assert all(0 < post["readCount"] < post["audienceSize"] for post in seen_by_teacher)
    assert [post["title"] for post in seen_by_parent] == [post["title"] for post in seen_by_teacher]
    assert (seen_by_parent[0]["viewerHasRead"], seen_by_parent[-1]["viewerHasRead"]) == (False, True)


async def test_a_post_was_edited_one_withdrawn_and_a_comment_hidden(demo_url: str, clients: Clients) -> None:
    other, parent = await signed_in(clients, "ouder2@demo.example"), await signed_in(clients, "ouder@demo.example")
    edited = [post for post in await posts_of(other, "Groep 4") if post["editedAt"] is not None]
    comments = [edge["node"] for post in await posts_of(parent, "Groep 5") for edge in post["comments"]["edges"]]

    assert len(edited) == 1
    assert [comment["body"] for comment in comments if comment["hiddenAt"]] == ["Verwijderd door de school."]
    withdrawn = await ask(demo_url, "select withdrawn_reason from post where withdrawn_at is not null")
    assert [row["withdrawn_reason"] for row in withdrawn] == ["Stond in de verkeerde groep"]


async def test_every_text_is_finished_and_is_said_once_in_its_group(demo_url: str) -> None:
    unfinished = await ask(
        demo_url, "select body from post where body ~ '[{}]' union select body from comment where body ~ '[{}]'"
    )
    repeated = await ask(demo_url, "select title from post group by school_id, group_id, title having count(*) > 1")

    assert (unfinished, repeated) == ([], [])


def test_the_holidays_are_those_that_the_ministry_has_fixed() -> None:
    free = {name: (first, last) for name, first, last in holidays(2026)[1:]}

    assert free == {
        "Herfstvakantie": (date(2026, 10, 17), date(2026, 10, 25)),
        "Kerstvakantie": (date(2026, 12, 19), date(2027, 1, 3)),
        "Voorjaarsvakantie": (date(2027, 2, 20), date(2027, 2, 28)),
        "Goede Vrijdag en Pasen": (date(2027, 3, 26), date(2027, 3, 29)),
        "Meivakantie": (date(2027, 4, 24), date(2027, 5, 9)),
        "Hemelvaart": (date(2027, 5, 6), date(2027, 5, 7)),
        "Tweede Pinksterdag": (date(2027, 5, 17), date(2027, 5, 17)),
        "Zomervakantie": (date(2027, 7, 17), date(2027, 8, 29)),
    }


def test_the_holidays_of_later_years_are_in_order_and_leave_a_school_year_of_forty_weeks() -> None:
    for year in range(2025, 2060):
        free = holidays(year)

        assert [days[1] for days in free] == sorted(days[1] for days in free)
        taught = sum(
            not any(first <= day <= last for _, first, last in free)
            for day in (free[0][2] + timedelta(days) for days in range((free[-1][1] - free[0][2]).days))
            if day.isoweekday() <= 5
        )
        assert 190 <= taught <= 210
