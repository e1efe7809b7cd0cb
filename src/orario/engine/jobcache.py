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
    """By key and version: every change of a job, or of a calendar it names, raises its version."""

    _known: OrderedDict[str, Known] = field(default_factory=OrderedDict)

    def get(self, connection: Connection, wanted: Iterable[tuple[str, int]]) -> dict[str, Known]:
        """The jobs of these keys and versions, read where memory has not got them."""
        found: dict[str, Known] = {}
        missing: list[str] = []
        for key, version in wanted:
            known = self._known.get(key)
            if known is not None and known.job.version == version:
                found[key] = known
            elif key not in found:
                missing.append(key)
        return found | self._read(connection, missing) if missing else found

    def _read(self, connection: Connection, keys: list[str]) -> dict[str, Known]:
        loaded = jobs.load(connection, [UUID(hex=key) for key in keys])
        named = {name for job in loaded.values() for name in job.calendars}
        dates = calendars.dates(connection, named) if named else {}
        read = {job.id.hex: Known(job, job.timetable(dates)) for job in loaded.values()}
        self._known.update(read)
        while len(self._known) > CAPACITY:
            self._known.popitem(last=False)
        return read
