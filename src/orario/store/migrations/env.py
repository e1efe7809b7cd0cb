"""Alembic's entry: runs the steps on the connection that `migrating.migrate` holds."""

from alembic import context

from orario.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="orario_version",
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()
