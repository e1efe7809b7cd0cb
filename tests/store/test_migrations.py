"""The steps of the migrations lead to the tables that the code speaks of."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from orario.store.database import Database
from orario.store.migrating import VERSION_TABLE, migrate, newest, version
from orario.store.tables import metadata


def differences(database: Database) -> list[Any]:
    """What the tables of a database lack, or have too much."""
    with database.reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": False}
        found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        return found


def test_the_steps_lead_to_the_tables_of_the_code(empty_database_url: str) -> None:
    database = Database(empty_database_url, durable=False)
    migrate(database)
    with database.reading() as connection:
        assert version(connection) == newest()
    assert differences(database) == []
    database.close()
