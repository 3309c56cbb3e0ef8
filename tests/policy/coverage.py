"""Which rows of the matrix hold for what the contract offers, and which rows have nothing to hold for yet.

Every field of every object type is named here, under a row whose requests ask for it. Whoever adds a field decides
with it who may see it.
"""

from collections.abc import Mapping

from tests.policy import accounts, administration, admission, factors, meetings

_EDGES = {"edges", "pageInfo"}
_PAGE = {"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"}

_FIELDS: Mapping[str, Mapping[str, set[str]]] = {
    "Query": {
        "ACC-02": {"viewer"},
        "NOD-01": {"nodes"},
        "PST-01": {"node"},
    },
    "Mutation": {
        "ACC-01": {"signIn"},
        "ACC-04": {"signOut"},
        "PER-08": {"updateProfile"},
        "PST-06": {"publishPost"},
        "PST-08": {"editPost"},
        "PST-10": {"withdrawPost"},
        "PST-12": {"markPostRead"},
        "COM-02": {"addComment"},
        "COM-07": {"hideComment"},
        "ABS-01": {"reportAbsence"},
        "ABS-09": {"changeAbsence", "withdrawAbsence", "reportRecovery"},
        "ABS-13": {"acknowledgeAbsence"},
    },
    "Subscription": {
        "SUB-01": {"postFeed"},
        "SUB-04": {"absenceFeed"},
    },
    "Viewer": {
        "ACC-02": {"person", "email", "locale", "profileComplete"},
        "SCH-03": {"memberships"},
        "GRP-02": {"groups"},
        "GUA-01": {"children"},
        "PST-03": {"feed"},
    },
    "Person": {
        "PER-01": {"id", "name"},
        "PER-03": {"label"},
        "PER-04": {"email"},
        "PER-05": {"phone"},
    },
    "Membership": {"SCH-03": {"school", "role", "since"}},
    "School": {
        "SCH-02": {"id", "slug", "name", "timeZone", "contactEmail", "reportCutoff", "staff", "postCursor"},
        "GRP-02": {"groups"},
        "PST-02": {"posts"},
        "ABS-08": {"absenceReports", "absenceCursor"},
    },
    "Group": {
        "GRP-01": {"id", "school", "name", "schoolYear", "teachers", "postCursor"},
        "PUP-04": {"pupils"},
        "PST-01": {"posts"},
        "ABS-07": {"absenceReports", "absenceCursor"},
    },
    "Pupil": {
        "PUP-01": {"id", "givenName", "familyName", "school", "group", "status", "enrolledFrom"},
        "PUP-03": {"birthDate"},
        "GUA-02": {"guardians"},
        "ABS-03": {"absenceReports"},
    },
    "Post": {
        "PST-01": {
            "id",
            "school",
            "group",
            "author",
            "authorName",
            "title",
            "body",
            "publishedAt",
            "editedAt",
            "commentsOpen",
            "viewerCanComment",
            "viewerHasRead",
        },
        "PST-05": {"withdrawnAt"},
        "PST-13": {"readCount", "audienceSize"},
        "COM-01": {"comments", "commentCount"},
    },
    "Comment": {
        "COM-01": {"id", "post", "author", "authorName", "createdAt"},
        "COM-08": {"body", "hiddenAt"},
    },
    "AbsenceReport": {
        "ABS-03": {
            "id",
            "pupil",
            "startsAt",
            "endsAt",
            "wholeDays",
            "state",
            "afterCutoff",
            "reportedBy",
            "reportedAt",
            "acknowledgedBy",
            "acknowledgedAt",
        },
        "ABS-05": {"reason", "note"},
    },
    "PostConnection": {"PST-03": _EDGES},
    "PostEdge": {"PST-03": {"cursor", "node"}},
    "CommentConnection": {"COM-01": _EDGES},
    "CommentEdge": {"COM-01": {"cursor", "node"}},
    "AbsenceReportConnection": {"ABS-03": _EDGES},
    "AbsenceReportEdge": {"ABS-03": {"cursor", "node"}},
    "PageInfo": {"PST-03": _PAGE},
    "PostFrame": {"SUB-01": {"kind", "cursor", "retryAfterMs", "events"}},
    "PostEvent": {"SUB-01": {"kind", "postId", "post"}, "SUB-03": {"comment"}},
    "AbsenceFrame": {"SUB-04": {"kind", "cursor", "retryAfterMs", "events"}},
    "AbsenceEvent": {"SUB-04": {"kind", "report"}},
    "UserError": {"PST-06": {"code", "message", "path", "possibleFrom"}},
    "SignInPayload": {"ACC-01": {"viewer", "token", "errors"}},
    "SignOutPayload": {"ACC-04": {"signedOut"}},
    "UpdateProfilePayload": {"PER-08": {"viewer", "errors"}},
    "PublishPostPayload": {"PST-06": {"post", "errors"}},
    "EditPostPayload": {"PST-08": {"post", "errors"}},
    "WithdrawPostPayload": {"PST-10": {"postId", "errors"}},
    "MarkPostReadPayload": {"PST-12": {"post", "errors"}},
    "AddCommentPayload": {"COM-02": {"comment", "errors"}},
    "HideCommentPayload": {"COM-07": {"comment", "errors"}},
    "ReportAbsencePayload": {"ABS-01": {"reports", "errors"}},
    "ChangeAbsencePayload": {"ABS-09": {"report", "errors"}},
    "WithdrawAbsencePayload": {"ABS-09": {"report", "errors"}},
    "ReportRecoveryPayload": {"ABS-09": {"report", "errors"}},
    "AcknowledgeAbsencePayload": {"ABS-13": {"report", "errors"}},
}


