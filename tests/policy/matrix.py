"""The access matrix as data: one row for each thing that can be done, one cell for each persona."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.personas import PERSONAS
from tests.policy.decisions import DECISIONS


@dataclass(frozen=True, slots=True)
class Row:
    """What somebody may do to something: `allow`, `deny:CODE` or `filter:WHAT` for each persona."""

    id: str
    does: str
    cells: Mapping[str, str]


def _read() -> dict[str, Row]:
    with Path(__file__).with_name("access_matrix.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return {
        line["id"]: Row(
            line["id"],
            f"{line['object']}: {line['action']} ({line['target']})",
            {persona: line[persona] for persona in PERSONAS},
        )
        for line in lines
    }


MATRIX = _read()


def expected(probe: str, persona: str) -> str:
    """The cell that a request is held against: the decision about it, or else what the matrix says of its row."""
    for decision in DECISIONS.values():
        if probe in decision.probes and persona in decision.cells:
            return decision.cells[persona]
    return MATRIX[probe.partition(".")[0]].cells[persona]
