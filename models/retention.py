"""How long the log is kept: a partition for each coming day, and none that has been over for a week.

An event is kept for 7 days at least and 8 at most: days are UTC's, and a day's partition is dropped whole. In the same
transaction the floor of every topic in it is raised to its newest event there, so that a reader who is further behind
is told so, and one who is exactly there goes on.
"""

# asyncpg's connection has no types of its own:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections import Counter
from datetime import date, timedelta

import asyncpg
from asyncpg import Connection

from models.database import SETTINGS

CONNECT_TIMEOUT_S = 5

KEPT_DAYS = 7
DAYS_AHEAD = 3
LOCK = 0x5C4002
LOCK_TIMEOUT_MS = 300
"""A step waits for three locks at most, so for less than a second in all. Who writes meanwhile waits behind it, and
would be refused after two."""
BATCH = 10_000

TODAY = "(clock_timestamp() at time zone 'UTC')::date"

MISSING = f"""
select {TODAY} + ahead from generate_series(0, {DAYS_AHEAD}) as ahead
where to_regclass('stream_event_' || to_char({TODAY} + ahead, 'YYYYMMDD')) is null
  and not exists (select from stream_event_default where day = {TODAY} + ahead)
order by ahead limit 1
"""  # noqa: S608

OVER = f"""
select to_date(right(relname, 8), 'YYYYMMDD') as day
from pg_inherits join pg_class on pg_class.oid = inhrelid
where inhparent = 'stream_event'::regclass and relname ~ '^stream_event_[0-9]{{8}}$'
  and to_date(right(relname, 8), 'YYYYMMDD') < {TODAY} - {KEPT_DAYS}
order by day limit 1
"""  # noqa: S608

ASTRAY = f"select min(day) from stream_event_default where day < {TODAY} - {KEPT_DAYS}"  # noqa: S608

RAISE_FLOORS = """
update stream set floor_seq = newest.seq, floor_eid = newest.eid
from (select distinct on (topic) topic, seq, eid from {purged} order by topic, seq desc) as newest
where stream.topic = newest.topic and stream.floor_seq < newest.seq
"""

# A bounded part of what is old, each topic from its beginning: so nothing is left below a floor between two parts.
PURGE_DEFAULT = f"""
with purged as (
  delete from stream_event_default where (topic, seq, day) in (
    select topic, seq, day from stream_event_default where day < {TODAY} - {KEPT_DAYS}
    order by topic, seq limit {BATCH}
  ) returning topic, seq, eid
)
{RAISE_FLOORS.format(purged="purged")}
"""  # noqa: S608


def partition(day: date) -> str:
    """The name of a day's partition."""
    return f"stream_event_{day:%Y%m%d}"


async def keep(url: str) -> Counter[str]:
    """Do all that is due, each part in a transaction of its own; answer what was done, and how often.

    Any number of processes may do this at once: one is let in, and the others leave it to that one. Raises what
    asyncpg raises when the server is away or a lock can't be had in time; what was done until then is done.

    The connection is its own, for a moment: the pools are there for requests.
    """
    connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, command_timeout=8, server_settings=SETTINGS)
    try:
        done = await _keep(connection)
        await connection.close()
        return done
    finally:
        connection.terminate()


async def attach(connection: Connection, day: date) -> None:
    """Make the partition of a day: attached and not created in its place, which would hold up the writers."""
    name = partition(day)
    await connection.execute(f"create table {name} (like stream_event including defaults)")
    await connection.execute(
        f"alter table stream_event attach partition {name} for values from ('{day}') to ('{day + timedelta(days=1)}')"
    )


async def _keep(connection: Connection) -> Counter[str]:
    done = Counter[str]()
    for name, due, step in STEPS:
        # Who finds nothing to do keeps nobody out. Who is kept out leaves everything to the other: going on to the next
        # step, several could keep each other out of what is due.
        while await connection.fetchval(due) is not None:
            async with connection.transaction():
                await connection.execute(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
                if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
                    return done
                day: date | None = await connection.fetchval(due)
                if day is not None:
                    await step(connection, day)
                    done[name] += 1
    return done


async def _make_day(connection: Connection, day: date) -> None:
    await connection.execute("lock table stream_event_default in access exclusive mode")
    # An event of this day may have come just before, and then the day stays where it has begun.
    if not await connection.fetchval("select exists (select from stream_event_default where day = $1)", day):
        await attach(connection, day)


async def _drop_day(connection: Connection, day: date) -> None:
    await _hold_writers(connection)
    await connection.execute("lock table only stream_event in access exclusive mode")
    await connection.execute(RAISE_FLOORS.format(purged=partition(day)))
    await connection.execute(f"drop table {partition(day)}")


async def _purge_default(connection: Connection, _oldest: date) -> None:
    await _hold_writers(connection)
    await connection.execute(PURGE_DEFAULT)


async def _hold_writers(connection: Connection) -> None:
    """Let those who write finish, and hold the others until the end of the transaction.

    Each writer begins with `stream`. Without this, one that has written to a first topic and wants a second would wait
    for us at its row, and we for its lock on `stream_event`.
    """
    await connection.execute("lock table stream in share row exclusive mode")


STEPS = (
    ("day_made", MISSING, _make_day),
    ("day_dropped", OVER, _drop_day),
    ("default_purged", ASTRAY, _purge_default),
)
"""What was done, a query for the day of which it is due, and how it is done."""
