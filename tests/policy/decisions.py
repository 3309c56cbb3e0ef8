"""Where the service does something else than a cell says, on purpose: for which requests and personas, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.personas import PERSONAS

NULL = "deny:NULL"
"""Answered with null and without an error."""
UNCHANGED = "allow:UNCHANGED"
"""Answered as if it were allowed, and nothing has changed."""

SIGNED_OUT = ("anonymous", "blocked_account")
SIGNED_IN = tuple(persona for persona in PERSONAS if persona not in SIGNED_OUT)
OUTSIDE = tuple(
    persona
    for persona in SIGNED_IN
    if persona not in {"guardian_in_group", "guardian_other_group", "teacher_of_group", "other_staff", "school_admin"}
)
"""Who has nothing to do with school A, or no more."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The cells that hold instead, for these requests."""

    probes: tuple[str, ...]
    cells: Mapping[str, str]
    why: str


DECISIONS = {
    "nobody is a viewer": Decision(
        (
            *("ACC-02", "ACC-02.factors", "ACC-02.sharing", "ACC-03", "SCH-03", "GUA-01", "GRP-02.viewer", "PST-03"),
            *("MRD-02.viewer", "SLT-01.hosted", "BKG-05.calendar"),
        ),
        dict.fromkeys(SIGNED_OUT, NULL),
        "The contract: `viewer` is null when nobody is signed in, so that a client can ask whether somebody is.",
    ),
    "who starts with a passkey is nobody yet": Decision(
        ("ACC-01.start",),
        dict.fromkeys(PERSONAS, UNCHANGED),
        "The question for a passkey is the same for everybody: only the answer says who it is.",
    ),
    "signing out is always done": Decision(
        ("ACC-04",),
        dict.fromkeys(SIGNED_OUT, UNCHANGED),
        "The contract: without a session there is nothing left to end, and a client that retries is told the same.",
    ),
    "a mailed link opens to whoever holds it": Decision(
        ("ACC-07.forgotten", "ACC-08.confirmed"),
        {"anonymous": "allow", "blocked_account": "deny:GENERIC"},
        "Who follows a link from a mail need not be signed in, and has shown that the mailbox is theirs; somebody"
        " blocked finds their links worthless.",
    ),
    "own groups are own": Decision(
        ("GRP-02.viewer",),
        {"school_admin": "filter:OWN_GROUPS"},
        "The contract: `Viewer.groups` are those that one teaches or has a child in; `School.groups` has them all.",
    ),
    "guardians of the own child are known": Decision(
        ("PER-12",),
        {"guardian_in_group": "filter:OWN_CHILD"},
        "There is no list of a group's guardians but by its pupils, and those of one's own child are known (GUA-02).",
    ),
    "guardians read absences, and do not follow them": Decision(
        ("SUB-04",),
        {"guardian_in_group": "deny:FORBIDDEN"},
        "The contract: absenceFeed is for staff and administrators; a guardian finds the own child's in queries.",
    ),
    "the absences of a school are for its administration": Decision(
        ("SUB-04.school",),
        {
            "guardian_in_group": "deny:FORBIDDEN",
            "guardian_other_group": "deny:FORBIDDEN",
            "teacher_of_group": "deny:FORBIDDEN",
            "other_staff": "deny:FORBIDDEN",
        },
        "The matrix knows the feed of a group alone. The contract gives that of a school to administrators; who sees"
        " the school may know that there is one.",
    ),
    "a school that one does not see": Decision(
        ("PST-15",),
        dict.fromkeys(("guardian_in_group", "teacher_of_group", "school_admin"), "deny:NOT_FOUND"),
        "The row is about a spoofed school, and that one does not exist for the caller (ASVS 8.2.2). An author can't"
        " even be spoofed: no input names one.",
    ),
    "a child under four says so to the office": Decision(
        ("INV-02",),
        {"school_admin": "deny:PUPIL_UNDER_FOUR"},
        "The contract has a word for it, and the office needs the first possible day.",
    ),
    "a child is confirmed by who is signed in": Decision(
        ("INV-06.confirm",),
        dict.fromkeys(SIGNED_OUT, "deny:UNAUTHENTICATED"),
        "`confirmInvitation` is for who has an account and is signed in; `acceptInvitation` is for everybody else.",
    ),
    "another school is the own school of its guardian": Decision(
        ("ACC-12", "MEM-04"),
        {"guardian_other_school": "deny:FORBIDDEN"},
        "The rows are about who belongs to school A. A guardian of school B sees school B, and may not do this there.",
    ),
    "a pupil comes into a group": Decision(
        ("PUP-05",),
        {"other_staff": "deny:NOT_FOUND"},
        "The matrix knows the school alone. A pupil is entered into a group, which staff of other groups do not see.",
    ),
    "the last administrator is told why": Decision(
        ("MEM-06",),
        {"school_admin": "deny:LAST_ADMINISTRATOR"},
        "A word that says more than FORBIDDEN: an administrator may end the role once there is another.",
    ),
    "a list of one's own is empty, and not missing": Decision(
        ("MRD-02.viewer",),
        dict.fromkeys(("guardian_other_group", "other_staff", "school_admin", *OUTSIDE), "filter:EMPTY"),
        "The contract: `Viewer.meetingRounds` are those in which one hosts, or has a ticket; `School.meetingRounds` has"
        " them all for the administration.",
    ),
    "a school may be asked for its rounds": Decision(
        ("MRD-02.school",),
        dict.fromkeys(("guardian_other_group", "other_staff"), "filter:EMPTY"),
        "Who sees the school finds there those rounds that they see, which may be none.",
    ),
    "one's own agenda is one's own": Decision(
        ("SLT-01.hosted",),
        dict.fromkeys(("guardian_in_group", "school_admin"), "filter:EMPTY"),
        "The contract: `Viewer.hostedSlots` are those that one hosts; `MeetingRound.slots` has them all.",
    ),
    "a draft is not there for its families": Decision(
        ("MRD-01.announce",),
        {"guardian_in_group": "deny:NOT_FOUND"},
        "MRD-03: whoever may not see a draft is not told, by another code, that there is one.",
    ),
    "slots are previewed by who works there": Decision(
        ("MRD-01.preview",),
        {
            "guardian_other_group": "deny:FORBIDDEN",
            **dict.fromkeys(("teacher_of_group", "other_staff", "school_admin"), UNCHANGED),
        },
        "The contract: nothing is made, and no group is named. It is about a school, which all of its people see.",
    ),
    "host windows are the school's": Decision(
        ("SLT-02.change", "SLT-02.remove", "SLT-03.change", "SLT-03.remove"),
        {"guardian_in_group": "deny:NOT_FOUND"},
        "The contract: windows are for the school's side. Families see the slots in them, and no window.",
    ),
    "a host's day is asked of the school": Decision(
        ("SLT-02.day", "SLT-03.day"),
        dict.fromkeys(("guardian_other_group", "other_staff"), "deny:FORBIDDEN"),
        "The contract: it names a school and a member of its staff, whom everybody there may know of (PER-02), and no"
        " round.",
    ),
    "looking for times is no change": Decision(
        ("BKG-01.suggest",),
        dict.fromkeys(("guardian_in_group", "teacher_of_group", "school_admin"), UNCHANGED),
        "The contract: nothing is held by `suggestMeetingBundles`.",
    ),
    "a note is its author's alone": Decision(
        ("BKG-05.note",),
        dict.fromkeys(("guardian_in_group", "school_admin"), "filter:EMPTY"),
        "Domain (d) 16: a teacher's personal notes are outside the file, as long as nobody else reads them.",
    ),
    "a calendar address is one's own": Decision(
        ("BKG-05.address", "BKG-05.revoke"),
        dict.fromkeys(("guardian_other_group", "other_staff", *OUTSIDE), "allow"),
        "The matrix knows a talk alone. The address is of the account, and shows what its owner may see: to who has no"
        " talk, none.",
    ),
    "whether one has a calendar address is one's own to know": Decision(
        ("BKG-05.calendar",),
        dict.fromkeys(SIGNED_IN, "filter:SELF"),
        "As ACC-02: what is held about the account itself.",
    ),
    "the administration sets guardians apart": Decision(
        ("BKG-09.apart",),
        dict.fromkeys(("guardian_in_group", "teacher_of_group"), "deny:FORBIDDEN"),
        "Domain (f4): it is set by the head. Both see the pupil, whom it is about.",
    ),
    "why guardians come apart is for the administration": Decision(
        ("BKG-09.parties",),
        dict.fromkeys(("guardian_in_group", "teacher_of_group"), "filter:EMPTY"),
        "The contract: `Pupil.separateParties` is empty for all others. A party is told of its own talk alone (f4).",
    ),
    "events of slots name nobody": Decision(
        ("SUB-05.together",),
        {"guardian_in_group": "allow"},
        "The contract: ids and states, the same for everybody. There is nothing to mask.",
    ),
    "who comes apart does not follow": Decision(
        ("SUB-05",),
        {"guardian_in_group": "deny:FORBIDDEN"},
        "Decision 0017: what looks taken to one party is told as free to all others, and held against the list the"
        " feed would betray the other party's talk (f4).",
    ),
    "members may look the contract up": Decision(
        ("OPS-01",),
        dict.fromkeys(SIGNED_IN, "allow"),
        "The contract is public and checked in. In production it is told to members, and nothing is told to strangers.",
    ),
}

# Not differences, but so decided where the documents left it open:
# ABS-10 as the matrix says: the reporter and the school withdraw a report, another guardian does not.
# PST-07 as the matrix says: administrators alone write to the whole school; teachers write to their groups.
