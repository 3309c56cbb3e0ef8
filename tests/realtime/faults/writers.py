"""Those who write: parents report and comment, teachers and the office publish, over HTTP and each under a key.

A write that got no answer is unknown, and is sent again under its key, to any process, until it is settled.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.realtime.faults.history import Outcome, Place, Write
from tests.realtime.faults.processes import Api
from tests.realtime.faults.school import Class, Family, School

REPORT = """mutation($pupils: [ID!]!, $note: String, $starts: DateTime!, $ends: DateTime!, $key: String) {
  done: reportAbsence(input: { pupilIds: $pupils, reason: MEDICAL_APPOINTMENT, note: $note, startsAt: $starts,
    endsAt: $ends, wholeDays: false, clientMutationId: $key }) { made: reports { id } errors { code } }
}"""
PUBLISH = """mutation($school: ID!, $group: ID, $title: String!, $key: String) {
  done: publishPost(input: { schoolId: $school, groupId: $group, title: $title, body: "Morgen.",
    clientMutationId: $key }) { made: post { id } errors { code } }
}"""
COMMENT = """mutation($post: ID!, $body: String!, $key: String) {
  done: addComment(input: { postId: $post, body: $body, clientMutationId: $key })
    { made: comment { id } errors { code } }
}"""
PATIENCE_S = 4.0
SETTLED_S = 30.0
LONGEST_PAUSE_S = 0.4
LATER = {"RATE_LIMITED"}
"""Refusals that only mean: not now."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, as it is sent again."""

    token: str
    document: str
    variables: dict[str, Any]


