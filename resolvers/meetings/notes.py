"""Around a talk: what a host writes down for themselves, and the report that the school shares (domain (d) 16)."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from models import MeetingNote, MeetingReport, MeetingTicket, table_of
from resolvers import policy
from resolvers.errors import Code, Refused
from resolvers.writing import Change, command

_note = table_of(MeetingNote)


async def _run(change: Change, ticket_id: UUID) -> MeetingTicket:
    """A ticket, for the school's side of it. Refuses: NOT_FOUND, FORBIDDEN."""
    ticket, runs = await change.find_and_ask(
        MeetingTicket, ticket_id, policy.sees_ticket, policy.runs_talk, "ticketId", lock=False
    )
    if not runs:
        raise Refused(Code.FORBIDDEN, "ticketId")
    return ticket


@command
async def write_note(change: Change, *, ticket_id: UUID, text: str | None) -> UUID:
    """Write one's own working note about a talk, in place of the last one; an empty text takes it away.

    Nobody else reads it, no export has it, and it is gone six weeks after the round. Refuses: NOT_FOUND, FORBIDDEN.
    """
    ticket = await _run(change, ticket_id)
    mine = {"ticket_id": ticket.id, "author_id": change.viewer.person_id}
    if text:
        written = {"text": text, "written_at": change.context.now}
        row = mine | written | {"school_id": ticket.school_id}
        await change.session.execute(
            insert(_note).values(row).on_conflict_do_update(index_elements=list(mine), set_=written)
        )
    else:
        own = (_note.c.ticket_id == ticket.id, _note.c.author_id == change.viewer.person_id)
        await change.session.execute(delete(_note).where(*own))
    return ticket.id


@command
async def share_report(change: Change, *, ticket_id: UUID, text: str) -> UUID:
    """Share what was said: with all guardians who are told everything, or with the one party of a talk apart.

    A second one replaces the text, and says that it was changed. Refuses: NOT_FOUND, FORBIDDEN.
    """
    ticket = await _run(change, ticket_id)
    known = table_of(MeetingReport)
    report = await change.session.scalar(
        select(MeetingReport).where(known.c.ticket_id == ticket.id).with_for_update(key_share=True)
    )
    if report is None:
        change.session.add(
            MeetingReport(
                school_id=ticket.school_id,
                ticket_id=ticket.id,
                author_id=change.viewer.person_id,
                text=text,
                shared_at=change.context.now,
            )
        )
    else:
        report.text, report.author_id, report.edited_at = text, change.viewer.person_id, change.context.now
    change.audit("share_meeting_report", ticket.school_id, ticket.id, pupil_id=ticket.pupil_id)
    await change.flush(refusals={"uq_meeting_report_ticket_id": Refused(Code.INVALID, "ticketId")})
    return ticket.id
