"""Alembic's entry: runs the steps on the connection that `migrating.migrate` or `appschema.migrate_apps` holds."""

from alembic import context

from orario.store.migrating import VERSION_TABLE
from orario.store.tables import metadata

given = context.config.attributes

context.configure(
    connection=given["connection"],
    target_metadata=given.get("metadata", metadata),
    version_table=given.get("version_table", VERSION_TABLE),
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()
