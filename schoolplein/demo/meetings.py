"""One round of report conversations that is open now, with some of its talks booked and others still to choose."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import models
from models import MeetingKind
from resolvers.context import Context
from resolvers.meetings.bookings import Wish, book_meetings
from resolvers.meetings.rounds import RoundWish, announce_round, create_round
from resolvers.meetings.slots import Span
from resolvers.meetings.suggesting import suggest_bundles
from resolvers.meetings.windows import WindowWish
from schoolplein.demo.holidays import ZONE
from schoolplein.demo.people import Child, Classroom, DemoSchool
from schoolplein.demo.story import Play, Story, Told, school_day_after

GROUPS: Final = (2, 4, 5, 7, 8)
FAMILIES: Final = 24
"""That have booked by now; the accounts of the demo have not, so that there is something to do."""
DAYS_AHEAD: Final = (7, 8)
"""School days after the last one of the story."""
BEGIN, PAUSE, END, LAST = time(15, 0), (time(16, 30), time(16, 40)), time(18, 0), time(12, 0)
OPENED: Final = time(19, 0)
TOPICS: Final = ("Hoe gaat het met rekenen?", "Vriendjes in de klas", None, None, None)

_TICKETS = """select t.id from meeting_ticket t join ticket_guardian g on g.ticket_id = t.id
where t.round_id = $1 and g.person_id = $2 order by t.id"""


class Meetings:
    """The conversations of the big school."""

    def __init__(self, story: Story, accounts: Iterable[str]) -> None:
        self._story = story
        self._accounts = frozenset(accounts)
        self._round = Told()

    def of_de_vlieger(self, school: DemoSchool) -> None:
        """Plan a round, announce it, and let families book."""
        days = self._story.days
        rooms = [room for room in school.classrooms if room.number in GROUPS]
        self._story.add(datetime.combine(days[-5], time(16, 0), ZONE), school.head, self._plan(school, rooms))
        self._story.add(datetime.combine(days[-4], time(16, 0), ZONE), school.head, self._announce)
        opened = datetime.combine(days[-2], OPENED, ZONE)
        for guardian in self._families(rooms):
            self._story.add(opened + self._story.minutes(1, 290), guardian, self._book(guardian))

    def _plan(self, school: DemoSchool, rooms: Sequence[Classroom]) -> Play:
        days = [school_day_after(rooms[0].days, self._story.days[-1], ahead) for ahead in DAYS_AHEAD]
        windows = [window for day in days for window in _windows(rooms, day)]
        wish = RoundWish(
            kind=MeetingKind.REPORT,
            title="Rapportgesprekken",
            text="Neem uw kind gerust mee naar het gesprek.",
            duration_minutes=10,
            buffer_minutes=0,
            walk_minutes=5,
            party_gap_minutes=15,
            change_until_hours=24,
            priority_opens_at=datetime.combine(self._story.days[-3], OPENED, ZONE),
            opens_at=datetime.combine(self._story.days[-2], OPENED, ZONE),
            closes_at=datetime.combine(days[0] - timedelta(1), LAST, ZONE),
        )

        async def plan(context: Context) -> None:
            groups = [room.group.id for room in rooms]
            self._round.made = await create_round(
                context, school_id=school.school.id, group_ids=groups, wish=wish, windows=windows
            )

        return plan

    async def _announce(self, context: Context) -> None:
        await announce_round(context, round_id=self._round.key, even_if_short=False)

    def _families(self, rooms: Sequence[Classroom]) -> list[models.Person]:
        """Guardians of different families, those who can sign in left out."""
        children: list[Child] = [child for room in rooms for child in room.children]
        first = datetime.combine(self._story.days[-5], time(), ZONE)
        known = [
            child.guardians[0]
            for child in children
            if child.guardians
            and child.since < first
            and not any(guardian.email in self._accounts for guardian in child.guardians)
        ]
        different = list({person.id: person for person in known}.values())
        return self._story.random.sample(different, FAMILIES)

    def _book(self, guardian: models.Person) -> Play:
        topics = self._story.random.choice(TOPICS)
        choice = self._story.random.randrange(5)

        async def book(context: Context) -> None:
            rows = await context.database.fetch(_TICKETS, (self._round.key, guardian.id))
            tickets = [row["id"] for row in rows]
            found = (await suggest_bundles(context, tickets)).fitting if tickets else ()
            if found:
                options = found[min(choice, len(found) - 1)].options
                wishes = [Wish(tickets[option.ticket], option.slot_id) for option in options]
                await book_meetings(context, wishes=wishes, topics=topics)

        return book


def _windows(rooms: Sequence[Classroom], day: date) -> list[WindowWish]:
    """Every teacher is there once, in a room of their own."""
    teachers = {person.id: room.group.name for room in rooms for person, _ in room.teachers}
    pause = Span(*(datetime.combine(day, moment, ZONE) for moment in PAUSE))
    span = Span(datetime.combine(day, BEGIN, ZONE), datetime.combine(day, END, ZONE))
    return [
        WindowWish(host_ids=[person_id], span=span, breaks=[pause], room=f"Lokaal {place}")
        for place, person_id in enumerate(teachers, 1)
    ]
