"""Remembers decoded jobs and their timetables, so that a firing does not decode them again."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from orario.core.job import Job
from orario.core.timetable import Timetable
from orario.store import calendars, jobs

CAPACITY = 20_000  # about 40 MB; a million sleeping jobs cost nothing


@dataclass(frozen=True, slots=True)
class Known:
    """A job with the timetable that follows from it."""

    job: Job
    timetable: Timetable


@dataclass
class JobCache:
    """By id and version: every change of a job, or of a calendar it names, raises its version."""

    _known: OrderedDict[UUID, Known] = field(default_factory=OrderedDict)

    def get(self, connection: Connection, wanted: Iterable[tuple[UUID, int]]) -> dict[UUID, Known]:
        """The jobs of these ids and versions, read where memory has not got them."""
        found: dict[UUID, Known] = {}
        missing: list[UUID] = []
        for id, version in wanted:
            known = self._known.get(id)
            if known is not None and known.job.version == version:
                found[id] = known
            elif id not in found:
                missing.append(id)
        return found | self._read(connection, missing)

    def _read(self, connection: Connection, ids: list[UUID]) -> dict[UUID, Known]:
        if not ids:
            return {}
        loaded = jobs.load(connection, ids)
        named = {name for job in loaded.values() for name in job.calendars}
        dates = calendars.dates(connection, named) if named else {}
        read = {id: Known(job, job.timetable(dates)) for id, job in loaded.items()}
        self._known.update(read)
        while len(self._known) > CAPACITY:
            self._known.popitem(last=False)
        return read
