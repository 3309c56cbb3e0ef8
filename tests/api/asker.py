"""`python -m tests.api.asker URL TOKEN`: a process of its own, which serves one request of its standard input."""

import asyncio
import sys

import orjson

from schoolplein.app import create_app
from schoolplein.settings import Settings
from tests.clients import Clients, Clock, serving


async def main(url: str, token: str) -> None:
    """Answer the request as an application of this process does."""
    request = orjson.loads(sys.stdin.buffer.read())
    async with serving(create_app(Settings(database_url=url, pool_size=1)), Clock()) as app, Clients(app) as clients:
        answered = await clients(token).ask(request["query"], **request["variables"])
    sys.stdout.buffer.write(answered.raw.content)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
