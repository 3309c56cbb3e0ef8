"""Reminders two days and two hours before a talk, never in the night (f4, around the talk)."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Column, and_, or_, select, update

import models
from models import MailKind, MeetingBooking, table_of
from resolvers.chores import MINUTELY, chore
from resolvers.context import Context
from resolvers.meetings.letters import post_to_parties
from resolvers.meetings.offering import is_night

DAYS, HOURS = timedelta(days=2), timedelta(hours=2)
AT_ONCE = 200

_booking = table_of(MeetingBooking)


@chore("remind_of_meetings", MINUTELY)
async def remind(context: Context) -> None:
    """Post the reminders that are due. A talk that was booked, or moved, later than one was due gets none of that."""
    for kind, before, marked in (
        (MailKind.MEETING_IN_HOURS, HOURS, _booking.c.reminded_hours_at),
        (MailKind.MEETING_IN_DAYS, DAYS, _booking.c.reminded_days_at),
    ):
        while await _remind(context, kind, before, marked) == AT_ONCE:
            pass


async def _remind(context: Context, kind: MailKind, before: timedelta, marked: Column[object]) -> int:
    """Post reminders of one kind, and mark them; answers how many talks were due. Two workers share them."""
    now, school = context.now, table_of(models.School)
    needless = _booking.c.changed_at > _booking.c.starts_at - before
    if kind is MailKind.MEETING_IN_DAYS:
        needless = or_(needless, _booking.c.starts_at <= now + HOURS)
    due = (
        select(_booking.c.id, _booking.c.ticket_id, school.c.time_zone, needless.label("needless"))
        .join(school, school.c.id == _booking.c.school_id)
        .where(_booking.c.cancelled_at.is_(None), marked.is_(None))
        .where(and_(_booking.c.starts_at > now, _booking.c.starts_at <= now + before))
        .order_by(_booking.c.starts_at, _booking.c.id)
        .limit(AT_ONCE)
        .with_for_update(of=_booking, skip_locked=True)
    )
    async with context.database.begin() as session:
        rows = (await session.execute(due)).all()
        awake = [row for row in rows if not is_night(now, ZoneInfo(row.time_zone))]
        told: dict[UUID, UUID] = {row.ticket_id: row.id for row in awake if not row.needless}
        await post_to_parties(session, now, kind, told)
        done = update(_booking).where(_booking.c.id.in_([row.id for row in awake]))
        await session.execute(done.values({marked.name: now}))
    return len(awake)
