"""The text form of a cursor, which clients give back to us."""

import asyncpg
import pytest

from realtime.cursor import START, Cursor

JUNK = [
    "", "0", ".", "1.", ".1", "1.1.1", "-1.5", "+1.5", "1.-5", "01.5", "1.05", " 1.5", "1.5 ", "1.5\n", "1,5", "a.b",
    "0x1.5", "1_0.5", "1e3.5", "\N{ARABIC-INDIC DIGIT ONE}.5", "\N{SUPERSCRIPT TWO}.5", "1.5\0", "0.5", "5.0",
    "9223372036854775808.5", "1.2147483648", "9" * 5_000 + ".5", "42.1f3a",
]  # fmt: skip


@pytest.mark.parametrize("cursor", [START, Cursor(1, 1), Cursor(42, 7_994), Cursor(2**63 - 1, 2**31 - 1)], ids=str)
def test_a_cursor_is_read_back_as_it_was_written(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("text", JUNK)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.parse(text)


async def test_sql_writes_the_same_text(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        text = await connection.fetchval(
            "select last_seq || '.' || last_eid from (values (42::bigint, 7994)) as stream (last_seq, last_eid)"
        )
    finally:
        await connection.close()

    assert Cursor.parse(text) == Cursor(42, 7994)
