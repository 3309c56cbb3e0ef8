"""What the tests of live feeds ask and say."""

from typing import Any

from sqlmodel import SQLModel

from tests.clients import Client, Feed
from tests.factories import id_of

FOLLOW_ABSENCES = """subscription($group: ID, $school: ID, $after: String) {
  absenceFeed(groupId: $group, schoolId: $school, after: $after) {
    __typename kind cursor retryAfterMs
    events { kind report { id reason note startsAt endsAt state pupil { givenName } reportedBy { name } } }
  }
}"""
FOLLOW_POSTS = """subscription($group: ID, $school: ID, $after: String) {
  postFeed(groupId: $group, schoolId: $school, after: $after) {
    __typename kind cursor retryAfterMs
    events { kind postId post { id title body withdrawnAt commentCount } comment { id body authorName hiddenAt } }
  }
}"""
REPORT = """mutation($pupils: [ID!]!, $note: String, $starts: DateTime!, $ends: DateTime, $key: String) {
  reportAbsence(input: {
    pupilIds: $pupils, reason: ILLNESS, note: $note, startsAt: $starts, endsAt: $ends, clientMutationId: $key
  }) { reports { id } errors { code } }
}"""
CHANGE = """mutation($report: ID!, $note: String) {
  changeAbsence(input: {reportId: $report, note: $note}) { report { id } errors { code } }
}"""
WITHDRAW = "mutation($report: ID!) { withdrawAbsence(input: {reportId: $report}) { report { id } errors { code } } }"
ACKNOWLEDGE = (
    "mutation($report: ID!) { acknowledgeAbsence(input: {reportId: $report}) { report { id } errors { code } } }"
)
RECOVER = """mutation($report: ID!, $day: Date!) {
  reportRecovery(input: {reportId: $report, firstDayBack: $day}) { report { id } errors { code } }
}"""
PUBLISH = """mutation($school: ID!, $group: ID, $title: String!) {
  publishPost(input: {schoolId: $school, groupId: $group, title: $title, body: "Morgen."}) {
    post { id } errors { code }
  }
}"""
EDIT = """mutation($post: ID!, $title: String) {
  editPost(input: {postId: $post, title: $title}) { post { id } errors { code } }
}"""
TAKE_BACK = 'mutation($post: ID!) { withdrawPost(input: {postId: $post, reason: "Dubbel"}) { postId errors { code } } }'
COMMENT = """mutation($post: ID!, $body: String!) {
  addComment(input: {postId: $post, body: $body}) { comment { id } errors { code } }
}"""
HIDE = """mutation($comment: ID!) {
  hideComment(input: {commentId: $comment, reason: "Hoort hier niet"}) { comment { id } errors { code } }
}"""
GROUP = """query($group: ID!) { node(id: $group) { ... on Group {
  absenceCursor absenceReports(on: "2026-09-15") { id } postCursor posts { edges { node { id } } }
} } }"""
"""A group's lists, with the cursors that continue them."""
SIGN_OUT = "mutation { signOut { signedOut } }"
TODAY = "2026-09-15"


async def report(client: Client, *pupils: SQLModel, starts: str = TODAY, ends: str | None = None, **more: Any) -> str:
    """Report pupils ill from a day on: the id of the first report."""
    done = await client.ok(
        REPORT,
        pupils=[id_of(pupil) for pupil in pupils],
        starts=f"{starts}T08:00:00+02:00",
        ends=None if ends is None else f"{ends}T08:00:00+02:00",
        **more,
    )
    return done["reports"][0]["id"]


async def publish(client: Client, school: SQLModel, group: SQLModel | None, title: str) -> str:
    """Publish a post: its id."""
    done = await client.ok(PUBLISH, school=id_of(school), group=None if group is None else id_of(group), title=title)
    return done["post"]["id"]


async def comment(client: Client, post_id: str, body: str) -> str:
    """Comment on a post: the comment's id."""
    return (await client.ok(COMMENT, post=post_id, body=body))["comment"]["id"]


async def started(feed: Feed) -> str:
    """That a feed has begun: its cursor."""
    frame = await feed.frame()
    assert frame["kind"] == "START", frame
    assert frame["events"] == []
    return frame["cursor"]


async def told(feed: Feed, number: int) -> list[dict[str, Any]]:
    """The next so many events, in however many frames they come; no more than these may be in them."""
    events: list[dict[str, Any]] = []
    while len(events) < number:
        frame = await feed.frame()
        assert frame["kind"] == "EVENTS", frame
        assert frame["events"], "a frame of nothing"
        events += frame["events"]
    assert len(events) == number, events
    return events


async def ended(feed: Feed) -> None:
    """That a feed is over, without a word more."""
    assert await feed.message() == {"type": "complete", "id": feed.id}
