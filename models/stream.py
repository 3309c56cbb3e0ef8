"""The log of what happened, per topic: gapless, ordered, written in the transaction of the change itself."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row, instant


class Stream(Row, table=True):
    """The head of a topic. `last_eid` is a random mark of the newest event: it tells one history from another."""

    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    topic: str = Field(primary_key=True, max_length=80)
    last_seq: int = Field(sa_type=BigInteger, default=0)
    last_eid: int = 0
    floor_seq: int = Field(sa_type=BigInteger, default=0)
    """The newest event that retention has removed, and its mark: a cursor there is compared like any other."""
    floor_eid: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class StreamEvent(Row, table=True):
    """An event: what kind, and ids. Never a name or a text, so the log needs no rule of its own.

    One partition a day, kept for a week (`models.retention`). The key holds `day` because PostgreSQL wants it there:
    (topic, seq) is unique already, as the next number is given under the row lock on `stream`.
    """

    __tablename__ = "stream_event"  # pyright: ignore[reportAssignmentType]
    __table_args__ = ({"postgresql_partition_by": "range (day)"},)

    topic: str = Field(primary_key=True, max_length=80)
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    eid: int
    type: str = Field(max_length=40)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime = instant(sa_column_kwargs={"server_default": text("clock_timestamp()")})
    day: date = Field(
        primary_key=True, sa_column_kwargs={"server_default": text("(clock_timestamp() at time zone 'UTC')::date")}
    )
    """In UTC, whatever the session's TimeZone or the school's."""
