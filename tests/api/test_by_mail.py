"""The ways in from the first step to the last, with mails that really went out: what arrives is all that is known."""

import re
from datetime import date
from email.message import EmailMessage
from typing import Any

from tests.api.admitting import (
    ACCEPT,
    ACTIVATE,
    ASK,
    CONFIRM,
    INVITE,
    INVITE_STAFF,
    PASSWORD,
    READ_INVITATION,
    VERIFY,
    address,
    asking,
    invitation_for,
    only_request,
    verifying,
)
from tests.api.documents import GROUP, REQUEST_RESET, RESET_PASSWORD, SIGN_IN, VIEWER
from tests.clients import Client, Clients
from tests.factories import SmallSchool, id_of
from tests.post import Mailbox, html_of, link_of, text_of

NAMES = ("Jansen", "Yilmaz", "Haddad")
"""Surnames of the children of this school."""


def _secret(message: EmailMessage) -> str:
    return link_of(message).partition("#")[2]


def _code(message: EmailMessage) -> str:
    found = re.search(r"\b([2-9A-HJKMNP-TV-Z]{4,5}(?:-[2-9A-HJKMNP-TV-Z]{4,5})+)\b", text_of(message))
    assert found
    return found[1]


def _answer(message: EmailMessage, **more: Any) -> dict[str, Any]:
    return {
        "token": _secret(message),
        "code": _code(message),
        "name": "Femke de Groot",
        "password": PASSWORD,
        "acceptHouseRulesVersion": 0,
        "client": "APP",
        **more,
    }


async def test_an_invited_parent_comes_in_with_what_is_in_the_mail(
    small_school: SmallSchool, head: Client, clients: Clients, mailbox: Mailbox
) -> None:
    await head.ok(INVITE, input=invitation_for(small_school.sam))

    (invitation,) = await mailbox.deliver(address(small_school.school.id))
    assert small_school.school.name in invitation["Subject"]
    assert "Sam" in text_of(invitation)
    assert not [name for name in NAMES if name in text_of(invitation) + html_of(invitation)]
    signed_in = await clients().ok(ACCEPT, input=_answer(invitation))

    assert signed_in["viewer"]["children"] == [{"givenName": "Sam"}]
    (notice,) = await mailbox.deliver(small_school.classmates_guardian.email)
    assert "Sam" in text_of(notice)
    assert "Femke" not in text_of(notice)


async def test_a_parent_asks_is_verified_and_comes_in_with_the_mailed_code(
    small_school: SmallSchool, head: Client, clients: Clients, mailbox: Mailbox
) -> None:
    asked = ("Sam Jansen", date(2018, 3, 14))
    await clients().ok(ASK, input=asking(small_school.school, asked))
    (confirmation,) = await mailbox.deliver(address(small_school.school.id))
    assert "Sam" not in text_of(confirmation)
    await clients().ok(CONFIRM, input={"token": _secret(confirmation)})

    request_id = await only_request(head, small_school.school)
    await head.ok(VERIFY, input=verifying(request_id, small_school.sam))
    (mail,) = await mailbox.deliver(address(small_school.school.id))
    assert "Sam" not in text_of(mail)
    email = address(small_school.school.id)
    wanted = {"email": email, "code": _code(mail), "password": PASSWORD, "acceptHouseRulesVersion": 0, "client": "APP"}
    signed_in = await clients().ok(ACTIVATE, input=wanted)

    group = await clients(signed_in["token"]).ok(GROUP, id=id_of(small_school.group))
    assert group["name"] == small_school.group.name


async def test_a_teacher_comes_in_by_mail_and_sets_another_password_by_mail(
    small_school: SmallSchool, head: Client, clients: Clients, mailbox: Mailbox
) -> None:
    email = address(small_school.school.id)
    wanted = {"schoolId": id_of(small_school.school), "email": email, "name": "Femke de Groot", "role": "STAFF"}
    await head.ok(INVITE_STAFF, input=wanted)
    (invitation,) = await mailbox.deliver(email)
    signed_in = await clients().ok(ACCEPT, input=_answer(invitation))
    assert [one["role"] for one in (await clients(signed_in["token"]).ok(VIEWER))["memberships"]] == ["STAFF"]

    await clients().ok(REQUEST_RESET, input={"email": email})
    (mail,) = await mailbox.deliver(email)
    another = "heel iets anders dan eerst"
    reset = {"token": _secret(mail), "newPassword": another, "client": "APP"}
    assert (await clients().ok(RESET_PASSWORD, input=reset))["token"]

    (notice,) = await mailbox.deliver(email)
    assert another not in text_of(notice)
    assert await clients(signed_in["token"]).ok(VIEWER) is None
    again = {"email": email, "password": another, "client": "APP"}
    assert (await clients().ok(SIGN_IN, input=again))["token"]


async def test_the_office_sees_that_an_address_was_refused(
    small_school: SmallSchool, head: Client, mailbox: Mailbox
) -> None:
    invitation = (await head.ok(INVITE, input=invitation_for(small_school.sam)))["invitation"]
    assert invitation["delivery"] == "QUEUED"
    mailbox.refusals = ["550 no such user"]

    assert await mailbox.deliver(address(small_school.school.id)) == []

    assert (await head.ok(READ_INVITATION, id=invitation["id"]))["delivery"] == "FAILED"
    await head.ok(INVITE, input=invitation_for(small_school.sam))
    assert len(await mailbox.deliver(address(small_school.school.id))) == 1
    assert (await head.ok(READ_INVITATION, id=invitation["id"]))["delivery"] == "SENT"
