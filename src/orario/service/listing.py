"""The list of jobs with what a person wants to see beside each: how it stands, its last runs, its next moment."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from orario.core.hygiene import LONGEST_NAME
from orario.service.pages import Page, offset_of
from orario.service.tools import Tools
from orario.service.viewing import JobView, view_all
from orario.store import joblist, jobs
from orario.store.joblist import GROUPS, RUNNING_NOW, SORTS, Run, Standing, Wanted

__all__ = [
    "GROUPS",
    "RUNNING_NOW",
    "SORTS",
    "Facets",
    "Listed",
    "Listing",
    "Run",
    "Standing",
    "Wanted",
    "standing_of",
]

_RUNS = 20
_MOST_OFFERED = 12


@dataclass(frozen=True)
class Facets:
    """How many jobs there are of each app, queue and standing."""

    apps: Mapping[str, int]
    queues: Mapping[str, int]
    states: Mapping[str, int]
    total: int


@dataclass(frozen=True)
class Listed:
    """A page of the list. `runs`: the last executions of each job, the oldest first."""

    page: Page[JobView]
    runs: Mapping[UUID, list[Run]]


@dataclass(frozen=True)
class Listing:
    """Looks through all jobs."""

    tools: Tools
    _kept: list[tuple[float, Facets]] = field(default_factory=list)

    def find(self, wanted: Wanted, page: int = 1, per_page: int = 50) -> Listed:
        """A page of jobs."""
        with self.tools.database.reading() as connection:
            found = joblist.find(connection, wanted, per_page, offset_of(page, per_page))
            total = self.tools.memory.recall(("joblist", wanted), lambda: joblist.count(connection, wanted))
            views = view_all(connection, found, self.tools.vault)
            runs = joblist.last_runs(connection, [job.id for job in found], _RUNS)
        return Listed(Page(views, total, page, per_page), runs)

    def facets(self, age: float = 0.0) -> Facets:
        """What there is to filter by; as it was so many seconds ago is new enough."""
        now = monotonic()
        if self._kept and now - self._kept[0][0] < age:
            return self._kept[0][1]
        with self.tools.database.reading() as connection:
            found = self.tools.memory.recall(("facets",), lambda: joblist.facets(connection))
        apps, queues, states = Counter[str](), Counter[str](), Counter[str]()
        for one in found:
            apps[one.app or "-"] += one.jobs
            queues[one.queue] += one.jobs
            states[_standing(one.is_enabled, one.is_paused, one.is_broken, one.is_failing)] += one.jobs
        facets = Facets(dict(sorted(apps.items())), dict(sorted(queues.items())), states, sum(states.values()))
        self._kept[:] = [(now, facets)]
        return facets

    def slugs(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """What jobs are called; those that are deleted are not there."""
        with self.tools.database.reading() as connection:
            return {id: job.slug for id, job in jobs.load(connection, ids).items()}

    def named(self, text: str, limit: int = _MOST_OFFERED) -> list[JobView]:
        """Jobs that are called somewhat like this."""
        wanted = Wanted(text=text[:LONGEST_NAME])
        with self.tools.database.reading() as connection:
            return view_all(connection, joblist.find(connection, wanted, limit, 0), self.tools.vault)


def standing_of(view: JobView) -> Standing:
    """How a job stands, in a word."""
    job = view.job
    return _standing(job.is_enabled, job.pause is not None, job.broken is not None, view.cursor.failures_in_row > 0)


def _standing(is_enabled: bool, is_paused: bool, is_broken: bool, is_failing: bool) -> Standing:
    if is_broken:
        return Standing.BROKEN
    if not is_enabled:
        return Standing.DISABLED
    if is_paused:
        return Standing.PAUSED
    return Standing.FAILING if is_failing else Standing.HEALTHY
