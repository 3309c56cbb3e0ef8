"""`python -m tests.realtime.faults.service FOLDER [DEFECT]`: one process that serves, as `python -m schoolplein serve`.

It ends without a word when a doorbell is about to ring while the file `die` is in the folder: the change is committed,
and nobody is told.
"""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from realtime.hub import Hub
from schoolplein import cli
from tests.realtime.faults.defects import DEFECTS

DIE = "die"


def die_before_ringing(mark: Path) -> None:
    """Wrap the doorbell."""
    ring = Hub.ring

    def or_die(self: Hub, heads: Mapping[str, int]) -> None:
        if mark.exists():
            os.kill(os.getpid(), signal.SIGKILL)
        ring(self, heads)

    Hub.ring = or_die


def main() -> None:
    folder, *defects = sys.argv[1:]
    die_before_ringing(Path(folder) / DIE)
    for name in defects:
        DEFECTS[name]()
    sys.argv[1:] = ["serve"]
    cli.main()


if __name__ == "__main__":
    main()
