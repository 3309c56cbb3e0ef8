"""The data that is measured on: schools of made-up people, written by PostgreSQL itself, and kept for the next run.

What belongs to the day, and what earlier measurements have written, is made anew by `renew`.
"""

import asyncio
import inspect
import sys
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from models import migrations
from tests.bench.sizes import ABSENT_TODAY, GROUPS_PER_SCHOOL, PUPILS_PER_GROUP, ZONE, Size

_KEY = """
create function pg_temp.k(kind int, number bigint) returns uuid language sql immutable as
$$ select ('01920000-0000-700' || kind::text || '-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$
"""

# Numbers: schools, groups and pupils count through; a pupil's guardians are persons 2p - 1 and 2p; the two teachers of
# a group come after all guardians. Posts and comments stand in the order of time, as they would when written live.
_FEW = """
insert into school (id, slug, name, time_zone, contact_email, report_cutoff)
  select k(1, s), 'school-' || s, 'Basisschool ' || s, '{zone}', 'school' || s || '@school.example', '08:15'
  from generate_series(1, {schools}) s;
insert into holiday (id, school_id, name, first_day, last_day)
  select k(8, s * 10 + h), k(1, s), 'Vakantie ' || h, current_date + 30 * h, current_date + 30 * h + 8
  from generate_series(1, {schools}) s, generate_series(1, 6) h;
insert into person (id, name, email, locale, share_contact, created_at)
  select k(4, n), 'Mens van ' || n, 'mens' || n || '@mens.example', 'NL', false, now() - interval '2 years'
  from generate_series(1, {pupils} * 2 + {groups} * 2) n;
insert into school_group (id, school_id, name, school_year)
  select k(2, g), k(1, (g - 1) / {gps} + 1), 'Groep ' || (g - 1) % {gps} + 1, '2026-2027'
  from generate_series(1, {groups}) g;
insert into pupil (id, school_id, given_name, family_name, birth_date, named_in_labels)
  select k(3, p), k(1, (p - 1) / ({ppg} * {gps}) + 1), 'Kind' || p, 'de Vries', date '2018-01-01' + p % 365, true
  from generate_series(1, {pupils}) p;
insert into membership (school_id, person_id, role, valid_from)
  select k(1, (n - 1) / (2 * {ppg} * {gps}) + 1), k(4, n), 'GUARDIAN', now() - interval '2 years'
  from generate_series(1, {pupils} * 2) n
  union all
  select k(1, (n - 1) / (2 * {gps}) + 1), k(4, {pupils} * 2 + n), 'STAFF', now() - interval '2 years'
  from generate_series(1, {groups} * 2) n;
insert into teaching (id, school_id, group_id, person_id, member_role, valid_from)
  select k(8, 100000 + n), k(1, (n - 1) / (2 * {gps}) + 1), k(2, (n - 1) / 2 + 1), k(4, {pupils} * 2 + n), 'STAFF',
    now() - interval '2 years'
  from generate_series(1, {groups} * 2) n;
insert into enrolment (id, school_id, group_id, pupil_id, valid_from)
  select k(8, 200000 + p), k(1, (p - 1) / ({ppg} * {gps}) + 1), k(2, (p - 1) / {ppg} + 1), k(3, p),
    now() - interval '2 years'
  from generate_series(1, {pupils}) p;
insert into guardianship (id, school_id, pupil_id, person_id, member_role, parental_authority, information_right,
    valid_from)
  select k(8, 300000 + n), k(1, (n - 1) / (2 * {ppg} * {gps}) + 1), k(3, (n - 1) / 2 + 1), k(4, n), 'GUARDIAN', true,
    'FULL', now() - interval '2 years'
  from generate_series(1, {pupils} * 2) n;
insert into school_time (id, school_id, group_id, weekday, starts, ends)
  select k(8, 400000 + g * 10 + d), k(1, (g - 1) / {gps} + 1), k(2, g), d, '08:30', '14:15'
  from generate_series(1, {groups}) g, generate_series(1, 7) d;
insert into session (id, person_id, kind, token_hash, device, created_at, last_seen_at, idle_until, expires_at)
  select k(8, 500000 + p), k(4, 2 * p - 1), 'APP', sha256(convert_to(lpad('guardian-' || p, 43, '-'), 'UTF8')), '',
    now(), now(), now(), now()
  from generate_series(1, {pupils}) p
  union all
  select k(8, 600000 + g), k(4, {pupils} * 2 + 2 * g - 1), 'APP',
    sha256(convert_to(lpad('teacher-' || g, 43, '-'), 'UTF8')), '', now(), now(), now(), now()
  from generate_series(1, {groups}) g;
"""
_MANY = {
    "absence_report": """
insert into absence_report (id, school_id, pupil_id, reason, starts_at, ends_at, whole_days, state, after_cutoff,
    reported_by, reported_at)
  select k(7, a * {groups} + g), k(1, (g - 1) / {gps} + 1), k(3, pupil), 'ILLNESS',
    timezone('{zone}', (current_date - {absences} + a - 1)::timestamp),
    timezone('{zone}', (current_date - {absences} + a)::timestamp), true, 'ACKNOWLEDGED', false, k(4, 2 * pupil - 1),
    timezone('{zone}', current_date - {absences} + a - 1 + time '07:45')
  from generate_series(0, {absences} - 1) a, generate_series(1, {groups}) g,
    lateral (select (g - 1) * {ppg} + a % {ppg} + 1 as pupil) p
""",
    "post": """
insert into post (id, school_id, group_id, author_id, author_name, title, body, comments_open, published_at)
  select k(5, n * {groups} + g), k(1, (g - 1) / {gps} + 1), k(2, g), k(4, {pupils} * 2 + 2 * g - n % 2),
    'Mens van ' || {pupils} * 2 + 2 * g - n % 2, 'Bericht ' || n || ' aan de groep',
    rpad('Beste ouders van groep ' || g || ', ', 600, 'morgen gaan we naar buiten, geef laarzen mee. '), true,
    now() - interval '2 days' - ({posts} - n) * interval '20 hours' + g * interval '1 second'
  from generate_series(0, {posts} - 1) n, generate_series(1, {groups}) g
""",
    # 0, 2, 6 or 16 comments under a post: 6 on average, and 40 on a page of 20 posts with 3 of each.
    "comment": """
insert into comment (id, school_id, group_id, post_id, author_id, author_name, body, created_at)
  select k(6, (n * 16 + c) * {groups} + g), k(1, (g - 1) / {gps} + 1), k(2, g), k(5, n * {groups} + g),
    k(4, writer), 'Mens van ' || writer, rpad('Dank voor het bericht, ', 120, 'dat komt in orde. '),
    now() - interval '2 days' - ({posts} - n) * interval '20 hours' + g * interval '1 second'
      + (c + 1) * interval '9 minutes'
  from generate_series(0, {posts} - 1) n, generate_series(1, {groups}) g,
    generate_series(0, (array[0, 2, 6, 16])[n % 4 + 1] - 1) c,
    lateral (select ((g - 1) * {ppg} + (n * 7 + c * 5) % {ppg}) * 2 + 1 + n % 2 as writer) w
""",
}
_RENEW = """
truncate stream, stream_event, idempotency;
delete from absence_report where starts_at >= timezone('{zone}', timezone('{zone}', now())::date::timestamp);
insert into absence_report (id, school_id, pupil_id, reason, note, starts_at, ends_at, whole_days, state, after_cutoff,
    reported_by, reported_at)
  select k(7, 10000000 + a * {groups} + g), k(1, (g - 1) / {gps} + 1), k(3, pupil), 'ILLNESS', 'Koorts', today,
    today + interval '1 day', true, 'REPORTED', false, k(4, 2 * pupil - 1), today + interval '7 hours'
  from generate_series(0, {absent} - 1) a, generate_series(1, {groups}) g,
    lateral (select (g - 1) * {ppg} + a + 1 as pupil) p,
    timezone('{zone}', timezone('{zone}', now())::date::timestamp) today;
"""
# A session in use is prolonged once in five minutes; here it is not, so that every request costs the same.
_SESSIONS = """
update session set last_seen_at = now() + interval '12 hours', idle_until = now() + interval '30 days',
  expires_at = now() + interval '30 days'
"""


