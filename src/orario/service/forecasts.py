"""What the next week brings: how many jobs fire in each minute, from every active job's own rule of time."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from orario.core.job import Job
from orario.core.schedule import Every
from orario.core.timetable import Timetable, jitter_offset
from orario.service.background import Background
from orario.service.tools import Tools
from orario.store import calendars, overview
from orario.store.wake import Topic

__all__ = ["Forecast", "Forecasts", "Peak"]

DAYS = 7
MINUTES = DAYS * 1440
_EVEN = timedelta(hours=1)  # what comes oftener by interval is spread evenly: it meets everybody
_NAMES = 24  # jobs named of each minute
_OF_A_PEAK = 4  # and of a stretch's fullest one
_REST_AFTER = 50
_REST = 0.002  # seconds: the engine goes first
_LASTS = 600.0
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Peak:
    """The fullest minute of a stretch, and what fires in the whole of it."""

    fires: float
    most: float
    at: datetime
    names: tuple[str, ...]


@dataclass(frozen=True)
class Forecast:
    """The coming minutes from `start` on; `even` fires come in every minute besides."""

    start: datetime
    minutes: "array[int]"
    even: float
    names: Mapping[int, list[str]]

    def peak(self, since: datetime, until: datetime) -> Peak:
        """The fullest minute of a stretch; parts outside the week hold nothing."""
        low, high = self._place(since), self._place(until)
        if low >= high:
            return Peak(0, 0, since, ())
        some = self.minutes[low:high]
        most = max(some)
        at = low + some.index(most)
        return Peak(
            sum(some) + self.even * len(some),
            most + self.even,
            self.start + at * _MINUTE,
            tuple(self.names.get(at, ())[:_OF_A_PEAK]),
        )

    def _place(self, moment: datetime) -> int:
        return min(max((moment - self.start) // _MINUTE, 0), MINUTES)


@dataclass
class Forecasts:
    """Made in the background when somebody looks, and again when schedules have changed."""

    tools: Tools
    _made: Background[Forecast] = field(init=False)

    def __post_init__(self) -> None:
        self._made = Background(self._make, _LASTS, "orario-forecast")
        self.tools.wake.subscribe(self._heard)

    def look(self) -> Forecast | None:
        """The forecast; None while it is made for the first time."""
        return self._made.look()

    def _heard(self, topic: Topic) -> None:
        if topic is Topic.SCHEDULE:
            self._made.expire()

    def _make(self) -> Forecast:
        start = self.tools.clock.now().replace(second=0, microsecond=0)
        minutes = array("l", bytes(array("l").itemsize * MINUTES))
        names: defaultdict[int, list[str]] = defaultdict(list)
        even = 0.0
        for count, (timetable, jobs) in enumerate(self._alike()):
            interval = _even_interval(timetable)
            if interval is not None:
                even += len(jobs) * (_MINUTE / interval)
            else:
                _mark(minutes, names, start, timetable, jobs)
            if count % _REST_AFTER == 0:
                sleep(_REST)
        return Forecast(start, minutes, even, dict(names))

    def _alike(self) -> Iterator[tuple[Timetable, list[str]]]:
        """Each rule of time that active jobs have, with their names."""
        found: dict[Any, tuple[Timetable, list[str]]] = {}
        for job in self._active():
            key = (
                job.schedule,
                job.timezone,
                job.start,
                job.end,
                jitter_offset(str(job.id), job.jitter),
                job.excluded_dates,
                job.calendars,
            )
            if key not in found:
                with self.tools.database.reading() as connection:
                    found[key] = (job.timetable(calendars.dates(connection, job.calendars)), [])
            found[key][1].append(job.name)
        yield from found.values()

    def _active(self) -> Iterator[Job]:
        after = None
        while True:
            with self.tools.database.reading() as connection:
                some = overview.active(connection, after)
            if not some:
                return
            yield from some
            after = some[-1].id
            sleep(_REST)


def _mark(
    minutes: "array[int]", names: dict[int, list[str]], start: datetime, timetable: Timetable, jobs: list[str]
) -> None:
    """Put down every moment of jobs that fire together."""
    for moment in timetable.fires(start):
        at = (moment - start) // _MINUTE
        if at >= MINUTES:
            return
        minutes[at] += len(jobs)
        names[at].extend(jobs[: _NAMES - len(names[at])])


def _even_interval(timetable: Timetable) -> timedelta | None:
    """The interval of what comes so often that it meets everybody."""
    schedule = timetable.schedule
    is_bound = timetable.start is not None or timetable.end is not None or bool(timetable.excluded)
    if isinstance(schedule, Every) and schedule.interval <= _EVEN and not is_bound:
        return schedule.interval
    return None
