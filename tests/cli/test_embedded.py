"""The embedded PostgreSQL: it starts anywhere, keeps what it has, and leaves nothing when it can't."""

import asyncio
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from schoolplein import embedded_folder
from schoolplein.embedded import EmbeddedError, EmbeddedPostgres
from tests.cli.programs import ROOT, place, processes_of, until

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@pytest.fixture(scope="module")
def made() -> Generator[Path]:
    """A folder with a stopped cluster, in which a note is kept."""
    with place() as folder:
        with started(folder / "postgres") as (_, url):
            ask(url, "create table note as select 'kept' as text")
        assert processes_of(folder) == []
        yield folder / "postgres"


@pytest.fixture
def home(made: Path, folder: Path) -> Path:
    """A copy of it, for one test to do with as it likes."""
    subprocess.run(["cp", "-a", made, folder / "postgres"], check=True)
    return folder / "postgres"


def ask(url: str, question: str) -> object:
    """The first value of the answer."""

    async def asked() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(asked())


@contextmanager
def started(folder: Path, **options: str) -> Generator[tuple[EmbeddedPostgres, str]]:
    server = EmbeddedPostgres(folder, options={**FAST, **options})
    try:
        yield server, server.start()
    finally:
        server.stop()


def refusal(folder: Path, **options: str) -> str:
    """The one line with which a start is refused."""
    with pytest.raises(EmbeddedError) as refused, started(folder, **options):
        pass
    line = str(refused.value)
    assert ("\n" in line, len(line) < 250) == (False, True)
    return line


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


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
        "import sys, time; from pathlib import Path; from schoolplein.embedded import EmbeddedPostgres\n"
        "print(EmbeddedPostgres(Path(sys.argv[1])).start(), flush=True); time.sleep(600)"
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


def test_a_file_in_place_of_the_folder_is_refused(folder: Path) -> None:
    folder.joinpath("postgres").write_text("a letter")

    assert "not a folder" in refusal(folder / "postgres")
    assert files(folder) == {"postgres"}


def test_a_file_in_place_of_the_folder_above_is_refused(folder: Path) -> None:
    folder.joinpath("data").write_text("a letter")

    assert "Not a directory" in refusal(folder / "data" / "postgres")
    assert files(folder) == {"data"}


def test_a_folder_that_can_not_be_made_is_refused() -> None:
    assert "can't keep PostgreSQL's data in /proc/schoolplein/postgres" in refusal(Path("/proc/schoolplein/postgres"))


def test_a_folder_that_leads_nowhere_is_refused(folder: Path) -> None:
    folder.joinpath("postgres").symlink_to(folder / "gone")

    assert "leads to one that is gone" in refusal(folder / "postgres")
    assert files(folder) == {"postgres"}


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(folder: Path) -> None:
    folder.joinpath("postgres").mkdir()
    folder.joinpath("postgres", "thesis.txt").write_text("the only copy")

    assert "something else" in refusal(folder / "postgres")
    assert files(folder) == {"postgres", "postgres/thesis.txt"}


def test_a_cluster_of_another_version_is_refused_and_left_alone(home: Path) -> None:
    home.joinpath("cluster", "PG_VERSION").write_text("17\n")
    before = files(home)

    assert "made by PostgreSQL 17, and this is PostgreSQL 18" in refusal(home)
    assert files(home) == before


def test_a_cluster_that_lost_a_part_is_refused_and_left_alone(home: Path) -> None:
    home.joinpath("password").rename(home / "cluster" / "elsewhere")
    assert "password is missing" in refusal(home)

    home.joinpath("cluster", "elsewhere").rename(home / "password")
    home.joinpath("cluster", "PG_VERSION").unlink()
    assert "not a whole PostgreSQL cluster" in refusal(home)

    assert home.joinpath("cluster", "base").is_dir()


def test_a_cluster_of_another_user_is_refused_and_left_alone(home: Path) -> None:
    before = files(home)

    if os.geteuid() == 0:
        os.chown(home / "cluster", 12345, 12345)
        assert "made by another user" in refusal(home)
    else:
        home.joinpath("schoolplein.lock").chmod(0)
        assert "Permission denied" in refusal(home)
    assert files(home) == before


def test_a_first_start_that_fails_leaves_nothing(folder: Path) -> None:
    line = refusal(folder / "data" / "postgres", shared_buffers="a lot")

    assert line.startswith('PostgreSQL did not start: invalid value for parameter "shared_buffers"')
    assert (files(folder), processes_of(folder)) == (set(), [])


def test_a_later_start_that_fails_keeps_the_data(home: Path) -> None:

    refusal(home, shared_buffers="a lot")

    with started(home) as (_, url):
        assert ask(url, "select text from note") == "kept"


def test_a_disk_that_takes_no_more_is_told_in_one_line_and_leaves_nothing(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from schoolplein.embedded import EmbeddedError, EmbeddedPostgres\n"
        "try:\n    EmbeddedPostgres(Path(sys.argv[1])).start()\n"
        "except EmbeddedError as error:\n    print(error)"
    )
    limited = subprocess.run(
        [sys.executable, "-c", program, folder / "data" / "postgres"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )

    assert limited.stdout.startswith(("can't copy PostgreSQL's programs to", "PostgreSQL's data could not be made"))
    assert (limited.stdout.count("\n"), len(limited.stdout) < 250, limited.stderr) == (1, True, "")
    assert (files(folder), processes_of(folder)) == (set(), [])


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
