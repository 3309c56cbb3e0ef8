"""A fault harness: real processes, real network, faults from a seed, and a checker of what everybody was told.

`python -m tests.realtime.faults --seed 7 --seconds 120` runs it alone, `pytest tests/realtime/faults` a short round.
Nothing of the service is known here but its contract, its settings and the two tables of its log.
"""
