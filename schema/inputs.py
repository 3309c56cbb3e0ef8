"""What people send: texts normalised, without control characters, within their length; keys for harmless retries."""

import re
import unicodedata
from dataclasses import replace
from typing import Annotated, Protocol

from email_validator import validate_email
from pydantic import AfterValidator, StringConstraints

from resolvers.context import Context
from schema.info import Info

GREATEST_SEARCH = 254
"""As long as the longest address."""


def _clean(text: str, allowed: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    # Cc: control characters, NUL among them, which PostgreSQL can't store. Cs: halves of a character.
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed for character in text):
        msg = "holds control characters"
        raise ValueError(msg)
    return text


def _one_line(text: str) -> str:
    return _clean(text, "")


def _lines(text: str) -> str:
    return _clean(text, "\n\t")


def _real_name(name: str) -> str:
    """Two parts at least, of letters: no numbers, no addresses, no smileys (R21)."""
    parts = [part for part in name.split() if any(map(str.isalpha, part))]
    letters = all(unicodedata.category(character)[0] in "LM" or character in _BETWEEN for character in name)
    if len(parts) < 2 or not letters or _WEB_ADDRESS.search(name):
        msg = "is not a real name"
        raise ValueError(msg)
    return name


def _address(email: str) -> str:
    """An address as it is written to: before the @ in ASCII, since few mail servers take anything else (SMTPUTF8).

    Special-use domains are for who tests.
    """
    return validate_email(email, check_deliverability=False, test_environment=True, allow_smtputf8=False).normalized


_BETWEEN = " .'\u2019-"
_WEB_ADDRESS = re.compile(r"[^\W\d_]{2}\.[^\W\d_]{2}")


def _one_year(text: str) -> str:
    """Such as 2026-2027, and no other pair of years."""
    if int(text[5:]) != int(text[:4]) + 1:
        msg = "is not a school year"
        raise ValueError(msg)
    return text


def searched(text: str) -> str:
    """Words to search for, as people type them. Raises ValueError."""
    if len(text) > GREATEST_SEARCH:
        msg = "is too long"
        raise ValueError(msg)
    return _one_line(text.strip())


_ONE_LINE, _LINES = AfterValidator(_one_line), AfterValidator(_lines)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120), _ONE_LINE]
RealName = Annotated[Name, AfterValidator(_real_name)]
"""As somebody is called at school (R21)."""
Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30, pattern=r"^(\+?[0-9][0-9 ()\-]{5,}|)$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _ONE_LINE]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000), _LINES]
CommentBody = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), _LINES]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _LINES]
Because = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), _LINES]
Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254), _ONE_LINE]
NewAddress = Annotated[Address, AfterValidator(_address)]
"""One to which mail will go."""
Password = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200), _ONE_LINE]
"""A long secret that a program sends back: a token of a link or of a challenge."""
TypedCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), _ONE_LINE]
"""A code as somebody has typed it."""
Slug = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), _ONE_LINE]
DeviceToken = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Device = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120), _ONE_LINE]
GivenName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), _ONE_LINE]
FamilyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), _ONE_LINE]
Room = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), _ONE_LINE]
InvitationText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000), _LINES]
WorkingNote = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000), _LINES]
GroupName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), _ONE_LINE]
SchoolYear = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-20[0-9]{2}$"), AfterValidator(_one_year)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
RulesText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), _LINES]
RetryKey = Annotated[str, StringConstraints(min_length=1, max_length=120), _ONE_LINE]


class Keyed(Protocol):
    """An input that may be sent again."""

    client_mutation_id: str | None


def once(info: Info, request: Keyed) -> Context:
    """The context of a change that has its effect once, however often it is sent under this key."""
    return replace(info.context.context, key=request.client_mutation_id)
