"""How the school says no.

Refused             a person can act on it; becomes a UserError in the payload of a mutation
Unauthenticated     nobody is signed in
BadInput            the request itself is wrong: a junk cursor, a page size out of bounds
"""

from collections.abc import Sequence
from enum import StrEnum, auto

from models import Locale


class Code(StrEnum):
    """What kind of refusal it is, for programs. The words are the public contract."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:  # noqa: ARG004
        return name

    NOT_FOUND = auto()
    FORBIDDEN = auto()
    INVALID = auto()
    REQUIRED = auto()
    TOO_LONG = auto()
    TOO_MANY = auto()
    RATE_LIMITED = auto()
    REAUTHENTICATION_REQUIRED = auto()
    INVALID_CREDENTIALS = auto()
    WEAK_PASSWORD = auto()
    INVALID_CODE = auto()
    CODE_EXPIRED = auto()
    CODE_LOCKED = auto()
    PUPIL_UNDER_FOUR = auto()
    ENROLMENT_NOT_STARTED = auto()
    PROFILE_INCOMPLETE = auto()
    RULES_NOT_ACCEPTED = auto()
    CONFLICT_OF_INTEREST = auto()
    COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST = auto()
    COMMENTS_CLOSED = auto()
    COMMENTING_SUSPENDED = auto()
    INVALID_RANGE = auto()
    NO_SCHOOL_TIME = auto()
    START_TOO_FAR = auto()
    ALREADY_REPORTED = auto()
    ALREADY_STARTED = auto()
    REASON_REQUIRED = auto()
    ROUND_NOT_OPEN = auto()
    SLOT_TAKEN = auto()
    TICKET_ALREADY_BOOKED = auto()
    GUARDIAN_BUSY = auto()
    HOLD_EXPIRED = auto()
    CHANGE_CLOSED = auto()
    CAPACITY_SHORT = auto()
    CONSENT_MISSING = auto()
    UNSUPPORTED_FILE = auto()


_TEXTS: dict[Code, tuple[str, str]] = {
    Code.NOT_FOUND: ("Dit bestaat niet, of u mag het niet zien.", "This does not exist, or you may not see it."),
    Code.FORBIDDEN: ("Dat mag u niet doen.", "You may not do this."),
    Code.INVALID: ("Dit klopt niet. Kijk het nog eens na.", "This is not right. Please check it."),
    Code.REQUIRED: ("Vul dit in.", "Please fill this in."),
    Code.TOO_LONG: ("Deze tekst is te lang.", "This text is too long."),
    Code.TOO_MANY: ("Dit zijn er te veel tegelijk.", "These are too many at once."),
    Code.RATE_LIMITED: ("Dit gaat te snel. Probeer het straks nog eens.", "Too fast. Please try again later."),
    Code.INVALID_CREDENTIALS: (
        "Het e-mailadres of het wachtwoord klopt niet.",
        "The e-mail address or the password is not right.",
    ),
    Code.PROFILE_INCOMPLETE: (
        "Vul eerst uw naam in bij uw profiel.",
        "Please fill in your name in your profile first.",
    ),
    Code.COMMENTS_NOT_ALLOWED_ON_SCHOOL_POST: (
        "Op berichten aan de hele school kan niemand reageren.",
        "Nobody can comment on posts to the whole school.",
    ),
    Code.COMMENTS_CLOSED: ("Op dit bericht kunt u niet meer reageren.", "Comments on this post are closed."),
    Code.INVALID_RANGE: ("Het einde ligt niet na het begin.", "The end is not after the start."),
    Code.NO_SCHOOL_TIME: ("In deze tijd is er geen school.", "There is no school in this time."),
    Code.START_TOO_FAR: (
        "Een ziekmelding begint vandaag of op de volgende schooldag.",
        "An illness report starts today or on the next school day.",
    ),
    Code.ALREADY_REPORTED: (
        "Voor deze tijd is uw kind al afgemeld.",
        "Your child is already reported absent for this time.",
    ),
    Code.ALREADY_STARTED: (
        "Deze afmelding is al begonnen. U kunt alleen het einde nog wijzigen.",
        "This absence has already started. You can only change its end.",
    ),
    Code.REASON_REQUIRED: ("Schrijf erbij waarom.", "Please say why."),
}


def message(code: Code, locale: Locale) -> str:
    """The refusal in words for people, at reading level B1."""
    dutch, english = _TEXTS.get(code, _TEXTS[Code.INVALID])
    return dutch if locale is Locale.NL else english


class Refused(Exception):
    """A refusal that the caller can act on: what kind, and which part of the input it is about."""

    def __init__(self, code: Code, *path: str) -> None:
        super().__init__(code)
        self.code = code
        self.path: Sequence[str] = ("input", *path) if path else ()


class Unauthenticated(Exception):
    """Nobody is signed in, or the session has ended."""


class BadInput(Exception):
    """The request can't be understood. The message is for its developer and holds nothing but what was sent."""
