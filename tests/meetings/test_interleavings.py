"""Whatever families and the school do, one after another or at once: the guarantees of f4 hold, and everybody sees
what they may see, as a model tells that knows nothing of the service.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import asyncpg
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import models
from models.database import Database
from tests.api.documents import node
from tests.clients import Answered, Client, Clients
from tests.factories import enrol, found_small_school, founding, guardian, id_of, sign_in_token
from tests.meetings.documents import BOOK, CANCEL, CANCEL_SLOT, MOVE, REOPEN_SLOT, WITHDRAW_DAY
from tests.meetings.guarantees import broken
from tests.meetings.imagined import Afternoon, Step, Ticket, Window
from tests.meetings.planning import DAY, announced, at, window, wish

SEEN = node(
    "MeetingRound",
    """slots { id startsAt state room booking { id ticket { id } } }
    tickets { id state pupil { givenName } guardians { name } booking { id slot { id } } }""",
)
TICKETS = {
    name: Ticket(name, pupil, group, frozenset(people))
    for name, pupil, group, people in (
        ("Noor", "Noor", "5", {"Esra"}),
        ("Mila", "Mila", "6", {"Esra"}),
        ("Sam", "Sam", "5", {"Tom"}),
        ("Lina 1", "Lina", "6", {"Amal"}),
        ("Lina 2", "Lina", "6", {"Karim"}),
        ("Bas", "Bas", "5", {"Bram"}),
    )
}
"""A brother and a sister with other teachers, a child of parents who come apart, and the child of a teacher."""
WINDOWS = (({"Joke"}, {"5"}, 0, 3), ({"Bram"}, {"6"}, 0, 4), ({"Joke", "Bram"}, {"5", "6"}, 40, 2))
SLOTS = [
    f"{number}/{begin + 10 * place}" for number, (_, _, begin, count) in enumerate(WINDOWS) for place in range(count)
]
PEOPLE = ("Anouk", "Joke", "Bram", "Esra", "Tom", "Amal", "Karim")

DEEDS = ["book"] * 12 + ["move"] * 12 + ["cancel"] * 4 + ["keep free", "reopen", "reopen"]


@st.composite
def _steps(draw: st.DrawFn) -> Step:
    """What somebody does; mostly where it may be possible, and seldom that a host is away: it ends much."""
    deed, ticket = draw(st.sampled_from(DEEDS)), draw(st.sampled_from(sorted(TICKETS)))
    if draw(st.integers(0, 60)) == 60:
        return Step("withdraw", draw(st.sampled_from(("Joke", "Bram"))))
    fitting = [slot for slot in SLOTS if TICKETS[ticket].group in WINDOWS[int(slot[0])][1]]
    slot = draw(st.sampled_from(SLOTS if draw(st.integers(0, 9)) == 9 else fitting))
    return Step(deed, ticket, slot)


programs = st.lists(st.lists(_steps(), min_size=1, max_size=3), min_size=12, max_size=16)


class School:
    """A school that does the same as the model, through the API."""

    def __init__(self, database: Database, clients: Clients) -> None:
        self._database, self._clients = database, clients
        self.people: dict[str, Client] = {}
        self.slots: dict[str, str] = {}
        self.tickets: dict[str, str] = {}
        self._bookings: dict[str, str] = {}
        self._hosts: dict[str, str] = {}

    async def begin(self) -> Afternoon:
        """Found it, announce the round, and answer the model of it."""
        town = self.town = await found_small_school(self._database)
        async with founding(self._database) as facts:
            bas, mila = enrol(facts, town.group, given_name="Bas"), enrol(facts, town.other_group, given_name="Mila")
            guardian(facts, bas, somebody=town.other_teacher)
            guardian(facts, mila, somebody=town.guardian)
            karim = guardian(facts, town.lina, name="Karim Haddad")
            for number, somebody in enumerate((town.other_groups_guardian, karim), 1):
                decided: dict[str, Any] = {"basis": "Beschikking", "set_by": town.admin.id, "set_at": DAY}
                within = {"pupil_id": town.lina.id, "person_id": somebody.id, "school_id": town.school.id}
                facts.add(models.SeparateParty(party=number, **within, **decided))
            tokens = {**town.tokens, karim.id: sign_in_token(facts, karim)}
        everybody = [town.admin, town.teacher, town.other_teacher, town.guardian, town.classmates_guardian]
        for somebody in (*everybody, town.other_groups_guardian, karim):
            self.people[somebody.name.split()[0]] = self._clients(tokens[somebody.id])
        self._hosts = {host.name.split()[0]: id_of(host) for host in (town.teacher, town.other_teacher)}
        await self._announce({"Joke": town.teacher, "Bram": town.other_teacher})
        windows = [Window(set(hosts), set(groups), begin, count) for hosts, groups, begin, count in WINDOWS]
        return Afternoon(windows, TICKETS, {"Joke": {"5"}, "Bram": {"6"}}, "Anouk")

    async def _announce(self, hosts: dict[str, models.Person]) -> None:
        planned = [
            {
                **window(*(hosts[name] for name in sorted(names)), room=str(number)),
                "from": (at("14:00") + timedelta(minutes=begin)).isoformat(),
                "to": (at("14:00") + timedelta(minutes=begin + 10 * count)).isoformat(),
            }
            for number, (names, _, begin, count) in enumerate(WINDOWS)
        ]
        self.round = await announced(self.people["Anouk"], self.town, windows=planned)
        seen = await self.people["Anouk"].ok(SEEN, id=self.round["id"])
        for slot in seen["slots"]:
            minute = (datetime.fromisoformat(slot["startsAt"]) - at("14:00")) // timedelta(minutes=1)
            self.slots[f"{slot['room']}/{minute}"] = slot["id"]
        for ticket in seen["tickets"]:
            people = {person["name"].split()[0] for person in ticket["guardians"]}
            (name,) = [one.name for one in TICKETS.values() if one.people == people and one.pupil == _pupil(ticket)]
            self.tickets[name] = ticket["id"]

    async def do(self, step: Step) -> Answered:
        """Have somebody do a step; answers what came back."""
        head = self.people["Anouk"]
        if step.deed in {"keep free", "reopen"}:
            return await head.ask(
                CANCEL_SLOT if step.deed == "keep free" else REOPEN_SLOT, input={"slotId": self.slots[step.slot]}
            )
        if step.deed == "withdraw":
            asked = {"schoolId": id_of(self.town.school), "hostId": self._hosts[step.about], "date": str(DAY.date())}
            return await head.ask(WITHDRAW_DAY, input=asked)
        (parent,) = TICKETS[step.about].people
        ticket, slot = self.tickets[step.about], self.slots[step.slot]
        if step.deed == "book":
            answer = await self.people[parent].ask(BOOK, input=wish((ticket, slot)))
            if not answer.codes:
                self._bookings[step.about] = (answer.data or {})["bookMeetings"]["bookings"][0]["id"]
            return answer
        booking = self._bookings[step.about]
        if step.deed == "cancel":
            return await self.people[parent].ask(CANCEL, input={"bookingId": booking})
        return await self.people[parent].ask(MOVE, input={"bookingId": booking, "slotId": slot})

    def can(self, step: Step) -> bool:
        """Whether there is something to move or cancel: a talk that stands, or one that was."""
        return step.deed not in {"move", "cancel"} or step.about in self._bookings

    async def shown(self, name: str) -> dict[str, Any]:
        """What somebody sees, in the words of the model."""
        seen = await self.people[name].ok(SEEN, id=self.round["id"])
        slots = {key: word for word, key in self.slots.items()}
        tickets = {key: word for word, key in self.tickets.items()}
        for ticket in seen["tickets"]:
            assert ticket["state"] == ("BOOKED" if ticket["booking"] else "INVITED")
        return {
            "slots": {
                slots[slot["id"]]: (slot["state"], slot["booking"] and tickets[slot["booking"]["ticket"]["id"]])
                for slot in seen["slots"]
            },
            "tickets": {
                tickets[ticket["id"]]: ticket["booking"] and slots[ticket["booking"]["slot"]["id"]]
                for ticket in seen["tickets"]
            },
        }


def _pupil(ticket: dict[str, Any]) -> str:
    return ticket["pupil"]["givenName"]


def _explained(model: Afternoon, steps: Sequence[Step], answers: Sequence[Answered]) -> list[Afternoon]:
    """The afternoons that may be after steps that were done at once: in each order that gives these answers."""
    found: list[Afternoon] = []
    for order in permutations(range(len(steps))):
        later = model
        for place in order:
            reasons, codes = later.refusals(steps[place]), answers[place].codes
            if bool(reasons) != bool(codes) or not reasons.issuperset(codes):
                break
            later = later if reasons else later.after(steps[place])
        else:
            found += [later] if later not in found else []
    return found


async def _follows(school: School, models_: list[Afternoon], people: Sequence[str]) -> list[Afternoon]:
    """Of the afternoons that may be, those that these people see. There must be one."""
    for name in people:
        shown = await school.shown(name)
        fitting = [model for model in models_ if model.shown(name) == shown]
        assert fitting, (name, shown, [model.shown(name) for model in models_])
        models_ = fitting
    return models_


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.generate],
    report_multiple_bugs=False,
)
@given(program=programs)
async def test_whatever_is_done_the_guarantees_hold_and_everybody_sees_what_they_may(
    database: Database, clients: Clients, database_url: str, program: list[list[Step]]
) -> None:
    school = School(database, clients)
    model = await school.begin()
    sql = await asyncpg.connect(database_url)
    for number, wanted in enumerate(program):
        steps = [step for step in wanted if school.can(step)]
        answers = await asyncio.gather(*(school.do(step) for step in steps))

        assert await broken(sql, school.town.school.id) == {}
        told = [(step, answer.codes) for step, answer in zip(steps, answers, strict=True)]
        may_be = _explained(model, steps, answers)
        assert may_be, (told, [sorted(model.refusals(step)) for step in steps])
        model = (await _follows(school, may_be, ["Anouk", PEOPLE[number % len(PEOPLE)]]))[0]
    await _follows(school, [model], PEOPLE)
    await sql.close()
