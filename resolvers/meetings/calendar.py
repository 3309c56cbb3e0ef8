"""Bookings as iCalendar (RFC 5545): for a calendar that asks for itself, as a download, and beside a mail.

Whoever holds the secret of an address, or a mail, reads it: so a calendar tells the child's given name, the place and
the time; no surname, no topics, no reason (f4, booking 6).
"""

# icalendar's components have no types of their own:
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText
from sqlalchemy import ColumnElement, DateTime, Uuid, and_, bindparam, case, delete, or_
from sqlalchemy.dialects.postgresql import insert

import models
from models import Locale, MeetingKind, table_of
from resolvers import letters, policy
from resolvers.context import Context
from resolvers.policy import ME
from resolvers.secrets import hashed, new_token
from resolvers.statements import Statement, compiled
from resolvers.viewer import Viewer, find_by_person
from resolvers.writing import change

PRODUCT = "-//Schoolplein//Meetings//EN"
PAST, CANCELLED = timedelta(days=90), timedelta(days=30)
"""How long a feed shows what was, and what was called off."""
_NAMES: dict[MeetingKind, tuple[str, str]] = {
    MeetingKind.INTRODUCTION: ("kennismakingsgesprek", "introduction talk"),
    MeetingKind.PARENT: ("oudergesprek", "parent conversation"),
    MeetingKind.REPORT: ("rapportgesprek", "report conversation"),
    MeetingKind.ADVICE: ("adviesgesprek", "advice conversation"),
    MeetingKind.OTHER: ("gesprek", "conversation"),
}


def in_language(kind: MeetingKind, locale: Locale) -> str:
    """What a talk is called."""
    dutch, english = _NAMES[kind]
    return dutch if locale is Locale.NL else english


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A booking, as far as a calendar tells it."""

    booking_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: MeetingKind
    child: str
    """The given name."""
    room: str | None
    school: str
    organizer: str
    """The school's own address."""
    sequence: int
    changed_at: datetime
    is_cancelled: bool

    def title(self, locale: Locale) -> str:
        """Such as 'Rapportgesprek Noor'."""
        return f"{in_language(self.kind, locale).capitalize()} {self.child}"


def _event(talk: Talk, locale: Locale) -> Event:
    event, organizer = Event(), vCalAddress(f"MAILTO:{talk.organizer}")
    organizer.params["cn"] = vText(talk.school)
    event.add("uid", f"{talk.booking_id}@schoolplein")
    event.add("sequence", talk.sequence)
    event.add("dtstamp", talk.changed_at)
    event.add("last-modified", talk.changed_at)
    event.add("dtstart", talk.starts_at)
    event.add("dtend", talk.ends_at)
    event.add("summary", talk.title(locale))
    event.add("location", ", ".join(part for part in (talk.room, talk.school) if part))
    event.add("status", "CANCELLED" if talk.is_cancelled else "CONFIRMED")
    event["organizer"] = organizer
    return event


def _calendar(talks: Sequence[Talk], locale: Locale, method: str) -> str:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for talk in talks:
        calendar.add_component(_event(talk, locale))
    return calendar.to_ical().decode()


def invitation(talk: Talk, locale: Locale) -> letters.Calendar:
    """One talk, to be put into a calendar, or taken out of it: METHOD is CANCEL once it was called off."""
    method = "CANCEL" if talk.is_cancelled else "PUBLISH"
    return letters.Calendar(_calendar([talk], locale, method), method)


_booking, _ticket = table_of(models.MeetingBooking), table_of(models.MeetingTicket)


def _told(which: ColumnElement[bool]) -> Statement:
    """Some bookings, in the order of the fields of a talk."""
    round_, window = table_of(models.MeetingRound), table_of(models.HostWindow)
    pupil, school = table_of(models.Pupil), table_of(models.School)
    columns = (
        _booking.c.id,
        _booking.c.starts_at,
        _booking.c.ends_at,
        round_.c.kind,
        pupil.c.given_name,
        window.c.room,
        school.c.name,
        school.c.contact_email,
        _booking.c.sequence,
        _booking.c.changed_at,
        _booking.c.cancelled_at.is_not(None),
    )
    joined = (
        _booking.join(_ticket, _ticket.c.id == _booking.c.ticket_id)
        .join(round_, round_.c.id == _booking.c.round_id)
        .join(window, window.c.id == _booking.c.window_id)
        .join(pupil, pupil.c.id == _booking.c.pupil_id)
        .join(school, school.c.id == _booking.c.school_id)
    )
    return compiled(policy.scan(joined, columns=columns).where(which).order_by(_booking.c.starts_at, _booking.c.id))


