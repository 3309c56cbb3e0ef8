"""Founding the demo school: whole or not there at all, and on any day."""

import asyncio
from datetime import datetime

import pytest

from models.database import is_gone
from schoolplein import demo
from tests.cli.demo_school import NOW, ZONE, ask

COUNTS = """select (select count(*) from school) as schools, (select count(*) from person) as people,
  (select count(*) from pupil) as pupils, (select count(*) from post) as posts,
  (select count(*) from comment) as comments, (select count(*) from post_read) as reads,
  (select count(*) from absence_report) as absences"""
DOORS_S = 60.0


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
