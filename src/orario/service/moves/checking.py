"""Checks a copy against the file: no row is missing, and no promise is broken that the file keeps."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from orario.core.clock import Clock
from orario.core.errors import Conflict
from orario.service.integrity.verifying import CHECKS, Verifier
from orario.service.moves.steps import Moved, Step
from orario.store.database import Database
from orario.store.moves import source, target
from orario.store.moves.source import Source

_WINDOW = timedelta(days=7)  # for which the ledger is gone through moment by moment
_OF_SERVERS = ("carriers",)  # there are none yet
_LONG = 1.0  # seconds; a check that takes longer is not done a second time, while nothing may start


@dataclass
class Checking:
    """Once while jobs fire, once more when nothing changes any longer."""

    file: Database
    server: Database
    clock: Clock
    moved: Moved
    _took: dict[str, float] = field(default_factory=dict)

    def count(self, tables: Sequence[Source]) -> Iterator[Step]:
        """Count the rows on both sides."""
        for at, table in enumerate(tables):
            yield Step(f"counting {table.name}", at, len(tables))
            with self.file.reading() as here, self.server.reading() as there:
                left, right = source.count(here, table), target.count(there, table)
            if left != right:
                raise Conflict(f"{table.name} has {left:,} rows in the file and {right:,} in the database")
            self.moved.rows[table.name] = right

    def verify(self) -> Iterator[Step]:
        """Do as `orario db verify` does; what is wrong in the file, too, was not done by the move."""
        names = [name for name in CHECKS if name not in _OF_SERVERS and self._took.get(name, 0) < _LONG]
        self.moved.faults = []
        for at, name in enumerate(names):
            yield Step(f"checking that {CHECKS[name][0]}", at, len(names))
            began = time.monotonic()
            found = self._faults(self.server, name)
            self._took[name] = time.monotonic() - began
            if new := sorted(found - (self._faults(self.file, name) if found else set())):
                raise Conflict(f"the copy is not as it should be: {new[0]} ({len(new)} in all)")
            self.moved.faults += sorted(found)

    def _faults(self, database: Database, name: str) -> set[str]:
        return {fault.sentence for fault in Verifier(database, self.clock, _WINDOW, []).check(name)}
