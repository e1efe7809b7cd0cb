"""The database itself, for the commands of `orario db`, and who else is using it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from orario.cli.exits import Exit, Failure
from orario.cli.loading import load_settings, require_database
from orario.core.clock import SystemClock
from orario.settings import Settings
from orario.store import instances
from orario.store.database import Database
from orario.store.instances import Instance

_STALE_BEATS, _STALE_AT_LEAST = 5, timedelta(seconds=10)


@dataclass(frozen=True)
class Opened:
    """A database that is there, and the settings that say where."""

    database: Database
    settings: Settings

    @property
    def file(self) -> Path | None:
        return None if self.database.path is None else self.database.path.absolute()

    @property
    def now(self) -> datetime:
        return SystemClock().now()

    def users(self) -> list[Instance]:
        """The servers that were alive a moment ago; none, of a database that cannot be read."""
        patience = timedelta(seconds=_STALE_BEATS * self.settings.heartbeat_seconds)
        try:
            with self.database.reading() as connection:
                found = instances.living(connection)
        except SQLAlchemyError:
            return []
        fresh = self.now - max(patience, _STALE_AT_LEAST)
        return [one for one in found if one.beat_at > fresh]

    def require_unused(self, what: str, force: bool) -> None:
        """End the command when a server is running on it, unless it is told not to mind."""
        users = [f"{one.hostname}, process {one.pid}" for one in self.users()]
        if users and not force:
            raise Failure(
                Exit.CONFLICT,
                f"A server is running on this database ({'; '.join(users)}), which {what} would pull from under it: "
                "stop it first, or wait ten seconds after it was killed; --force does it all the same",
            )


@contextmanager
def opened(*, must_exist: bool = True) -> Iterator[Opened]:
    """The database of these settings, closed at the end."""
    settings = load_settings()
    if must_exist:
        require_database(settings)
    database = Database(settings.database_url)
    try:
        yield Opened(database, settings)
    finally:
        database.close()
