"""Mails about meetings, each for every guardian of a party: rows of the outbox, written when they are sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import models
from models import Locale, Mail, MailKind, MeetingBooking, OfferState, table_of
from resolvers import letters, policy
from resolvers.letters import Letter, letter
from resolvers.meetings.calendar import Talk, in_language, invitation
from resolvers.meetings.inviting import is_in, is_told
from resolvers.meetings.views import has_priority
from resolvers.moments import appointment
from resolvers.writing import Change

_person, _party = table_of(models.Person), table_of(models.TicketGuardian)
NOT_INVITED = (models.MeetingTicketState.CANCELLED, models.MeetingTicketState.NOT_NEEDED)
MEETINGS = "/meetings"
"""Where the link of a letter leads."""


async def post_to_party(change: Change, kind: MailKind, about: Sequence[tuple[UUID, UUID]]) -> None:
    """Post a mail to each guardian of tickets: `about` are what it is about, and the ticket."""
    subjects = {ticket_id: subject_id for subject_id, ticket_id in about}
    await post_to_parties(change.session, change.context.now, kind, subjects)


async def post_to_parties(session: AsyncSession, now: datetime, kind: MailKind, subjects: dict[UUID, UUID]) -> None:
    """Post mails about the talks of tickets: the subject of each, by ticket."""
    columns = (_party.c.ticket_id, _party.c.school_id, _person.c.email, _person.c.locale)
    people = select(*columns).join(_person, _person.c.id == _party.c.person_id)
    rows = await session.execute(people.where(_party.c.ticket_id.in_(subjects)).order_by(_person.c.id))
    for ticket_id, school_id, email, locale in rows:
        subject = subjects[ticket_id]
        letters.post(session, now, kind, subject, to=email, locale=locale, school_id=school_id)


async def _recipient(session: AsyncSession, mail: Mail) -> models.Person | None:
    address = func.lower(_person.c.email) == mail.recipient.lower()
    return await session.scalar(select(models.Person).where(address))


async def _may_know(session: AsyncSession, person: models.Person, pupil_id: UUID, now: datetime) -> bool:
    """Whether somebody is still told everything about a child: by the time of sending that may have ended."""
    given, member = table_of(models.Guardianship), table_of(models.Membership)
    this = (given.c.pupil_id == pupil_id, given.c.person_id == person.id)
    knows = policy.scan(given, member).where(*this, is_told(given, now), is_in(member, given, now))
    return (await session.execute(knows)).first() is not None


async def _talk(session: AsyncSession, mail: Mail) -> tuple[MeetingBooking, models.Person, Talk, dict[str, str]] | None:
    """A booking and who is told, and how a calendar and a letter tell it; None when there is nobody any more."""
    booking = await session.get_one(MeetingBooking, mail.subject_id)
    person = await _recipient(session, mail)
    if person is None:
        return None
    pupil = await session.get_one(models.Pupil, booking.pupil_id)
    school = await session.get_one(models.School, booking.school_id)
    round_ = await session.get_one(models.MeetingRound, booking.round_id)
    window = await session.get_one(models.HostWindow, booking.window_id)
    zone = ZoneInfo(school.time_zone)
    values = {
        "name": person.name,
        "child": pupil.given_name,
        "school": school.name,
        "talk": in_language(round_.kind, mail.locale),
        "when": appointment(booking.starts_at, mail.locale, zone),
        "room": window.room or "",
        "hosts": await _hosts(session, booking.window_id, mail.locale),
        "phone": school.phone or "",
        "by_school": "yes" if booking.cancelled_by_school else "",
    }
    talk = Talk(
        booking_id=booking.id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        kind=round_.kind,
        child=pupil.given_name,
        room=window.room,
        school=school.name,
        organizer=school.contact_email,
        sequence=booking.sequence,
        changed_at=booking.changed_at,
        is_cancelled=booking.cancelled_at is not None,
    )
    return booking, person, talk, values


async def _hosts(session: AsyncSession, window_id: UUID, locale: Locale) -> str:
    host = table_of(models.WindowHost)
    names = select(_person.c.name).join(host, host.c.person_id == _person.c.id).where(host.c.window_id == window_id)
    found = (await session.scalars(names.order_by(_person.c.name))).all()
    return (" en " if locale is Locale.NL else " and ").join(found)


async def _about_talk(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
    """About a talk that stands; needless when it was cancelled, is over, or is not the recipient's to know any more."""
    told = await _talk(session, mail)
    if told is None:
        return None
    booking, person, talk, values = told
    is_over = booking.cancelled_at is not None or booking.starts_at <= now
    if is_over or not await _may_know(session, person, booking.pupil_id, now):
        return None
    return Letter(values, path=MEETINGS, calendar=invitation(talk, mail.locale))


