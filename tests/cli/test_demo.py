"""The demo school as it is found: told so that every account finds something to do."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest

from schoolplein import demo
from schoolplein.settings import Settings
from tests.cli.demo_school import NOW, ask
from tests.clients import Client, Clients, Clock
from tests.services import Addresses, create_database, drop_database

SIGN_IN = """mutation($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password, client: APP}) { token errors { code } }
}"""
WHO = """{ viewer {
  profileComplete person { id name label }
  memberships { role school { id slug } }
  groups { id name teachers { name } }
  children { id givenName group { name } }
} }"""
RULES = "{ viewer { memberships { school { houseRules { version text acceptedAt } } } } }"
POSTS = """query($group: ID!) { node(id: $group) { ... on Group { posts(first: 20) { edges { node {
  title editedAt commentCount readCount audienceSize viewerHasRead
  comments(first: 10) { edges { node { body hiddenAt } } }
} } } } } }"""
TODAY = """query($group: ID!, $on: Date!) { node(id: $group) { ... on Group { absenceReports(on: $on) {
  state reason pupil { givenName }
} } } }"""
ROUNDS = "{ viewer { meetingRounds { state viewerMayBook tickets { id state pupil { givenName } } } } }"
SUGGEST = """mutation($tickets: [ID!]!) {
  suggestMeetingBundles(input: {ticketIds: $tickets}) { bundles { slots { id } } errors { code } }
}"""
PUPIL = "query($id: ID!) { node(id: $id) { ... on Pupil { givenName } } }"
REPORT = """mutation($pupil: ID!) {
  reportAbsence(input: {pupilIds: [$pupil], reason: ILLNESS, startsAt: "2026-11-24T08:30:00+01:00"}) {
    reports { state } errors { code }
  }
}"""


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


async def signed_in(clients: Clients, email: str) -> Client:
    answer = await clients().ok(SIGN_IN, email=email, password=demo.PASSWORD)
    return clients(answer["token"])


async def group_of(client: Client, name: str) -> str:
    viewer = await client.ok(WHO)
    return next(group["id"] for group in viewer["groups"] if group["name"] == name)


async def posts_of(client: Client, name: str) -> list[dict[str, Any]]:
    group = await client.ok(POSTS, group=await group_of(client, name))
    return [edge["node"] for edge in group["posts"]["edges"]]


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


async def test_both_schools_have_house_rules_that_everybody_has_accepted(demo_url: str, clients: Clients) -> None:
    waiting = """select count(*) as people from membership m join house_rules r using (school_id)
      where not exists (select from house_rules_acceptance a where (a.school_id, a.version, a.person_id)
                        = (r.school_id, r.version, m.person_id))"""
    (texts,) = await ask(demo_url, "select count(*) as schools, count(distinct text) as texts from house_rules")
    viewer = await (await signed_in(clients, "ouder@demo.example")).ok(RULES)
    (rules,) = {
        (m["school"]["houseRules"]["version"], m["school"]["houseRules"]["text"]) for m in viewer["memberships"]
    }

    assert dict(texts) == {"schools": 2, "texts": 1}
    assert (await ask(demo_url, waiting))[0]["people"] == 0
    assert rules[0] == 1
    assert len(rules[1].splitlines()) >= 10


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


async def test_a_round_of_report_conversations_is_open_and_partly_booked(clients: Clients) -> None:
    parent, teacher = (
        await signed_in(clients, "ouder@demo.example"),
        await signed_in(clients, "leerkracht@demo.example"),
    )

    (mine,) = (await parent.ok(ROUNDS))["meetingRounds"]
    (theirs,) = (await teacher.ok(ROUNDS))["meetingRounds"]

    assert (mine["state"], mine["viewerMayBook"], theirs["state"]) == ("OPEN", True, "OPEN")
    assert sorted(ticket["pupil"]["givenName"] for ticket in mine["tickets"]) == ["Adam", "Noor", "Yara"]
    booked = [ticket for ticket in theirs["tickets"] if ticket["state"] == "BOOKED"]
    assert 2 <= len(booked) < len(theirs["tickets"]) / 2
    assert len([ticket for ticket in theirs["tickets"] if ticket["pupil"]["givenName"] == "Elif"]) == 2
    suggested = await parent.ok(SUGGEST, tickets=[ticket["id"] for ticket in mine["tickets"]])
    assert [len(bundle["slots"]) for bundle in suggested["bundles"]] == [3] * 5


async def test_nobody_who_tries_it_out_gets_the_letters_of_the_story(demo_url: str) -> None:
    (row,) = await ask(demo_url, "select count(*) filter (where state = 'SENT') as sent, count(*) as posted from mail")

    assert row["posted"] == row["sent"] > 100
    assert (await ask(demo_url, "select count(*) as jobs from pgqueuer.pgqueuer"))[0]["jobs"] == 0
