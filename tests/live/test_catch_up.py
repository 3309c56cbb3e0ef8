"""The catch-up law: whoever reads a list with its cursor, and then applies what the feed tells, has the list as it is.

It holds for every command of the contract, and for everybody who may follow. A new mutation has to say here what it
does to the feeds.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema

from models.database import Database
from tests.clients import BEFORE_SCHOOL, Client, Clients, Clock
from tests.factories import SmallSchool, id_of
from tests.live.lists import Absences, Follower, Posts
from tests.live.meeting_cases import by_families
from tests.live.planning_cases import by_the_school
from tests.live.silent_cases import in_silence
from tests.live.words import (
    ACKNOWLEDGE,
    CHANGE,
    EDIT,
    HIDE,
    RECOVER,
    SIGN_OUT,
    TAKE_BACK,
    WITHDRAW,
    comment,
    publish,
    report,
)

CONTRACT = Path(__file__).resolve().parents[2] / "schema" / "schema.graphql"


@dataclass(frozen=True, slots=True)
class Day:
    """A day at school: who does something in it, and when."""

    school: SmallSchool
    clock: Clock
    parent: Client
    teacher: Client
    admin: Client


Act = Callable[[], Awaitable[Any]]
Arrange = Callable[[Day], Awaitable[Act]]
LAW: dict[str, list[Arrange]] = {}
SHOWN_SILENT = {"signIn", "signOut", "updateProfile", "markPostRead"}
"""Commands that change nothing in any list that has a feed; and are seen below to tell nobody."""
_ACCOUNTS = """requestPasswordReset resetPassword changePassword changeEmail confirmEmailChange revokeSession
  revokeOtherSessions completeSignIn reauthenticate reauthenticateWithPasskey startPasskeyReauthentication
  addAuthenticatorApp confirmAuthenticatorApp removeAuthenticatorApp renewRecoveryCodes startPasskeyRegistration
  finishPasskeyRegistration removePasskey startPasskeySignIn signInWithPasskey"""
_ADMISSION = """inviteGuardian inviteStaff revokeInvitation resendInvitation acceptInvitation confirmInvitation
  requestAccess confirmAccessRequest verifyAccessRequest rejectAccessRequest resendActivationCode activateAccount"""
_ADMINISTRATION = """acceptHouseRules publishHouseRules setMemberBlocked revokeMemberSessions correctMemberName
  grantRole updateSchool createGroup renameGroup assignTeacher endTeaching registerPupil updatePupil movePupil"""
OF_SLOTS = by_families.mutations | by_the_school.mutations
"""What frees or takes slots is held to the same law in `test_catch_up_of_slots`; and what does not, is silent there."""
SILENT = SHOWN_SILENT.union(_ACCOUNTS.split(), _ADMISSION.split(), _ADMINISTRATION.split(), in_silence.mutations)
"""And those that change who may follow, or what else is known of people: nothing is said by them in any feed."""


def law(mutation: str) -> Callable[[Arrange], Arrange]:
    """The mutation which a case is about. The case arranges a school day, and answers what is then done."""

    def register(case: Arrange) -> Arrange:
        LAW.setdefault(mutation, []).append(case)
        return case

    return register


@law("reportAbsence")
async def reporting_a_child_ill(day: Day) -> Act:
    return lambda: report(day.parent, day.school.noor, note="Koorts")


@law("reportAbsence")
async def reporting_two_children_by_the_office(day: Day) -> Act:
    return lambda: report(day.admin, day.school.noor, day.school.lina)


@law("changeAbsence")
async def changing_a_note_before_school(day: Day) -> Act:
    made = await report(day.parent, day.school.noor, note="Koorts")
    return lambda: day.parent.ok(CHANGE, report=made, note="Hoest")


@law("changeAbsence")
async def moving_a_report_to_another_day(day: Day) -> Act:
    made = await report(day.parent, day.school.noor)
    move = """mutation($report: ID!) { changeAbsence(input: {
      reportId: $report, startsAt: "2026-09-16T08:00:00+02:00" }) { report { id } errors { code } } }"""
    return lambda: day.parent.ok(move, report=made)


@law("changeAbsence")
async def correcting_a_report_that_has_started(day: Day) -> Act:
    made = await report(day.parent, day.school.noor, note="Koorts")
    day.clock.stand_at(BEFORE_SCHOOL.replace(hour=10))
    correct = """mutation($report: ID!) { changeAbsence(input: {
      reportId: $report, reason: FAMILY_EMERGENCY, note: "Gebeld", endsAt: "2026-09-15T14:00:00+02:00",
      correctionReason: "Vergissing" }) { report { id } errors { code } } }"""
    return lambda: day.teacher.ok(correct, report=made)


@law("withdrawAbsence")
async def withdrawing_a_report(day: Day) -> Act:
    made = await report(day.parent, day.school.noor)
    return lambda: day.parent.ok(WITHDRAW, report=made)


@law("reportRecovery")
async def reporting_a_child_better(day: Day) -> Act:
    made = await report(day.parent, day.school.noor)
    return lambda: day.parent.ok(RECOVER, report=made, day="2026-09-16")


@law("acknowledgeAbsence")
async def seeing_a_report(day: Day) -> Act:
    made = await report(day.parent, day.school.noor)
    return lambda: day.teacher.ok(ACKNOWLEDGE, report=made)


@law("publishPost")
async def publishing_to_a_group(day: Day) -> Act:
    await publish(day.teacher, day.school.school, day.school.group, "Eerder")
    day.clock.advance(minutes=1)
    return lambda: publish(day.teacher, day.school.school, day.school.group, "Gymles")


@law("publishPost")
async def publishing_to_the_whole_school(day: Day) -> Act:
    return lambda: publish(day.admin, day.school.school, None, "Studiedag")


@law("editPost")
async def correcting_a_post(day: Day) -> Act:
    post = await publish(day.teacher, day.school.school, day.school.group, "Gymles")
    return lambda: day.teacher.ok(EDIT, post=post, title="Zwemles")


@law("editPost")
async def closing_comments(day: Day) -> Act:
    post = await publish(day.teacher, day.school.school, day.school.group, "Gymles")
    close = "mutation($post: ID!) { editPost(input: {postId: $post, commentsOpen: false}) { errors { code } } }"
    return lambda: day.teacher.ok(close, post=post)


@law("withdrawPost")
async def taking_a_post_back(day: Day) -> Act:
    await publish(day.teacher, day.school.school, day.school.group, "Blijft")
    post = await publish(day.teacher, day.school.school, day.school.group, "Gymles")
    return lambda: day.teacher.ok(TAKE_BACK, post=post)


@law("withdrawPost")
async def taking_a_school_wide_post_back(day: Day) -> Act:
    post = await publish(day.admin, day.school.school, None, "Studiedag")
    return lambda: day.admin.ok(TAKE_BACK, post=post)


@law("addComment")
async def commenting(day: Day) -> Act:
    post = await publish(day.teacher, day.school.school, day.school.group, "Gymles")
    await comment(day.teacher, post, "Vragen?")
    return lambda: comment(day.parent, post, "Hoe laat?")


@law("hideComment")
async def hiding_a_comment(day: Day) -> Act:
    post = await publish(day.teacher, day.school.school, day.school.group, "Gymles")
    said = await comment(day.parent, post, "Wat een gedoe")
    return lambda: day.teacher.ok(HIDE, comment=said)


CASES = [(mutation, case) for mutation, cases in LAW.items() for case in cases]


@pytest.mark.parametrize(("mutation", "arrange"), CASES, ids=[case.__name__ for _, case in CASES])
async def test_a_list_and_what_the_feed_tells_are_the_list_as_it_is_now(
    mutation: str, arrange: Arrange, small_school: SmallSchool, clients: Clients, clock: Clock
) -> None:
    school = small_school
    parent, classmates, teacher, admin = (
        clients(school.token(who))
        for who in (school.guardian, school.classmates_guardian, school.teacher, school.admin)
    )
    act = await arrange(Day(school, clock, parent, teacher, admin))
    async with (
        clients.live(school.token(school.guardian)) as at_home,
        clients.live(school.token(school.classmates_guardian)) as next_door,
        clients.live(school.token(school.teacher)) as in_class,
        clients.live(school.token(school.admin)) as in_office,
    ):
        group, whole_school = {"group": id_of(school.group)}, {"school": id_of(school.school)}
        followers = {
            "the teacher's dashboard": Follower(teacher, in_class, Absences, **group),
            "the office's dashboard": Follower(admin, in_office, Absences, **whole_school),
            "posts, for a guardian": Follower(parent, at_home, Posts, **group),
            "posts, for another guardian": Follower(classmates, next_door, Posts, **group),
            "posts, for the teacher": Follower(teacher, in_class, Posts, **group),
            "posts, for the office": Follower(admin, in_office, Posts, **group),
            "school-wide posts, for a guardian": Follower(parent, at_home, Posts, **whole_school),
        }
        for follower in followers.values():
            await follower.begin()

        await act()
        events = 0
        for name, follower in followers.items():
            fresh = await follower.read()
            events += await follower.catch_up(fresh.cursor)
            assert follower.list.shown() == fresh.shown(), name

    assert events, f"nobody is told of {mutation}"


def test_every_command_of_the_contract_obeys_the_law_or_is_named_as_silent() -> None:
    mutations = build_schema(CONTRACT.read_text(encoding="utf-8")).mutation_type
    assert mutations is not None

    assert set(mutations.fields) == LAW.keys() | OF_SLOTS | SILENT
    assert not (LAW.keys() | OF_SLOTS) & SILENT


async def test_silent_commands_tell_nobody(
    small_school: SmallSchool, clients: Clients, clock: Clock, database: Database
) -> None:
    teacher, parent = (clients(small_school.token(who)) for who in (small_school.teacher, small_school.guardian))
    post = await publish(teacher, small_school.school, small_school.group, "Gymles")
    commands = {
        "markPostRead": "mutation($post: ID!) { markPostRead(input: {postId: $post}) { post { viewerHasRead } } }",
        "updateProfile": 'mutation { updateProfile(input: {name: "Esra Kaya"}) { viewer { email } } }',
        "signIn": 'mutation { signIn(input: {email: "wie@mensen.example", password: "x"}) { errors { code } } }',
        "signOut": SIGN_OUT,
    }
    assert commands.keys() == SHOWN_SILENT

    async def written() -> int:
        names = [
            f"{feed}:%{one.id}"
            for feed in ("posts", "absences")
            for one in (small_school.school, small_school.group, small_school.other_group)
        ]
        (row,) = await database.fetch("select coalesce(sum(last_seq), 0) from stream where topic like any($1)", [names])
        return row[0]

    assert await written() == 1, "the post"
    for command in commands.values():
        assert (await parent.ask(command, **({"post": post} if "$post" in command else {}))).data
    assert await written() == 1