@letter(MailKind.MEETING_CANCELLED)
async def _cancelled(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
    """That a talk is off, also to who may not know more of the child by now; needless when it is past."""
    told = await _talk(session, mail)
    if told is None or told[0].starts_at <= now:
        return None
    booking, person, talk, values = told
    ticket = await session.get_one(models.MeetingTicket, booking.ticket_id)
    knows = await _may_know(session, person, booking.pupil_id, now)
    again = knows and ticket.state is not models.MeetingTicketState.CANCELLED
    return Letter({**values, "again": "yes" if again else ""}, path=MEETINGS, calendar=invitation(talk, mail.locale))


for _kind in (
    MailKind.MEETING_BOOKED,
    MailKind.MEETING_CHANGED,
    MailKind.MEETING_IN_DAYS,
    MailKind.MEETING_IN_HOURS,
):
    letter(_kind)(_about_talk)


@letter(MailKind.MEETING_INVITED)
async def _invited(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
    """That a round is announced, and when it opens: so that nobody has to be quick (f4, set-up 5)."""
    ticket = await session.get_one(models.MeetingTicket, mail.subject_id)
    round_ = await session.get_one(models.MeetingRound, ticket.round_id)
    person = await _recipient(session, mail)
    is_off = round_.state is not models.MeetingRoundState.ANNOUNCED or round_.closes_at <= now
    is_off = is_off or ticket.state in NOT_INVITED
    if person is None or is_off or not await _may_know(session, person, ticket.pupil_id, now):
        return None
    pupil = await session.get_one(models.Pupil, ticket.pupil_id)
    school = await session.get_one(models.School, ticket.school_id)
    zone = ZoneInfo(school.time_zone)
    table = table_of(models.MeetingTicket)
    is_first = await session.scalar(select(has_priority(table)).where(table.c.id == ticket.id))
    opens = (round_.priority_opens_at if is_first else None) or round_.opens_at
    values = {
        "name": person.name,
        "child": pupil.given_name,
        "school": school.name,
        "title": round_.title,
        "talk": in_language(round_.kind, mail.locale),
        "text": round_.text or "",
        "asked": "yes" if ticket.asked_to_come else "",
        "opens": appointment(opens, mail.locale, zone),
        "closes": appointment(round_.closes_at, mail.locale, zone),
    }
    return Letter(values, path=MEETINGS)


@letter(MailKind.MEETING_OFFERED)
async def _offered(session: AsyncSession, mail: Mail, now: datetime) -> Letter | None:
    """That a slot is held; needless once it is not any more."""
    offer: Any = await session.get_one(models.MeetingOffer, mail.subject_id)
    ticket = await session.get_one(models.MeetingTicket, offer.ticket_id)
    person = await _recipient(session, mail)
    is_over = offer.state is not OfferState.OFFERED or offer.expires_at <= now
    if person is None or is_over or not await _may_know(session, person, ticket.pupil_id, now):
        return None
    pupil = await session.get_one(models.Pupil, ticket.pupil_id)
    school = await session.get_one(models.School, offer.school_id)
    round_ = await session.get_one(models.MeetingRound, offer.round_id)
    zone = ZoneInfo(school.time_zone)
    values = {
        "name": person.name,
        "child": pupil.given_name,
        "school": school.name,
        "talk": in_language(round_.kind, mail.locale),
        "when": appointment(offer.starts_at, mail.locale, zone),
        "until": appointment(offer.expires_at, mail.locale, zone),
    }
    return Letter(values, path=MEETINGS)
