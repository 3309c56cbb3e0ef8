"""Every rule about who may see and who may do what; there are none elsewhere.

May-see rules (`sees_…`) are SQL conditions on a row, made from `me`: the viewer as bound parameters, so that one
compiled statement serves everybody. May-do rules (`may_…`) are functions of the viewer and a row which was fetched
through its may-see rule: what you may not see answers NOT_FOUND, what you see but may not do answers FORBIDDEN.
The truth about the rules is the access matrix (tests/policy/access_matrix.csv).
"""

from resolvers.policy.may_do import (
    is_staff_of,
    may_administer,
    may_comment,
    may_edit,
    may_hide,
    may_publish,
    may_withdraw_absence,
)
from resolvers.policy.may_see import (
    administers,
    follows_absences,
    follows_posts,
    is_blocked,
    is_me,
    is_member,
    is_mine,
    sees_absence,
    sees_comment,
    sees_contact,
    sees_group,
    sees_hidden_text,
    sees_invitation,
    sees_membership,
    sees_person,
    sees_post,
    sees_pupil,
    sees_readers,
    sees_request,
    sees_requested_child,
    sees_school,
    shares_group,
    shown_with_parent,
)
from resolvers.policy.me import ME, SCOPE, Me, Rule, live, parameters, scan

__all__ = [
    "ME",
    "SCOPE",
    "Me",
    "Rule",
    "administers",
    "follows_absences",
    "follows_posts",
    "is_blocked",
    "is_me",
    "is_member",
    "is_mine",
    "is_staff_of",
    "live",
    "may_administer",
    "may_comment",
    "may_edit",
    "may_hide",
    "may_publish",
    "may_withdraw_absence",
    "parameters",
    "scan",
    "sees_absence",
    "sees_comment",
    "sees_contact",
    "sees_group",
    "sees_hidden_text",
    "sees_invitation",
    "sees_membership",
    "sees_person",
    "sees_post",
    "sees_pupil",
    "sees_readers",
    "sees_request",
    "sees_requested_child",
    "sees_school",
    "shares_group",
    "shown_with_parent",
]
