"""Lists as clients keep them: read once with their cursor, and from then on kept by their feed."""

from typing import Any

from tests.clients import Client, Live
from tests.live.words import started

DAY = ("2026-09-14T22:00:00+00:00", "2026-09-15T22:00:00+00:00")
"""The Tuesday of the tests, at school."""

_REPORT = "id reason note startsAt endsAt state reportedAt acknowledgedAt pupil { givenName } reportedBy { name }"
_COMMENT = "id body authorName author { name label } createdAt hiddenAt"
_POST = """id title body authorName publishedAt editedAt withdrawnAt commentsOpen commentCount viewerCanComment
  readCount group { name }"""


class Absences:
    """The reports of a day, as a dashboard keeps them."""

    snapshot = f'absenceCursor absenceReports(on: "2026-09-15") {{ {_REPORT} }}'
    follow = f"""subscription($group: ID, $school: ID, $after: String) {{
      absenceFeed(groupId: $group, schoolId: $school, after: $after) {{
        kind cursor events {{ kind report {{ {_REPORT} }} }}
      }}
    }}"""

    def __init__(self, read: dict[str, Any]) -> None:
        self.cursor = read["absenceCursor"]
        self.reports = {one["id"]: one for one in read["absenceReports"]}

    def apply(self, event: dict[str, Any]) -> None:
        self.reports[event["report"]["id"]] = event["report"]

    def shown(self) -> list[Any]:
        begin, end = DAY
        return sorted(
            (one for one in self.reports.values() if one["startsAt"] < end and (one["endsAt"] or end) > begin),
            key=lambda one: (one["state"] in {"WITHDRAWN", "CORRECTED"}, one["reportedAt"], one["id"]),
        )


class Posts:
    """A page of posts with their comments, as an app keeps it."""

    snapshot = f"postCursor posts {{ edges {{ node {{ {_POST} comments {{ edges {{ node {{ {_COMMENT} }} }} }} }} }} }}"
    follow = f"""subscription($group: ID, $school: ID, $after: String) {{
      postFeed(groupId: $group, schoolId: $school, after: $after) {{
        kind cursor events {{ kind postId post {{ {_POST} }} comment {{ {_COMMENT} }} }}
      }}
    }}"""

    def __init__(self, read: dict[str, Any]) -> None:
        self.cursor = read["postCursor"]
        self.posts: dict[str, dict[str, Any]] = {}
        for edge in read["posts"]["edges"]:
            comments = [inner["node"] for inner in edge["node"].pop("comments")["edges"]]
            self.posts[edge["node"]["id"]] = edge["node"] | {"comments": {one["id"]: one for one in comments}}

    def apply(self, event: dict[str, Any]) -> None:
        if event["post"] is None or event["post"]["withdrawnAt"] is not None:
            self.posts.pop(event["postId"], None)
            return
        post = self.posts.setdefault(event["postId"], {"comments": {}})
        post |= event["post"]
        if event["comment"] is not None:
            post["comments"][event["comment"]["id"]] = event["comment"]

    def shown(self) -> list[Any]:
        return sorted(self.posts.values(), key=lambda one: (one["publishedAt"], one["id"]), reverse=True)


class Slots:
    """The slots of a round, as a family keeps them that looks for a time, and a teacher who looks what is left."""

    snapshot = "slotCursor slots { id state }"
    follow = """subscription($round: ID!, $after: String) {
      meetingSlotFeed(roundId: $round, after: $after) { kind cursor events { slotId state } }
    }"""

    def __init__(self, read: dict[str, Any]) -> None:
        self.cursor = read["slotCursor"]
        self.states: dict[str, str] = {slot["id"]: slot["state"] for slot in read["slots"]}
        self.unknown: set[str] = set()
        """Told of, and not read: they are new, or not in the windows for this family."""

    def apply(self, event: dict[str, Any]) -> None:
        if event["slotId"] not in self.states:
            self.unknown.add(event["slotId"])
        self.states[event["slotId"]] = event["state"]

    async def look_up(self, client: Client) -> None:
        """Ask for slots that are not known yet, as a client must to show their times; leave out what is not seen."""
        found = await client.ok("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=sorted(self.unknown))
        for slot_id in self.unknown - {node["id"] for node in found if node is not None}:
            del self.states[slot_id]
        self.unknown.clear()

    def shown(self) -> list[Any]:
        return sorted((id_, state) for id_, state in self.states.items() if state != "WITHDRAWN")


class Follower:
    """Somebody with a list, who keeps it by its feed."""

    def __init__(self, client: Client, live: Live, kind: type[Absences | Posts | Slots], **about: str) -> None:
        self._client, self._live, self._kind, self._about = client, live, kind, about

    async def read(self) -> Absences | Posts | Slots:
        """The list as it is now, with its cursor: one query."""
        ((what, id_),) = self._about.items()
        name = {"group": "Group", "school": "School", "round": "MeetingRound"}[what]
        return self._kind(
            await self._client.ok(
                f"query($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {self._kind.snapshot} }} }} }}", id=id_
            )
        )

    async def begin(self) -> None:
        """Read, and follow from there."""
        self.list = await self.read()
        self._feed = await self._live.subscribe(self._kind.follow, after=self.list.cursor, **self._about)
        assert await started(self._feed) == self.list.cursor

    async def catch_up(self, cursor: str) -> int:
        """Apply what comes, up to this place; answers how many events it was."""
        number = 0
        while self.list.cursor != cursor:
            frame = await self._feed.frame()
            assert frame["kind"] == "EVENTS"
            number += len(frame["events"])
            for event in frame["events"]:
                self.list.apply(event)
            self.list.cursor = frame["cursor"]
        if isinstance(self.list, Slots):
            await self.list.look_up(self._client)
        return number
