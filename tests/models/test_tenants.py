"""Schools stay apart in the database itself: every row has its school, and every reference stays within it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Uuid
from sqlmodel import SQLModel

import models
from models import OfferState, Role
from models.base import new_id
from models.database import Database
from tests.admissions import ask_for_access, invite
from tests.factories import (
    LONG_AGO,
    YESTERDAY,
    Facts,
    SmallSchool,
    absence,
    admin,
    comment,
    enrol,
    found_group,
    found_school,
    founding,
    join,
    post,
)
from tests.models.rows import (
    coming,
    guardianship,
    host_window,
    hosting,
    meeting_booking,
    meeting_offer,
    meeting_round,
    meeting_slot,
    meeting_ticket,
    refuses,
    stores,
)

MONDAY = datetime(2026, 9, 21, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Things:
    """Of a school, what rows of it can refer to."""

    school: models.School
    group: models.Group
    pupil: models.Pupil
    post: models.Post
    report: models.AbsenceReport
    request: models.AccessRequest
    round: models.MeetingRound
    window: models.HostWindow
    slot: models.MeetingSlot
    ticket: models.MeetingTicket
    booking: models.MeetingBooking
    offer: models.MeetingOffer


def _meeting(facts: Facts, group: models.Group, pupil: models.Pupil, by: models.Person, school: models.School) -> Any:
    """A round with a window of one slot, and a talk and an offer that are off again."""
    round_ = facts.add(meeting_round(school, by))
    window = facts.add(host_window(round_))
    slot, ticket = facts.add(meeting_slot(window, 0)), facts.add(meeting_ticket(round_, pupil, group))
    booking = facts.add(meeting_booking(ticket, slot, by, cancelled_at=YESTERDAY))
    offer = facts.add(meeting_offer(ticket, slot, state=OfferState.EXPIRED))
    return round_, window, slot, ticket, booking, offer


async def _two_schools(database: Database, town: SmallSchool) -> tuple[Things, Things]:
    """Things here, and their like at another school, where the same people belong as well."""
    async with founding(database) as facts:
        fresh = enrol(facts, town.group, given_name="Mila", ended_at=YESTERDAY)
        message, known = post(facts, town.teacher, town.group), absence(facts, town.sam, town.guardian)
        asked = ask_for_access(facts, town.sam, town.other_groups_guardian)
        meeting = _meeting(facts, town.group, fresh, town.admin, town.school)
        here = Things(town.school, town.group, fresh, message, known, asked, *meeting)
        elsewhere = found_school(facts)
        group = found_group(facts, elsewhere)
        pupil = enrol(facts, group, ended_at=YESTERDAY)
        head = admin(facts, elsewhere)
        for somebody, role in ((town.teacher, Role.STAFF), (town.guardian, Role.GUARDIAN)):
            join(facts, elsewhere.id, somebody, role)
        there = Things(
            elsewhere,
            group,
            pupil,
            post(facts, head, group),
            absence(facts, pupil, head),
            ask_for_access(facts, pupil, town.guardian),
            *_meeting(facts, group, pupil, head, elsewhere),
        )
    return here, there


def _rows(town: SmallSchool, here: Things) -> list[SQLModel]:
    """One row of every kind that refers to another of its school, not stored yet."""
    school_id = town.school.id
    return [
        models.Teaching(
            school_id=school_id, group_id=town.other_group.id, person_id=town.teacher.id, valid_from=LONG_AGO
        ),
        models.Enrolment(school_id=school_id, group_id=town.group.id, pupil_id=here.pupil.id, valid_from=YESTERDAY),
        guardianship(town.sam, town.guardian),
        models.SchoolTime(
            school_id=school_id,
            group_id=town.group.id,
            weekday=6,
            starts=MONDAY.time(),
            ends=(MONDAY + timedelta(hours=1)).time(),
        ),
        post(Facts(), town.teacher, town.group),
        models.PostRevision(
            school_id=school_id,
            post_id=here.post.id,
            title="x",
            body="x",
            replaced_at=MONDAY,
            replaced_by=town.teacher.id,
        ),
        models.PostRead(school_id=school_id, post_id=here.post.id, person_id=town.guardian.id, read_at=MONDAY),
        comment(Facts(), here.post, town.guardian),
        absence(Facts(), town.noor, town.guardian, day=MONDAY.date(), supersedes_id=here.report.id),
        invite(Facts(), town.sam, town.admin),
        models.RequestedChild(
            school_id=school_id, request_id=here.request.id, place=1, name="Sam Jansen", pupil_id=town.sam.id
        ),
        *_rows_of_meetings(town, here),
    ]


def _rows_of_meetings(town: SmallSchool, here: Things) -> list[SQLModel]:
    of_window = {"window_id": here.window.id, "school_id": town.school.id}
    of_ticket = {"ticket_id": here.ticket.id, "school_id": town.school.id}
    of_admin: dict[str, Any] = {"school_id": town.school.id, "person_id": town.admin.id}
    sooner, later = ({"starts_at": start, "ends_at": start + timedelta(hours=1)} for start in (YESTERDAY, MONDAY))
    return [
        models.MeetingRoundGroup(round_id=here.round.id, group_id=town.group.id, school_id=town.school.id),
        host_window(here.round),
        hosting(here.window, town.teacher),
        models.WindowGroup(group_id=town.group.id, **of_window),
        models.WindowBreak(**of_window, **sooner),
        meeting_slot(here.window, 10),
        meeting_ticket(here.round, town.sam, town.group),
        coming(here.ticket, town.guardian),
        models.TicketWish(**of_ticket, **sooner),
        models.SeparateParty(
            **of_admin, pupil_id=town.sam.id, party=1, basis="Beschikking", set_by=town.admin.id, set_at=MONDAY
        ),
        meeting_booking(here.ticket, here.slot, town.admin),
        meeting_offer(here.ticket, here.slot, state=OfferState.DECLINED),
        models.Engagement(id=new_id(), booking_id=here.booking.id, **of_admin, **sooner),
        models.Engagement(id=new_id(), offer_id=here.offer.id, **of_admin, **later),
        models.MeetingNote(author_id=town.teacher.id, text="x", written_at=MONDAY, **of_ticket),
        models.MeetingReport(author_id=town.teacher.id, text="x", shared_at=MONDAY, **of_ticket),
    ]


def _likes(town: SmallSchool, here: Things, there: Things) -> dict[UUID, UUID]:
    """For each thing here its like there."""
    return {
        town.school.id: there.school.id,
        **dict.fromkeys((town.group.id, town.other_group.id), there.group.id),
        **dict.fromkeys((town.noor.id, town.sam.id, here.pupil.id), there.pupil.id),
        here.post.id: there.post.id,
        here.report.id: there.report.id,
        here.request.id: there.request.id,
        here.round.id: there.round.id,
        here.window.id: there.window.id,
        here.slot.id: there.slot.id,
        here.ticket.id: there.ticket.id,
        here.booking.id: there.booking.id,
        here.offer.id: there.offer.id,
    }


async def test_no_row_joins_one_school_with_another(
    small_school: SmallSchool, sql: asyncpg.Connection, database: Database
) -> None:
    here, there = await _two_schools(database, small_school)
    like = _likes(small_school, here, there)
    crossed = set()
    for table in ("invitation", "requested_child"):  # it finds no such child at the school, before a reference does
        await sql.execute(f"alter table {table} disable trigger of_age")

    for row in _rows(small_school, here):
        for name, value in row.model_dump().items():
            if value in like:
                astray = type(row)(**row.model_dump() | {name: like[value]})
                await refuses(sql, asyncpg.ForeignKeyViolationError, astray)
                crossed.add((models.table_of(type(row)).name, name))
        await stores(sql, row)

    tenants = {"school", "school_group", "pupil", "post", "comment", "absence_report", "access_request"} | {
        "meeting_round",
        "host_window",
        "meeting_slot",
        "meeting_ticket",
        "meeting_booking",
        "meeting_offer",
    }
    expected = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name in tenants and len(constraint.elements) > 1
        for column in constraint.columns
        if isinstance(column.type, Uuid)  # a party and a time are nobody's
    }
    assert crossed == expected


# What belongs to no school, or is written before it is known which: everything else has its school in every row.
OUTSIDE = {"person", "school", "session", "idempotency", "stream", "stream_event", "alembic_version"} | {
    "known_device",
    "mailed_link",
    "challenge",
    "totp",
    "passkey",
    "recovery_code",
    "calendar_address",
}
MAYBE = {"audit_entry", "mail"}


async def test_every_table_of_a_school_says_which_school(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch(
        "select c.relname, a.attnotnull from pg_class c left join pg_attribute a"
        " on a.attrelid = c.oid and a.attname = 'school_id' and not a.attisdropped"
        " where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not relispartition"
    )
    found = {row["relname"]: row["attnotnull"] for row in rows}

    assert {name for name, required in found.items() if required is None} == OUTSIDE
    assert {name for name, required in found.items() if required is False} == MAYBE
    assert {table.name for table in SQLModel.metadata.tables.values()} <= set(found)


async def test_every_reference_between_rows_of_schools_holds_the_school(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch(
        """
        select k.conname, k.conrelid::regclass::text as source, k.confrelid::regclass::text as target,
          array(select a.attname::text from unnest(k.conkey) with ordinality as n(number, place)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.number order by place) as from_columns,
          array(select a.attname::text from unnest(k.confkey) with ordinality as n(number, place)
                join pg_attribute a on a.attrelid = k.confrelid and a.attnum = n.number order by place) as to_columns
        from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace
        """
    )
    tables = await sql.fetch("select attrelid::regclass::text from pg_attribute where attname = 'school_id'")
    of_schools = {row[0] for row in tables}

    between = [row for row in rows if row["source"] in of_schools and row["target"] in of_schools]
    assert len(between) >= 30
    for row in between:
        pairs = list(zip(row["from_columns"], row["to_columns"], strict=True))
        assert ("school_id", "school_id") in pairs, row["conname"]
    names = {
        (table.name, constraint.referred_table.name, tuple(constraint.column_keys))
        for table in SQLModel.metadata.tables.values()
        for constraint in table.foreign_key_constraints
    }
    assert names == {(row["source"], row["target"], tuple(row["from_columns"])) for row in rows}
