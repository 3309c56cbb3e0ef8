"""Where mails go: to a mail server, or into a folder to try things out."""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

ANSWER_S = 20.0
SENT_S = 60.0
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
LONGEST_NAME = 100
POLICY = re.compile(r"5\.7\.\d")
"""An answer that is about us, not about the mail or its address: "relay access denied" (RFC 3463, 3.8)."""
FAULTS = (
    (ssl.SSLError, "tls"),
    (TimeoutError, "timeout"),
    (OSError, "unreachable"),
    (aiosmtplib.SMTPNotSupported, "unsupported"),
)


class NotSent(Exception):
    """The mail was not taken. `code` is the server's, or a word for what happened; never the server's text."""

    def __init__(self, code: str, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final
        """Whether the mail itself, or its address, was refused: trying again would change nothing."""


class Sender(Protocol):
    """Sends mails."""

    async def send(self, message: EmailMessage, kind: str, link: str | None) -> None:
        """Send one. Raises NotSent."""
        ...


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how to talk to it; the scheme of its URL says how it is encrypted."""

    host: str
    port: int
    scheme: str
    username: str | None
    password: str | None = field(repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp://` (STARTTLS), `smtps://` (TLS) or `smtp+plain://` (no password over that). Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("not the address of a mail server")
        if (parts.username is None) != (parts.password is None) or (parts.username and parts.scheme == "smtp+plain"):
            raise ValueError("user and password go together, and over an encrypted connection")
        return cls(parts.hostname, parts.port or PORTS[parts.scheme], parts.scheme, *_credentials(parts))


class Smtp:
    """Sends to a mail server, over a connection for each mail: there are few, and none that is idle can go stale."""

    def __init__(self, server: MailServer, *, answer_s: float = ANSWER_S, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._answer_s = answer_s
        self._tls = tls

    async def send(self, message: EmailMessage, kind: str, link: str | None) -> None:  # noqa: ARG002 - of a Sender
        """Send one mail. Raises NotSent."""
        server = self._server
        try:
            async with asyncio.timeout(SENT_S):
                await aiosmtplib.send(
                    message,
                    hostname=server.host,
                    port=server.port,
                    username=server.username,
                    password=server.password,
                    use_tls=server.scheme == "smtps",
                    start_tls=server.scheme == "smtp",
                    tls_context=self._tls,
                    timeout=self._answer_s,
                )
        except (SMTPException, OSError, TimeoutError) as error:
            raise _not_sent(error) from error


class Folder:
    """Writes mails as files, and tells their links, so that who tries things out can go on."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell

    async def send(self, message: EmailMessage, kind: str, link: str | None) -> None:
        """Write one mail. Raises NotSent."""
        recipient, moment = str(message["To"]), message["Date"].datetime
        try_ = str(message["Message-ID"]).strip("<>").partition("@")[0]  # two mails of one second are two files
        name = f"{moment:%Y%m%dT%H%M%S%f}-{kind.lower()}-{_safe(recipient)}-{try_}.eml"
        try:
            await asyncio.to_thread(self._write, name, bytes(message))
        except OSError as error:
            raise NotSent("disk") from error
        self._tell(f"Mail to {recipient}: {link or message['Subject']}")

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.joinpath(name).write_bytes(content)


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    return (
        None if parts.username is None else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )


def _safe(recipient: str) -> str:
    return re.sub(r"[^A-Za-z0-9@+_.-]|\.(?=\.)", "_", recipient)[:LONGEST_NAME]


def _not_sent(error: Exception) -> NotSent:
    """What became of it. Only an answer about this mail is final: whatever else a server has against us may pass."""
    match error:
        case (
            SMTPRecipientsRefused(recipients=[SMTPRecipientRefused(code=code, message=answer), *_])
            | SMTPDataError(code=code, message=answer)
        ):
            return NotSent(str(code), is_final=code >= 500 and not POLICY.match(answer))
        case SMTPResponseException(code=code):
            return NotSent(str(code))
        case _:
            faults = (error, error.__cause__)
            return NotSent(
                next((word for kind, word in FAULTS if any(isinstance(one, kind) for one in faults)), "protocol")
            )
