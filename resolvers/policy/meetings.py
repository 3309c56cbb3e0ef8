"""Who may see and plan meetings: one rule per kind of row, as a condition (MRD, SLT, BKG)."""

from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, any_, not_, or_

import models
from models import table_of
from models.meetings import TOGETHER
from resolvers.policy.me import Me, scan


def _administers(me: Me, row: FromClause) -> ColumnElement[bool]:
    return row.c.school_id == any_(me.admin_schools)


def _hosts(me: Me, window_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    host = table_of(models.WindowHost).alias()
    mine = (host.c.person_id == me.person_id, host.c.school_id == any_(me.staff_schools))
    return scan(host).where(host.c.window_id == window_id, *mine).exists()


def _hosts_in(me: Me, round_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Also in a window that was taken away: who was ill sees what became of it."""
    window = table_of(models.HostWindow).alias()
    return scan(window).where(window.c.round_id == round_id, _hosts(me, window.c.id)).exists()


def _teaches_in(me: Me, round_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    group = table_of(models.MeetingRoundGroup).alias()
    return scan(group).where(group.c.round_id == round_id, group.c.group_id == any_(me.taught_groups)).exists()


def _is_announced(round_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    round_ = table_of(models.MeetingRound).alias()
    return scan(round_).where(round_.c.id == round_id, round_.c.announced_at.is_not(None)).exists()


def is_invited(me: Me, ticket: FromClause) -> ColumnElement[bool]:
    """One's own: the viewer is in its party, and the child is still theirs."""
    party = table_of(models.TicketGuardian).alias()
    mine = scan(party).where(party.c.ticket_id == ticket.c.id, party.c.person_id == me.person_id)
    return and_(ticket.c.pupil_id == any_(me.children), mine.exists())


def _has_ticket(me: Me, round_id: ColumnElement[UUID], *which: FromClause) -> ColumnElement[bool]:
    """Whether the viewer is invited to a round; where a window is given, to a talk that can be there."""
    ticket = table_of(models.MeetingTicket).alias()
    own = scan(ticket).where(ticket.c.round_id == round_id, is_invited(me, ticket))
    for row in which:
        served = table_of(models.WindowGroup).alias()
        there = (served.c.window_id == row.c.window_id, served.c.group_id == ticket.c.group_id)
        own = own.where(scan(served).where(*there).exists())
    return own.exists()


def sees_round(me: Me, round_: FromClause) -> ColumnElement[bool]:
    """Who teaches one of its groups or hosts in it, and the administration; once announced, who is invited (MRD-02)."""
    return or_(_administers(me, round_), _teaches_in(me, round_.c.id), is_in_round(me, round_))


def follows_slots(me: Me, round_: FromClause) -> ColumnElement[bool]:
    """As the round; but no party that comes apart: held against its list, the feed would tell of the other's talk."""
    ticket = table_of(models.MeetingTicket).alias()
    apart = scan(ticket).where(ticket.c.round_id == round_.c.id, ticket.c.party > TOGETHER, is_invited(me, ticket))
    return or_(works_in_round(me, round_), not_(apart.exists()))


def works_in_round(me: Me, round_: FromClause) -> ColumnElement[bool]:
    """The school's side of a round: who teaches one of its groups or hosts in it, and the administration."""
    return or_(_administers(me, round_), _teaches_in(me, round_.c.id), _hosts_in(me, round_.c.id))


def is_in_round(me: Me, round_: FromClause) -> ColumnElement[bool]:
    """Who hosts in it, and once announced, who is invited."""
    announced = round_.c.announced_at.is_not(None)
    return or_(_hosts_in(me, round_.c.id), and_(announced, _has_ticket(me, round_.c.id)))


def hosts_slot(me: Me, slot: FromClause) -> ColumnElement[bool]:
    """Who is there at a slot."""
    return _hosts(me, slot.c.window_id)


def plans_round(me: Me, round_: FromClause) -> ColumnElement[bool]:
    """The administration, and who teaches all of its groups (MRD-01)."""
    group = table_of(models.MeetingRoundGroup).alias()
    others = scan(group).where(group.c.round_id == round_.c.id, not_(group.c.group_id == any_(me.taught_groups)))
    return or_(_administers(me, round_), and_(_teaches_in(me, round_.c.id), not_(others.exists())))


def _serves_taught(me: Me, window_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    served = table_of(models.WindowGroup).alias()
    return scan(served).where(served.c.window_id == window_id, served.c.group_id == any_(me.taught_groups)).exists()


def sees_window(me: Me, window: FromClause) -> ColumnElement[bool]:
    """The school's side: its hosts, who teaches a group that it serves, and the administration."""
    return or_(_administers(me, window), _hosts(me, window.c.id), _serves_taught(me, window.c.id))


def sees_break(me: Me, pause: FromClause) -> ColumnElement[bool]:
    """As its window."""
    window = table_of(models.HostWindow).alias()
    return scan(window).where(window.c.id == pause.c.window_id, sees_window(me, window)).exists()


def _hosts_alone(me: Me, window_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    other = table_of(models.WindowHost).alias()
    others = scan(other).where(other.c.window_id == window_id, other.c.person_id != me.person_id)
    return and_(_hosts(me, window_id), not_(others.exists()))


def keeps_window(me: Me, window: FromClause) -> ColumnElement[bool]:
    """The administration, and who hosts in it alone: nobody plans in a colleague's agenda (SLT-02, SLT-03)."""
    return or_(_administers(me, window), _hosts_alone(me, window.c.id))


def keeps_slot(me: Me, slot: FromClause) -> ColumnElement[bool]:
    """As its window."""
    return or_(_administers(me, slot), _hosts_alone(me, slot.c.window_id))


def sees_slot(me: Me, slot: FromClause) -> ColumnElement[bool]:
    """Who hosts in the round or teaches a group that it serves, the administration; once announced, the invited."""
    return or_(
        _administers(me, slot),
        _hosts_in(me, slot.c.round_id),
        _serves_taught(me, slot.c.window_id),
        and_(_is_announced(slot.c.round_id), _has_ticket(me, slot.c.round_id, slot)),
    )


def runs_talk(me: Me, ticket: FromClause) -> ColumnElement[bool]:
    """The school's side of a talk: who teaches the group or hosts the talk, and the administration."""
    booking = table_of(models.MeetingBooking).alias()
    live = (booking.c.ticket_id == ticket.c.id, booking.c.cancelled_at.is_(None))
    return or_(
        _administers(me, ticket),
        ticket.c.group_id == any_(me.taught_groups),
        scan(booking).where(*live, _hosts(me, booking.c.window_id)).exists(),
    )


def sees_ticket(me: Me, ticket: FromClause) -> ColumnElement[bool]:
    """Its own party once announced, and the school's side of the talk (BKG-05, BKG-09)."""
    return or_(runs_talk(me, ticket), and_(_is_announced(ticket.c.round_id), is_invited(me, ticket)))


def sees_booking(me: Me, booking: FromClause) -> ColumnElement[bool]:
    """As its ticket; nobody learns of another party's talk (BKG-05, BKG-06, BKG-09)."""
    ticket = table_of(models.MeetingTicket).alias()
    return scan(ticket).where(ticket.c.id == booking.c.ticket_id, sees_ticket(me, ticket)).exists()


def sees_offer(me: Me, offer: FromClause) -> ColumnElement[bool]:
    """As its ticket."""
    return sees_booking(me, offer)


def sees_note(me: Me, note: FromClause) -> ColumnElement[bool]:
    """Its author alone, while at the school (domain (d) 16)."""
    return and_(note.c.author_id == me.person_id, note.c.school_id == any_(me.staff_schools))


def sees_report(me: Me, report: FromClause) -> ColumnElement[bool]:
    """As its ticket. Where all guardians come together, also who was not in the party: regardless of who came (f4)."""
    ticket = table_of(models.MeetingTicket).alias()
    together = and_(ticket.c.party == TOGETHER, ticket.c.pupil_id == any_(me.children))
    return scan(ticket).where(ticket.c.id == report.c.ticket_id, or_(sees_ticket(me, ticket), together)).exists()


def sees_party(me: Me, party: FromClause) -> ColumnElement[bool]:
    """That guardians come apart, and on what basis: the administration, which has decided it."""
    return _administers(me, party)
