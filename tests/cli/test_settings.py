"""Settings: read from the environment, checked at once, and told in one line each when they can't be used."""

import re

import pytest

from schoolplein.settings import Settings, SettingsError, read
from tests.cli.programs import ROOT, outcome
from tests.facts import A_RING

REAL = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://school:secret@db.example/school",
    "REDIS_URL": "redis://redis.example:6379/0",
    "PUBLIC_URL": "https://school.example",
    "SECRET_KEYS": A_RING,
    "SMTP_URL": "smtps://school:secret@mail.example",
    "MAIL_FROM": "Schoolplein <post@school.example>",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without any of our settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("ALLOWED_ORIGINS", raising=False)


def read_with(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return read()


def problems(monkeypatch: pytest.MonkeyPatch, **given: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read_with(monkeypatch, **given)
    return refused.value.problems


def test_without_any_setting_it_is_a_development_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_with(monkeypatch)

    assert (settings.is_production, settings.database_url, settings.redis_url) == (False, None, None)
    assert (settings.address, str(settings.data_dir)) == ("http://localhost:8000", ".data")
    assert settings.allowed_origins == {"http://localhost:8000", "http://127.0.0.1:8000"}


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_with(monkeypatch, DATABASE_URL="", PORT="").model_dump() == read_with(monkeypatch).model_dump()


def test_the_public_address_and_the_origins_beside_it_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_with(
        monkeypatch, PUBLIC_URL="https://School.example:443/", ALLOWED_ORIGINS="https://a.example, http://b.example:81"
    )

    assert settings.address == "https://school.example"
    assert settings.allowed_origins == {"https://school.example", "https://a.example", "http://b.example:81"}


def test_production_needs_everything_real(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_with(monkeypatch, **REAL).is_production

    needed = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEYS", "SMTP_URL", "MAIL_FROM")
    for name in needed:
        monkeypatch.delenv(name)
    assert problems(monkeypatch) == [f"{name} is required when ENVIRONMENT=production" for name in needed]


def test_production_needs_an_encrypted_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems(monkeypatch, **{**REAL, "PUBLIC_URL": "http://school.example"}) == [
        "PUBLIC_URL must start with https:// when ENVIRONMENT=production"
    ]


def test_staff_need_a_second_factor_and_only_a_try_out_can_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_with(monkeypatch).staff_need_second_factor is False
    assert read_with(monkeypatch, STAFF_SECOND_FACTOR="true").staff_need_second_factor is True
    monkeypatch.delenv("STAFF_SECOND_FACTOR")
    assert read_with(monkeypatch, **REAL).staff_need_second_factor is True
    assert problems(monkeypatch, **REAL, STAFF_SECOND_FACTOR="false") == [
        "STAFF_SECOND_FACTOR can't be switched off when ENVIRONMENT=production"
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("DATABASE_URL", "mysql://school:hush@db.example/school"),
        ("DATABASE_URL", "postgresql://school:hush@db.example"),
        ("REDIS_URL", "http://:hush@redis.example"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PUBLIC_URL", "school.example"),
        ("PUBLIC_URL", "https://school.example/plein"),
        ("PUBLIC_URL", "https://school.example:port"),
        ("ALLOWED_ORIGINS", "https://a.example,*"),
        ("POOL_SIZE", "0"),
        ("LOG_LEVEL", "loud"),
        ("SMTP_URL", "smtp+plain://school:hush@mail.example"),
        ("SMTP_URL", "imap://school:hush@mail.example"),
        ("MAIL_FROM", "school.example"),
        ("MAIL_FROM", "a@school.example, b@school.example"),
        ("MAIL_FROM", "Post\r\nBcc: x@y.example <post@school.example>"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named_and_its_value_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    [line] = problems(monkeypatch, **{name: value})

    assert line.startswith(f"{name}: ")
    assert "hush" not in line


def test_no_command_starts_with_a_bad_setting() -> None:
    code, said = outcome("serve", settings={"PORT": "http", "DATABASE_URL": "mysql://school:hush@db.example/school"})

    assert code == 2
    assert [line.split(":")[0] for line in said.splitlines()] == ["DATABASE_URL", "PORT"]
    assert "hush" not in said


@pytest.mark.parametrize(
    ("word", "settings", "line"),
    [
        ("run", REAL, "run is for trying out, with a demo school: in production use migrate and serve"),
        ("demo", REAL, "the demo school's passwords are known to everybody: not in production"),
        ("serve", {}, "DATABASE_URL is not set; to try Schoolplein out without a database of your own, use run"),
        ("work", {}, "DATABASE_URL is not set; to try Schoolplein out without a database of your own, use run"),
        ("migrate", {}, "DATABASE_URL is not set; to try Schoolplein out without a database of your own, use run"),
    ],
)
def test_a_command_that_does_not_fit_the_settings_says_so(word: str, settings: dict[str, str], line: str) -> None:
    assert outcome(word, settings=settings) == (2, f"{line}\n")


def test_a_database_that_is_not_there_is_told_in_one_line() -> None:
    url = "postgresql://school:hush@127.0.0.1:1/school"

    assert outcome("migrate", settings={"DATABASE_URL": url}) == (1, "the database of DATABASE_URL can't be reached\n")


def test_every_setting_is_explained_to_the_operator() -> None:
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", ROOT.joinpath("docs", "operations.md").read_text(), re.MULTILINE))
    names = {name.upper() for name in Settings.model_fields} - {"MORE_ORIGINS"} | {"ALLOWED_ORIGINS"}

    assert explained == names
    assert all(field.description for field in Settings.model_fields.values())
