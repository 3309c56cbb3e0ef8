"""Service and floor must answer the same, byte by byte; otherwise comparing what they cost says nothing."""

import re
import sys

import httpx

from tests.bench.founding import renew
from tests.bench.sizes import Size
from tests.bench.workloads import WORKLOADS, Asked, first

_HOW_MANY = 25
_NEW = re.compile(rb'"(absence_[0-9a-f]{32}|reportedAt":"[^"]*)"')
"""The id and the time of a report differ each time it is made."""


def compare(url: str, size: Size, service: int, floor: int) -> None:
    """Ask both the same things, and stop when their answers differ."""
    renew(url, size)  # the floor has learned how a report is made by making one
    for name, workload in WORKLOADS.items():
        asked = first(workload, size, _HOW_MANY, "comparing")
        answers: list[list[bytes]] = []
        for port, path in ((service, "/graphql"), (floor, "/graphql"), (floor, "/bare")):
            answers.append([_NEW.sub(b"", one) if workload.writes else one for one in _ask(port, path, asked)])
            if workload.writes:
                renew(url, size)
        for here, there, bare in zip(*answers, strict=True):
            if not workload.writes and not here.startswith(workload.answer):
                sys.exit(f"{name}: the service answered {here[:600].decode(errors='replace')}")
            if not here == there == bare:
                sys.exit(f"{name}: not the same work.\nService: {here.decode()}\nFloor: {there.decode()}")


def _ask(port: int, path: str, asked: list[Asked]) -> list[bytes]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        return [
            client.post(
                path,
                content=one.body,
                headers={"authorization": f"Bearer {one.token}", "content-type": "application/json"},
            ).content
            for one in asked
        ]
