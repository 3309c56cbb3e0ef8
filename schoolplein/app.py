"""The application: what answers at which address, and what lives as long as the process serves."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from models.database import DatabaseUnavailable
from schoolplein.graphql import GraphQLOverHTTP, Receive, Scope, Send
from schoolplein.service import Service, open_service
from schoolplein.settings import Settings
from schoolplein.sockets import GraphQLOverWebSocket

GRAPHQL = "/graphql"


class Application:
    """The ASGI application of one process. GraphQL comes first and without a router, all else through Starlette."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._service: Service | None = None
        self._http = GraphQLOverHTTP(self.service)
        self._websocket = GraphQLOverWebSocket(self.service)
        routes = [Route("/health/live", self._live), Route("/health/ready", self._ready)]
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


def create_app(settings: Settings) -> Application:
    """The application for these settings, with DATABASE_URL given or set to the embedded server's."""
    return Application(settings)
