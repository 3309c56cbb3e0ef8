"""Writing: one transaction per change, with all that belongs to it, and the news only after the commit.

A use case is a function of a `Change` under `@command`. In its transaction stand, in this order: the idempotency row
that makes a retry harmless, rows fetched through the policy, domain rows, the audit row, and as the last statement
the stream events. After the commit the doorbell rings. A refusal raised anywhere rolls everything back.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, wraps
from hashlib import sha256
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
from sqlalchemy import Executable, Uuid, bindparam, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

import models
from models import table_of
from resolvers import policy
from resolvers.context import Context
from resolvers.errors import Code, Refused
from resolvers.policy import ME, Rule
from resolvers.rights import rights_topic
from resolvers.viewer import SERVICE, Viewer

Model = TypeVar("Model", bound=SQLModel)
Outcome = TypeVar("Outcome", UUID, list[UUID])
Request = ParamSpec("Request")

FRESH = timedelta(minutes=10)
"""How long after a sign-in, or a step-up, somebody may do what the access matrix marks."""

_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""One lock per topic and process: PostgreSQL never sees more waiters for a topic than there are processes."""

# Statements are made once: SQLAlchemy takes longer to make one than PostgreSQL to run it.
_IDEMPOTENCY = table_of(models.Idempotency)
_CLAIM = insert(_IDEMPOTENCY).on_conflict_do_nothing().returning(_IDEMPOTENCY.c.key)
_CLAIMED = select(_IDEMPOTENCY.c.request_hash, _IDEMPOTENCY.c.outcome).where(
    _IDEMPOTENCY.c.person_id == bindparam("person_id"), _IDEMPOTENCY.c.key == bindparam("key")
)
_HEADS = text("select topic, last_seq from stream where topic = any(:topics)")
_APPEND = text("select o_topic, o_seq from stream_append(:topics, :types, cast(:payloads as jsonb[]))")
_SETTLE_AND_APPEND = text(
    "with settled as"
    " (update idempotency set outcome = cast(:outcome as jsonb) where person_id = :person and key = :key)"
    " select o_topic, o_seq from stream_append(:topics, :types, cast(:payloads as jsonb[]))"
)


@dataclass(slots=True)
class Change:
    """One transaction under way: who changes, its session, and the events that it will have caused."""

    context: Context
    viewer: Viewer
    session: AsyncSession
    events: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list[tuple[str, str, Mapping[str, str]]])
    outcome: Any = None
    rights: set[UUID] = field(default_factory=set[UUID])

    def check_fresh(self) -> None:
        """That the viewer has just shown who they are, for what an open screen must not do (security.md 1.1).

        Refuses: REAUTHENTICATION_REQUIRED.
        """
        shown_at = self.viewer.authenticated_at
        if shown_at is None or self.context.now - shown_at > FRESH:
            raise Refused(Code.REAUTHENTICATION_REQUIRED)

    def tell_rights(self, *schools: UUID) -> None:
        """Ring for rights that this changes at schools: the database itself writes what they are (decision 0012)."""
        self.rights.update(schools)

    async def find(self, model: type[Model], key: UUID, sees: Rule, *path: str, lock: bool = True) -> Model:
        """Fetch one row through the policy, locked until the commit unless it is only looked at. Refuses: NOT_FOUND."""
        row, _ = await self.find_and_ask(model, key, sees, None, *path, lock=lock)
        return row

    async def find_and_ask(
        self, model: type[Model], key: UUID, sees: Rule, asks: Rule | None, *path: str, lock: bool = True
    ) -> tuple[Model, bool]:
        """As `find`, and whether another rule holds for the row, in the same statement. Refuses: NOT_FOUND."""
        statement = _finding(model, sees, asks, lock)  # pyright: ignore[reportArgumentType] — classes are hashable
        found = (await self.session.execute(statement, self.parameters(key=key))).one_or_none()
        if found is None:
            raise Refused(Code.NOT_FOUND, *path)
        return cast("Model", found[0]), bool(found[1])

    def parameters(self, **values: Any) -> dict[str, Any]:
        """The bound values of a statement with may-see rules in it."""
        return policy.parameters(self.viewer, self.context.now) | values

    def append(self, topic: str, kind: str, **ids: UUID) -> None:
        """Say what happened, to those who follow the topic. Ids only: each follower reads through their own rights."""
        self.events.append((topic, kind, {name: str(key) for name, key in ids.items()}))

    def audit(
        self,
        action: str,
        school_id: UUID | None,
        object_id: UUID,
        *,
        pupil_id: UUID | None = None,
        reason: str | None = None,
    ) -> None:
        """Write down who did this (R31)."""
        self.session.add(
            models.AuditEntry(
                school_id=school_id,
                at=self.context.now,
                actor_id=None if self.context.viewer is None else self.viewer.person_id,
                action=action,
                object_id=object_id,
                pupil_id=pupil_id,
                reason=reason,
            )
        )

    async def flush(self, *, refusals: Mapping[str, Refused] | None = None) -> None:
        """Send the rows so far. A broken constraint that is named in `refusals` is that refusal."""
        with refusing(refusals or {}):
            await self.session.flush()


@cache
def _finding(model: type[SQLModel], sees: Rule, asks: Rule | None, lock: bool) -> Executable:  # noqa: FBT001
    table = table_of(model)
    answer = true() if asks is None else asks(ME, table)
    statement = select(model, answer).where(table.c.id == bindparam("key", type_=Uuid()), sees(ME, table))
    # Keys never change: others may go on to write rows that refer to this one.
    return statement.with_for_update(of=table, key_share=True) if lock else statement


