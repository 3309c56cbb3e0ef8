"""The log: enough to find a fault, and nothing about anybody."""

import subprocess
import sys
from typing import Any

import orjson
import pytest

from tests.cli.programs import ROOT

PROGRAM = """
import logging, structlog
from schoolplein import log
from schoolplein.settings import Settings
log.configure(Settings({settings}))
structlog.contextvars.bind_contextvars(request_id="r1", session="s1")
ours = structlog.get_logger()
ours.info(
    "answered", operation="ReportAbsence", code="ALREADY_REPORTED", ms=12.5,
    email="ouder@demo.example", variables={{"a": 1}},
)
def fail():
    raise LookupError("Noor de Vries is not here")
try:
    fail()
except LookupError:
    ours.exception("failed")
    logging.getLogger("uvicorn.error").exception("Exception in %s", "Noor de Vries")
logging.getLogger("uvicorn.error").info("127.0.0.1 connected")
logging.getLogger("asyncio").error("Task exception was never retrieved\\nfuture: Noor de Vries")
"""
REAL = """
    environment="production",
    database_url="postgresql://a:b@c/d",
    redis_url="redis://e",
    public_url="https://f.example",
    secret_keys="1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    smtp_url="smtps://g.example",
    mail_from="post@f.example",
"""


def printed(settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(settings=settings)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """The log of production."""
    return [orjson.loads(line) for line in printed(REAL.strip()).splitlines()]


def test_a_line_keeps_what_is_on_the_list_and_drops_the_rest(lines: list[dict[str, Any]]) -> None:
    answered = {key: value for key, value in lines[0].items() if key != "timestamp"}

    assert answered == {
        "event": "answered",
        "level": "info",
        "request_id": "r1",
        "operation": "ReportAbsence",
        "code": "ALREADY_REPORTED",
        "ms": 12.5,
    }


def test_an_exception_is_told_by_class_and_place(lines: list[dict[str, Any]]) -> None:
    assert (lines[1]["event"], lines[1]["error"]) == ("failed", "LookupError")
    assert lines[1]["at"][0].endswith(" fail")


def test_a_packages_message_is_told_without_what_is_filled_in(lines: list[dict[str, Any]]) -> None:
    told = [(line["logger"], line["event"]) for line in lines[2:]]

    assert told == [("uvicorn.error", "Exception in %s"), ("asyncio", "Task exception was never retrieved")]


def test_nobody_is_named_in_production(lines: list[dict[str, Any]]) -> None:
    everything = orjson.dumps(lines).decode()

    assert "ALREADY_REPORTED" in everything
    assert not [word for word in ("Noor", "ouder@", "variables", "127.0.0.1", "s1") if word in everything]


def test_development_reads_as_text_and_shows_the_whole_failure() -> None:
    text = printed("")

    assert "answered" in text
    assert "LookupError: Noor de Vries is not here" in text
    assert "ouder@" not in text
