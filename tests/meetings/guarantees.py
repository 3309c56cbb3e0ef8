"""The hard guarantees of f4, as questions to the database that look at no constraint, no trigger and no engagement."""

from typing import Any
from uuid import UUID

_THERE = """
with there as (
  select b.id, h.person_id, b.starts_at, b.ends_at
    from meeting_booking b join window_host h on h.window_id = b.window_id
    where b.school_id = $1 and b.cancelled_at is null
  union
  select b.id, g.person_id, b.starts_at, b.ends_at
    from meeting_booking b join ticket_guardian g on g.ticket_id = b.ticket_id
    where b.school_id = $1 and b.cancelled_at is null
  union
  select o.id, h.person_id, o.starts_at, o.ends_at
    from meeting_offer o join window_host h on h.window_id = o.window_id
    where o.school_id = $1 and o.state = 'OFFERED'
)"""
_BROKEN = {
    "somebody is in two places": f"""{_THERE}
      select a.person_id, a.id, b.id from there a join there b on a.person_id = b.person_id and a.id < b.id
      where a.starts_at < b.ends_at and b.starts_at < a.ends_at""",
    "a ticket has two talks": """
      select ticket_id from meeting_booking where school_id = $1 and cancelled_at is null
      group by ticket_id having count(*) > 1""",
    "a slot has two talks": """
      select slot_id from meeting_booking where school_id = $1 and cancelled_at is null
      group by slot_id having count(*) > 1""",
    "parties of a pupil come too near": """
      select a.id, b.id from meeting_booking a
        join meeting_booking b on b.pupil_id = a.pupil_id and b.party <> a.party and b.starts_at >= a.starts_at
        join meeting_round r on r.id = a.round_id
      where a.school_id = $1 and a.cancelled_at is null and b.cancelled_at is null and a.id <> b.id
        and b.starts_at - a.ends_at < make_interval(mins => r.party_gap_minutes)""",
    "a talk is not at the time of its slots": """
      select b.id from meeting_booking b
        join meeting_slot s on s.id = b.slot_id
        join meeting_ticket t on t.id = b.ticket_id
        join meeting_round r on r.id = b.round_id
      where b.school_id = $1 and b.cancelled_at is null and (b.starts_at, b.ends_at) is distinct from
        (s.starts_at, s.starts_at + make_interval(mins =>
          t.length * r.duration_minutes + (t.length - 1) * r.buffer_minutes))""",
    "who is engaged is not who is there": f"""{_THERE},
      engaged as (
        select coalesce(booking_id, offer_id) as id, person_id, starts_at, ends_at from engagement where school_id = $1
      )
      (table there except table engaged) union all (table engaged except table there)""",
}


async def broken(sql: Any, school_id: UUID) -> dict[str, list[Any]]:
    """Which guarantees do not hold at a school, and by what; nothing when all do. `sql` is a connection of asyncpg."""
    found = {name: [tuple(row) for row in await sql.fetch(query, school_id)] for name, query in _BROKEN.items()}
    return {name: rows for name, rows in found.items() if rows}
