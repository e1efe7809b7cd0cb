"""Brings a database to the schema of this code, and refuses one that is ahead of it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from orario.core.errors import Misconfigured
from orario.store.database import Database
from orario.store.moves import marks

STEPS = Path(__file__).parent / "migrations"
VERSION_TABLE = "orario_version"
_ALONE = "SELECT pg_advisory_xact_lock(122537051842928)"  # beside that of `claims`; it ends with the transaction


def migrate(database: Database, to: str = "head", *, is_moving: bool = False) -> None:
    """Take every step that is missing, in one transaction; `to` an earlier one in tests only.

    Raises Misconfigured when the database cannot be opened, was written by a newer Orario, or has moved elsewhere;
    or is being moved into, unless that is what is done here.
    """
    try:
        with database.writing() as connection:
            go_alone(connection)
            if not is_moving:
                marks.require_here(connection)
            _upgrade(connection, to)
    except DatabaseError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise Misconfigured(f"ORARIO_DATABASE_URL: cannot open the database {database.url}: {reason}") from None


def version(connection: Connection) -> str | None:
    """The step at which the database stands; None: it is empty."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def newest() -> str:
    """The step at which this code stands."""
    head = ScriptDirectory(str(STEPS)).get_current_head()
    assert head is not None
    return head


def go_alone(connection: Connection) -> None:
    """Of several that start at once, one writes and the others wait; SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_ALONE)


def _upgrade(connection: Connection, to: str) -> None:
    present = version(connection)
    if present == newest():
        return
    _refuse_newer(present)
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _refuse_newer(present: str | None) -> None:
    known = {step.revision for step in ScriptDirectory(str(STEPS)).walk_revisions()}
    if present is not None and present not in known:
        raise Misconfigured(
            f"the database has schema {present}, and this Orario knows none after {newest()}: a newer one wrote it. "
            "Upgrade Orario, or point ORARIO_DATABASE_URL elsewhere"
        )
