"""The steps of the migrations lead to the tables that the code speaks of."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from orario.store.database import Database
from orario.store.migrating import VERSION_TABLE, migrate, newest, version
from orario.store.tables import metadata


def test_the_steps_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'orario.db'}", durable=False)
    migrate(database)
    with database.reading() as connection:
        assert version(connection) == newest()
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": False})
        assert compare_metadata(context, metadata) == []
    database.close()
