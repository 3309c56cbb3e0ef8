"""What differs between two installations of Schoolplein: read here from the environment, and nowhere else."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self, cast
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.seal import Seal
from schoolplein.post.message import sender
from schoolplein.post.sending import MailServer


class SettingsError(Exception):
    """The settings can't be used. `problems` holds one line for each reason, without any setting's value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Environment(StrEnum):
    """Development tries things out with what it brings along; production refuses every such default."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    """How much is logged: this level and everything more serious."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """One installation's settings. Each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True)

    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        description="`development`, or `production`, which requires DATABASE_URL, REDIS_URL, SECRET_KEYS, SMTP_URL, "
        "MAIL_FROM and an https PUBLIC_URL.",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="PostgreSQL 18, as postgresql://user:password@host:port/database. Unset: one in DATA_DIR.",
    )
    redis_url: str | None = Field(
        default=None,
        repr=False,
        description="Redis, as redis://host:port/number. Unset: news stays within this one process.",
    )
    data_dir: Path = Field(
        default=Path(".data"),
        description="The folder for everything that is kept without DATABASE_URL. Removing it gives a fresh start.",
    )
    host: str = Field(
        default="localhost",
        description="The address to listen on. `localhost` is both 127.0.0.1 and ::1; 0.0.0.0 is every IPv4 address.",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="The TCP port to listen on. 0: any free one.")
    public_url: str | None = Field(
        default=None,
        description="Where people reach the service, as https://school.example. Unset: http://localhost:PORT.",
    )
    more_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validation_alias=AliasChoices("allowed_origins", "more_origins"),
        description="Further origins whose pages may use cookies and WebSockets, separated by commas.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas; * is all.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=200,
        description="Greatest number of database connections of one process, for reading and again for writing.",
    )
    secret_keys: str | None = Field(
        default=None,
        repr=False,
        description="Keys that seal what the database must not be able to read, as 1:BASE64,2:BASE64, each of 32 "
        "bytes; the greatest number seals. Unset: one that is made in DATA_DIR.",
    )
    staff_second_factor: bool | None = Field(
        default=None,
        description="Whether staff need a second factor. Unset: in production they do; there it can't be switched off.",
    )
    smtp_url: str | None = Field(
        default=None,
        repr=False,
        description="The mail server: smtp://user:password@host:587 (STARTTLS, required), smtps://…:465 (TLS), or "
        "smtp+plain://host:25 without encryption and password. Unset: mails are files in DATA_DIR/mail.",
    )
    mail_from: str = Field(
        default="Schoolplein <schoolplein@localhost>",
        description="The sender of all mails: an address, or Name <address>.",
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="`debug`, `info`, `warning` or `error`.")

    @field_validator("environment", "log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
            raise ValueError("must look like postgresql://user:password@host:port/database")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must look like redis://host:port/number")
        return value

    @field_validator("secret_keys")
    @classmethod
    def _is_a_ring(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            Seal.from_text(value)
        except ValueError:
            raise ValueError("must look like 1:BASE64,2:BASE64, each key of 32 bytes") from None
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            MailServer.from_url(value)
        except ValueError:
            raise ValueError(
                "must look like smtp://user:password@host:587, smtps://user:password@host:465 or smtp+plain://host:25"
            ) from None
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_a_sender(cls, value: str) -> str:
        try:
            sender(value)
        except ValueError:
            raise ValueError("must look like post@school.example, or Name <post@school.example>") from None
        return value

    @field_validator("public_url")
    @classmethod
    def _is_one_origin(cls, value: str | None) -> str | None:
        return None if value is None else _origin(value)

    @field_validator("more_origins", mode="before")
    @classmethod
    def _are_origins(cls, value: object) -> object:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, Iterable):
            return value
        return tuple(_origin(str(part)) for part in cast("Iterable[object]", parts) if str(part).strip())

    @model_validator(mode="after")
    def _production_has_no_defaults(self) -> Self:
        if not self.is_production:
            return self
        problems = [
            f"{name} is required when ENVIRONMENT=production"
            for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEYS", "SMTP_URL", "MAIL_FROM")
            if name.lower() not in self.model_fields_set or getattr(self, name.lower()) is None
        ]
        if self.public_url is not None and not self.public_url.startswith("https://"):
            problems.append("PUBLIC_URL must start with https:// when ENVIRONMENT=production")
        if self.staff_second_factor is False:
            problems.append("STAFF_SECOND_FACTOR can't be switched off when ENVIRONMENT=production")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    @property
    def staff_need_second_factor(self) -> bool:
        """Whether staff without a second factor have no rights as staff."""
        return self.is_production if self.staff_second_factor is None else self.staff_second_factor

    @property
    def is_production(self) -> bool:
        """Whether nothing may be made up."""
        return self.environment is Environment.PRODUCTION

    @property
    def address(self) -> str:
        """Where people reach the service, without a slash at the end."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The origins whose pages may send our cookies and open our WebSockets."""
        own = (
            {self.public_url}
            if self.public_url
            else {f"http://{name}:{self.port}" for name in ("localhost", "127.0.0.1")}
        )
        return frozenset(own | set(self.more_origins))


def _origin(value: str) -> str:
    """Scheme, host and port, as a browser writes them in its Origin header."""
    parts = urlsplit(value.strip())
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.username
    ):
        raise ValueError("must be an origin without a path, like https://school.example")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if parts.port in {None, usual} else f"{parts.scheme}://{host}:{parts.port}"


def read() -> Settings:
    """Read the settings of this process. Raises SettingsError, whose lines never show a value: it may be a password."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(
            [line for problem in error.errors() for line in _lines(problem["loc"], problem["msg"])]
        ) from None


def _lines(where: tuple[int | str, ...], message: str) -> list[str]:
    message = message.removeprefix("Value error, ")
    name = str(where[0]).upper() if where else ""
    return [f"{name}: {message}"] if name else message.splitlines()
