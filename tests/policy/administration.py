"""What the administration does: rows ACC, PER, SCH, GRP, PUP, GUA and MEM."""

from collections.abc import Mapping

from tests.policy.probes import Probe

PROBES: tuple[Probe, ...] = ()

FIELDS: Mapping[str, Mapping[str, set[str]]] = {}
"""Which rows hold for which fields, as in `coverage.FIELDS`."""
