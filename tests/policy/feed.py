"""Posts and comments: rows PST and COM."""

from collections.abc import Callable
from typing import Any

from tests.factories import id_of
from tests.personas import HIDDEN, World
from tests.policy.probes import EMPTY, Case, Change, Read, always, ids, listed, mutation, node, own, viewer

POST = (
    "id school { id } group { id } author { id name label } authorName title body publishedAt editedAt withdrawnAt"
    " commentsOpen viewerCanComment viewerHasRead"
)
COMMENT = "id post { id } author { id name label } authorName body createdAt hiddenAt"
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
TOMBSTONE = "Verwijderd door de school."


def _posts(*names: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.posts[name] for name in names]


def _post(name: str) -> Callable[[World], Any]:
    return lambda world: world.posts[name]


def _read_post(row: str, name: str, title: str) -> Read:
    return node(row, "Post", POST, _post(name), shows=lambda post: post["title"], allowed=always(title))


_OF_GROUP = _posts("group", "colleague", "closed", "school")
_OF_OTHER_GROUP = _posts("other_group", "school")
_FEED = {
    **EMPTY,
    "OWN_GROUPS": own(
        guardian_in_group=_OF_GROUP,
        teacher_of_group=_OF_GROUP,
        guardian_other_group=_OF_OTHER_GROUP,
        other_staff=_OF_OTHER_GROUP,
    ),
}

READ_POSTS = (
    _read_post("PST-01", "group", "Gymles"),
    node(
        "PST-01",
        "Group",
        f"posts {{ edges {{ cursor node {{ id }} }} {PAGE} }}",
        lambda world: world.a1,
        name="list",
        shows=listed("posts.edges.node"),
        allowed=lambda case: ids(*_posts("group", "colleague", "closed")(case.world)),
    ),
    _read_post("PST-02", "school", "Studiedag"),
    node(
        "PST-02",
        "School",
        "posts { edges { node { id } } }",
        lambda world: world.school_a,
        name="list",
        shows=listed("posts.edges.node"),
        allowed=lambda case: ids(case.world.posts["school"]),
    ),
    viewer(
        "PST-03",
        f"feed(schoolId: $school) {{ edges {{ cursor node {{ id }} }} {PAGE} }}",
        shows=listed("feed.edges.node"),
        allowed=lambda case: ids(*_posts("group", "colleague", "closed", "other_group", "school")(case.world)),
        filtered=_FEED,
    ),
    _read_post("PST-05", "withdrawn", "Vergissing"),
    node(
        "PST-13",
        "Post",
        "readCount audienceSize",
        _post("group"),
        shows=lambda post: (post["readCount"], post["audienceSize"] is None),
        allowed=always((1, False)),
        filtered={"MASKED": always((None, True))},
    ),
)


def _publish(row: str, school: str, group: str | None, target: str) -> Change:
    def variables(case: Case) -> dict[str, Any]:
        about: dict[str, Any] = {"schoolId": id_of(getattr(case.world, school)), "title": "Nieuws", "body": "Hallo!"}
        return about | ({} if group is None else {"groupId": id_of(getattr(case.world, group))})

    return Change(
        row=row,
        document=mutation("publishPost", f"post {{ {POST} }}"),
        variables=variables,
        target=(target,),
        shows=lambda payload: (payload["post"]["title"], payload["post"]["author"]["id"]),
        allowed=lambda case: ("Nieuws", id_of(case.me)),
    )


def _edit(row: str, name: str) -> Change:
    return Change(
        row=row,
        document=mutation("editPost", f"post {{ {POST} }}"),
        variables=lambda case: {"postId": id_of(case.world.posts[name]), "title": "Toch niet"},
        target=("postId",),
        shows=lambda payload: (payload["post"]["title"], payload["post"]["editedAt"] is None),
        allowed=always(("Toch niet", False)),
    )


CHANGE_POSTS = (
    _publish("PST-06", "school_a", "a1", "groupId"),
    _publish("PST-07", "school_a", None, "schoolId"),
    _edit("PST-08", "group"),
    _edit("PST-09", "colleague"),
    Change(
        row="PST-10",
        document=mutation("withdrawPost", "postId"),
        variables=lambda case: {"postId": id_of(case.world.posts["group"]), "reason": "Vergissing"},
        target=("postId",),
        shows=lambda payload: payload["postId"],
        allowed=lambda case: id_of(case.world.posts["group"]),
    ),
    Change(
        row="PST-12",
        document=mutation("markPostRead", "post { id viewerHasRead }"),
        variables=lambda case: {"postId": id_of(case.world.posts["group"])},
        target=("postId",),
        shows=lambda payload: payload["post"]["viewerHasRead"],
        allowed=always(True),
    ),
    _publish("PST-15", "school_b", "a1", "groupId"),
)


def _bodies(case: Case) -> list[str]:
    return sorted(["Komt goed!", "Dank u.", HIDDEN if case.persona == "school_admin" else TOMBSTONE])


def _comment(row: str, name: str, forbidden: str = "FORBIDDEN") -> Change:
    return Change(
        row=row,
        document=mutation("addComment", f"comment {{ {COMMENT} }}"),
        variables=lambda case: {"postId": id_of(case.world.posts[name]), "body": "Leuk!"},
        target=("postId",),
        shows=lambda payload: (payload["comment"]["body"], payload["comment"]["author"]["id"]),
        allowed=lambda case: ("Leuk!", id_of(case.me)),
        forbidden=forbidden,
    )


COMMENTS = (
    node(
        "COM-01",
        "Post",
        f"commentCount comments {{ edges {{ cursor node {{ {COMMENT} }} }} {PAGE} }}",
        _post("group"),
        shows=listed("comments.edges.node", lambda comment: comment["body"]),
        allowed=_bodies,
    ),
    node(
        "COM-01",
        "Comment",
        COMMENT,
        lambda world: world.comments["own"],
        name="one",
        shows=lambda comment: comment["body"],
        allowed=always("Komt goed!"),
    ),
    _comment("COM-02", "group"),
    _comment("COM-03", "school", "COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST"),
    _comment("COM-04", "closed", "COMMENTS_CLOSED"),
    Change(
        row="COM-07",
        document=mutation("hideComment", f"comment {{ {COMMENT} }}"),
        variables=lambda case: {"commentId": id_of(case.world.comments["other"]), "reason": "Onvriendelijk"},
        target=("commentId",),
        shows=lambda payload: payload["comment"]["hiddenAt"] is None,
        allowed=always(False),
    ),
    node(
        "COM-08",
        "Comment",
        COMMENT,
        lambda world: world.comments["hidden"],
        shows=lambda comment: comment["body"],
        allowed=always(HIDDEN),
        filtered={"MASKED": always(TOMBSTONE)},
    ),
    _comment("COM-12", "withdrawn", "COMMENTS_CLOSED"),
)