class Writers:
    """All who write, and what became of it."""

    def __init__(self, school: School, apis: Sequence[Api], rng: random.Random) -> None:
        self.writes: list[Write] = []
        self.answers: Counter[str] = Counter()
        """What came instead of an outcome."""
        self._school = school
        self._apis = apis
        self._rng = rng
        self._numbers = itertools.count(1)
        self._opening = datetime.now(UTC) + timedelta(hours=1)
        self._reported: list[tuple[Family, dict[str, Any]]] = []
        self._posts: dict[str, str] = {}
        self._open = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._busy = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._acts: list[Callable[[], tuple[Write, Request]]] = [
            *(self._report,) * 5,
            *(self._publish,) * 3,
            *(self._comment,) * 2,
            self._repeat,
        ]

    def start(self, number: int) -> None:
        """Begin to write, so many at a time."""
        self.go_on()
        self._tasks = [asyncio.create_task(self._write(), name="writer") for _ in range(number)]

    async def stop(self) -> None:
        """Begin nothing new, and settle what is under way; what can't be settled stays unknown."""
        with suppress(TimeoutError):
            await self.pause()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def pause(self) -> None:
        """Write nothing from here on until `go_on`; raises TimeoutError when something can't be settled."""
        self._open.clear()
        async with asyncio.timeout(SETTLED_S):
            await self._idle.wait()

    def go_on(self) -> None:
        """Write again."""
        self._open.set()

    async def write_once(self, api: Api) -> None:
        """One report, sent to this process first."""
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
            await self._settle(http, *self._report(), first=api)

    async def _write(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
            while True:
                await self._open.wait()
                self._busy += 1
                self._idle.clear()
                try:
                    await self._settle(http, *self._rng.choice(self._acts)())
                finally:
                    self._busy -= 1
                    if self._busy == 0:
                        self._idle.set()
                await asyncio.sleep(self._rng.uniform(0, LONGEST_PAUSE_S))

    async def _settle(
        self, http: httpx.AsyncClient, write: Write, request: Request, *, first: Api | None = None
    ) -> None:
        self.writes.append(write)
        while write.outcome is Outcome.UNKNOWN:
            api = first if first and not write.tries else self._rng.choice(self._apis)
            write.tries += 1
            await self._try(http, api, write, request)
            if write.outcome is Outcome.UNKNOWN:
                await asyncio.sleep(self._rng.uniform(0.05, LONGEST_PAUSE_S))
        if write.outcome is Outcome.ACKNOWLEDGED:
            self._remember(write, request)

    async def _try(self, http: httpx.AsyncClient, api: Api, write: Write, request: Request) -> None:
        headers = {"authorization": f"Bearer {request.token}"}
        body = {"query": request.document, "variables": request.variables}
        try:
            answered = await http.post(f"http://127.0.0.1:{api.desk.port}/graphql", json=body, headers=headers)
            told = answered.json()
        except (httpx.HTTPError, ValueError) as error:
            self.answers[type(error).__name__] += 1
            return
        if errors := told.get("errors"):
            self.answers[f"{answered.status_code} {errors[0].get('extensions', {}).get('code')}"] += 1
            return
        done = told["data"]["done"]
        write.codes = [error["code"] for error in done["errors"]]
        if LATER & set(write.codes):
            self.answers[write.codes[0]] += 1
        elif write.codes:
            write.outcome = Outcome.REFUSED
        else:
            made = done["made"] if isinstance(done["made"], list) else [done["made"]]
            write.ids = [one["id"] for one in made]
            write.outcome = Outcome.ACKNOWLEDGED

    def _remember(self, write: Write, request: Request) -> None:
        if request.document == PUBLISH and request.variables["group"]:
            self._posts[request.variables["group"]] = write.ids[0]
        elif request.document == REPORT:
            family = next(one for one in self._school.families if one.token == request.token)
            self._reported = [*self._reported[-50:], (family, request.variables)]

    # ---------------------------------------------------------------------------------------- what is written

    def _request(
        self, word: str, places: list[Place], token: str, document: str, **variables: Any
    ) -> tuple[Write, Request]:
        """A write with a mark of its own, in the variable that is given as None."""
        mark = f"{word} {next(self._numbers)}"
        text = next(name for name, value in variables.items() if value is None and name != "group")
        return Write(mark, places), Request(token, document, variables | {text: mark, "key": f"key of {mark}"})

    def _absences(self, joined: Class) -> list[Place]:
        return [("REPORTED", joined.absences.topic), ("REPORTED", self._school.absences.topic)]

    def _report(self) -> tuple[Write, Request]:
        """One child or all of a family, at a time that is nobody else's."""
        family = self._rng.choice(self._school.families)
        starts = self._opening + timedelta(seconds=2 * len(self.writes))
        pupils = family.children[: self._rng.choice((1, len(family.children)))]
        when = {"starts": starts.isoformat(), "ends": (starts + timedelta(seconds=1)).isoformat()}
        places = self._absences(family.group)
        return self._request("report", places, family.token, REPORT, pupils=pupils, note=None, **when)

    def _repeat(self) -> tuple[Write, Request]:
        """What has been reported already: it must be refused."""
        if not self._reported:
            return self._report()
        family, before = self._rng.choice(self._reported)
        write, request = self._request("repeat", [], family.token, REPORT, **before | {"note": None})
        write.refusable = True
        return write, request

    def _publish(self) -> tuple[Write, Request]:
        """A post, to a group or to the whole school."""
        joined = self._rng.choice((None, *self._school.classes))
        words = {"school": self._school.id, "title": None}
        if joined is None:
            places = [("PUBLISHED", self._school.posts.topic)]
            return self._request("post", places, self._school.office, PUBLISH, group=None, **words)
        places = [("PUBLISHED", joined.posts.topic)]
        return self._request("post", places, joined.teacher, PUBLISH, group=joined.id, **words)

    def _comment(self) -> tuple[Write, Request]:
        """An answer under a group's newest post."""
        family = self._rng.choice(self._school.families)
        post = self._posts.get(family.group.id)
        if post is None:
            return self._publish()
        places = [("COMMENTED", family.group.posts.topic)]
        return self._request("comment", places, family.token, COMMENT, post=post, body=None)
