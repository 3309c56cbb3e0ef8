"""`run`: from an empty folder to an answered query with one command, and back to nothing with one signal."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path
from urllib.request import urlopen

import pytest

from schoolplein import demo
from tests.cli.programs import ROOT, Program, outcome, place, processes_of, until

READY = "Sign in and ask a first question:"


@pytest.fixture(scope="module")
def founded() -> Generator[Path]:
    """A data folder in which the demo school was founded by a first `run`, with what that run said."""
    with place() as folder:
        with Program("run", settings=for_trial(folder / "data")) as program:
            program.says(READY)
            program.hears(signal.SIGTERM)
            assert program.ends() == 0
        folder.joinpath("said").write_text(program.said)
        yield folder


@pytest.fixture
def data(founded: Path, folder: Path) -> Path:
    """A copy of the founded folder, for one test to do with as it likes."""
    subprocess.run(["cp", "-a", founded / "data", folder / "data"], check=True)
    return folder / "data"


def for_trial(data: Path, **more: str) -> dict[str, str]:
    return {"DATA_DIR": str(data), "PORT": "0", **more}


def address(program: Program) -> str:
    return program.says("Schoolplein is open on").split()[-1]


def pasted(program: Program) -> str:
    """What a terminal answers when the commands on the screen are pasted into it."""
    program.says('-d \'{"query":"{ viewer')
    lines = program.said.split(READY)[1].splitlines()
    commands = "\n".join(line for line in lines if line.startswith("  "))  # between them is the log
    done = subprocess.run(["/bin/sh", "-c", commands], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


def test_a_fresh_start_tells_its_steps_its_addresses_and_its_accounts(founded: Path) -> None:
    said = founded.joinpath("said").read_text()

    steps = [line for line in said.splitlines() if line.endswith("…")]
    assert steps == ["Starting PostgreSQL …", "Migrating …", "Founding the demo school, if there is no school yet …"]
    assert re.search(r"Schoolplein is open on http://localhost:\d+\n", said)
    assert all(email in said and role in said for email, role in demo.ACCOUNTS)
    assert demo.PASSWORD in said
    assert said.endswith("Stopped.\n")


def test_a_second_start_finds_its_data_and_answers_the_first_question(data: Path) -> None:
    with Program("run", settings=for_trial(data)) as program:
        first = pasted(program)
        assert '"givenName"' in first
        assert "errors" not in first
        program.hears(signal.SIGTERM)
        assert program.ends() == 0

    with Program("run", settings=for_trial(data)) as program:
        assert pasted(program) == first


def test_it_works_too(data: Path) -> None:
    with Program("run", settings=for_trial(data)) as program:
        program.says("worker_started")
        assert f"are files in {data / 'mail'}" in program.says("  Mails")
        program.hears(signal.SIGINT)
        assert program.ends() == 0
    assert "worker_failed" not in program.said


def test_it_answers_on_both_loopback_addresses(data: Path) -> None:
    with Program("run", settings=for_trial(data)) as program:
        port = int(address(program).rsplit(":", 1)[1])

        families = {family for family, *_ in socket.getaddrinfo("localhost", port)} | {socket.AF_INET}
        for host in ["127.0.0.1", *(["[::1]"] if socket.AF_INET6 in families else [])]:
            with urlopen(f"http://{host}:{port}/health/ready") as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGHUP, signal.SIGINT)],
    ids=lambda signals: " ".join(number.name for number in signals),
)
def test_a_signal_stops_everything_that_was_started(data: Path, signals: tuple[signal.Signals, ...]) -> None:
    with Program("run", settings=for_trial(data)) as program:
        program.says(READY)
        assert processes_of(data)
        program.hears(*signals)

        assert program.ends() == 0
    assert program.said.endswith("Stopped.\n")
    assert processes_of(data) == []
    assert "database system is shut down" in data.joinpath("postgres", "server.log").read_text()


def test_a_signal_while_the_database_is_made_leaves_nothing(folder: Path) -> None:
    with Program("run", settings=for_trial(folder / "data")) as program:
        program.says("Starting PostgreSQL …")
        program.hears(signal.SIGINT)
        assert program.ends() == 0

    assert program.said == "Starting PostgreSQL …\nStopped.\n"
    assert (list(folder.iterdir()), processes_of(folder)) == ([], [])


def test_a_signal_while_the_first_school_is_founded_leaves_no_half_of_it(folder: Path) -> None:
    for step in ("Migrating …", "Founding the demo school"):
        with Program("run", settings=for_trial(folder / "data")) as program:
            program.says(step)
            program.hears(signal.SIGTERM)
            assert program.ends() == 0
        assert program.said.endswith("Stopped.\n")
        assert processes_of(folder) == []

    with Program("run", settings=for_trial(folder / "data")) as program:
        assert '"givenName"' in pasted(program)


def test_an_open_connection_does_not_keep_it_from_stopping(data: Path) -> None:
    with Program("run", settings=for_trial(data)) as program:
        port = int(address(program).rsplit(":", 1)[1])
        program.says(READY)
        with socket.create_connection(("127.0.0.1", port)) as idle:
            idle.sendall(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            program.hears(signal.SIGTERM)

            assert program.ends() == 0
    assert processes_of(data) == []


def test_a_killed_predecessor_is_cleaned_up_after(data: Path) -> None:
    with Program("run", settings=for_trial(data)) as program:
        first = pasted(program)
        program.hears(signal.SIGKILL)
        program.ends()
    assert processes_of(data)

    with Program("run", settings=for_trial(data)) as program:
        assert pasted(program) == first
        program.hears(signal.SIGTERM)
        assert program.ends() == 0
    assert processes_of(data) == []


def test_a_port_in_use_is_one_line_and_no_mess(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = outcome("run", settings=for_trial(folder / "data", PORT=port))

    assert answer == (1, f"port {port} is in use by another program: stop that one, or choose another port with PORT\n")
    assert list(folder.iterdir()) == []


def test_an_address_of_another_machine_is_one_line_and_no_mess(folder: Path) -> None:
    code, said = outcome("run", settings=for_trial(folder / "data", HOST="192.0.2.1"))

    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("can't listen on HOST 192.0.2.1, port 0: ")
    assert list(folder.iterdir()) == []


def test_a_second_one_in_the_same_folder_is_refused_and_the_first_goes_on(data: Path) -> None:
    with Program("run", settings=for_trial(data)) as program:
        first = pasted(program)

        code, said = outcome("run", settings=for_trial(data))
        assert (code, said) == (
            1,
            f"Starting PostgreSQL …\nalready running (pid {program.pid}) with the data in {data}/postgres\n",
        )
        assert pasted(program) == first


@pytest.mark.parametrize("data", ["/proc/schoolplein", "/dev/null/data"])
def test_a_folder_that_can_not_be_made_is_one_line(data: str) -> None:
    code, said = outcome("run", settings={"DATA_DIR": data, "PORT": "0"})

    assert (code, said.splitlines()[0], said.count("\n")) == (1, "Starting PostgreSQL …", 2)
    assert said.splitlines()[1].startswith(f"can't keep PostgreSQL's data in {data}/postgres: ")


def test_a_half_made_folder_is_made_anew(folder: Path) -> None:
    half = folder / "data" / "postgres"
    half.joinpath("cluster.new", "base").mkdir(parents=True)
    half.joinpath("schoolplein.lock").touch()

    with Program("run", settings=for_trial(folder / "data")) as program:
        program.says("Founding the demo school")
    assert not half.joinpath("cluster.new").exists()
    assert half.joinpath("cluster").is_dir()


def test_removing_the_folder_gives_a_fresh_start_also_in_a_private_home(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    elsewhere: set[Path] = set()
    for _ in range(2):
        with Program("run", settings=for_trial(home / "data")) as program:
            program.says("Migrating …")
            elsewhere.add(home.joinpath("data", "postgres").resolve())
            program.hears(signal.SIGTERM)
            assert program.ends() == 0
        assert home.stat().st_mode & 0o777 == 0o700
        shutil.rmtree(home / "data")

    assert len(elsewhere) == (2 if os.geteuid() == 0 else 1)
    for left in elsewhere if os.geteuid() == 0 else ():
        assert not left.is_relative_to(home)
        shutil.rmtree(left)


def test_who_comes_during_the_start_waits_and_is_answered(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    with Program("run", settings=for_trial(data, PORT=str(port))) as program:
        program.says("Starting PostgreSQL …")
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=60) as answer:
            assert answer.status == 200
        until(lambda: READY in program.said, "it says that it is open")


def test_the_makefile_names_a_python_that_is_too_old(folder: Path) -> None:
    shutil.copy(ROOT / "Makefile", folder)
    old = folder / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    done = subprocess.run(["make", "-C", folder, "run", f"PYTHON={old}"], capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "Schoolplein needs Python 3.11 or newer" in done.stderr
    assert not folder.joinpath(".venv").exists()


def test_the_makefile_names_a_python_without_its_venv_module(folder: Path) -> None:
    shutil.copy(ROOT / "Makefile", folder)
    bare = folder / "bare-python"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    bare.chmod(0o755)

    done = subprocess.run(["make", "-C", folder, "run", f"PYTHON={bare}"], capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "This Python has no venv module" in done.stderr
