"""What holds the shape together beside the import rules of `make check`: words for everything, no drift, no sprawl."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_introspection_type,
    is_non_null_type,
    is_specified_scalar_type,
)

from resolvers.views import VIEWS, View
from schema import graphql_schema
from schema.selection import python_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("schoolplein", "schema", "resolvers", "models", "realtime")
GREATEST_MODULE = 300
GREATEST_FUNCTION = 40
MAY_SELECT = {"live", "places", "policy", "reading", "writing"} | {
    # Here somebody shows a secret and is no viewer yet, or a mail is written to somebody who is not here.
    "accepting",
    "access",
    "accounts",
    "activating",
    "admission",
    "cards",
    "devices",
    "factors",
    "invitations",
    "lapsing",
    "letters",
    "links",
    # Locks, and statements about many rows of a round that is held: whom they are for was looked at before.
    "meetings",
    "requests",
    "sessions",
}
"""Parts of `resolvers` that may write `select`: all others say what they want with views and `policy.scan`."""
NOT_OURS = {"__pycache__", "node_modules", "dist", ".git"}
"""Made by tools; in a second working tree `.git` is a file, which says where the first one is."""
SELECTS = {"sqlalchemy.select", "sqlmodel.select", "sqlalchemy.future.select", "sqlalchemy.sql.select"}
KINDS: dict[str, tuple[type, ...]] = {
    "ID": (sqlalchemy.Uuid,),
    "String": (sqlalchemy.String,),
    "Int": (sqlalchemy.Integer,),
    "Boolean": (sqlalchemy.Boolean,),
    "DateTime": (sqlalchemy.DateTime,),
    "Date": (sqlalchemy.Date,),
}
"""The columns that a scalar of the contract may stand for; an enum stands for a column of words."""


def _modules(*folders: str) -> list[Path]:
    """Our Python files; migrations are history and stay as they were made."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _imports(path: Path) -> set[str]:
    """Everything that a module imports, as dotted names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


# ------------------------------------------------------------------------------------------------ the contract


def _published() -> list[GraphQLNamedType]:
    """The types that are ours."""
    return [
        type_
        for type_ in graphql_schema.type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    ]


def test_every_type_of_the_contract_says_what_it_is() -> None:
    assert [type_.name for type_ in _published() if not type_.description] == []


def test_every_field_of_the_contract_says_what_it_is() -> None:
    silent = [
        f"{type_.name}.{name}"
        for type_ in _published()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in type_.fields.items()
        if not field.description
    ]

    assert silent == []


# ------------------------------------------------------------------------------------------------ views


def _type(view: View) -> GraphQLObjectType:
    type_ = graphql_schema.type_map[view.name]
    assert isinstance(type_, GraphQLObjectType)
    return type_


def _leads_on(field: GraphQLField) -> bool:
    return bool(field.extensions["strawberry-definition"].metadata.get("branch"))


def _stands_for(field: GraphQLField, column: sqlalchemy.Column[object]) -> bool:
    """Whether a field may show a column: the same kind of value, null where the column may be."""
    kinds = KINDS.get(get_named_type(field.type).name, (sqlalchemy.Enum,))
    kind = column.type.impl if isinstance(column.type, sqlalchemy.TypeDecorator) else column.type
    return isinstance(kind, kinds) and is_non_null_type(field.type) is not column.nullable


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_a_published_type_and_its_view_name_the_same(view: View) -> None:
    fields = {python_name(field): field for field in _type(view).fields.values()}
    plain = {name for name, field in fields.items() if not _leads_on(field)}
    known = {*view.table.columns.keys(), *view.computed, *view.finished}

    assert {name for name, field in fields.items() if _leads_on(field)} == set(view.relations)
    assert sorted(plain - known) == []
    assert sorted({*view.computed, *view.finished} - plain) == []


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_a_plain_field_is_of_the_kind_of_its_column(view: View) -> None:
    fields = {python_name(field): field for field in _type(view).fields.values()}
    columns = set(fields) & set(view.table.columns.keys()) - {*view.computed, *view.finished, *view.relations}

    assert sorted(name for name in columns if not _stands_for(fields[name], view.table.c[name])) == []


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_every_rule_of_a_view_stands_in_the_policy(view: View) -> None:
    rules = [view.visible, *(relation.rule for relation in view.relations.values() if relation.rule is not None)]

    assert [rule.__name__ for rule in rules if not rule.__module__.startswith("resolvers.policy.")] == []


# ------------------------------------------------------------------------------------------------ modules


def test_nothing_is_selected_but_by_the_answers_and_the_facts() -> None:
    strangers = [path for path in _modules("schoolplein", "schema", "realtime") if SELECTS & _imports(path)]

    # The demo asks whether there is a school at all; there is nobody yet who could see or not see it.
    assert [_name(path) for path in strangers] == ["schoolplein/demo/__init__.py"]


def test_a_select_stands_only_where_a_policy_stands_beside_it() -> None:
    answers = {path: path.relative_to(ROOT / "resolvers").with_suffix("").parts[0] for path in _modules("resolvers")}
    selecting = {name for path, name in answers.items() if SELECTS & _imports(path)}

    assert sorted(selecting - MAY_SELECT) == []


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _modules(*PACKAGES, "tests")}

    assert {name: length for name, length in lengths.items() if length > GREATEST_MODULE} == {}


def test_no_function_is_longer_than_a_page() -> None:
    lengths = {
        f"{_name(path)}:{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in _modules(*PACKAGES, "tests")
        for function in _functions(path)
    }

    assert {name: length for name, length in lengths.items() if length > GREATEST_FUNCTION} == {}


def test_imports_stand_at_the_top() -> None:
    within = [
        f"{_name(path)}:{function.name}"
        for path in _modules(*PACKAGES)
        for function in _functions(path)
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]

    assert within == []


# ------------------------------------------------------------------------------------------------ files


def _texts() -> Iterator[Path]:
    """The files that belong to the project: in its folders, and at its top."""
    folders = (*PACKAGES, "tests", "docs", "web", ".ci")
    for path in (*ROOT.iterdir(), *(path for folder in folders for path in (ROOT / folder).rglob("*"))):
        if path.is_file() and not NOT_OURS & set(path.parts) and path.suffix != ".pyc":
            yield path


def test_no_file_knows_the_machine_on_which_it_was_made() -> None:
    homes = "root|home|Users|work|workspace"
    place = re.compile(rf"(?<![\w.$}}])/(?:{homes})/[\w.-]+")

    assert {_name(path): place.findall(_read(path)) for path in _texts() if place.search(_read(path))} == {}


def test_no_file_names_an_index_of_packages() -> None:
    words = ("index-url", "find-links", "pythonhosted", "pypi" + ".org", "registry.npm" + "js", "trusted-host")
    index = re.compile("|".join(re.escape(word) for word in words))
    found = {_name(path): index.findall(_read(path)) for path in _texts() if path != Path(__file__).resolve()}

    assert {name: named for name, named in found.items() if named} == {}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
