"""The embedded PostgreSQL where it can't start: it says why in one line, and leaves everything as it was."""

import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.cli.clusters import ask, files, refusal, started
from tests.cli.programs import ROOT, processes_of


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
