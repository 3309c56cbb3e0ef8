"""The place in a topic up to which a reader has seen everything."""

import re
from dataclasses import dataclass
from typing import Self

FORM = re.compile(r"(?P<seq>0|[1-9][0-9]{0,18})\.(?P<eid>0|[1-9][0-9]{0,9})", re.ASCII)
LAST_SEQ = 2**63 - 1
LAST_EID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """The number of an event and the random mark that it got when it was written, as text `seq.eid`.

    Log prefix property: a topic is written under its row lock, so if the event at `seq` carries this `eid`,
    then all events before it are the same too. That one comparison tells whether a reader may go on here,
    also after a failover or a restored backup that lost the end of the log and has since written another one.

    Both numbers are decimal, so that SQL writes the same text: `last_seq || '.' || last_eid`.
    `0.0` is the place before the first event.
    """

    seq: int
    eid: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a cursor as this service writes it. Raises ValueError for anything else."""
        form = FORM.fullmatch(text)
        if form is None:
            raise ValueError("not a cursor")
        seq, eid = int(form["seq"]), int(form["eid"])
        # Every event has a mark, and only the place before the first event has none.
        if seq > LAST_SEQ or eid > LAST_EID or (seq == 0) is not (eid == 0):
            raise ValueError("not a cursor")
        return cls(seq, eid)

    def __str__(self) -> str:
        return f"{self.seq}.{self.eid}"


START = Cursor(0, 0)
