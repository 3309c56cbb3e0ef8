"""One school day, through the doors that people use."""

from tests.clients import Clients
from tests.factories import SmallSchool, id_of

REPORT = """mutation($pupil: ID!) {
  reportAbsence(input: {pupilIds: [$pupil], reason: ILLNESS, startsAt: "2026-09-15T08:00:00+02:00"}) {
    reports { state afterCutoff pupil { givenName } } errors { code }
  }
}"""
FOLLOW = """subscription($group: ID!) {
  absenceFeed(groupId: $group) { kind events { kind report { reason pupil { givenName } } } }
}"""
READ = "query($id: ID!) { node(id: $id) { ... on Pupil { givenName } } }"


async def test_a_teacher_sees_a_report_of_a_guardian_the_moment_it_is_made(
    small_school: SmallSchool, clients: Clients
) -> None:
    parent, noor = clients(small_school.token(small_school.guardian)), id_of(small_school.noor)
    async with clients.live(small_school.token(small_school.teacher)) as live:
        feed = await live.subscribe(FOLLOW, group=id_of(small_school.group))
        await live.acknowledged()
        assert (await feed.frame())["kind"] == "START"

        made = await parent.ok(REPORT, pupil=noor)
        told = await feed.frame()

    assert made["reports"] == [{"state": "REPORTED", "afterCutoff": False, "pupil": {"givenName": "Noor"}}]
    assert told["events"] == [{"kind": "REPORTED", "report": {"reason": "ILLNESS", "pupil": {"givenName": "Noor"}}}]
    assert await parent.ok(READ, id=noor) == {"givenName": "Noor"}
    assert await clients().refused(READ, id=noor) == ["UNAUTHENTICATED"]
