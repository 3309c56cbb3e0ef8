"""A school begins on the command line of who runs the service: with an invitation for its first administrator."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from models.database import Database
from schoolplein.app import create_app
from schoolplein.settings import Settings
from tests.api.admitting import ACCEPT, acceptance
from tests.api.documents import mutation
from tests.cli.programs import ROOT
from tests.clients import Clients, serving
from tests.letters import letters_to

WANTED = {
    "name": "Basisschool De Kade",
    "contact": "info@dekade.example",
    "administrator": "Nel van Dam",
    "email": "nel@dekade.example",
    "phone": "030 000 00 20",
}
CREATE_GROUP = mutation("createGroup", "group { name }")
SCHOOLS = "{ viewer { memberships { role school { id name } } } }"


def found(url: str, slug: str = "de-kade", **more: str) -> subprocess.CompletedProcess[str]:
    options = [part for name, value in (WANTED | more).items() for part in (f"--{name.replace('_', '-')}", value)]
    command = [sys.executable, "-m", "schoolplein", "found", slug, *options]
    return subprocess.run(
        command, cwd=ROOT, env={"DATABASE_URL": url, "PATH": ""}, capture_output=True, text=True, check=False
    )


async def test_the_first_administrator_comes_in_by_mail_and_sets_the_school_up(empty_database_url: str) -> None:
    done = found(empty_database_url)
    assert (done.returncode, done.stderr) == (0, "")
    database = await Database.connect(empty_database_url, size=2)
    async with (
        serving(create_app(Settings(database_url=empty_database_url, pool_size=2))) as app,
        Clients(app) as clients,
    ):
        ((_, letter),) = await letters_to(database, WANTED["email"], datetime.now(UTC))
        assert letter.values["school"] == WANTED["name"]
        token = (await clients().ok(ACCEPT, input=acceptance(letter, name="Nel van Dam")))["token"]
        head = clients(token)
        (membership,) = (await head.ok(SCHOOLS))["memberships"]
        assert (membership["role"], membership["school"]["name"]) == ("ADMIN", WANTED["name"])
        wanted = {"schoolId": membership["school"]["id"], "name": "Groep 1", "schoolYear": "2026-2027"}
        assert (await head.ok(CREATE_GROUP, input=wanted))["group"] == {"name": "Groep 1"}
    await database.close()


async def test_a_school_is_founded_once(empty_database_url: str) -> None:
    assert found(empty_database_url).returncode == 0

    again = found(empty_database_url, email="iemand.anders@dekade.example")

    assert (again.returncode, again.stderr) == (2, "slug: there is a school called de-kade already\n")


@pytest.mark.parametrize(
    ("slug", "more"),
    [
        ("De Kade", {}),
        ("de-kade", {"email": "nel"}),
        ("de-kade", {"administrator": "Nel"}),
        ("de-kade", {"time_zone": "Europe/Utrecht"}),
    ],
    ids=str,
)
def test_what_can_not_be_right_is_told_in_a_line(database_url: str, slug: str, more: dict[str, str]) -> None:
    done = found(database_url, slug, **more)

    (problem,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert problem.partition(":")[0] == next(iter(more), "slug")
