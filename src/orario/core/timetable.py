"""A job's whole rule of time: its schedule inside bounds, without excluded dates, shifted by its jitter."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise

from orario.core.schedule import Every, Schedule, fires, latest
from orario.core.seconds import DAY, LAST, TICK, floor_second, moment_of, plus
from orario.core.zones import local_date_time, stretches

_Stretch = tuple[datetime, datetime]
"""The moments later than the first and not later than the second."""


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """When a job is due. A moment is one of the schedule's plus `offset`; bounds hold for the shifted moment,
    excluded dates for the unshifted one."""

    schedule: Schedule
    timezone: str
    """The zone of the excluded dates, and of a schedule that names none."""
    start: datetime | None = None
    end: datetime | None = None
    offset: timedelta = timedelta(0)
    excluded: frozenset[date] = frozenset()

    _is_plain: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        is_plain = self.start is None and self.end is None and not self.offset and not self.excluded
        object.__setattr__(self, "_is_plain", is_plain)
        if not isinstance(self.schedule, Every):
            object.__setattr__(self, "schedule", self.schedule.zoned(self.timezone))

    def next(self, after: datetime) -> datetime | None:
        """The first moment later than `after`."""
        if self._is_plain:
            return self.schedule.next(after)
        moment = self.schedule.next(self._bounded_below(after))
        while moment is not None and self._is_excluded(moment):
            moment = self.schedule.next(self._past_excluded(moment))
        return None if moment is None else self._shifted(moment)

    def fires(self, after: datetime) -> Iterator[datetime]:
        """The moments later than `after`, in order."""
        return fires(self, after)

    def count(self, after: datetime, until: datetime) -> int:
        """How many moments are in (after, until]."""
        low, high = self._window(after, until)
        return self.schedule.count(low, high) - self.excluded_count(after, until) if low < high else 0

    def latest(self, after: datetime, until: datetime) -> datetime | None:
        """The last moment in (after, until]."""
        return latest(self, after, until)

    def excluded_count(self, after: datetime, until: datetime) -> int:
        """How many moments of (after, until] fall on excluded dates."""
        return sum(self.schedule.count(*stretch) for stretch in self._excluded_stretches(after, until))

    def excluded_span(self, after: datetime, until: datetime) -> tuple[datetime, datetime]:
        """The first and the last moment of (after, until] that fall on excluded dates; there must be one."""
        held = [stretch for stretch in self._excluded_stretches(after, until) if self.schedule.count(*stretch)]
        first = self.schedule.next(held[0][0])
        last = latest(self.schedule, *held[-1])
        assert first is not None and last is not None
        return first + self.offset, last + self.offset

    def _shifted(self, moment: datetime) -> datetime | None:
        try:
            shifted = moment + self.offset
        except OverflowError:
            return None
        return shifted if self.end is None or shifted <= self.end else None

    def _bounded_below(self, after: datetime) -> datetime:
        """The unshifted time after which moments count."""
        after = plus(after, -self.offset)
        return after if self.start is None else max(after, plus(self.start, -self.offset - TICK))

    def _window(self, after: datetime, until: datetime) -> _Stretch:
        high = until if self.end is None else min(until, self.end)
        return self._bounded_below(after), plus(high, -self.offset)

    def _is_excluded(self, moment: datetime) -> bool:
        return bool(self.excluded) and local_date_time(self.timezone, moment).date() in self.excluded

    def _past_excluded(self, moment: datetime) -> datetime:
        """Just before the end of the excluded stretch that a moment lies in."""
        first = last = local_date_time(self.timezone, moment).date().toordinal()
        while last < date.max.toordinal() and date.fromordinal(last + 1) in self.excluded:
            last += 1
        second = floor_second(moment)
        ends = (end for start, end in self._stretches(first, last) if start <= second < end)
        return _instant(next(ends)) - TICK

    def _excluded_stretches(self, after: datetime, until: datetime) -> list[_Stretch]:
        low, high = self._window(after, until)
        if not self.excluded or low >= high:
            return []
        # A day more on both sides covers every zone.
        dates = range(low.toordinal() - 1, high.toordinal() + 2)
        days = sorted(day for day in map(date.toordinal, self.excluded) if day in dates)
        found = [stretch for first, last in _runs(days) for stretch in self._stretches(first, last)]
        moments = [
            (max(low, _instant(start) - TICK), min(high, _instant(end) - TICK)) for start, end in sorted(found)
        ]
        return [(start, end) for start, end in moments if start < end]

    def _stretches(self, first: int, last: int) -> list[tuple[int, int]]:
        """The seconds during which the calendar on the wall shows one of the days from first to last."""
        return stretches(self.timezone, (first - 1) * DAY, last * DAY)


def jitter_offset(key: str, width: timedelta) -> timedelta:
    """The place of a key in [0, width): always the same, keys evenly spread, in whole milliseconds."""
    draw = int.from_bytes(blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest(), "big")
    return timedelta(milliseconds=draw * (width // timedelta(milliseconds=1)) >> 64)


def _instant(second: int) -> datetime:
    """The moment of a second, held inside the years that a datetime knows."""
    return moment_of(min(max(second, 1), LAST))


def _runs(days: list[int]) -> list[tuple[int, int]]:
    """Days that follow each other, as the first and the last of each run."""
    if not days:
        return []
    breaks = [(day, following) for day, following in pairwise(days) if following != day + 1]
    return list(
        zip(
            [days[0], *(following for _, following in breaks)],
            [*(day for day, _ in breaks), days[-1]],
            strict=True,
        )
    )
