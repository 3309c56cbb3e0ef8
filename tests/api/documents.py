"""What people ask in these tests, in words of the contract."""


def mutation(name: str, told: str) -> str:
    """A mutation that takes its whole input as one variable."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {told} errors {{ code path }} }} }}"


def node(kind: str, told: str) -> str:
    """A query for one thing by its id."""
    return f"query($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {told} }} }} }}"


REPORT = "id state reason note startsAt endsAt wholeDays afterCutoff pupil { givenName }"
REPORT_ABSENCE = mutation("reportAbsence", f"reports {{ {REPORT} }}")
CHANGE_ABSENCE = mutation("changeAbsence", f"report {{ {REPORT} }}")
WITHDRAW_ABSENCE = mutation("withdrawAbsence", f"report {{ {REPORT} }}")
REPORT_RECOVERY = mutation("reportRecovery", f"report {{ {REPORT} }}")
ACKNOWLEDGE_ABSENCE = mutation("acknowledgeAbsence", f"report {{ {REPORT} acknowledgedAt acknowledgedBy {{ name }} }}")
READ_ABSENCE = node("AbsenceReport", REPORT)
GROUPS_DAY = "query($id: ID!, $on: Date!) { node(id: $id) { ... on Group { absenceReports(on: $on) { id state } } } }"

POST = "id title body publishedAt editedAt commentsOpen viewerCanComment group { name } authorName"
PUBLISH_POST = mutation("publishPost", f"post {{ {POST} }}")
EDIT_POST = mutation("editPost", f"post {{ {POST} }}")
WITHDRAW_POST = mutation("withdrawPost", "postId")
MARK_POST_READ = mutation("markPostRead", "post { id viewerHasRead }")
READ_POST = node("Post", POST)
GROUPS_POSTS = """query($id: ID!, $first: Int, $after: String) {
  node(id: $id) {
    ... on Group {
      posts(first: $first, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } }
    }
  }
}"""

COMMENT = "id body createdAt hiddenAt authorName author { name label }"
ADD_COMMENT = mutation("addComment", f"comment {{ {COMMENT} }}")
HIDE_COMMENT = mutation("hideComment", f"comment {{ {COMMENT} }}")
READ_COMMENT = node("Comment", COMMENT)
READ_COMMENTS = node("Post", f"commentCount comments {{ edges {{ node {{ {COMMENT} }} }} }}")
COMMENTS_PAGE = f"""query($id: ID!, $first: Int, $after: String) {{
  node(id: $id) {{
    ... on Post {{
      comments(first: $first, after: $after) {{ edges {{ node {{ {COMMENT} }} }} pageInfo {{ hasNextPage endCursor }} }}
    }}
  }}
}}"""

VIEWER = """{
  viewer {
    email locale profileComplete person { id name email phone label } memberships { role school { id } }
    children { id } groups { id } feed { edges { node { id } } }
  }
}"""
UPDATE_PROFILE = mutation("updateProfile", "viewer { locale profileComplete person { name phone } }")
SIGN_IN = """mutation($input: SignInInput!) {
  signIn(input: $input) { token viewer { person { name } } errors { code message path } }
}"""
SIGN_IN_AGAIN = mutation("signIn", "token deviceToken viewer { email }")
REQUEST_RESET = mutation("requestPasswordReset", "accepted")
RESET_PASSWORD = mutation("resetPassword", "token deviceToken viewer { email }")
CHANGE_PASSWORD = mutation("changePassword", "viewer { email sessions { current } }")
CHANGE_EMAIL = mutation("changeEmail", "viewer { email }")
CONFIRM_EMAIL = mutation("confirmEmailChange", "confirmed")
SESSION = "id device createdAt lastSeenAt current"
SESSIONS = f"{{ viewer {{ sessions {{ {SESSION} }} }} }}"
READ_SESSION = node("Session", SESSION)
REVOKE_SESSION = mutation("revokeSession", "sessionId")
REVOKE_OTHERS = mutation("revokeOtherSessions", "viewer { sessions { current } }")
SIGN_OUT = "mutation { signOut { signedOut } }"
EMAIL = "{ viewer { email } }"
ANYTHING = "query($id: ID!) { node(id: $id) { id } }"

FEED = """query($first: Int, $after: String, $school: ID, $group: ID) {
  viewer {
    feed(first: $first, after: $after, schoolId: $school, groupId: $group) {
      edges { node { id } } pageInfo { hasNextPage endCursor }
    }
  }
}"""
CONTACT = node("Person", "name email phone")
GROUP = node("Group", "name teachers { name } pupils { id } posts { edges { node { id } } }")
