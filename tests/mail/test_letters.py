"""Every kind of letter can be written in both languages, says only what it was given, and breaks out of nothing."""

from pathlib import Path

import jinja2
import pytest
from jinja2 import meta

from models import Locale, MailKind
from resolvers.letters import WRITERS
from schoolplein.post.templates import render, template_name

LETTERS = Path(__file__).parents[2] / "schoolplein" / "letters"
LINK = "https://school.example/page#SECRET"
TALK = "name child school talk when room hosts phone by_school"
VALUES = {
    MailKind.INVITATION: "name school child code until phone app",
    MailKind.CHILD_ADDED: "name school child code until phone app",
    MailKind.STAFF_INVITATION: "name school code until phone app",
    MailKind.CONFIRM_REQUEST: "name school until",
    MailKind.ACTIVATION_CODE: "name school code until",
    MailKind.REQUEST_REJECTED: "name school phone contact",
    MailKind.NEW_GUARDIAN: "name school child",
    MailKind.ACCESS_ENDED: "name school",
    MailKind.NEW_ADMINISTRATOR: "name school member",
    MailKind.PASSWORD_RESET: "name until",
    MailKind.PASSWORD_CHANGED: "name",
    MailKind.EMAIL_CHANGE: "name until",
    MailKind.EMAIL_CHANGED: "name email",
    MailKind.FACTOR_CHANGED: "name what",
    MailKind.MEETING_INVITED: "name child school title talk text asked opens closes",
    MailKind.MEETING_BOOKED: TALK,
    MailKind.MEETING_CHANGED: TALK,
    MailKind.MEETING_CANCELLED: f"{TALK} again",
    MailKind.MEETING_IN_DAYS: TALK,
    MailKind.MEETING_IN_HOURS: TALK,
    MailKind.MEETING_OFFERED: "name child school talk when until",
}
"""What a letter function gives to the template of its kind: no surname of a child, no reason, nothing else."""
LINKED = {
    MailKind.INVITATION,
    MailKind.CHILD_ADDED,
    MailKind.STAFF_INVITATION,
    MailKind.CONFIRM_REQUEST,
    MailKind.ACTIVATION_CODE,
    MailKind.PASSWORD_RESET,
    MailKind.EMAIL_CHANGE,
    *(kind for kind in MailKind if kind.startswith("MEETING")),
}
EACH = [(kind, locale) for kind in MailKind for locale in Locale]


def given(kind: MailKind, **more: str) -> dict[str, str]:
    """A value for each name, which can be told from the others."""
    return {name: f"<{name}>" for name in VALUES[kind].split()} | more


def test_every_kind_has_a_file_in_every_language_and_no_other_file_is_there() -> None:
    assert {path.name for path in LETTERS.iterdir()} == {template_name(kind, locale) for kind, locale in EACH}


@pytest.mark.parametrize(("kind", "locale"), EACH)
def test_a_letter_is_written_from_what_its_kind_is_given(kind: MailKind, locale: Locale) -> None:
    letter = render(kind, locale, given(kind), LINK if kind in LINKED else None)

    assert letter.subject
    assert "\n" not in letter.subject
    assert (LINK in letter.text.split(), f'href="{LINK}"' in letter.html) == (kind in LINKED, kind in LINKED)
    assert "<name>" not in letter.html
    assert max(len(line) for line in letter.text.splitlines()) <= 76


@pytest.mark.parametrize(("kind", "locale"), EACH)
def test_a_letter_says_nothing_else(kind: MailKind, locale: Locale) -> None:
    source = LETTERS.joinpath(template_name(kind, locale)).read_text()

    wanted = meta.find_undeclared_variables(jinja2.Environment().parse(source))
    assert wanted <= {*VALUES[kind].split(), "link"}


@pytest.mark.parametrize(("kind", "locale"), EACH)
def test_both_languages_say_the_same(kind: MailKind, locale: Locale) -> None:
    words = [
        meta.find_undeclared_variables(
            jinja2.Environment().parse(LETTERS.joinpath(template_name(kind, one)).read_text())
        )
        for one in Locale
    ]

    assert words[0] == words[1]


def test_a_letter_without_its_link_is_not_written() -> None:
    for kind in LINKED:
        with pytest.raises(jinja2.UndefinedError):
            render(kind, Locale.NL, given(kind), None)


@pytest.mark.parametrize("phone", ["", "012 345 67 89"])
def test_a_school_without_a_telephone_is_not_called(phone: str) -> None:
    letter = render(MailKind.INVITATION, Locale.NL, given(MailKind.INVITATION, phone=phone), LINK)

    assert ("Bel de school" in letter.text) is bool(phone)


def test_a_code_is_not_broken_at_a_line() -> None:
    code = "7GHKM-2PQRS-TVWXY-Z2345-6789A"
    for filler in range(60):
        letter = render(MailKind.INVITATION, Locale.EN, given(MailKind.INVITATION, code=code, until="x" * filler), LINK)
        assert code in letter.text


EVIL = [
    "Sanne\r\nBcc: x@y.example",
    "Sanne\n\nhttps://evil.example/",
    "Sanne\x0b\x85\u2028\u2029de Vries",
    "<a href='https://evil.example'>Sanne</a> & \"co\"",
    "{{ link }} {% raw %}",
]


@pytest.mark.parametrize("name", EVIL)
def test_a_name_stays_a_name(name: str) -> None:
    plain = render(MailKind.NEW_ADMINISTRATOR, Locale.NL, given(MailKind.NEW_ADMINISTRATOR), None)
    letter = render(
        MailKind.NEW_ADMINISTRATOR,
        Locale.NL,
        given(MailKind.NEW_ADMINISTRATOR, name=name, member=name, school=name),
        None,
    )

    assert letter.text.count("\n\n") == plain.text.count("\n\n")
    assert len(letter.subject.splitlines()) == 1
    assert letter.html.count("<") == plain.html.count("<")


@pytest.mark.parametrize(("kind", "locale"), EACH)
def test_the_farewell_is_a_paragraph_of_its_own(kind: MailKind, locale: Locale) -> None:
    letter = render(kind, locale, given(kind), LINK if kind in LINKED else None)

    farewell = "Met vriendelijke groet," if locale is Locale.NL else "Kind regards,"
    assert farewell in letter.text.split("\n\n")


def test_every_kind_has_somebody_who_writes_it() -> None:
    assert set(WRITERS) == set(MailKind)
