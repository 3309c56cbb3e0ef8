"""The mail itself: headers, and a letter in two forms."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from email_validator import validate_email

from models import Mail
from resolvers.letters import Calendar
from schoolplein.post.templates import Rendered


class BadAddress(Exception):
    """No mail can be sent to this address."""


def sender(mail_from: str) -> Address:
    """The sender, from a setting like `Schoolplein <post@school.example>`. Raises ValueError."""
    message = EmailMessage(policy=SMTP)
    message["From"] = mail_from
    [own] = message["From"].addresses
    if message["From"].defects or not (own.username and own.domain):
        raise ValueError("not one address")
    return own


def compose(
    mail: Mail, letter: Rendered, mail_from: str, now: datetime, calendar: Calendar | None = None
) -> EmailMessage:
    """Make the mail of a letter. Raises BadAddress.

    Each try has a Message-ID of its own: the secret of the one before is void, and a server that knows the id already
    would drop the mail whose secret is good. The policy refuses a header with a line break.
    """
    message, own = EmailMessage(policy=SMTP), sender(mail_from)
    message["From"] = own
    message["To"] = _deliverable(mail.recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.id}.{mail.attempts}@{own.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if calendar is not None:
        message.add_attachment(
            calendar.text, subtype="calendar", filename="schoolplein.ics", params={"method": calendar.method}
        )
    message["Content-Language"] = mail.locale.value.lower()  # at last: a header of content moves with it
    return message


def _deliverable(recipient: str) -> Address:
    """The address in ASCII: its domain can always be written so, what stands before the @ can not."""
    try:
        known = validate_email(recipient, check_deliverability=False, test_environment=True, allow_smtputf8=False)
        return Address(addr_spec=known.ascii_email or known.normalized)
    except (ValueError, MessageError) as error:
        raise BadAddress from error
