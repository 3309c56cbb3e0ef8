"""The floor: the same work by hand. A bare ASGI application that says the service's own statements on the service's own
pool, and writes the answers with code for nothing else.

`/graphql` asks for the session and the scope first, as every request must. `/bare` remembers them: a harsher floor,
which no service with sessions can reach.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from models import new_id
from models.database import Database
from resolvers import live
from resolvers.records import write_cursor
from resolvers.secrets import hashed
from resolvers.viewer import BY_TOKEN
from schoolplein.graphql import Receive, Scope, Send
from schoolplein.service import open_service
from schoolplein.settings import Settings
from tests.bench.learning import Statement, learn, listen
from tests.bench.sizes import Size
from tests.bench.workloads import WORKLOADS, first

_JSON = (b"content-type", b"application/json; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Statements:
    """All that is said to PostgreSQL, after the session's own."""

    feed: Statement
    absences: Statement
    writes: list[Statement]
    report: Statement


class Floor:
    """The application."""

    def __init__(self, settings: Settings, size: Size) -> None:
        self._settings = settings
        self._size = size
        self._database: Database
        self._say: Statements
        self._viewers: dict[str, Any] = {}
        self._answers: dict[str, Callable[[Any, Any, datetime, bytes], Awaitable[Any]]] = {
            "Feed": self._feed,
            "Absences": self._absences,
            "Report": self._report,
        }

    async def leave(self) -> None:
        """Nobody follows it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        token = dict(scope["headers"])[b"authorization"][7:].decode()
        body = (await receive())["body"]
        asked = orjson.loads(body)
        now = datetime.now(UTC)
        viewer = self._viewers.get(token) if scope["path"] == "/bare" else None
        if viewer is None:
            (viewer,) = await self._database.fetch(BY_TOKEN, (hashed(token), now, True))
            if scope["path"] == "/bare":
                self._viewers[token] = viewer
        data = await self._answers[asked["operationName"]](viewer, asked["variables"], now, body)
        answer = orjson.dumps({"data": data})
        headers = [_JSON, (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._say = await _learn(self._settings, self._size)
        assert self._settings.database_url is not None
        self._database = await Database.connect(self._settings.database_url, size=self._settings.pool_size)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._database.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _feed(self, viewer: Any, asked: Any, now: datetime, _body: bytes) -> Any:
        group = UUID(hex=asked["group"][6:])
        values = self._say.feed.bind(viewer, now, group, asked["first"], asked["comments"])
        ((_, key, name, posts),) = await self._database.fetch(self._say.feed.text, values)
        more = len(posts) > asked["first"]
        if more:
            posts = posts[: asked["first"]]
        limit = asked["comments"]
        return {
            "node": {
                "id": f"group_{key.hex}",
                "name": name,
                "posts": {
                    "edges": [{"node": _post(post, limit)} for post in posts],
                    "pageInfo": {
                        "hasNextPage": more,
                        "endCursor": write_cursor(posts[-1][-2], posts[-1][-1]) if posts else None,
                    },
                },
            }
        }

    async def _absences(self, viewer: Any, asked: Any, now: datetime, _body: bytes) -> Any:
        group = UUID(hex=asked["group"][6:])
        values = self._say.absences.bind(viewer, now, group, date.fromisoformat(asked["on"]))
        ((_, key, name, reports),) = await self._database.fetch(self._say.absences.text, values)
        return {
            "node": {
                "id": f"group_{key.hex}",
                "name": name,
                "absenceReports": [
                    {
                        "id": f"absence_{report.hex}",
                        "reason": reason,
                        "note": note,
                        "startsAt": starts_at,
                        "endsAt": ends_at,
                        "wholeDays": whole_days,
                        "state": state,
                        "afterCutoff": after_cutoff,
                        "reportedAt": reported_at,
                        "pupil": _pupil(pupil),
                        "reportedBy": _person(reported_by),
                    }
                    for (
                        report,
                        reason,
                        note,
                        starts_at,
                        ends_at,
                        whole_days,
                        state,
                        after_cutoff,
                        reported_at,
                        pupil,
                        reported_by,
                    ) in reports
                ],
            }
        }

    async def _report(self, viewer: Any, asked: Any, now: datetime, body: bytes) -> Any:
        asked = asked["input"]
        report = new_id()
        values = (
            viewer,
            now,
            UUID(hex=asked["pupilIds"][0][6:]),
            datetime.fromisoformat(asked["startsAt"]),
            datetime.fromisoformat(asked["endsAt"]),
            asked["clientMutationId"],
            sha256(body).digest(),
            report,
            *_news(viewer["schools"][0], viewer["child_groups"][0], report),
        )
        database = self._database
        async with database._gate, database._pool.acquire() as connection, connection.transaction():
            for statement in self._say.writes:
                await connection.fetch(statement.text, *statement.bind(*values))
        ((_, *row),) = await database.fetch(self._say.report.text, self._say.report.bind(viewer, now, report))
        key, reason, starts_at, ends_at, whole_days, state, after_cutoff, reported_at, pupil, reported_by = row
        made = {
            "id": f"absence_{key.hex}",
            "pupil": _pupil(pupil),
            "reason": reason,
            "startsAt": starts_at,
            "endsAt": ends_at,
            "wholeDays": whole_days,
            "state": state,
            "afterCutoff": after_cutoff,
            "reportedBy": _person(reported_by),
            "reportedAt": reported_at,
        }
        return {"reportAbsence": {"reports": [made], "errors": []}}


def _post(record: Any, limit: int) -> Any:
    key, title, body, published_at, comment_count, author, comments, _, _ = record
    return {
        "id": f"post_{key.hex}",
        "title": title,
        "body": body,
        "publishedAt": published_at,
        "commentCount": comment_count,
        "author": _person(author),
        "comments": {
            "edges": [
                {
                    "node": {
                        "id": f"comment_{key.hex}",
                        "body": body,
                        "createdAt": created_at,
                        "author": _person(author),
                    }
                }
                for key, body, created_at, author, _, _ in comments[:limit]
            ]
        },
    }


def _person(record: Any) -> Any:
    return {"id": f"person_{record[0].hex}", "name": record[1]}


def _pupil(record: Any) -> Any:
    return {"id": f"pupil_{record[0].hex}", "givenName": record[1], "familyName": record[2]}


def _news(school: UUID, group: UUID, report: UUID) -> tuple[str, list[str], list[str], list[str]]:
    """The outcome for a retry; and topics, kinds and payloads of the events."""
    payload = orjson.dumps({"report": str(report)}).decode()
    topics = [live.GROUP_ABSENCES.topic(group), live.SCHOOL_ABSENCES.topic(school)]
    return orjson.dumps(str(report)).decode(), topics, ["REPORTED", "REPORTED"], [payload, payload]


async def _learn(settings: Settings, size: Size) -> Statements:
    """Ask the service each thing once."""
    said, viewers, asked = {}, {}, {}
    for name, workload in WORKLOADS.items():
        before, request = first(workload, size, 2, "learning")
        async with open_service(settings) as service:
            said[name] = await listen(service, before, request)
            rows = await service.database.fetch(BY_TOKEN, (hashed(request.token), said[name].now, True))
        viewers[name] = {f"v[{field!r}]": value for field, value in rows[0].items()} | {"now": said[name].now}
        asked[name] = orjson.loads(request.body)["variables"]
    key = UUID(hex=asked["W1"]["group"][6:])
    feed = learn(
        said["W1"].reads[-1],
        "v, now, key, first, comments",
        viewers["W1"]
        | {"[key]": [key], "first + 1": asked["W1"]["first"] + 1, "comments + 1": asked["W1"]["comments"] + 1},
    )
    key = UUID(hex=asked["W2"]["group"][6:])
    absences = learn(
        said["W2"].reads[-1],
        "v, now, key, on",
        viewers["W2"] | {"[key]": [key], "on": date.fromisoformat(asked["W2"]["on"])},
    )
    return Statements(feed, absences, *_learn_report(said["W3"], viewers["W3"], asked["W3"]["input"]))


def _learn_report(said: Any, viewer: dict[str, Any], asked: Any) -> tuple[list[Statement], Statement]:
    report = UUID(hex=said.answer["data"]["reportAbsence"]["reports"][0]["id"][8:])
    school, group = viewer["v['schools']"][0], viewer["v['child_groups']"][0]
    outcome, topics, kinds, payloads = _news(school, group, report)
    known = viewer | {
        "pupil": UUID(hex=asked["pupilIds"][0][6:]),
        "starts": datetime.fromisoformat(asked["startsAt"]),
        "ends": datetime.fromisoformat(asked["endsAt"]),
        "key": asked["clientMutationId"],
        "report": report,
        "v['schools'][0]": school,
        "outcome": outcome,
        "topics": topics,
        "kinds": kinds,
        "payloads": payloads,
    }
    arguments = "v, now, pupil, starts, ends, key, digest, report, outcome, topics, kinds, payloads"
    writes = [learn(one, arguments, known) for one in said.writes]
    return writes, learn(said.reads[-1], "v, now, report", viewer | {"[report]": [report]})
