"""The application: what answers at which address, and what lives as long as the process serves."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from models.database import DatabaseUnavailable
from schoolplein import calendars
from schoolplein.graphql import GraphQLOverHTTP, Receive, Scope, Send
from schoolplein.service import Service, open_service
from schoolplein.settings import Settings
from schoolplein.sockets import GraphQLOverWebSocket
from schoolplein.worker import working

GRAPHQL = "/graphql"


class Application:
    """The ASGI application of one process. GraphQL comes first and without a router, all else through Starlette."""

    def __init__(self, settings: Settings, *, has_worker: bool = False) -> None:
        self._settings = settings
        self._has_worker = has_worker
        self._service: Service | None = None
        self._http = GraphQLOverHTTP(self.service)
        self._websocket = GraphQLOverWebSocket(self.service)
        routes = [
            Route("/health/live", self._live),
            Route("/health/ready", self._ready),
            *calendars.routes(self.service),
        ]
        self._pages = Starlette(routes=routes, lifespan=self._lifespan)

    def service(self) -> Service:
        """What this process holds while it serves."""
        assert self._service is not None, "the lifespan has not begun"
        return self._service

    async def leave(self) -> None:
        """Ask all followers to go elsewhere: the process is about to stop."""
        if self._service is not None:
            await self._service.leave()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, a WebSocket or the lifespan."""
        if scope["type"] == "http" and scope["path"] == GRAPHQL:
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            if scope["path"] == GRAPHQL:
                await self._websocket(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 4404})
        else:
            await self._pages(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncGenerator[None, None]:
        async with open_service(self._settings) as service:
            self._service = service
            async with working(service) if self._has_worker else nullcontext():
                yield

    async def _live(self, _request: Request) -> JSONResponse:
        """That the process answers."""
        return JSONResponse({"status": "ok"})

    async def _ready(self, _request: Request) -> JSONResponse:
        """That it can do its work, and will go on: PostgreSQL answers. Redis is not needed for that."""
        if self.service().is_leaving:
            return JSONResponse({"status": "leaving"}, status_code=503)
        try:
            await self.service().database.fetch("select 1", ())
        except DatabaseUnavailable:
            return JSONResponse({"status": "unavailable"}, status_code=503)
        return JSONResponse({"status": "ok"})


def create_app(settings: Settings, *, has_worker: bool = False) -> Application:
    """The application for these settings, with DATABASE_URL given or set to the embedded server's.

    A worker may be in the same process. To try things out that is one process less to start and to stop, and what a
    chore changes is seen on the screen at once; its failures are told and end nothing but its own work.
    """
    return Application(settings, has_worker=has_worker)
