"""`python -m tests.realtime.faults.guard FOLDER`: ends whatever works in a folder when its round has ended, or died.

It holds the other end of a pipe: when that closes without a word the round was killed, and its folder goes as well.
"""

import asyncio
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from tests.services import ROOT

ORDERLY = b"ended"
LEAVING_S = 10


@asynccontextmanager
async def guarded(folder: Path) -> AsyncIterator[None]:
    """Leave nothing behind that works in this folder, whatever becomes of this process."""
    words = (sys.executable, "-m", "tests.realtime.faults.guard", str(folder))
    guard = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdin=PIPE, start_new_session=True)
    try:
        yield
    finally:
        await guard.communicate(ORDERLY)


def _works_in(folder: str, process: psutil.Process) -> bool:
    """Whether a process was told of the folder, or stands in it: Redis forgets what it was told."""
    with suppress(psutil.Error):
        return any(folder in word for word in process.cmdline()) or process.cwd().startswith(folder)
    return False


def main() -> None:
    (folder,) = sys.argv[1:]
    told = sys.stdin.buffer.read()
    own = psutil.Process().pid
    left = [process for process in psutil.process_iter() if process.pid != own and _works_in(folder, process)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=LEAVING_S)
    if told != ORDERLY:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
