"""Opening a WebSocket: who may, in which protocol, and within which time."""

from typing import Any

import pytest

import schoolplein.sockets
from models import ClientKind
from models.database import Database
from schoolplein.app import Application, create_app
from schoolplein.settings import Settings
from tests.clients import BEFORE_SCHOOL, Clock, serving
from tests.edge.sockets import ASK, PROTOCOL, Ended, Socket, signed_in
from tests.factories import SmallSchool, founding, sign_in_token
from tests.realtime.servers import free_port

OURS = "http://localhost:8000"


# ------------------------------------------------------------------------------------------------ beginning


async def test_nothing_is_answered_before_the_connection_is_initialised(app: Application, token: str) -> None:
    async with signed_in(app, token) as socket:
        await socket.tell(type="subscribe", id="1", payload=ASK)
        assert (await socket.hear())["type"] == "next"
    async with Socket(app) as socket:
        assert await socket.accepted() == PROTOCOL
        await socket.tell(type="subscribe", id="1", payload=ASK)
        assert await socket.ended() == 4401


async def test_a_connection_without_a_session_is_refused_with_4401(
    app: Application, token: str, small_school: SmallSchool, database: Database
) -> None:
    async with founding(database) as facts:
        expired = sign_in_token(facts, small_school.teacher, expires_at=BEFORE_SCHOOL)
        revoked = sign_in_token(facts, small_school.teacher, revoked_at=BEFORE_SCHOOL)
    for payload in ({"authorization": f"Bearer {token}"}, {"authorization": f"bearer  {token} ", "more": 5}):
        async with Socket(app) as socket:
            await socket.accepted()
            await socket.tell(type="connection_init", payload=payload)
            assert await socket.hear() == {"type": "connection_ack"}
    refused = [
        {}, {"payload": None}, {"payload": {}}, {"payload": {"token": token}},
        *(
            {"payload": {"authorization": value}}
            for value in ("", "Bearer", "Bearer x", f"Basic {token}", token, f"Bearer {expired}", f"Bearer {revoked}",
                          "Bearer é\x00", 5, [], {"Bearer": token}, None, True)
        ),
    ]  # fmt: skip
    for message in refused:
        async with Socket(app) as socket:
            await socket.accepted()
            await socket.tell(type="connection_init", **message)
            assert await socket.ended() == 4401, message


async def test_a_connection_that_says_nothing_is_ended_with_4408(
    app: Application, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schoolplein.sockets, "INIT_S", 0.2)
    async with Socket(app) as in_time, Socket(app) as silent, Socket(app) as only_pings:
        await in_time.sign_in(token)
        await silent.accepted()
        await only_pings.accepted()
        await only_pings.tell(type="ping")

        assert await silent.ended() == 4408
        assert await only_pings.ended() == 4408
        await in_time.tell(type="ping")
        assert await in_time.hear() == {"type": "pong"}, "who has begun may be silent"


async def test_the_protocol_is_the_new_one_and_no_other(app: Application) -> None:
    async with Socket(app, protocols=("graphql-ws", PROTOCOL)) as socket:
        assert await socket.accepted() == PROTOCOL
    for protocols in ((), ("graphql-ws",), ("Graphql-Transport-Ws",), ("soap",)):
        async with Socket(app, protocols=protocols) as socket:
            assert await socket.accepted() is None
            assert await socket.ended() == 4406, protocols


async def test_a_connection_is_initialised_once(app: Application, token: str) -> None:
    payload = {"authorization": f"Bearer {token}"}
    async with Socket(app) as socket:
        await socket.sign_in(token)
        await socket.tell(type="connection_init", payload=payload)
        assert await socket.ended() == 4429
    async with Socket(app) as socket:
        await socket.accepted()
        await socket.tell(type="connection_init", payload=payload)
        await socket.tell(type="connection_init", payload=payload)
        assert await socket.hear() == {"type": "connection_ack"}
        assert await socket.ended() == 4429


async def test_while_the_database_is_away_a_client_is_asked_to_come_back(clock: Clock) -> None:
    away = Settings(database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing", pool_size=1)
    async with serving(create_app(away), clock) as app, Socket(app) as socket:
        await socket.accepted()
        await socket.tell(type="connection_init", payload={"authorization": "Bearer x"})

        assert await socket.ended() == 1013, "which clients take as: try again later"


async def test_another_address_has_no_socket(app: Application, token: str) -> None:
    async with Socket(app) as socket:
        await socket.sign_in(token)
    async with Socket(app, path="/elsewhere") as socket:
        with pytest.raises(Ended):
            await socket.accepted()


# ------------------------------------------------------------------------------------------------ who may connect


async def test_only_pages_of_ours_may_open_a_socket(app: Application, token: str) -> None:
    for headers in ({}, {"origin": OURS}, {"origin": "http://127.0.0.1:8000"}):
        async with Socket(app, headers=headers) as socket:
            await socket.sign_in(token)
    foreign = ["null", "", "https://elsewhere.example", "http://localhost", "https://localhost:8000",
               "http://localhost:8001", "http://localhost:8000.elsewhere.example", "http://localhost:8000/",
               "HTTP://LOCALHOST:8000", f"{OURS}, {OURS}"]  # fmt: skip
    for origin in foreign:
        async with Socket(app, headers={"origin": origin}) as socket:
            with pytest.raises(Ended):
                await socket.accepted()


async def test_a_cookie_counts_only_from_our_own_pages(
    app: Application, database: Database, small_school: SmallSchool, token: str
) -> None:
    async with founding(database) as facts:
        cookie = sign_in_token(facts, small_school.guardian, kind=ClientKind.WEB)

    async def who(headers: dict[str, str], payload: dict[str, Any] | None) -> str | int:
        async with Socket(app, headers=headers) as socket:
            await socket.accepted()
            await socket.tell(type="connection_init", payload=payload)
            try:
                assert await socket.hear() == {"type": "connection_ack"}
            except Ended as ended:
                return ended.code
            await socket.tell(type="subscribe", id="1", payload={"query": "{ viewer { person { name } } }"})
            return (await socket.hear())["payload"]["data"]["viewer"]["person"]["name"]

    from_us = {"origin": OURS, "cookie": f"theme=dark; sp={cookie}"}
    assert await who(from_us, None) == "Esra Yilmaz"
    assert await who(from_us, {}) == "Esra Yilmaz"
    assert await who(from_us, {"authorization": f"Bearer {token}"}) == "Joke Smit", "who says who they are is that"
    assert await who(from_us, {"authorization": "Bearer x"}) == 4401
    assert await who({"cookie": f"sp={cookie}"}, None) == 4401, "no browser: a cookie that came by itself is no proof"
    for wrong in (f"SP={cookie}", f"__Host-sp={cookie}", "sp=", "sp", f"sp={cookie}x", "sp=x; sp2=" + cookie):
        assert await who({"origin": OURS, "cookie": wrong}, None) == 4401, wrong
    with pytest.raises(Ended):
        await who({"origin": "https://elsewhere.example", "cookie": f"sp={cookie}"}, None)
