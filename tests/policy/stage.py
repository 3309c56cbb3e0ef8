"""Where the cells are played: an application with clients, and a look at everything that a world has stored."""

from dataclasses import dataclass
from functools import cache

from sqlmodel import SQLModel

from models.database import Database
from tests.clients import Clients
from tests.personas import World


@dataclass(frozen=True, slots=True)
class Stage:
    """The application as it is developed and as it is in production, on one database."""

    database: Database
    clients: Clients
    production: Clients


@cache
def _everything() -> str:
    """A statement that tells a digest of each table's rows that belong to some schools ($1) or people ($2)."""
    parts: list[str] = []
    for table in SQLModel.metadata.sorted_tables:
        conditions = ["school_id = any($1)"] * ("school_id" in table.c)
        conditions += [f"{name} = any($2)" for name in ("person_id", "actor_id") if name in table.c]
        conditions += {
            "person": ["id = any($2)"],
            "school": ["id = any($1)"],
            "stream": ["split_part(topic, ':', -1) = any($3)"],
            "stream_event": ["split_part(topic, ':', -1) = any($3)"],
        }.get(table.name, [])
        assert conditions, f"whose are the rows of {table.name}?"
        parts.append(
            f"select '{table.name}' as name, md5(string_agg(r::text, '|' order by r::text)) as digest"
            f" from {table.name} r where {' or '.join(conditions)}"
        )
    return " union all ".join(parts)


async def fingerprint(database: Database, world: World) -> dict[str, str | None]:
    """What is stored of a world, table by table, in brief."""
    schools = [world.school_a.id, world.school_b.id]
    places = (world.school_a, world.school_b, world.a1, world.a2, world.b1, *world.meetings.rounds.values())
    followed = [str(place.id) for place in places]
    people = [somebody.id for somebody in world.people.values()]
    return dict(await database.fetch(_everything(), (schools, people, followed)))
