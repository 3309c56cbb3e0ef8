"""The embedded PostgreSQL: it starts anywhere, and keeps what it has."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from schoolplein import embedded_folder
from schoolplein.embedded import EmbeddedPostgres
from tests.cli.clusters import ask, refusal, started
from tests.cli.programs import ROOT, processes_of, until


def test_a_new_folder_becomes_a_database_with_everything_that_we_need(folder: Path) -> None:
    with started(folder / "data" / "postgres") as (_, url):
        assert str(ask(url, "show server_version")).startswith("18.")
        assert ask(url, "select upper('ë') || extract(timezone from now())::int") == "Ë0"
        assert ask(url, "create extension btree_gist") is None


def test_the_database_opens_with_its_password_only(home: Path) -> None:
    with started(home) as (_, url):
        assert ask(url, "select 1") == 1
        password = url.split(":")[2].split("@")[0]

        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(url.replace(password, "guessed"), "select 1")
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(url.replace(f"schoolplein:{password}", "postgres:postgres"), "select 1")

    file = home / "password"
    assert (file.read_text(), file.stat().st_mode & 0o777) == (password, 0o600)


def test_the_account_is_not_a_superuser(home: Path) -> None:
    with started(home) as (_, url):
        assert (
            ask(url, "select rolsuper or rolbypassrls or rolreplication from pg_roles where rolname = current_user")
            is False
        )


def test_options_reach_the_server(home: Path) -> None:
    with started(home, max_connections="37") as (_, url):
        assert ask(url, "select current_setting('max_connections') || current_setting('fsync')") == "37off"


def test_what_was_written_is_there_after_a_stop(home: Path) -> None:
    with started(home) as (_, url):
        assert ask(url, "select text from note") == "kept"


def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    half = folder / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    half.joinpath("PG_VERSION").write_text("18\n")
    half.parent.joinpath("schoolplein.lock").touch()
    half.parent.joinpath("password").write_text("of the half-made one")

    with started(folder / "postgres") as (_, url):
        assert ask(url, "select 1") == 1
    assert not half.exists()


def test_a_second_start_in_the_same_folder_is_refused_with_the_number_of_the_first(home: Path) -> None:
    with started(home) as (_, url):
        assert f"already running (pid {os.getpid()})" in refusal(home)

        assert ask(url, "select 1") == 1


def test_a_server_whose_process_was_killed_is_replaced(folder: Path) -> None:
    program = (
        "import signal, sys; from pathlib import Path; from schoolplein.embedded import EmbeddedPostgres\n"
        "print(EmbeddedPostgres(Path(sys.argv[1])).start(), flush=True); signal.pause()"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", program, folder / "postgres"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    url = killed.stdout.readline().strip()
    ask(url, "create table note as select 'kept' as text")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    orphan = processes_of(folder)
    assert orphan

    with started(folder / "postgres") as (_, url):
        assert ask(url, "select text from note") == "kept"
        until(lambda: not any(process.is_running() for process in orphan), "the orphan is gone")
    assert processes_of(folder) == []


def test_a_server_that_was_killed_itself_recovers(home: Path) -> None:
    server = EmbeddedPostgres(home)
    ask(server.start(), "update note set text = 'changed'")
    for process in processes_of(home):
        process.kill()
    server.stop()

    with started(home) as (_, url):
        assert ask(url, "select text from note") == "changed"


def test_a_note_with_the_number_of_somebody_elses_process_hurts_nobody(home: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    note = home / "cluster" / "postmaster.pid"
    note.write_text(f"{bystander.pid}\n{note.parent}\n0\n1\n\n127.0.0.1\n0 0\nready   \n")

    with started(home) as (_, url):
        assert ask(url, "select 1") == 1

    assert bystander.poll() is None
    bystander.communicate(b"\n")


def test_a_clone_in_a_private_home_works_and_stays_private(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    data = home / "clone" / ".data"
    data.mkdir(parents=True, mode=0o755)
    above = [path for path in (data, *data.parents) if path != folder.parent]
    before = [path.stat().st_mode for path in above]

    with started(data / "postgres") as (server, url):
        assert ask(url, "select 1") == 1
        really = server.home
    with started(data / "postgres") as (server, url):
        assert (ask(url, "select 1"), server.home) == (1, really)

    is_root = os.geteuid() == 0
    assert (data / "postgres").is_symlink() is is_root
    assert (really.parent == embedded_folder.ELSEWHERE) is is_root
    assert [path.stat().st_mode for path in above] == before

    (data / "postgres").unlink() if is_root else shutil.rmtree(data / "postgres")
    with started(data / "postgres") as (server, url):
        assert (server.home != really) is is_root
        assert ask(url, "select count(*) from pg_class where relname = 'note'") == 0
        later = server.home
    for left in {really, later} if is_root else ():
        shutil.rmtree(left)
    with suppress(OSError):
        embedded_folder.ELSEWHERE.rmdir()


def test_the_server_does_not_run_as_root(home: Path) -> None:
    with started(home):
        users = {process.uids().effective for process in processes_of(home)}

    assert len(users) == 1
    assert 0 not in users
