"""GraphQL over HTTP: checks the request, finds who is asking, runs the operation, answers as the specification says.

A plain ASGI application, since it stands on the hottest path (docs/performance.md). GraphQL over HTTP, draft of the
GraphQL working group; only POST with JSON.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import orjson
from graphql import GraphQLError, OperationType

from models.database import DatabaseUnavailable
from resolvers.devices import KNOWN_FOR
from schema.documents import Invalid, Response, fault, follow, prepare, run
from schema.info import Request
from schoolplein.callers import Caller, Headers, cookie, network_of
from schoolplein.events import stream
from schoolplein.service import Service, TooMany

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 65_536
SLOWEST_S = 10.0
JSON = b"application/json"
RESPONSE_JSON = b"application/graphql-response+json"
EVENT_STREAM = b"text/event-stream"
_UTF_8 = b"; charset=utf-8"
_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Authorization, Cookie, Origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]


class Rejected(Exception):
    """The HTTP request itself is wrong; nothing was run."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.response: Response = {"errors": [{"message": message, "extensions": {"code": code}}]}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a client takes as an answer: a media type, None when it takes no JSON; and whether it takes a stream."""

    media: bytes | None
    streams: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The body of a request."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None


class GraphQLOverHTTP:
    """Answers POST /graphql."""

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: Headers = dict(scope["headers"])
        taken = Taken(JSON, streams=False)
        more: tuple[tuple[bytes, bytes], ...] = ()
        try:
            taken = _negotiate(b",".join(value for name, value in scope["headers"] if name == b"accept") or b"*/*")
            _check_request(scope["method"], headers)
            service = self._service()
            caller = caller_of(service, scope, headers)
            asked = parse_body(await _body(headers, receive))
            if taken.streams and (taken.media is None or _is_subscription(asked)):
                await stream(_responses(service, caller, asked), _HEADERS, receive, send, lambda: service.is_leaving)
                return
            async with asyncio.timeout(SLOWEST_S):
                response, more = await _answer(service, caller, asked)
            status = 200
        except Rejected as rejected:
            status, response, more = rejected.status, rejected.response, rejected.headers
        except Invalid as invalid:
            status, response = 400 if taken.media == RESPONSE_JSON else 200, invalid.response()
        except (DatabaseUnavailable, TimeoutError):
            rejected = _unavailable()
            status, response, more = rejected.status, rejected.response, rejected.headers
        except Exception as error:  # noqa: BLE001 — our own fault, of which nothing is told
            status, response = 500, Invalid([fault(error)]).response()
        await _send(send, status, taken.media or JSON, orjson.dumps(response), more)


def _unavailable() -> Rejected:
    told = "The service is not available right now. Try again in a moment."
    return Rejected(503, "UNAVAILABLE", told, (b"retry-after", b"2"))


def _is_subscription(asked: Asked) -> bool:
    """Raises Invalid."""
    return prepare(asked.query, asked.operation_name).kind is OperationType.SUBSCRIPTION


async def _responses(service: Service, caller: Caller, asked: Asked) -> AsyncGenerator[str]:
    """All responses to one operation, as JSON. Raises Invalid."""
    operation = prepare(asked.query, asked.operation_name)
    try:
        if operation.kind is not OperationType.SUBSCRIPTION:
            async with asyncio.timeout(SLOWEST_S):
                response = await run(operation, asked.variables, await service.request(caller))
            yield orjson.dumps(response).decode()
            return
        async with service.following_alone(caller.token) as request:
            with closing(await follow(operation, asked.variables, request)) as following:
                async for response in following:
                    yield response
    except Invalid:
        raise
    except TooMany as error:
        limited = GraphQLError("Too many connections at once.", extensions={"code": "RATE_LIMITED"})
        raise Invalid([limited]) from error
    except Exception as error:  # the stream has begun: there is no status any more to say it with
        is_late = isinstance(error, TimeoutError)
        raise Invalid([fault(DatabaseUnavailable() if is_late else error)]) from error


async def _answer(service: Service, caller: Caller, asked: Asked) -> tuple[Response, tuple[tuple[bytes, bytes], ...]]:
    operation = prepare(asked.query, asked.operation_name)
    if operation.kind is OperationType.SUBSCRIPTION:
        told = "Subscriptions run over WebSocket, sub-protocol graphql-transport-ws, or with Accept: text/event-stream."
        raise Rejected(406, "BAD_USER_INPUT", told)
    request = await service.request(caller, takes_cookies=True)
    response = await run(operation, asked.variables, request)
    return response, _cookies(service, request)


def _cookies(service: Service, request: Request) -> tuple[tuple[bytes, bytes], ...]:
    """The cookies of session and device after a sign-in with WEB, and the end of the session's after signOut."""
    signed_in = request.signed_in
    if signed_in is not None:
        left = signed_in.expires_at - request.context.now
        return (
            _cookie(service, service.cookie, signed_in.token, left),
            _cookie(service, service.device_cookie, signed_in.device_token, KNOWN_FOR),
        )
    if request.signed_out:
        return _cookie(service, service.cookie, "", timedelta()), (b"clear-site-data", b'"cache", "storage"')
    return ()


