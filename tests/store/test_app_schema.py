"""Tables of apps follow their code, step by step, each app for itself."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, String, Table, inspect, text

from orario import App
from orario.core.errors import Misconfigured
from orario.runtime import load_apps, schemas_of
from orario.store.appschema import AppSchema, behind, migrate_app, migrate_apps, version
from orario.store.database import Database
from orario.store.migrating import migrate
from orario.testing import Harness

FIRST = """
from alembic import op
from sqlalchemy import Column, Integer, String
revision, down_revision = "0001", None
def upgrade():
    op.create_table("shop_books", Column("id", Integer, primary_key=True), Column("branch", String))
"""
SECOND = """
from alembic import op
from sqlalchemy import Column, String
revision, down_revision = "0002", "0001"
def upgrade():
    op.add_column("shop_books", Column("author", String, nullable=False, server_default="nobody"))
    op.create_index("ix_shop_books_branch", "shop_books", ["branch"])
"""


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppSchema]:
    package = tmp_path / "shop_steps"
    (package / "versions").mkdir(parents=True)
    (package / "__init__.py").touch()
    for name, step in (("0001_first", FIRST), ("0002_author", SECOND)):
        (package / "versions" / f"{name}.py").write_text(dedent(step))
    monkeypatch.syspath_prepend(str(tmp_path))
    tables = MetaData()
    books = Column("branch", String, index=True)
    author = Column("author", String, nullable=False, server_default="nobody")
    Table("shop_books", tables, Column("id", Integer, primary_key=True), books, author)
    yield AppSchema("shop", tables, "shop_steps")
    sys.modules.pop("shop_steps", None)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url, durable=False)
    yield database
    database.close()


def differences(database: Database, schema: AppSchema) -> list[Any]:
    """What an app's tables lack, or have too much."""
    own = {table.name for table in schema.tables.sorted_tables}

    def is_own(name: str | None, kind: str, parents: Any) -> bool:
        return kind != "table" or name in own

    with database.reading() as connection:
        options = {"version_table": schema.version_table, "compare_type": False, "include_name": is_own}
        found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), schema.tables)
        return found


def test_an_app_takes_the_steps_that_are_missing_and_keeps_its_rows(database: Database, schema: AppSchema) -> None:
    with database.writing() as connection:
        migrate_app(connection, schema, "0001")
        connection.execute(text("INSERT INTO shop_books (id, branch) VALUES (1, 'north')"))
        assert [(one.app, at) for one, at in behind(connection, [schema])] == [("shop", "0001")]
    with database.writing() as connection:
        migrate_apps(connection, [schema])
        migrate_apps(connection, [schema])
        assert connection.execute(text("SELECT branch, author FROM shop_books")).one() == ("north", "nobody")
        assert version(connection, schema) == "0002" and not list(behind(connection, [schema]))
    assert differences(database, schema) == []


def test_of_several_that_start_at_once_one_takes_an_apps_steps(database_url: str, schema: AppSchema) -> None:
    databases = [Database(database_url, durable=False) for _ in range(3)]

    def start(database: Database) -> None:
        with database.writing() as connection:
            migrate_apps(connection, [schema])

    with ThreadPoolExecutor(3) as starts:
        list(starts.map(start, databases))
    assert differences(databases[0], schema) == []
    for one in databases:
        one.close()


@pytest.mark.one_database
def test_tables_that_a_newer_release_made_are_refused_by_name(database: Database, schema: AppSchema) -> None:
    with database.writing() as connection:
        migrate_apps(connection, [schema])
        connection.execute(text("UPDATE orario_shop_version SET version_num = '9'"))
    with database.writing() as connection, pytest.raises(Misconfigured, match=r"app shop.*schema 9.*none after 0002"):
        migrate_apps(connection, [schema])


@pytest.mark.one_database
def test_the_steps_are_taken_before_an_app_is_started(schema: AppSchema) -> None:
    app = App("shop", tables=schema.tables, migrations=schema.migrations)
    with Harness(app) as harness, harness.runtime.database.reading() as connection:
        assert {"shop_books", "orario_shop_version"} <= set(inspect(connection).get_table_names())
    with pytest.raises(Misconfigured, match="it declares none"):
        App("other", migrations="shop_steps")


def test_the_steps_of_every_shipped_app_lead_to_the_tables_of_its_code(empty_database_url: str) -> None:
    database = Database(empty_database_url, durable=False)
    schemas = schemas_of(load_apps([]))
    migrate(database)
    with database.writing() as connection:
        migrate_apps(connection, schemas)
    found = {one.app: wrong for one in schemas if (wrong := differences(database, one))}
    database.close()
    assert not found
    stray = [
        f"{one.app}: {table.name}"
        for one in schemas
        for table in one.tables.sorted_tables
        if not table.name.startswith(f"{one.app}_")
    ]
    assert not stray, "a table of an app is named after it"
