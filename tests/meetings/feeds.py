"""Following the slots of a round in these tests."""

from collections.abc import Mapping
from typing import Any

from schoolplein.app import Application
from tests.clients import Feed, Live
from tests.live.words import started, told
from tests.meetings.documents import FOLLOW_SLOTS


class Heard(Live):
    """A socket of which every message is kept as it came."""

    def __init__(self, app: Application, token: str) -> None:
        super().__init__(app, token)
        self.texts: list[str] = []

    async def _hear(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "websocket.send":
            self.texts.append(event["text"])
        await super()._hear(event)


async def follow(live: Live, round_: dict[str, Any], **more: Any) -> Feed:
    """Begin to follow a round."""
    feed = await live.subscribe(FOLLOW_SLOTS, round=round_["id"], **more)
    await started(feed)
    return feed


async def states_of(feed: Feed, number: int) -> list[tuple[str, str]]:
    """The next so many events."""
    return [(event["slotId"], event["state"]) for event in await told(feed, number)]