def _cookie(service: Service, name: str, value: str, life: timedelta) -> tuple[bytes, bytes]:
    flags = "; Secure" if service.is_secure else ""
    given = f"{name}={value}; Path=/; Max-Age={int(life.total_seconds())}; HttpOnly; SameSite=Strict{flags}"
    return b"set-cookie", given.encode()


def _negotiate(accept: bytes) -> Taken:
    """What the client takes: the first of our media types for an answer, and streams. Raises Rejected (406).

    Many clients name event-stream in every request: it is used for subscriptions, or where no JSON is taken.
    """
    ranges: dict[bytes, float] = {}
    for part in accept.lower().split(b","):
        media, *parameters = [piece.strip() for piece in part.split(b";")]
        quality = next((piece[2:] for piece in parameters if piece.startswith(b"q=")), b"1")
        try:
            ranges[media] = float(quality)
        except ValueError:
            ranges[media] = 0.0
    wildcard = max(ranges.get(b"*/*", 0.0), ranges.get(b"application/*", 0.0))
    modern, legacy = ranges.get(RESPONSE_JSON, 0.0), ranges.get(JSON, wildcard)
    streams = ranges.get(EVENT_STREAM, 0.0) > 0
    if max(modern, legacy) > 0:
        return Taken(RESPONSE_JSON if modern >= legacy else JSON, streams)
    if streams:
        return Taken(None, streams)
    told = "Accept application/graphql-response+json, application/json or text/event-stream."
    raise Rejected(406, "BAD_USER_INPUT", told)


def _check_request(method: str, headers: Headers) -> None:
    if method != "POST":
        raise Rejected(405, "BAD_USER_INPUT", "Only POST.", (b"allow", b"POST"))
    if headers.get(b"content-type", b"").split(b";")[0].strip().lower() != JSON:
        raise Rejected(415, "BAD_USER_INPUT", "The body must be application/json.")


def caller_of(service: Service, scope: Scope, headers: Headers) -> Caller:
    """Who sends the request. A cookie counts only from our own pages; a bearer token from anywhere. Raises Rejected."""
    own = cookie(headers, service.cookie)
    scheme, _, bearer = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise Rejected(400, "BAD_USER_INPUT", "Authorization must be Bearer.")
    if scheme and own:
        raise Rejected(400, "BAD_USER_INPUT", "Send a cookie or a bearer token, not both.")
    if own and not is_own_page(service, headers):
        raise Rejected(403, "FORBIDDEN", "This cookie came from another site.")
    device = cookie(headers, service.device_cookie) if is_own_page(service, headers) else None
    return Caller(bearer.strip() or own, network_of(scope), device)


def is_own_page(service: Service, headers: Headers) -> bool:
    """Whether a browser sent this from a page of ours. When it says nothing about that, it did not."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    return headers.get(b"origin") in service.origins


async def _body(headers: Headers, receive: Receive) -> bytes:
    """The whole body, counted as it comes: a length that is not told is not trusted either. Raises Rejected (413)."""
    told = headers.get(b"content-length", b"0")
    length = int(told) if told.isdigit() else 0
    body, more = b"", True
    while more and max(length, len(body)) <= LARGEST_BODY:
        message = await receive()
        body += cast("bytes", message.get("body", b""))
        more = message.get("more_body", False)
    if max(length, len(body)) > LARGEST_BODY:
        raise Rejected(413, "BAD_USER_INPUT", f"At most {LARGEST_BODY} bytes.")
    return body


def parse_body(body: bytes) -> Asked:
    """The parameters of a request. Raises Rejected (400) for anything else than a GraphQL request."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Rejected(400, "BAD_USER_INPUT", "The body is not JSON.") from error
    asked = ask(parsed)
    if asked is None:
        raise Rejected(400, "BAD_USER_INPUT", "The body must be an object with query, variables and operationName.")
    return asked


def ask(parsed: Any) -> Asked | None:
    """Read the parameters of a GraphQL request, over HTTP or in a subscribe message; None when they are not that."""
    if not isinstance(parsed, dict):
        return None
    fields = cast("dict[str, Any]", parsed)
    query, variables, name = fields.get("query"), fields.get("variables"), fields.get("operationName")
    if not isinstance(query, str) or not isinstance(variables, dict | None) or not isinstance(name, str | None):
        return None
    if not isinstance(fields.get("extensions"), dict | None):
        return None
    return Asked(query, cast("dict[str, Any]", variables or {}), name)


async def _send(send: Send, status: int, media: bytes, body: bytes, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    headers = [
        (b"content-type", media + _UTF_8),
        (b"content-length", str(len(body)).encode()),
        *_HEADERS,
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
