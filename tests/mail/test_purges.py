"""What is needed no longer is forgotten, and nothing else is."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlmodel import SQLModel

import models
from models import ClientKind, Locale, MailKind, MailState, table_of
from models.base import new_id
from models.database import Database
from resolvers import purges
from resolvers.chores import CHORES
from resolvers.context import Context
from schoolplein.service import open_service
from schoolplein.settings import Settings
from schoolplein.upkeep import chores, do
from tests.clients import BEFORE_SCHOOL
from tests.factories import Facts, founding, person
from tests.mail.posting import posted, somebody


@pytest.fixture
async def context(empty_database_url: str) -> AsyncIterator[Context]:
    """What a worker gives to a chore."""
    async with open_service(Settings(database_url=empty_database_url, pool_size=2)) as service:
        yield Context(
            database=service.database, doorbell=service.news.hub, door=service.door, viewer=None, now=BEFORE_SCHOOL
        )


def days_ago(days: float) -> datetime:
    return BEFORE_SCHOOL - timedelta(days=days)


async def left(database: Database, model: type[SQLModel]) -> int:
    async with database.begin() as session:
        return await session.scalar(select(func.count()).select_from(table_of(model))) or 0


def session_of(facts: Facts, somebody_: models.Person, **more: Any) -> models.Session:
    values = {"idle_until": days_ago(-1), "expires_at": days_ago(-1)} | more
    return facts.add(
        models.Session(
            person_id=somebody_.id,
            kind=ClientKind.APP,
            token_hash=new_id().bytes,
            created_at=days_ago(400),
            authenticated_at=days_ago(400),
            last_seen_at=days_ago(400),
            **values,
        )
    )


def challenge_of(session: models.Session) -> models.Challenge:
    return models.Challenge(
        purpose=models.ChallengePurpose.PASSKEY_STEP_UP,
        token_hash=new_id().bytes,
        session_id=session.id,
        expires_at=days_ago(31),
    )


def mail(state: MailState, age: float) -> models.Mail:
    return models.Mail(
        kind=MailKind.PASSWORD_CHANGED,
        subject_id=new_id(),
        recipient=somebody(),
        locale=Locale.NL,
        state=state,
        created_at=days_ago(age),
    )


@pytest.mark.parametrize(
    ("state", "age", "is_kept"),
    [
        (MailState.SENT, 29, True),
        (MailState.SENT, 31, False),
        (MailState.DROPPED, 31, False),
        (MailState.FAILED, 31, True),
        (MailState.FAILED, 91, False),
        (MailState.QUEUED, 91, True),
    ],
)
async def test_mails(context: Context, state: MailState, age: float, *, is_kept: bool) -> None:
    async with founding(context.database) as facts:
        facts.add(mail(state, age))

    await CHORES["purge_mail"].do(context)

    assert await left(context.database, models.Mail) == is_kept


@pytest.mark.parametrize(
    ("ends", "is_kept"),
    [
        ({}, True),
        ({"revoked_at": days_ago(29)}, True),
        ({"revoked_at": days_ago(31)}, False),
        ({"idle_until": days_ago(31)}, False),
        ({"expires_at": days_ago(31)}, False),
    ],
)
async def test_sessions(context: Context, ends: dict[str, Any], *, is_kept: bool) -> None:
    async with founding(context.database) as facts:
        owner = person(facts)
        session = session_of(facts, owner, **ends)
        facts.add(challenge_of(session))

    await CHORES["purge_sessions"].do(context)

    assert await left(context.database, models.Session) == is_kept


@pytest.mark.parametrize(("chore", "limit"), [("purge_secrets", 1), ("purge_sessions", 365), ("purge_answers", 7)])
async def test_what_was_only_for_a_time(context: Context, chore: str, limit: float) -> None:
    async with founding(context.database) as facts:
        owner = person(facts)
        for age in (limit - 0.5, limit + 0.5):
            facts.add(row_of(chore, owner, days_ago(age)))
    [model] = {type(row) for row in facts.rows} - {models.Person}

    await CHORES[chore].do(context)

    assert await left(context.database, model) == 1


def row_of(chore: str, owner: models.Person, moment: datetime) -> SQLModel:
    """A row that the chore forgets when its moment is long over."""
    if chore == "purge_secrets":
        return models.MailedLink(
            person_id=owner.id,
            purpose=models.LinkPurpose.PASSWORD_RESET,
            email=owner.email,
            created_at=days_ago(9),
            expires_at=moment,
        )
    if chore == "purge_sessions":
        return models.KnownDevice(token_hash=new_id().bytes, person_id=owner.id, last_used_at=moment)
    return models.Idempotency(
        person_id=owner.id, key=str(new_id()), operation="x", request_hash=b"x", outcome={}, at=moment
    )


async def test_what_is_over_goes_in_small_parts(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purges, "BATCH", 2)
    async with founding(context.database) as facts:
        owner = person(facts)
        for _ in range(5):
            facts.add(mail(MailState.SENT, 31))
            facts.add(row_of("purge_sessions", owner, days_ago(366)))
            over = session_of(facts, owner, expires_at=days_ago(31))
            facts.add(challenge_of(over))
        facts.add(mail(MailState.SENT, 29))
    for table in ("mail", "known_device", "session"):
        await allow_to_delete(context.database, table, at_once=2)

    for chore in ("purge_mail", "purge_sessions"):
        await CHORES[chore].do(context)

    counts = [
        await left(context.database, model)
        for model in (models.Mail, models.KnownDevice, models.Session, models.Challenge)
    ]
    assert counts == [1, 0, 0, 0]


async def allow_to_delete(database: Database, table: str, *, at_once: int) -> None:
    """Have the database refuse a statement that deletes more rows."""
    async with database.begin() as session:
        await session.execute(
            text(
                f"create function too_many_{table}() returns trigger language plpgsql as $$ begin"
                f" if (select count(*) from gone) > {at_once} then raise 'too many'; end if; return null; end $$"
            )
        )
        await session.execute(
            text(
                f"create trigger too_many after delete on {table} referencing old table as gone"
                f" for each statement execute function too_many_{table}()"
            )
        )


async def test_every_chore_can_be_done_at_any_moment(
    context: Context, empty_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await posted(context.database, somebody())
    async with context.database.begin() as session:
        await session.execute(delete(table_of(models.Mail)))

    for chore in chores(empty_database_url) * 2:
        await do(chore, context)

    assert "chore_" not in capsys.readouterr().out
