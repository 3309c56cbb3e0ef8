"""Calendars over HTTP: the feed behind a secret address, and one talk as a download (RFC 5545)."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from models.database import DatabaseUnavailable
from resolvers.errors import Unauthenticated
from resolvers.ids import key_of
from resolvers.meetings import calendar
from schoolplein.callers import Caller, network_of
from schoolplein.graphql import Rejected, caller_of
from schoolplein.service import Service

Answer = Callable[[Request], Awaitable[Response]]

_HEADERS = {
    # What a calendar shows of a child must not lie about in caches, nor its address in the logs of others.
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


def routes(service: Callable[[], Service]) -> list[Route]:
    """What answers at /calendar and /meetings. What is not there, or not to be seen, is the same 404."""

    async def feed(request: Request) -> Response:
        told = await service().request(Caller(network=network_of(request.scope)))
        return _calendar(await calendar.feed(told.context, request.path_params["secret"]))

    async def download(request: Request) -> Response:
        caller = caller_of(service(), request.scope, dict(request.scope["headers"]))
        told = await service().request(caller)
        key = key_of("booking", request.path_params["booking"])
        return _calendar(await calendar.download(told.context, key), "gesprek.ics")

    return [
        Route("/calendar/{secret}.ics", _telling(feed)),
        Route("/meetings/{booking}.ics", _telling(download)),
    ]


def _telling(answer: Answer) -> Answer:
    """Say in the words of HTTP why there is no calendar."""

    async def telling(request: Request) -> Response:
        try:
            return await answer(request)
        except Unauthenticated:
            return PlainTextResponse("Sign in first.", 401, _HEADERS)
        except Rejected as rejected:
            return PlainTextResponse(str(rejected), rejected.status, _HEADERS)
        except DatabaseUnavailable:
            return PlainTextResponse("Try again in a moment.", 503, {**_HEADERS, "retry-after": "60"})

    return telling


def _calendar(text: str | None, name: str | None = None) -> Response:
    if text is None:
        return PlainTextResponse("Not Found", 404)
    headers = dict(_HEADERS)
    if name is not None:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(text, media_type="text/calendar", headers=headers)
