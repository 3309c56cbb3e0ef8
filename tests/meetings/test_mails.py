"""Mails about talks: confirmation, change, cancellation and reminders, to everybody who comes, in their language."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar

import models
from models.database import Database
from schoolplein.app import Application
from tests.clients import Client, Clock
from tests.factories import YESTERDAY, SmallSchool, amend, founding, guardian
from tests.meetings.chores import do
from tests.meetings.documents import BOOK, CANCEL, CANCEL_SLOT, MOVE
from tests.meetings.planning import announced, at, booked, seen_by, slot_at, ticket_of, window, wish
from tests.post import Mailbox, text_of

REMIND = "remind_of_meetings"


async def _talk(parent: Client, town: SmallSchool, round_: dict[str, Any], clock_: str = "14:30") -> dict[str, Any]:
    mine = await seen_by(parent, round_)
    return await booked(parent, ticket_of(mine, town.noor), slot_at(mine, clock_), topics="Zijn gedrag")


def _calendar(message: EmailMessage) -> tuple[str, Any]:
    """The method of the calendar beside a mail, and its one event."""
    [part] = [part for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]
    calendar: Any = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = calendar.walk("VEVENT")
    assert part.get_param("method") == calendar["METHOD"]
    return str(calendar["METHOD"]), event


async def _of_both(mailbox: Mailbox, *people: models.Person) -> list[EmailMessage]:
    """The one new mail to each of them."""
    mails = {str(mail["To"]): mail for mail in await mailbox.deliver(*(person.email for person in people))}
    assert len(mails) == len(people)
    return [mails[person.email] for person in people]


async def test_both_guardians_are_told_of_a_talk_a_change_and_a_cancellation(
    small_school: SmallSchool, database: Database, head: Client, parent: Client, mailbox: Mailbox
) -> None:
    async with founding(database) as facts:
        other = guardian(facts, small_school.noor, name="Kaan Yilmaz", locale=models.Locale.EN)
    round_ = await announced(head, small_school)
    await mailbox.deliver(small_school.guardian.email, other.email)
    talk = await _talk(parent, small_school, round_)

    mine, theirs = await _of_both(mailbox, small_school.guardian, other)

    assert mine["Subject"] == "Gesprek over Noor op dinsdag 22 september om 14.30 uur"
    assert theirs["Subject"] == "Talk about Noor on Tuesday 22 September at 14:30"
    assert "met Joke Smit" in text_of(mine)
    assert "U wordt verwacht in: A." in text_of(mine)
    method, event = _calendar(mine)
    assert (method, int(event["SEQUENCE"]), str(event["STATUS"])) == ("PUBLISH", 0, "CONFIRMED")
    assert event["DTSTART"].dt == at("14:30")
    uid = str(event["UID"])

    seen = await seen_by(parent, round_)
    await parent.ok(MOVE, input={"bookingId": talk["id"], "slotId": slot_at(seen, "15:00")})
    mine, theirs = await _of_both(mailbox, small_school.guardian, other)
    assert mine["Subject"].startswith("Gewijzigd: gesprek over Noor op dinsdag 22 september om 15.00 uur")
    method, event = _calendar(theirs)
    assert (method, str(event["UID"]), int(event["SEQUENCE"]), event["DTSTART"].dt) == ("PUBLISH", uid, 1, at("15:00"))

    await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    mine, theirs = await _of_both(mailbox, small_school.guardian, other)
    assert mine["Subject"].startswith("Afgezegd: gesprek over Noor")
    assert "De school heeft het afgezegd" not in text_of(mine)
    method, event = _calendar(mine)
    assert (method, str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])) == ("CANCEL", uid, 2, "CANCELLED")


async def test_no_mail_holds_a_surname_of_the_child_a_topic_or_a_reason(
    small_school: SmallSchool,
    database: Database,
    round_: dict[str, Any],
    head: Client,
    parent: Client,
    mailbox: Mailbox,
) -> None:
    await amend(database, small_school.guardian, name="Esra Demir")
    mine = await seen_by(parent, round_)
    await _talk(parent, small_school, round_)
    await head.ok(CANCEL_SLOT, input={"slotId": slot_at(await seen_by(head, round_), "14:30", small_school.teacher)})
    await parent.ok(
        BOOK, input=wish((ticket_of(mine, small_school.noor), slot_at(mine, "15:10")), topics="Zijn gedrag")
    )

    mails = await mailbox.deliver(small_school.guardian.email)

    assert [mail["Subject"].partition(":")[0] for mail in mails][-2:] == [
        "Afgezegd",
        "Gesprek over Noor op dinsdag 22 september om 15.10 uur",
    ]
    for mail in mails:
        content = mail.as_string()
        assert "Noor" in text_of(mail)
        assert not [word for word in ("Yilmaz", "gedrag") if word in content]


async def test_a_reminder_comes_two_days_and_two_hours_before_and_only_once(
    small_school: SmallSchool,
    round_: dict[str, Any],
    parent: Client,
    mailbox: Mailbox,
    app: Application,
    clock: Clock,
) -> None:
    await _talk(parent, small_school, round_)
    await mailbox.deliver(small_school.guardian.email)

    async def told() -> list[str]:
        await do(app, REMIND)
        await do(app, REMIND)
        return [mail["Subject"].partition(":")[0] for mail in await mailbox.deliver(small_school.guardian.email)]

    clock.stand_at(at("14:29") - timedelta(days=2))
    assert await told() == []
    clock.advance(minutes=1)
    assert await told() == ["Herinnering"]
    clock.stand_at(at("12:29"))
    assert await told() == []
    clock.advance(minutes=1)
    assert await told() == ["Vandaag"]
    clock.stand_at(at("14:31"))
    assert await told() == []


async def test_nobody_is_reminded_in_the_night_of_an_early_talk(
    small_school: SmallSchool, head: Client, parent: Client, mailbox: Mailbox, app: Application, clock: Clock
) -> None:
    round_ = await announced(
        head,
        small_school,
        windows=[window(small_school.teacher, begin="08:00", end="09:00")],
        groups=[small_school.group],
    )
    await _talk(parent, small_school, round_, "08:30")
    await mailbox.deliver(small_school.guardian.email)
    clock.stand_at(at("06:59"))
    await do(app, REMIND)
    assert await mailbox.deliver(small_school.guardian.email) == []

    clock.stand_at(at("07:00"))
    await do(app, REMIND)

    [mail] = await mailbox.deliver(small_school.guardian.email)
    assert mail["Subject"].startswith("Vandaag")


@pytest.mark.parametrize(
    ("relation", "lost"),
    [
        pytest.param(models.Guardianship, {"ended_at": YESTERDAY}, id="the guardianship"),
        pytest.param(models.Guardianship, {"information_right": "NONE"}, id="the right to be told"),
        pytest.param(models.Membership, {"blocked_at": YESTERDAY}, id="access, by a block"),
        pytest.param(models.Membership, {"ended_at": YESTERDAY}, id="membership"),
    ],
)
async def test_what_was_called_off_or_lost_meanwhile_is_not_mailed(
    small_school: SmallSchool,
    database: Database,
    round_: dict[str, Any],
    parent: Client,
    mailbox: Mailbox,
    relation: type[models.Row],
    lost: dict[str, Any],
) -> None:
    await mailbox.deliver(small_school.guardian.email)
    talk = await _talk(parent, small_school, round_)
    await parent.ok(CANCEL, input={"bookingId": talk["id"]})
    assert [mail["Subject"].partition(":")[0] for mail in await mailbox.deliver(small_school.guardian.email)] == [
        "Afgezegd"
    ]

    await _talk(parent, small_school, round_)
    async with database.begin() as session:
        table = models.table_of(relation)
        mine = table.c.person_id == small_school.guardian.id
        await session.execute(table.update().where(mine).values(lost))

    assert await mailbox.deliver(small_school.guardian.email) == []
