"""Programs started by a test: watched by what they say, and never left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import psutil

ROOT: Final = Path(__file__).resolve().parents[2]
DEADLINE_S: Final = 60.0


def until(holds: Callable[[], bool], what: str, *, deadline_s: float = DEADLINE_S) -> None:
    """Wait until something holds, and fail when it does not in time."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not in {deadline_s} s: {what}")
        pause.wait(0.02)


def processes_of(folder: Path) -> list[psutil.Process]:
    """The processes that were told to work in this folder."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in word for word in process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


@contextmanager
def place() -> Generator[Path]:
    """A folder that other users can pass through, as PostgreSQL's must; whatever still works in it is ended at last."""
    with tempfile.TemporaryDirectory(prefix="schoolplein-") as name:
        folder = Path(name).resolve()
        folder.chmod(0o711)
        try:
            yield folder
        finally:
            for process in processes_of(folder):
                process.kill()
                process.wait(10)


class Program:
    """`python -m schoolplein …` with the settings given and no others."""

    def __init__(self, *words: str, settings: Mapping[str, str], module: str = "schoolplein") -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SSL_CERT_FILE") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            env={**kept, "PYTHONUNBUFFERED": "1", **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self.ends()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def said(self) -> str:
        """Everything it has printed so far."""
        return "".join(self._lines)

    def says(self, text: str) -> str:
        """Wait until it has printed this, and answer the line."""
        until(lambda: text in self.said or self._process.poll() is not None, f"says {text!r}; it said {self.said!r}")
        self._reader.join(0 if self._process.poll() is None else 10)
        assert text in self.said, f"it ended with {self._process.returncode}: {self.said}"
        return next(line.rstrip("\n") for line in self._lines if text in line)

    def hears(self, *numbers: signal.Signals) -> None:
        """Send it signals, one after another."""
        for number in numbers:
            self._process.send_signal(number)

    def ends(self) -> int:
        """Wait for its end, and answer its exit code."""
        code = self._process.wait(DEADLINE_S)
        self._reader.join(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._lines.append(line)


def outcome(*words: str, settings: Mapping[str, str]) -> tuple[int, str]:
    """Run to the end: the exit code and everything printed."""
    with Program(*words, settings=settings) as program:
        code = program.ends()
    return code, program.said
