"""The floor of W5: the same booking by hand. A bare ASGI application that says the service's own statements in one
transaction of asyncpg, and writes the answer with code for nothing else.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from models import new_id
from models.database import Database
from resolvers.secrets import hashed
from resolvers.viewer import BY_TOKEN
from schoolplein.graphql import Receive, Scope, Send
from schoolplein.service import open_service
from schoolplein.settings import Settings
from tests.bench.learning import Statement, learn, listen
from tests.bench.races import asked, row

_JSON = (b"content-type", b"application/json; charset=utf-8")
_TAKEN = {
    "bookMeetings": {
        "bookings": None,
        "errors": [{"code": "SLOT_TAKEN", "path": ["input", "bookings", "0", "slotId"]}],
    }
}
_ARGUMENTS = "v, now, ticket, slot, key, digest, booking, rows, outcome, kinds, payloads"


class RaceFloor:
    """The application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database: Database
        self._writes: list[Statement] = []
        self._read: Statement
        self._look = 0
        """Which of the statements looks whether the slot is free."""

    async def leave(self) -> None:
        """Nobody follows it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        token = dict(scope["headers"])[b"authorization"][7:].decode()
        body = (await receive())["body"]
        wanted = orjson.loads(body)["variables"]["input"]
        now = datetime.now(UTC)
        (viewer,) = await self._database.fetch(BY_TOKEN, (hashed(token), now, True))
        answer = orjson.dumps({"data": await self._book(viewer, now, wanted, body)})
        headers = [_JSON, (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._learn()
        assert self._settings.database_url is not None
        self._database = await Database.connect(self._settings.database_url, size=self._settings.pool_size)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._database.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _book(self, viewer: Any, now: datetime, wanted: Any, body: bytes) -> Any:
        (one,) = wanted["bookings"]
        booking, slot, rows = new_id(), UUID(hex=one["slotId"][5:]), list[Any]()
        words = {"v": viewer, "now": now, "ticket": UUID(hex=one["ticketId"][7:]), "slot": slot, "booking": booking}
        words |= {"key": wanted["clientMutationId"], "digest": sha256(body).digest(), "rows": rows}
        words |= _news(slot, booking)
        database = self._database
        try:
            async with database._gate, database._pool.acquire() as connection, connection.transaction():
                for place, statement in enumerate(self._writes):
                    found = await connection.fetch(statement.text, *statement.bind(**words))
                    rows.append(found[0] if found else None)
                    if place == self._look and rows[place]["taken"]:
                        return _TAKEN
        except (asyncpg.ExclusionViolationError, asyncpg.UniqueViolationError):
            return _TAKEN
        ((_, key, starts_at, ends_at, ticket),) = await database.fetch(self._read.text, self._read.bind(**words))
        made = {"id": f"booking_{key.hex}", "startsAt": starts_at, "endsAt": ends_at}
        made["ticket"] = {"id": f"ticket_{ticket[0].hex}", "state": ticket[1]}
        return {"bookMeetings": {"bookings": [made], "errors": []}}

    async def _learn(self) -> None:
        """Let the service book twice in the round that is there for learning, and listen."""
        before, request = asked(0, 1, 1, "learning"), asked(0, 2, 2, "learning")
        async with open_service(self._settings) as service:
            said = await listen(service, before, request)
            (viewer,) = await service.database.fetch(BY_TOKEN, (hashed(request.token), said.now, True))
            booking = UUID(hex=said.answer["data"]["bookMeetings"]["bookings"][0]["id"][8:])
            ticket, slot = row(0, 10_002), row(0, 2)
            known = {f"v[{name!r}]": value for name, value in viewer.items()} | _news(slot, booking)
            known |= {"now": said.now, "booking": booking, "ticket": ticket, "slot": slot, "key": "learning-0-2"}
            known |= {"[ticket]": [ticket], "[slot]": [slot], "[booking]": [booking]}
            for place, one in enumerate(said.writes):
                self._writes.append(learn(one, _ARGUMENTS, known))
                if one[0].startswith("SELECT"):  # later statements take values from what this one finds
                    found = await service.database.fetch(one[0], one[1])
                    known |= _found(place, found[0]) if found else {}
                if "unnest(" in one[0]:
                    self._look = place
        self._read = learn(said.reads[-1], _ARGUMENTS, known)


def _news(slot: UUID, booking: UUID) -> dict[str, Any]:
    """The outcome for a retry; and the kind and the payload of the event."""
    payload = orjson.dumps({"slot": str(slot)}).decode()
    return {"outcome": orjson.dumps([str(booking)]).decode(), "kinds": ["BOOKED"], "payloads": [payload]}


def _found(place: int, record: Any) -> dict[str, Any]:
    """Where keys, times and addresses stand in the first row that a statement finds."""
    known: dict[str, Any] = {}
    for column, value in enumerate(record):
        name = f"rows[{place}][{column}]"
        if isinstance(value, UUID | datetime) or "@" in str(value):
            known |= {name: value, f"[{name}]": [value], f"['round:' + str({name})]": [f"round:{value}"]}
    return known
