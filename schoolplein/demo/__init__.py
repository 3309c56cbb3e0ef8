"""The demo school: an invented school with all its people, told through the use cases, to try Schoolplein out.

It is founded in one transaction, in which the use cases work as always; their changes are savepoints of it. So
nobody ever sees half a school, and a founding that was killed has left nothing behind: that there is a school
says that it is whole.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from random import Random
from typing import Any, Final

import asyncpg
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

import models
from models import table_of
from models.database import CONNECT_TIMEOUT_S, Database, engine_url
from resolvers.passwords import hash_password
from schoolplein.demo.absences import Absences
from schoolplein.demo.cast import DE_VLIEGER, HEAD, HET_KOMPAS, OTHER_PARENT, PARENT, TEACHER
from schoolplein.demo.feed import Feed
from schoolplein.demo.meetings import Meetings
from schoolplein.demo.people import ORDER, People
from schoolplein.demo.story import Story, story_days
from schoolplein.service import utc_now

PASSWORD: Final = "welkom-op-het-plein"  # noqa: S105 — everybody may know it
ACCOUNTS: Final = (
    ("directie@demo.example", "Marleen, the head of De Vlieger (administrator)"),
    ("leerkracht@demo.example", "Bart, teaches groep 5 and groep 7"),
    ("ouder@demo.example", "Mariam, parent of Yara (groep 2), Adam (groep 5) and Noor (groep 8)"),
    ("ouder2@demo.example", "Peter, parent of Lars (groep 4)"),
)

_MAILED_THEN: Final = (
    "update mail set state = 'SENT', sent_at = created_at",
    "delete from pgqueuer.pgqueuer where entrypoint = 'mail'",
)
"""What the story mails was mailed at its moment: nobody who tries the school out gets two hundred letters."""
_LOCK: Final = 0x5C4002
_SEED: Final = 2026


class Founding(Database):
    """The database as it is going to be: every door leads into the one transaction of the founding."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(self, statement: str, parameters: Sequence[Any]) -> list[asyncpg.Record]:
        """Read what has been founded so far."""
        connection: Any = (await self._connection.get_raw_connection()).driver_connection
        rows: list[asyncpg.Record] = await connection.fetch(statement, *parameters)
        return rows

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[AsyncSession, None]:
        """One change: a savepoint, taken back on any error."""
        async with (
            AsyncSession(
                self._connection,
                expire_on_commit=False,
                autoflush=False,
                join_transaction_mode="create_savepoint",
            ) as session,
            session.begin(),
        ):
            yield session


async def found(database_url: str, *, now: datetime | None = None) -> bool:
    """Found the demo school when there is no school at all, and say whether it was founded.

    Of several that begin at once one founds, and the others wait for it. Raises what connecting raises.
    """
    engine = create_async_engine(
        engine_url(database_url),
        hide_parameters=True,
        connect_args={"timeout": CONNECT_TIMEOUT_S},
    )
    try:
        async with engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if await connection.scalar(select(select(models.School).exists())):
                return False
            await _found(connection, now or utc_now())
    finally:
        await engine.dispose()
    return True


async def _found(connection: AsyncConnection, now: datetime) -> None:
    random = Random(_SEED)  # noqa: S311 — the same school every time is what we want
    emails = [account.email for account in (HEAD, TEACHER, PARENT, OTHER_PARENT) if account.email]
    days = story_days(now)
    people = People(random, days, dict.fromkeys(emails, await hash_password(PASSWORD)))
    de_vlieger, het_kompas = people.found(DE_VLIEGER), people.found(HET_KOMPAS)
    for model in ORDER:
        rows = [row.model_dump() for row in people.rows if isinstance(row, model)]
        await connection.execute(insert(table_of(model)), rows)
    story = Story(random, now, days)
    feed, absences = Feed(story, emails), Absences(story, emails)
    feed.of_de_vlieger(de_vlieger)
    feed.of_het_kompas(het_kompas)
    absences.of_de_vlieger(de_vlieger)
    absences.of_het_kompas(het_kompas)
    Meetings(story, emails).of_de_vlieger(de_vlieger)
    database = Founding(connection)
    await story.tell(database)
    await feed.mark_read(database)
    for statement in _MAILED_THEN:
        await connection.execute(text(statement))
