"""The contract as a file: exported for people and tools, never stale, and never broken without saying so."""

import subprocess
from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes, find_dangerous_changes

ACCEPTED = "Breaking:"
"""A commit that changes the file on purpose has a line that begins so, and goes on with the reason."""


class ContractBroken(Exception):
    """The exported file can't be accepted as it is. `problems` holds one line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def check(file: Path, current: str) -> list[str]:
    """Hold the exported file against the schema and the version before it; answer the dangerous changes.

    Raises ContractBroken when the file is stale, or breaks clients of the version before without its commit saying so.
    """
    if not file.exists() or file.read_text() != current:
        raise ContractBroken([f"{file} is not what the schema says now: run `make schema`"])
    before, message = _before(file, current)
    if before is None:
        return []
    old, new = build_schema(before), build_schema(current)
    breaking = [change.description for change in find_breaking_changes(old, new)]
    if breaking and not any(line.startswith(ACCEPTED) for line in message.splitlines()):
        meant = f"when this is meant, commit it with a line `{ACCEPTED} the reason`"
        raise ContractBroken([*(f"breaking: {change}" for change in breaking), meant])
    return [change.description for change in find_dangerous_changes(old, new)]


def _before(file: Path, current: str) -> tuple[str | None, str]:
    """Find the version before this one, and the message of the commit between them; None without git or its history."""
    name = f"./{file.name}"
    committed = _git(file.parent, "show", f"HEAD:{name}")
    if committed != current:
        return committed, ""
    commits = (_git(file.parent, "log", "-2", "--format=%H", "--", name) or "").split()
    if len(commits) < 2:
        return None, ""
    return _git(file.parent, "show", f"{commits[1]}:{name}"), _git(
        file.parent, "log", "-1", "--format=%B", commits[0]
    ) or ""


def _git(folder: Path, *words: str) -> str | None:
    try:
        command = ["git", "-C", folder, *words]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    except OSError:
        return None
    return answer.stdout if answer.returncode == 0 else None