def _words(statement: str, size: Size) -> str:
    numbers = {"gps": GROUPS_PER_SCHOOL, "ppg": PUPILS_PER_GROUP, "absent": ABSENT_TODAY, "zone": ZONE}
    numbers |= {"schools": size.schools, "groups": size.groups, "pupils": size.pupils}
    numbers |= {"posts": size.posts_per_group, "absences": size.absences_per_group}
    return statement.format(**numbers).replace(" k(", " pg_temp.k(")


def _fingerprint(size: Size) -> str:
    """What the data depends on: this module, the size and the migrations."""
    folder = Path(inspect.getfile(migrations)).parent / "versions"
    parts = [inspect.getsource(sys.modules[__name__]), repr(asdict(size))]
    parts += [file.read_text() for file in sorted(folder.glob("*.py"))]
    return sha256("".join(parts).encode()).hexdigest()[:12]


def database(server: str, size: Size) -> str:
    """The address of the database with this data; founds it when it is not there, and drops what is outdated."""
    family = f"bench_{size.name}_"
    wanted = family + _fingerprint(size)
    known = {
        row["datname"] for row in _ask(server, "select datname from pg_database where starts_with(datname, $1)", family)
    }
    for name in known - {wanted}:
        _ask(server, f'drop database "{name}"')
    if wanted not in known:
        half = f"{family}half"
        _ask(server, f'create database "{half}"')
        migrations.upgrade(_of(server, half))
        asyncio.run(_found(_of(server, half), size))
        _ask(server, f'alter database "{half}" rename to "{wanted}"')
    url = _of(server, wanted)
    renew(url, size)
    _ask(url, _SESSIONS)
    _ask(url, "vacuum (analyze)")
    return url


def renew(url: str, size: Size) -> None:
    """Absences of today as they are before anybody measures, and an empty log. The audit trail only grows."""

    async def work() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(_KEY + ";" + _words(_RENEW, size))
            await connection.execute("vacuum (analyze) absence_report")
        finally:
            await connection.close()

    asyncio.run(work())


def _of(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def _ask(url: str, statement: str, *values: str) -> list[asyncpg.Record]:
    async def work() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    return asyncio.run(work())


async def _found(url: str, size: Size) -> None:
    connection = await asyncpg.connect(url, server_settings={"synchronous_commit": "off"})
    try:
        await connection.execute(_KEY + ";" + _words(_FEW, size))
        for table, statement in _MANY.items():
            # Checking a foreign key once for all rows takes a tenth of checking it row by row.
            keys = await connection.fetch(
                "select conname, pg_get_constraintdef(oid) as definition from pg_constraint"
                " where conrelid = $1::regclass and contype = 'f' and confrelid <> conrelid",
                table,
            )
            for one in keys:
                await connection.execute(f'alter table {table} drop constraint "{one["conname"]}"')
            await connection.execute(_words(statement, size))
            for one in keys:
                await connection.execute(f'alter table {table} add constraint "{one["conname"]}" {one["definition"]}')
        await connection.execute("vacuum (freeze, analyze)")
    finally:
        await connection.close()
