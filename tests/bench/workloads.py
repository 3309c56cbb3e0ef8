"""What is asked: the documents, as clients send them with variables, and requests that differ in group and viewer.

W1 is a page of a group's feed, W2 a group's absences of today, W3 a parent's report that a child is ill.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from math import gcd
from zoneinfo import ZoneInfo

import orjson

from tests.bench.sizes import (
    ABSENT_TODAY,
    GROUP,
    PUPIL,
    PUPILS_PER_GROUP,
    ZONE,
    Size,
    guardian_token,
    key,
    teacher_token,
)

FEED = """
query Feed($group: ID!, $first: Int!, $comments: Int!) {
  node(id: $group) {
    ... on Group {
      id
      name
      posts(first: $first) {
        edges {
          node {
            id
            title
            body
            publishedAt
            commentCount
            author { id name }
            comments(first: $comments) {
              edges { node { id body createdAt author { id name } } }
            }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
ABSENCES = """
query Absences($group: ID!, $on: Date!) {
  node(id: $group) {
    ... on Group {
      id
      name
      absenceReports(on: $on) {
        id
        reason
        note
        startsAt
        endsAt
        wholeDays
        state
        afterCutoff
        reportedAt
        pupil { id givenName familyName }
        reportedBy { id name }
      }
    }
  }
}
"""
REPORT = """
mutation Report($input: ReportAbsenceInput!) {
  reportAbsence(input: $input) {
    reports {
      id
      pupil { id givenName familyName }
      reason
      startsAt
      endsAt
      wholeDays
      state
      afterCutoff
      reportedBy { id name }
      reportedAt
    }
    errors { code message path }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its body, and the session token that it comes with."""

    body: bytes
    token: str


@dataclass(frozen=True, slots=True)
class Workload:
    """A document, its requests in their order, how a right answer begins, and the goal: times the floor's CPU."""

    name: str
    says: str
    requests: Callable[[Size, str], Iterator[Asked]]
    answer: bytes
    goal: float
    writes: bool = False


def _scattered(count: int) -> Iterator[int]:
    """All numbers below `count`, neighbours far apart, so that they are in different groups and schools."""
    step = next(step for step in range(int(count * 0.618), count) if gcd(step, count) == 1)
    yield from (number * step % count for number in range(count))


def _asked(document: str, name: str, variables: dict[str, object], token: str) -> Asked:
    return Asked(orjson.dumps({"query": document, "operationName": name, "variables": variables}), token)


def _feed(size: Size, _run: str) -> Iterator[Asked]:
    """Each pupil's first guardian looks at the newest posts of the group."""
    while True:
        for number in _scattered(size.pupils):
            group = number // PUPILS_PER_GROUP + 1
            asked = {"group": f"group_{key(GROUP, group).hex}", "first": 20, "comments": 3}
            yield _asked(FEED, "Feed", asked, guardian_token(number + 1))


def _absences(size: Size, _run: str) -> Iterator[Asked]:
    """Each group's teacher looks who is absent today."""
    today = datetime.now(ZoneInfo(ZONE)).date()
    while True:
        for number in _scattered(size.groups):
            asked = {"group": f"group_{key(GROUP, number + 1).hex}", "on": today}
            yield _asked(ABSENCES, "Absences", asked, teacher_token(number + 1))


def _reports(size: Size, run: str) -> Iterator[Asked]:
    """Each pupil who is not absent yet is reported ill for today, once."""
    zone = ZoneInfo(ZONE)
    today = datetime.combine(datetime.now(zone).date(), time(), zone)
    for number in _scattered(size.pupils):
        if number % PUPILS_PER_GROUP < ABSENT_TODAY:
            continue
        asked = {
            "pupilIds": [f"pupil_{key(PUPIL, number + 1).hex}"],
            "reason": "ILLNESS",
            "note": "Koorts",
            "startsAt": today,
            "endsAt": today + timedelta(1),
            "clientMutationId": f"{run}-{number}",
        }
        yield _asked(REPORT, "Report", {"input": asked}, guardian_token(number + 1))


WORKLOADS = {
    one.name: one
    for one in (
        Workload(
            "W1",
            "a feed page: 20 posts with author, number of comments and the first 3 comments",
            _feed,
            b'{"data":{"node":{"id":"group_',
            1.7,
        ),
        Workload(
            "W2",
            "a group's absences of today with pupil and reporter",
            _absences,
            b'{"data":{"node":{"id":"group_',
            2.0,
        ),
        Workload(
            "W3",
            "reportAbsence with clientMutationId",
            _reports,
            b'{"data":{"reportAbsence":{"reports":[{',
            2.5,
            writes=True,
        ),
    )
}


def http(asked: Asked, path: str) -> bytes:
    """The bytes of a request, with the headers that clients send."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {asked.token}\r\n"
        "Content-Type: application/json\r\nAccept: application/graphql-response+json, application/json\r\n"
        f"Content-Length: {len(asked.body)}\r\n\r\n"
    ).encode() + asked.body


def first(workload: Workload, size: Size, count: int, run: str = "first") -> list[Asked]:
    """The first requests of a workload."""
    return list(islice(workload.requests(size, run), count))
