"""Requests that no client of ours sends: bodies and headers, refused at the edge as the specification says."""

from datetime import datetime
from typing import Any

import pytest

from schoolplein.app import GRAPHQL, Application
from tests.api.documents import EMAIL
from tests.api.steps import in_order
from tests.api.wire import JSON, Wire, body, refusal
from tests.clients import Answered, Client, Clients
from tests.factories import SmallSchool

MODERN = "application/graphql-response+json"


# ------------------------------------------------------------------------------------------------ bodies


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"null",
        b"5",
        b'"x"',
        b"[]",
        b"[{}]",
        b"true",
        b"{}",
        b"{",
        b"\xff\xfe",
        b'{"query": "\xff"}',
        b'{"query": null}',
        b'{"query": 5}',
        b'{"query": ["{ viewer { email } }"]}',
        b'{"query": "{ viewer { email } }", "variables": []}',
        b'{"query": "{ viewer { email } }", "variables": "x"}',
        b'{"query": "{ viewer { email } }", "operationName": 5}',
        b'{"query": "{ viewer { email } }", "extensions": 5}',
        b'[{"query": "{ viewer { email } }"}]',
        b"[" * 30_000,
        b'{"a":' * 10_000,
        b'{"query": "{ viewer { email } }", "variables": {"x": NaN}}',
        b'{"query": "\\ud800"}',
    ],
)
async def test_a_body_that_is_no_request_is_refused(wire: Wire, content: bytes) -> None:
    response = await wire.send(content)

    assert (response.status_code, refusal(response)) == (400, "BAD_USER_INPUT")
    assert (await wire.send(body())).status_code == 200


async def test_variables_may_be_deep_and_then_fit_nothing(wire: Wire) -> None:
    deep = (
        b'{"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": ' + b"[" * 900 + b"]" * 900 + b"}}"
    )

    response = await wire.send(deep)

    assert refusal(response) == "BAD_USER_INPUT"


async def test_a_body_that_is_too_large_is_not_read_to_its_end(wire: Wire, clients: Clients) -> None:
    large = body(EMAIL, variables={"x": "y" * 70_000})

    async def in_pieces() -> Any:
        for start in range(0, len(large), 1_000):
            yield large[start : start + 1_000]

    told = await wire.send(large)
    untold = await clients().http.post(GRAPHQL, content=in_pieces(), headers={"content-type": JSON})

    for response in (told, untold):
        assert (response.status_code, refusal(response)) == (413, "BAD_USER_INPUT")
    assert (await wire.send(body(EMAIL, variables={"x": "y" * 60_000}))).status_code == 200


async def test_a_body_that_is_too_large_is_refused_also_in_one_piece_of_untold_length(app: Application) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body(variables={"x": "y" * 70_000}), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": GRAPHQL, "method": "POST", "headers": [(b"content-type", JSON.encode())]}
    await app(scope, receive, send)

    assert sent[0]["status"] == 413


# ------------------------------------------------------------------------------------------------ headers


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "", "application/jsonx", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
async def test_only_json_is_read(wire: Wire, kind: str) -> None:
    response = await wire.send(body(), headers={"content-type": kind})

    assert (response.status_code, refusal(response)) == (415, "BAD_USER_INPUT")
    for fine in (JSON, "application/json; charset=utf-8", "Application/JSON"):
        assert (await wire.send(body(), headers={"content-type": fine})).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_only_post_is_answered(wire: Wire, method: str) -> None:
    response = await wire.send(method=method)

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    ("accept", "media", "status"),
    [
        (JSON, JSON, 200),
        (MODERN, MODERN, 400),
        (f"{MODERN}, {JSON};q=0.9", MODERN, 400),
        (f"{JSON}, {MODERN};q=0.9", JSON, 200),
        ("*/*", JSON, 200),
        ("application/*", JSON, 200),
        (f"{MODERN};charset=utf-8", MODERN, 400),
    ],
)
async def test_the_answer_is_in_the_words_that_the_client_takes(
    wire: Wire, accept: str, media: str, status: int
) -> None:
    wrong = await wire.send(body("{ viewer { nothing } }"), headers={"accept": accept})
    right = await wire.send(body(), headers={"accept": accept})

    assert (wrong.status_code, refusal(wrong)) == (status, "BAD_USER_INPUT")
    assert (right.status_code, right.headers["content-type"].split(";")[0]) == (200, media)
    assert wrong.headers["content-type"].split(";")[0] == media


@pytest.mark.parametrize("accept", ["text/html", "application/xml", f"{JSON};q=0", f"{JSON};q=x"])
async def test_an_answer_that_the_client_does_not_take_is_not_sent(wire: Wire, accept: str) -> None:
    response = await wire.send(body(), headers={"accept": accept})

    assert (response.status_code, refusal(response)) == (406, "BAD_USER_INPUT")


async def test_a_request_comes_with_a_cookie_or_a_token_and_not_with_both(
    wire: Wire, small_school: SmallSchool
) -> None:
    cookie = {"cookie": f"sp={small_school.token(small_school.guardian)}", "sec-fetch-site": "same-origin"}

    response = await wire.send(body(), headers=cookie)

    assert (response.status_code, refusal(response)) == (400, "BAD_USER_INPUT")
    other_cookies = await wire.send(body(), headers={"cookie": "theme=dark"})
    assert other_cookies.json()["data"]["viewer"] == {"email": small_school.guardian.email}


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", "Token x", "x"])
async def test_another_scheme_than_bearer_is_refused(wire: Wire, authorization: str) -> None:
    response = await wire.send(body(), headers={"authorization": authorization})

    assert (response.status_code, refusal(response)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://localhost:8000"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://localhost:8000"}, False),
        ({"origin": "http://localhost:8001"}, False),
        ({"origin": "http://localhost:8000.evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
async def test_a_cookie_counts_from_our_own_pages_only(
    small_school: SmallSchool, clients: Clients, *, headers: dict[str, str], counts: bool
) -> None:
    cookie = {"cookie": f"a=b; sp={small_school.token(small_school.guardian)}"}

    response = await Wire(clients, None).send(body(), headers={**cookie, **headers})

    if counts:
        assert response.json() == {"data": {"viewer": {"email": small_school.guardian.email}}}
    else:
        assert (response.status_code, refusal(response)) == (403, "FORBIDDEN")
        assert "access-control-allow-origin" not in response.headers


async def test_every_answer_is_kept_out_of_caches_and_frames(wire: Wire) -> None:
    for response in (await wire.send(body()), await wire.send(b""), await wire.send(method="GET")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "Cookie" in response.headers["vary"]


async def test_an_answer_with_errors_from_a_field_still_has_the_rest(small_school: SmallSchool, head: Client) -> None:
    document = "{ viewer { email } nodes(ids: []) { id } wrong: viewer { feed(first: 0) { edges { cursor } } } }"

    answered: Answered = await head.ask(document)

    in_order(answered)
    assert answered.data == {"viewer": {"email": small_school.admin.email}, "nodes": [], "wrong": None}


# ------------------------------------------------------------------------------------------------ our own faults


async def test_a_fault_of_our_own_is_told_as_nothing_but_that(wire: Wire, app: Application) -> None:
    secret = "relation person does not exist"

    def broken() -> datetime:
        raise RuntimeError(secret)

    clock, app.service().clock = app.service().clock, broken
    failed = await wire.send(body())
    app.service().clock = clock

    assert (failed.status_code, refusal(failed)) == (500, "INTERNAL")
    assert secret not in failed.text
    assert (await wire.send(body())).status_code == 200