@cache
def _mine() -> Statement:
    """Bookings that the viewer comes to, or hosts. First those of the person, by index, and then what the rules say."""
    since, cancelled_since = (bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "cancelled_since"))
    party, host = table_of(models.TicketGuardian).alias(), table_of(models.WindowHost).alias()
    comes = policy.scan(party, columns=[party.c.ticket_id]).where(party.c.person_id == ME.person_id)
    hosts = policy.scan(host, columns=[host.c.window_id]).where(host.c.person_id == ME.person_id)
    of_person = or_(_booking.c.ticket_id.in_(comes), _booking.c.window_id.in_(hosts))
    recent = case(
        (_booking.c.cancelled_at.is_(None), _booking.c.ends_at > since),
        else_=_booking.c.cancelled_at > cancelled_since,
    )
    return _told(and_(of_person, recent, or_(policy.is_invited(ME, _ticket), policy.hosts_slot(ME, _booking))))


@cache
def _one() -> Statement:
    """One booking, for whoever sees it."""
    return _told(and_(_booking.c.id == bindparam("booking_id", type_=Uuid()), policy.sees_booking(ME, _booking)))


def talk(*row: Any) -> Talk:
    """A talk from a row of columns in the order of its fields."""
    (key, starts, ends, kind, child, room, school, organizer, sequence, changed, is_cancelled) = row
    return Talk(
        booking_id=key,
        starts_at=starts,
        ends_at=ends,
        kind=MeetingKind(kind),
        child=child,
        room=room,
        school=school,
        organizer=organizer,
        sequence=sequence,
        changed_at=changed,
        is_cancelled=is_cancelled,
    )


async def _read(context: Context, viewer: Viewer, statement: Statement, **values: Any) -> list[Talk]:
    bound = policy.parameters(viewer, context.now) | values
    return [talk(*row) for row in await context.database.fetch(statement.text, statement.values(bound))]


async def feed(context: Context, secret: str) -> str | None:
    """The calendar behind an address: all talks of a person, at every school. None for an address that is not one."""
    statement = "select person_id, shows_hosting from calendar_address where token_hash = $1"
    rows = await context.database.fetch(statement, (hashed(secret),))
    viewer = await find_by_person(context.database, rows[0]["person_id"], context.now) if rows else None
    if viewer is None:
        return None
    if not rows[0]["shows_hosting"]:
        viewer = replace(viewer, admin_schools=(), staff_schools=(), taught_groups=())
    now = context.now
    talks = await _read(context, viewer, _mine(), since=now - PAST, cancelled_since=now - CANCELLED)
    return _calendar(talks, viewer.locale, "PUBLISH")


async def download(context: Context, booking_id: UUID) -> str | None:
    """One talk, for whoever sees it. None for all else. Raises Unauthenticated."""
    viewer = context.signed_in()
    talks = await _read(context, viewer, _one(), booking_id=booking_id)
    return invitation(talks[0], viewer.locale).text if talks else None


# ------------------------------------------------------------------------------------------------ the address


async def make_address(context: Context) -> str:
    """Give the viewer an address, in place of any earlier one: it is told now and never again."""
    secret = new_token()
    table = table_of(models.CalendarAddress)
    async with change(context) as under_way:
        viewer = under_way.viewer
        person_id = viewer.person_id
        row = {
            "person_id": person_id,
            "token_hash": hashed(secret),
            "shows_hosting": bool(viewer.staff_schools),
            "created_at": context.now,
        }
        await under_way.session.execute(
            insert(table).values(row).on_conflict_do_update(index_elements=["person_id"], set_=row)
        )
        under_way.audit("make_calendar_address", None, person_id)
    return f"{context.door.address}/calendar/{secret}.ics"


async def revoke_address(context: Context) -> None:
    """Make the viewer's address worthless; without one nothing is to be done."""
    table = table_of(models.CalendarAddress)
    async with change(context) as under_way:
        person_id = under_way.viewer.person_id
        gone = delete(table).where(table.c.person_id == person_id).returning(table.c.person_id)
        if await under_way.session.scalar(gone) is not None:
            under_way.audit("revoke_calendar_address", None, person_id)
