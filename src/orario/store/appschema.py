"""Brings the tables of apps to the schema of their code, each app by steps of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from orario.core.errors import Misconfigured
from orario.store.migrating import STEPS, go_alone


@dataclass(frozen=True)
class AppSchema:
    """The tables of an app, and the package that holds its steps; without one, its tables are made when missing."""

    app: str
    tables: MetaData
    migrations: str | None = None

    @property
    def version_table(self) -> str:
        return f"orario_{self.app.replace('-', '_').replace('.', '_')}_version"

    @property
    def steps(self) -> ScriptDirectory:
        return ScriptDirectory(str(STEPS), version_locations=[str(self._folder)])

    @property
    def _folder(self) -> Path:
        assert self.migrations is not None
        try:
            package = import_module(self.migrations)
        except ImportError as error:
            raise Misconfigured(f"app {self.app}: its migrations cannot be loaded: {error}") from error
        return Path(next(iter(package.__path__))) / "versions"

    @property
    def newest(self) -> str | None:
        """The step at which the code stands; None: it has no steps."""
        return None if self.migrations is None else self.steps.get_current_head()


def migrate_apps(connection: Connection, schemas: Sequence[AppSchema]) -> None:
    """Take every step that is missing. Raises Misconfigured for tables that a newer release of an app has made."""
    go_alone(connection)
    for one in schemas:
        if one.migrations is None:
            one.tables.create_all(connection)
        else:
            _upgrade(connection, one, "heads")


def migrate_app(connection: Connection, schema: AppSchema, to: str) -> None:
    """Take the steps of one app up to `to`; an earlier one in tests only."""
    _upgrade(connection, schema, to)


def version(connection: Connection, schema: AppSchema) -> str | None:
    """The step at which an app's tables stand; None: there are none yet, or it takes no steps."""
    context = MigrationContext.configure(connection, opts={"version_table": schema.version_table})
    return context.get_current_revision()


def behind(connection: Connection, schemas: Sequence[AppSchema]) -> Iterator[tuple[AppSchema, str | None]]:
    """The apps whose tables are not those of their code, and where they stand."""
    for one in schemas:
        if one.migrations is not None and (present := version(connection, one)) != one.newest:
            yield one, present


def _upgrade(connection: Connection, schema: AppSchema, to: str) -> None:
    steps, present = schema.steps, version(connection, schema)
    if present == steps.get_current_head():
        return
    _refuse_newer(schema, steps, present)
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, steps.version_locations or ())))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = schema.version_table
    config.attributes["metadata"] = schema.tables
    command.upgrade(config, to)


def _refuse_newer(schema: AppSchema, steps: ScriptDirectory, present: str | None) -> None:
    known = {step.revision for step in steps.walk_revisions()}
    if present is not None and present not in known:
        raise Misconfigured(
            f"app {schema.app}: its tables have schema {present}, and this release knows none after "
            f"{steps.get_current_head()}: a newer one made them. Upgrade it, or point ORARIO_DATABASE_URL elsewhere"
        )
