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

_STEPS = Path(__file__).parent / "migrations"
VERSION_TABLE = "orario_version"


def migrate(database: Database) -> None:
    """Take every step that is missing, in one transaction.

    Raises Misconfigured when the database cannot be opened, or was written by a newer Orario.
    """
    try:
        with database.writing() as connection:
            _upgrade(connection)
    except DatabaseError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise Misconfigured(f"ORARIO_DATABASE_URL: cannot open the database {database.url}: {reason}") from None


def version(connection: Connection) -> str | None:
    """The step at which the database stands; None: it is empty."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def newest() -> str:
    """The step at which this code stands."""
    head = ScriptDirectory(str(_STEPS)).get_current_head()
    assert head is not None
    return head


def _upgrade(connection: Connection) -> None:
    present = version(connection)
    if present == newest():
        return
    _refuse_newer(present)
    config = Config()
    config.set_main_option("script_location", str(_STEPS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _refuse_newer(present: str | None) -> None:
    known = {step.revision for step in ScriptDirectory(str(_STEPS)).walk_revisions()}
    if present is not None and present not in known:
        raise Misconfigured(
            f"the database has schema {present}, which this Orario does not know: it was written by a newer one. "
            "Upgrade Orario, or point ORARIO_DATABASE_URL elsewhere"
        )