@contextmanager
def refusing(refusals: Mapping[str, Refused]) -> Generator[None, None, None]:
    """Turn the violation of a named constraint into a refusal: the database decides races, not a look beforehand."""
    try:
        yield
    except IntegrityError as error:
        constraint: str = getattr(error.orig.__cause__ if error.orig else None, "constraint_name", None) or ""
        if constraint not in refusals:
            raise
        raise refusals[constraint] from error


@asynccontextmanager
async def change(context: Context) -> AsyncGenerator[Change, None]:
    """Open a transaction for the viewer. Raises Unauthenticated, DatabaseUnavailable, and any refusal raised inside."""
    async with _transaction(context, context.signed_in()) as under_way:
        yield under_way


@asynccontextmanager
async def change_by_service(context: Context) -> AsyncGenerator[Change, None]:
    """Open a transaction for what happens by itself, such as an offer that expires: nobody's doing, with nobody's eyes.

    Raises DatabaseUnavailable.
    """
    assert context.viewer is None, "somebody does this"
    async with _transaction(context, SERVICE) as under_way:
        yield under_way


@asynccontextmanager
async def _transaction(context: Context, viewer: Viewer) -> AsyncGenerator[Change, None]:
    heads: dict[str, int] = {}
    async with AsyncExitStack() as locks, context.database.begin() as session:
        under_way = Change(context, viewer, session)
        yield under_way
        await session.flush()
        if under_way.events or under_way.outcome is not None:
            heads = await _close(under_way, locks)
        if under_way.rights:
            heads |= await _rights(under_way)
    if heads:
        context.doorbell.ring(heads)


async def _close(under_way: Change, locks: AsyncExitStack) -> dict[str, int]:
    """Store the outcome and append the events, in sorted order of topics, as the last statement before the commit."""
    events = sorted(under_way.events, key=lambda event: event[0])
    for topic in dict.fromkeys(topic for topic, _, _ in events):
        await locks.enter_async_context(_locks.setdefault(topic, asyncio.Lock()))
    values: dict[str, Any] = {
        "topics": [topic for topic, _, _ in events],
        "types": [kind for _, kind, _ in events],
        "payloads": [orjson.dumps(payload).decode() for _, _, payload in events],
    }
    statement = _APPEND
    if under_way.outcome is not None:
        statement = _SETTLE_AND_APPEND
        values |= {
            "outcome": orjson.dumps(under_way.outcome).decode(),
            "person": under_way.viewer.person_id,
            "key": under_way.context.key,
        }
    rows = await under_way.session.execute(statement, values)
    return {row.o_topic: row.o_seq for row in rows}


async def _rights(under_way: Change) -> dict[str, int]:
    """Where the topics of rights stand, which triggers have written to in this transaction."""
    topics = [rights_topic(school) for school in under_way.rights]
    return {row.topic: row.last_seq for row in await under_way.session.execute(_HEADS, {"topics": topics})}


UseCase = Callable[Concatenate[Change, Request], Awaitable[Outcome]]
Command = Callable[Concatenate[Context, Request], Awaitable[Outcome]]


def command(use_case: UseCase[Request, Outcome]) -> Command[Request, Outcome]:
    """Make a use case of a function: one transaction, and the first outcome again for a retry with the same key.

    A key that was used for another request is refused as INVALID. Refusals are not kept: nothing was done, so there is
    nothing to repeat, and the same request may be granted later (docs/decisions/0006).
    Refuses: PROFILE_INCOMPLETE.
    """

    @wraps(use_case)
    async def with_profile(change: Change, *args: Request.args, **request: Request.kwargs) -> Outcome:
        if not change.viewer.profile_complete:
            raise Refused(Code.PROFILE_INCOMPLETE)
        return await use_case(change, *args, **request)

    return command_before_profile(with_profile)


def command_before_profile(use_case: UseCase[Request, Outcome]) -> Command[Request, Outcome]:
    """As `command`, also for somebody whose profile is not complete yet."""

    @wraps(use_case)
    async def run(context: Context, *args: Request.args, **request: Request.kwargs) -> Outcome:
        async with change(context) as under_way:
            if context.key is not None:
                first = await _claim(under_way, use_case.__name__, request)
                if first is not None:
                    return _load(first)
            outcome = await use_case(under_way, *args, **request)
            if context.key is not None:
                under_way.outcome = _dump(outcome)
        return outcome

    return run


async def _claim(under_way: Change, operation: str, request: Mapping[str, Any]) -> Any:
    """Take the key for this request; the stored outcome when it was taken before.

    The INSERT waits for a twin that is still running, so of two at once one works and the other answers the same.
    """
    digest = sha256(orjson.dumps([operation, request], default=str, option=orjson.OPT_SORT_KEYS)).digest()
    mine = {"person_id": under_way.viewer.person_id, "key": under_way.context.key}
    row = mine | {"operation": operation, "request_hash": digest, "outcome": None, "at": under_way.context.now}
    if await under_way.session.scalar(_CLAIM, row) is not None:
        return None
    request_hash, outcome = (await under_way.session.execute(_CLAIMED, mine)).one()
    if request_hash != digest:
        raise Refused(Code.INVALID, "clientMutationId")
    return outcome


def _dump(outcome: UUID | list[UUID]) -> str | list[str]:
    return [str(key) for key in outcome] if isinstance(outcome, list) else str(outcome)


def _load(stored: str | list[str]) -> Any:
    return [UUID(key) for key in stored] if isinstance(stored, list) else UUID(stored)
