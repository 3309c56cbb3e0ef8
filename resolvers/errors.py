"""How the school says no.

Refused             a person can act on it; becomes a UserError in the payload of a mutation
Unauthenticated     nobody is signed in
BadInput            the request itself is wrong: a junk cursor, a page size out of bounds
"""

from collections.abc import Sequence
from datetime import date
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
    ALREADY_MEMBER = auto()
    BIRTH_DATE_MISSING = auto()
    LAST_ADMINISTRATOR = auto()
    LAST_SECOND_FACTOR = auto()
    NOT_IN_PRIORITY = auto()
    HAS_BOOKINGS = auto()


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
    Code.REAUTHENTICATION_REQUIRED: (
        "Laat eerst opnieuw zien dat u het bent, met uw wachtwoord of passkey.",
        "Please show again that it is you, with your password or passkey.",
    ),
    Code.WEAK_PASSWORD: (
        "Dit wachtwoord is makkelijk te raden. Neem ten minste 12 tekens, bijvoorbeeld vier gewone woorden.",
        "This password is easy to guess. Take at least 12 characters, such as four common words.",
    ),
    Code.INVALID_CODE: (
        "Deze code of link klopt niet, of is al gebruikt. Kijk of u de nieuwste e-mail hebt.",
        "This code or link is not right, or was used already. Please check that you have the newest mail.",
    ),
    Code.CODE_EXPIRED: (
        "Deze code of link is verlopen. Vraag de school om een nieuwe.",
        "This code or link has expired. Please ask the school for a new one.",
    ),
    Code.CODE_LOCKED: (
        "De code is te vaak verkeerd ingevuld. Vraag de school om een nieuwe uitnodiging.",
        "The code was typed wrong too often. Please ask the school for a new invitation.",
    ),
    Code.PUPIL_UNDER_FOUR: (
        "Een account kan pas als het kind vier jaar is{day}.",
        "An account is possible once the child is four years old{day}.",
    ),
    Code.ENROLMENT_NOT_STARTED: (
        "Het kind zit nu niet op school. Uitnodigen kan vanaf de eerste schooldag.",
        "The child is not at school now. Inviting is possible from the first school day.",
    ),
    Code.BIRTH_DATE_MISSING: (
        "Vul eerst de geboortedatum van de leerling in.",
        "Please fill in the pupil's date of birth first.",
    ),
    Code.RULES_NOT_ACCEPTED: (
        "Lees de schoolregels en ga ermee akkoord.",
        "Please read the house rules and accept them.",
    ),
    Code.CONFLICT_OF_INTEREST: (
        "U bent familie van dit kind of van de aanvrager. Laat een collega dit doen.",
        "You are related to this child or to the requester. Please let a colleague do this.",
    ),
    Code.ALREADY_MEMBER: ("Deze persoon heeft al toegang.", "This person has access already."),
    Code.LAST_ADMINISTRATOR: (
        "Een school heeft altijd ten minste één beheerder.",
        "A school always has at least one administrator.",
    ),
    Code.LAST_SECOND_FACTOR: (
        "Medewerkers houden altijd een tweede stap bij het inloggen.",
        "Staff always keep a second step for signing in.",
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
    Code.ROUND_NOT_OPEN: ("U kunt nu niet inschrijven voor deze ronde.", "This round is not open for booking now."),
    Code.NOT_IN_PRIORITY: (
        "Nu kunnen alleen gezinnen met voorrang inschrijven. U bent straks aan de beurt.",
        "Only families with priority can book now. Your turn comes soon.",
    ),
    Code.SLOT_TAKEN: (
        "Deze tijd is net bezet. Kies een andere.",
        "This time has just been taken. Please choose another.",
    ),
    Code.TICKET_ALREADY_BOOKED: (
        "Dit gesprek is al ingepland. U kunt het verzetten of afzeggen.",
        "This talk is booked already. You can move it or cancel it.",
    ),
    Code.GUARDIAN_BUSY: (
        "U hebt dan al een ander gesprek op deze school. Kies een andere tijd.",
        "You have another talk at this school then. Please choose another time.",
    ),
    Code.HOLD_EXPIRED: (
        "Dit aanbod is voorbij. Kijk welke tijden er nog vrij zijn.",
        "This offer is over. Please see which times are still free.",
    ),
    Code.CHANGE_CLOSED: (
        "Het is te laat om dit zelf te wijzigen. Bel of mail de school.",
        "It is too late to change this yourself. Please call or mail the school.",
    ),
    Code.CAPACITY_SHORT: ("Er zijn {count} plekken te weinig.", "There are {count} slots too few."),
    Code.HAS_BOOKINGS: (
        "Hier zijn al gesprekken ingepland. Verzet die eerst, of zeg ze af.",
        "There are talks booked here. Please move or cancel them first.",
    ),
}


def message(code: Code, locale: Locale, day: date | None = None, count: int | None = None) -> str:
    """The refusal in words for people, at reading level B1."""
    dutch, english = _TEXTS.get(code, _TEXTS[Code.INVALID])
    if locale is Locale.NL:
        return dutch.format(day="" if day is None else f", dus vanaf {day.day}-{day.month}-{day.year}", count=count)
    return english.format(day="" if day is None else f": from {day.isoformat()}", count=count)


class Refused(Exception):
    """A refusal that the caller can act on: what kind, and which part of the input it is about."""

    def __init__(self, code: Code, *path: str, day: date | None = None, count: int | None = None) -> None:
        """`day` is the first on which it would not be refused, and `count` how many are missing, where there is one."""
        super().__init__(code)
        self.code = code
        self.day = day
        self.count = count
        self.path: Sequence[str] = ("input", *path) if path else ()


class Unauthenticated(Exception):
    """Nobody is signed in, or the session has ended."""


class BadInput(Exception):
    """The request can't be understood. The message is for its developer and holds nothing but what was sent."""