def _together(*areas: Mapping[str, Mapping[str, set[str]]]) -> dict[str, dict[str, set[str]]]:
    """The fields of each type by row, from all areas."""
    fields: dict[str, dict[str, set[str]]] = {}
    for area in areas:
        for type_, rows in area.items():
            for row, names in rows.items():
                fields.setdefault(type_, {}).setdefault(row, set()).update(names)
    return fields


FIELDS = _together(_FIELDS, accounts.FIELDS, factors.FIELDS, administration.FIELDS, admission.FIELDS, meetings.FIELDS)

WITHOUT_OPERATION: Mapping[str, str] = {
    "exports and erasure are later work": "ACC-13 ACC-14 EXP-01 EXP-02 EXP-03 EXP-04",
    "no input names another person: `updateProfile` is about oneself": "PER-09",
    "media are later work": "PER-14 ATT-01 ATT-02 ATT-03 ATT-04 ATT-05 ATT-06 ATT-07 ATT-08 ATT-09",
    "consents are later work": "PUP-09 PUP-10 PUP-11",
    "a school is founded by who runs the service, on the command line": "SCH-05",
    "nothing of the kind is collected": "PUP-12",
    "only hashes of secrets are stored, and no field shows them": "INV-04 COD-03",
    "there is no operation for it: only an invitation or a verified request gives a guardianship": "GUA-04 GUA-06",
    "a post is published at once, there are no drafts; and there is no search yet": "PST-04 PST-14",
    "no input names the audience of a post that is there": "PST-11",
    "there is no operation that changes or deletes a comment": "COM-05 COM-06",
    "complaints are later work": "COM-09",
    "no input names a parent, an author or a time of a comment": "COM-10 COM-11",
    "there is no operation that deletes a report": "ABS-11",
    "no input names the group of a report": "ABS-12",
    "notices are later work": "NOT-01 NOT-02 NOT-03 NOT-04 NOT-05 SUB-06 SUB-07",
    "the audit trail is written, and not yet read in the service": "AUD-01 AUD-02 AUD-03 AUD-04",
}
"""Why, and which rows."""

DONE_IN_PART: Mapping[str, str] = {
    "GUA-01": "ended guardianships, with their dates, are not yet shown to the guardian",
    "ABS-05": "that staff have read a reason is not yet audited",
    "ABS-06": "that staff have read a reason is not yet audited",
    "PST-13": "how many have read a post is shown; who they are is later work",
}
"""Rows whose cells hold, and of which something else is still to come."""
