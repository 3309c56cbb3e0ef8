"""All probes, by area."""

from tests.policy import (
    absences,
    accounts,
    administration,
    admission,
    factors,
    feed,
    live,
    meetings,
    people,
    platform,
    school,
)
from tests.policy.probes import Get, Probe

PROBES: tuple[Probe | Get, ...] = (
    *people.ACCOUNTS,
    *people.PEOPLE,
    *school.SCHOOLS,
    *school.PUPILS,
    *feed.READ_POSTS,
    *feed.CHANGE_POSTS,
    *feed.COMMENTS,
    *absences.READ_ABSENCES,
    *absences.CHANGE_ABSENCES,
    *live.LIVE,
    *accounts.PROBES,
    *factors.PROBES,
    *administration.PROBES,
    *admission.PROBES,
    *meetings.PROBES,
    *platform.NODES,
    *platform.PLATFORM,
    *platform.PAGES,
)
