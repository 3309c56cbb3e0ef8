"""What the service costs beside the same work done by hand: `python -m tests.bench` (docs/performance.md)."""
