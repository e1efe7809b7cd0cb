"""The schedules: Every, Cron, At and OnDemand, immutable rules that know their next moment."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from orario.core.cron import compiled, normalised
from orario.core.cronform import NAMES, expression_of
from orario.core.cronzone import Dst, checked_dst, count_seconds, next_second, prepared
from orario.core.errors import invalid
from orario.core.intervals import interval_of
from orario.core.seconds import floor_second, moment_of
from orario.core.walltime import checked_time, moment_at, utc_time
from orario.core.zones import checked_zone

__all__ = ["At", "Cron", "Dst", "Every", "OnDemand", "Schedule", "fires", "latest"]

_DEFAULT_ZONE = "UTC"


class HasNext(Protocol):
    """Anything with moments in time."""

    def next(self, after: datetime) -> datetime | None: ...


def fires(schedule: HasNext, after: datetime) -> Iterator[datetime]:
    """The moments later than `after`, in order."""
    moment = schedule.next(after)
    while moment is not None:
        yield moment
        moment = schedule.next(moment)


def latest(schedule: HasNext, after: datetime, until: datetime) -> datetime | None:
    """The last moment in (after, until]; found by halving, never by walking."""
    found = schedule.next(after)
    if found is None or found > until:
        return None
    # First near the end, ever further back: the last moment is usually there.
    low, high, back = found, until, timedelta(minutes=1)
    while high - low > back:
        moment = schedule.next(until - back)
        if moment is not None and moment <= until:
            low = moment
            break
        high, back = until - back, back * 4
    # There is a moment at `low`, and none in (high, until].
    while low < high:
        middle = low + (high - low) // 2
        moment = schedule.next(middle)
        if moment is not None and moment <= high:
            low = moment
        else:
            high = middle
    return low


@dataclass(frozen=True, init=False)
class Every:
    """A fixed stretch of elapsed time, again and again: moments are anchor + k * interval, k >= 1."""

    interval: timedelta
    anchor: datetime | None = None

    def __init__(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        anchor: datetime | None = None,
    ) -> None:
        numbers = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        object.__setattr__(self, "interval", interval_of(numbers))
        object.__setattr__(self, "anchor", None if anchor is None else utc_time(anchor, "anchor"))

    def anchored(self, moment: datetime) -> "Every":
        """The same interval, counted from a moment."""
        return _changed(self, anchor=utc_time(moment, "anchor"))

    @property
    def follows_elapsed(self) -> bool:
        return True

    def next(self, after: datetime) -> datetime | None:
        try:
            start = self._start
            return start + max((after - start) // self.interval + 1, 1) * self.interval
        except OverflowError:
            return None

    def count(self, after: datetime, until: datetime) -> int:
        """How many moments are in (after, until]."""
        return max(max(self._steps(until), 0) - max(self._steps(after), 0), 0)

    def fires(self, after: datetime) -> Iterator[datetime]:
        return fires(self, after)

    def _steps(self, moment: datetime) -> int:
        return (moment - self._start) // self.interval

    @property
    def _start(self) -> datetime:
        if self.anchor is None:
            raise ValueError("an interval has no moments before it is anchored")
        return self.anchor


@dataclass(frozen=True, init=False)
class Cron:
    """Wall-clock times, as a cron expression or by its fields: `Cron(hour="9", day_of_week="mon")`."""

    expression: str
    timezone: str | None
    dst: Dst
    fields: tuple[tuple[str, str | int], ...]
    """The fields as they were given; empty when an expression was."""

    def __init__(
        self,
        expression: str | None = None,
        *,
        timezone: str | None = None,
        dst: Dst | str = Dst.DEBIAN,
        month: str | int | None = None,
        day: str | int | None = None,
        day_of_week: str | int | None = None,
        hour: str | int | None = None,
        minute: str | int | None = None,
        second: str | int | None = None,
    ) -> None:
        values = (month, day, day_of_week, hour, minute, second)
        given = {name: value for name, value in zip(NAMES, values, strict=True) if value is not None}
        object.__setattr__(self, "expression", _cron_text(expression, given))
        object.__setattr__(self, "timezone", None if timezone is None else checked_zone(timezone))
        object.__setattr__(self, "dst", checked_dst(dst))
        object.__setattr__(self, "fields", tuple(given.items()))

    def zoned(self, timezone: str) -> "Cron":
        """The same rule in a time zone, unless it has one of its own."""
        return self if self.timezone else _changed(self, timezone=checked_zone(timezone))

    @property
    def follows_elapsed(self) -> bool:
        """Whether minute or hour starts with a star."""
        return not compiled(self.expression).fixed

    def next(self, after: datetime) -> datetime | None:
        plan, clock = prepared(self.expression, self.timezone or _DEFAULT_ZONE, self.dst)
        second = next_second(plan, clock, max(floor_second(after) + 1, 0))
        return None if second is None else moment_of(second)

    def count(self, after: datetime, until: datetime) -> int:
        """How many moments are in (after, until]."""
        plan, clock = prepared(self.expression, self.timezone or _DEFAULT_ZONE, self.dst)
        return count_seconds(plan, clock, max(floor_second(after) + 1, 0), floor_second(until) + 1)

    def fires(self, after: datetime) -> Iterator[datetime]:
        return fires(self, after)


@dataclass(frozen=True, init=False)
class At:
    """A single moment: an aware time, or a wall-clock time in a zone."""

    wall: datetime
    """The time as it was given."""
    timezone: str | None
    moment: datetime
    """In UTC: of a wall time that the clock skips, right after the gap; of one shown twice, the first."""

    def __init__(self, at: str | datetime, *, timezone: str | None = None) -> None:
        zone = None if timezone is None else checked_zone(timezone)
        wall = checked_time(at)
        object.__setattr__(self, "wall", wall)
        object.__setattr__(self, "timezone", zone)
        object.__setattr__(self, "moment", moment_at(wall, zone or _DEFAULT_ZONE))

    def zoned(self, timezone: str) -> "At":
        """The same wall-clock time in a time zone, unless it has one of its own."""
        return self if self.timezone else At(self.wall, timezone=timezone)

    @property
    def follows_elapsed(self) -> bool:
        return False

    def next(self, after: datetime) -> datetime | None:
        return self.moment if self.moment > after else None

    def count(self, after: datetime, until: datetime) -> int:
        """How many moments are in (after, until]."""
        return int(after < self.moment <= until)

    def fires(self, after: datetime) -> Iterator[datetime]:
        return fires(self, after)


@dataclass(frozen=True)
class OnDemand:
    """Never due by itself: the job runs when somebody, or an app, asks for it."""

    def zoned(self, timezone: str) -> "OnDemand":
        """The same: what has no moments has none in any zone."""
        return self

    @property
    def follows_elapsed(self) -> bool:
        return False

    def next(self, after: datetime) -> datetime | None:
        return None

    def count(self, after: datetime, until: datetime) -> int:
        """How many moments are in (after, until]: none."""
        return 0

    def fires(self, after: datetime) -> Iterator[datetime]:
        return fires(self, after)


Schedule = Every | Cron | At | OnDemand
_Rule = TypeVar("_Rule", Every, Cron)


def _changed(rule: _Rule, **changes: object) -> _Rule:
    """A copy with other values, for rules whose constructor takes more than their fields."""
    changed = copy(rule)
    for name, value in changes.items():
        object.__setattr__(changed, name, value)
    return changed


def _cron_text(expression: str | None, given: dict[str, str | int]) -> str:
    if expression is None:
        return expression_of(given)
    if given:
        raise invalid("expression", message="give either an expression or fields, not both")
    text = normalised(expression)
    compiled(text)
    return text
