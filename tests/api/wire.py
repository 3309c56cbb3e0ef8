"""A client that follows no rules."""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from schoolplein.app import GRAPHQL
from tests.api.documents import EMAIL
from tests.clients import Clients

JSON = "application/json"


class Wire:
    """Sends what it is told, byte by byte."""

    def __init__(self, clients: Clients, token: str | None) -> None:
        self._http = clients().http
        self._authorization = {} if token is None else {"authorization": f"Bearer {token}"}

    async def send(
        self, content: bytes | str = "", *, method: str = "POST", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a body."""
        told = {"content-type": JSON, **self._authorization, **(headers or {})}
        return await self._http.request(method, GRAPHQL, content=content, headers=told)


def body(query: str = EMAIL, **more: Any) -> bytes:
    return orjson.dumps({"query": query, **more})


def refusal(response: httpx.Response) -> str:
    """The one code in an answer that has nothing but errors."""
    told = response.json()
    assert set(told) == {"errors"}
    (error,) = told["errors"]
    assert error["message"]
    return error["extensions"]["code"]
