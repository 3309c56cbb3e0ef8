"""What the service says to PostgreSQL: learned from the service, so that the floor says the same, word by word."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import Engine, event

from models import new_id
from resolvers.viewer import BY_TOKEN
from schoolplein.graphql import GraphQLOverHTTP
from schoolplein.service import Service
from tests.bench.workloads import Asked


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, and what binds its parameters: a function of the values that are named in `learn`."""

    text: str
    bind: Callable[..., list[Any]]


@dataclass(frozen=True, slots=True)
class Said:
    """What the service said for one request: while reading, and in its transaction; and what it answered."""

    reads: list[tuple[str, Sequence[Any]]]
    writes: list[tuple[str, Sequence[Any]]]
    answer: Any
    now: datetime


async def listen(service: Service, before: Asked, asked: Asked) -> Said:
    """Let the service answer a request, and write down what it says. The session's own statement is left out.

    The service must be new: it is heard on the connections that it opens from now on, whoever opens them. It is asked
    another thing `before`, so that what is said on a new connection has been said.
    """
    heard: list[tuple[str, Sequence[Any]]] = []
    now, clock = service.clock(), service.clock
    service.clock = lambda: now
    try:
        with _heard(heard):
            await _post(service, before)
            await _all_told()
            heard.clear()
            answer = orjson.loads(await _post(service, asked))
            await _all_told()
    finally:
        service.clock = clock
    reads: list[tuple[str, Sequence[Any]]] = []
    writes: list[tuple[str, Sequence[Any]]] = []
    chosen = reads
    for text, parameters in heard:
        if text.startswith(("BEGIN", "COMMIT")):
            chosen = writes if text.startswith("BEGIN") else reads
        elif text != BY_TOKEN:
            chosen.append((text, parameters))
    return Said(reads, writes, answer, now)


async def _all_told() -> None:
    """Wait for what was said to be heard: asyncpg tells its loggers with `call_soon`, thus in the loop's next turn.

    A connection on its way back to the pool takes such a turn by itself. The floor would say too little if it did not.
    """
    await asyncio.sleep(0)


@contextmanager
def _heard(said: list[tuple[str, Sequence[Any]]]) -> Iterator[None]:
    """Write down what is said on connections opened meanwhile, as asyncpg tells it, SQLAlchemy for its own."""
    original = asyncpg.Connection.__init__

    def opened(connection: Any, *args: Any, **options: Any) -> None:
        original(connection, *args, **options)
        connection.add_query_logger(lambda one: said.append((one.query, one.args)))

    def executed(_connection: Any, _cursor: Any, statement: str, parameters: Sequence[Any], *_: Any) -> None:
        asyncio.get_running_loop().call_soon(said.append, (statement, parameters))

    asyncpg.Connection.__init__ = opened
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield
    finally:
        asyncpg.Connection.__init__ = original
        event.remove(Engine, "before_cursor_execute", executed)


async def _post(service: Service, asked: Asked) -> bytes:
    headers = {
        "content-type": "application/json",
        "content-length": str(len(asked.body)),
        "authorization": f"Bearer {asked.token}",
    }
    scope = {"method": "POST", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": asked.body}

    async def send(message: Any) -> None:
        sent.append(message)

    await GraphQLOverHTTP(lambda: service)(scope, receive, send)
    return b"".join(message.get("body", b"") for message in sent)


def learn(said: tuple[str, Sequence[Any]], arguments: str, known: Mapping[str, Any]) -> Statement:
    """Find out where the parameters of a statement come from, by their values.

    `known` are expressions over the `arguments`, and their values for this request. An unknown UUID is a new one,
    unknown bytes are the request's digest, and all else is always the same. That this is right is seen by comparing the
    answers before anything is measured.
    """
    text, parameters = said
    names: dict[str, Any] = {"new_id": new_id}
    unused = dict(known)
    expressions: list[str] = []
    for place, parameter in enumerate(parameters):
        value = list(parameter) if isinstance(parameter, tuple) else parameter
        fitting = [name for one in (unused, known) for name in one if _same(one[name], value)]
        if fitting:
            unused.pop(fitting[0], None)
            expressions.append(fitting[0])
        elif isinstance(value, UUID):
            expressions.append("new_id()")
        elif isinstance(value, bytes):
            expressions.append("digest")
        else:
            names[f"c{place}"] = value
            expressions.append(f"c{place}")
    return Statement(text, eval(f"lambda {arguments}: [{', '.join(expressions)}]", names))


def _same(one: Any, other: Any) -> bool:
    """Equal, and of one kind: 1 is not true. asyncpg has a UUID of its own."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)
