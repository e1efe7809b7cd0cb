"""The figures that /metrics reads from the database, within a time that it names, whatever hangs."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from orario.store import figures
from orario.store.database import Database
from orario.store.figures import Figures, Line
from orario.store.sizes import room

__all__ = ["Figures", "Gauges", "Line", "Reading"]

PATIENCE = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look has brought."""

    figures: Figures
    bytes: dict[str, int]  # by part of the database
    slugs: dict[UUID, str]


class Gauges:
    """Asks in a thread of its own, one question at a time: scrapes that come together share one answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._asked: Future[Reading] | None = None

    def look(self, instance: UUID, jobs: Sequence[UUID] = ()) -> Reading | None:
        """How things stand, for the instance of this id, and what these jobs are called.

        None when the database does not answer in time.
        """
        try:
            return self._ask(instance, jobs).result(PATIENCE)
        except (TimeoutError, SQLAlchemyError, OSError):
            return None

    def _ask(self, instance: UUID, jobs: Sequence[UUID]) -> Future[Reading]:
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                asked = (self._asked, instance, jobs)
                Thread(target=self._answer, args=asked, name="orario-metrics", daemon=True).start()
            return self._asked

    def _answer(self, asked: Future[Reading], instance: UUID, jobs: Sequence[UUID]) -> None:
        try:
            with self._database.reading() as connection:
                found, slugs = figures.look(connection, instance), figures.slugs(connection, jobs)
            size = room(self._database)
            asked.set_result(Reading(found, {"file": size.file, "wal": size.wal}, slugs))
        except Exception as error:
            asked.set_exception(error)
