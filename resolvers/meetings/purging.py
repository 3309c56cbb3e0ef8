"""What is kept of meetings, and for how long (security.md 5.2; domain (d) 15 and 16)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Table, delete, func, not_, or_, select

import models
from models import MeetingNote, MeetingTicket, table_of
from resolvers import policy
from resolvers.chores import DAILY, chore
from resolvers.context import Context
from resolvers.purges import forget
from resolvers.school_days import school_year_end

NOTE_KEPT = timedelta(weeks=6)
"""After the end of the round."""
ROUND_KEPT = timedelta(weeks=4)
"""After the end of the school year."""
ROUNDS_AT_ONCE = 20
ZONE = ZoneInfo("Europe/Amsterdam")
"""In which school years end."""

_ticket, _note = table_of(MeetingTicket), table_of(MeetingNote)
_round, _report = table_of(models.MeetingRound), table_of(models.MeetingReport)


@chore("purge_meeting_notes", DAILY)
async def purge_notes(context: Context) -> None:
    """Forget the private notes of rounds that have been over for weeks."""
    is_over = policy.scan(_ticket, _round).where(
        _ticket.c.id == _note.c.ticket_id,
        _round.c.id == _ticket.c.round_id,
        _round.c.ends_at < context.now - NOTE_KEPT,
    )
    await forget(context, _note, is_over.exists())


@chore("purge_meetings", DAILY)
async def purge_rounds(context: Context) -> None:
    """Forget rounds four weeks after their school year: who came when, and who was invited.

    A shared report belongs to the pupil's file: it stays, with its ticket and its round.
    """
    last_over = (context.now - ROUND_KEPT).astimezone(ZONE).date()
    year_ends = school_year_end(last_over)
    year_began = year_ends.replace(year=year_ends.year - 1) + timedelta(days=1)
    is_over = func.timezone(ZONE.key, _round.c.ends_at) < year_began
    window = table_of(models.HostWindow)
    has_windows = policy.scan(window).where(window.c.round_id == _round.c.id)
    has_tickets = policy.scan(_ticket).where(_ticket.c.round_id == _round.c.id)
    is_left = or_(has_windows.exists(), not_(has_tickets.exists()))
    over = select(_round.c.id).where(is_over, is_left).order_by(_round.c.id).limit(ROUNDS_AT_ONCE)
    count = ROUNDS_AT_ONCE
    while count == ROUNDS_AT_ONCE:
        async with context.database.begin() as session:
            rounds = (await session.scalars(over.with_for_update(skip_locked=True))).all()
            for table, condition in _parts(_round.c.id.in_(rounds)):
                await session.execute(delete(table).where(condition))
            count = len(rounds)


def _parts(these: ColumnElement[bool]) -> list[tuple[Table, ColumnElement[bool]]]:
    """All that belongs to rounds, in the order in which it can go."""
    ids = select(_round.c.id).where(these)
    windows = select(table_of(models.HostWindow).c.id).where(table_of(models.HostWindow).c.round_id.in_(ids))
    kept = policy.scan(_report).where(_report.c.ticket_id == _ticket.c.id)
    unreported = select(_ticket.c.id).where(_ticket.c.round_id.in_(ids), not_(kept.exists()))
    booking, offer = table_of(models.MeetingBooking), table_of(models.MeetingOffer)
    engagement, left = table_of(models.Engagement), _ticket.alias()
    engaged = or_(
        engagement.c.booking_id.in_(select(booking.c.id).where(booking.c.round_id.in_(ids))),
        engagement.c.offer_id.in_(select(offer.c.id).where(offer.c.round_id.in_(ids))),
    )
    has_tickets = policy.scan(left).where(left.c.round_id == _round.c.id)
    gone, group = select(_round.c.id).where(these, not_(has_tickets.exists())), table_of(models.MeetingRoundGroup)
    of_windows = (models.MeetingSlot, models.WindowBreak, models.WindowGroup, models.WindowHost)
    of_tickets = (models.TicketWish, models.TicketGuardian, MeetingNote)
    return [
        (engagement, engaged),
        (offer, offer.c.round_id.in_(ids)),
        (booking, booking.c.round_id.in_(ids)),
        *((table_of(model), table_of(model).c.window_id.in_(windows)) for model in of_windows),
        (table_of(models.HostWindow), table_of(models.HostWindow).c.round_id.in_(ids)),
        *((table_of(model), table_of(model).c.ticket_id.in_(unreported)) for model in of_tickets),
        (_ticket, _ticket.c.id.in_(unreported)),
        (group, group.c.round_id.in_(gone)),
        (_round, _round.c.id.in_(ids) & not_(has_tickets.exists())),
    ]
