"""The composed set-up holds together: what it names exists, secrets are required, what is inside stays inside."""

import re
from typing import Any

import pytest
import yaml

from schoolplein.settings import Settings, read
from tests.cli.programs import ROOT
from tests.facts import A_RING

Services = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """The file, with its merges and anchors resolved."""
    return yaml.safe_load(ROOT.joinpath("docker-compose.yml").read_text())


@pytest.fixture
def services(composed: dict[str, Any]) -> Services:
    """Its services by name."""
    return composed["services"]


def test_everything_of_the_real_set_up_is_there(services: Services) -> None:
    assert set(services) == {"proxy", "api", "worker", "migrate", "postgres", "redis", "mailpit"}


def test_a_service_waits_only_for_what_exists_and_can_tell(services: Services) -> None:
    waits = [
        (name, other, wait["condition"])
        for name, service in services.items()
        for other, wait in service.get("depends_on", {}).items()
    ]

    assert ("api", "migrate", "service_completed_successfully") in waits
    assert ("proxy", "api", "service_healthy") in waits
    for name, other, condition in waits:
        healthy = "test" in services[other].get("healthcheck", {})
        assert condition == "service_completed_successfully" or healthy, (
            f"{name} waits for {other}, which tells no health"
        )


def test_volumes_networks_and_configs_that_are_used_are_declared(composed: dict[str, Any], services: Services) -> None:
    for service in services.values():
        assert set(service["networks"]) <= set(composed["networks"])
        assert {config["source"] for config in service.get("configs", [])} <= set(composed["configs"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in composed["volumes"] or ROOT.joinpath(source).is_file()


def test_only_the_proxy_is_reached_from_outside(composed: dict[str, Any], services: Services) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert set(published) == {"proxy", "mailpit"}
    assert all(port.startswith("127.0.0.1:") for port in published["mailpit"])
    assert composed["networks"]["inside"] == {"internal": True}
    assert all(services[name]["networks"] == ["inside"] for name in ("api", "migrate", "postgres", "redis"))


def test_a_worker_sends_the_mails(services: Services) -> None:
    worker = services["worker"]

    assert worker["command"] == ["work"]
    assert worker["environment"] == services["api"]["environment"]
    assert "outside" in worker["networks"]
    assert "smtp+plain://mailpit:1025" in worker["environment"]["SMTP_URL"]
    assert set(services["mailpit"]["networks"]) & set(worker["networks"])


def test_the_api_runs_in_any_number(services: Services) -> None:
    assert services["api"]["deploy"]["replicas"] >= 2
    assert not {"container_name", "ports", "hostname", "volumes"} & set(services["api"])


def test_the_api_gets_settings_that_exist_and_are_enough(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    given = services["api"]["environment"]

    assert {name.lower() for name in given} <= set(Settings.model_fields)
    for name, value in given.items():
        filled = re.sub(r"\$\{(\w+):\?[^}]*}", lambda found: FILLED[found[1]], value)
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-([^}]*)}", r"\1", filled))
    assert read().is_production


FILLED = {
    "PUBLIC_URL": "https://school.example",
    "DATABASE_PASSWORD": "abc",
    "SECRET_KEYS": A_RING,
    "SMTP_URL": "smtp+plain://mailpit:1025",
    "MAIL_FROM": "post@school.example",
}


def test_no_password_has_a_default(composed: dict[str, Any]) -> None:
    text = ROOT.joinpath("docker-compose.yml").read_text()

    secret = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEY|TOKEN)\w*)([^}]*)}", text)
    required = {name for name, rest in secret if rest.startswith(":?")}
    assert {name for name, _ in secret} == required == {"DATABASE_PASSWORD", "POSTGRES_PASSWORD", "SECRET_KEYS"}
    assert not [rest for _, rest in secret if rest.startswith((":-", "-"))]
    account = composed["configs"]["account"]["content"]
    assert "'${DATABASE_PASSWORD}'" in account
    assert "superuser" not in account


def test_every_image_is_of_a_named_version(services: Services) -> None:
    images = [service["image"] for service in services.values()]
    images += re.findall(r"^FROM (\S+)", ROOT.joinpath("Dockerfile").read_text(), re.MULTILINE)

    assert len(images) == 9
    assert all(re.fullmatch(r"[a-z/]+:v?\d[\w.-]*", image) for image in images), images


def test_redis_drops_a_listener_that_does_not_listen(services: Services) -> None:
    command = services["redis"]["command"]

    assert command[command.index("--client-output-buffer-limit") + 1] == "pubsub 8mb 2mb 60"
    assert command[command.index("--save") + 1] == ""


def test_the_image_is_small_and_runs_as_nobody_special() -> None:
    dockerfile = ROOT.joinpath("Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) \w+$", dockerfile, re.MULTILINE))
    let_in = {line[1:] for line in ROOT.joinpath(".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER [1-9]\d*$", dockerfile, re.MULTILINE)
    assert copied == {"models", "realtime", "resolvers", "schema", "schoolplein"}
    assert let_in == copied | {"requirements.txt"}


def test_the_proxy_finds_every_api_process_and_passes_feeds_on(services: Services) -> None:
    caddyfile = ROOT.joinpath("Caddyfile").read_text()

    port = services["api"]["environment"]["PORT"]
    assert re.search(rf"dynamic a {{\s+name api\s+port {port}\s", caddyfile)
    assert "flush_interval -1" in caddyfile
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in services["proxy"]["volumes"]
