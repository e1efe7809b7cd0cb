"""All checks in a row, and the mending of what they find."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import MetaData

from orario.core.clock import Clock
from orario.service.integrity import ledger, parts, standing, states
from orario.service.integrity.faults import Check, Fault, Scene
from orario.store import schema
from orario.store.database import Database
from orario.store.tables import metadata

# By what they are called while they run. Later ones rely on what earlier ones have mended.
CHECKS: dict[str, tuple[str, tuple[Check, ...]]] = {
    "states": ("each execution is in a state that it can be in", (states.known_states, states.shapes)),
    "carriers": ("what runs is carried by an instance that lives", (states.carriers,)),
    "causes": ("what waits has a job", (states.causes,)),
    "attempts": ("attempts are numbered without a hole", (parts.numbering,)),
    "orphans": ("log lines and attempts belong to executions", (parts.orphans,)),
    "tokens": ("a token names one attempt", (parts.tokens,)),
    "cursors": ("each job has its cursor", (standing.cursors_of_jobs,)),
    "counters": ("what was counted is there, or was forgotten", (standing.counters,)),
    "moments": ("next moments are what schedules say", (standing.next_moments,)),
    "ledger": (
        "every due moment is one execution or in a gap",
        (ledger.once_each, ledger.overlaps, ledger.continuity),
    ),
}


@dataclass(frozen=True)
class Verifier:
    """Looks at a database, also while a server runs on it: each check sees one moment."""

    database: Database
    clock: Clock
    window: timedelta
    living: Collection[UUID]  # the instances that were alive a moment ago
    apps: Collection[MetaData] = ()  # whose tables are looked at, too

    def indexes(self) -> Iterator[Fault]:
        """The tables have the indexes by which the database itself keeps promises."""
        with self.database.reading() as connection:
            for tables in (metadata, *self.apps):
                for name, mend in schema.missing_indexes(connection, tables):
                    yield Fault("indexes", f"the index {name} is not there", mend)

    def check(self, name: str) -> Iterator[Fault]:
        """The faults of one kind."""
        now = self.clock.now()
        scene = Scene(now, self._since(now), frozenset(self.living))
        for check in CHECKS[name][1]:
            with self.database.reading() as connection:
                found = list(check(connection, scene))
            yield from found

    def _since(self, now: datetime) -> datetime:
        return now - self.window

    def mend(self, fault: Fault) -> bool:
        """Mend one; whether it could be."""
        if fault.mend is None:
            return False
        with self.database.writing() as connection:
            fault.mend(connection)
        return True
