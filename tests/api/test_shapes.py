"""Whatever is asked first: lists within single things within lists, read on a connection that has read nothing yet."""

from typing import Any

import pytest
from sqlmodel import SQLModel

import models
from models.database import Database
from tests.api.documents import node
from tests.clients import Clients
from tests.factories import SmallSchool, absence, comment, founding, id_of, post

NAMES = {models.Pupil: "Pupil", models.Post: "Post", models.Comment: "Comment", models.AbsenceReport: "AbsenceReport"}

NOOR, SAM = {"givenName": "Noor"}, {"givenName": "Sam"}
SHAPES: list[tuple[type[SQLModel], str, Any]] = [
    (models.Pupil, "group { pupils { givenName } }", {"group": {"pupils": [NOOR, SAM]}}),
    (models.Pupil, "school { groups { name } }", {"school": {"groups": [{"name": "Groep 5"}, {"name": "Groep 6"}]}}),
    (models.Post, "group { teachers { name } }", {"group": {"teachers": [{"name": "Joke Smit"}]}}),
    (models.Post, "group { school { groups { pupils { givenName } } } }", None),
    (
        models.Comment,
        "post { comments { edges { node { body } } } }",
        {"post": {"comments": {"edges": [{"node": {"body": "Komt goed!"}}]}}},
    ),
    (models.AbsenceReport, "pupil { guardians { name } }", {"pupil": {"guardians": [{"name": "Esra Yilmaz"}]}}),
    (models.AbsenceReport, 'pupil { group { absenceReports(on: "2026-09-16") { pupil { givenName } } } }', None),
]


async def _rows(database: Database, town: SmallSchool) -> dict[type[SQLModel], SQLModel]:
    async with founding(database) as facts:
        message = post(facts, town.teacher, town.group)
        return {
            models.Pupil: town.noor,
            models.Post: message,
            models.Comment: comment(facts, message, town.guardian),
            models.AbsenceReport: absence(facts, town.noor, town.guardian),
        }


@pytest.mark.parametrize(("kind", "asked", "told"), SHAPES)
async def test_any_shape_can_be_the_first_that_is_asked(
    small_school: SmallSchool, clients: Clients, database: Database, kind: type[SQLModel], asked: str, told: Any
) -> None:
    rows = await _rows(database, small_school)

    answer = await clients(small_school.token(small_school.admin)).ok(node(NAMES[kind], asked), id=id_of(rows[kind]))

    assert answer is not None
    if told is not None:
        assert answer == told


async def test_the_same_thing_under_two_names_is_read_twice(small_school: SmallSchool, clients: Clients) -> None:
    document = node("Pupil", "group { pupils { givenName } } again: group { pupils { givenName } }")

    found = await clients(small_school.token(small_school.teacher)).ok(document, id=id_of(small_school.noor))

    assert found == {"group": {"pupils": [NOOR, SAM]}, "again": {"pupils": [NOOR, SAM]}}
