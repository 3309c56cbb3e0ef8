"""What a mail server answers, or does not answer, and what becomes of the mail."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from models import MailKind
from models.database import Database
from resolvers.letters import Letter
from schoolplein.post.outbox import TRIED_FOR
from schoolplein.post.sending import Folder, MailServer, Smtp
from tests.clients import Clock
from tests.mail.posting import Turned, mail_to, posted, somebody, turned
from tests.post import Mailbox


async def test_a_mail_that_was_taken_is_sent(mailbox: Mailbox, database: Database, clock: Clock) -> None:
    sanne = somebody()
    await posted(database, sanne)

    await mailbox.deliver(sanne)

    row = await mail_to(database, sanne)
    assert (row.state, row.sent_at, row.attempts, row.failure) == ("SENT", clock(), 1, None)
    assert await mailbox.deliver(sanne) == []


async def test_a_mail_that_was_put_off_is_taken_the_next_time(mailbox: Mailbox, database: Database) -> None:
    sanne = somebody()
    await posted(database, sanne)
    mailbox.refusals = ["451 later", "421 too busy"]

    assert [await turned(mailbox, sanne) for _ in range(3)] == [
        Turned("451", "QUEUED", None),
        Turned("421", "QUEUED", None),
        Turned(None, "SENT", None),
    ]
    assert (len(mailbox.received), (await mail_to(database, sanne)).attempts) == (1, 3)


async def test_an_address_that_is_refused_is_told_to_the_office(mailbox: Mailbox, database: Database) -> None:
    sanne = somebody()
    await posted(database, sanne)
    mailbox.refusals = ["550 no such user here"]

    assert await turned(mailbox, sanne) == Turned(None, "FAILED", "550")
    assert mailbox.received == []


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "552 5.2.2 mailbox full", "550 it is not 5.7.1"])
async def test_an_address_that_is_refused_for_itself_is_not_tried_again(
    mailbox: Mailbox, database: Database, answer: str
) -> None:
    sanne = somebody()
    await posted(database, sanne)
    mailbox.refusals = [answer]

    assert await turned(mailbox, sanne) == Turned(None, "FAILED", answer[:3])


@pytest.mark.parametrize("answer", ["554 5.7.1 relay access denied", "550 5.7.26 not authenticated", "530 5.7.0 TLS"])
async def test_a_server_that_refuses_us_may_be_set_right(mailbox: Mailbox, database: Database, answer: str) -> None:
    sanne = somebody()
    await posted(database, sanne)
    mailbox.refusals = [answer]

    assert await turned(mailbox, sanne) == Turned(answer[:3], "QUEUED", None)
    assert await turned(mailbox, sanne) == Turned(None, "SENT", None)


async def test_a_mail_whose_content_is_refused_is_told_to_the_office(mailbox: Mailbox, database: Database) -> None:
    sanne = somebody()
    await posted(database, sanne)

    mailbox.verdict = "554 this looks like something else"

    assert await turned(mailbox, sanne) == Turned(None, "FAILED", "554")


async def test_a_server_that_is_down_is_waited_for(mailbox: Mailbox, database: Database) -> None:
    sanne = somebody()
    await posted(database, sanne)

    await mailbox.close()
    assert await turned(mailbox, sanne) == Turned("unreachable", "QUEUED", None)
    await mailbox.open(mailbox.port)
    assert await turned(mailbox, sanne) == Turned(None, "SENT", None)


async def test_a_server_that_does_not_answer_is_left(mailbox: Mailbox, database: Database) -> None:
    sanne = somebody()
    await posted(database, sanne)
    never = asyncio.Event()
    mailbox.use(Smtp(MailServer.from_url(mailbox.url), answer_s=0.2))

    async def wait(_recipient: str) -> None:
        await never.wait()

    mailbox.before_answer = wait

    assert await turned(mailbox, sanne) == Turned("timeout", "QUEUED", None)


async def test_a_mail_is_given_up_after_two_days(mailbox: Mailbox, database: Database, clock: Clock) -> None:
    sanne = somebody()
    await posted(database, sanne)
    mailbox.refusals = ["451 later", "451 later"]

    clock.advance(hours=TRIED_FOR.total_seconds() / 3600 - 1)
    assert await turned(mailbox, sanne) == Turned("451", "QUEUED", None)
    clock.advance(hours=1)
    assert await turned(mailbox, sanne) == Turned(None, "FAILED", "451")


async def test_a_letter_that_is_needless_is_dropped(
    mailbox: Mailbox, database: Database, written: dict[MailKind, Letter | None]
) -> None:
    sanne = somebody()
    await posted(database, sanne)
    written[MailKind.PASSWORD_CHANGED] = None

    assert await turned(mailbox, sanne) == Turned(None, "DROPPED", None)
    assert mailbox.received == []


async def test_a_letter_that_can_not_be_written_waits_for_a_better_program(
    mailbox: Mailbox, database: Database, written: dict[MailKind, Letter | None]
) -> None:
    sanne = somebody()
    await posted(database, sanne)
    written[MailKind.PASSWORD_CHANGED] = Letter({"surname": "de Vries"})

    assert await turned(mailbox, sanne) == Turned("letter", "QUEUED", None)
    written[MailKind.PASSWORD_CHANGED] = Letter({"name": "Sanne"})
    assert await turned(mailbox, sanne) == Turned(None, "SENT", None)


class Broken:
    """A way to send that fails as nobody has foreseen."""

    async def send(self, message: EmailMessage, *_: object) -> None:
        raise LookupError(message["To"])


async def test_whatever_fails_is_given_up_after_two_days(mailbox: Mailbox, database: Database, clock: Clock) -> None:
    sanne = somebody()
    await posted(database, sanne)
    mailbox.use(Broken())

    assert await turned(mailbox, sanne) == Turned("letter", "QUEUED", None)
    clock.advance(hours=TRIED_FOR.total_seconds() / 3600)
    assert await turned(mailbox, sanne) == Turned(None, "FAILED", "letter")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(("trusts", "code"), [(True, None), (False, "tls")])
async def test_a_connection_is_encrypted_and_the_server_is_known(
    mailbox: Mailbox, database: Database, certificate: Path, *, trusts: bool, code: str | None
) -> None:
    sanne = somebody()
    await posted(database, sanne)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate)
    await mailbox.close()
    await mailbox.open(tls_context=own, require_starttls=True)
    known = ssl.create_default_context(cafile=certificate) if trusts else None
    mailbox.use(Smtp(MailServer.from_url(f"smtp://127.0.0.1:{mailbox.port}"), tls=known))

    assert (await turned(mailbox, sanne)).code == code
    assert len(mailbox.received) == trusts


async def test_a_server_that_can_not_encrypt_gets_nothing(mailbox: Mailbox, database: Database) -> None:
    sanne = somebody()
    await posted(database, sanne)
    mailbox.use(Smtp(MailServer.from_url(f"smtp://127.0.0.1:{mailbox.port}")))

    assert await turned(mailbox, sanne) == Turned("protocol", "QUEUED", None)
    assert mailbox.received == []


@pytest.mark.parametrize(
    ("url", "host", "port", "username", "password"),
    [
        ("smtp://mail.example", "mail.example", 587, None, None),
        ("smtp://school:a%40b%2Fc@mail.example:2587", "mail.example", 2587, "school", "a@b/c"),
        ("smtps://school:hush@mail.example", "mail.example", 465, "school", "hush"),
        ("smtp+plain://mailpit:1025", "mailpit", 1025, None, None),
    ],
)
def test_an_address_of_a_mail_server(
    url: str, host: str, port: int, username: str | None, password: str | None
) -> None:
    server = MailServer.from_url(url)

    assert (server.host, server.port, server.username, server.password) == (host, port, username, password)
    assert "hush" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "mail.example:587",
        "smtp://",
        "smtp://mail.example/path",
        "smtp://school@mail.example",
        "smtp://mail.example:99999",
        "smtp+plain://school:hush@mail.example",
    ],
)
def test_what_is_no_address_of_a_mail_server(url: str) -> None:
    with pytest.raises(ValueError):
        MailServer.from_url(url)


async def test_no_file_takes_the_place_of_another(mailbox: Mailbox, database: Database, tmp_path: Path) -> None:
    sanne = somebody()
    await posted(database, sanne, sanne)
    told: list[str] = []
    mailbox.use(Folder(tmp_path, told.append))

    await mailbox.deliver(sanne)

    assert len(told) == files_in(tmp_path) == 2


def files_in(folder: Path) -> int:
    return len(list(folder.iterdir()))
