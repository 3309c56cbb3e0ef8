"""What the service writes down about itself: enough to find a fault, nothing about anybody.

Every line passes one list of allowed keys. There is no key for a name, an address, a variable or a query's text, so
none can be logged by mistake. In production an exception is told by its class and its place in the code, since its
message may quote a row.
"""

import logging
import sys
import traceback
from typing import cast

import orjson
import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from schoolplein.settings import Settings

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "request_id",
        "operation",  # its name, never its text
        "code",
        "status",
        "ms",
        "count",
        "topic",  # of the log: a kind and the id of a group or school
        "pid",
        "port",
        "version",
        "error",  # an exception's class
        "kind",  # of a mail: one of our own words, never whom it goes to
        "chore",  # its name in the code
        "at",  # and where it was raised: file, line and function, innermost first
    }
)
"""A new key is added here, for a reason, or it is not logged."""
PLACES = 8
LONGEST_EVENT = 200


def configure(settings: Settings) -> None:
    """Send our own log and the packages' to stdout: JSON lines in production, readable text in development."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    begin: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    end: list[Processor] = (
        [place_of_failure, allow_listed, structlog.processors.JSONRenderer(serializer=_json)]
        if settings.is_production
        else [
            allow_listed,
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
            ),
        ]
    )
    structlog.configure(
        processors=[*begin, *end],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *begin, _first_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end],
            # In production the packages' messages stay templates: what would be filled in may be anything.
            use_get_message=not settings.is_production,
        )
    )
    # The packages' own stories (uvicorn tells addresses at INFO) are for debugging.
    logging.basicConfig(
        handlers=[handler], level=level if level == logging.DEBUG else max(level, logging.WARNING), force=True
    )


def allow_listed(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Drop every key that is not on the list."""
    return {key: value for key, value in line.items() if key in ALLOWED or key == "exc_info"}


def place_of_failure(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Replace an exception by its class and the calls that led to it, without its message."""
    failure = _exception(line.pop("exc_info", None))
    if failure is not None:
        line["error"] = type(failure).__name__
        frames = traceback.extract_tb(failure.__traceback__)[-PLACES:]
        line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    return line


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return cast("ExcInfo", given)[1]
    return sys.exception() if given else None


def _first_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    line["event"] = str(line["event"]).partition("\n")[0][:LONGEST_EVENT]
    return line


def _json(line: EventDict, **_: object) -> str:
    return orjson.dumps(line, default=str).decode()
