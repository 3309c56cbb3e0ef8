"""The cables: each does to a connection what its fault says."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.realtime.faults.cables import HOST, Cable, cable

SOON_S = 5
SILENCE_S = 0.1


class Caller:
    """Somebody at the near end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def hear(self) -> bytes:
        async with asyncio.timeout(SOON_S):
            return await self.reader.readline()

    async def ask(self, word: bytes) -> bytes:
        self.writer.write(word + b"\n")
        return await self.hear()


async def call(port: int) -> Caller:
    return Caller(*await asyncio.open_connection(HOST, port))


@pytest.fixture
def lines() -> asyncio.Queue[bytes]:
    """What has arrived at the far end."""
    return asyncio.Queue()


async def answering(prefix: bytes, lines: asyncio.Queue[bytes]) -> asyncio.Server:
    """A far end that gives every line back."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                lines.put_nowait(line)
                writer.write(prefix + line)
        except ConnectionResetError:
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, HOST, 0)


def port_of(server: asyncio.Server) -> int:
    return server.sockets[0].getsockname()[1]


@pytest.fixture
async def laid(lines: asyncio.Queue[bytes]) -> AsyncIterator[Cable]:
    """A cable to such a far end."""
    server = await answering(b"one ", lines)
    async with cable(port_of(server)) as opened:
        yield opened
    server.close()


async def test_a_dark_cable_keeps_what_is_on_its_way(laid: Cable) -> None:
    caller = await call(laid.port)
    assert await caller.ask(b"a") == b"one a\n"
    laid.darken()

    answer = asyncio.create_task(caller.ask(b"b"))
    done, _ = await asyncio.wait({answer}, timeout=SILENCE_S)
    assert not done
    laid.mend()

    assert await answer == b"one b\n"
    caller.writer.close()


async def test_a_cut_resets_the_connection_and_lets_the_next_one_through(laid: Cable) -> None:
    caller = await call(laid.port)
    await caller.ask(b"a")

    assert laid.cut() == 1
    with pytest.raises(ConnectionResetError):
        await caller.hear()

    again = await call(laid.port)
    assert await again.ask(b"b") == b"one b\n"
    again.writer.close()


async def test_a_refusing_cable_resets_who_comes_and_nobody_who_is_there(laid: Cable) -> None:
    caller = await call(laid.port)
    await caller.ask(b"a")
    laid.refuses = True

    late = await call(laid.port)
    with pytest.raises(ConnectionResetError):
        await late.hear()

    assert await caller.ask(b"b") == b"one b\n"
    caller.writer.close()


async def test_an_answer_that_is_thrown_away_was_asked_for_all_the_same(
    laid: Cable, lines: asyncio.Queue[bytes]
) -> None:
    laid.swallows_answers = True
    caller = await call(laid.port)

    with pytest.raises(ConnectionResetError):
        await caller.ask(b"a")

    assert await lines.get() == b"a\n"


async def test_a_slow_cable_takes_its_time(laid: Cable) -> None:
    caller = await call(laid.port)
    await caller.ask(b"a")
    laid.latency_s = 60.0

    answer = asyncio.create_task(caller.ask(b"b"))
    done, _ = await asyncio.wait({answer}, timeout=SILENCE_S)

    assert not done
    answer.cancel()
    caller.writer.close()


async def test_a_cable_is_led_elsewhere_without_those_who_are_there(laid: Cable, lines: asyncio.Queue[bytes]) -> None:
    before = await call(laid.port)
    assert await before.ask(b"a") == b"one a\n"
    other = await answering(b"two ", lines)
    laid.target = port_of(other)

    after = await call(laid.port)

    assert await after.ask(b"b") == b"two b\n"
    assert await before.ask(b"c") == b"one c\n"
    for caller in (before, after):
        caller.writer.close()
    other.close()


async def test_a_narrow_cable_is_wide_again_at_once_when_it_is_mended(laid: Cable) -> None:
    laid.rate = 10.0
    caller = await call(laid.port)

    answer = asyncio.create_task(caller.ask(b"b" * 10_000))
    done, _ = await asyncio.wait({answer}, timeout=2 * SILENCE_S)
    assert not done
    laid.mend()

    assert await answer == b"one " + b"b" * 10_000 + b"\n"
    caller.writer.close()
