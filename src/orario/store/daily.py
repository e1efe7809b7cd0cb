"""How executions went day by day: what is there and what was forgotten, as one answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orario.core.buckets import Spread
from orario.core.execution import State
from orario.core.ids import first_id
from orario.store.raw import marks, rows
from orario.store.rollups import A_DAY, NAMES, OF_LIVE, OF_ROLLED
from orario.store.tables_rollups import LATE, STATES, TOOK

_FIRST = date(1970, 1, 1)
_LAST = (date.max - _FIRST).days
_AHEAD = timedelta(seconds=2)
_NONE = Spread()
ENDED = "state NOT IN ('pending', 'running')"


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """One day, in UTC: what was opened on it and has ended, and the due moments that became no execution."""

    day: date
    counts: dict[State, int] = field(default_factory=lambda: {State(state): 0 for state in STATES})
    attempts: int = 0
    passed_over: int = 0
    durations: Spread = _NONE  # of successes
    shortest: float | None = None
    lags: Spread = _NONE  # of what the schedule opened and was not tried twice

    def plus(self, other: "Day") -> "Day":
        """Two parts of one day."""
        shortest = [one for one in (self.shortest, other.shortest) if one is not None]
        return Day(
            day=self.day,
            counts={state: count + other.counts[state] for state, count in self.counts.items()},
            attempts=self.attempts + other.attempts,
            passed_over=self.passed_over + other.passed_over,
            durations=self.durations + other.durations,
            shortest=min(shortest, default=None),
            lags=self.lags + other.lags,
        )


def number(day: date) -> int:
    """A day as it is stored."""
    return (day - _FIRST).days


def day_of(stored: int) -> date:
    """The day of that number."""
    return _FIRST + timedelta(days=stored)


def collect(connection: Connection, since: date, until: date, job_ids: Collection[UUID] | None) -> list[Day]:
    """Every day from `since` to `until`, both included; of all jobs or of some."""
    low, high = number(since), number(until)
    found = {at: Day(day=day_of(at)) for at in range(low, high + 1)}
    for at, part in [*_rolled(connection, low, high, job_ids), *_live(connection, low, high, job_ids)]:
        if at in found:
            found[at] = found[at].plus(part)
    return list(found.values())


def forgotten(connection: Connection, since: datetime | None, job_ids: Collection[UUID] | None) -> Day:
    """All that was forgotten of whole days since a moment, as if it were one day; None: ever."""
    low = 0 if since is None else min(-(-int(since.timestamp()) // 86_400), _LAST)
    whole = Day(day=day_of(low))
    for _, part in _rolled(connection, low, _LAST, job_ids):
        whole = whole.plus(part)
    return whole


def _rolled(connection: Connection, low: int, high: int, job_ids: Collection[UUID] | None) -> list[tuple[int, Day]]:
    some, ids = _of_jobs(job_ids)
    found = rows(connection, OF_ROLLED.format(f"day >= ? AND day <= ?{some}"), low, high, *ids)
    return [(int(row[0]), _day(row)) for row in found]


def _live(connection: Connection, low: int, high: int, job_ids: Collection[UUID] | None) -> list[tuple[int, Day]]:
    some, ids = _of_jobs(job_ids)
    within = ids_within(low, high)
    found = rows(connection, OF_LIVE.format(f"id >= ? AND id < ? AND {ENDED}{some}"), *within, *ids)
    passed = rows(
        connection,
        f"SELECT last / {A_DAY}, SUM(count) FROM gaps WHERE last >= ? AND last < ? AND reason <> 'excluded'{some}"
        f" GROUP BY last / {A_DAY}",
        *(low * A_DAY, (high + 1) * A_DAY, *ids),
    )
    gaps = [(int(at), Day(day=day_of(int(at)), passed_over=int(count))) for at, count in passed]
    return [(int(row[0]), _day(row)) for row in found] + gaps


def _of_jobs(job_ids: Collection[UUID] | None) -> tuple[str, Sequence[str]]:
    if job_ids is None:
        return "", ()
    return f" AND job_id IN ({marks(len(job_ids))})", [id.hex for id in job_ids]


def ids_within(low: int, high: int) -> tuple[str, str]:
    """The ids of what was opened on these days. In a burst they run ahead of the clock."""
    return first_id(_start(low)).hex, first_id(_start(high + 1) + _AHEAD).hex


def _start(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=at)


def _day(row: Any) -> Day:
    at, *values = row
    figure = dict(zip(NAMES, values, strict=True))
    return Day(
        day=day_of(int(at)),
        counts={State(state): int(figure[state]) for state in STATES},
        attempts=int(figure["attempts"]),
        passed_over=int(figure["passed_over"]),
        durations=_spread(figure, "took", TOOK),
        shortest=None if figure["took_min"] is None else int(figure["took_min"]) / 1e6,
        lags=_spread(figure, "late", LATE),
    )


def _spread(figure: dict[str, Any], kind: str, buckets: Sequence[str]) -> Spread:
    longest = int(figure[f"{kind}_max"] or 0) / 1e6
    total = int(figure[f"{kind}_sum"]) / 1e6
    return Spread(int(figure[kind]), total, longest, tuple(int(figure[name]) for name in buckets))
